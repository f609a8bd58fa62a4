# One program a module; each runs under "make check".
UNIT_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/test_base
TESTS += tests/unit/test_base
tests_unit_test_base_SOURCES = tests/unit/test_base.c tests/unit/unit.h
tests_unit_test_base_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_base_LDADD = $(BASE_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_ntp
TESTS += tests/unit/test_ntp
tests_unit_test_ntp_SOURCES = tests/unit/test_ntp.c tests/unit/unit.h
tests_unit_test_ntp_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_ntp_LDADD = $(NTP_LIBS) $(CHECK_LIBS)

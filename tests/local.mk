# A test or fuzz target NAME is made of NAME.c and of what it uses of the fixtures,
# Check, libw32timed.a and the libraries below: a new one is one line in a list.
check_LIBRARIES += tests/libfixtures.a
tests_libfixtures_a_SOURCES =
LDADD = tests/libfixtures.a $(POSIX_LIBS) $(PROGRAM_LIBS) $(CHECK_LIBS)

# GNU make's way to tell objects of one folder from all others.
tests/unit/%.$(OBJEXT) tests/virtual/%.$(OBJEXT) tests/fuzz/%.$(OBJEXT): \
	AM_CFLAGS += $(CHECK_CFLAGS) $(POSIX_CFLAGS)

include tests/windows/local.mk
if HAVE_CHECK
include tests/unit/local.mk
endif
include tests/fuzz/local.mk
include tests/lab/local.mk
include tests/transcripts/local.mk

noinst_HEADERS += tests/event_loop.h
dist_check_SCRIPTS += tests/check-includes
TESTS += tests/check-includes

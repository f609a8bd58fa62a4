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

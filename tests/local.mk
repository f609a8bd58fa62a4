include tests/windows/local.mk
if HAVE_CHECK
include tests/unit/local.mk
endif
include tests/fuzz/local.mk
include tests/lab/local.mk
include tests/transcripts/local.mk

dist_check_SCRIPTS += tests/check-includes
TESTS += tests/check-includes

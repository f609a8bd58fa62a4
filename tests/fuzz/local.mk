# One target a parser: tests/fuzz/fuzz_NAME.c with LLVMFuzzerTestOneInput(), its
# corpus in tests/fuzz/corpus/NAME.  With --enable-fuzzers each is a libFuzzer
# program; without, "make check" runs it over its corpus once.
if FUZZERS
FUZZ_DRIVER =
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_DRIVER = tests/fuzz/driver.c
FUZZ_LINK = $(AM_LDFLAGS)
endif

fuzz_targets =

check_PROGRAMS += $(fuzz_targets)
if !FUZZERS
TESTS += $(fuzz_targets)
endif

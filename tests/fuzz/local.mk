# One target a parser: tests/fuzz/fuzz_NAME.c with LLVMFuzzerTestOneInput(), its
# corpus in tests/fuzz/corpus/NAME.  With --enable-fuzzers each is a libFuzzer
# program; without, "make check" runs it over its corpus once.
fuzz_targets = \
	tests/fuzz/fuzz_account \
	tests/fuzz/fuzz_address \
	tests/fuzz/fuzz_answer \
	tests/fuzz/fuzz_config \
	tests/fuzz/fuzz_config_edit \
	tests/fuzz/fuzz_control \
	tests/fuzz/fuzz_discipline \
	tests/fuzz/fuzz_mssntp_server \
	tests/fuzz/fuzz_netlogon \
	tests/fuzz/fuzz_netlogon_name \
	tests/fuzz/fuzz_packet \
	tests/fuzz/fuzz_peer_list \
	tests/fuzz/fuzz_reg_file \
	tests/fuzz/fuzz_reply \
	tests/fuzz/fuzz_services \
	tests/fuzz/fuzz_signd_client \
	tests/fuzz/fuzz_signed \
	tests/fuzz/fuzz_state \
	tests/fuzz/fuzz_utf8 \
	tests/fuzz/fuzz_w32tm_render \
	tests/fuzz/fuzz_w32tm_system

# What w32timed-account reads.
if LINUX
fuzz_targets += tests/fuzz/fuzz_joiners
endif
if KEYTABS
fuzz_targets += tests/fuzz/fuzz_keytab
endif
if SECRETS
fuzz_targets += tests/fuzz/fuzz_secrets
endif

tests_fuzz_fuzz_mssntp_server_SOURCES = tests/fuzz/fuzz_mssntp_server.c $(local_connect)
tests_fuzz_fuzz_signd_client_SOURCES = tests/fuzz/fuzz_signd_client.c $(local_connect)

check_PROGRAMS += $(fuzz_targets)
if FUZZERS
tests/fuzz/fuzz_%$(EXEEXT): AM_LDFLAGS += -fsanitize=fuzzer
else
TESTS += $(fuzz_targets)
tests_libfixtures_a_SOURCES += tests/fuzz/driver.c
endif

EXTRA_DIST += tests/fuzz/corpus

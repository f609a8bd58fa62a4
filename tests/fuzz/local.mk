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

EXTRA_DIST += tests/fuzz/corpus

fuzz_targets =

fuzz_targets += tests/fuzz/fuzz_address
tests_fuzz_fuzz_address_SOURCES = tests/fuzz/fuzz_address.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_address_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_address_LDADD = $(PLATFORM_LIBS)

fuzz_targets += tests/fuzz/fuzz_packet
tests_fuzz_fuzz_packet_SOURCES = tests/fuzz/fuzz_packet.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_packet_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_packet_LDADD = $(NTP_LIBS)

fuzz_targets += tests/fuzz/fuzz_signed
tests_fuzz_fuzz_signed_SOURCES = tests/fuzz/fuzz_signed.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_signed_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_signed_LDADD = $(CLIENT_LIBS)

fuzz_targets += tests/fuzz/fuzz_utf8
tests_fuzz_fuzz_utf8_SOURCES = tests/fuzz/fuzz_utf8.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_utf8_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_utf8_LDADD = $(BASE_LIBS)

fuzz_targets += tests/fuzz/fuzz_reply
tests_fuzz_fuzz_reply_SOURCES = tests/fuzz/fuzz_reply.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_reply_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_reply_LDADD = $(CLIENT_LIBS)

fuzz_targets += tests/fuzz/fuzz_answer
tests_fuzz_fuzz_answer_SOURCES = tests/fuzz/fuzz_answer.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_answer_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_answer_LDADD = src/server/libserver.a $(NTP_LIBS)

fuzz_targets += tests/fuzz/fuzz_netlogon
tests_fuzz_fuzz_netlogon_SOURCES = tests/fuzz/fuzz_netlogon.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_netlogon_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_netlogon_LDADD = $(DOMAIN_LIBS)

fuzz_targets += tests/fuzz/fuzz_netlogon_name
tests_fuzz_fuzz_netlogon_name_SOURCES = tests/fuzz/fuzz_netlogon_name.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_netlogon_name_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_netlogon_name_LDADD = $(DOMAIN_LIBS)

fuzz_targets += tests/fuzz/fuzz_services
tests_fuzz_fuzz_services_SOURCES = tests/fuzz/fuzz_services.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_services_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_services_LDADD = $(RESOLVER_LIBS)

fuzz_targets += tests/fuzz/fuzz_control
tests_fuzz_fuzz_control_SOURCES = tests/fuzz/fuzz_control.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_control_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_control_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_control_LDADD = $(CONTROL_LIBS) $(TEST_LIBS)

fuzz_targets += tests/fuzz/fuzz_state
tests_fuzz_fuzz_state_SOURCES = tests/fuzz/fuzz_state.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_state_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_state_LDADD = $(SERVICE_LIBS)
fuzz_targets += \
	tests/fuzz/fuzz_config \
	tests/fuzz/fuzz_config_edit \
	tests/fuzz/fuzz_peer_list
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_config_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_config_LDADD = $(CONFIG_LIBS)
tests_fuzz_fuzz_config_edit_SOURCES = tests/fuzz/fuzz_config_edit.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_config_edit_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_config_edit_LDADD = $(CONFIG_LIBS)
tests_fuzz_fuzz_peer_list_SOURCES = tests/fuzz/fuzz_peer_list.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_peer_list_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_peer_list_LDADD = $(CONFIG_LIBS)

fuzz_targets += tests/fuzz/fuzz_w32tm_render
tests_fuzz_fuzz_w32tm_render_SOURCES = tests/fuzz/fuzz_w32tm_render.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_w32tm_render_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_w32tm_render_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_w32tm_render_LDADD = $(W32TM_LIBS) $(TEST_LIBS)

fuzz_targets += tests/fuzz/fuzz_w32tm_system
tests_fuzz_fuzz_w32tm_system_SOURCES = tests/fuzz/fuzz_w32tm_system.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_w32tm_system_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_w32tm_system_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_w32tm_system_LDADD = $(W32TM_LIBS) $(TEST_LIBS)

fuzz_targets += tests/fuzz/fuzz_discipline
tests_fuzz_fuzz_discipline_SOURCES = tests/fuzz/fuzz_discipline.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_discipline_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_discipline_LDADD = $(DISCIPLINE_LIBS)

fuzz_targets += tests/fuzz/fuzz_signd_client tests/fuzz/fuzz_mssntp_server
tests_fuzz_fuzz_signd_client_SOURCES = tests/fuzz/fuzz_signd_client.c $(local_connect) $(FUZZ_DRIVER)
tests_fuzz_fuzz_signd_client_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_signd_client_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_signd_client_LDADD = $(SERVER_LIBS) $(TEST_LIBS)
tests_fuzz_fuzz_mssntp_server_SOURCES = tests/fuzz/fuzz_mssntp_server.c $(local_connect) $(FUZZ_DRIVER)
tests_fuzz_fuzz_mssntp_server_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_mssntp_server_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_mssntp_server_LDADD = $(SERVER_LIBS) $(TEST_LIBS)

fuzz_targets += tests/fuzz/fuzz_reg_file
tests_fuzz_fuzz_reg_file_SOURCES = tests/fuzz/fuzz_reg_file.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_reg_file_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_reg_file_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_reg_file_LDADD = $(W32TM_LIBS) $(TEST_LIBS)

check_PROGRAMS += $(fuzz_targets)
if !FUZZERS
TESTS += $(fuzz_targets)
endif

fuzz_targets += tests/fuzz/fuzz_account
tests_fuzz_fuzz_account_SOURCES = tests/fuzz/fuzz_account.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_account_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_account_LDADD = $(DOMAIN_LIBS)

# What w32timed-account reads, on Linux.
if LINUX
fuzz_targets += tests/fuzz/fuzz_joiners
tests_fuzz_fuzz_joiners_SOURCES = tests/fuzz/fuzz_joiners.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_joiners_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_joiners_LDADD = $(JOIN_LIBS)
if KEYTABS
fuzz_targets += tests/fuzz/fuzz_keytab
tests_fuzz_fuzz_keytab_SOURCES = tests/fuzz/fuzz_keytab.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_keytab_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_keytab_LDADD = $(JOIN_LIBS)
endif
if SECRETS
fuzz_targets += tests/fuzz/fuzz_secrets
tests_fuzz_fuzz_secrets_SOURCES = tests/fuzz/fuzz_secrets.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_secrets_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_secrets_LDADD = $(JOIN_LIBS)
endif
endif

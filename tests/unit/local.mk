# One program a module; each runs under "make check".
UNIT_CFLAGS = $(TEST_CFLAGS) $(CHECK_CFLAGS)
UNIT_LIBS = $(TEST_LIBS) $(CHECK_LIBS)

stamps = tests/unit/stamps.c tests/unit/stamps.h
loopback = tests/unit/loopback.c tests/unit/loopback.h

check_PROGRAMS += tests/unit/test_base
TESTS += tests/unit/test_base
tests_unit_test_base_SOURCES = tests/unit/test_base.c tests/unit/unit.h
tests_unit_test_base_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_base_LDADD = $(BASE_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_platform_address
TESTS += tests/unit/test_platform_address
tests_unit_test_platform_address_SOURCES = tests/unit/test_platform_address.c tests/unit/unit.h
tests_unit_test_platform_address_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_platform_address_LDADD = $(PLATFORM_LIBS) $(UNIT_LIBS)

# The kernel's clock; test_platform_clock_windows has Windows' clock, and runs on both.
if LINUX
check_PROGRAMS += tests/unit/test_platform_clock
TESTS += tests/unit/test_platform_clock
tests_unit_test_platform_clock_SOURCES = tests/unit/test_platform_clock.c \
	tests/unit/fake_machine.h tests/unit/unit.h
tests_unit_test_platform_clock_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_platform_clock_LDADD = $(PLATFORM_LIBS) $(UNIT_LIBS)
endif

check_PROGRAMS += tests/unit/test_platform_simulated
TESTS += tests/unit/test_platform_simulated
tests_unit_test_platform_simulated_SOURCES = tests/unit/test_platform_simulated.c \
	tests/unit/fake_machine.h tests/unit/unit.h
tests_unit_test_platform_simulated_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_platform_simulated_LDADD = $(PLATFORM_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_platform_udp
TESTS += tests/unit/test_platform_udp
tests_unit_test_platform_udp_SOURCES = tests/unit/test_platform_udp.c $(stamps) tests/unit/unit.h
tests_unit_test_platform_udp_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_platform_udp_LDADD = $(PLATFORM_LIBS) $(UNIT_LIBS)

# Unix sockets and systemd; test_platform_pipe has named pipes and the console.
if LINUX
check_PROGRAMS += tests/unit/test_platform_local
TESTS += tests/unit/test_platform_local
tests_unit_test_platform_local_SOURCES = tests/unit/test_platform_local.c tests/unit/unit.h
tests_unit_test_platform_local_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_platform_local_LDADD = $(PLATFORM_LIBS) $(UNIT_LIBS)
endif

files_fixture = tests/unit/files_fixture.c tests/unit/files_fixture.h tests/unit/unit.h

check_PROGRAMS += tests/unit/test_platform_files
TESTS += tests/unit/test_platform_files
tests_unit_test_platform_files_SOURCES = tests/unit/test_platform_files.c $(files_fixture)
tests_unit_test_platform_files_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_platform_files_LDADD = $(PLATFORM_LIBS) $(UNIT_LIBS)

# Modes, links and the journal; test_platform_windows has what Windows has instead.
if LINUX
check_PROGRAMS += tests/unit/test_platform_files_linux
TESTS += tests/unit/test_platform_files_linux
tests_unit_test_platform_files_linux_SOURCES = tests/unit/test_platform_files_linux.c $(files_fixture)
tests_unit_test_platform_files_linux_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_platform_files_linux_LDADD = $(PLATFORM_LIBS) $(UNIT_LIBS)
endif

# Capabilities, users and seccomp; test_platform_folders has Windows' folders and
# privileges.
if LINUX
check_PROGRAMS += tests/unit/test_platform_privileges
TESTS += tests/unit/test_platform_privileges
tests_unit_test_platform_privileges_SOURCES = tests/unit/test_platform_privileges.c tests/unit/unit.h
tests_unit_test_platform_privileges_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_platform_privileges_LDADD = $(PLATFORM_LIBS) $(UNIT_LIBS)
endif

check_PROGRAMS += tests/unit/test_loop
TESTS += tests/unit/test_loop
tests_unit_test_loop_SOURCES = tests/unit/test_loop.c tests/unit/unit.h
tests_unit_test_loop_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_loop_LDADD = $(LOOP_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_ntp
TESTS += tests/unit/test_ntp
tests_unit_test_ntp_SOURCES = tests/unit/test_ntp.c tests/unit/unit.h
tests_unit_test_ntp_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_ntp_LDADD = $(NTP_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_mssntp
TESTS += tests/unit/test_mssntp
tests_unit_test_mssntp_SOURCES = tests/unit/test_mssntp.c tests/unit/unit.h
tests_unit_test_mssntp_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_mssntp_LDADD = $(NTP_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_w32tm
TESTS += tests/unit/test_w32tm
tests_unit_test_w32tm_SOURCES = tests/unit/test_w32tm.c tests/unit/unit.h
tests_unit_test_w32tm_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_w32tm_LDADD = $(W32TM_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_w32tm_render
TESTS += tests/unit/test_w32tm_render
tests_unit_test_w32tm_render_SOURCES = tests/unit/test_w32tm_render.c tests/unit/unit.h
tests_unit_test_w32tm_render_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_w32tm_render_LDADD = $(W32TM_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_client
TESTS += tests/unit/test_client
tests_unit_test_client_SOURCES = tests/unit/test_client.c tests/unit/unit.h
tests_unit_test_client_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_client_LDADD = $(CLIENT_LIBS) $(UNIT_LIBS)

client_world = tests/unit/client_world.c tests/unit/client_world.h $(loopback) \
	tests/unit/name_server.c tests/unit/name_server.h tests/unit/unit.h \
	tests/unit/world_signing.c

check_PROGRAMS += tests/unit/test_client_domain
TESTS += tests/unit/test_client_domain
tests_unit_test_client_domain_SOURCES = tests/unit/test_client_domain.c $(client_world)
tests_unit_test_client_domain_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_client_domain_LDFLAGS = $(CLOSED_PORTS_LINK)
tests_unit_test_client_domain_LDADD = $(CLIENT_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_client_exchange
TESTS += tests/unit/test_client_exchange
tests_unit_test_client_exchange_SOURCES = tests/unit/test_client_exchange.c $(stamps) \
	$(client_world)
tests_unit_test_client_exchange_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_client_exchange_LDFLAGS = $(CLOSED_PORTS_LINK)
tests_unit_test_client_exchange_LDADD = $(CLIENT_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_client_interleaved
TESTS += tests/unit/test_client_interleaved
tests_unit_test_client_interleaved_SOURCES = tests/unit/test_client_interleaved.c \
	$(client_world)
tests_unit_test_client_interleaved_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_client_interleaved_LDFLAGS = $(CLOSED_PORTS_LINK)
tests_unit_test_client_interleaved_LDADD = $(CLIENT_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_client_changes
TESTS += tests/unit/test_client_changes
tests_unit_test_client_changes_SOURCES = tests/unit/test_client_changes.c \
	$(client_world)
tests_unit_test_client_changes_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_client_changes_LDFLAGS = $(CLOSED_PORTS_LINK)
tests_unit_test_client_changes_LDADD = $(CLIENT_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_client_names
TESTS += tests/unit/test_client_names
tests_unit_test_client_names_SOURCES = tests/unit/test_client_names.c \
	$(client_world)
tests_unit_test_client_names_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_client_names_LDFLAGS = $(CLOSED_PORTS_LINK)
tests_unit_test_client_names_LDADD = $(CLIENT_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_resolver
TESTS += tests/unit/test_resolver
tests_unit_test_resolver_SOURCES = tests/unit/test_resolver.c \
	$(loopback) \
	tests/unit/name_server.c tests/unit/name_server.h tests/unit/unit.h
tests_unit_test_resolver_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_resolver_LDADD = $(RESOLVER_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_domain_queries
TESTS += tests/unit/test_domain_queries
tests_unit_test_domain_queries_SOURCES = tests/unit/test_domain_queries.c tests/unit/unit.h
tests_unit_test_domain_queries_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_domain_queries_LDADD = $(DOMAIN_LIBS) $(UNIT_LIBS)

if BER
check_PROGRAMS += tests/unit/test_domain_netlogon
TESTS += tests/unit/test_domain_netlogon
tests_unit_test_domain_netlogon_SOURCES = tests/unit/test_domain_netlogon.c \
	tests/unit/netlogon_fixture.c tests/unit/netlogon_fixture.h tests/unit/unit.h
tests_unit_test_domain_netlogon_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_domain_netlogon_LDADD = $(DOMAIN_LIBS) $(UNIT_LIBS)

discovery_tests = tests/unit/test_domain_discovery tests/unit/test_domain_discovery_changes \
	tests/unit/test_domain_hint
check_PROGRAMS += $(discovery_tests)
TESTS += $(discovery_tests)
discovery_fixture = tests/unit/discovery_fixture.h tests/unit/domain_world.c tests/unit/domain_world.h \
	$(loopback) \
	tests/unit/name_server.c tests/unit/name_server.h \
	tests/unit/netlogon_fixture.c tests/unit/netlogon_fixture.h tests/unit/unit.h
# On a system that has no locator of its own.
no_hint = src/platform/controller_hint.h src/platform/linux/controller_hint.c
tests_unit_test_domain_discovery_SOURCES = tests/unit/test_domain_discovery.c \
	$(discovery_fixture) $(no_hint)
tests_unit_test_domain_discovery_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_domain_discovery_LDFLAGS = $(CLOSED_PORTS_LINK)
tests_unit_test_domain_discovery_LDADD = $(DOMAIN_LIBS) $(UNIT_LIBS)
tests_unit_test_domain_discovery_changes_SOURCES = tests/unit/test_domain_discovery_changes.c \
	$(discovery_fixture) $(no_hint)
tests_unit_test_domain_discovery_changes_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_domain_discovery_changes_LDFLAGS = $(CLOSED_PORTS_LINK)
tests_unit_test_domain_discovery_changes_LDADD = $(DOMAIN_LIBS) $(UNIT_LIBS)
# On one that has what the test wants.
tests_unit_test_domain_hint_SOURCES = tests/unit/test_domain_hint.c $(discovery_fixture)
tests_unit_test_domain_hint_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_domain_hint_LDFLAGS = $(CLOSED_PORTS_LINK)
tests_unit_test_domain_hint_LDADD = $(DOMAIN_LIBS) $(UNIT_LIBS)
endif

check_PROGRAMS += tests/unit/test_discipline
TESTS += tests/unit/test_discipline
tests_unit_test_discipline_SOURCES = \
	tests/unit/test_discipline.c \
	tests/unit/test_discipline_calls.c \
	tests/unit/unit.h
tests_unit_test_discipline_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_discipline_LDADD = $(DISCIPLINE_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/virtual/test_discipline_virtual
TESTS += tests/virtual/test_discipline_virtual
tests_virtual_test_discipline_virtual_SOURCES = \
	tests/unit/unit.h \
	tests/virtual/test_discipline_virtual.c \
	tests/virtual/world.c \
	tests/virtual/world.h
tests_virtual_test_discipline_virtual_CFLAGS = $(UNIT_CFLAGS)
tests_virtual_test_discipline_virtual_LDADD = $(DISCIPLINE_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_server
TESTS += tests/unit/test_server
tests_unit_test_server_SOURCES = tests/unit/test_server.c tests/unit/unit.h
tests_unit_test_server_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_server_LDADD = $(SERVER_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_rid_guard
TESTS += tests/unit/test_rid_guard
tests_unit_test_rid_guard_SOURCES = tests/unit/test_rid_guard.c tests/unit/unit.h
tests_unit_test_rid_guard_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_rid_guard_LDADD = $(SERVER_LIBS) $(UNIT_LIBS)

fake_signd = tests/unit/fake_signd.c tests/unit/fake_signd.h $(local_connect)

check_PROGRAMS += tests/unit/test_signd_client
TESTS += tests/unit/test_signd_client
tests_unit_test_signd_client_SOURCES = tests/unit/test_signd_client.c $(fake_signd) tests/unit/unit.h
tests_unit_test_signd_client_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_signd_client_LDADD = $(SERVER_LIBS) $(UNIT_LIBS)

server_fixture = $(loopback) tests/unit/server_fixture.c tests/unit/server_fixture.h $(stamps) \
	tests/unit/unit.h

check_PROGRAMS += tests/unit/test_server_interleaved
TESTS += tests/unit/test_server_interleaved
tests_unit_test_server_interleaved_SOURCES = tests/unit/test_server_interleaved.c $(server_fixture)
tests_unit_test_server_interleaved_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_server_interleaved_LDADD = $(SERVER_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_ntp_server
TESTS += tests/unit/test_ntp_server
tests_unit_test_ntp_server_SOURCES = tests/unit/test_ntp_server.c $(server_fixture)
tests_unit_test_ntp_server_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_ntp_server_LDADD = $(SERVER_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_ntp_server_changes
TESTS += tests/unit/test_ntp_server_changes
tests_unit_test_ntp_server_changes_SOURCES = tests/unit/test_ntp_server_changes.c $(server_fixture)
tests_unit_test_ntp_server_changes_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_ntp_server_changes_LDADD = $(SERVER_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_ntp_server_signing
TESTS += tests/unit/test_ntp_server_signing
tests_unit_test_ntp_server_signing_SOURCES = \
	tests/unit/test_ntp_server_signing.c $(server_fixture) $(fake_signd)
tests_unit_test_ntp_server_signing_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_ntp_server_signing_LDADD = $(SERVER_LIBS) $(UNIT_LIBS)

control_bench = tests/unit/control_bench.c tests/unit/control_bench.h tests/unit/unit.h

check_PROGRAMS += tests/unit/test_control_messages
TESTS += tests/unit/test_control_messages
tests_unit_test_control_messages_SOURCES = tests/unit/test_control_messages.c tests/unit/unit.h
tests_unit_test_control_messages_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_control_messages_LDADD = $(CONTROL_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_control_server
TESTS += tests/unit/test_control_server
tests_unit_test_control_server_SOURCES = tests/unit/test_control_server.c $(control_bench)
tests_unit_test_control_server_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_control_server_LDADD = $(CONTROL_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_control_client
TESTS += tests/unit/test_control_client
tests_unit_test_control_client_SOURCES = tests/unit/test_control_client.c $(control_bench) \
	tests/unit/local_path.h
tests_unit_test_control_client_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_control_client_LDADD = $(CONTROL_LIBS) $(UNIT_LIBS)

config_fixture = tests/unit/config_fixture.c tests/unit/config_fixture.h tests/unit/unit.h

config_tests = \
	tests/unit/test_config \
	tests/unit/test_config_documents \
	tests/unit/test_config_edit \
	tests/unit/test_config_file \
	tests/unit/test_config_load \
	tests/unit/test_config_peers
check_PROGRAMS += $(config_tests)
TESTS += $(config_tests)
tests_unit_test_config_SOURCES = tests/unit/test_config.c $(config_fixture)
tests_unit_test_config_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_config_LDADD = $(CONFIG_LIBS) $(UNIT_LIBS)
tests_unit_test_config_documents_SOURCES = tests/unit/test_config_documents.c tests/unit/unit.h
tests_unit_test_config_documents_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_config_documents_LDADD = $(CONFIG_LIBS) $(UNIT_LIBS)
tests_unit_test_config_edit_SOURCES = tests/unit/test_config_edit.c tests/unit/unit.h
tests_unit_test_config_edit_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_config_edit_LDADD = $(CONFIG_LIBS) $(UNIT_LIBS)
tests_unit_test_config_file_SOURCES = tests/unit/test_config_file.c $(config_fixture)
tests_unit_test_config_file_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_config_file_LDADD = $(CONFIG_LIBS) $(UNIT_LIBS)
tests_unit_test_config_load_SOURCES = tests/unit/test_config_load.c tests/unit/unit.h
tests_unit_test_config_load_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_config_load_LDADD = $(CONFIG_LIBS) $(UNIT_LIBS)
tests_unit_test_config_peers_SOURCES = tests/unit/test_config_peers.c tests/unit/unit.h
tests_unit_test_config_peers_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_config_peers_LDADD = $(CONFIG_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_service
TESTS += tests/unit/test_service
tests_unit_test_service_SOURCES = tests/unit/test_service.c tests/unit/unit.h
tests_unit_test_service_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_service_LDADD = $(SERVICE_LIBS) $(UNIT_LIBS)

service_machine = tests/unit/local_path.h $(loopback) tests/unit/service_machine.c \
	tests/unit/service_machine.h tests/unit/unit.h

check_PROGRAMS += tests/unit/test_service_calls
TESTS += tests/unit/test_service_calls
tests_unit_test_service_calls_SOURCES = tests/unit/test_service_calls.c $(service_machine)
tests_unit_test_service_calls_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_service_calls_LDADD = $(SERVICE_LIBS) $(UNIT_LIBS)

# Windows gives the service the rights that it needs; there it becomes nobody else.
if LINUX
check_PROGRAMS += tests/unit/test_service_rights
TESTS += tests/unit/test_service_rights
tests_unit_test_service_rights_SOURCES = tests/unit/test_service_rights.c $(service_machine)
tests_unit_test_service_rights_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_service_rights_LDADD = $(SERVICE_LIBS) $(UNIT_LIBS)
endif

check_PROGRAMS += tests/unit/test_w32tm_local
TESTS += tests/unit/test_w32tm_local
tests_unit_test_w32tm_local_SOURCES = tests/unit/test_w32tm_local.c tests/unit/unit.h
tests_unit_test_w32tm_local_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_w32tm_local_LDADD = $(W32TM_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_timekeeping
TESTS += tests/unit/test_timekeeping
tests_unit_test_timekeeping_SOURCES = tests/unit/test_timekeeping.c tests/unit/unit.h
tests_unit_test_timekeeping_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_timekeeping_LDADD = $(SERVICE_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_account
TESTS += tests/unit/test_account
tests_unit_test_account_SOURCES = tests/unit/test_account.c tests/unit/unit.h
tests_unit_test_account_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_account_LDADD = $(ACCOUNT_LIBS) $(UNIT_LIBS)

# w32timed-account, and what it reads.
if LINUX
account_tests = tests/unit/test_account_client tests/unit/test_account_files \
	tests/unit/test_account_joiners tests/unit/test_account_program
check_PROGRAMS += $(account_tests)
TESTS += $(account_tests)
tests_unit_test_account_joiners_SOURCES = tests/unit/test_account_joiners.c tests/unit/unit.h
tests_unit_test_account_joiners_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_account_joiners_LDADD = $(JOIN_LIBS) $(UNIT_LIBS)
account_fixture = tests/unit/account_fixture.c tests/unit/account_fixture.h tests/unit/unit.h
account_bench = tests/unit/account_bench.c tests/unit/account_bench.h $(account_fixture)
tests_unit_test_account_client_SOURCES = tests/unit/test_account_client.c $(account_bench)
tests_unit_test_account_client_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_account_client_LDADD = $(DOMAIN_LIBS) $(TDB_LIBS) $(UNIT_LIBS)
tests_unit_test_account_files_SOURCES = tests/unit/test_account_files.c $(account_fixture)
tests_unit_test_account_files_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_account_files_LDADD = $(JOIN_LIBS) $(UNIT_LIBS)
tests_unit_test_account_program_SOURCES = tests/unit/test_account_program.c $(account_bench)
tests_unit_test_account_program_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_account_program_LDADD = $(DOMAIN_LIBS) $(TDB_LIBS) $(UNIT_LIBS)
endif

# With an account and a discovery of its own.
check_PROGRAMS += tests/unit/test_domain_time
TESTS += tests/unit/test_domain_time
tests_unit_test_domain_time_SOURCES = tests/unit/test_domain_time.c tests/unit/unit.h
tests_unit_test_domain_time_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_domain_time_LDADD = $(SERVICE_LIBS) $(UNIT_LIBS)

# Of the daemon that looks for its account by itself, in a system of the test's own.
check_PROGRAMS += tests/unit/test_account_local
TESTS += tests/unit/test_account_local
tests_unit_test_account_local_SOURCES = tests/unit/test_account_local.c tests/unit/unit.h \
	src/account/system.c src/account/system.h src/domain/account_client_local.c
tests_unit_test_account_local_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_account_local_LDADD = $(DOMAIN_LIBS) $(UNIT_LIBS)

# The daemon's and the tool's end of the named pipe.
if WINDOWS
check_PROGRAMS += tests/unit/test_platform_pipe
TESTS += tests/unit/test_platform_pipe
tests_unit_test_platform_pipe_SOURCES = tests/unit/test_platform_pipe.c tests/unit/unit.h
tests_unit_test_platform_pipe_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_platform_pipe_LDADD = $(PLATFORM_LIBS) $(UNIT_LIBS)
endif

# The same where nobody can be told who he is until he speaks.
if WINDOWS
check_PROGRAMS += tests/unit/test_platform_pipe_silent
TESTS += tests/unit/test_platform_pipe_silent
tests_unit_test_platform_pipe_silent_SOURCES = tests/unit/test_platform_pipe_silent.c \
	tests/unit/unit.h
tests_unit_test_platform_pipe_silent_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_platform_pipe_silent_LDADD = $(PLATFORM_LIBS) $(UNIT_LIBS)
endif

if WINDOWS
check_PROGRAMS += tests/unit/test_file_access
TESTS += tests/unit/test_file_access
tests_unit_test_file_access_SOURCES = tests/unit/test_file_access.c tests/unit/unit.h
tests_unit_test_file_access_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_file_access_LDADD = $(PLATFORM_LIBS) $(UNIT_LIBS)
endif

check_PROGRAMS += tests/unit/test_w32tm_import
TESTS += tests/unit/test_w32tm_import
tests_unit_test_w32tm_import_SOURCES = tests/unit/test_w32tm_import.c tests/unit/unit.h
tests_unit_test_w32tm_import_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_w32tm_import_LDADD = $(W32TM_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test_platform_clock_windows
TESTS += tests/unit/test_platform_clock_windows
tests_unit_test_platform_clock_windows_SOURCES = tests/unit/test_platform_clock_windows.c \
	src/platform/windows/clock.c src/platform/windows/clock.h \
	tests/unit/fake_machine.h tests/unit/unit.h
tests_unit_test_platform_clock_windows_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_platform_clock_windows_LDADD = $(PLATFORM_LIBS) $(UNIT_LIBS)

if WINDOWS
check_PROGRAMS += tests/unit/test_platform_windows
TESTS += tests/unit/test_platform_windows
endif
tests_unit_test_platform_windows_SOURCES = tests/unit/test_platform_windows.c $(files_fixture)
tests_unit_test_platform_windows_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_platform_windows_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=__imp_Sleep
tests_unit_test_platform_windows_LDADD = $(PLATFORM_LIBS) $(UNIT_LIBS)

# Its folders and its privileges.
if WINDOWS
check_PROGRAMS += tests/unit/test_platform_folders
TESTS += tests/unit/test_platform_folders
tests_unit_test_platform_folders_SOURCES = tests/unit/test_platform_folders.c tests/unit/unit.h
tests_unit_test_platform_folders_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_platform_folders_LDADD = $(PLATFORM_LIBS) $(UNIT_LIBS)
endif

# Windows', with a clock of the test's own.
if WINDOWS
check_PROGRAMS += tests/unit/test_platform_clock_watch
TESTS += tests/unit/test_platform_clock_watch
tests_unit_test_platform_clock_watch_SOURCES = tests/unit/test_platform_clock_watch.c tests/unit/unit.h
tests_unit_test_platform_clock_watch_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_platform_clock_watch_LDADD = $(PLATFORM_LIBS) $(UNIT_LIBS)
endif

# What Windows is asked in threads.
if WINDOWS
check_PROGRAMS += tests/unit/test_platform_errand
TESTS += tests/unit/test_platform_errand
endif
tests_unit_test_platform_errand_SOURCES = tests/unit/test_platform_errand.c tests/unit/unit.h
tests_unit_test_platform_errand_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_platform_errand_LDADD = $(PLATFORM_LIBS) $(UNIT_LIBS)

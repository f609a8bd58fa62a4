# One program a module; each runs under "make check".
unit_tests = \
	tests/unit/test_account \
	tests/unit/test_account_local \
	tests/unit/test_base \
	tests/unit/test_client \
	tests/unit/test_client_changes \
	tests/unit/test_client_domain \
	tests/unit/test_client_exchange \
	tests/unit/test_client_interleaved \
	tests/unit/test_client_names \
	tests/unit/test_client_parts \
	tests/unit/test_config \
	tests/unit/test_config_documents \
	tests/unit/test_config_edit \
	tests/unit/test_config_file \
	tests/unit/test_config_load \
	tests/unit/test_config_peers \
	tests/unit/test_control_client \
	tests/unit/test_control_messages \
	tests/unit/test_control_schema \
	tests/unit/test_control_server \
	tests/unit/test_discipline \
	tests/unit/test_domain_queries \
	tests/unit/test_domain_time \
	tests/unit/test_loop \
	tests/unit/test_mssntp \
	tests/unit/test_ntp \
	tests/unit/test_ntp_server \
	tests/unit/test_ntp_server_changes \
	tests/unit/test_ntp_server_signing \
	tests/unit/test_platform_address \
	tests/unit/test_platform_clock_windows \
	tests/unit/test_platform_files \
	tests/unit/test_platform_simulated \
	tests/unit/test_platform_udp \
	tests/unit/test_resolver \
	tests/unit/test_rid_guard \
	tests/unit/test_server \
	tests/unit/test_server_interleaved \
	tests/unit/test_service \
	tests/unit/test_service_calls \
	tests/unit/test_signd_client \
	tests/unit/test_timekeeping \
	tests/unit/test_w32tm \
	tests/unit/test_w32tm_import \
	tests/unit/test_w32tm_local \
	tests/unit/test_w32tm_render \
	tests/virtual/test_discipline_virtual

if BER
unit_tests += \
	tests/unit/test_domain_discovery \
	tests/unit/test_domain_discovery_changes \
	tests/unit/test_domain_hint \
	tests/unit/test_domain_netlogon
endif

if LINUX
unit_tests += \
	tests/unit/test_account_client \
	tests/unit/test_account_files \
	tests/unit/test_account_joiners \
	tests/unit/test_account_program \
	tests/unit/test_ntp_server_broadcast \
	tests/unit/test_platform_clock \
	tests/unit/test_platform_files_linux \
	tests/unit/test_platform_local \
	tests/unit/test_platform_privileges \
	tests/unit/test_service_rights
endif

if WINDOWS
unit_tests += \
	tests/unit/test_file_access \
	tests/unit/test_platform_clock_watch \
	tests/unit/test_platform_errand \
	tests/unit/test_platform_folders \
	tests/unit/test_platform_pipe \
	tests/unit/test_platform_pipe_silent \
	tests/unit/test_platform_windows
endif

check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)

# --- Tests of more than their own file -----------------------------------------------

tests_unit_test_discipline_SOURCES = tests/unit/test_discipline.c \
	tests/unit/test_discipline_calls.c tests/unit/test_discipline_reference.c

# What the other system is built of, in a system of the test's own.
tests_unit_test_account_local_SOURCES = tests/unit/test_account_local.c \
	src/account/system.c src/account/system.h src/domain/account_client_local.c
tests_unit_test_platform_clock_windows_SOURCES = tests/unit/test_platform_clock_windows.c \
	src/platform/windows/clock.c src/platform/windows/clock.h

# On a system that has no locator of its own; test_domain_hint brings one.
tests_unit_test_domain_discovery_SOURCES = tests/unit/test_domain_discovery.c \
	src/platform/linux/controller_hint.c
tests_unit_test_domain_discovery_changes_SOURCES = tests/unit/test_domain_discovery_changes.c \
	src/platform/linux/controller_hint.c

tests_unit_test_ntp_server_signing_SOURCES = tests/unit/test_ntp_server_signing.c $(local_connect)
tests_unit_test_signd_client_SOURCES = tests/unit/test_signd_client.c $(local_connect)

if WINDOWS
tests_unit_test_platform_windows_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=__imp_Sleep

# They hear of closed ports from tests/windows/closed_ports.c.
tests/unit/test_client_%$(EXEEXT) tests/unit/test_domain_%$(EXEEXT): \
	AM_LDFLAGS += -Wl,--wrap=udp_receive
endif

# --- Fixtures: linked where they are used --------------------------------------------

tests_libfixtures_a_SOURCES += \
	tests/unit/client_world.c \
	tests/unit/client_world.h \
	tests/unit/config_fixture.c \
	tests/unit/config_fixture.h \
	tests/unit/control_bench.c \
	tests/unit/control_bench.h \
	tests/unit/discipline_bench.c \
	tests/unit/discipline_bench.h \
	tests/unit/fake_kernel.h \
	tests/unit/fake_machine.h \
	tests/unit/fake_signd.c \
	tests/unit/fake_signd.h \
	tests/unit/files_fixture.c \
	tests/unit/files_fixture.h \
	tests/unit/local_path.h \
	tests/unit/loopback.c \
	tests/unit/loopback.h \
	tests/unit/name_server.c \
	tests/unit/name_server.h \
	tests/unit/server_fixture.c \
	tests/unit/server_fixture.h \
	tests/unit/service_machine.c \
	tests/unit/service_machine.h \
	tests/unit/stamps.c \
	tests/unit/stamps.h \
	tests/unit/unit.h \
	tests/unit/world_signing.c \
	tests/virtual/world.c \
	tests/virtual/world.h

if BER
tests_libfixtures_a_SOURCES += \
	tests/unit/discovery_fixture.h \
	tests/unit/domain_world.c \
	tests/unit/domain_world.h \
	tests/unit/netlogon_fixture.c \
	tests/unit/netlogon_fixture.h
endif

if LINUX
tests_libfixtures_a_SOURCES += \
	tests/unit/account_bench.c \
	tests/unit/account_bench.h \
	tests/unit/account_fixture.c \
	tests/unit/account_fixture.h
endif

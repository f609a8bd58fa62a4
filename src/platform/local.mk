noinst_LIBRARIES += src/platform/libplatform.a
src_platform_libplatform_a_SOURCES = \
	src/platform/account_sid.h \
	src/platform/address.c \
	src/platform/address.h \
	src/platform/background.h \
	src/platform/ber.h \
	src/platform/calendar.h \
	src/platform/clock.c \
	src/platform/clock.h \
	src/platform/clock_history.h \
	src/platform/clock_os.h \
	src/platform/clock_reading.h \
	src/platform/clock_simulated.c \
	src/platform/clock_watch.h \
	src/platform/controller_hint.h \
	src/platform/digest.h \
	src/platform/domain_join.h \
	src/platform/file_lock.c \
	src/platform/file_lock.h \
	src/platform/file_lock_os.h \
	src/platform/files.c \
	src/platform/files.h \
	src/platform/files_os.h \
	src/platform/icmp.h \
	src/platform/local_connect.h \
	src/platform/local_stream.h \
	src/platform/log_entries.c \
	src/platform/log_entries.h \
	src/platform/log_file.c \
	src/platform/log_file_os.h \
	src/platform/log_sinks.h \
	src/platform/lookup.h \
	src/platform/messages.h \
	src/platform/network_watch.h \
	src/platform/paths.h \
	src/platform/privileges.h \
	src/platform/process.h \
	src/platform/program.h \
	src/platform/registry.h \
	src/platform/service_manager.h \
	src/platform/service_registration.h \
	src/platform/sockets.h \
	src/platform/terminal.h \
	src/platform/tick_counter.c \
	src/platform/tick_counter.h \
	src/platform/time_zone.h \
	src/platform/udp.h \
	src/platform/wait.h

if BER
src_platform_libplatform_a_SOURCES += src/platform/ber.c
endif

if LINUX
src_platform_libplatform_a_SOURCES += \
	src/platform/background_linux.c \
	src/platform/calendar_linux.c \
	src/platform/clock_linux.c \
	src/platform/clock_linux.h \
	src/platform/clock_os_linux.c \
	src/platform/clock_rate_linux.c \
	src/platform/clock_watch_linux.c \
	src/platform/controller_hint_linux.c \
	src/platform/digest_linux.c \
	src/platform/file_lock_linux.c \
	src/platform/files_linux.c \
	src/platform/icmp_linux.c \
	src/platform/local_connect_linux.c \
	src/platform/local_stream_linux.c \
	src/platform/log_sinks_linux.c \
	src/platform/lookup_linux.c \
	src/platform/messages_linux.c \
	src/platform/network_watch_linux.c \
	src/platform/paths_linux.c \
	src/platform/privileges_linux.c \
	src/platform/process_linux.c \
	src/platform/program_linux.c \
	src/platform/registry_linux.c \
	src/platform/service_manager_linux.c \
	src/platform/service_registration_linux.c \
	src/platform/system_call_filter_linux.c \
	src/platform/terminal_linux.c \
	src/platform/time_zone_linux.c \
	src/platform/udp_linux.c \
	src/platform/wait_linux.c
else
src_platform_libplatform_a_SOURCES += \
	src/platform/account_sid_windows.c \
	src/platform/background_windows.c \
	src/platform/calendar_windows.c \
	src/platform/clock_calls_windows.c \
	src/platform/clock_found_windows.c \
	src/platform/clock_found_windows.h \
	src/platform/clock_os_windows.c \
	src/platform/clock_watch_windows.c \
	src/platform/clock_watch_windows.h \
	src/platform/clock_windows.c \
	src/platform/clock_windows.h \
	src/platform/controller_hint_windows.c \
	src/platform/digest_windows.c \
	src/platform/domain_join_windows.c \
	src/platform/errand_windows.c \
	src/platform/errand_windows.h \
	src/platform/error_windows.c \
	src/platform/error_windows.h \
	src/platform/event_log_windows.c \
	src/platform/file_access_windows.c \
	src/platform/file_access_windows.h \
	src/platform/file_time_windows.h \
	src/platform/file_lock_windows.c \
	src/platform/files_windows.c \
	src/platform/folder_access_windows.c \
	src/platform/folder_access_windows.h \
	src/platform/icmp_windows.c \
	src/platform/identity_windows.c \
	src/platform/identity_windows.h \
	src/platform/local_connect_windows.c \
	src/platform/local_stream_windows.c \
	src/platform/log_sinks_windows.c \
	src/platform/lookup_windows.c \
	src/platform/network_watch_windows.c \
	src/platform/path_windows.c \
	src/platform/path_windows.h \
	src/platform/paths_windows.c \
	src/platform/pipe_access_windows.c \
	src/platform/pipe_access_windows.h \
	src/platform/pipe_bridge_windows.c \
	src/platform/pipe_bridge_windows.h \
	src/platform/privileges_windows.c \
	src/platform/process_windows.c \
	src/platform/program_windows.c \
	src/platform/registry_windows.c \
	src/platform/service_folders_windows.c \
	src/platform/service_folders_windows.h \
	src/platform/service_manager_windows.c \
	src/platform/service_registration_windows.c \
	src/platform/service_windows.h \
	src/platform/socket_windows.c \
	src/platform/socket_windows.h \
	src/platform/terminal_windows.c \
	src/platform/text_windows.c \
	src/platform/text_windows.h \
	src/platform/time_zone_windows.c \
	src/platform/udp_windows.c \
	src/platform/wait_windows.c
endif

PLATFORM_LIBS = src/platform/libplatform.a $(BASE_LIBS) \
	$(CRYPTO_LIBS) $(CAPNG_LIBS) $(SECCOMP_LIBS) $(SODIUM_LIBS) $(LBER_LIBS)

# What Windows' programs have besides: for $(COMPILE_RESOURCES) FILE.rc -o OBJECT.
program_resources = src/platform/program_windows.rc src/platform/program_windows.manifest
EXTRA_DIST += $(program_resources)
PROGRAM_RESOURCES = $(program_resources) config.h
COMPILE_RESOURCES = $(WINDRES) -I$(top_builddir) -I$(srcdir)/src -I$(srcdir) \
	-DPROGRAM_VERSION=$$(echo $(PACKAGE_VERSION) | $(SED) 's/[^0-9.].*//; s/\./,/g'),0 -O coff

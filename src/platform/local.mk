src_libw32timed_a_SOURCES += \
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
	src/platform/instance_lock.h \
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
src_libw32timed_a_SOURCES += src/platform/ber.c
endif

if LINUX
src_libw32timed_a_SOURCES += \
	src/platform/linux/background.c \
	src/platform/linux/calendar.c \
	src/platform/linux/clock.c \
	src/platform/linux/clock.h \
	src/platform/linux/clock_os.c \
	src/platform/linux/clock_rate.c \
	src/platform/linux/clock_watch.c \
	src/platform/linux/controller_hint.c \
	src/platform/linux/digest.c \
	src/platform/linux/file_lock.c \
	src/platform/linux/files.c \
	src/platform/linux/icmp.c \
	src/platform/linux/instance_lock.c \
	src/platform/linux/local_connect.c \
	src/platform/linux/local_stream.c \
	src/platform/linux/log_sinks.c \
	src/platform/linux/log_sinks.h \
	src/platform/linux/lookup.c \
	src/platform/linux/messages.c \
	src/platform/linux/network_watch.c \
	src/platform/linux/paths.c \
	src/platform/linux/privileges.c \
	src/platform/linux/process.c \
	src/platform/linux/program.c \
	src/platform/linux/registry.c \
	src/platform/linux/service_manager.c \
	src/platform/linux/service_registration.c \
	src/platform/linux/system_call_filter.c \
	src/platform/linux/terminal.c \
	src/platform/linux/time_zone.c \
	src/platform/linux/udp.c \
	src/platform/linux/wait.c
else
src_libw32timed_a_SOURCES += \
	src/platform/windows/account_sid.c \
	src/platform/windows/background.c \
	src/platform/windows/calendar.c \
	src/platform/windows/clock_calls.c \
	src/platform/windows/clock_found.c \
	src/platform/windows/clock_found.h \
	src/platform/windows/clock_os.c \
	src/platform/windows/clock_watch.c \
	src/platform/windows/clock_watch.h \
	src/platform/windows/clock.c \
	src/platform/windows/clock.h \
	src/platform/windows/controller_hint.c \
	src/platform/windows/digest.c \
	src/platform/windows/domain_join.c \
	src/platform/windows/errand.c \
	src/platform/windows/errand.h \
	src/platform/windows/error.c \
	src/platform/windows/error.h \
	src/platform/windows/event_log.c \
	src/platform/windows/file_access.c \
	src/platform/windows/file_access.h \
	src/platform/windows/file_time.h \
	src/platform/windows/file_lock.c \
	src/platform/windows/files.c \
	src/platform/windows/folder_access.c \
	src/platform/windows/folder_access.h \
	src/platform/windows/icmp.c \
	src/platform/windows/instance_lock.c \
	src/platform/windows/identity.c \
	src/platform/windows/identity.h \
	src/platform/windows/local_connect.c \
	src/platform/windows/local_stream.c \
	src/platform/windows/log_sinks.c \
	src/platform/windows/lookup.c \
	src/platform/windows/network_watch.c \
	src/platform/windows/path.c \
	src/platform/windows/path.h \
	src/platform/windows/paths.c \
	src/platform/windows/pipe_access.c \
	src/platform/windows/pipe_access.h \
	src/platform/windows/pipe_bridge.c \
	src/platform/windows/pipe_bridge.h \
	src/platform/windows/privileges.c \
	src/platform/windows/process.c \
	src/platform/windows/program.c \
	src/platform/windows/registry.c \
	src/platform/windows/service_folders.c \
	src/platform/windows/service_folders.h \
	src/platform/windows/service_manager.c \
	src/platform/windows/service_registration.c \
	src/platform/windows/service.h \
	src/platform/windows/socket.c \
	src/platform/windows/socket.h \
	src/platform/windows/terminal.c \
	src/platform/windows/text.c \
	src/platform/windows/text.h \
	src/platform/windows/time_zone.c \
	src/platform/windows/udp.c \
	src/platform/windows/wait.c
endif

# What Windows' programs have besides: for $(COMPILE_RESOURCES) FILE.rc -o OBJECT.
program_resources = src/platform/windows/program.rc src/platform/windows/program.manifest
EXTRA_DIST += $(program_resources)
PROGRAM_RESOURCES = $(program_resources) config.h
COMPILE_RESOURCES = $(WINDRES) -I$(top_builddir) -I$(srcdir)/src -I$(srcdir) \
	-DPROGRAM_VERSION=$$(echo $(PACKAGE_VERSION) | $(SED) 's/[^0-9.].*//; s/\./,/g'),0 -O coff

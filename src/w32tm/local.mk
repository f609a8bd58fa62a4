# The command-line tool: one file a command.
noinst_LIBRARIES += src/w32tm/libw32tm.a
src_w32tm_libw32tm_a_SOURCES = \
	src/platform/calendar.h \
	src/platform/calendar_linux.c \
	src/platform/process.h \
	src/platform/process_linux.c \
	src/platform/wait.h \
	src/platform/wait_linux.c \
	src/w32tm/command_query.c \
	src/w32tm/command_resync.c \
	src/w32tm/command_waitsync.c \
	src/w32tm/commands.h \
	src/w32tm/daemon.c \
	src/w32tm/daemon.h \
	src/w32tm/errors.c \
	src/w32tm/errors.h \
	src/w32tm/format.c \
	src/w32tm/format.h \
	src/w32tm/help.c \
	src/w32tm/help.h \
	src/w32tm/json.c \
	src/w32tm/json.h \
	src/w32tm/nt_time.c \
	src/w32tm/nt_time.h \
	src/w32tm/options.c \
	src/w32tm/options.h \
	src/w32tm/remote.c \
	src/w32tm/remote.h \
	src/w32tm/render.h \
	src/w32tm/render_configuration.c \
	src/w32tm/render_status.c \
	src/w32tm/tool.c \
	src/w32tm/tool.h

W32TM_LIBS = src/w32tm/libw32tm.a $(CONTROL_LIBS) $(CONFIG_LIBS) $(NTP_LIBS) $(PLATFORM_LIBS) \
	$(JANSSON_LIBS) $(SODIUM_LIBS)

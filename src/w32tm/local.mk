# The command-line tool: one file a command.
src_libw32timed_a_SOURCES += \
	src/w32tm/command_config.c \
	src/w32tm/command_debug.c \
	src/w32tm/command_dumpreg.c \
	src/w32tm/command_import.c \
	src/w32tm/command_leapseconds.c \
	src/w32tm/command_monitor.c \
	src/w32tm/command_ntte.c \
	src/w32tm/command_query.c \
	src/w32tm/command_register.c \
	src/w32tm/command_resync.c \
	src/w32tm/command_stripchart.c \
	src/w32tm/command_tz.c \
	src/w32tm/command_waitsync.c \
	src/w32tm/commands.h \
	src/w32tm/controllers.c \
	src/w32tm/controllers.h \
	src/w32tm/daemon.c \
	src/w32tm/daemon.h \
	src/w32tm/errors.c \
	src/w32tm/errors.h \
	src/w32tm/format.c \
	src/w32tm/format.h \
	src/w32tm/help.c \
	src/w32tm/help.h \
	src/w32tm/import.c \
	src/w32tm/import.h \
	src/w32tm/installation.c \
	src/w32tm/installation.h \
	src/w32tm/json.c \
	src/w32tm/json.h \
	src/w32tm/leap_list.c \
	src/w32tm/leap_list.h \
	src/w32tm/monitor.c \
	src/w32tm/monitor.h \
	src/w32tm/monitor_print.c \
	src/w32tm/nt_time.c \
	src/w32tm/nt_time.h \
	src/w32tm/options.c \
	src/w32tm/options.h \
	src/w32tm/packet_info.c \
	src/w32tm/packet_info.h \
	src/w32tm/probe.c \
	src/w32tm/probe.h \
	src/w32tm/reg_file.c \
	src/w32tm/reg_file.h \
	src/w32tm/registry.c \
	src/w32tm/registry.h \
	src/w32tm/remote.c \
	src/w32tm/remote.h \
	src/w32tm/render.h \
	src/w32tm/render_configuration.c \
	src/w32tm/render_domain.c \
	src/w32tm/render_status.c \
	src/w32tm/settings.c \
	src/w32tm/settings.h \
	src/w32tm/tool.c \
	src/w32tm/tool.h \
	src/w32tm/zone_names.c \
	src/w32tm/zone_rule.c \
	src/w32tm/zone_rule.h

# What /register makes the configuration file of.
dist_pkgdata_DATA = etc/w32timed.conf

bin_PROGRAMS += src/w32tm/w32tm
src_w32tm_w32tm_SOURCES = src/w32tm/main.c
src_w32tm_w32tm_LDADD = $(PROGRAM_LIBS)

EXTRA_DIST += src/w32tm/w32tm.rc
if WINDOWS
src/w32tm/w32tm-resources.$(OBJEXT): src/w32tm/w32tm.rc $(PROGRAM_RESOURCES)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(COMPILE_RESOURCES) $(srcdir)/src/w32tm/w32tm.rc -o $@

src_w32tm_w32tm_LDADD += src/w32tm/w32tm-resources.$(OBJEXT)
endif

src_libw32timed_a_SOURCES += \
	src/w32timed/clock_events.c \
	src/w32timed/clock_events.h \
	src/w32timed/domain_report.c \
	src/w32timed/domain_report.h \
	src/w32timed/domain_time.c \
	src/w32timed/domain_time.h \
	src/w32timed/instance.c \
	src/w32timed/instance.h \
	src/w32timed/logging.c \
	src/w32timed/logging.h \
	src/w32timed/options.c \
	src/w32timed/options.h \
	src/w32timed/reports.c \
	src/w32timed/reports.h \
	src/w32timed/resync.c \
	src/w32timed/resync.h \
	src/w32timed/service.c \
	src/w32timed/service.h \
	src/w32timed/service_control.c \
	src/w32timed/service_domain.c \
	src/w32timed/service_environment.h \
	src/w32timed/service_internal.h \
	src/w32timed/service_reload.c \
	src/w32timed/settings.c \
	src/w32timed/settings.h \
	src/w32timed/state_file.c \
	src/w32timed/state_file.h \
	src/w32timed/status_report.c \
	src/w32timed/status_report.h \
	src/w32timed/timekeeping.c \
	src/w32timed/timekeeping.h \
	src/w32timed/watchers.c \
	src/w32timed/watchers.h

sbin_PROGRAMS += src/w32timed/w32timed
src_w32timed_w32timed_SOURCES = src/w32timed/main.c
src_w32timed_w32timed_LDADD = $(PROGRAM_LIBS)

EXTRA_DIST += src/w32timed/event_messages.awk src/w32timed/w32timed.rc
if WINDOWS
# The texts of the events in the Windows event log, from the one list of them.
src/w32timed/events.rc: src/base/events.h src/w32timed/event_messages.awk
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(AWK) -f $(srcdir)/src/w32timed/event_messages.awk $(srcdir)/src/base/events.h >$(@D)/events.mc && \
	$(WINDMC) -b -h $(@D) -r $(@D) $(@D)/events.mc

src/w32timed/w32timed-resources.$(OBJEXT): src/w32timed/w32timed.rc src/w32timed/events.rc $(PROGRAM_RESOURCES)
	$(AM_V_GEN)$(COMPILE_RESOURCES) -Isrc/w32timed $(srcdir)/src/w32timed/w32timed.rc -o $@

src_w32timed_w32timed_LDADD += src/w32timed/w32timed-resources.$(OBJEXT)
CLEANFILES += src/w32timed/events.mc src/w32timed/events.rc src/w32timed/events.h \
	src/w32timed/events_MSG00409.bin
endif

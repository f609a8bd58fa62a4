src_libw32timed_a_SOURCES += \
	src/control/control_call.h \
	src/control/control_client.c \
	src/control/control_client.h \
	src/control/control_server.c \
	src/control/control_server.h \
	src/control/control_standard.c \
	src/control/control_standard.h \
	src/control/schema.c \
	src/control/schema.h \
	src/control/varlink.c \
	src/control/varlink.h
nodist_src_libw32timed_a_SOURCES = \
	src/control/time_service.c \
	src/control/time_service.h \
	src/control/varlink_service.c \
	src/control/varlink_service.h

# Structures, their JSON and the descriptions themselves, from the descriptions.
time_service = src/control/io.w32timed.TimeService.varlink
varlink_service = src/control/org.varlink.service.varlink
interface_awk = src/control/interface.awk
EXTRA_DIST += $(time_service) $(varlink_service) $(interface_awk)
BUILT_SOURCES += src/control/time_service.h src/control/varlink_service.h
CLEANFILES += $(nodist_src_libw32timed_a_SOURCES)

INTERFACE_TO_C = $(AM_V_GEN)$(MKDIR_P) src/control && $(AWK) -f $(srcdir)/$(interface_awk)

src/control/time_service.h: $(time_service) $(interface_awk)
	$(INTERFACE_TO_C) -v output=header -v prefix=control -v place=control/time_service.h \
		$(srcdir)/$(time_service) >$@.new && mv $@.new $@

src/control/time_service.c: $(time_service) $(interface_awk)
	$(INTERFACE_TO_C) -v output=source -v prefix=control -v place=control/time_service.h \
		$(srcdir)/$(time_service) >$@.new && mv $@.new $@

src/control/varlink_service.h: $(varlink_service) $(interface_awk)
	$(INTERFACE_TO_C) -v output=header -v prefix=varlink -v place=control/varlink_service.h \
		$(srcdir)/$(varlink_service) >$@.new && mv $@.new $@

src/control/varlink_service.c: $(varlink_service) $(interface_awk)
	$(INTERFACE_TO_C) -v output=source -v prefix=varlink -v place=control/varlink_service.h \
		$(srcdir)/$(varlink_service) >$@.new && mv $@.new $@

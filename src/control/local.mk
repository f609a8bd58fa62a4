noinst_HEADERS += \
	src/control/control_client.h \
	src/control/control_server.h \
	src/control/varlink.h

EXTRA_DIST += src/control/io.w32timed.TimeService.varlink

CONTROL_LIBS = $(PLATFORM_LIBS)

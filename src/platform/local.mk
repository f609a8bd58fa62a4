noinst_HEADERS += \
	src/platform/address.h \
	src/platform/clock.h \
	src/platform/digest.h \
	src/platform/files.h \
	src/platform/local_stream.h \
	src/platform/log_sinks.h \
	src/platform/network_watch.h \
	src/platform/paths.h \
	src/platform/privileges.h \
	src/platform/service_manager.h \
	src/platform/sockets.h \
	src/platform/udp.h

PLATFORM_LIBS = $(BASE_LIBS)

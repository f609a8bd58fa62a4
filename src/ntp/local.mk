noinst_HEADERS += \
	src/ntp/authentication.h \
	src/ntp/packet.h \
	src/ntp/timestamp.h

NTP_LIBS = $(BASE_LIBS)

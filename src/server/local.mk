noinst_HEADERS += \
	src/server/answer.h \
	src/server/ntp_server.h

SERVER_LIBS = $(DISCIPLINE_LIBS) $(NTP_LIBS) $(PLATFORM_LIBS)

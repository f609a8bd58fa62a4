noinst_HEADERS += \
	src/client/ntp_client.h \
	src/client/provider.h \
	src/client/resolver.h

CLIENT_LIBS = $(DISCIPLINE_LIBS) $(CONFIG_LIBS) $(NTP_LIBS) $(PLATFORM_LIBS)

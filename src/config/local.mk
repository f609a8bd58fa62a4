noinst_HEADERS += \
	src/config/config.h \
	src/config/edit.h \
	src/config/keys.h \
	src/config/load.h \
	src/config/peer_list.h

CONFIG_LIBS = $(PLATFORM_LIBS)

src_libw32timed_a_SOURCES += \
	src/ntp/authentication.h \
	src/ntp/mssntp.c \
	src/ntp/mssntp.h \
	src/ntp/mssntp_client.c \
	src/ntp/mssntp_client.h \
	src/ntp/packet.c \
	src/ntp/packet.h \
	src/ntp/timestamp.c \
	src/ntp/timestamp.h

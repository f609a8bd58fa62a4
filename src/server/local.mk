src_libw32timed_a_SOURCES += \
	src/server/access.c \
	src/server/access.h \
	src/server/answer.c \
	src/server/answer.h \
	src/server/receive_times.c \
	src/server/receive_times.h \
	src/server/rid_guard.c \
	src/server/rid_guard.h \
	src/server/interleaved.c \
	src/server/interleaved.h \
	src/server/listeners.c \
	src/server/listeners.h \
	src/server/ntp_server.c \
	src/server/ntp_server.h \
	src/server/rate.c \
	src/server/rate.h \
	src/server/served.c \
	src/server/served.h \
	src/server/signd.c \
	src/server/signd.h \
	src/server/signd_client.c \
	src/server/signd_client.h \
	src/server/mssntp_server.c \
	src/server/mssntp_server.h

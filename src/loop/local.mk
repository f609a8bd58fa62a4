src_libw32timed_a_SOURCES += \
	src/loop/loop.c \
	src/loop/loop.h \
	src/loop/loop_internal.h \
	src/loop/stream.c \
	src/loop/stream.h

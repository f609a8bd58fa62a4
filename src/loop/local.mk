noinst_LIBRARIES += src/loop/libloop.a
src_loop_libloop_a_SOURCES = \
	src/loop/loop.c \
	src/loop/loop.h \
	src/loop/loop_internal.h \
	src/loop/stream.c \
	src/loop/stream.h

LOOP_LIBS = src/loop/libloop.a $(PLATFORM_LIBS) $(LIBEVENT_LIBS)

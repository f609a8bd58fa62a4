noinst_LIBRARIES += src/base/libbase.a
src_base_libbase_a_SOURCES = \
	src/base/backoff.c \
	src/base/backoff.h \
	src/base/calendar.c \
	src/base/calendar.h \
	src/base/error.c \
	src/base/error.h \
	src/base/events.h \
	src/base/format.h \
	src/base/log.c \
	src/base/log.h \
	src/base/text.c \
	src/base/text.h \
	src/base/timescale.h \
	src/base/w32time.h

BASE_LIBS = src/base/libbase.a

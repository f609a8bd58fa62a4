src_libw32timed_a_SOURCES += \
	src/base/backoff.c \
	src/base/backoff.h \
	src/base/bytes.h \
	src/base/calendar.c \
	src/base/calendar.h \
	src/base/error.c \
	src/base/error.h \
	src/base/events.h \
	src/base/format.h \
	src/base/keyed_table.c \
	src/base/keyed_table.h \
	src/base/log.c \
	src/base/log.h \
	src/base/ntp_fields.h \
	src/base/text.c \
	src/base/text.h \
	src/base/timescale.h \
	src/base/utf8.c \
	src/base/utf8.h \
	src/base/w32time.h

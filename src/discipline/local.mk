src_libw32timed_a_SOURCES += \
	src/discipline/announce.c \
	src/discipline/announce.h \
	src/discipline/believe.c \
	src/discipline/correction.c \
	src/discipline/discipline.c \
	src/discipline/discipline.h \
	src/discipline/estimator.c \
	src/discipline/estimator.h \
	src/discipline/interval.c \
	src/discipline/interval.h \
	src/discipline/learn.c \
	src/discipline/measurement.h \
	src/discipline/mind.h \
	src/discipline/path.c \
	src/discipline/path.h \
	src/discipline/phase.c \
	src/discipline/phase.h \
	src/discipline/poll.c \
	src/discipline/poll.h \
	src/discipline/select.c \
	src/discipline/select.h \
	src/discipline/servo.c \
	src/discipline/servo.h \
	src/discipline/source.c \
	src/discipline/source.h \
	src/discipline/status.c

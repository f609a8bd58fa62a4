noinst_LIBRARIES += src/discipline/libdiscipline.a
src_discipline_libdiscipline_a_SOURCES = \
	src/discipline/action.h \
	src/discipline/announce.c \
	src/discipline/announce.h \
	src/discipline/correction.c \
	src/discipline/correction.h \
	src/discipline/decision.c \
	src/discipline/decision.h \
	src/discipline/discipline.c \
	src/discipline/discipline.h \
	src/discipline/ensemble.c \
	src/discipline/ensemble.h \
	src/discipline/estimator.c \
	src/discipline/estimator.h \
	src/discipline/filter_update.c \
	src/discipline/filter_update.h \
	src/discipline/interval.c \
	src/discipline/interval.h \
	src/discipline/measurement.h \
	src/discipline/observed_clock.c \
	src/discipline/observed_clock.h \
	src/discipline/path.c \
	src/discipline/path.h \
	src/discipline/phase.c \
	src/discipline/phase.h \
	src/discipline/poll.c \
	src/discipline/poll.h \
	src/discipline/reference.c \
	src/discipline/reference.h \
	src/discipline/reference_line.c \
	src/discipline/reference_line.h \
	src/discipline/sample.c \
	src/discipline/sample.h \
	src/discipline/select.c \
	src/discipline/select.h \
	src/discipline/selection.c \
	src/discipline/selection.h \
	src/discipline/servo.c \
	src/discipline/servo.h \
	src/discipline/settings.h \
	src/discipline/source.c \
	src/discipline/source.h \
	src/discipline/state_machine.c \
	src/discipline/state_machine.h

DISCIPLINE_LIBS = src/discipline/libdiscipline.a $(BASE_LIBS)

noinst_HEADERS += \
	src/discipline/announce.h \
	src/discipline/discipline.h \
	src/discipline/measurement.h \
	src/discipline/phase.h

DISCIPLINE_LIBS = $(BASE_LIBS)

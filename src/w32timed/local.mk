noinst_HEADERS += src/w32timed/service.h

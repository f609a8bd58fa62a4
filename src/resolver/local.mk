src_libw32timed_a_SOURCES += \
	src/resolver/host_name.c \
	src/resolver/host_name.h \
	src/resolver/resolver.c \
	src/resolver/resolver.h \
	src/resolver/resolver_internal.h \
	src/resolver/services.c \
	src/resolver/services.h

noinst_LIBRARIES += src/resolver/libresolver.a
src_resolver_libresolver_a_SOURCES = \
	src/resolver/host_name.c \
	src/resolver/host_name.h \
	src/resolver/resolver.c \
	src/resolver/resolver.h \
	src/resolver/resolver_internal.h \
	src/resolver/services.c \
	src/resolver/services.h

RESOLVER_LIBS = src/resolver/libresolver.a $(PLATFORM_LIBS) $(CARES_LIBS) $(LOOP_LIBS) \
	$(SODIUM_LIBS)

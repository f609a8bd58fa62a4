# NT5DS: locating and scoring domain controllers, the machine account.
src_libw32timed_a_SOURCES += \
	src/domain/account_answers.c \
	src/domain/account_client.h \
	src/domain/account_client_internal.h \
	src/domain/account_known.c \
	src/domain/account_memory.c \
	src/domain/account_memory.h \
	src/domain/controller.h \
	src/domain/discovery.c \
	src/domain/discovery.h \
	src/domain/discovery_internal.h \
	src/domain/discovery_types.h \
	src/domain/locator.c \
	src/domain/locator.h \
	src/domain/netlogon.h \
	src/domain/netlogon_name.c \
	src/domain/netlogon_name.h \
	src/domain/queries.c \
	src/domain/queries.h \
	src/domain/search.c \
	src/domain/search_report.c \
	src/domain/system_locator.c \
	src/domain/system_locator.h

if BER
src_libw32timed_a_SOURCES += src/domain/netlogon.c
else
src_libw32timed_a_SOURCES += src/domain/netlogon_none.c
endif

if LINUX
src_libw32timed_a_SOURCES += src/domain/account_client.c
else
src_libw32timed_a_SOURCES += src/domain/account_client_local.c
endif

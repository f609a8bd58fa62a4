src_libw32timed_a_SOURCES += \
	src/client/association.c \
	src/client/association.h \
	src/client/association_auth.c \
	src/client/association_auth.h \
	src/client/exchange.c \
	src/client/exchange.h \
	src/client/interleaved.c \
	src/client/interleaved.h \
	src/client/internal.h \
	src/client/ntp_client.c \
	src/client/ntp_client.h \
	src/client/peer.c \
	src/client/peer.h \
	src/client/peer_address.c \
	src/client/peer_address.h \
	src/client/peer_domain.c \
	src/client/peer_domain.h \
	src/client/peer_report.c \
	src/client/peer_report.h \
	src/client/peer_status.c \
	src/client/polling.c \
	src/client/polling.h \
	src/client/provider.h \
	src/client/reply.c \
	src/client/reply.h

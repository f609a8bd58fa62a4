noinst_LIBRARIES += src/client/libclient.a
src_client_libclient_a_SOURCES = \
	src/client/address_book.c \
	src/client/address_book.h \
	src/client/association.c \
	src/client/association.h \
	src/client/controller_trial.c \
	src/client/controller_trial.h \
	src/client/domain_seam.h \
	src/client/environment.h \
	src/client/exchange.c \
	src/client/exchange.h \
	src/client/interleaved.c \
	src/client/interleaved.h \
	src/client/ntp_client.c \
	src/client/ntp_client.h \
	src/client/ntp_client_internal.h \
	src/client/peer.c \
	src/client/peer.h \
	src/client/peer_address.c \
	src/client/peer_address.h \
	src/client/peer_controller.c \
	src/client/peer_controller.h \
	src/client/peer_group.h \
	src/client/peer_report.c \
	src/client/peer_report.h \
	src/client/peer_state.h \
	src/client/polling.c \
	src/client/polling.h \
	src/client/provider.h \
	src/client/reference_id.c \
	src/client/reference_id.h \
	src/client/reply.c \
	src/client/reply.h \
	src/client/sample_sink.h \
	src/client/schedule.c \
	src/client/schedule.h \
	src/client/settings.h \
	src/client/signature.c \
	src/client/signature.h \
	src/client/status.h

CLIENT_LIBS = src/client/libclient.a $(RESOLVER_LIBS) $(DISCIPLINE_LIBS) $(CONFIG_LIBS) $(NTP_LIBS) \
	$(LOOP_LIBS) $(SODIUM_LIBS)

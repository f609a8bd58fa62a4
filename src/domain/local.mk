# NT5DS: locating and scoring domain controllers, the machine account.
noinst_HEADERS += src/domain/account_client.h src/domain/discovery.h src/domain/netlogon.h \
	src/domain/queries.h

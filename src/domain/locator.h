/* One question to the network: which domain controllers of a domain (of a site of
 * it, or its PDC emulator) are there, and what do they say of themselves?  SRV
 * records, addresses, netlogon pings ([MS-NRPC] 3.5.4.3.1); and where the system
 * has a locator of its own, the one that it names is pinged too.
 *
 * Nothing here waits by itself: the owner calls locator_run() when locator_due()
 * has come or when it was woken, with the time as it counts it. */
#ifndef W32TIMED_DOMAIN_LOCATOR_H
#define W32TIMED_DOMAIN_LOCATOR_H

#include "base/log.h"
#include "base/timescale.h"
#include "domain/controller.h"
#include "domain/system_locator.h"
#include "resolver/resolver.h"

/* s; limit of the whole query. */
#define LOCATOR_TIME 3.0
/* s between two candidates: the next is pinged although the one before has not answered. */
#define LOCATOR_SPACING 0.1
/* s; after the first suitable answer, how long further candidates are pinged, and how long
 * the last of them is listened to. */
#define LOCATOR_GATHERING 0.3
/* s until an unanswered ping is repeated. */
#define LOCATOR_RESEND 1.0
/* s; how long name servers may take before known controllers, and the system's own
 * locator, are asked instead. */
#define LOCATOR_PATIENCE 1.0

#define LOCATOR_PINGS_MAX 64

enum locator_outcome {
	LOCATOR_UNDER_WAY,
	LOCATOR_ANSWERED,       /* at least one suitable answer came */
	LOCATOR_SILENT,         /* asked, but none answered or fitted */
	LOCATOR_NO_ADDRESS,     /* controllers have names that lead nowhere */
	LOCATOR_NO_SERVICE,     /* there are no SRV records */
	LOCATOR_NO_NAME_SERVER, /* or no name server that could tell */
};

enum locator_verdict {
	LOCATOR_UNFIT,
	LOCATOR_FITS,
	LOCATOR_ENOUGH, /* and no others need to be heard */
};

struct locator_request {
	const char *domain;
	const char *site; /* "": in any */
	bool pdc;         /* the PDC emulator; in any site */
	bool reliable;    /* one that is reliable is better */
	bool fresh;       /* what the system remembers may be of no use */
	const char *host; /* not "": this one alone, ourselves too */
	/* Asked before the others if it is one of them, "": none. */
	const char *present;
	/* Asked when no name server can tell soon: their hosts and addresses. */
	const struct controller *known;
	size_t known_count;
};

struct locator_environment {
	struct loop *loop;
	struct log *log;
	struct resolver *resolver;
	bool (*is_ourselves)(void *context, const struct net_address *address);
	/* A controller of the request's domain has answered, number ORDER in the
	 * order in which to try them; where it answered from is the first address.
	 * The addresses are the ping's. */
	enum locator_verdict (*heard)(void *context, const struct netlogon_answer *answer,
				      const struct net_address *addresses, size_t count,
				      size_t order);
	void (*wake)(void *context); /* locator_run() has something to do */
	monotonic_ns (*now)(void *context);
	void *context;
};

enum locator_state {
	LOCATOR_WAITING, /* for its turn */
	LOCATOR_RESOLVING,
	LOCATOR_PINGED,
	LOCATOR_FINISHED,
};

struct locator;

struct locator_candidate {
	struct locator *locator;
	char host[RESOLVER_NAME_MAX + 1];
	struct net_address addresses[DISCOVERY_ADDRESSES_MAX];
	size_t address_count; /* 0: not looked up yet */
	enum locator_state state;
	struct resolver_query *query;
};

struct locator_ping {
	struct locator *locator;
	struct locator_candidate *candidate; /* NULL: not in use */
	struct net_address address;
	struct udp_socket *socket;
	struct loop_watch *readable;
	int32_t message_id;
	monotonic_ns resend;
};

struct locator {
	struct locator_environment environment;
	char computer[64], own_domain[256];
	uint16_t port;
	/* the request */
	char domain[256];
	bool itself; /* this machine is what is asked */
	char present[NETLOGON_NAME_MAX];
	const struct controller *known;
	size_t known_count;
	/* what became of it */
	enum locator_outcome outcome;
	monotonic_ns deadline, closing, gathered, next_turn, patience;
	enum locator_outcome empty;   /* what it is when there is nobody to ask */
	struct resolver_query *query; /* SRV */
	struct system_locator system;
	struct locator_candidate candidates[DISCOVERY_CONTROLLERS_MAX];
	size_t candidate_count, begun;
	bool resolved; /* one candidate's name at least led somewhere */
	bool heard;    /* and a controller of the domain answered */
	struct locator_ping pings[LOCATOR_PINGS_MAX];
	size_t oldest; /* of the pings, to be given up when all are in use */
};

/* LOCATOR is all zero before. */
void locator_init(struct locator *locator, const struct locator_environment *environment);
/* COMPUTER: this machine's name in OWN_DOMAIN; a controller of that domain that
 * calls itself so is not heard. */
void locator_configure(struct locator *locator, const char *computer, const char *own_domain,
		       uint16_t port);

/* Ends what is under way.  REQUEST's known controllers must live until the end. */
void locator_start(struct locator *locator, const struct locator_request *request);
void locator_stop(struct locator *locator);

/* What is due is done.  LOCATOR_UNDER_WAY, or what came out. */
enum locator_outcome locator_run(struct locator *locator);
monotonic_ns locator_due(const struct locator *locator);

#endif

/* A small world around the search for domain controllers: a name server and
 * domain controllers on loopback, all in one event loop, and a clock that can be
 * moved on.  Nothing waits for real time to pass: what is due is made due. */
#ifndef W32TIMED_TESTS_UNIT_DOMAIN_WORLD_H
#define W32TIMED_TESTS_UNIT_DOMAIN_WORLD_H

#include "domain/discovery.h"
#include "domain/discovery_internal.h"
#include "name_server.h"
#include "platform/udp.h"

enum controller_manner {
	CONTROLLER_GOOD,
	CONTROLLER_SILENT,
	CONTROLLER_DOWN, /* its port is closed */
	CONTROLLER_PAUSED,
	CONTROLLER_NOT_ITS_DOMAIN, /* an answer that holds nothing */
	CONTROLLER_OTHER_DOMAIN,   /* answers for another one than asked */
	CONTROLLER_ODD_NAME,       /* calls itself what no host is called */
	CONTROLLER_WRONG_NUMBER,   /* answers something that was not asked */
	CONTROLLER_FLOODS,         /* rubbish, forgeries from elsewhere, then the truth */
};

struct world_controller {
	struct domain_world *world;
	int socket;
	struct event *event;
	enum controller_manner manner;
	const char *host, *domain, *site;
	char address_text[16];
	struct net_address address;
	uint32_t flags; /* CLOSEST as the sites are */
	unsigned requests;
	struct udp_datagram last_request;
	int32_t last_id; /* of the last request */
	bool answered;   /* it ended what it asked for */
	monotonic_ns last_time;
};

#define DOMAIN_WORLD_CONTROLLERS 16
#define DOMAIN_WORLD_SERVICES    64

struct domain_world {
	struct loop *loop;
	struct log *log;
	struct log_sink sink;
	struct resolver *resolver;
	struct discovery *discovery;
	struct discovery_settings settings;
	struct name_server dns;
	struct world_name zone[DOMAIN_WORLD_CONTROLLERS + 1];
	struct world_service services[DOMAIN_WORLD_SERVICES + 1];
	char service_names[DOMAIN_WORLD_SERVICES][128];
	size_t name_count, service_count;
	struct world_controller controllers[DOMAIN_WORLD_CONTROLLERS];
	size_t controller_count;
	const char *forest, *client_site;
	struct net_address ourselves;
	monotonic_ns now;
	unsigned events[512];
	char last_event_text[1024], log_text[1024];
	/* what the callbacks heard */
	unsigned choices, changes;
	bool any_chosen;
	struct controller chosen;
};

void domain_world_open(struct domain_world *world);
void domain_world_close(struct domain_world *world);

/* A controller of DOMAIN in SITE at 127.0.0.NUMBER, with its DNS records. */
struct world_controller *domain_world_add(struct domain_world *world, const char *host,
					  const char *domain, const char *site, unsigned number,
					  uint32_t flags);
/* An SRV record more: "_ldap._tcp." KIND "._msdcs." DOMAIN. */
void domain_world_add_service(struct domain_world *world, const char *kind, const char *domain,
			      const char *target);
/* Its name and services are gone. */
void domain_world_unregister(struct domain_world *world, const char *host);

/* What a silent one was asked last is answered now. */
void domain_world_answer(struct world_controller *controller);

void domain_world_start(struct domain_world *world);
/* Lets SECONDS pass, everything that falls due in them being done. */
void domain_world_pass(struct domain_world *world, double seconds);

/* The chosen controller's host, "": none. */
const char *domain_world_chosen(const struct domain_world *world);

#endif

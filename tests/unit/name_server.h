/* A name server for tests, on loopback and in the test's own event loop: A and
 * SRV records, everything else is empty or unknown. */
#ifndef W32TIMED_TESTS_UNIT_NAME_SERVER_H
#define W32TIMED_TESTS_UNIT_NAME_SERVER_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

struct bufferevent;
struct loop;
struct evconnlistener;
struct resolver;

struct world_name {
	const char *name;
	uint32_t addresses[4]; /* host order; 0 ends them */
};

struct world_service {
	const char *name, *target;
	uint16_t port, priority, weight;
};

struct name_server {
	/* Ended by a NULL name.  Neither: it never answers. */
	const struct world_name *zone;
	const struct world_service *services;
	int socket;
	struct event *event;
	uint16_t port;
	unsigned requests, service_requests;
	/* Answers do not fit into a datagram: they are to be had over TCP. */
	bool truncates;
	struct evconnlistener *listener;
	struct bufferevent *connection; /* the last */
	unsigned connections;
};

/* From now on RESOLVER asks SERVER. */
void name_server_open(struct name_server *server, struct loop *owner, struct resolver *resolver);
void name_server_close(struct name_server *server);

#endif

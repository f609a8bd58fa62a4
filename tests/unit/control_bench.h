/* A control server without a socket file, and clients of it, in one event loop. */
#ifndef W32TIMED_TESTS_UNIT_CONTROL_BENCH_H
#define W32TIMED_TESTS_UNIT_CONTROL_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "control/control_server.h"
#include "control/time_service.h"
#include "control/varlink.h"

#define OWN CONTROL_INTERFACE "."

struct event;
struct loop;

struct client {
	int socket;
	struct event *event;
	char *text; /* what the server sent */
	size_t length;
	bool closed;
};

struct bench {
	struct loop *loop;
	struct control_server *server;
	struct client clients[CONTROL_CONNECTIONS_MAX + 2];
	unsigned client_count;
	struct control_call *held; /* by GetStatus and WatchStatus */
	unsigned left, reloads;
	struct log *log;
	struct log_sink sink;
	unsigned records; /* that the log got */
};

/* GetSource returns its parameter "echo" as the source, GetStatus and WatchStatus
 * are held, Reload is counted, Resync fails. */
extern const struct control_method bench_methods[];
extern const size_t bench_method_count;

extern const struct local_peer anybody, administrator;

/* The first client, which is PEER. */
struct client *bench_open(struct bench *bench, const struct local_peer *peer);
void bench_close(struct bench *bench);

/* One turn of the event loop: until something happens. */
void turn(struct bench *bench);
/* All that can happen without anybody saying more has happened. */
void settle(struct bench *bench);

/* One client more, *JOINED (may be NULL); what control_server_add() returned. */
int join(struct bench *bench, const struct local_peer *peer, struct client **joined);
void hang_up(struct client *client);

void say_bytes(struct client *client, const char *data, size_t length);
void say(struct client *client, const char *text); /* with its NUL */
/* More than the socket takes at once: the server reads meanwhile. */
void say_much(struct bench *bench, struct client *client, const char *text, size_t length);
/* The next answer's text, which stays in BUFFER; "" once the server closed. */
const char *hear(struct bench *bench, struct client *client, char buffer[65536]);
void ask(struct bench *bench, struct client *client, const char *call, const char *answer);

#endif

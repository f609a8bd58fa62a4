/* Whole services on simulated clocks, in this process and one event loop, and what
 * the clients of their control interfaces say and hear. */
#ifndef W32TIMED_TESTS_UNIT_SERVICE_MACHINE_H
#define W32TIMED_TESTS_UNIT_SERVICE_MACHINE_H

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>

#include "base/w32time.h"
#include "control/time_service.h"
#include "control/varlink.h"
#include "w32timed/service_internal.h"

struct machine {
	char file[512], path[512]; /* its configuration, its control interface */
	struct logging logging;
	struct clock *clock;
	struct service *service;
	unsigned port;
};

/* A folder of the test's own, and the event loop. */
void machine_make_place(void);
void machine_remove_place(void);
const char *machine_place(void); /* absolute */
struct loop *machine_loop(void);

void machine_configure(const struct machine *machine, const char *path, const char *more);
/* At a free port.  PATH NULL: one of the machine's own. */
void machine_start(struct machine *machine, const char *name, const char *path, const char *more);
/* The same, and its clock reads OFFSET s more than the truth. */
void machine_start_wrong(struct machine *machine, const char *name, const char *more,
			 double offset);
void machine_stop(struct machine *machine);

/* A client's connection, and what of an answer has come. */
struct line {
	socket_handle handle;
	size_t length;
	char text[65536];
};

void line_open(struct line *line, const struct machine *machine);
void line_close(struct line *line);
/* PARAMETERS is taken over. */
void line_ask(struct line *line, const char *method, json_t *parameters, bool more);
/* False: the answer is not here yet. */
bool line_try(struct line *line, struct varlink_reply *reply);
/* Lets the services work until it is. */
void line_take(struct line *line, struct varlink_reply *reply);

void machine_call(const struct machine *machine, const char *method, json_t *parameters,
		  struct varlink_reply *reply);

#endif

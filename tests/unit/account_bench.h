/* The daemon's end of w32timed-account in an event loop, what it logs and what changes. */
#ifndef W32TIMED_TESTS_UNIT_ACCOUNT_BENCH_H
#define W32TIMED_TESTS_UNIT_ACCOUNT_BENCH_H

#include <event2/event.h>

#include "domain/account_client.h"

/* Waits of seconds between questions become some of a hundredth. */
#define PACE 0.01

extern struct loop *account_loop;
extern struct account_client *client; /* the test's, and destroyed with it */
extern char logged[4000];             /* its lines */
extern unsigned changes;              /* so often the facts have changed; the loop ends then */

/* With account_make_place()'s folder. */
void account_bench_set_up(void);
void account_bench_tear_down(void);

/* CLIENT, which reads w32timed.conf in the folder. */
int account_bench_create(const char *socket, const char *program, double pace, struct error *error);

void wait_until(bool (*condition)(void));

#endif

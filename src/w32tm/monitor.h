/* /monitor: several machines' time, asked for and compared. */
#ifndef W32TIMED_W32TM_MONITOR_H
#define W32TIMED_W32TM_MONITOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "w32tm/probe.h"

struct monitor_computer {
	char name[256];  /* as given */
	bool pdc;        /* marked as the one to compare with */
	uint32_t lookup; /* HRESULT; 0: the address is known */
	struct net_address address;
	int icmp, ntp;     /* 0, or a negative errno; -ETIMEDOUT: silent */
	double icmp_delay; /* s */
	struct probe_answer answer;
	char reference_name[256]; /* of the address in its reference id; "": none */
};

struct monitor {
	struct monitor_computer *computers;
	size_t count;
	/* Told after each answer, or NULL. */
	void (*progress)(void *context, size_t done, size_t count);
	void *context;
};

#define MONITOR_TIMEOUT 1.0 /* s, for each computer */

/* "a,*b,c"; an asterisk marks the PDC.  Returns 0, -EINVAL or -ENOMEM. */
int monitor_parse(struct monitor *monitor, const char *names);
void monitor_free(struct monitor *monitor);

/* Asks all of them, at most PARALLEL at a time, over FAMILY. */
void monitor_ask(struct monitor *monitor, unsigned parallel, int family);

/* Offsets are from the PDC if it answered, else from the local clock. */
void monitor_print(FILE *out, const struct monitor *monitor, bool warning);
json_t *monitor_json(const struct monitor *monitor);

#endif

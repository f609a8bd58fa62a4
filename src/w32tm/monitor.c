#include "w32tm/monitor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "platform/icmp.h"
#include "platform/lookup.h"
#include "platform/wait.h"
#include "w32tm/errors.h"

static int add_computer(struct monitor *monitor, const char *name, size_t length)
{
	struct monitor_computer *computers, *computer;
	bool pdc = length > 0 && name[0] == '*';

	if (pdc) {
		name++;
		length--;
	}
	if (length == 0 || length >= sizeof computer->name)
		return -EINVAL;
	computers = realloc(monitor->computers, (monitor->count + 1) * sizeof *computers);
	if (computers == NULL)
		return -ENOMEM;
	monitor->computers = computers;
	computer = &computers[monitor->count++];
	memset(computer, 0, sizeof *computer);
	memcpy(computer->name, name, length);
	computer->pdc = pdc;
	computer->icmp = -ENOMEM; /* until it was asked */
	computer->ntp = -ENOMEM;
	return 0;
}

int monitor_parse(struct monitor *monitor, const char *names)
{
	int result;

	for (;;) {
		size_t length = strcspn(names, ",");

		result = add_computer(monitor, names, length);
		if (result < 0 || names[length] == '\0')
			return result;
		names += length + 1;
	}
}

void monitor_free(struct monitor *monitor)
{
	free(monitor->computers);
	monitor->computers = NULL;
	monitor->count = 0;
}

static void look_up(struct monitor_computer *computer, int family)
{
	struct probe_target target;
	int result;

	if (probe_target_parse(computer->name, &target) < 0) {
		computer->lookup = RESULT_HOST_NOT_FOUND;
		return;
	}
	result = lookup_address(target.host, family, target.port, &computer->address);
	computer->lookup = result < 0 ? probe_lookup_result(result) : 0;
}

/* One computer being asked. */
struct inquiry {
	struct monitor_computer *computer; /* NULL: free */
	struct probe *probe;               /* NULL: done */
	struct icmp_echo *echo;            /* NULL: done */
	double deadline;
};

static void start(struct inquiry *inquiry, struct monitor_computer *computer)
{
	*inquiry = (struct inquiry){ .computer = computer };
	inquiry->deadline = wait_clock() + MONITOR_TIMEOUT;
	computer->icmp = icmp_echo_start(&inquiry->echo, &computer->address, NULL);
	computer->ntp = probe_start(&inquiry->probe, &computer->address, NULL);
}

static void receive(struct inquiry *inquiry, bool expired)
{
	struct monitor_computer *computer = inquiry->computer;
	int result;

	if (inquiry->probe != NULL) {
		result = probe_receive(inquiry->probe, &computer->answer);
		if (result != 0 || expired) {
			computer->ntp = result == 0 ? -ETIMEDOUT : result < 0 ? result : 0;
			probe_free(inquiry->probe);
			inquiry->probe = NULL;
		}
	}
	if (inquiry->echo != NULL) {
		result = icmp_echo_receive(inquiry->echo, &computer->icmp_delay);
		if (result != 0 || expired) {
			computer->icmp = result == 0 ? -ETIMEDOUT : result < 0 ? result : 0;
			icmp_echo_free(inquiry->echo);
			inquiry->echo = NULL;
		}
	}
}

/* Waits for an answer to any of the inquiries, at most until the first one's
 * time is over. */
static void wait_for_any(const struct inquiry *inquiries, size_t count, struct wait_handle *handles)
{
	double left = MONITOR_TIMEOUT, now = wait_clock();

	for (size_t i = 0; i < count; i++) {
		const struct inquiry *inquiry = &inquiries[i];

		handles[2 * i].handle = inquiry->probe == NULL ? SOCKET_HANDLE_NONE
							       : probe_handle(inquiry->probe);
		handles[2 * i + 1].handle = inquiry->echo == NULL ? SOCKET_HANDLE_NONE
								  : icmp_echo_handle(inquiry->echo);
		if (inquiry->computer == NULL)
			continue;
		if (inquiry->probe == NULL && inquiry->echo == NULL)
			left = 0;
		else if (inquiry->deadline - now < left)
			left = inquiry->deadline - now;
	}
	wait_readable(handles, 2 * count, left);
}

/* Ends inquiries that are done and starts new ones in their place; *NEXT is the
 * first computer not asked yet.  Returns how many are under way. */
static size_t refill(struct monitor *monitor, struct inquiry *inquiries, size_t parallel,
		     size_t *next, size_t *done)
{
	size_t active = 0;

	for (size_t i = 0; i < parallel; i++) {
		struct inquiry *inquiry = &inquiries[i];

		if (inquiry->computer != NULL && inquiry->probe == NULL && inquiry->echo == NULL) {
			inquiry->computer = NULL;
			++*done;
			if (monitor->progress != NULL)
				monitor->progress(monitor->context, *done, monitor->count);
		}
		while (inquiry->computer == NULL && *next < monitor->count) {
			struct monitor_computer *computer = &monitor->computers[(*next)++];

			if (computer->lookup == 0)
				start(inquiry, computer);
			else
				++*done;
		}
		active += inquiry->computer != NULL;
	}
	return active;
}

static void name_reference(struct monitor_computer *computer)
{
	uint32_t id = computer->answer.header.reference_id;
	struct net_address address = { .u.v4 = { .sin_family = AF_INET } };

	if (computer->lookup != 0 || computer->ntp != 0 || computer->answer.header.stratum < 2 ||
	    id == 0)
		return;
	address.u.v4.sin_addr.s_addr = htonl(id);
	if (lookup_name(&address, computer->reference_name, sizeof computer->reference_name) < 0)
		computer->reference_name[0] = '\0';
}

void monitor_ask(struct monitor *monitor, unsigned parallel, int family)
{
	struct inquiry *inquiries = calloc(parallel, sizeof *inquiries);
	struct wait_handle *handles = calloc(2 * (size_t)parallel, sizeof *handles);
	size_t next = 0, done = 0;

	for (size_t i = 0; i < monitor->count; i++)
		look_up(&monitor->computers[i], family);
	while (inquiries != NULL && handles != NULL &&
	       refill(monitor, inquiries, parallel, &next, &done) > 0) {
		wait_for_any(inquiries, parallel, handles);
		for (size_t i = 0; i < parallel; i++) {
			if (inquiries[i].computer != NULL)
				receive(&inquiries[i], wait_clock() >= inquiries[i].deadline);
		}
	}
	for (size_t i = 0; i < monitor->count; i++)
		name_reference(&monitor->computers[i]);
	free(inquiries);
	free(handles);
}

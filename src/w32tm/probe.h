/* One NTP request and its answer, measured by the system's clock: what
 * /stripchart and /monitor do without the service. */
#ifndef W32TIMED_W32TM_PROBE_H
#define W32TIMED_W32TM_PROBE_H

#include "base/error.h"
#include "ntp/packet.h"
#include "platform/address.h"
#include "w32tm/options.h"

struct probe_answer {
	double offset; /* s, their clock minus ours */
	double delay;  /* s, round trip */
	utc_ns sent, arrived;
	struct ntp_header header;
};

struct probe;

/* Sends a request from a port of its own.  The handle becomes readable when
 * there may be an answer. */
int probe_start(struct probe **probe, const struct net_address *server, struct error *error);
socket_handle probe_handle(const struct probe *probe);

/* 1: *ANSWER has come; 0: not yet; or a negative errno that the network
 * reported (-ECONNREFUSED: nobody listens there). */
int probe_receive(struct probe *probe, struct probe_answer *answer);

void probe_free(struct probe *probe); /* NULL is allowed */

/* All of it.  Returns 0, -ETIMEDOUT after TIMEOUT seconds, or another negative
 * errno. */
int probe_ask(const struct net_address *server, double timeout, struct probe_answer *answer);

/* "name", "name:port", "address", "[v6]", "[v6]:port"; the port is 123 unless
 * given.  Returns 0 or -EINVAL. */
struct probe_target {
	char host[256];
	uint16_t port;
};

int probe_target_parse(const char *text, struct probe_target *target);

/* What a failed lookup_address() is to the user, as an HRESULT. */
uint32_t probe_lookup_result(int result);

/* Claims /ipprotocol:4 or :6; AF_UNSPEC without it.  Returns 0 or -EINVAL. */
int probe_claim_family(struct options *options, int *family);

#endif

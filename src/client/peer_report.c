#include "client/peer_report.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "client/internal.h"

/* [NtpClient] EventLogFlags */
#define LOG_REACHABILITY 0x1u
#define LOG_LARGE_SKEW   0x2u

/* Misses in a row after which a peer counts as giving no valid time. */
#define INVALID_MISSES 4
/* An outsider can cause these: one an hour and peer, or when the reason changes. */
#define REPEAT_INTERVAL 3600.0

static struct log *log_of(const struct peer *peer)
{
	return peer->client->environment.log;
}

static bool wants(const struct peer *peer, uint32_t flag)
{
	return (peer->client->settings.event_log_flags & flag) != 0;
}

static void reachability_changed(struct peer *peer)
{
	peer->client->reachability_changed = true;
}

void peer_report_valid(struct peer *peer)
{
	char label[PEER_LABEL_MAX];

	if (peer->reported.valid)
		return;
	peer->reported.valid = true;
	peer->reported.invalid = false;
	peer->reported.drop = PEER_DROP_NONE;
	reachability_changed(peer);
	if (wants(peer, LOG_REACHABILITY))
		log_event(log_of(peer), LOG_LEVEL_INFORMATION, EVENT_PEER_VALID,
			  "receiving valid time from %s", peer_label(peer, label));
}

static const struct {
	enum peer_drop drop;
	enum event_id event;
	const char *reason;
} drop_events[] = {
	{ PEER_DROP_DUPLICATE, EVENT_SAMPLE_DUPLICATE, "it repeats an earlier one" },
	{ PEER_DROP_OUT_OF_ORDER, EVENT_SAMPLE_OUT_OF_ORDER,
	  "it does not belong to the last request, or its times contradict each other" },
	{ PEER_DROP_UNSYNCHRONIZED, EVENT_SAMPLE_UNSYNCHRONIZED, "the server has no valid time" },
	{ PEER_DROP_DELAY, EVENT_SAMPLE_DELAY, "it took too long" },
	{ PEER_DROP_NOT_AUTHENTICATED, EVENT_SAMPLE_NOT_AUTHENTICATED,
	  "it is not signed as it must be" },
	{ PEER_DROP_STALE, EVENT_SAMPLE_STALE,
	  "the server's own last synchronization is too old, or in the future" },
	{ PEER_DROP_STRATUM, EVENT_SAMPLE_STRATUM,
	  "the server follows this machine, or is of stratum 15" },
	{ PEER_DROP_ROOT_DISTANCE, EVENT_SAMPLE_ROOT_DISTANCE,
	  "root delay or root dispersion are beyond reason" },
};

static void report_drop(struct peer *peer)
{
	enum peer_drop drop = peer->association->last_drop;
	char label[PEER_LABEL_MAX];

	for (size_t i = 0; i < sizeof drop_events / sizeof drop_events[0]; i++) {
		if (drop_events[i].drop != drop)
			continue;
		if (!log_gate_open(&peer->reported.drop_gate, client_now(peer->client),
				   REPEAT_INTERVAL, NULL) &&
		    peer->reported.drop == drop)
			return;
		peer->reported.drop = drop;
		log_event(log_of(peer), LOG_LEVEL_WARNING, drop_events[i].event,
			  "an answer of %s is not used: %s", peer_label(peer, label),
			  drop_events[i].reason);
	}
}

static void report_refused(struct peer *peer)
{
	char label[PEER_LABEL_MAX];
	int error = peer->association->last_error;

	if (error == ECONNREFUSED ||
	    !log_gate_open(&peer->reported.send_gate, client_now(peer->client), REPEAT_INTERVAL,
			   NULL))
		return;
	log_event(log_of(peer), LOG_LEVEL_WARNING, EVENT_REQUEST_NOT_SENT,
		  "a request to %s could not be sent: %s", peer_label(peer, label),
		  strerror(error));
}

static void report_invalid(struct peer *peer, const char *reason)
{
	char label[PEER_LABEL_MAX];

	if (peer->reported.invalid)
		return;
	peer->reported.invalid = true;
	peer->reported.valid = false;
	reachability_changed(peer);
	if (wants(peer, LOG_REACHABILITY))
		log_event(log_of(peer), LOG_LEVEL_INFORMATION, EVENT_PEER_UNREACHABLE, "%s %s",
			  peer_label(peer, label), reason);
}

void peer_report_missed(struct peer *peer, enum association_outcome outcome)
{
	const struct association *association = peer->association;
	char label[PEER_LABEL_MAX];

	if (outcome == ASSOCIATION_UNUSED)
		report_drop(peer);
	else if (outcome == ASSOCIATION_REFUSED)
		report_refused(peer);
	else if (outcome == ASSOCIATION_LIMITED)
		log_event(log_of(peer), LOG_LEVEL_INFORMATION, EVENT_NONE,
			  "%s wants fewer requests: asked every %.0f s at most from now on",
			  peer_label(peer, label), ldexp(1, association->polling.floor));
	else if (outcome == ASSOCIATION_DENIED)
		report_invalid(peer, "refuses to be asked; it is left alone");
	if (association->polling.misses >= INVALID_MISSES)
		report_invalid(peer, "cannot be reached or gives no valid time");
}

void peer_report_silent(struct peer *peer)
{
	char label[PEER_LABEL_MAX];

	log_event(log_of(peer), LOG_LEVEL_WARNING, EVENT_PEER_SILENT,
		  "%s gave no valid time in %d attempts%s", peer_label(peer, label),
		  POLLING_MISSES_MAX,
		  peer->literal ? "" : "; the name is looked up again for another address");
}

void peer_report_lookup_failed(struct peer *peer, double wait)
{
	const struct ntp_client_settings *settings = &peer->client->settings;
	const char *why = peer->last_error == ENOENT ? "no such name" : strerror(peer->last_error);
	bool first = peer->lookup_failures == 1;
	char text[TEXT_WAIT_MAX];

	if (first)
		peer->reported.keeps_failing = false;
	if (first || (wait >= settings->resolve_backoff && wait > peer->reported.lookup_wait)) {
		peer->reported.lookup_wait = wait;
		log_event(log_of(peer), LOG_LEVEL_WARNING, EVENT_MANUAL_DNS_ERROR,
			  "the name of peer %s could not be looked up (%s); next try in %s, "
			  "then at growing intervals",
			  peer->entry.text, why, text_wait(text, wait));
	} else if (wait >= settings->resolve_backoff && !peer->reported.keeps_failing) {
		peer->reported.keeps_failing = true;
		log_event(log_of(peer), LOG_LEVEL_WARNING, EVENT_MANUAL_LOOKUP_FAILING,
			  "looking up the name of peer %s keeps failing (%s); it is tried every "
			  "%s and this is not logged again",
			  peer->entry.text, why, text_wait(text, wait));
	}
}

void peer_report_resolved(struct peer *peer)
{
	log_event(log_of(peer), LOG_LEVEL_INFORMATION, EVENT_MANUAL_RESOLVED,
		  "the name of peer %s was found after %u failures", peer->entry.text,
		  peer->lookup_failures);
}

void peer_report_duplicate(struct peer *peer, double wait)
{
	char text[TEXT_WAIT_MAX];

	log_event(log_of(peer), LOG_LEVEL_WARNING, EVENT_MANUAL_DUPLICATE,
		  "peer %s leads to a server that another peer uses already; next try in %s",
		  peer->entry.text, text_wait(text, wait));
}

void peer_report_skew(struct peer *peer, double difference)
{
	char label[PEER_LABEL_MAX];

	if (!wants(peer, LOG_LARGE_SKEW) ||
	    !log_gate_open(&peer->reported.skew_gate, client_now(peer->client), REPEAT_INTERVAL,
			   NULL))
		return;
	log_event(log_of(peer), LOG_LEVEL_WARNING, EVENT_SAMPLE_FAR_OFF,
		  "the time of %s is %+.3f s away from the other peers'", peer_label(peer, label),
		  difference);
}

/* ------------------------------------------------------------------------- */
/* The domain's controller */

/* What was said of a host is remembered although its peer may come and go. */
static struct client_rejections *rejections_of(struct peer *peer)
{
	struct ntp_client *client = peer->client;
	struct client_rejections *rejections;

	for (size_t i = 0; i < CLIENT_REJECTIONS_MAX; i++) {
		if (strcmp(client->rejections[i].host, peer->entry.host) == 0)
			return &client->rejections[i];
	}
	rejections = &client->rejections[client->next_rejections++ % CLIENT_REJECTIONS_MAX];
	memset(rejections, 0, sizeof *rejections);
	memcpy(rejections->host, peer->entry.host, sizeof rejections->host);
	return rejections;
}

void peer_report_rejected(struct peer *peer, enum authentication_result result)
{
	struct client_rejections *rejections = rejections_of(peer);
	bool missing = result == AUTHENTICATION_MISSING;
	struct log_gate *gate = missing ? &rejections->missing : &rejections->wrong;
	char label[PEER_LABEL_MAX];

	if (!log_gate_open(gate, client_now(peer->client), REPEAT_INTERVAL, NULL))
		return;
	log_event(log_of(peer), LOG_LEVEL_WARNING,
		  missing ? EVENT_SIGNATURE_MISSING : EVENT_SIGNATURE_WRONG,
		  "an answer in the name of domain controller %s %s; it may have been tampered "
		  "with and is not used",
		  peer_label(peer, label), missing ? "is not signed" : "is wrongly signed");
}

void peer_report_controller_failed(struct peer *peer)
{
	static const char *const reasons[] = {
		[DOMAIN_FAILURE_SILENT] = "it does not answer",
		[DOMAIN_FAILURE_UNAUTHENTICATED] = "no answer was signed as it must be",
		[DOMAIN_FAILURE_UNSYNCHRONIZED] = "it has no valid time",
	};
	char label[PEER_LABEL_MAX];

	report_invalid(peer, "gives no valid time");
	log_event(
		log_of(peer), LOG_LEVEL_WARNING, EVENT_CONTROLLER_GIVEN_UP,
		"domain controller %s gave no valid time in %u attempts (%s); it is given up, and "
		"another one is sought",
		peer_label(peer, label), peer->domain.attempts, reasons[peer->domain.why]);
}

#include "client/peer_report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* [NtpClient] EventLogFlags */
#define LOG_REACHABILITY 0x1u
#define LOG_LARGE_SKEW   0x2u

/* Misses in a row after which a peer counts as giving no valid time. */
#define INVALID_MISSES 4
/* An outsider can cause these: one an hour and peer, or when the reason changes. */
#define REPEAT_INTERVAL 3600.0

#define LABEL_MAX 500

/* "name,flags (ntp.m|flags|local->remote)", as events name peers. */
static const char *peer_report_label(const struct peer_subject *peer, char buffer[LABEL_MAX])
{
	char local[NET_ADDRESS_TEXT_MAX] = "0.0.0.0:0", remote[NET_ADDRESS_TEXT_MAX] = "";
	struct text text;

	text_init(&text, buffer, LABEL_MAX);
	text_append(&text, "%s", peer->name);
	if (peer->remote == NULL)
		return buffer;
	if (net_address_is_set(peer->local))
		net_address_text(peer->local, local);
	net_address_text(peer->remote, remote);
	if (peer->is_controller)
		text_append(&text, " (ntp.d|%s->%s)", local, remote);
	else
		text_append(&text, " (ntp.m|0x%x|%s->%s)", (unsigned)peer->flags, local, remote);
	return buffer;
}

static bool peer_report_is_wanted(const struct peer_subject *peer, uint32_t flag)
{
	return (peer->event_log_flags & flag) != 0;
}

void peer_report_valid(struct peer_report *report, const struct peer_subject *peer)
{
	char label[LABEL_MAX];

	if (report->valid)
		return;
	report->valid = true;
	report->invalid = false;
	report->drop = PEER_DROP_NONE;
	report->reachability_changed = true;
	if (peer_report_is_wanted(peer, LOG_REACHABILITY))
		log_event(peer->log, LOG_LEVEL_INFORMATION, EVENT_PEER_VALID,
			  "receiving valid time from %s", peer_report_label(peer, label));
}

static void peer_report_invalid(struct peer_report *report, const struct peer_subject *peer,
				const char *reason)
{
	char label[LABEL_MAX];

	if (report->invalid)
		return;
	report->invalid = true;
	report->valid = false;
	report->reachability_changed = true;
	if (peer_report_is_wanted(peer, LOG_REACHABILITY))
		log_event(peer->log, LOG_LEVEL_INFORMATION, EVENT_PEER_UNREACHABLE, "%s %s",
			  peer_report_label(peer, label), reason);
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

static void peer_report_drop(struct peer_report *report, const struct peer_subject *peer,
			     enum peer_drop drop)
{
	char label[LABEL_MAX];

	for (size_t i = 0; i < sizeof drop_events / sizeof drop_events[0]; i++) {
		if (drop_events[i].drop != drop)
			continue;
		if (!log_gate_open(&report->drop_gate, peer->now, REPEAT_INTERVAL, NULL) &&
		    report->drop == drop)
			return;
		report->drop = drop;
		log_event(peer->log, LOG_LEVEL_WARNING, drop_events[i].event,
			  "an answer of %s is not used: %s", peer_report_label(peer, label),
			  drop_events[i].reason);
	}
}

static void peer_report_refused(struct peer_report *report, const struct peer_subject *peer,
				int error)
{
	char label[LABEL_MAX];

	if (error == ECONNREFUSED ||
	    !log_gate_open(&report->send_gate, peer->now, REPEAT_INTERVAL, NULL))
		return;
	log_event(peer->log, LOG_LEVEL_WARNING, EVENT_REQUEST_NOT_SENT,
		  "a request to %s could not be sent: %s", peer_report_label(peer, label),
		  strerror(error));
}

void peer_report_missed(struct peer_report *report, const struct peer_subject *peer,
			const struct association_event *event, unsigned misses)
{
	char label[LABEL_MAX];

	if (event->result == ASSOCIATION_UNUSED)
		peer_report_drop(report, peer, event->drop);
	else if (event->result == ASSOCIATION_REFUSED)
		peer_report_refused(report, peer, event->error);
	else if (event->result == ASSOCIATION_LIMITED)
		log_event(peer->log, LOG_LEVEL_INFORMATION, EVENT_NONE,
			  "%s wants fewer requests: asked every %.0f s at most from now on",
			  peer_report_label(peer, label), event->limit);
	else if (event->result == ASSOCIATION_DENIED)
		peer_report_invalid(report, peer, "refuses to be asked; it is left alone");
	if (misses >= INVALID_MISSES)
		peer_report_invalid(report, peer, "cannot be reached or gives no valid time");
}

void peer_report_silent(const struct peer_subject *peer)
{
	char label[LABEL_MAX];

	log_event(peer->log, LOG_LEVEL_WARNING, EVENT_PEER_SILENT,
		  "%s gave no valid time in %d attempts%s", peer_report_label(peer, label),
		  POLLING_MISSES_MAX,
		  peer->is_literal ? "" : "; the name is looked up again for another address");
}

void peer_report_lookup_failed(struct peer_report *report, const struct peer_subject *peer,
			       const struct peer_lookup_failure *failure)
{
	const char *why = failure->error == ENOENT ? "no such name" : strerror(failure->error);
	bool first = failure->failures == 1, waits = failure->wait >= failure->backoff;
	char text[TEXT_WAIT_MAX];

	if (first)
		report->keeps_failing = false;
	if (first || (waits && failure->wait > report->lookup_wait)) {
		report->lookup_wait = failure->wait;
		log_event(peer->log, LOG_LEVEL_WARNING, EVENT_MANUAL_DNS_ERROR,
			  "the name of peer %s could not be looked up (%s); next try in %s, "
			  "then at growing intervals",
			  peer->name, why, text_wait(text, failure->wait));
	} else if (waits && !report->keeps_failing) {
		report->keeps_failing = true;
		log_event(peer->log, LOG_LEVEL_WARNING, EVENT_MANUAL_LOOKUP_FAILING,
			  "looking up the name of peer %s keeps failing (%s); it is tried every "
			  "%s and this is not logged again",
			  peer->name, why, text_wait(text, failure->wait));
	}
}

void peer_report_resolved(const struct peer_subject *peer, unsigned failures)
{
	log_event(peer->log, LOG_LEVEL_INFORMATION, EVENT_MANUAL_RESOLVED,
		  "the name of peer %s was found after %u failures", peer->name, failures);
}

void peer_report_duplicate(struct peer_report *report, const struct peer_subject *peer, double wait)
{
	char text[TEXT_WAIT_MAX];

	if (report->duplicate)
		return;
	report->duplicate = true;
	log_event(peer->log, LOG_LEVEL_WARNING, EVENT_MANUAL_DUPLICATE,
		  "peer %s leads to a server that another peer uses already; next try in %s",
		  peer->name, text_wait(text, wait));
}

void peer_report_not_followed(const struct peer_subject *peer, int error)
{
	log_event(peer->log, LOG_LEVEL_ERROR, EVENT_NONE, "peer %s cannot be followed: %s",
		  peer->name,
		  error == -ELOOP ? "it is this daemon's own server" : strerror(-error));
}

void peer_report_skew(struct peer_report *report, const struct peer_subject *peer,
		      double difference)
{
	char label[LABEL_MAX];

	if (!peer_report_is_wanted(peer, LOG_LARGE_SKEW) ||
	    !log_gate_open(&report->skew_gate, peer->now, REPEAT_INTERVAL, NULL))
		return;
	log_event(peer->log, LOG_LEVEL_WARNING, EVENT_SAMPLE_FAR_OFF,
		  "the time of %s is %+.3f s away from the other peers'",
		  peer_report_label(peer, label), difference);
}

/* ------------------------------------------------------------------------- */
/* The domain's controller */

static size_t peer_report_find_host(struct peer_rejections *rejections, const char *host)
{
	size_t place;

	for (size_t i = 0; i < PEER_REJECTIONS_MAX; i++) {
		if (strcmp(rejections->hosts[i].host, host) == 0)
			return i;
	}
	place = rejections->next++ % PEER_REJECTIONS_MAX;
	memset(&rejections->hosts[place], 0, sizeof rejections->hosts[place]);
	snprintf(rejections->hosts[place].host, sizeof rejections->hosts[place].host, "%s", host);
	return place;
}

static void peer_report_one_rejected(struct log_gate *gate, const struct peer_subject *peer,
				     enum event_id event, const char *what)
{
	char label[LABEL_MAX];

	if (!log_gate_open(gate, peer->now, REPEAT_INTERVAL, NULL))
		return;
	log_event(peer->log, LOG_LEVEL_WARNING, event,
		  "an answer in the name of domain controller %s is %s; it may have been tampered "
		  "with and is not used",
		  peer_report_label(peer, label), what);
}

void peer_report_rejected(struct peer_rejections *rejections, const struct peer_subject *peer,
			  const char *host, const struct association_event *event)
{
	size_t place = peer_report_find_host(rejections, host);

	if (event->unsigned_answers > 0)
		peer_report_one_rejected(&rejections->hosts[place].unsigned_gate, peer,
					 EVENT_SIGNATURE_MISSING, "not signed");
	if (event->forged_answers > 0)
		peer_report_one_rejected(&rejections->hosts[place].forged_gate, peer,
					 EVENT_SIGNATURE_WRONG, "wrongly signed");
}

void peer_report_controller_failed(struct peer_report *report, const struct peer_subject *peer,
				   unsigned attempts, enum ntp_client_domain_failure why)
{
	static const char *const reasons[] = {
		[DOMAIN_FAILURE_SILENT] = "it does not answer",
		[DOMAIN_FAILURE_UNAUTHENTICATED] = "no answer was signed as it must be",
		[DOMAIN_FAILURE_UNSYNCHRONIZED] = "it has no valid time",
	};
	char label[LABEL_MAX];

	peer_report_invalid(report, peer, "gives no valid time");
	log_event(
		peer->log, LOG_LEVEL_WARNING, EVENT_CONTROLLER_GIVEN_UP,
		"domain controller %s gave no valid time in %u attempts (%s); it is given up, and "
		"another one is searched for",
		peer_report_label(peer, label), attempts, reasons[why]);
}

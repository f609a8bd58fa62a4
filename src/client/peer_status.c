/* What the control interface and the log show of a peer. */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "base/w32time.h"
#include "client/internal.h"

static void pending_status(const struct peer *peer, raw_ns now, struct peer_status *status)
{
	raw_ns due = peer->idle ? CLIENT_NEVER : peer->lookup_due;

	status->time_remaining = due == CLIENT_NEVER ? 0 : fmax(ns_interval(now, due), 0);
	status->last_error = peer->last_error;
	if (peer->last_error != 0)
		status->last_drop = PEER_DROP_UNREACHABLE;
}

static void active_status(const struct association *association, raw_ns now,
			  struct peer_status *status)
{
	status->active = true;
	status->source = association->source;
	status->remote = association->remote;
	status->local = association->exchange.local;
	status->time_remaining = fmax(ns_interval(now, association->due), 0);
	status->mode = association->settings.mode;
	status->host_poll = (int8_t)association_poll(association);
	status->last_success = association->last_success;
	status->last_error = association->last_error;
	status->last_drop = association->last_drop;
	if (association->authentication != NULL) {
		status->authentication = association->authentication->name;
		status->authentication_id = association->authentication->message_id;
	}
	status->reachability = association->reachability;
	status->counters = association->counters;
	if (!association->replied)
		return;
	status->stratum = association->reply.stratum;
	status->leap = association->reply.leap;
	status->peer_poll = association->reply.poll;
	status->precision = association->reply.precision;
	status->root_delay = association->reply.root_delay;
	status->root_dispersion = association->reply.root_dispersion;
	status->reference_id = association->reply.reference_id;
}

void peer_status(const struct peer *peer, raw_ns now, struct peer_status *status)
{
	memset(status, 0, sizeof *status);
	status->name = peer->entry.text;
	status->flags = peer->entry.flags;
	status->authentication = "NoAuth ";
	status->authentication_id = W32TIME_NO_AUTHENTICATION;
	status->resolve_attempts = peer->lookup_failures;
	if (peer->association == NULL)
		pending_status(peer, now, status);
	else
		active_status(peer->association, now, status);
}

const char *peer_label(const struct peer *peer, char buffer[PEER_LABEL_MAX])
{
	char local[NET_ADDRESS_TEXT_MAX] = "0.0.0.0:0", remote[NET_ADDRESS_TEXT_MAX] = "";
	const struct association *association = peer->association;
	struct text text;

	text_init(&text, buffer, PEER_LABEL_MAX);
	text_append(&text, "%s", peer->entry.text);
	if (association == NULL)
		return buffer;
	if (net_address_is_set(&association->exchange.local))
		net_address_text(&association->exchange.local, local);
	net_address_text(&association->remote, remote);
	if (peer->domain.is)
		text_append(&text, " (ntp.d|%s->%s)", local, remote);
	else
		text_append(&text, " (ntp.m|0x%x|%s->%s)", (unsigned)peer->entry.flags, local,
			    remote);
	return buffer;
}

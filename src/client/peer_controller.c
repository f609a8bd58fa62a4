#include "client/peer_controller.h"

#include <errno.h>

#include "client/peer_address.h"

void peer_controller_begin_trial(struct peer *peer)
{
	controller_trial_begin(&peer->trial);
	address_book_start_over(&peer->addresses);
}

static void peer_controller_ask_quickly(struct peer *peer, raw_ns now)
{
	association_burst(peer->association, now, CONTROLLER_TRIAL_REQUESTS,
			  CONTROLLER_TRIAL_ANSWERS);
}

void peer_controller_retry(struct peer *peer, raw_ns now)
{
	peer->lookup_due = now;
	if (peer->association != NULL && association_misses(peer->association) == 0)
		return;
	peer_controller_begin_trial(peer);
	if (peer->association != NULL)
		peer_controller_ask_quickly(peer, now);
}

static void peer_controller_fail(struct peer *peer, raw_ns now)
{
	const struct ntp_client_environment *environment = peer_environment(peer);
	const struct sample_sink *sink = &environment->sink;
	const struct domain_seam *domain = &environment->domain;
	struct peer_subject subject = peer_subject(peer, now);

	controller_trial_fail(&peer->trial);
	if (peer->association != NULL) {
		association_end_burst(peer->association);
		sink->unreachable(sink->context, association_source(peer->association));
	}
	peer_report_controller_failed(&peer->report, &subject, peer->trial.attempts,
				      peer->trial.why);
	domain->failed(domain->context, peer->trial.why);
}

void peer_controller_without_address(struct peer *peer, raw_ns now)
{
	if (!peer->trial.failed)
		peer_controller_fail(peer, now);
}

static void peer_controller_try_next_address(struct peer *peer, raw_ns now)
{
	source_id before = association_source(peer->association);
	enum peer_use use = peer_use_addresses(peer, now);

	if (use == PEER_USE_NONE)
		peer_controller_without_address(peer, now);
	else if (use == PEER_USE_ADDRESS && association_source(peer->association) == before)
		peer_controller_fail(peer, now);
}

void peer_controller_answered(struct peer *peer)
{
	const struct domain_seam *domain = &peer_environment(peer)->domain;

	controller_trial_answered(&peer->trial);
	domain->answered(domain->context);
}

/* Only the path was bad, or it may not be asked so often, or cannot be asked for
 * want of a key. */
static bool peer_controller_is_excused(const struct peer *peer,
				       const struct association_event *event)
{
	return association_misses(peer->association) == 0 || event->error == ENOKEY ||
	       (event->result == ASSOCIATION_LIMITED &&
		association_has_answered(peer->association));
}

void peer_controller_missed(struct peer *peer, const struct association_event *event, raw_ns now)
{
	const struct controller_attempt attempt = {
		.authenticity = event->authenticity,
		.misses = association_misses(peer->association),
		.refused = event->result == ASSOCIATION_REFUSED,
		.settling = association_is_settling(peer->association),
		.another_address = address_book_has_another(&peer->addresses),
	};

	if (peer_controller_is_excused(peer, event))
		return;
	switch (controller_trial_missed(&peer->trial, &attempt)) {
	case CONTROLLER_KEEP:
		break;
	case CONTROLLER_BEGIN:
		address_book_start_over(&peer->addresses);
		peer_controller_ask_quickly(peer, now);
		break;
	case CONTROLLER_NEXT_ADDRESS:
		peer_controller_try_next_address(peer, now);
		break;
	case CONTROLLER_FAIL:
		peer_controller_fail(peer, now);
		break;
	}
}

void peer_controller_denied(struct peer *peer, const struct association_event *event)
{
	if (controller_trial_denied(&peer->trial, event->authenticity))
		address_book_start_over(&peer->addresses);
}

void peer_controller_rejected(struct peer *peer, const struct association_event *event, raw_ns now)
{
	const struct domain_seam *domain = &peer_environment(peer)->domain;
	struct peer_subject subject = peer_subject(peer, now);

	peer_report_rejected(&peer->group->rejections, &subject, peer->entry.host, event);
	if (event->forged_answers > 0 && domain->doubted != NULL)
		domain->doubted(domain->context);
}

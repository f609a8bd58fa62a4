#include "client/ntp_client.h"

#include <errno.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "client/internal.h"
#include "client/peer_address.h"
#include "client/peer_report.h"
#include "loop/loop.h"
#include "platform/digest.h"

/* A resync is over when all peers together gave so many: the discipline does not
 * believe a large offset of fewer. */
#define RESYNC_SAMPLES 3
/* Event 264 at most so often, for the first time when the fast start is over (s). */
#define REACHABILITY_INTERVAL 300.0
#define REACHABILITY_FIRST    15.0
/* Phases on the raw scale are compared that are at most so far apart (s): the
 * oscillator's own error stays small in that time. */
#define PHASE_AGE_MAX 3600.0
/* A change of the network comes in several pieces (link, address, route) and is
 * acted on so long after the first; on machines where such things come and go
 * all the time no more often than the second (s). */
#define NETWORK_DELAY    1.0
#define NETWORK_INTERVAL 8.0

raw_ns client_now(const struct ntp_client *client)
{
	struct clock_reading now = { .raw = 0 };

	clock_read(client->environment.clock, &now);
	return now.raw;
}

void client_wake(struct ntp_client *client)
{
	loop_timer_soon(client->timer);
}

bool client_uses_address(const struct ntp_client *client, const struct peer *except,
			 const struct net_address *address)
{
	for (size_t i = 0; i < client->peer_count; i++) {
		const struct peer *peer = client->peers[i];

		if (peer != except && peer->association != NULL &&
		    net_address_equal(&peer->association->remote, address))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------------- */
/* Large sample skew */

static int compare_phases(const void *a, const void *b)
{
	const double *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

void client_check_skew(struct ntp_client *client, struct peer *peer)
{
	const struct association *mine = peer->association;
	double phases[CLIENT_PEERS_MAX], difference;
	size_t count = 0;

	for (size_t i = 0; i < client->peer_count; i++) {
		const struct association *other = client->peers[i]->association;

		if (other != NULL && other->last_success != 0 &&
		    ns_interval(other->phase_taken, mine->phase_taken) < PHASE_AGE_MAX)
			phases[count++] = other->phase;
	}
	/* Of two that differ nobody can say which one is far off. */
	if (count < 3)
		return;
	qsort(phases, count, sizeof phases[0], compare_phases);
	difference = mine->phase - (phases[(count - 1) / 2] + phases[count / 2]) / 2;
	if (fabs(difference) > client->settings.large_sample_skew)
		peer_report_skew(peer, difference);
}

/* ------------------------------------------------------------------------- */
/* What is due */

static void update_fallbacks(struct ntp_client *client, raw_ns now)
{
	const struct ntp_client_environment *environment = &client->environment;
	bool settling = false, fallbacks = false, needed;

	for (size_t i = 0; i < client->peer_count; i++) {
		if (peer_is_fallback(client->peers[i]))
			fallbacks = true;
		else if (peer_is_settling(client->peers[i]))
			settling = true;
	}
	if (!fallbacks)
		return;
	needed = environment->callbacks->fallback_needed(environment->context);
	for (size_t i = 0; i < client->peer_count; i++) {
		if (!peer_is_fallback(client->peers[i]))
			continue;
		if (!needed)
			peer_deactivate(client->peers[i]);
		else if (!settling)
			peer_activate(client->peers[i], now);
	}
}

static unsigned count_good(const struct ntp_client *client)
{
	unsigned good = 0;

	for (size_t i = 0; i < client->peer_count; i++) {
		if (client->peers[i]->resync == PEER_RESYNC_GOOD)
			good++;
	}
	return good;
}

/* Every peer has answered or failed to, and there are samples enough, or no more
 * are on their way. */
static bool is_resync_decided(const struct ntp_client *client)
{
	unsigned answers = 0;
	bool more = false;

	for (size_t i = 0; i < client->peer_count; i++) {
		const struct peer *peer = client->peers[i];

		if (peer->resync == PEER_RESYNC_WAITING)
			return false;
		if (peer->resync == PEER_RESYNC_GOOD) {
			answers += peer->resync_answers;
			more = more || peer_is_settling(peer);
		}
	}
	return answers >= RESYNC_SAMPLES || !more;
}

static void finish_resync(struct ntp_client *client)
{
	struct client_resync resync = client->resync;
	unsigned good = count_good(client);

	client->resync.running = false;
	for (size_t i = 0; i < client->peer_count; i++)
		client->peers[i]->resync = PEER_RESYNC_NONE;
	if (resync.done != NULL)
		resync.done(resync.context, good);
}

static void check_resync(struct ntp_client *client, raw_ns now)
{
	if (!client->resync.running)
		return;
	if (is_resync_decided(client) || client->resync.deadline <= now)
		finish_resync(client);
}

static void report_reachability(struct ntp_client *client, raw_ns now)
{
	char list[900];
	struct text text;

	if (!client->reachability_changed || now < client->reachability_due)
		return;
	client->reachability_changed = false;
	client->reachability_due = ns_add(now, REACHABILITY_INTERVAL);
	text_init(&text, list, sizeof list);
	for (size_t i = 0; i < client->peer_count; i++) {
		const struct association *association = client->peers[i]->association;

		text_append(&text, "%s%s", i == 0 ? "" : ", ", client->peers[i]->entry.text);
		if (association == NULL)
			text_append(&text, " pending");
		else
			text_append(&text, " 0x%02x", association->reachability);
	}
	log_event(client->environment.log, LOG_LEVEL_INFORMATION, EVENT_REACHABILITY_CHANGED,
		  "reachability of peers changed: %s", list);
}

/* Event 29, once until somebody gives time again. */
static void report_silence(struct ntp_client *client, raw_ns now)
{
	char text[TEXT_WAIT_MAX];
	raw_ns next = CLIENT_NEVER;

	for (size_t i = 0; i < client->peer_count; i++) {
		raw_ns due = peer_next_due(client->peers[i]);

		if (!peer_is_silent(client->peers[i])) {
			client->silence_reported = false;
			return;
		}
		next = due < next ? due : next;
	}
	if (client->peer_count == 0 || client->silence_reported)
		return;
	client->silence_reported = true;
	log_event(client->environment.log, LOG_LEVEL_ERROR, EVENT_NO_SOURCE_REACHABLE,
		  "no source gives valid time; nothing will be tried for %s",
		  text_wait(text, fmax(ns_interval(now, next), 0)));
}

static void tell_peers(struct ntp_client *client, enum provider_event event, raw_ns now)
{
	for (size_t i = 0; i < client->peer_count; i++)
		peer_event(client->peers[i], event, now);
}

static void plan_network_change(struct ntp_client *client, raw_ns now)
{
	raw_ns earliest = ns_add(client->network_handled, NETWORK_INTERVAL);

	if (client->network_due != CLIENT_NEVER)
		return;
	client->network_due = ns_add(now, NETWORK_DELAY);
	if (client->network_due < earliest)
		client->network_due = earliest;
}

static void handle_network_change(struct ntp_client *client, raw_ns now)
{
	if (client->network_due > now)
		return;
	client->network_due = CLIENT_NEVER;
	client->network_handled = now;
	tell_peers(client, PROVIDER_NETWORK_CHANGED, now);
}

raw_ns client_next_due(const struct ntp_client *client)
{
	raw_ns due = CLIENT_NEVER;

	for (size_t i = 0; i < client->peer_count; i++) {
		raw_ns peer_due = peer_next_due(client->peers[i]);

		if (peer_due < due)
			due = peer_due;
	}
	if (client->resync.running && client->resync.deadline < due)
		due = client->resync.deadline;
	if (client->network_due < due)
		due = client->network_due;
	if (client->reachability_changed && client->reachability_due < due)
		due = client->reachability_due;
	return due;
}

static void set_timer(struct ntp_client *client)
{
	raw_ns due = client_next_due(client);

	if (due == CLIENT_NEVER) {
		loop_timer_stop(client->timer);
		return;
	}
	loop_timer_set(client->timer, ns_interval(client_now(client), due));
}

void client_run(struct ntp_client *client)
{
	raw_ns now = client_now(client);

	handle_network_change(client, now);
	for (size_t i = 0; i < client->peer_count; i++)
		peer_run(client->peers[i], now);
	update_fallbacks(client, now);
	check_resync(client, now);
	report_silence(client, now);
	report_reachability(client, now);
	set_timer(client);
}

static void on_timer(void *context)
{
	client_run(context);
}

/* ------------------------------------------------------------------------- */
/* Configuration */

/* PEERS as they were; those that are taken over become NULL. */
static struct peer *take_peer(struct peer **peers, size_t count, const struct peer_entry *entry,
			      bool is_domain)
{
	for (size_t i = 0; i < count; i++) {
		struct peer *peer = peers[i];

		if (peer != NULL && peer->domain.is == is_domain &&
		    peer->entry.port == entry->port &&
		    text_equal_nocase(peer->entry.host, entry->host)) {
			peers[i] = NULL;
			return peer;
		}
	}
	return NULL;
}

static void keep_or_create(struct ntp_client *client, struct peer **old, size_t old_count,
			   const struct peer_entry *entry, bool is_domain)
{
	struct peer *peer = take_peer(old, old_count, entry, is_domain);

	if (peer != NULL)
		peer_configure(peer, entry);
	else
		peer = peer_create(client, entry, is_domain);
	if (peer != NULL)
		client->peers[client->peer_count++] = peer;
	else
		log_event(client->environment.log, LOG_LEVEL_ERROR, EVENT_NONE,
			  "not enough memory for peer %s", entry->text);
}

void ntp_client_configure(struct ntp_client *client, const struct ntp_client_settings *settings)
{
	struct peer *old[CLIENT_PEERS_MAX];
	size_t old_count = client->peer_count;
	bool other_signature = client->settings.domain_extended != settings->domain_extended ||
			       client->settings.domain_legacy_denied !=
				       settings->domain_legacy_denied;

	memcpy(old, client->peers, sizeof old);
	client->settings = *settings;
	client->peer_count = 0;
	if (!settings->enabled) {
		client->settings.peers.count = 0;
		client->settings.domain_peer.host[0] = '\0';
	}
	if (other_signature && old_count > 0 && old[0]->domain.is)
		peer_forget_association(old[0]);
	if (client->settings.domain_peer.host[0] != '\0')
		keep_or_create(client, old, old_count, &client->settings.domain_peer, true);
	for (size_t i = 0; i < client->settings.peers.count; i++)
		keep_or_create(client, old, old_count, &client->settings.peers.entries[i], false);
	for (size_t i = 0; i < old_count; i++) {
		if (old[i] != NULL)
			peer_destroy(old[i]);
	}
	for (size_t i = 0; i < client->peer_count; i++)
		peer_list_changed(client->peers[i]);
	client_wake(client);
}

int ntp_client_create(struct ntp_client **client, const struct ntp_client_environment *environment,
		      const struct ntp_client_settings *settings, struct error *error)
{
	struct ntp_client *made;

	if (sodium_init() < 0)
		return error_set(error, EIO, "there is no source of random numbers");
	made = calloc(1, sizeof *made);
	if (made == NULL)
		return error_set(error, ENOMEM, "not enough memory for NtpClient");
	made->environment = *environment;
	made->network_due = CLIENT_NEVER;
	made->network_handled = INT64_MIN;
	made->reachability_due = ns_add(client_now(made), REACHABILITY_FIRST);
	if (loop_timer_create(&made->timer, environment->loop, on_timer, made) < 0) {
		free(made);
		return error_set(error, ENOMEM, "not enough memory for NtpClient");
	}
	ntp_client_configure(made, settings);
	*client = made;
	return 0;
}

void ntp_client_destroy(struct ntp_client *client)
{
	if (client == NULL)
		return;
	for (size_t i = 0; i < client->peer_count; i++)
		peer_destroy(client->peers[i]);
	loop_timer_destroy(client->timer);
	free(client);
}

/* ------------------------------------------------------------------------- */

void ntp_client_event(struct ntp_client *client, enum provider_event event)
{
	raw_ns now = client_now(client);

	if (event == PROVIDER_RESUMED)
		resolver_refresh(client->environment.resolver);
	if (event == PROVIDER_NETWORK_CHANGED)
		plan_network_change(client, now);
	else
		tell_peers(client, event, now);
	client_wake(client);
}

void ntp_client_resync(struct ntp_client *client, double timeout,
		       void (*done)(void *context, unsigned good), void *context)
{
	raw_ns now = client_now(client);

	if (client->resync.running)
		finish_resync(client);
	client->resync.running = true;
	client->resync.deadline = ns_add(now, timeout);
	client->resync.done = done;
	client->resync.context = context;
	for (size_t i = 0; i < client->peer_count; i++)
		peer_resync(client->peers[i], now);
	client_wake(client);
}

size_t ntp_client_peer_count(const struct ntp_client *client)
{
	return client->peer_count;
}

void ntp_client_peer(const struct ntp_client *client, size_t index, struct peer_status *status)
{
	peer_status(client->peers[index], client_now(client), status);
}

int ntp_client_find_source(const struct ntp_client *client, source_id id,
			   struct peer_status *status)
{
	for (size_t i = 0; i < client->peer_count; i++) {
		const struct association *association = client->peers[i]->association;

		if (id != 0 && association != NULL && association->source == id) {
			ntp_client_peer(client, i, status);
			return 0;
		}
	}
	return -ENOENT;
}

uint32_t ntp_client_reference_id(const struct net_address *address)
{
	uint8_t digest[DIGEST_MD5_SIZE] = { 0 };
	const uint8_t *bytes;
	size_t length;

	bytes = net_address_bytes(address, &length);
	if (length > 4) {
		if (digest_md5(bytes, length, digest) != 0)
			return 0;
		bytes = digest;
	}
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

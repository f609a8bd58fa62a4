#include "client/ntp_client.h"

#include <errno.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "client/ntp_client_internal.h"
#include "client/peer.h"
#include "loop/loop.h"

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

/* The clock, read once an event.  While it cannot be read, what it said last, of no
 * use for a measurement. */
static void client_read_clock(struct ntp_client *client, struct clock_reading *now)
{
	if (clock_read(client->group.environment.clock, now) == 0) {
		client->last_reading = *now;
		client->last_reading.uncertainty = 1;
	} else {
		*now = client->last_reading;
	}
}

static raw_ns client_read_raw(struct ntp_client *client)
{
	struct clock_reading now;

	client_read_clock(client, &now);
	return now.raw;
}

/* Something changed: what is due is looked at again, from the loop. */
static void client_wake(struct ntp_client *client)
{
	loop_timer_soon(client->timer);
}

/* ------------------------------------------------------------------------- */
/* Large sample skew */

static int client_compare_phases(const void *a, const void *b)
{
	const double *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

/* Tells the log if PEER's newest sample is far from the other peers'. */
static void client_check_skew(struct ntp_client *client, struct peer *peer, raw_ns now)
{
	double phases[PEER_GROUP_MAX], mine, difference;
	size_t count = 0;
	raw_ns taken, other_taken;

	if (!peer_phase(peer, &mine, &taken))
		return;
	for (size_t i = 0; i < client->group.count; i++) {
		if (peer_phase(client->group.peers[i], &phases[count], &other_taken) &&
		    ns_interval(other_taken, taken) < PHASE_AGE_MAX)
			count++;
	}
	/* Of two that differ it cannot be told which one is far off. */
	if (count < 3)
		return;
	qsort(phases, count, sizeof phases[0], client_compare_phases);
	difference = mine - (phases[(count - 1) / 2] + phases[count / 2]) / 2;
	if (fabs(difference) > client->group.settings.large_sample_skew)
		peer_report_far_off(peer, difference, now);
}

/* ------------------------------------------------------------------------- */
/* What is due */

static bool client_needs_fallbacks(const struct ntp_client *client, const struct clock_reading *now)
{
	const struct sample_sink *sink = &client->group.environment.sink;
	const struct domain_seam *domain = &client->group.environment.domain;

	if (domain->settling != NULL && domain->settling(domain->context))
		return false;
	return sink->fallback_needed(sink->context, now);
}

static void client_update_fallbacks(struct ntp_client *client, const struct clock_reading *now)
{
	const struct peer_group *group = &client->group;
	bool settling = false, fallbacks = false, needed;

	for (size_t i = 0; i < group->count; i++) {
		if (peer_is_fallback(group->peers[i]))
			fallbacks = true;
		else if (peer_is_settling(group->peers[i]))
			settling = true;
	}
	if (!fallbacks)
		return;
	needed = client_needs_fallbacks(client, now);
	for (size_t i = 0; i < group->count; i++) {
		if (!peer_is_fallback(group->peers[i]))
			continue;
		if (!needed)
			peer_deactivate(group->peers[i]);
		else if (!settling)
			peer_activate(group->peers[i], now->raw);
	}
}

static unsigned client_count_good(const struct ntp_client *client)
{
	unsigned good = 0;

	for (size_t i = 0; i < client->group.count; i++) {
		if (peer_resync_state(client->group.peers[i]) == PEER_RESYNC_GOOD)
			good++;
	}
	return good;
}

/* Every peer has answered or failed to, and there are samples enough, or no more
 * are on their way. */
static bool client_resync_is_decided(const struct ntp_client *client)
{
	unsigned answers = 0;
	bool more = false;

	for (size_t i = 0; i < client->group.count; i++) {
		const struct peer *peer = client->group.peers[i];

		if (peer_resync_state(peer) == PEER_RESYNC_WAITING)
			return false;
		if (peer_resync_state(peer) == PEER_RESYNC_GOOD) {
			answers += peer_resync_answers(peer);
			more = more || peer_is_settling(peer);
		}
	}
	return answers >= RESYNC_SAMPLES || !more;
}

static void client_finish_resync(struct ntp_client *client)
{
	struct client_resync resync = client->resync;
	unsigned good = client_count_good(client);

	client->resync.done = NULL;
	client->group.resyncing = false;
	for (size_t i = 0; i < client->group.count; i++)
		peer_end_resync(client->group.peers[i]);
	if (resync.done != NULL)
		resync.done(resync.context, good);
}

static void client_check_resync(struct ntp_client *client, raw_ns now)
{
	if (!client->group.resyncing)
		return;
	if (client_resync_is_decided(client) || client->resync.deadline <= now)
		client_finish_resync(client);
}

static void client_report_reachability(struct ntp_client *client, raw_ns now)
{
	const struct peer_group *group = &client->group;
	char list[900];
	struct text text;

	for (size_t i = 0; i < group->count; i++) {
		if (peer_take_reachability_change(group->peers[i]))
			client->reachability_changed = true;
	}
	if (!client->reachability_changed || now < client->reachability_due)
		return;
	client->reachability_changed = false;
	client->reachability_due = ns_add(now, REACHABILITY_INTERVAL);
	text_init(&text, list, sizeof list);
	for (size_t i = 0; i < group->count; i++) {
		struct peer_status status;

		peer_status(group->peers[i], now, &status);
		text_append(&text, "%s%s", i == 0 ? "" : ", ", status.name);
		if (status.active)
			text_append(&text, " 0x%02x", status.reachability);
		else
			text_append(&text, " pending");
	}
	log_event(group->environment.log, LOG_LEVEL_INFORMATION, EVENT_REACHABILITY_CHANGED,
		  "reachability of peers changed: %s", list);
}

/* Event 29, once until a peer gives time again. */
static void client_report_silence(struct ntp_client *client, raw_ns now)
{
	char text[TEXT_WAIT_MAX];
	raw_ns next = CLIENT_NEVER;

	for (size_t i = 0; i < client->group.count; i++) {
		raw_ns due = peer_next_due(client->group.peers[i]);

		if (!peer_is_silent(client->group.peers[i])) {
			client->silence_reported = false;
			return;
		}
		next = due < next ? due : next;
	}
	if (client->group.count == 0 || client->silence_reported)
		return;
	client->silence_reported = true;
	log_event(client->group.environment.log, LOG_LEVEL_ERROR, EVENT_NO_SOURCE_REACHABLE,
		  "no source gives valid time; nothing will be tried for %s",
		  text_wait(text, fmax(ns_interval(now, next), 0)));
}

static void client_tell_peers(struct ntp_client *client, enum provider_event event, raw_ns now)
{
	for (size_t i = 0; i < client->group.count; i++)
		peer_event(client->group.peers[i], event, now);
}

static void client_plan_network_change(struct ntp_client *client, raw_ns now)
{
	raw_ns earliest = ns_add(client->network_handled, NETWORK_INTERVAL);

	if (client->network_due != CLIENT_NEVER)
		return;
	client->network_due = ns_add(now, NETWORK_DELAY);
	if (client->network_due < earliest)
		client->network_due = earliest;
}

static void client_handle_network_change(struct ntp_client *client, raw_ns now)
{
	if (client->network_due > now)
		return;
	client->network_due = CLIENT_NEVER;
	client->network_handled = now;
	client_tell_peers(client, PROVIDER_NETWORK_CHANGED, now);
}

raw_ns client_next_due(const struct ntp_client *client)
{
	raw_ns due = CLIENT_NEVER;

	for (size_t i = 0; i < client->group.count; i++) {
		raw_ns peer_due = peer_next_due(client->group.peers[i]);

		if (peer_due < due)
			due = peer_due;
	}
	if (client->group.resyncing && client->resync.deadline < due)
		due = client->resync.deadline;
	if (client->network_due < due)
		due = client->network_due;
	if (client->reachability_changed && client->reachability_due < due)
		due = client->reachability_due;
	return due;
}

static void client_set_timer(struct ntp_client *client, raw_ns now)
{
	raw_ns due = client_next_due(client);

	if (due == CLIENT_NEVER)
		loop_timer_stop(client->timer);
	else
		loop_timer_set(client->timer, ns_interval(now, due));
}

void client_run(struct ntp_client *client)
{
	struct clock_reading now;

	client_read_clock(client, &now);
	client_handle_network_change(client, now.raw);
	for (size_t i = 0; i < client->group.count; i++) {
		if (peer_run(client->group.peers[i], &now))
			client_check_skew(client, client->group.peers[i], now.raw);
	}
	client_update_fallbacks(client, &now);
	client_check_resync(client, now.raw);
	client_report_silence(client, now.raw);
	client_report_reachability(client, now.raw);
	client_set_timer(client, now.raw);
}

static void client_on_due(void *context)
{
	client_run(context);
}

/* ------------------------------------------------------------------------- */
/* Configuration */

/* PEERS as they were; those that are taken over become NULL. */
static struct peer *client_take_peer(struct peer **peers, size_t count,
				     const struct peer_entry *entry, bool is_controller)
{
	for (size_t i = 0; i < count; i++) {
		struct peer *peer = peers[i];

		if (peer != NULL && peer_is_controller(peer) == is_controller &&
		    peer_entry(peer)->port == entry->port &&
		    text_equal_nocase(peer_entry(peer)->host, entry->host)) {
			peers[i] = NULL;
			return peer;
		}
	}
	return NULL;
}

static void client_keep_or_create(struct ntp_client *client, struct peer **old, size_t old_count,
				  const struct peer_entry *entry, bool is_controller, raw_ns now)
{
	struct peer *peer = client_take_peer(old, old_count, entry, is_controller);

	if (peer != NULL)
		peer_configure(peer, entry, now);
	else
		peer = peer_create(&client->group, entry, is_controller, now);
	if (peer != NULL)
		client->group.peers[client->group.count++] = peer;
	else
		log_event(client->group.environment.log, LOG_LEVEL_ERROR, EVENT_NONE,
			  "not enough memory for peer %s", entry->text);
}

/* What SETTINGS say, but no peer unless the client is enabled. */
static void client_take_settings(struct ntp_client *client,
				 const struct ntp_client_settings *settings)
{
	client->group.settings = *settings;
	if (settings->enabled)
		return;
	client->group.settings.peers.count = 0;
	client->group.settings.domain_peer.host[0] = '\0';
}

void ntp_client_configure(struct ntp_client *client, const struct ntp_client_settings *settings)
{
	struct peer_group *group = &client->group;
	const struct ntp_client_settings *wanted = &group->settings;
	struct peer *old[PEER_GROUP_MAX];
	size_t old_count = group->count;
	raw_ns now = client_read_raw(client);
	bool other_signature = wanted->domain_extended != settings->domain_extended ||
			       wanted->domain_legacy_denied != settings->domain_legacy_denied;

	memcpy(old, group->peers, sizeof old);
	client_take_settings(client, settings);
	group->count = 0;
	if (other_signature && old_count > 0 && peer_is_controller(old[0]))
		peer_reassociate(old[0], now);
	if (wanted->domain_peer.host[0] != '\0')
		client_keep_or_create(client, old, old_count, &wanted->domain_peer, true, now);
	for (size_t i = 0; i < wanted->peers.count; i++)
		client_keep_or_create(client, old, old_count, &wanted->peers.entries[i], false,
				      now);
	for (size_t i = 0; i < old_count; i++) {
		if (old[i] != NULL)
			peer_destroy(old[i]);
	}
	for (size_t i = 0; i < group->count; i++)
		peer_list_changed(group->peers[i], now);
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
	made->group.environment = *environment;
	made->group.ready = client_on_due;
	made->group.context = made;
	made->network_due = CLIENT_NEVER;
	made->network_handled = INT64_MIN;
	made->reachability_due = ns_add(client_read_raw(made), REACHABILITY_FIRST);
	if (loop_timer_create(&made->timer, environment->loop, client_on_due, made) < 0) {
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
	for (size_t i = 0; i < client->group.count; i++)
		peer_destroy(client->group.peers[i]);
	loop_timer_destroy(client->timer);
	free(client);
}

/* ------------------------------------------------------------------------- */

void ntp_client_event(struct ntp_client *client, enum provider_event event)
{
	raw_ns now = client_read_raw(client);

	if (event == PROVIDER_RESUMED)
		resolver_refresh(client->group.environment.resolver);
	if (event == PROVIDER_NETWORK_CHANGED)
		client_plan_network_change(client, now);
	else
		client_tell_peers(client, event, now);
	client_wake(client);
}

void ntp_client_retry_controller(struct ntp_client *client)
{
	if (client->group.count == 0 || !peer_is_controller(client->group.peers[0]))
		return;
	peer_retry_controller(client->group.peers[0], client_read_raw(client));
	client_wake(client);
}

void ntp_client_resync(struct ntp_client *client, double timeout,
		       void (*done)(void *context, unsigned good), void *context)
{
	raw_ns now = client_read_raw(client);

	if (client->group.resyncing)
		client_finish_resync(client);
	client->group.resyncing = true;
	client->resync.deadline = ns_add(now, timeout);
	client->resync.done = done;
	client->resync.context = context;
	for (size_t i = 0; i < client->group.count; i++)
		peer_resync(client->group.peers[i], now);
	client_wake(client);
}

/* ------------------------------------------------------------------------- */

size_t ntp_client_peer_count(const struct ntp_client *client)
{
	return client->group.count;
}

void ntp_client_peer(const struct ntp_client *client, size_t index, struct peer_status *status)
{
	struct clock_reading now = client->last_reading;

	(void)clock_read(client->group.environment.clock, &now);
	peer_status(client->group.peers[index], now.raw, status);
}

int ntp_client_find_source(const struct ntp_client *client, source_id id,
			   struct peer_status *status)
{
	for (size_t i = 0; i < client->group.count; i++) {
		if (id != 0 && peer_source(client->group.peers[i]) == id) {
			ntp_client_peer(client, i, status);
			return 0;
		}
	}
	return -ENOENT;
}

#include "domain/locator.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "loop/loop.h"
#include "platform/udp.h"

#define NETBIOS_NAME_MAX 15

static monotonic_ns locator_now(const struct locator *locator)
{
	return locator->environment.now(locator->environment.context);
}

static void locator_wake(struct locator *locator)
{
	locator->environment.wake(locator->environment.context);
}

/* ------------------------------------------------------------------------- */
/* Pings */

static void locator_close_ping(struct locator_ping *ping)
{
	if (ping->candidate == NULL)
		return;
	loop_watch_destroy(ping->readable);
	ping->readable = NULL;
	udp_close(ping->socket);
	ping->candidate = NULL;
}

/* The candidate's turn is over when nothing of it is waited for. */
static void locator_check_candidate(struct locator_candidate *candidate)
{
	struct locator *locator = candidate->locator;

	for (size_t i = 0; i < LOCATOR_PINGS_MAX; i++) {
		if (locator->pings[i].candidate == candidate)
			return;
	}
	candidate->state = LOCATOR_FINISHED;
	/* No need to wait for what does not come. */
	if (locator->gathered == INT64_MAX)
		locator->next_turn = locator_now(locator);
	locator_wake(locator);
}

static void locator_end_candidate(struct locator_candidate *candidate)
{
	struct locator *locator = candidate->locator;

	if (candidate->query != NULL)
		resolver_cancel(candidate->query);
	candidate->query = NULL;
	for (size_t i = 0; i < LOCATOR_PINGS_MAX; i++) {
		if (locator->pings[i].candidate == candidate)
			locator_close_ping(&locator->pings[i]);
	}
	locator_check_candidate(candidate);
}

static int locator_send_ping(struct locator_ping *ping)
{
	struct locator *locator = ping->locator;
	struct udp_datagram datagram = { .remote = ping->address };
	char host[NETBIOS_NAME_MAX + 1];
	const struct netlogon_question question = { ping->message_id, locator->domain, host };
	int length;

	snprintf(host, sizeof host, "%.*s", NETBIOS_NAME_MAX, locator->computer);
	length = netlogon_question_encode(&question, datagram.data);
	if (length < 0)
		return length;
	datagram.length = (size_t)length;
	ping->resend = ns_add(locator_now(locator), LOCATOR_RESEND);
	length = udp_send(ping->socket, &datagram, 1);
	return length < 0 && length != -EAGAIN ? length : 0;
}

static bool locator_is_this_machine(const struct locator *locator,
				    const struct netlogon_answer *answer)
{
	char host[sizeof locator->computer + sizeof locator->domain];
	char netbios[NETBIOS_NAME_MAX + 1];

	/* Another domain may well have a machine of the same name. */
	if (locator->computer[0] == '\0' ||
	    !text_equal_nocase(locator->domain, locator->own_domain))
		return false;
	snprintf(host, sizeof host, "%s.%s", locator->computer, locator->domain);
	snprintf(netbios, sizeof netbios, "%.*s", NETBIOS_NAME_MAX, locator->computer);
	return text_equal_nocase(answer->host, host) ||
	       text_equal_nocase(answer->netbios_host, netbios);
}

/* What an answer is worth that came from where it should. */
static enum locator_verdict locator_judge(struct locator *locator, const struct locator_ping *ping,
					  const struct netlogon_answer *answer)
{
	const struct locator_candidate *candidate = ping->candidate;
	struct net_address addresses[DISCOVERY_ADDRESSES_MAX] = { ping->address };
	size_t count = 1;

	if (answer->opcode != NETLOGON_OPCODE_ANSWER) {
		log_debug(locator->environment.log, "%s does not serve at present (opcode %u)",
			  candidate->host, answer->opcode);
		return LOCATOR_UNFIT;
	}
	if (!text_equal_nocase(answer->domain, locator->domain) ||
	    !resolver_is_host_name(answer->host)) {
		log_debug(locator->environment.log, "%s answers for domain %s as %s: ignored",
			  candidate->host, answer->domain, answer->host);
		return LOCATOR_UNFIT;
	}
	if (locator_is_this_machine(locator, answer) != locator->itself)
		return LOCATOR_UNFIT;
	locator->heard = true;
	for (size_t i = 0; i < candidate->address_count; i++) {
		if (!net_address_equal(&candidate->addresses[i], &ping->address))
			addresses[count++] = candidate->addresses[i];
	}
	return locator->environment.heard(locator->environment.context, answer, addresses, count,
					  (size_t)(candidate - locator->candidates));
}

static void locator_take_answer(struct locator_ping *ping, const struct netlogon_answer *answer)
{
	struct locator *locator = ping->locator;
	enum locator_verdict verdict = locator_judge(locator, ping, answer);

	if (verdict == LOCATOR_ENOUGH)
		locator->gathered = locator_now(locator);
	else if (verdict == LOCATOR_FITS && locator->gathered == INT64_MAX)
		locator->closing = locator->gathered = ns_add(locator_now(locator),
							      LOCATOR_GATHERING);
	locator_end_candidate(ping->candidate);
}

/* False: the ping is over.  The socket lets nobody in but whom it asks. */
static bool locator_take_datagram(struct locator_ping *ping, const struct udp_datagram *datagram)
{
	struct netlogon_answer answer;
	int result;

	result = netlogon_answer_decode(datagram->data, datagram->length, ping->message_id,
					&answer);
	switch (result) {
	case 0:
		locator_take_answer(ping, &answer);
		return false;
	case -ENOENT: /* another domain's */
		locator_end_candidate(ping->candidate);
		return false;
	default: /* forged, or it will come again */
		return true;
	}
}

static void locator_on_datagrams(void *context)
{
	struct locator_ping *ping = context;
	struct locator_candidate *candidate = ping->candidate;
	struct udp_datagram datagrams[4];
	int count = udp_receive(ping->socket, datagrams, 4);

	if (count < 0) {
		locator_close_ping(ping);
		locator_check_candidate(candidate);
	}
	for (int i = 0; i < count; i++) {
		if (!locator_take_datagram(ping, &datagrams[i]))
			return;
	}
}

/* A place for a ping; when there is none, the one that was sent longest ago is
 * given up. */
static struct locator_ping *locator_free_ping(struct locator *locator)
{
	struct locator_ping *ping;
	struct locator_candidate *candidate;

	for (size_t i = 0; i < LOCATOR_PINGS_MAX; i++) {
		if (locator->pings[i].candidate == NULL)
			return &locator->pings[i];
	}
	ping = &locator->pings[locator->oldest];
	locator->oldest = (locator->oldest + 1) % LOCATOR_PINGS_MAX;
	candidate = ping->candidate;
	locator_close_ping(ping);
	locator_check_candidate(candidate);
	return ping;
}

static void locator_ping_address(struct locator_candidate *candidate,
				 const struct net_address *address)
{
	struct locator *locator = candidate->locator;
	struct locator_ping *ping = locator_free_ping(locator);
	struct udp_options options = { .connect = *address };

	/* Any address and port of ours. */
	options.bind.u.any.sa_family = address->u.any.sa_family;
	if (udp_open(&ping->socket, &options, NULL) != 0)
		return;
	if (loop_watch_readable(&ping->readable, locator->environment.loop,
				udp_handle(ping->socket), locator_on_datagrams, ping) < 0) {
		udp_close(ping->socket);
		return;
	}
	ping->locator = locator;
	ping->candidate = candidate;
	ping->address = *address;
	ping->message_id = 1 + (int32_t)randombytes_uniform(INT32_MAX);
	if (locator_send_ping(ping) != 0)
		locator_close_ping(ping);
}

/* ------------------------------------------------------------------------- */
/* Candidates */

static bool locator_is_own_address(const struct locator *locator, const struct net_address *address)
{
	return locator->environment.is_ourselves(locator->environment.context, address);
}

static bool locator_leads_to_ourselves(const struct locator_candidate *candidate)
{
	for (size_t i = 0; i < candidate->address_count; i++) {
		if (locator_is_own_address(candidate->locator, &candidate->addresses[i]))
			return true;
	}
	return false;
}

/* This machine is asked at its own addresses alone, where nobody else can answer:
 * a forged answer could make it the root of the forest's time. */
static void locator_ping_candidate(struct locator_candidate *candidate)
{
	struct locator *locator = candidate->locator;

	candidate->state = LOCATOR_PINGED;
	locator->resolved = true;
	for (size_t i = 0; i < candidate->address_count; i++) {
		const struct net_address *address = &candidate->addresses[i];

		if (locator->itself ? locator_is_own_address(locator, address)
				    : !locator_leads_to_ourselves(candidate))
			locator_ping_address(candidate, address);
	}
	locator_check_candidate(candidate);
}

static void locator_on_addresses(void *context, int status, const struct net_address *addresses,
				 size_t count)
{
	struct locator_candidate *candidate = context;

	candidate->query = NULL;
	if (status != 0)
		log_debug(candidate->locator->environment.log, "%s has no address",
			  candidate->host);
	if (count > DISCOVERY_ADDRESSES_MAX)
		count = DISCOVERY_ADDRESSES_MAX;
	memcpy(candidate->addresses, addresses, count * sizeof *addresses);
	candidate->address_count = count;
	if (count > 0)
		locator_ping_candidate(candidate);
	else
		locator_check_candidate(candidate);
}

static void locator_begin_candidate(struct locator_candidate *candidate)
{
	struct locator *locator = candidate->locator;

	if (candidate->address_count > 0) {
		locator_ping_candidate(candidate);
		return;
	}
	candidate->state = LOCATOR_RESOLVING;
	if (resolver_lookup(locator->environment.resolver, candidate->host, locator->port,
			    locator_on_addresses, candidate, &candidate->query) != 0)
		locator_check_candidate(candidate);
}

/* NULL: it is one already, or there is no room. */
static struct locator_candidate *locator_add_candidate(struct locator *locator, const char *host)
{
	struct locator_candidate *candidate;
	size_t length = strlen(host);

	for (size_t i = 0; i < locator->candidate_count; i++) {
		if (text_equal_nocase(locator->candidates[i].host, host))
			return NULL;
	}
	if (locator->candidate_count == DISCOVERY_CONTROLLERS_MAX || length > RESOLVER_NAME_MAX)
		return NULL;
	candidate = &locator->candidates[locator->candidate_count++];
	*candidate = (struct locator_candidate){ .locator = locator };
	memcpy(candidate->host, host, length);
	return candidate;
}

static void locator_add_services(struct locator *locator, const struct resolver_service *services,
				 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (text_equal_nocase(services[i].host, locator->present))
			locator_add_candidate(locator, services[i].host);
	}
	for (size_t i = 0; i < count; i++) {
		if (!text_equal_nocase(services[i].host, locator->present))
			locator_add_candidate(locator, services[i].host);
	}
}

static void locator_add_known(struct locator *locator)
{
	locator->patience = INT64_MAX;
	for (size_t i = 0; i < locator->known_count; i++) {
		const struct controller *known = &locator->known[i];
		struct locator_candidate *candidate = locator_add_candidate(locator, known->host);

		if (candidate == NULL)
			continue;
		for (size_t j = 0; j < known->address_count; j++) {
			candidate->addresses[j] = known->addresses[j];
			net_address_set_port(&candidate->addresses[j], locator->port);
		}
		candidate->address_count = known->address_count;
	}
}

/* The one that the system's own locator names, unless the name servers did. */
static void locator_add_named(struct locator *locator)
{
	const struct controller_hint_answer *named = &locator->system.answer;
	struct locator_candidate *candidate;

	if (named->host[0] == '\0')
		return;
	candidate = locator_add_candidate(locator, named->host);
	if (candidate == NULL)
		return;
	candidate->addresses[0] = named->address;
	net_address_set_port(&candidate->addresses[0], locator->port);
	candidate->address_count = 1;
}

static void locator_on_services(void *context, int status, const struct resolver_service *services,
				size_t count)
{
	struct locator *locator = context;

	locator->query = NULL;
	if (status == 0)
		locator_add_services(locator, services, count);
	locator_add_named(locator);
	if (status != 0 && status != -ENOENT)
		locator_add_known(locator);
	locator->empty = status == -ENOENT ? LOCATOR_NO_SERVICE : LOCATOR_NO_NAME_SERVER;
	locator->next_turn = locator_now(locator);
	locator_wake(locator);
}

/* Until they are given up on, the name servers come first. */
static void locator_on_system(void *context)
{
	struct locator *locator = context;

	if (locator->query == NULL || locator->patience == INT64_MAX)
		locator_add_named(locator);
	locator_wake(locator);
}

static void locator_ask_system(struct locator *locator, const struct locator_request *request)
{
	const struct controller_hint_request question = {
		.domain = request->domain,
		.site = request->site,
		.pdc = request->pdc,
		.reliable = request->reliable,
		.fresh = request->fresh,
	};

	system_locator_ask(&locator->system, locator->environment.loop, locator->environment.log,
			   &question, locator_on_system, locator);
}

/* ------------------------------------------------------------------------- */
/* The whole */

void locator_init(struct locator *locator, const struct locator_environment *environment)
{
	locator->environment = *environment;
	locator->outcome = LOCATOR_SILENT;
}

void locator_configure(struct locator *locator, const char *computer, const char *own_domain,
		       uint16_t port)
{
	snprintf(locator->own_domain, sizeof locator->own_domain, "%s", own_domain);
	snprintf(locator->computer, sizeof locator->computer, "%s", computer);
	locator->port = port;
}

void locator_stop(struct locator *locator)
{
	if (locator->query != NULL)
		resolver_cancel(locator->query);
	locator->query = NULL;
	system_locator_end(&locator->system);
	locator->begun = locator->candidate_count;
	for (size_t i = 0; i < locator->candidate_count; i++) {
		struct locator_candidate *candidate = &locator->candidates[i];

		if (candidate->query != NULL)
			resolver_cancel(candidate->query);
		candidate->query = NULL;
	}
	for (size_t i = 0; i < LOCATOR_PINGS_MAX; i++)
		locator_close_ping(&locator->pings[i]);
	locator->candidate_count = locator->begun = 0;
	if (locator->outcome == LOCATOR_UNDER_WAY)
		locator->outcome = LOCATOR_SILENT;
}

static int locator_ask_services(struct locator *locator, const struct locator_request *request)
{
	char name[256];
	int length;

	if (request->pdc)
		length = snprintf(name, sizeof name, "_ldap._tcp.pdc._msdcs.%s", request->domain);
	else if (request->site[0] != '\0')
		length = snprintf(name, sizeof name, "_ldap._tcp.%s._sites.dc._msdcs.%s",
				  request->site, request->domain);
	else
		length = snprintf(name, sizeof name, "_ldap._tcp.dc._msdcs.%s", request->domain);
	if (length < 0 || (size_t)length > RESOLVER_NAME_MAX)
		return -ENOENT;
	return resolver_lookup_services(locator->environment.resolver, name, locator_on_services,
					locator, &locator->query);
}

void locator_start(struct locator *locator, const struct locator_request *request)
{
	int result = 0;

	locator_stop(locator);
	snprintf(locator->domain, sizeof locator->domain, "%s", request->domain);
	snprintf(locator->present, sizeof locator->present, "%s", request->present);
	locator->known = request->known;
	locator->known_count = request->known_count;
	locator->itself = request->host[0] != '\0';
	locator->outcome = LOCATOR_UNDER_WAY;
	locator->next_turn = locator_now(locator);
	locator->deadline = ns_add(locator->next_turn, LOCATOR_TIME);
	locator->patience = ns_add(locator->next_turn, LOCATOR_PATIENCE);
	locator->closing = locator->gathered = INT64_MAX;
	locator->empty = LOCATOR_NO_SERVICE;
	locator->system.answer.host[0] = '\0';
	locator->resolved = locator->heard = false;
	locator->oldest = 0;
	if (locator->itself) {
		locator_add_candidate(locator, request->host);
	} else {
		locator_ask_system(locator, request);
		result = locator_ask_services(locator, request);
	}
	if (result != 0)
		locator_on_services(locator, result, NULL, 0);
}

static bool locator_is_waited_for(const struct locator *locator)
{
	if (locator->query != NULL || locator->begun < locator->candidate_count)
		return true;
	/* When somebody is there the system need not name another. */
	if (locator->system.hint != NULL && !locator->heard)
		return true;
	for (size_t i = 0; i < locator->candidate_count; i++) {
		if (locator->candidates[i].state != LOCATOR_FINISHED)
			return true;
	}
	return false;
}

static enum locator_outcome locator_finish(struct locator *locator)
{
	enum locator_outcome outcome;

	if (locator->outcome != LOCATOR_UNDER_WAY)
		outcome = locator->outcome;
	else if (locator->gathered != INT64_MAX)
		outcome = LOCATOR_ANSWERED;
	else if (locator->query != NULL)
		outcome = LOCATOR_NO_NAME_SERVER;
	else if (locator->candidate_count == 0)
		outcome = locator->empty;
	else
		outcome = locator->resolved ? LOCATOR_SILENT : LOCATOR_NO_ADDRESS;
	locator_stop(locator);
	return locator->outcome = outcome;
}

static void locator_resend_pings(struct locator *locator)
{
	for (size_t i = 0; i < LOCATOR_PINGS_MAX; i++) {
		struct locator_ping *ping = &locator->pings[i];
		struct locator_candidate *candidate = ping->candidate;

		if (candidate == NULL || ping->resend > locator_now(locator) ||
		    locator_send_ping(ping) == 0)
			continue;
		locator_close_ping(ping);
		locator_check_candidate(candidate);
	}
}

enum locator_outcome locator_run(struct locator *locator)
{
	monotonic_ns time = locator_now(locator);

	if (locator->outcome != LOCATOR_UNDER_WAY || time >= locator->deadline ||
	    time >= locator->gathered)
		return locator_finish(locator);
	locator_resend_pings(locator);
	if (locator->query != NULL && time >= locator->patience) {
		locator_add_named(locator);
		locator_add_known(locator);
	}
	while (locator->begun < locator->candidate_count && locator->next_turn <= time &&
	       time < locator->closing) {
		locator->next_turn = ns_add(time, LOCATOR_SPACING);
		if (locator->closing != INT64_MAX)
			locator->gathered = ns_add(time, LOCATOR_GATHERING);
		locator_begin_candidate(&locator->candidates[locator->begun++]);
	}
	return locator_is_waited_for(locator) ? LOCATOR_UNDER_WAY : locator_finish(locator);
}

monotonic_ns locator_due(const struct locator *locator)
{
	monotonic_ns due = locator->deadline < locator->gathered ? locator->deadline
								 : locator->gathered;

	if (locator->begun < locator->candidate_count && locator->next_turn < due &&
	    locator->next_turn < locator->closing)
		due = locator->next_turn;
	if (locator->query != NULL && locator->patience < due)
		due = locator->patience;
	for (size_t i = 0; i < LOCATOR_PINGS_MAX; i++) {
		if (locator->pings[i].candidate != NULL && locator->pings[i].resend < due)
			due = locator->pings[i].resend;
	}
	return due;
}

#include "domain_world.h"
#include "tests/event_loop.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "loopback.h"
#include "netlogon_fixture.h"

/* ------------------------------------------------------------------------- */
/* Domain controllers */

static struct netlogon_answer describe(const struct world_controller *controller)
{
	const struct domain_world *world = controller->world;
	struct netlogon_answer answer = { .opcode = 23, .flags = controller->flags };

	if (text_equal_nocase(controller->site, world->client_site))
		answer.flags |= NETLOGON_CLOSEST;
	snprintf(answer.forest, sizeof answer.forest, "%s", world->forest);
	snprintf(answer.domain, sizeof answer.domain, "%s", controller->domain);
	snprintf(answer.host, sizeof answer.host, "%s", controller->host);
	snprintf(answer.netbios_domain, sizeof answer.netbios_domain, "CORP");
	snprintf(answer.netbios_host, sizeof answer.netbios_host, "%.*s",
		 (int)strcspn(controller->host, "."), controller->host);
	snprintf(answer.site, sizeof answer.site, "%s", controller->site);
	snprintf(answer.client_site, sizeof answer.client_site, "%s", world->client_site);
	return answer;
}

static void send_answer(struct world_controller *controller, int socket,
			const struct udp_datagram *request, int32_t id,
			const struct netlogon_answer *answer)
{
	struct udp_datagram datagram = { .remote = request->remote };
	uint8_t structure[1024];
	size_t length = netlogon_structure(structure, answer);

	(void)controller;
	datagram.length = netlogon_datagram(datagram.data, id, structure, length);
	loopback_send(socket, &datagram);
}

/* The truth twisted, from another socket: another controller, better than all. */
static void forge(struct world_controller *controller, const struct udp_datagram *request,
		  int32_t id)
{
	struct netlogon_answer answer = describe(controller);
	uint16_t port = 0;
	int other = loopback_open("127.0.0.1", &port);

	snprintf(answer.host, sizeof answer.host, "evil.%s", controller->domain);
	answer.flags |= NETLOGON_PDC | NETLOGON_GOOD_TIME_SERVICE | NETLOGON_CLOSEST;
	for (unsigned i = 0; i < 50; i++)
		send_answer(controller, other, request, id, &answer);
	close(other);
	for (unsigned i = 0; i < 50; i++)
		send_answer(controller, controller->socket, request, id + 1 + (int32_t)i, &answer);
	for (unsigned i = 0; i < 50; i++) {
		struct udp_datagram rubbish = { .remote = request->remote, .length = i };

		memset(rubbish.data, 0x30, i);
		loopback_send(controller->socket, &rubbish);
	}
}

static void answer_ping(struct world_controller *controller, struct udp_datagram *request)
{
	struct netlogon_answer answer = describe(controller);
	int32_t id = controller->last_id;

	switch (controller->manner) {
	case CONTROLLER_SILENT:
	case CONTROLLER_DOWN:
		return;
	case CONTROLLER_NOT_ITS_DOMAIN:
		request->length = netlogon_datagram(request->data, id, NULL, 0);
		loopback_send(controller->socket, request);
		return;
	case CONTROLLER_PAUSED:
		answer.opcode = 24;
		break;
	case CONTROLLER_OTHER_DOMAIN:
		snprintf(answer.domain, sizeof answer.domain, "other.example");
		break;
	case CONTROLLER_ODD_NAME:
		snprintf(answer.host, sizeof answer.host, "dc1 $(reboot).corp.example");
		break;
	case CONTROLLER_WRONG_NUMBER:
		id ^= 1;
		break;
	case CONTROLLER_FLOODS:
		forge(controller, request, id);
		break;
	case CONTROLLER_GOOD:
		break;
	}
	send_answer(controller, controller->socket, request, id, &answer);
}

/* Where the number is in a DER question: behind two heads. */
static int32_t read_id(const struct udp_datagram *request)
{
	const uint8_t *at = request->data + (request->data[1] & 0x80 ? 3 : 2);
	uint32_t id = 0;

	ck_assert_uint_eq(at[0], 2);
	for (unsigned i = 0; i < at[1]; i++)
		id = id << 8 | at[2 + i];
	return (int32_t)id;
}

static void on_ping(evutil_socket_t handle, short what, void *context)
{
	struct world_controller *controller = context;
	struct udp_datagram datagrams[4];
	int count = loopback_receive(controller->socket, datagrams, 4);

	(void)handle;
	(void)what;
	for (int i = 0; i < count; i++) {
		controller->requests++;
		controller->last_id = read_id(&datagrams[i]);
		controller->last_time = controller->world->now;
		controller->last_request = datagrams[i];
		controller->answered = controller->manner != CONTROLLER_SILENT &&
				       controller->manner != CONTROLLER_WRONG_NUMBER;
		answer_ping(controller, &datagrams[i]);
	}
}

void domain_world_answer(struct world_controller *controller)
{
	struct netlogon_answer answer = describe(controller);

	send_answer(controller, controller->socket, &controller->last_request, controller->last_id,
		    &answer);
	controller->answered = true;
}

void domain_world_add_service(struct domain_world *world, const char *kind, const char *domain,
			      const char *target)
{
	char *name = world->service_names[world->service_count];

	ck_assert_uint_lt(world->service_count, DOMAIN_WORLD_SERVICES);
	snprintf(name, sizeof world->service_names[0], "_ldap._tcp.%s._msdcs.%s", kind, domain);
	/* In the order in which they are added. */
	world->services[world->service_count] = (struct world_service){
		name, target, 389, (uint16_t)world->service_count, 100,
	};
	world->service_count++;
}

struct world_controller *domain_world_add(struct domain_world *world, const char *host,
					  const char *domain, const char *site, unsigned number,
					  uint32_t flags)
{
	struct world_controller *controller = &world->controllers[world->controller_count++];
	char kind[64];

	ck_assert_uint_le(world->controller_count, DOMAIN_WORLD_CONTROLLERS);
	controller->world = world;
	controller->host = host;
	controller->domain = domain;
	controller->site = site;
	controller->flags = flags | NETLOGON_TIME_SERVICE;
	snprintf(controller->address_text, sizeof controller->address_text, "127.0.0.%u", number);
	controller->socket = loopback_listen(world->loop, controller->address_text,
					     &world->settings.port, on_ping, controller,
					     &controller->event);
	ck_assert_int_eq(net_address_parse(controller->address_text, world->settings.port,
					   &controller->address),
			 0);
	world->zone[world->name_count++] = (struct world_name){ host, { 0x7f000000u + number } };
	domain_world_add_service(world, "dc", domain, host);
	snprintf(kind, sizeof kind, "%s._sites.dc", site);
	domain_world_add_service(world, kind, domain, host);
	if (flags & NETLOGON_PDC)
		domain_world_add_service(world, "pdc", domain, host);
	return controller;
}

void domain_world_unregister(struct domain_world *world, const char *host)
{
	for (size_t i = 0; i < world->name_count; i++) {
		if (strcmp(world->zone[i].name, host) == 0)
			world->zone[i].name = "gone.example";
	}
	for (size_t i = 0; i < world->service_count; i++) {
		if (strcmp(world->services[i].target, host) == 0)
			world->services[i].name = "gone.example";
	}
}

/* ------------------------------------------------------------------------- */
/* The owner of the search */

static monotonic_ns read_time(void *context)
{
	const struct domain_world *world = context;

	return world->now;
}

static void on_chosen(void *context, const struct controller *controller)
{
	struct domain_world *world = context;

	world->choices++;
	world->any_chosen = controller != NULL;
	if (controller != NULL)
		world->chosen = *controller;
}

static bool is_ourselves(void *context, const struct net_address *address)
{
	const struct domain_world *world = context;

	return net_address_same_host(address, &world->ourselves);
}

static void on_changed(void *context)
{
	struct domain_world *world = context;

	world->changes++;
}

static void on_log(void *context, const struct log_record *record)
{
	struct domain_world *world = context;

	if (record->level < LOG_LEVEL_DEBUG && record->event == 0)
		snprintf(world->log_text, sizeof world->log_text, "%s", record->text);
	if (record->event == 0 || record->event >= sizeof world->events / sizeof world->events[0])
		return;
	world->events[record->event]++;
	snprintf(world->last_event_text, sizeof world->last_event_text, "%s", record->text);
}

void domain_world_open(struct domain_world *world)
{
	memset(world, 0, sizeof *world);
	world->loop = event_loop_create();
	world->log = log_create();
	world->sink = (struct log_sink){ .threshold = LOG_LEVEL_DEBUG,
					 .write = on_log,
					 .context = world };
	log_add_sink(world->log, &world->sink);
	ck_assert_int_eq(resolver_create(&world->resolver, world->loop, NULL), 0);
	world->dns.zone = world->zone;
	world->dns.services = world->services;
	name_server_open(&world->dns, world->loop, world->resolver);
	world->forest = "corp.example";
	world->client_site = "Branch";
	world->settings = (struct discovery_settings){
		.role = CONFIG_ROLE_MEMBER,
		.domain = "corp.example",
		.computer = "MEMBER1",
		.cross_site = CROSS_SITE_ALL,
		.backoff = 900,
		.backoff_max = 7,
		.port = loopback_free_port(),
	};
}

void domain_world_close(struct domain_world *world)
{
	discovery_destroy(world->discovery);
	resolver_destroy(world->resolver);
	for (size_t i = 0; i < world->controller_count; i++) {
		if (world->controllers[i].event == NULL)
			continue;
		event_free(world->controllers[i].event);
		close(world->controllers[i].socket);
	}
	name_server_close(&world->dns);
	log_destroy(world->log);
	loop_destroy(world->loop);
}

/* A controller that is down has no socket. */
static void apply_manners(struct domain_world *world)
{
	for (size_t i = 0; i < world->controller_count; i++) {
		struct world_controller *it = &world->controllers[i];

		if (it->manner == CONTROLLER_DOWN && it->event != NULL) {
			event_free(it->event);
			close(it->socket);
			it->event = NULL;
		} else if (it->manner != CONTROLLER_DOWN && it->event == NULL) {
			it->socket = loopback_listen(world->loop, it->address_text,
						     &world->settings.port, on_ping, it,
						     &it->event);
		}
	}
}

void domain_world_start(struct domain_world *world)
{
	const struct discovery_environment environment = {
		.loop = world->loop,
		.log = world->log,
		.resolver = world->resolver,
		.chosen = on_chosen,
		.is_ourselves = is_ourselves,
		.changed = on_changed,
		.context = world,
	};
	unsigned choices = world->choices, changes = world->changes;

	if (world->discovery != NULL) {
		discovery_configure(world->discovery, &world->settings);
	} else {
		ck_assert_int_eq(
			discovery_create(&world->discovery, &environment, &world->settings, NULL),
			0);
		world->discovery->read_time = read_time;
		world->discovery->time_context = world;
		discovery_search(world->discovery);
	}
	/* Never from within. */
	ck_assert_uint_eq(world->choices, choices);
	ck_assert_uint_eq(world->changes, changes);
	domain_world_pass(world, 0);
}

/* ------------------------------------------------------------------------- */
/* Time */

static const struct world_controller *controller_of(const struct domain_world *world,
						    const struct locator_ping *ping)
{
	for (size_t i = 0; i < world->controller_count; i++) {
		const struct world_controller *it = &world->controllers[i];

		if (it->event != NULL && net_address_equal(&it->address, &ping->address))
			return it;
	}
	return NULL; /* its port is closed */
}

static bool ping_is_under_way(const struct domain_world *world, const struct locator_ping *ping)
{
	const struct world_controller *controller = controller_of(world, ping);

	return controller == NULL || controller->last_id != ping->message_id ||
	       controller->answered;
}

/* Whether something is sure to come without time passing. */
static bool is_settled(const struct domain_world *world)
{
	const struct locator *locator = &world->discovery->locator;
	bool names = world->dns.zone != NULL;

	if (locator->query != NULL && names)
		return false;
	for (size_t i = 0; i < locator->begun; i++) {
		if (locator->candidates[i].query != NULL && names)
			return false;
	}
	for (size_t i = 0; i < LOCATOR_PINGS_MAX; i++) {
		if (locator->pings[i].candidate != NULL &&
		    ping_is_under_way(world, &locator->pings[i]))
			return false;
	}
	return true;
}

static bool tell_closed_port(const struct domain_world *world)
{
	for (size_t i = 0; i < LOCATOR_PINGS_MAX; i++) {
		const struct locator_ping *ping = &world->discovery->locator.pings[i];

		if (ping->candidate != NULL && controller_of(world, ping) == NULL)
			return TELL_CLOSED_PORT(ping->socket, ping->readable);
	}
	return false;
}

static void settle(struct domain_world *world)
{
	event_base_loop(event_loop_base(world->loop), EVLOOP_NONBLOCK);
	while (!is_settled(world))
		event_base_loop(event_loop_base(world->loop),
				tell_closed_port(world) ? EVLOOP_NONBLOCK : EVLOOP_ONCE);
	event_base_loop(event_loop_base(world->loop), EVLOOP_NONBLOCK);
}

void domain_world_pass(struct domain_world *world, double seconds)
{
	monotonic_ns end = ns_add(world->now, seconds), due;

	apply_manners(world);
	for (;;) {
		settle(world);
		due = discovery_due(world->discovery);
		if (due > end)
			break;
		if (due > world->now)
			world->now = due;
		discovery_run(world->discovery);
	}
	world->now = end;
}

const char *domain_world_chosen(const struct domain_world *world)
{
	return world->any_chosen ? world->chosen.host : "";
}

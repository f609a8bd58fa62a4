#include "server/served.h"

#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "loop/loop.h"
#include "platform/network_watch.h"

/* s; a port that another program has is let go without a word. */
#define LOOK_AGAIN 60.0

struct served {
	struct log *log;
	struct listeners *listeners;
	struct loop_timer *again;
	struct served_settings settings;
	struct listener_wish wishes[SERVED_MAX]; /* of SETTINGS, in their order */
	size_t count;
};

static void served_on_again(void *context)
{
	served_look_again(context);
}

struct served *served_create(struct loop *loop, struct log *log,
			     const struct listeners_handler *handler)
{
	struct served *served = calloc(1, sizeof *served);

	if (served == NULL)
		return NULL;
	served->log = log;
	served->listeners = listeners_create(loop, handler);
	if (served->listeners == NULL ||
	    loop_timer_create(&served->again, loop, served_on_again, served) < 0) {
		served_destroy(served);
		return NULL;
	}
	return served;
}

void served_destroy(struct served *served)
{
	if (served == NULL)
		return;
	loop_timer_destroy(served->again);
	listeners_destroy(served->listeners);
	free(served);
}

/* What SETTINGS mean now; the errors are still to come, but that there is no such
 * interface. */
static size_t served_wish(const struct served_settings *settings, struct listener_wish *wishes)
{
	if (!settings->enabled)
		return 0;
	wishes[0].error.code = wishes[1].error.code = 0;
	if (settings->bind_count == 0) {
		net_address_parse("0.0.0.0", settings->port, &wishes[0].address);
		net_address_parse("::", settings->port, &wishes[1].address);
		return 2;
	}
	for (size_t i = 0; i < settings->bind_count; i++) {
		struct net_address *address = &wishes[i].address;

		*address = settings->bind[i];
		wishes[i].error.code = -net_address_resolve_zone(address, settings->bind_zone[i]);
		net_address_unmap(address);
		net_address_set_port(address, settings->port);
	}
	return settings->bind_count;
}

/* The machine does not have the address, its family or its interface. */
static bool served_is_absent(const struct error *error)
{
	return error->code == EAFNOSUPPORT || error->code == EPROTONOSUPPORT ||
	       error->code == EADDRNOTAVAIL || error->code == ENODEV || error->code == ENXIO;
}

/* A family that this machine does not have is not missed where all addresses are meant
 * and there are some. */
static void served_excuse_family(const struct served *served, struct listener_wish *wishes,
				 size_t count)
{
	if (served->settings.bind_count > 0 || listeners_count(served->listeners) == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		if (served_is_absent(&wishes[i].error))
			wishes[i].error.code = 0;
	}
}

/* What was said of the same address the last time, or NULL. */
static const struct error *served_known(const struct served *served,
					const struct listener_wish *wish)
{
	for (size_t i = 0; i < served->count; i++) {
		if (net_address_port(&served->wishes[i].address) ==
			    net_address_port(&wish->address) &&
		    net_address_same_host(&served->wishes[i].address, &wish->address))
			return &served->wishes[i].error;
	}
	return NULL;
}

static void served_say(const struct served *served, size_t index, const struct listener_wish *wish)
{
	const char *zone = served->settings.bind_count > 0 ? served->settings.bind_zone[index] : "";
	struct net_address bare = wish->address;
	char host[NET_ADDRESS_TEXT_MAX];

	if (zone[0] != '\0')
		bare.u.v6.sin6_scope_id = 0;
	net_address_host_text(&bare, host);
	if (wish->error.code == 0)
		log_event(served->log, LOG_LEVEL_INFORMATION, EVENT_SERVED_AT_LAST,
			  "NtpServer answers at %s%s%s now", host, zone[0] == '\0' ? "" : "%",
			  zone);
	else if (served_is_absent(&wish->error))
		log_event(served->log, LOG_LEVEL_WARNING, EVENT_NOT_SERVED,
			  "NtpServer does not answer at %s%s%s until this machine has that "
			  "address",
			  host, zone[0] == '\0' ? "" : "%", zone);
	else
		log_event(served->log, LOG_LEVEL_WARNING, EVENT_NOT_SERVED,
			  "NtpServer does not answer at %s%s%s: %s; that is tried again every "
			  "minute",
			  host, zone[0] == '\0' ? "" : "%", zone, wish->error.text);
}

/* WISHES become what is known; what is new of them is said. */
static void served_take(struct served *served, const struct listener_wish *wishes, size_t count)
{
	bool waiting = false;

	for (size_t i = 0; i < count; i++) {
		const struct error *known = served_known(served, &wishes[i]);
		int before = known == NULL ? 0 : known->code;

		waiting = waiting || wishes[i].error.code != 0;
		if (wishes[i].error.code != before)
			served_say(served, i, &wishes[i]);
	}
	for (size_t i = 0; i < count; i++)
		served->wishes[i] = wishes[i];
	served->count = count;
	if (waiting)
		loop_timer_set(served->again, LOOK_AGAIN);
	else
		loop_timer_stop(served->again);
}

void served_look_again(struct served *served)
{
	struct listener_wish wishes[SERVED_MAX];
	size_t count = served_wish(&served->settings, wishes);

	listeners_change(served->listeners, wishes, count);
	served_excuse_family(served, wishes, count);
	served_take(served, wishes, count);
}

static void served_log(const struct served *served)
{
	char buffer[SERVED_MAX * (NET_ADDRESS_TEXT_MAX + 2)];
	char address[NET_ADDRESS_TEXT_MAX];
	struct text text;

	text_init(&text, buffer, sizeof buffer);
	for (size_t i = 0; i < listeners_count(served->listeners); i++)
		text_append(&text, "%s%s", i == 0 ? "" : ", ",
			    net_address_text(listeners_address(served->listeners, i), address));
	log_debug(served->log, "NtpServer answers at %s", text.length == 0 ? "no address" : buffer);
}

/* What nobody knew of before, and what does not go away by itself. */
static const struct error *served_find_trouble(const struct served *served,
					       const struct listener_wish *wishes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct error *known = served_known(served, &wishes[i]);

		if (wishes[i].error.code != 0 && !served_is_absent(&wishes[i].error) &&
		    (known == NULL || known->code == 0))
			return &wishes[i].error;
	}
	return NULL;
}

int served_change(struct served *served, const struct served_settings *settings,
		  struct error *error)
{
	struct listener_wish wishes[SERVED_MAX];
	size_t count = served_wish(settings, wishes);
	const struct error *trouble;

	listeners_change(served->listeners, wishes, count);
	trouble = error == NULL ? NULL : served_find_trouble(served, wishes, count);
	if (trouble != NULL) {
		*error = *trouble;
		served_look_again(served);
		return -error->code;
	}
	served->settings = *settings;
	served_excuse_family(served, wishes, count);
	served_log(served);
	served_take(served, wishes, count);
	return 0;
}

bool served_is_at(const struct served *served, const struct net_address *address)
{
	const struct served_settings *settings = &served->settings;

	if (!settings->enabled || net_address_port(address) != settings->port)
		return false;
	for (size_t i = 0; i < served->count && settings->bind_count > 0; i++) {
		if (net_address_same_host(&served->wishes[i].address, address))
			return true;
	}
	return settings->bind_count == 0 && network_is_own_address(address);
}

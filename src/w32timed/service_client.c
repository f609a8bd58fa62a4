/* What NtpClient asks and tells. */
#include "w32timed/service_internal.h"
#include "w32timed/settings.h"

static int source_added(void *context, source_id id, const struct sample_source *source)
{
	struct service *service = context;
	struct discipline_source_settings settings = {
		.fallback = source->fallback,
		.fixed_poll = source->fixed_poll,
		.poll_seconds = source->poll_seconds,
		.reference_id = source->reference_id,
	};

	return timekeeping_add_source(service->timekeeping, id, source->name, &settings);
}

static void source_removed(void *context, source_id id)
{
	struct service *service = context;

	timekeeping_remove_source(service->timekeeping, id);
}

/* What it gave stays. */
static void source_changed(void *context, source_id id, const struct sample_source *source)
{
	source_added(context, id, source);
}

static void source_unreachable(void *context, source_id id)
{
	struct service *service = context;

	timekeeping_source_unreachable(service->timekeeping, id);
}

static enum discipline_verdict measured(void *context, source_id id,
					const struct measurement *measurement)
{
	struct service *service = context;

	return timekeeping_measure(service->timekeeping, id, measurement);
}

static int wanted_poll(void *context, source_id id)
{
	struct service *service = context;

	return timekeeping_poll(service->timekeeping, id);
}

static bool interleave(void *context, source_id id)
{
	struct service *service = context;

	return timekeeping_wants_interleaved(service->timekeeping, id);
}

static bool fallback_needed(void *context)
{
	struct service *service = context;

	return !domain_time_is_settling(service->domain) &&
	       timekeeping_fallback_needed(service->timekeeping);
}

/* Whoever follows himself believes all the more in what he had before. */
static bool is_ourselves(void *context, const struct net_address *address)
{
	struct service *service = context;
	struct ntp_server_settings server;

	settings_server(service->config, &server);
	if (!server.enabled || net_address_port(address) != server.port)
		return false;
	for (size_t i = 0; i < server.bind_count; i++) {
		if (net_address_same_host(&server.bind[i], address))
			return true;
	}
	return server.bind_count == 0 && network_is_own_address(address);
}

static struct authentication *authentication(void *context)
{
	struct service *service = context;

	return domain_time_authentication(service->domain);
}

static void domain_answered(void *context)
{
	struct service *service = context;

	domain_time_answered(service->domain);
}

static void domain_doubted(void *context)
{
	struct service *service = context;

	domain_time_doubted(service->domain);
}

static void domain_failed(void *context, enum ntp_client_domain_failure why)
{
	struct service *service = context;

	domain_time_failed(service->domain, why);
}

const struct ntp_client_callbacks service_client_callbacks = {
	.source_added = source_added,
	.source_removed = source_removed,
	.source_changed = source_changed,
	.source_unreachable = source_unreachable,
	.measurement = measured,
	.poll = wanted_poll,
	.interleave = interleave,
	.fallback_needed = fallback_needed,
	.authentication = authentication,
	.domain_answered = domain_answered,
	.domain_doubted = domain_doubted,
	.domain_failed = domain_failed,
	.is_ourselves = is_ourselves,
};

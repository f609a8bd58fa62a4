/* What NtpClient asks and tells. */
#include "w32timed/service_internal.h"
#include "w32timed/settings.h"

static int source_added(void *context, source_id id, const struct sample_source *source)
{
	struct service *service = context;

	return service->sink.add(service->sink.context, id, source);
}

static void source_removed(void *context, source_id id)
{
	struct service *service = context;

	service->sink.remove(service->sink.context, id);
}

/* What it gave stays. */
static void source_changed(void *context, source_id id, const struct sample_source *source)
{
	source_added(context, id, source);
}

static void source_unreachable(void *context, source_id id)
{
	struct service *service = context;

	service->sink.unreachable(service->sink.context, id);
}

static struct clock_reading clock_now(const struct service *service)
{
	struct clock_reading now = { .uncertainty = 1 };

	clock_read(service->environment.clock, &now);
	return now;
}

static enum discipline_verdict measured(void *context, source_id id,
					const struct measurement *measurement)
{
	struct service *service = context;
	struct clock_reading now = clock_now(service);
	struct sample_outcome outcome;

	service->sink.sample(service->sink.context, id, measurement, &now, &outcome);
	service->interleave_id[id % SERVICE_INTERLEAVE] = id;
	service->interleave_until[id % SERVICE_INTERLEAVE] = ns_add(now.raw,
								    outcome.interleave_within);
	return outcome.verdict;
}

static int wanted_poll(void *context, source_id id)
{
	struct service *service = context;
	struct discipline_source_status status;

	timekeeping_source_status(service->timekeeping, id, &status);
	return status.poll;
}

static bool interleave(void *context, source_id id)
{
	struct service *service = context;

	return service->interleave_id[id % SERVICE_INTERLEAVE] == id &&
	       clock_now(service).raw < service->interleave_until[id % SERVICE_INTERLEAVE];
}

static bool fallback_needed(void *context)
{
	struct service *service = context;
	struct clock_reading now = clock_now(service);

	return service->sink.fallback_needed(service->sink.context, &now);
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

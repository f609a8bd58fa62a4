/* Domain time in the service: what NtpClient, the announcement and the domain
 * (domain_time.h) have to tell each other. */
#include <errno.h>

#include "w32timed/service_internal.h"
#include "w32timed/settings.h"

void service_client_settings(const struct service *service, struct ntp_client_settings *settings)
{
	settings_client(service->config, domain_time_is_used(service->domain), settings);
	domain_time_add_peer(service->domain, settings);
}

void service_timekeeping_settings(const struct service *service,
				  struct timekeeping_settings *settings)
{
	settings_timekeeping(service->config, service->environment.clock, service->precision,
			     settings);
	settings->announce.root_controller = domain_time_is_root(service->domain);
}

/* ------------------------------------------------------------------------- */
/* What the domain tells */

static void service_peer_changed(void *context)
{
	struct service *service = context;
	struct ntp_client_settings settings;

	if (service->client == NULL)
		return;
	service_client_settings(service, &settings);
	ntp_client_configure(service->client, &settings);
}

static void service_ask_again(void *context)
{
	struct service *service = context;

	if (service->client != NULL)
		ntp_client_retry_controller(service->client);
}

static void service_place_changed(void *context)
{
	struct service *service = context;
	struct timekeeping_settings settings;

	if (service->closing)
		return;
	service_timekeeping_settings(service, &settings);
	timekeeping_configure(service->timekeeping, &settings);
}

/* Whatever is served there. */
static bool service_is_own_address(void *context, const struct net_address *address)
{
	(void)context;
	return network_is_own_address(address);
}

static void service_account_changed(void *context)
{
	struct service *service = context;

	service_follow_role(service);
	domain_time_account_changed(service->domain);
}

/* ------------------------------------------------------------------------- */
/* What NtpServer asks */

static void service_signer_connected(void *context, int status, socket_handle handle)
{
	struct service *service = context;

	ntp_server_signer_connected(service->server, status, handle);
}

int service_connect_signer(void *context)
{
	struct service *service = context;

	if (service->environment.account == NULL)
		return -EACCES;
	return account_client_signer(service->environment.account, service_signer_connected,
				     service);
}

/* ------------------------------------------------------------------------- */

int service_domain_create(struct service *service, struct error *error)
{
	struct domain_time_environment environment = {
		.loop = service->environment.loop,
		.log = service->environment.logging->log,
		.resolver = service->resolver,
		.account = service->environment.account,
		.peer_changed = service_peer_changed,
		.ask_again = service_ask_again,
		.place_changed = service_place_changed,
		.is_ourselves = service_is_own_address,
		.context = service,
	};
	struct domain_time_settings settings;
	int result;

	domain_time_read_settings(service->config, &settings);
	result = domain_time_create(&service->domain, &environment, &settings, error);
	if (result == 0 && environment.account != NULL)
		account_client_notify(environment.account, service_account_changed, service);
	return result;
}

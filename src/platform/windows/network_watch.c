#include "config.h"

#include "platform/network_watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "platform/windows/error.h"
#include "platform/windows/socket.h"

#define NOTIFICATIONS 3

/* What a machine with some interfaces needs; GetAdaptersAddresses() tells when it
 * is more. */
#define LIST_SIZE     16384
#define LIST_ATTEMPTS 4

struct network_watch {
	socket_handle bell;
	HANDLE notifications[NOTIFICATIONS];
	uint64_t fingerprint; /* of interfaces, addresses and default routes */
	bool known;           /* the fingerprint could be taken */
};

/* FNV-1a */
#define HASH_START UINT64_C(0xcbf29ce484222325)

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t length)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* All interfaces with their addresses and gateways; allocated, NULL: no memory, or
 * the system does not tell. */
static IP_ADAPTER_ADDRESSES *list_adapters(void)
{
	const ULONG flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST |
			    GAA_FLAG_SKIP_DNS_SERVER | GAA_FLAG_SKIP_FRIENDLY_NAME |
			    GAA_FLAG_INCLUDE_GATEWAYS;
	ULONG size = LIST_SIZE, result = ERROR_BUFFER_OVERFLOW;
	IP_ADAPTER_ADDRESSES *list = NULL;

	for (int i = 0; i < LIST_ATTEMPTS && result == ERROR_BUFFER_OVERFLOW; i++) {
		free(list);
		list = malloc(size);
		if (list == NULL)
			return NULL;
		result = GetAdaptersAddresses(AF_UNSPEC, flags, NULL, list, &size);
	}
	if (result == NO_ERROR)
		return list;
	free(list);
	return NULL;
}

static uint64_t hash_address(uint64_t hash, const SOCKET_ADDRESS *address)
{
	return hash_bytes(hash, address->lpSockaddr, (size_t)address->iSockaddrLength);
}

/* An address that is still being checked for duplicates is none yet. */
static uint64_t hash_adapter(uint64_t hash, const IP_ADAPTER_ADDRESSES *adapter)
{
	const DWORD name[] = { adapter->IfIndex, adapter->Ipv6IfIndex };

	if (adapter->OperStatus != IfOperStatusUp)
		return hash;
	hash = hash_bytes(hash, name, sizeof name);
	for (const IP_ADAPTER_UNICAST_ADDRESS *entry = adapter->FirstUnicastAddress; entry != NULL;
	     entry = entry->Next) {
		if (entry->DadState == IpDadStatePreferred ||
		    entry->DadState == IpDadStateDeprecated)
			hash = hash_address(hash, &entry->Address);
	}
	for (const IP_ADAPTER_GATEWAY_ADDRESS *entry = adapter->FirstGatewayAddress; entry != NULL;
	     entry = entry->Next)
		hash = hash_address(hash, &entry->Address);
	return hash;
}

static bool take_fingerprint(uint64_t *fingerprint)
{
	IP_ADAPTER_ADDRESSES *list = list_adapters();

	*fingerprint = HASH_START;
	if (list == NULL)
		return false;
	for (const IP_ADAPTER_ADDRESSES *adapter = list; adapter != NULL; adapter = adapter->Next)
		*fingerprint = hash_adapter(*fingerprint, adapter);
	free(list);
	return true;
}

/* --- Notifications, which come in threads of the system ------------------------- */

static void WINAPI on_interface(void *context, MIB_IPINTERFACE_ROW *row, MIB_NOTIFICATION_TYPE type)
{
	const struct network_watch *watch = context;

	(void)row;
	(void)type;
	socket_bell_ring(watch->bell);
}

static void WINAPI on_address(void *context, MIB_UNICASTIPADDRESS_ROW *row,
			      MIB_NOTIFICATION_TYPE type)
{
	const struct network_watch *watch = context;

	(void)row;
	(void)type;
	socket_bell_ring(watch->bell);
}

static void WINAPI on_route(void *context, MIB_IPFORWARD_ROW2 *row, MIB_NOTIFICATION_TYPE type)
{
	const struct network_watch *watch = context;

	(void)row;
	(void)type;
	socket_bell_ring(watch->bell);
}

static int ask_for_notifications(struct network_watch *watch)
{
	DWORD result = NotifyIpInterfaceChange(AF_UNSPEC, on_interface, watch, FALSE,
					       &watch->notifications[0]);

	if (result == NO_ERROR)
		result = NotifyUnicastIpAddressChange(AF_UNSPEC, on_address, watch, FALSE,
						      &watch->notifications[1]);
	if (result == NO_ERROR)
		result = NotifyRouteChange2(AF_UNSPEC, on_route, watch, FALSE,
					    &watch->notifications[2]);
	return -errno_from_windows(result);
}

int network_watch_open(struct network_watch **watch, struct error *error)
{
	struct network_watch *self = calloc(1, sizeof *self);
	int result;

	if (self == NULL)
		return error_set_system(error, ENOMEM, "cannot watch the network");
	self->bell = SOCKET_HANDLE_NONE;
	result = socket_bell_open(&self->bell, error);
	if (result == 0) {
		result = ask_for_notifications(self);
		if (result < 0)
			error_set_system(error, -result, "cannot watch the network");
	}
	if (result < 0) {
		network_watch_close(self);
		return result;
	}
	self->known = take_fingerprint(&self->fingerprint);
	*watch = self;
	return 0;
}

/* Cancelling waits for a notification that is under way. */
void network_watch_close(struct network_watch *watch)
{
	if (watch == NULL)
		return;
	for (int i = 0; i < NOTIFICATIONS; i++) {
		if (watch->notifications[i] != NULL)
			CancelMibChangeNotify2(watch->notifications[i]);
	}
	if (watch->bell != SOCKET_HANDLE_NONE)
		closesocket(watch->bell);
	free(watch);
}

socket_handle network_watch_handle(const struct network_watch *watch)
{
	return watch->bell;
}

/* Notifications repeat what is known: only what is new counts. */
bool network_watch_changed(struct network_watch *watch)
{
	uint64_t before = watch->fingerprint;
	bool was_known = watch->known;

	if (!socket_bell_answer(watch->bell))
		return false;
	watch->known = take_fingerprint(&watch->fingerprint);
	return !was_known || !watch->known || watch->fingerprint != before;
}

/* --- Own addresses -------------------------------------------------------------- */

static bool is_loopback(const struct net_address *address)
{
	return !net_address_is_v6(address) && ntohl(address->u.v4.sin_addr.s_addr) >> 24 == 127;
}

static bool has_address(const IP_ADAPTER_ADDRESSES *adapter, const struct net_address *address)
{
	for (const IP_ADAPTER_UNICAST_ADDRESS *entry = adapter->FirstUnicastAddress; entry != NULL;
	     entry = entry->Next) {
		struct net_address candidate = { 0 };

		if (entry->Address.lpSockaddr->sa_family != address->u.any.sa_family)
			continue;
		memcpy(&candidate, entry->Address.lpSockaddr, net_address_length(address));
		if (net_address_same_host(&candidate, address))
			return true;
	}
	return false;
}

bool network_is_own_address(const struct net_address *address)
{
	IP_ADAPTER_ADDRESSES *list;
	bool own = is_loopback(address);

	if (own || !net_address_is_set(address))
		return own;
	list = list_adapters();
	for (const IP_ADAPTER_ADDRESSES *adapter = list; adapter != NULL && !own;
	     adapter = adapter->Next)
		own = has_address(adapter, address);
	free(list);
	return own;
}

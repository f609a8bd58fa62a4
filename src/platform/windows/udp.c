#include "config.h"

#include "platform/udp.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* These want the above. */
#include <mswsock.h>

#include <bcrypt.h>

#include "platform/windows/error.h"
#include "platform/windows/socket.h"

/* MinGW's mswsock.h has SIO_UDP_CONNRESET only. */
#ifndef SIO_UDP_NETRESET
#define SIO_UDP_NETRESET _WSAIOW(IOC_VENDOR, 15)
#endif

/* Of <mstcpip.h>, which hides them from programs that run on older systems too. */
#define TIMESTAMPING_CODE     _WSAIOW(IOC_VENDOR, 235)
#define TIMESTAMPING_RECEIVED 0x1
#define TIMESTAMP_TYPE        0x300A

struct timestamping {
	ULONG flags;
	USHORT sent_kept;
};

/* Address and time stamp. */
#define CONTROL_SIZE 256

/* Windows hands out ports one after the other: who asks chooses his own of the
 * dynamic ones. */
#define PORT_FIRST    49152
#define PORT_COUNT    16384
#define PORT_ATTEMPTS 32

/* A stamp that is older than this, or from the future, is not on the scale of the
 * performance counter but on that of a network adapter, where somebody has chosen
 * that.  A counter of another frequency meets ours in passing at most. */
#define STAMP_AGE_MAX 1.0

struct udp_socket {
	socket_handle handle;
	bool v6;
	bool connected;
	bool stamped; /* received datagrams carry time stamps */
	LPFN_WSARECVMSG receive;
};

/* Bytes. */
#define LARGE_QUEUE (1 << 20)

union control {
	WSACMSGHDR align;
	char bytes[CONTROL_SIZE];
};

static int set_option(socket_handle handle, int level, int option, DWORD value)
{
	return setsockopt(handle, level, option, (const char *)&value, sizeof value) != 0
		       ? -errno_of_last_socket_error()
		       : 0;
}

static int set_flag(socket_handle handle, int level, int option)
{
	return set_option(handle, level, option, 1);
}

/* ICMP errors end the next receive of whoever sent.  A server that anybody may
 * send to must not mind, a client wants to know. */
static void choose_errors(const struct udp_socket *socket)
{
	BOOL wanted = socket->connected;
	DWORD length;

	WSAIoctl(socket->handle, SIO_UDP_CONNRESET, &wanted, sizeof wanted, NULL, 0, &length, NULL,
		 NULL);
	WSAIoctl(socket->handle, SIO_UDP_NETRESET, &wanted, sizeof wanted, NULL, 0, &length, NULL,
		 NULL);
}

/* Windows 11 and Server 2022 have them; without, the reader of the socket must
 * do with its own time. */
static void enable_times(struct udp_socket *socket)
{
	struct timestamping settings = { .flags = TIMESTAMPING_RECEIVED };
	DWORD length;

	socket->stamped = WSAIoctl(socket->handle, TIMESTAMPING_CODE, &settings, sizeof settings,
				   NULL, 0, &length, NULL, NULL) == 0;
}

static int find_receive(struct udp_socket *socket)
{
	GUID id = WSAID_WSARECVMSG;
	DWORD length;

	if (WSAIoctl(socket->handle, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id,
		     &socket->receive, sizeof socket->receive, &length, NULL, NULL) != 0)
		return -errno_of_last_socket_error();
	return socket->receive == NULL ? -ENOSYS : 0;
}

static int set_up(struct udp_socket *socket)
{
	int result = socket_make_private(socket->handle);

	if (result == 0 && socket->v6)
		result = set_flag(socket->handle, IPPROTO_IPV6, IPV6_V6ONLY);
	if (result == 0)
		result = find_receive(socket);
	if (result < 0)
		return result;
	/* Else another program might take our port's datagrams. */
	set_flag(socket->handle, SOL_SOCKET, SO_EXCLUSIVEADDRUSE);
	set_flag(socket->handle, socket->v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		 socket->v6 ? IPV6_PKTINFO : IP_PKTINFO);
	choose_errors(socket);
	enable_times(socket);
	return 0;
}

static int bind_to(const struct udp_socket *socket, const struct net_address *address)
{
	return bind(socket->handle, &address->u.any, net_address_length(address)) != 0
		       ? -errno_of_last_socket_error()
		       : 0;
}

/* Some ports are taken, or kept for others (-EACCES). */
static int bind_unpredictably(const struct udp_socket *socket, struct net_address address)
{
	uint16_t numbers[PORT_ATTEMPTS];
	int result = -EADDRINUSE;

	if (BCryptGenRandom(NULL, (PUCHAR)numbers, sizeof numbers,
			    BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0)
		return -EIO;
	for (unsigned i = 0; i < PORT_ATTEMPTS && (result == -EADDRINUSE || result == -EACCES);
	     i++) {
		net_address_set_port(&address, (uint16_t)(PORT_FIRST + numbers[i] % PORT_COUNT));
		result = bind_to(socket, &address);
	}
	return result;
}

static int attach(const struct udp_socket *socket, const struct udp_options *options,
		  struct error *error)
{
	char text[NET_ADDRESS_TEXT_MAX];
	int result = net_address_port(&options->bind) == 0
			     ? bind_unpredictably(socket, options->bind)
			     : bind_to(socket, &options->bind);

	if (result < 0)
		return error_set_system(error, -result, "cannot use %s",
					net_address_text(&options->bind, text));
	if (socket->connected && connect(socket->handle, &options->connect.u.any,
					 net_address_length(&options->connect)) != 0)
		return error_set_system(error, errno_of_last_socket_error(), "cannot reach %s",
					net_address_text(&options->connect, text));
	return 0;
}

static int open_socket(struct udp_socket *self, struct error *error)
{
	int result = socket_begin();

	if (result == 0) {
		self->handle = WSASocketW(self->v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0, NULL, 0,
					  WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
		if (self->handle == SOCKET_HANDLE_NONE)
			result = -errno_of_last_socket_error();
	}
	if (result < 0)
		return error_set_system(error, -result, "cannot open an %s socket",
					self->v6 ? "IPv6" : "IPv4");
	result = set_up(self);
	return result < 0 ? error_set_system(error, -result, "cannot set up a socket") : 0;
}

int udp_open(struct udp_socket **socket, const struct udp_options *options, struct error *error)
{
	struct udp_socket *self;
	int result;

	if (!net_address_is_set(&options->bind) ||
	    (net_address_is_set(&options->connect) &&
	     options->connect.u.any.sa_family != options->bind.u.any.sa_family))
		return error_set(error, EAFNOSUPPORT, "a socket needs addresses of one family");
	self = calloc(1, sizeof *self);
	if (self == NULL)
		return error_set_system(error, ENOMEM, "cannot open a socket");
	self->handle = SOCKET_HANDLE_NONE;
	self->v6 = net_address_is_v6(&options->bind);
	self->connected = net_address_is_set(&options->connect);
	result = open_socket(self, error);
	if (result == 0 && options->large_queue)
		set_option(self->handle, SOL_SOCKET, SO_RCVBUF, LARGE_QUEUE);
	if (result == 0)
		result = attach(self, options, error);
	if (result < 0) {
		udp_close(self);
		return result;
	}
	*socket = self;
	return 0;
}

void udp_close(struct udp_socket *socket)
{
	if (socket == NULL)
		return;
	if (socket->handle != SOCKET_HANDLE_NONE)
		closesocket(socket->handle);
	free(socket);
}

socket_handle udp_handle(const struct udp_socket *socket)
{
	return socket->handle;
}

/* --- Receiving ---------------------------------------------------------------- */

/* Windows' stamps count as its performance counter does; UTC was ours a moment
 * ago. */
static utc_ns utc_of_counter(uint64_t counter)
{
	const int64_t filetime_of_1970 = INT64_C(116444736000000000);
	LARGE_INTEGER now, frequency;
	FILETIME time;
	double age;

	GetSystemTimePreciseAsFileTime(&time);
	QueryPerformanceCounter(&now);
	QueryPerformanceFrequency(&frequency);
	age = (double)(now.QuadPart - (int64_t)counter) / (double)frequency.QuadPart;
	if (!(age >= 0 && age <= STAMP_AGE_MAX))
		return 0;
	return ns_add(
		((((int64_t)time.dwHighDateTime << 32) | time.dwLowDateTime) - filetime_of_1970) *
			100,
		-age);
}

/* Where it came to, if that is one address. */
static void read_local(const WSACMSGHDR *item, const void *data, struct udp_datagram *datagram)
{
	if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
		IN_PKTINFO info;

		memcpy(&info, data, sizeof info);
		datagram->interface = info.ipi_ifindex;
		datagram->to_many = datagram->to_many ||
				    IN_MULTICAST(ntohl(info.ipi_addr.s_addr)) ||
				    info.ipi_addr.s_addr == htonl(INADDR_BROADCAST);
		if (datagram->to_many)
			return;
		datagram->local.u.v4.sin_family = AF_INET;
		datagram->local.u.v4.sin_addr = info.ipi_addr;
	} else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
		IN6_PKTINFO info;

		memcpy(&info, data, sizeof info);
		datagram->interface = info.ipi6_ifindex;
		datagram->to_many = datagram->to_many || IN6_IS_ADDR_MULTICAST(&info.ipi6_addr);
		if (datagram->to_many)
			return;
		datagram->local.u.v6.sin6_family = AF_INET6;
		datagram->local.u.v6.sin6_addr = info.ipi6_addr;
		if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
			datagram->local.u.v6.sin6_scope_id = info.ipi6_ifindex;
	}
}

static void read_details(const struct udp_socket *socket, WSAMSG *message,
			 struct udp_datagram *datagram)
{
	datagram->to_many = (message->dwFlags & (MSG_BCAST | MSG_MCAST)) != 0;
	for (WSACMSGHDR *item = WSA_CMSG_FIRSTHDR(message); item != NULL;
	     item = WSA_CMSG_NXTHDR(message, item)) {
		const void *data = WSA_CMSG_DATA(item);
		uint64_t counter;

		read_local(item, data, datagram);
		if (!socket->stamped || item->cmsg_level != SOL_SOCKET ||
		    item->cmsg_type != TIMESTAMP_TYPE)
			continue;
		memcpy(&counter, data, sizeof counter);
		datagram->system_time = utc_of_counter(counter);
	}
}

/* 1, or a negative errno. */
static int receive_one(const struct udp_socket *socket, struct udp_datagram *datagram)
{
	union control control;
	WSABUF buffer = { sizeof datagram->data, (char *)datagram->data };
	WSAMSG message = { .name = &datagram->remote.u.any,
			   .namelen = sizeof datagram->remote,
			   .lpBuffers = &buffer,
			   .dwBufferCount = 1,
			   .Control = { sizeof control, control.bytes } };
	DWORD length = 0;

	memset(datagram, 0, offsetof(struct udp_datagram, data));
	if (socket->receive(socket->handle, &message, &length, NULL, NULL) != 0) {
		/* A larger one than we have room for. */
		if (WSAGetLastError() != WSAEMSGSIZE)
			return -errno_of_last_socket_error();
		length = sizeof datagram->data;
	}
	datagram->length = length;
	read_details(socket, &message, datagram);
	return 1;
}

/* What ICMP reports has other names here than elsewhere. */
static int meaning(const struct udp_socket *socket, int result)
{
	if (result == -ECONNRESET)
		return socket->connected ? -ECONNREFUSED : 0;
	if (result == -ENETRESET)
		return socket->connected ? -EHOSTUNREACH : 0;
	return result == -EAGAIN ? 0 : result;
}

int udp_receive(struct udp_socket *socket, struct udp_datagram *datagrams, unsigned capacity)
{
	unsigned total = 0;
	int result = 1;

	while (result > 0 && total < capacity) {
		result = receive_one(socket, &datagrams[total]);
		if (result > 0)
			total++;
	}
	return total > 0 ? (int)total : meaning(socket, result);
}

/* --- Sending ------------------------------------------------------------------ */

static void add_control(WSAMSG *message, union control *control, int level, int type,
			const void *data, size_t length)
{
	WSACMSGHDR *item;

	memset(control, 0, sizeof *control);
	message->Control = (WSABUF){ (ULONG)WSA_CMSG_SPACE(length), control->bytes };
	item = WSA_CMSG_FIRSTHDR(message);
	item->cmsg_level = level;
	item->cmsg_type = type;
	item->cmsg_len = WSA_CMSG_LEN(length);
	memcpy(WSA_CMSG_DATA(item), data, length);
}

static void add_source(WSAMSG *message, union control *control, const struct udp_datagram *datagram)
{
	if (net_address_is_v6(&datagram->local)) {
		IN6_PKTINFO info = { .ipi6_addr = datagram->local.u.v6.sin6_addr };

		if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
			info.ipi6_ifindex = datagram->local.u.v6.sin6_scope_id;
		add_control(message, control, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
	} else {
		IN_PKTINFO info = { .ipi_addr = datagram->local.u.v4.sin_addr };

		add_control(message, control, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
	}
}

/* Winsock's structures are not const though what they point to stays as it is. */
static void *unconst(const void *pointer)
{
	return (void *)(uintptr_t)pointer;
}

static int send_one(const struct udp_socket *socket, const struct udp_datagram *datagram)
{
	union control control;
	WSABUF buffer = { (ULONG)datagram->length, unconst(datagram->data) };
	WSAMSG message = { .lpBuffers = &buffer, .dwBufferCount = 1 };
	DWORD sent;
	int result;

	if (socket->connected) {
		result = WSASend(socket->handle, &buffer, 1, &sent, 0, NULL, NULL);
	} else if (!net_address_is_set(&datagram->local)) {
		result = WSASendTo(socket->handle, &buffer, 1, &sent, 0, &datagram->remote.u.any,
				   (int)net_address_length(&datagram->remote), NULL, NULL);
	} else {
		message.name = unconst(&datagram->remote.u.any);
		message.namelen = (INT)net_address_length(&datagram->remote);
		add_source(&message, &control, datagram);
		result = WSASendMsg(socket->handle, &message, 0, &sent, NULL, NULL);
	}
	return result != 0 ? -errno_of_last_socket_error() : 1;
}

int udp_send(struct udp_socket *socket, const struct udp_datagram *datagrams, unsigned count)
{
	unsigned total = 0;
	int result = 1;

	while (total < count) {
		result = send_one(socket, &datagrams[total]);
		if (result < 0)
			break;
		total++;
	}
	return total > 0 ? (int)total : result < 0 ? result : 0;
}

/* Windows has none that were on the same scale as UTC: the sender's own time is
 * as good. */
int udp_sent_time(struct udp_socket *socket, utc_ns *system_time)
{
	(void)socket;
	(void)system_time;
	return -EAGAIN;
}

unsigned udp_transmit_stamps(struct udp_socket *socket, struct udp_transmit_stamp *transmit_stamps,
			     unsigned capacity)
{
	(void)socket;
	(void)transmit_stamps;
	(void)capacity;
	return 0;
}

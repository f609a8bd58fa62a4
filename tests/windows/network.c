/* What the network of this Windows, usually Wine's, can do: each is tried as plainly
 * as possible, past the code that is tested. */
#include "posix.h"

/* These want the above. */
#include <mswsock.h>
#include <string.h>

#undef socket
#undef bind
#undef getsockname
#undef recv
#undef recvfrom
#undef send
#undef sendto
#undef setsockopt

/* ms; only what cannot be done takes so long. */
#define PATIENCE_MS 1000

#define TIMESTAMPING_CODE _WSAIOW(IOC_VENDOR, 235)

static struct sockaddr_in host(unsigned char number, unsigned short port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = port };

	address.sin_addr.s_addr = htonl(0x7f000000u | number);
	return address;
}

/* The port, in network byte order; 0: not there. */
static unsigned short open_at(struct sockaddr_in address, SOCKET *handle)
{
	int length = sizeof address;

	*handle = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(*handle, (const struct sockaddr *)&address, length) != 0 ||
	    getsockname(*handle, (struct sockaddr *)&address, &length) != 0)
		return 0;
	return address.sin_port;
}

static bool is_readable(SOCKET handle)
{
	WSAPOLLFD event = { .fd = handle, .events = POLLRDNORM };

	return WSAPoll(&event, 1, PATIENCE_MS) == 1;
}

/* Wine 8: a datagram socket at any IPv4 address but 127.0.0.1 is one at all of them
 * (server/sock.c, bind_to_interface()), so that each port is there once. */
bool posix_has_own_addresses(void)
{
	SOCKET first, second;
	unsigned short port = open_at(host(1, 0), &first);
	bool can = port != 0 && open_at(host(2, port), &second) == port;

	closesocket(first);
	closesocket(second);
	return can;
}

/* Wine: WSASendMsg() does not look at its control data. */
bool posix_has_chosen_sources(void)
{
	const struct sockaddr_in all = { .sin_family = AF_INET };
	union {
		WSACMSGHDR align;
		char bytes[64];
	} control = { .bytes = { 0 } };
	SOCKET server, client;
	struct sockaddr_in from = { 0 }, to = host(1, 0);
	IN_PKTINFO source = { .ipi_addr = host(2, 0).sin_addr };
	WSABUF buffer = { 1, (char *)&source };
	WSAMSG message = { .name = (struct sockaddr *)&to,
			   .namelen = sizeof to,
			   .lpBuffers = &buffer,
			   .dwBufferCount = 1,
			   .Control = { WSA_CMSG_SPACE(sizeof source), control.bytes } };
	WSACMSGHDR *item = WSA_CMSG_FIRSTHDR(&message);
	int length = sizeof from;
	DWORD sent;
	char byte;

	open_at(all, &server);
	to.sin_port = open_at(to, &client);
	item->cmsg_level = IPPROTO_IP;
	item->cmsg_type = IP_PKTINFO;
	item->cmsg_len = WSA_CMSG_LEN(sizeof source);
	memcpy(WSA_CMSG_DATA(item), &source, sizeof source);
	if (WSASendMsg(server, &message, 0, &sent, NULL, NULL) == 0 && is_readable(client))
		recvfrom(client, &byte, 1, 0, (struct sockaddr *)&from, &length);
	closesocket(server);
	closesocket(client);
	return from.sin_addr.s_addr == source.ipi_addr.s_addr;
}

/* Windows 11 and Server 2022 have them. */
bool posix_has_arrival_stamps(void)
{
	struct {
		ULONG flags;
		USHORT sent_kept;
	} settings = { .flags = 1 };
	SOCKET handle = socket(AF_INET, SOCK_DGRAM, 0);
	DWORD length;
	bool can = WSAIoctl(handle, TIMESTAMPING_CODE, &settings, sizeof settings, NULL, 0, &length,
			    NULL, NULL) == 0;

	closesocket(handle);
	return can;
}

/* Wine takes the error off the socket, tells nobody, and never again looks at the
 * socket (server/sock.c, sock_poll_event()). */
bool posix_has_refusals(void)
{
	struct sockaddr_in to = host(1, 0);
	SOCKET closed, client;
	char byte;
	bool can;

	to.sin_port = open_at(to, &closed);
	closesocket(closed);
	open_at(host(1, 0), &client);
	connect(client, (const struct sockaddr *)&to, sizeof to);
	send(client, "", 1, 0);
	can = is_readable(client) && recv(client, &byte, 1, 0) < 0 &&
	      WSAGetLastError() == WSAECONNRESET;
	closesocket(client);
	return can;
}

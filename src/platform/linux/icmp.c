#include "config.h"

#include "platform/icmp.h"

#include <errno.h>
#include <math.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/calendar.h"

#define HEADER_SIZE 8 /* type, code, checksum, identifier, sequence */
#define NONCE_SIZE  16

struct icmp_echo {
	int handle;
	bool v6, raw;
	utc_ns sent;
	uint8_t nonce[NONCE_SIZE]; /* what makes an answer ours */
};

/* A ping socket gives every user echo (within net.ipv4.ping_group_range) and
 * fills in identifier and checksum; a raw one is for the administrator. */
static int open_socket(struct icmp_echo *echo, int family)
{
	int protocol = family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;

	echo->handle = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	if (echo->handle >= 0)
		return 0;
	echo->raw = true;
	echo->handle = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	return echo->handle < 0 ? -errno : 0;
}

static uint16_t checksum(const uint8_t *data, size_t length)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)(data[i] << 8 | data[i + 1]);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static int send_request(struct icmp_echo *echo, const struct net_address *address)
{
	uint8_t request[HEADER_SIZE + NONCE_SIZE] = {
		[0] = echo->v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO, [7] = 1
	};
	uint16_t sum;

	randombytes_buf(echo->nonce, NONCE_SIZE);
	memcpy(request + HEADER_SIZE, echo->nonce, NONCE_SIZE);
	memcpy(request + 4, echo->nonce, 2);
	sum = checksum(request, sizeof request);
	if (!echo->v6) {
		request[2] = (uint8_t)(sum >> 8);
		request[3] = (uint8_t)sum;
	}
	echo->sent = calendar_now();
	if (connect(echo->handle, &address->u.any, net_address_length(address)) < 0 ||
	    send(echo->handle, request, sizeof request, 0) < 0)
		return -errno;
	return 0;
}

int icmp_echo_start(struct icmp_echo **result, const struct net_address *address,
		    struct error *error)
{
	struct icmp_echo *echo = calloc(1, sizeof *echo);
	const int on = 1;
	int code;

	if (echo == NULL)
		return error_set(error, ENOMEM, "no memory for an ICMP echo");
	echo->v6 = net_address_is_v6(address);
	code = open_socket(echo, echo->v6 ? AF_INET6 : AF_INET);
	if (code == 0) {
		setsockopt(echo->handle, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
		code = send_request(echo, address);
	}
	if (code < 0) {
		icmp_echo_free(echo);
		return error_set_system(error, -code, "cannot send an ICMP echo");
	}
	*result = echo;
	return 0;
}

socket_handle icmp_echo_handle(const struct icmp_echo *echo)
{
	return echo->handle;
}

/* Raw IPv4 sockets receive the IP header as well. */
static bool is_answer(const struct icmp_echo *echo, const uint8_t *data, size_t length)
{
	size_t offset = 0;

	if (echo->raw && !echo->v6 && length > 0)
		offset = (size_t)(data[0] & 0xf) * 4;
	return length >= offset + HEADER_SIZE + NONCE_SIZE &&
	       data[offset] == (echo->v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) &&
	       memcmp(data + offset + HEADER_SIZE, echo->nonce, NONCE_SIZE) == 0;
}

/* When the kernel had the answer, which may be long before we read it. */
static utc_ns arrival(struct msghdr *message)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	struct timespec time;

	for (; control != NULL; control = CMSG_NXTHDR(message, control)) {
		if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&time, CMSG_DATA(control), sizeof time);
		return time.tv_sec * NS_PER_SECOND + time.tv_nsec;
	}
	return calendar_now();
}

int icmp_echo_receive(struct icmp_echo *echo, double *delay)
{
	uint8_t data[256], control[CMSG_SPACE(sizeof(struct timespec))];
	struct iovec buffer = { data, sizeof data };
	struct msghdr message = { .msg_iov = &buffer, .msg_iovlen = 1 };
	ssize_t length;

	for (;;) {
		message.msg_control = control;
		message.msg_controllen = sizeof control;
		length = recvmsg(echo->handle, &message, 0);
		if (length < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (!is_answer(echo, data, (size_t)length))
			continue;
		*delay = fmax(ns_interval(echo->sent, arrival(&message)), 0);
		return 1;
	}
}

void icmp_echo_free(struct icmp_echo *echo)
{
	if (echo == NULL)
		return;
	if (echo->handle >= 0)
		close(echo->handle);
	free(echo);
}

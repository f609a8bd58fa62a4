/* ntp_offset ADDRESS PORT [COUNT]: how far an NTP server is from this
 * machine's clock.  Asks COUNT times (8), believes the quickest answer, and
 * prints
 *
 *     offset delay leap stratum distance
 *
 * offset, delay and distance in s, offset being server minus machine, distance how
 * far off the server says that it may be.  Whoever runs on a
 * simulated clock is thereby measured against the truth it knows nothing of. */
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

struct answer {
	double offset, delay, distance;
	int leap, stratum;
};

static int open_socket(const char *address, const char *port)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
					.ai_socktype = SOCK_DGRAM };
	struct addrinfo *found;
	int on = 1;
	int fd;

	if (getaddrinfo(address, port, &hints, &found) != 0)
		return -1;
	fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
	if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) != 0 ||
			connect(fd, found->ai_addr, found->ai_addrlen) != 0)) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

/* Receives one datagram with the kernel's time stamp; its length, or -1. */
static ssize_t receive(int fd, uint8_t *bytes, size_t size, struct timespec *when)
{
	union {
		struct cmsghdr align;
		char space[256];
	} control;
	struct iovec part = { .iov_base = bytes, .iov_len = size };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t length = recvmsg(fd, &message, 0);
	struct cmsghdr *item;

	clock_gettime(CLOCK_REALTIME, when);
	for (item = CMSG_FIRSTHDR(&message); item != NULL; item = CMSG_NXTHDR(&message, item)) {
		if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(when, CMSG_DATA(item), sizeof(*when));
	}
	return length;
}

static bool ask(int fd, struct answer *answer)
{
	uint8_t request[WIRE_LENGTH] = { 4 << 3 | 3 };
	uint8_t reply[2 * WIRE_LENGTH];
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	struct timespec sent, received;
	double out, back;

	if (getrandom(request + WIRE_TRANSMIT, 8, 0) != 8)
		return false;
	clock_gettime(CLOCK_REALTIME, &sent);
	if (send(fd, request, sizeof(request), 0) != (ssize_t)sizeof(request))
		return false;
	do {
		if (poll(&ready, 1, 1000) != 1)
			return false;
		if (receive(fd, reply, sizeof(reply), &received) < WIRE_LENGTH)
			return false;
	} while (memcmp(reply + WIRE_ORIGIN, request + WIRE_TRANSMIT, 8) != 0);

	out = wire_minus(reply + WIRE_RECEIVE, &sent);
	back = wire_minus(reply + WIRE_TRANSMIT, &received);
	answer->offset = (out + back) / 2;
	answer->delay = out - back;
	answer->distance = wire_short(reply + WIRE_ROOT_DELAY) / 2 +
			   wire_short(reply + WIRE_ROOT_DISPERSION);
	answer->leap = reply[0] >> 6;
	answer->stratum = reply[1];
	return true;
}

int main(int argc, char **argv)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	int count = argc > 3 ? atoi(argv[3]) : 8;
	struct answer best = { .delay = INFINITY };
	struct answer answer;
	int fd;

	if (argc < 3 || (fd = open_socket(argv[1], argv[2])) < 0) {
		fprintf(stderr, "usage: ntp_offset ADDRESS PORT [COUNT]\n");
		return 2;
	}
	while (count-- > 0) {
		if (ask(fd, &answer) && answer.delay < best.delay)
			best = answer;
		nanosleep(&pause, NULL);
	}
	close(fd);
	if (isinf(best.delay))
		return 1;
	printf("%+.9f %.9f %d %d %.9f\n", best.offset, best.delay, best.leap, best.stratum,
	       best.distance);
	return 0;
}

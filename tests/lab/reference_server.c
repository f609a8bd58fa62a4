/* reference_server ADDRESS PORT ORIGIN DRIFT_PPM [LEAP]: an NTP server of stratum 1
 * whose time is truth.h's, whatever becomes of the machine's clock; of a leap second
 * before the midnight LEAP it warns.  Runs until it is ended. */
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "truth.h"
#include "wire.h"

static int open_socket(const char *address, const char *port)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
					.ai_socktype = SOCK_DGRAM };
	struct addrinfo *found;
	int fd;

	if (getaddrinfo(address, port, &hints, &found) != 0)
		return -1;
	fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
	if (fd >= 0 && bind(fd, found->ai_addr, found->ai_addrlen) != 0) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

static void compose(uint8_t *reply, const uint8_t *request, const struct timespec *received,
		    bool warn)
{
	memset(reply, 0, WIRE_LENGTH);
	reply[0] = (uint8_t)((warn ? 1 << 6 : 0) | (request[0] & 0x38) | 4);
	reply[1] = 1;
	reply[2] = request[2];
	reply[3] = (uint8_t)-20;
	memcpy(reply + 12, "TRUE", 4);
	wire_put(reply + 16, received);
	memcpy(reply + WIRE_ORIGIN, request + WIRE_TRANSMIT, 8);
	wire_put(reply + WIRE_RECEIVE, received);
}

static void answer(int fd, const struct truth *truth)
{
	uint8_t request[2 * WIRE_LENGTH], reply[WIRE_LENGTH];
	struct sockaddr_storage from;
	socklen_t from_length = sizeof(from);
	struct timespec received, now;
	ssize_t length;

	length = recvfrom(fd, request, sizeof(request), 0, (struct sockaddr *)&from, &from_length);
	truth_now(truth, &received);
	if (length < WIRE_LENGTH || (request[0] & 7) != 3)
		return;
	compose(reply, request, &received, truth_will_leap(truth));
	truth_now(truth, &now);
	wire_put(reply + WIRE_TRANSMIT, &now);
	sendto(fd, reply, sizeof(reply), 0, (struct sockaddr *)&from, from_length);
}

int main(int argc, char **argv)
{
	struct truth truth;
	int fd;

	if (argc != 5 && argc != 6) {
		fprintf(stderr, "usage: reference_server ADDRESS PORT ORIGIN DRIFT_PPM [LEAP]\n");
		return 2;
	}
	truth = (struct truth){ .origin = atoll(argv[3]),
				.drift_ppm = atof(argv[4]),
				.leap = argc > 5 ? atoll(argv[5]) : 0 };
	fd = open_socket(argv[1], argv[2]);
	if (fd < 0) {
		perror("reference_server");
		return 1;
	}
	for (;;)
		answer(fd, &truth);
}

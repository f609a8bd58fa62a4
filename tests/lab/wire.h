/* NTP's 48 bytes as the lab's own small programs need them; written apart from
 * src/ntp on purpose, so that one mistake cannot hide behind itself. */
#ifndef W32TIMED_TESTS_LAB_WIRE_H
#define W32TIMED_TESTS_LAB_WIRE_H

#include <arpa/inet.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define WIRE_LENGTH          48
#define WIRE_ROOT_DELAY      4
#define WIRE_ROOT_DISPERSION 8
#define WIRE_ORIGIN          24
#define WIRE_RECEIVE         32
#define WIRE_TRANSMIT        40
#define WIRE_ERA_OFFSET      2208988800LL /* s, 1900 to 1970 */

static inline void wire_put(uint8_t *bytes, const struct timespec *time)
{
	uint32_t words[2];

	words[0] = htonl((uint32_t)(time->tv_sec + WIRE_ERA_OFFSET));
	words[1] = htonl((uint32_t)(((uint64_t)time->tv_nsec << 32) / 1000000000U));
	memcpy(bytes, words, sizeof(words));
}

/* In s. */
static inline double wire_short(const uint8_t *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return ldexp(ntohl(word), -16);
}

/* The time stamp minus TIME in s; right while they are less than 68 years apart. */
static inline double wire_minus(const uint8_t *bytes, const struct timespec *time)
{
	uint32_t words[2];
	int32_t seconds;

	memcpy(words, bytes, sizeof(words));
	seconds = (int32_t)(ntohl(words[0]) - (uint32_t)(time->tv_sec + WIRE_ERA_OFFSET));
	return seconds + (ldexp(ntohl(words[1]), -32) - 1e-9 * (double)time->tv_nsec);
}

#endif

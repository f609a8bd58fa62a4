/* The value of [Parameters] NtpServer: peers separated by blanks, each
 * "name[:port][,flags]", name being a host name or an address ("[v6]" with
 * brackets where a port follows).  Figures: 0 to 64 peers, each once. */
#ifndef W32TIMED_CONFIG_PEER_LIST_H
#define W32TIMED_CONFIG_PEER_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define PEER_LIST_MAX 64

enum peer_flag {
	PEER_SPECIAL_INTERVAL = 0x1,
	PEER_FALLBACK_ONLY = 0x2,
	PEER_SYMMETRIC_ACTIVE = 0x4,
	PEER_CLIENT = 0x8,
};

struct peer_entry {
	char text[300]; /* the entry as configured, flags and all: its name in /query */
	char host[256]; /* without brackets and port */
	uint16_t port;  /* 123 unless given */
	uint32_t flags; /* enum peer_flag */
	bool flags_given;
};

struct peer_list {
	struct peer_entry entries[PEER_LIST_MAX];
	size_t count;
};

/* Returns 0 or -EINVAL; ERROR names the entry and what is wrong with it. */
int peer_list_parse(const char *text, struct peer_list *list, struct error *error);

#endif

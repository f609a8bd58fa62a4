/* A signer on a Unix socket, driven by the test's event loop.  It signs with a
 * checksum that anybody can see, and does what it is told to for an account. */
#ifndef W32TIMED_TESTS_UNIT_FAKE_SIGND_H
#define W32TIMED_TESTS_UNIT_FAKE_SIGND_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

enum fake_signd_way {
	FAKE_SIGN,
	FAKE_FAIL,         /* the message that says no */
	FAKE_CLOSE,        /* closes the connection */
	FAKE_SILENT,       /* never answers, nor what comes after it */
	FAKE_BYTES,        /* signs, byte by byte */
	FAKE_SLOW,         /* signs, after FAKE_SLOW_NS */
	FAKE_GARBAGE,      /* bytes without sense */
	FAKE_WRONG_ID,     /* signs, with another packet id */
	FAKE_WRONG_HEADER, /* signs something else */
	FAKE_WRONG_KEY,    /* signs for another account */
	FAKE_TWICE,        /* answers twice */
};

#define FAKE_SLOW_NS 500000

extern char fake_signd_path[108];

/* What it has been asked, and how often it was connected to. */
extern unsigned fake_signd_asked, fake_signd_connections;
extern uint32_t fake_signd_last_key; /* the identifier's four bytes, little endian */

/* Makes a folder for the socket; nobody has asked anything. */
void fake_signd_set_up(struct loop *owner);
void fake_signd_start(void);
void fake_signd_stop(void); /* closes all, the socket's file goes */
void fake_signd_tear_down(void);

/* From here on; accounts that nobody named are signed for. */
void fake_signd_behave(uint32_t rid, enum fake_signd_way way);

/* The last 16 bytes of what it signs for KEY. */
void fake_signd_checksum(uint32_t key, const uint8_t header[48], uint8_t checksum[16]);

#endif

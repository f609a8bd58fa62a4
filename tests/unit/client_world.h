/* A small world around NtpClient for its tests: scripted NTP and DNS servers on
 * loopback, all in one event loop, and a clock that can be moved on.  Nothing
 * waits for real time to pass: what is due is made due. */
#ifndef W32TIMED_TESTS_UNIT_CLIENT_WORLD_H
#define W32TIMED_TESTS_UNIT_CLIENT_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/ntp_client.h"
#include "client/ntp_client_internal.h"
#include "client/peer_state.h"
#include "name_server.h"
#include "ntp/mssntp_client.h"
#include "ntp/packet.h"
#include "platform/udp.h"

struct event;
struct loop;

enum server_manner {
	SERVER_GOOD,
	SERVER_SILENT,
	SERVER_TWICE,        /* every answer comes two times */
	SERVER_WRONG_ORIGIN, /* only bogus answers */
	SERVER_BOGUS_FIRST,  /* a bogus one, then the good one */
	SERVER_RATE,
	SERVER_DENY,
	SERVER_UNSYNCHRONIZED,
	SERVER_VERSION_3, /* knows no other */
	SERVER_STALE,
	SERVER_INTERLEAVED,         /* knows RFC 9769 */
	SERVER_INTERLEAVED_TWICE,   /* and answers in both modes */
	SERVER_INTERLEAVED_WRONGLY, /* tells of an answer that left a minute later */
};

/* Which signed requests a server answers. */
enum world_signing {
	SIGNING_BOTH,
	SIGNING_LEGACY_ONLY,
	SIGNING_EXTENDED_ONLY,
};

/* Who stands in its path. */
enum world_attack {
	ATTACK_NONE,
	ATTACK_STRIP,          /* takes the signature away */
	ATTACK_ALTER,          /* changes one bit of the time */
	ATTACK_RESIGN,         /* signs with a key of his own */
	ATTACK_ONLY_REPLAY,    /* sends the answer before instead */
	ATTACK_REPLAY_FIRST,   /* sends it before the true one */
	ATTACK_FORGE_FIRST,    /* is quicker with another time */
	ATTACK_KISS_FIRST,     /* is quicker with a DENY */
	ATTACK_STRIPPED_FIRST, /* is quicker with an unsigned one */
	ATTACK_FLOOD_FIRST,    /* sends hundreds, then lets the true one through */
};

struct world;

struct world_server {
	struct world *world;
	int socket;
	struct event *event;
	enum server_manner manner;
	struct net_address address;
	uint16_t port;
	double offset; /* s, of its clock to the true time */
	unsigned requests, versions[5], modes[8];
	ntp_timestamp last_nonce; /* of the last request */
	/* Interleaved mode: requests that asked for it, the time stamps of the last
	 * answer, and how long before it left it says that it did. */
	unsigned asked_interleaved;
	ntp_timestamp last_receive, last_transmit;
	double lag;
	enum world_signing signing;
	enum world_attack attack;
	uint8_t key[MSSNTP_HASH_SIZE];
	struct mssntp_identifier signed_request; /* the last one */
	unsigned forms[2];                       /* signed requests, by their form */
	struct udp_datagram recorded;            /* the last signed answer */
	bool answered;                           /* it got a true answer */
	raw_ns last_request;                     /* when it came */
	unsigned last_added;                     /* the world's ADDED then */
};

struct world_clock {
	struct clock clock;
	/* It stands still but for what is skipped, so that no test depends on how
	 * fast the machine is; or it runs, and the kernel's time stamps are used. */
	bool runs;
	raw_ns raw_began;
	utc_ns utc_began;
	int64_t skipped_ns;
	unsigned translations;
	double translation_error; /* s, as if the system's clock had been set */
	int64_t suspended_ns;
};

#define WORLD_SERVERS 4

struct world {
	struct loop *loop;
	struct world_clock clock;
	struct log *log;
	struct log_sink sink;
	struct resolver *resolver;
	struct ntp_client *client;
	struct ntp_client_settings settings;
	struct world_server servers[WORLD_SERVERS];
	size_t server_count;
	struct name_server dns;
	unsigned events[512]; /* how often each was logged */
	char last_event_text[1024];
	/* what the callbacks heard */
	unsigned added, removed, changed, unreachable, measurements;
	source_id last_source;
	struct measurement last;
	bool last_fallback, last_fixed;
	double last_poll_seconds;
	/* what they say */
	enum discipline_verdict verdict;
	int poll;
	bool fallback_needed;
	struct net_address own_server; /* unset: none */
	double interleave_within;
	/* The machine's account; a RID of 0: it has no authentication. */
	struct mssntp_keys keys;
	bool extended_proven;
	unsigned domain_answers, domain_failures, domain_doubts;
	bool domain_settling;
	enum ntp_client_domain_failure domain_failure; /* the last */
	bool time_jumps; /* the next measurement makes the clock jump */
	unsigned resync_calls, resync_good;
};

void world_open(struct world *world);
void world_close(struct world *world);

/* HOST: "127.0.0.1"; PORT 0: any.  The server; its port is in it. */
struct world_server *world_serve(struct world *world, const char *host, uint16_t port,
				 enum server_manner manner);
void world_serve_names(struct world *world, const struct world_name *zone);

/* The domain's controller, its addresses being those of the world's first COUNT
 * servers; to be followed from the next world_start() on. */
void world_set_controller(struct world *world, const char *host, size_t count);

/* For client_world.c: whether the server answers a request like this one; whether
 * its answer comes; sends it (world_signing.c). */
bool world_takes_request(struct world_server *server, const struct udp_datagram *datagram);
bool world_answers_truly(const struct world_server *server);
void world_send_signed(struct world_server *server, struct udp_datagram *datagram);

/* A peer "HOST:PORT,FLAGS" more in the settings. */
void world_add_peer(struct world *world, const char *host, uint16_t port, uint32_t flags);
/* NtpClient with these settings, or told of them. */
void world_start(struct world *world);
/* One literal peer more in client mode, started. */
struct world_server *world_follow(struct world *world, enum server_manner manner);

/* Lets SECONDS pass, everything that falls due in them being done. */
void world_pass(struct world *world, double seconds);
/* Lets everything be done that needs no time to pass. */
void world_settle(struct world *world);
double world_now(const struct world *world); /* s, origin unknown */
raw_ns world_raw(const struct world *world);

void world_resync(struct world *world, double timeout);
struct peer_status world_peer(const struct world *world, size_t index);

#endif

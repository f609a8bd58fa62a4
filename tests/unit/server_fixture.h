/* An NtpServer on loopback, with a real event loop, a clock that is 1000 s ahead
 * of the system's, and sockets of our own for clients. */
#ifndef W32TIMED_TESTS_UNIT_SERVER_FIXTURE_H
#define W32TIMED_TESTS_UNIT_SERVER_FIXTURE_H

#include "ntp/packet.h"
#include "server/ntp_server.h"
#include "unit.h"

#define CLOCK_OFFSET 1000.0

/* s; only a test that is about to fail waits for so long. */
#define PATIENCE 20

/* Each test begins with what server_set_up() makes; where there is no fork() all run in one
 * process. */
extern struct loop *loop;
extern struct clock *served_clock;
extern struct ntp_server *server;
extern struct ntp_server_settings settings;

/* --- Clients --------------------------------------------------------------- */

struct net_address address(const char *text, uint16_t port);

/* -1: the machine does not have the family; any other failure is the test's. */
int client_open(const char *from, uint16_t port);
uint16_t client_port(int client);

/* Where a server at all IPv4 addresses can be asked: at 127.0.0.NUMBER, or always at
 * 127.0.0.1 where it cannot choose what it answers from. */
const char *asked_address(unsigned number);

/* Another address than 127.0.0.1 that the server can be bound to besides: 127.0.0.NUMBER,
 * or ::1. */
const char *other_address(unsigned number);
bool lacks_other_address(void);
const char *nobodys_address(void); /* one that this machine does not have */

void send_bytes(int client, const char *to, const void *data, size_t length);
void send_request(int client, const char *to, ntp_timestamp nonce);

/* The next answer to CLIENT; FROM may be NULL. */
struct ntp_header receive_answer(int client, struct net_address *from);

/* One request and its answer; nothing else may be waiting. */
struct ntp_header exchange(int client, const char *to);

utc_ns system_now(void);

/* How often the log was told that an address is not served, that it is at last. */
extern unsigned server_said[2];

/* --- The server under test ------------------------------------------------- */

/* SETTINGS are those of an enabled server at all addresses. */
void server_set_up(void);
void server_tear_down(void);
void start_server(void);             /* with SETTINGS, at a free port */
void start_server_at_its_port(void); /* which may be taken */
void bind_to(const char *text);
void configure(void); /* with what SETTINGS are now; it must succeed */
struct ntp_server_counters counters(void);

#endif

/* Servers of the client's world that sign, and who stands in the path. */
#include "client_world.h"

#include <check.h>
#include <sodium.h>
#include <string.h>

#include "loopback.h"
#include "ntp/mssntp.h"

/* s; far enough to be seen wherever it is believed. */
#define FORGED_TIME 3600

static void send_copy(struct world_server *server, const struct udp_datagram *datagram)
{
	loopback_send(server->socket, datagram);
}

static void sign(const struct world_server *server, uint8_t *data)
{
	const struct mssntp_identifier *request = &server->signed_request;
	uint8_t *checksum = data + (request->form == MSSNTP_EXTENDED ? 56 : 52);

	if (request->form == MSSNTP_EXTENDED)
		mssntp_sign_extended(server->key, request->rid, data, checksum);
	else
		mssntp_sign_legacy(server->key, data, checksum);
}

/* The server's answer, but an hour off; KISS: one that tells us to go away. */
static void send_forged(struct world_server *server, const struct udp_datagram *true_one, bool kiss)
{
	struct udp_datagram forged = *true_one;

	forged.data[NTP_HEADER_SIZE - 6] ^= FORGED_TIME >> 8;
	forged.data[NTP_HEADER_SIZE - 14] ^= FORGED_TIME >> 8;
	if (kiss) {
		forged.data[1] = 0;
		memcpy(forged.data + 12, "DENY", 4);
	}
	send_copy(server, &forged);
}

bool world_takes_request(struct world_server *server, const struct udp_datagram *datagram)
{
	struct mssntp_identifier *identifier = &server->signed_request;

	if (datagram->length <= NTP_HEADER_SIZE)
		return true;
	ck_assert_int_eq(mssntp_request_read(datagram->data, datagram->length, identifier), 0);
	ck_assert_uint_eq(identifier->rid, server->world->keys.rid);
	server->forms[identifier->form]++;
	return identifier->form == MSSNTP_LEGACY ? server->signing != SIGNING_EXTENDED_ONLY
						 : server->signing != SIGNING_LEGACY_ONLY;
}

bool world_answers_truly(const struct world_server *server)
{
	return server->attack != ATTACK_STRIP && server->attack != ATTACK_ALTER &&
	       server->attack != ATTACK_RESIGN && server->attack != ATTACK_ONLY_REPLAY;
}

void world_send_signed(struct world_server *server, struct udp_datagram *datagram)
{
	struct udp_datagram earlier = server->recorded;

	earlier.remote = datagram->remote;
	if (datagram->length > NTP_HEADER_SIZE)
		sign(server, datagram->data);
	server->recorded = *datagram;
	switch (server->attack) {
	case ATTACK_NONE:
		break;
	case ATTACK_STRIP:
		datagram->length = NTP_HEADER_SIZE;
		break;
	case ATTACK_ALTER:
		datagram->data[NTP_HEADER_SIZE - 5] ^= 0x04;
		break;
	case ATTACK_RESIGN:
		server->key[0] ^= 1;
		sign(server, datagram->data);
		server->key[0] ^= 1;
		break;
	case ATTACK_ONLY_REPLAY:
		*datagram = earlier;
		break;
	case ATTACK_REPLAY_FIRST:
		send_copy(server, &earlier);
		break;
	case ATTACK_FORGE_FIRST:
		send_forged(server, datagram, false);
		break;
	case ATTACK_FLOOD_FIRST:
		for (int i = 0; i < 400; i++)
			send_forged(server, datagram, false);
		break;
	case ATTACK_KISS_FIRST:
		send_forged(server, datagram, true);
		break;
	case ATTACK_STRIPPED_FIRST:
		earlier = *datagram;
		earlier.length = NTP_HEADER_SIZE;
		send_copy(server, &earlier);
		break;
	}
	send_copy(server, datagram);
}

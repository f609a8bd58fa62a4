#include "w32tm/probe.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "platform/calendar.h"
#include "platform/udp.h"
#include "platform/wait.h"
#include "w32tm/errors.h"

struct probe {
	struct udp_socket *socket;
	ntp_timestamp nonce; /* random, not the time: nobody else can know it */
	utc_ns sent;
	bool sent_known; /* from the kernel */
	struct udp_datagram datagram;
};

static int open_socket(struct probe *probe, const struct net_address *server, struct error *error)
{
	struct udp_options options = { .connect = *server, .send_times = true };
	bool v6 = net_address_is_v6(server);

	options.bind.u.any.sa_family = v6 ? AF_INET6 : AF_INET;
	return udp_open(&probe->socket, &options, error);
}

static int send_request(struct probe *probe, const struct net_address *server)
{
	struct udp_datagram *datagram = &probe->datagram;
	struct ntp_header header = { .version = 4, .mode = NTP_MODE_CLIENT };
	int sent;

	randombytes_buf(&probe->nonce, sizeof probe->nonce);
	header.transmit = probe->nonce;
	ntp_header_encode(&header, datagram->data);
	datagram->length = NTP_HEADER_SIZE;
	datagram->remote = *server;
	probe->sent = calendar_now();
	sent = udp_send(probe->socket, datagram, 1);
	return sent < 0 ? sent : sent == 1 ? 0 : -EAGAIN;
}

int probe_start(struct probe **result, const struct net_address *server, struct error *error)
{
	struct probe *probe = calloc(1, sizeof *probe);
	int code;

	if (probe == NULL)
		return error_set(error, ENOMEM, "no memory for an NTP request");
	code = open_socket(probe, server, error);
	if (code == 0) {
		code = send_request(probe, server);
		if (code < 0)
			error_set_system(error, -code, "cannot send an NTP request");
	}
	if (code < 0)
		probe_free(probe);
	else
		*result = probe;
	return code;
}

socket_handle probe_handle(const struct probe *probe)
{
	return udp_handle(probe->socket);
}

static bool is_answer(const struct probe *probe, const struct ntp_header *header)
{
	return header->mode == NTP_MODE_SERVER && header->origin == probe->nonce &&
	       header->receive != 0 && header->transmit != 0;
}

static void measure(const struct probe *probe, const struct ntp_header *header,
		    struct probe_answer *answer)
{
	utc_ns arrived = probe->datagram.system_time;

	if (arrived == 0)
		arrived = calendar_now();
	answer->header = *header;
	answer->sent = probe->sent;
	answer->arrived = arrived;
	ntp_offset_delay(probe->sent, ntp_to_utc(header->receive, arrived),
			 ntp_to_utc(header->transmit, arrived), arrived, &answer->offset,
			 &answer->delay);
}

int probe_receive(struct probe *probe, struct probe_answer *answer)
{
	struct ntp_packet packet;
	int received;

	if (!probe->sent_known)
		probe->sent_known = udp_sent_time(probe->socket, &probe->sent) == 0;
	while ((received = udp_receive(probe->socket, &probe->datagram, 1)) > 0) {
		if (ntp_packet_decode(probe->datagram.data, probe->datagram.length, &packet) < 0 ||
		    !is_answer(probe, &packet.header))
			continue;
		measure(probe, &packet.header, answer);
		return 1;
	}
	return received;
}

void probe_free(struct probe *probe)
{
	if (probe == NULL)
		return;
	udp_close(probe->socket);
	free(probe);
}

int probe_ask(const struct net_address *server, double timeout, struct probe_answer *answer)
{
	double end = wait_clock() + timeout, left = timeout;
	struct probe *probe;
	int result = probe_start(&probe, server, NULL);

	if (result < 0)
		return result;
	while (result == 0 && left > 0) {
		struct wait_handle handle = { .handle = probe_handle(probe) };

		result = wait_readable(&handle, 1, left);
		if (result >= 0)
			result = probe_receive(probe, answer);
		left = end - wait_clock();
	}
	probe_free(probe);
	return result < 0 ? result : result > 0 ? 0 : -ETIMEDOUT;
}

static int parse_port(const char *text, uint16_t *port)
{
	uint32_t number;

	if (text_parse_u32(text, &number) < 0 || number < 1 || number > UINT16_MAX)
		return -EINVAL;
	*port = (uint16_t)number;
	return 0;
}

static int set_host(struct probe_target *target, const char *host, size_t length)
{
	if (length == 0 || length >= sizeof target->host)
		return -EINVAL;
	memcpy(target->host, host, length);
	target->host[length] = '\0';
	return 0;
}

int probe_target_parse(const char *text, struct probe_target *target)
{
	const char *colon = strchr(text, ':'), *end = strchr(text, ']');

	target->port = NTP_PORT;
	if (text[0] == '[') {
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return -EINVAL;
		if (end[1] == ':' && parse_port(end + 2, &target->port) < 0)
			return -EINVAL;
		return set_host(target, text + 1, (size_t)(end - text) - 1);
	}
	if (colon == NULL || strchr(colon + 1, ':') != NULL)
		return set_host(target, text, strlen(text));
	if (parse_port(colon + 1, &target->port) < 0)
		return -EINVAL;
	return set_host(target, text, (size_t)(colon - text));
}

uint32_t probe_lookup_result(int result)
{
	return result == -ENOENT ? RESULT_HOST_NOT_FOUND : error_result(-result);
}

int probe_claim_family(struct options *options, int *family)
{
	const char *protocol = options_claim_value(options, "ipprotocol");

	*family = AF_UNSPEC;
	if (protocol == NULL)
		return 0;
	if (strcmp(protocol, "4") != 0 && strcmp(protocol, "6") != 0)
		return -EINVAL;
	*family = protocol[0] == '4' ? AF_INET : AF_INET6;
	return 0;
}

#include "netlogon_fixture.h"

#include <string.h>

/* clang-format off */
const uint8_t netlogon_real[NETLOGON_REAL_LENGTH] = {
	0x30, 0x76, 0x02, 0x01, 0x01, 0x64, 0x71, 0x04, 0x00, 0x30, 0x6d, 0x30, 0x6b,
	0x04, 0x08, 'n', 'e', 't', 'l', 'o', 'g', 'o', 'n', 0x31, 0x5f, 0x04, 0x5d,
	0x17, 0x00, 0x00, 0x00, 0xfd, 0x13, 0x00, 0x00,
	0xb9, 0x7e, 0x23, 0xc4, 0xe6, 0x07, 0x80, 0x41,
	0xa6, 0x83, 0x40, 0xf1, 0x13, 0x6d, 0x56, 0x0f,
	4, 'c', 'o', 'r', 'p', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0,
	0xc0, 0x18,
	3, 'd', 'c', '1', 0xc0, 0x18,
	4, 'C', 'O', 'R', 'P', 0,
	3, 'D', 'C', '1', 0,
	0,
	23, 'D', 'e', 'f', 'a', 'u', 'l', 't', '-', 'F', 'i', 'r', 's', 't', '-',
	'S', 'i', 't', 'e', '-', 'N', 'a', 'm', 'e', 0,
	0xc0, 0x3a,
	0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff,
	0x30, 0x0c, 0x02, 0x01, 0x01, 0x65, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00,
};
/* clang-format on */

static size_t put_name(uint8_t *data, const char *name)
{
	size_t used = 0;

	while (*name != '\0') {
		size_t label = strcspn(name, ".");

		data[used++] = (uint8_t)label;
		memcpy(data + used, name, label);
		used += label;
		name += label + (name[label] == '.');
	}
	data[used++] = 0;
	return used;
}

size_t netlogon_structure(uint8_t *data, const struct netlogon_answer *answer)
{
	static const uint8_t tail[8] = { 5, 0, 0, 0, 0xff, 0xff, 0xff, 0xff };
	const char *const names[] = {
		answer->forest,         answer->domain,       answer->host,
		answer->netbios_domain, answer->netbios_host, "",
		answer->site,           answer->client_site,
	};
	size_t used = 24;

	memset(data, 0, used);
	data[0] = (uint8_t)answer->opcode;
	for (unsigned i = 0; i < 4; i++)
		data[4 + i] = (uint8_t)(answer->flags >> 8 * i);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		used += put_name(data + used, names[i]);
	memcpy(data + used, tail, sizeof tail);
	return used + sizeof tail;
}

/* Windows' form of lengths. */
static size_t put_head(uint8_t *data, uint8_t tag, size_t length)
{
	const uint8_t head[6] = { tag, 0x84, 0, 0, (uint8_t)(length >> 8), (uint8_t)length };

	memcpy(data, head, sizeof head);
	return sizeof head;
}

size_t netlogon_element(uint8_t *data, uint8_t tag, const void *content, size_t length)
{
	size_t head = put_head(data, tag, length);

	memcpy(data + head, content, length);
	return head + length;
}

static size_t put_attribute(uint8_t *data, const uint8_t *structure, size_t length)
{
	uint8_t content[2048];
	size_t used = netlogon_element(content, 0x04, "Netlogon", 8);

	used += put_head(content + used, 0x31, 6 + length);
	used += netlogon_element(content + used, 0x04, structure, length);
	return netlogon_element(data, 0x30, content, used);
}

static size_t put_message(uint8_t *data, int32_t message_id, uint8_t tag, const uint8_t *body,
			  size_t length)
{
	const uint8_t number[4] = { (uint8_t)(message_id >> 24), (uint8_t)(message_id >> 16),
				    (uint8_t)(message_id >> 8), (uint8_t)message_id };
	uint8_t content[2048];
	size_t used = netlogon_element(content, 0x02, number, sizeof number);

	used += netlogon_element(content + used, tag, body, length);
	return netlogon_element(data, 0x30, content, used);
}

size_t netlogon_entry(uint8_t *data, int32_t message_id, const uint8_t *attributes, size_t length)
{
	static const uint8_t done[] = { 0x0a, 1, 0, 4, 0, 4, 0 };
	uint8_t entry[2048];
	size_t used = netlogon_element(entry, 0x04, "", 0);

	used += netlogon_element(entry + used, 0x30, attributes, length);
	used = put_message(data, message_id, 0x64, entry, used);
	return used + put_message(data + used, message_id, 0x65, done, sizeof done);
}

size_t netlogon_datagram(uint8_t *data, int32_t message_id, const uint8_t *structure, size_t length)
{
	uint8_t attributes[2048];
	size_t used = 0;

	if (structure != NULL)
		used = put_attribute(attributes, structure, length);
	return netlogon_entry(data, message_id, attributes, used);
}

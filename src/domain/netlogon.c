#include "domain/netlogon.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "domain/netlogon_name.h"
#include "platform/ber.h"

/* LDAP (RFC 4511, 4.2 to 4.5). */
#define TAG_SEARCH_REQUEST 0x63u
#define TAG_SEARCH_ENTRY   0x64u
#define TAG_SEARCH_DONE    0x65u
#define TAG_FILTER_AND     0xa0u
#define TAG_FILTER_EQUAL   0xa3u

#define ATTRIBUTE "Netlogon"

/* What the answer shall be: [MS-ADTS] 6.3.1.1 V5, V5EX, WITH_CLOSEST_SITE,
 * AVOID_NT4EMUL. */
#define VERSION_ASKED 0x01000016u
/* What it says that it is. */
#define VERSION_V1                0x1u
#define VERSION_V5EX              0x4u
#define VERSION_WITH_IP           0x8u
#define VERSION_WITH_CLOSEST_SITE 0x10u

#define STRUCTURE_HEAD 24u /* opcode to the domain's GUID */
#define STRUCTURE_TAIL 8u  /* version and two tokens */
#define STRUCTURE_IP   17u

/* ------------------------------------------------------------------------- */
/* The question */

/* The value as a list of one: Wine's wldap32 writes what format 'o' is given as
 * nothing. */
static int netlogon_put_match(BerElement *ber, const char *name, const void *value, size_t length)
{
	struct berval octets = { .bv_len = length, .bv_val = (char *)(uintptr_t)value };
	struct berval *const values[] = { &octets, NULL };
	char format[] = "t{sV}";

	return ber_printf(ber, format, (ber_tag_t)TAG_FILTER_EQUAL, name, values) < 0 ? -ENOMEM : 0;
}

static int netlogon_put_question(BerElement *ber, const struct netlogon_question *question)
{
	static const uint8_t version[4] = { VERSION_ASKED & 0xff, 0, 0, VERSION_ASKED >> 24 };
	char begin[] = "{it{seeiibt{", end[] = "}{s}}}";
	/* Base "", scope base, aliases never followed, no limits, values too. */
	int result = ber_printf(ber, begin, (ber_int_t)question->message_id,
				(ber_tag_t)TAG_SEARCH_REQUEST, "", (ber_int_t)0, (ber_int_t)0,
				(ber_int_t)0, (ber_int_t)0, (ber_int_t)0,
				(ber_tag_t)TAG_FILTER_AND);

	if (result < 0)
		return -ENOMEM;
	result = netlogon_put_match(ber, "DnsDomain", question->domain, strlen(question->domain));
	if (result == 0 && question->host[0] != '\0')
		result = netlogon_put_match(ber, "Host", question->host, strlen(question->host));
	if (result == 0)
		result = netlogon_put_match(ber, "NtVer", version, sizeof version);
	if (result == 0 && ber_printf(ber, end, ATTRIBUTE) < 0)
		result = -ENOMEM;
	return result;
}

int netlogon_question_encode(const struct netlogon_question *question,
			     uint8_t data[NETLOGON_REQUEST_MAX])
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);
	struct berval *value = NULL;
	int result;

	if (ber == NULL)
		return -ENOMEM;
	result = netlogon_put_question(ber, question);
	if (result == 0 && ber_flatten(ber, &value) < 0)
		result = -ENOMEM;
	ber_free(ber, 1);
	if (result != 0)
		return result;
	if (value->bv_len > NETLOGON_REQUEST_MAX) {
		result = -EMSGSIZE;
	} else {
		result = (int)value->bv_len;
		memcpy(data, value->bv_val, value->bv_len);
	}
	ber_bvfree(value);
	return result;
}

/* ------------------------------------------------------------------------- */
/* The structure in the answer */

/* Behind the names; WITH_IP and WITH_CLOSEST_SITE say of themselves what lies
 * between, so that the end is looked at first.  Samba sets WITH_IP only where the
 * address is there; nobody else was asked for it. */
static int netlogon_check_tail(const uint8_t *data, size_t length, size_t offset)
{
	const uint8_t *tail = data + length - STRUCTURE_TAIL;
	uint32_t version = bytes_get_le32(tail);
	char next_closest[64];

	if (offset > length - STRUCTURE_TAIL || bytes_get_le32(tail + 4) != UINT32_MAX ||
	    (version & (VERSION_V1 | VERSION_V5EX)) != (VERSION_V1 | VERSION_V5EX))
		return -EBADMSG;
	if (version & VERSION_WITH_IP) {
		if (length - STRUCTURE_TAIL - offset < STRUCTURE_IP ||
		    data[offset] != STRUCTURE_IP - 1)
			return -EBADMSG;
		offset += STRUCTURE_IP;
	}
	if ((version & VERSION_WITH_CLOSEST_SITE) &&
	    netlogon_name_decode(data, length - STRUCTURE_TAIL, &offset, next_closest,
				 sizeof next_closest) != 0)
		return -EBADMSG;
	return offset == length - STRUCTURE_TAIL ? 0 : -EBADMSG;
}

static int netlogon_decode_structure(const uint8_t *data, size_t length,
				     struct netlogon_answer *answer)
{
	char user[NETLOGON_NAME_MAX];
	const struct {
		char *text;
		size_t size;
	} names[] = {
		{ answer->forest, sizeof answer->forest },
		{ answer->domain, sizeof answer->domain },
		{ answer->host, sizeof answer->host },
		{ answer->netbios_domain, sizeof answer->netbios_domain },
		{ answer->netbios_host, sizeof answer->netbios_host },
		{ user, sizeof user },
		{ answer->site, sizeof answer->site },
		{ answer->client_site, sizeof answer->client_site },
	};
	size_t offset = STRUCTURE_HEAD;

	if (length < STRUCTURE_HEAD + STRUCTURE_TAIL)
		return -EBADMSG;
	answer->opcode = (uint16_t)bytes_get_le16(data);
	answer->flags = bytes_get_le32(data + 4);
	if (answer->opcode < NETLOGON_OPCODE_ANSWER ||
	    answer->opcode > NETLOGON_OPCODE_USER_UNKNOWN)
		return -EBADMSG;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (netlogon_name_decode(data, length - STRUCTURE_TAIL, &offset, names[i].text,
					 names[i].size) != 0)
			return -EBADMSG;
	}
	return netlogon_check_tail(data, length, offset);
}

/* ------------------------------------------------------------------------- */
/* The LDAP messages around it */

/* The values of one attribute; *VALUE stays as it is where it is another one. */
static int netlogon_read_attribute(struct ber_input *attribute, struct ber_input *value)
{
	struct ber_input name, values, single;
	int result = ber_take(attribute, BER_TAG_OCTETS, &name);
	char text[sizeof ATTRIBUTE] = "";

	if (result == 0)
		result = ber_take(attribute, BER_TAG_SET, &values);
	if (result != 0)
		return result;
	if (attribute->length != 0)
		return -EBADMSG;
	if (name.length != sizeof ATTRIBUTE - 1)
		return 0;
	memcpy(text, name.data, name.length);
	if (!text_equal_nocase(text, ATTRIBUTE))
		return 0;
	result = ber_take(&values, BER_TAG_OCTETS, &single);
	if (result == 0 && (values.length != 0 || value->data != NULL))
		result = -EBADMSG;
	if (result == 0)
		*value = single;
	return result;
}

/* SearchResultEntry: *VALUE is the attribute's, its data NULL if there is none. */
static int netlogon_read_entry(struct ber_input *entry, struct ber_input *value)
{
	struct ber_input object, attributes, attribute;
	int result = ber_take(entry, BER_TAG_OCTETS, &object);

	if (result == 0)
		result = ber_take(entry, BER_TAG_SEQUENCE, &attributes);
	if (result == 0 && entry->length != 0)
		result = -EBADMSG;
	while (result == 0 && attributes.length > 0) {
		result = ber_take(&attributes, BER_TAG_SEQUENCE, &attribute);
		if (result == 0)
			result = netlogon_read_attribute(&attribute, value);
	}
	return result;
}

/* One LDAPMessage of the datagram: what is in it behind the message's number. */
static int netlogon_take_message(struct ber_input *datagram, int32_t message_id,
				 struct ber_input *content)
{
	int32_t number = 0;
	int result = ber_take(datagram, BER_TAG_SEQUENCE, content);

	if (result == 0)
		result = ber_take_integer(content, &number);
	if (result == 0 && number != message_id)
		result = -ENOMSG;
	return result;
}

static int netlogon_take_done(struct ber_input *message)
{
	struct ber_input done;
	int result = ber_take(message, TAG_SEARCH_DONE, &done);

	return result == 0 && message->length != 0 ? -EBADMSG : result;
}

static int netlogon_find_value(struct ber_input *datagram, int32_t message_id,
			       struct ber_input *value)
{
	struct ber_input message, entry;
	int result = netlogon_take_message(datagram, message_id, &message);

	if (result != 0)
		return result;
	if (ber_next_tag(&message) == TAG_SEARCH_ENTRY) {
		result = ber_take(&message, TAG_SEARCH_ENTRY, &entry);
		if (result == 0)
			result = message.length != 0 ? -EBADMSG
						     : netlogon_read_entry(&entry, value);
		if (result == 0)
			result = netlogon_take_message(datagram, message_id, &message);
		if (result == -ENOMSG) /* of two messages in one datagram */
			result = -EBADMSG;
		if (result != 0)
			return result;
	}
	result = netlogon_take_done(&message);
	return result == 0 && datagram->length != 0 ? -EBADMSG : result;
}

int netlogon_answer_decode(const uint8_t *data, size_t length, int32_t message_id,
			   struct netlogon_answer *answer)
{
	struct ber_input datagram = { data, length }, value = { 0 };
	int result = netlogon_find_value(&datagram, message_id, &value);

	if (result != 0)
		return result;
	if (value.data == NULL)
		return -ENOENT;
	memset(answer, 0, sizeof *answer);
	return netlogon_decode_structure(value.data, value.length, answer);
}

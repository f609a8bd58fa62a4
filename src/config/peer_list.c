#include "config/peer_list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "platform/address.h"

static const char blanks[] = " \t";

static bool peer_list_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool peer_list_is_label_character(char c)
{
	return peer_list_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '-';
}

/* RFC 1123, section 2.1: labels of letters, digits and inner hyphens, the last
 * one not a number, or it would be taken for an IPv4 address.  Underscores, as
 * many a network has them. */
static bool peer_list_is_host_name(const char *host)
{
	size_t length = strlen(host);
	bool number = true;

	if (length > 0 && host[length - 1] == '.')
		length--;
	if (length == 0 || length > 253)
		return false;
	for (size_t i = 0, label = 0; i <= length; i++) {
		if (i < length && peer_list_is_label_character(host[i])) {
			number = number && peer_list_is_digit(host[i]);
			continue;
		}
		if (i < length && host[i] != '.')
			return false;
		if (i == label || i - label > 63 || host[label] == '-' || host[i - 1] == '-')
			return false;
		if (i == length)
			return !number;
		label = i + 1;
		number = true;
	}
	return false;
}

static int peer_list_parse_flags(struct peer_entry *entry, const char *text, struct error *error)
{
	if (*text == '\0')
		return 0;
	if (text_parse_u32(text, &entry->flags) < 0 || entry->flags > 0xf)
		return error_set(error, EINVAL, "peer \"%s\": flags are one number from 0x0 to 0xf",
				 entry->text);
	entry->flags_given = true;
	return 0;
}

static int peer_list_parse_port(struct peer_entry *entry, const char *text, struct error *error)
{
	uint32_t port;

	if (strspn(text, "0123456789") != strlen(text) || text_parse_u32(text, &port) < 0 ||
	    port < 1 || port > 65535)
		return error_set(error, EINVAL, "peer \"%s\": a port is a number from 1 to 65535",
				 entry->text);
	entry->port = (uint16_t)port;
	return 0;
}

/* "host", "host:port", "[v6]", "[v6]:port" or a bare IPv6 address, LENGTH bytes
 * at the start of the entry's text. */
static int peer_list_parse_host(struct peer_entry *entry, size_t length, struct error *error)
{
	char text[sizeof entry->text];
	char *host = text, *port = NULL, *end;
	struct net_address address;
	char zone[NET_ZONE_MAX];
	bool brackets = entry->text[0] == '[';

	snprintf(text, sizeof text, "%.*s", (int)length, entry->text);
	if (brackets) {
		host++;
		end = strchr(host, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return error_set(error, EINVAL,
					 "peer \"%s\": an address in brackets ends in ] or ]:PORT",
					 entry->text);
		port = end[1] == ':' ? end + 2 : NULL;
		*end = '\0';
	} else if ((end = strchr(host, ':')) != NULL && strchr(end + 1, ':') == NULL) {
		*end = '\0';
		port = end + 1;
	}
	if (port != NULL && peer_list_parse_port(entry, port, error) < 0)
		return -EINVAL;
	if (strlen(host) < sizeof entry->host) {
		strcpy(entry->host, host);
		if (net_address_read(host, &address, zone) == 0
			    ? !brackets || net_address_is_v6(&address)
			    : !brackets && peer_list_is_host_name(host))
			return 0;
	}
	if (brackets)
		return error_set(error, EINVAL,
				 "peer \"%s\": only an IPv6 address stands in brackets",
				 entry->text);
	return error_set(
		error, EINVAL, "peer \"%s\": neither a host name nor an address%s", entry->text,
		strchr(host, '/') != NULL ? " (is a blank missing before the \"/\"?)" : "");
}

static int peer_list_parse_entry(struct peer_entry *entry, const char *text, size_t length,
				 struct error *error)
{
	const char *comma;

	*entry = (struct peer_entry){ .port = 123 };
	if (length >= sizeof entry->text)
		return error_set(error, EINVAL, "peer \"%.40s...\" is longer than %zu bytes", text,
				 sizeof entry->text - 1);
	memcpy(entry->text, text, length);
	comma = strchr(entry->text, ',');
	if (comma != NULL && peer_list_parse_flags(entry, comma + 1, error) < 0)
		return -EINVAL;
	return peer_list_parse_host(entry, comma == NULL ? length : (size_t)(comma - entry->text),
				    error);
}

static bool peer_list_same_name(const char *a, const char *b)
{
	char bare[2][256];

	snprintf(bare[0], sizeof bare[0], "%s", a);
	snprintf(bare[1], sizeof bare[1], "%s", b);
	for (int i = 0; i < 2; i++) {
		size_t length = strlen(bare[i]);

		if (length > 0 && bare[i][length - 1] == '.')
			bare[i][length - 1] = '\0';
	}
	return text_equal_nocase(bare[0], bare[1]);
}

static bool peer_list_same_peer(const struct peer_entry *a, const struct peer_entry *b)
{
	struct net_address address_a, address_b;
	char zone_a[NET_ZONE_MAX], zone_b[NET_ZONE_MAX];

	if (a->port != b->port)
		return false;
	if (peer_list_same_name(a->host, b->host))
		return true;
	return net_address_read(a->host, &address_a, zone_a) == 0 &&
	       net_address_read(b->host, &address_b, zone_b) == 0 && strcmp(zone_a, zone_b) == 0 &&
	       net_address_equal(&address_a, &address_b);
}

static int peer_list_add_entry(struct peer_list *list, const char *text, size_t length,
			       struct error *error)
{
	struct peer_entry *entry = &list->entries[list->count];

	if (list->count == PEER_LIST_MAX)
		return error_set(error, EINVAL, "more than %d peers", PEER_LIST_MAX);
	if (peer_list_parse_entry(entry, text, length, error) < 0)
		return -EINVAL;
	for (size_t i = 0; i < list->count; i++) {
		if (peer_list_same_peer(&list->entries[i], entry))
			return error_set(error, EINVAL, "peer \"%s\" is the same as \"%s\"",
					 entry->text, list->entries[i].text);
	}
	list->count++;
	return 0;
}

int peer_list_parse(const char *text, struct peer_list *list, struct error *error)
{
	list->count = 0;
	for (text += strspn(text, blanks); *text != '\0'; text += strspn(text, blanks)) {
		size_t length = strcspn(text, blanks);
		int result = peer_list_add_entry(list, text, length, error);

		if (result < 0)
			return result;
		text += length;
	}
	return 0;
}

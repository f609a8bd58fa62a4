#include "config/checks.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "config/peer_list.h"
#include "platform/address.h"
#include "platform/paths.h"

const char *check_peers(const char *value, char *buffer, size_t size)
{
	struct peer_list list;
	struct error error;

	if (peer_list_parse(value, &list, &error) == 0)
		return NULL;
	snprintf(buffer, size, "%s", error.text);
	return buffer;
}

const char *check_path(const char *value, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return path_is_absolute(value) ? NULL : "an absolute path is allowed";
}

const char *check_path_or_empty(const char *value, char *buffer, size_t size)
{
	return value[0] == '\0' ? NULL : check_path(value, buffer, size);
}

const char *check_control_socket(const char *value, char *buffer, size_t size)
{
	/* What a socket's address has room for. */
	enum { LONGEST = 107 };

	(void)buffer;
	(void)size;
	if (text_equal_nocase(value, "none") ||
	    (path_is_absolute(value) && strlen(value) <= LONGEST))
		return NULL;
	return "an absolute path of at most 107 bytes, or none, is allowed";
}

const char *check_signd_socket(const char *value, char *buffer, size_t size)
{
	return value[0] == '\0' ? NULL : check_control_socket(value, buffer, size);
}

/* Takes a number from 0 to 300 from the start of *TEXT; -1: there is no such number. */
static int check_take_entry(const char **text)
{
	int number = 0;
	size_t digits = strspn(*text, "0123456789");

	if (digits < 1 || digits > 3)
		return -1;
	for (; digits > 0; digits--)
		number = number * 10 + (*(*text)++ - '0');
	return number <= 300 ? number : -1;
}

const char *check_log_entries(const char *value, char *buffer, size_t size)
{
	static const char allowed[] = "ranges of numbers from 0 to 300 are allowed, such as "
				      "0-100,103,106";

	(void)buffer;
	(void)size;
	if (*value == '\0')
		return NULL;
	for (;; value++) {
		int first = check_take_entry(&value), last = first;

		if (*value == '-') {
			value++;
			last = check_take_entry(&value);
		}
		if (first < 0 || last < first)
			return allowed;
		if (*value != ',')
			return *value == '\0' ? NULL : allowed;
	}
}

const char *check_address(const char *value, char *buffer, size_t size)
{
	struct net_address address;
	char zone[NET_ZONE_MAX];

	(void)buffer;
	(void)size;
	return net_address_read(value, &address, zone) == 0 ? NULL
							    : "an IPv4 or IPv6 address is allowed";
}

const char *check_address_block(const char *value, char *buffer, size_t size)
{
	struct net_prefix prefix;

	(void)buffer;
	(void)size;
	return net_prefix_parse(value, &prefix) == 0
		       ? NULL
		       : "an address or a block such as 192.0.2.0/24 or 2001:db8::/32, with no "
			 "bits set behind the prefix, is allowed";
}

/* Letters, digits and hyphens; what is not ASCII passes. */
static bool check_is_name_character(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '-' || c == '_' || (c & 0x80) != 0;
}

/* Length of the run of such characters that TEXT begins with. */
static size_t check_name_length(const char *text)
{
	size_t length = 0;

	while (check_is_name_character(text[length]))
		length++;
	return length;
}

const char *check_domain_or_empty(const char *value, char *buffer, size_t size)
{
	const char *rest = value;

	(void)buffer;
	(void)size;
	while (*rest != '\0') {
		size_t length = check_name_length(rest);

		rest += length;
		if (length < 1 || length > 63 || (*rest == '.' && rest[1] == '\0'))
			break;
		if (*rest == '.')
			rest++;
		else if (*rest != '\0')
			break;
	}
	return *rest == '\0' && strlen(value) <= 255
		       ? NULL
		       : "a domain's name such as CORP.EXAMPLE is allowed";
}

const char *check_site_or_empty(const char *value, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return value[check_name_length(value)] == '\0' && strlen(value) <= 63
		       ? NULL
		       : "a site's name of at most 63 letters, digits and hyphens is allowed";
}

const char *check_account_or_empty(const char *value, char *buffer, size_t size)
{
	size_t length = strcspn(value, "$\\/@\"[]:;|=,+*?<> \t");

	(void)buffer;
	(void)size;
	return length <= 62 && (length > 0 || *value == '\0') &&
			       (value[length] == '\0' || strcmp(value + length, "$") == 0)
		       ? NULL
		       : "the name of a machine's account such as SERVER1$ is allowed";
}

#include "platform/log_entries.h"

#include "platform/log_sinks.h"

#include <errno.h>
#include <string.h>

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

/* A decimal number of at most three digits; NULL if there is none. */
static const char *parse_number(const char *text, unsigned *number)
{
	unsigned digits = 0;

	*number = 0;
	for (text = skip_blanks(text); *text >= '0' && *text <= '9'; text++) {
		if (++digits > 3)
			return NULL;
		*number = *number * 10 + (unsigned)(*text - '0');
	}
	return digits > 0 ? skip_blanks(text) : NULL;
}

static const char *parse_range(const char *text, struct log_entries *entries)
{
	unsigned first, last;

	text = parse_number(text, &first);
	last = first;
	if (text != NULL && *text == '-')
		text = parse_number(text + 1, &last);
	if (text == NULL || first > last || last > LOG_ENTRY_MAX)
		return NULL;
	for (unsigned event = first; event <= last; event++)
		entries->wanted[event] = true;
	return text;
}

int log_entries_parse(const char *text, struct log_entries *entries, struct error *error)
{
	struct log_entries result = { .wanted = { false } };
	const char *next = text;

	for (;;) {
		next = parse_range(next, &result);
		if (next == NULL || (*next != ',' && *next != '\0'))
			return error_set(error, EINVAL,
					 "'%s' is not a list of ranges within 0-%d, such as "
					 "0-116 or 0-100,103",
					 text, LOG_ENTRY_MAX);
		if (*next == '\0')
			break;
		next++;
	}
	*entries = result;
	return 0;
}

bool log_entries_want(const struct log_entries *entries, unsigned event)
{
	return event <= LOG_ENTRY_MAX && entries->wanted[event];
}

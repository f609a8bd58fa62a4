#include "w32tm/leap_list.h"

#include <errno.h>
#include <string.h>

#include "platform/calendar.h"

#define NTP_TO_UNIX INT64_C(2208988800)
#define JULY_2018   INT64_C(1530403200)

static int add(struct leap_list *list, int64_t moment, int step)
{
	if (step == 0 || moment < JULY_2018)
		return 0;
	if (list->count == LEAP_LIST_MAX)
		return -ERANGE;
	list->entries[list->count++] = (struct leap_second){ moment - 1, step > 0 };
	return 0;
}

int leap_list_parse(const char *text, struct leap_list *list)
{
	int offset = 0, previous = 0, result = 0;
	bool first = true;

	list->count = 0;
	while (*text != '\0' && result == 0) {
		size_t length = strcspn(text, "\n");
		long long moment;

		if (length > 0 && text[0] != '#') {
			if (sscanf(text, "%15lld %4d", &moment, &offset) != 2)
				return -EINVAL;
			if (!first)
				result = add(list, moment - NTP_TO_UNIX, offset - previous);
			previous = offset;
			first = false;
		}
		text += length;
		text += *text == '\n';
	}
	return result;
}

void leap_list_print(FILE *out, const struct leap_list *list, bool verbose)
{
	fprintf(out, "[Leap Seconds]\nEnabled: 1 (Local)\n");
	fprintf(out, "Number of Leap Seconds (after June 2018): %zu (Local)\n", list->count);
	if (!verbose)
		return;
	fprintf(out, "Leap Seconds List (Local):\n");
	for (size_t i = 0; i < list->count; i++) {
		const struct leap_second *entry = &list->entries[i];
		struct calendar_date date = { .year = 0 };

		calendar_utc(entry->last_second, &date);
		fprintf(out, "%c%04d-%02d-%02dT%02d:%02d:%02d\n", entry->inserted ? '+' : '-',
			date.year, date.month, date.day, date.hour, date.minute, date.second);
	}
}

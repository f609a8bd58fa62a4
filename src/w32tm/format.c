#include "w32tm/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "platform/calendar.h"
#include "w32tm/errors.h"
#include "w32tm/nt_time.h"

/* What rounds to zero has no sign, and what is no number is zero. */
static double rounded(double seconds)
{
	if (!isfinite(seconds) || fabs(seconds) < 0.5e-7)
		return 0;
	return fmax(fmin(seconds, 1e15), -1e15);
}

const char *format_seconds(char buffer[FORMAT_MAX], double seconds)
{
	snprintf(buffer, FORMAT_MAX, "%.7fs", rounded(seconds));
	return buffer;
}

const char *format_chart_seconds(char buffer[FORMAT_MAX], double seconds)
{
	snprintf(buffer, FORMAT_MAX, "%+011.7f", rounded(seconds));
	return buffer;
}

const char *format_signed_seconds(char buffer[FORMAT_MAX], double seconds)
{
	snprintf(buffer, FORMAT_MAX, "%+.7fs", rounded(seconds));
	return buffer;
}

const char *format_date_time(char buffer[FORMAT_MAX], int64_t seconds)
{
	struct calendar_date date;

	buffer[0] = '\0';
	if (!calendar_is_american() && calendar_locale_text(seconds, buffer, FORMAT_MAX) == 0)
		return buffer;
	if (calendar_local(seconds, &date) < 0)
		return buffer;
	snprintf(buffer, FORMAT_MAX, "%d/%d/%d %d:%02d:%02d %s", date.month, date.day, date.year,
		 (date.hour + 11) % 12 + 1, date.minute, date.second, date.hour < 12 ? "AM" : "PM");
	return buffer;
}

const char *format_clock_time(char buffer[FORMAT_MAX], int64_t seconds)
{
	struct calendar_date date = { .hour = 0 };

	calendar_local(seconds, &date);
	snprintf(buffer, FORMAT_MAX, "%02d:%02d:%02d", date.hour, date.minute, date.second);
	return buffer;
}

const char *format_nt_time(char buffer[FORMAT_MAX], uint64_t nt_time)
{
	uint64_t seconds = nt_time / NT_TIME_PER_SECOND;

	snprintf(buffer, FORMAT_MAX, "%" PRIu64 " %02u:%02u:%02u.%07u", seconds / 86400,
		 (unsigned)(seconds / 3600 % 24), (unsigned)(seconds / 60 % 60),
		 (unsigned)(seconds % 60), (unsigned)(nt_time % NT_TIME_PER_SECOND));
	return buffer;
}

const char *format_nt_time_date(char buffer[FORMAT_MAX], uint64_t nt_time)
{
	char date[FORMAT_MAX] = "";
	struct text text;

	if (nt_time <= NT_TIME_LAST_DATE)
		format_date_time(date, nt_time_to_unix(nt_time));
	format_nt_time(buffer, nt_time);
	text_init(&text, buffer + strlen(buffer), FORMAT_MAX - strlen(buffer));
	text_append(&text, " - %s", date);
	return buffer;
}

/* "N (NAME)" with the name from a list that begins with number 0. */
static const char *format_listed(char buffer[FORMAT_MAX], int64_t number, const char *separator,
				 const char *const *names, size_t count, const char *other)
{
	bool known = number >= 0 && (uint64_t)number < count;

	snprintf(buffer, FORMAT_MAX, "%" PRId64 "%s(%s)", number, separator,
		 known ? names[number] : other);
	return buffer;
}

#define FORMAT_LISTED(buffer, number, separator, names, other)                                     \
	format_listed(buffer, number, separator, names, sizeof(names) / sizeof(names)[0], other)

const char *format_leap(char buffer[FORMAT_MAX], int64_t leap)
{
	static const char *const names[] = {
		"no warning",
		"last minute has 61 seconds",
		"last minute has 59 seconds",
		"not synchronized",
	};

	return FORMAT_LISTED(buffer, leap, "", names, "not synchronized");
}

const char *format_stratum(char buffer[FORMAT_MAX], int64_t stratum)
{
	const char *name = "secondary reference - syncd by (S)NTP";

	if (stratum == 0)
		name = "unspecified";
	else if (stratum == 1)
		name = "primary reference - syncd by radio clock";
	else if (stratum < 0 || stratum > 15)
		name = "reserved";
	snprintf(buffer, FORMAT_MAX, "%" PRId64 " (%s)", stratum, name);
	return buffer;
}

const char *format_precision(char buffer[FORMAT_MAX], int64_t precision)
{
	int exponent = precision < -128 ? -128 : precision > 127 ? 127 : (int)precision;
	double tick = ldexp(1000, exponent); /* ms */
	const char *unit = "ms";

	if (tick < 1) {
		tick *= 1000;
		unit = "us";
	}
	if (tick < 1) {
		tick *= 1000;
		unit = "ns";
	}
	snprintf(buffer, FORMAT_MAX, "%" PRId64 " (%g%s per tick)", precision, tick, unit);
	return buffer;
}

const char *format_reference_name(char buffer[FORMAT_MAX], uint32_t reference_id)
{
	size_t length = 0;

	for (int shift = 24; shift >= 0; shift -= 8) {
		char letter = (char)(reference_id >> shift & 0xff);

		if (letter == '\0')
			break;
		buffer[length++] = letter >= ' ' && letter <= '~' ? letter : '?';
	}
	buffer[length] = '\0';
	return buffer;
}

const char *format_reference_address(char buffer[FORMAT_MAX], uint32_t reference_id)
{
	snprintf(buffer, FORMAT_MAX, "%u.%u.%u.%u", reference_id >> 24, reference_id >> 16 & 0xff,
		 reference_id >> 8 & 0xff, reference_id & 0xff);
	return buffer;
}

const char *format_reference_id(char buffer[FORMAT_MAX], uint32_t reference_id, int64_t stratum)
{
	char source[FORMAT_MAX];

	if (reference_id == 0)
		snprintf(buffer, FORMAT_MAX, "0x00000000 (unspecified)");
	else if (stratum <= 1)
		snprintf(buffer, FORMAT_MAX, "0x%08X (source name:  \"%.4s\")", reference_id,
			 format_reference_name(source, reference_id));
	else
		snprintf(buffer, FORMAT_MAX, "0x%08X (source IP:  %.15s)", reference_id,
			 format_reference_address(source, reference_id));
	return buffer;
}

const char *format_poll(char buffer[FORMAT_MAX], int64_t poll)
{
	if (poll == 0)
		snprintf(buffer, FORMAT_MAX, "0 (unspecified)");
	else if (poll < 0 || poll > 16)
		snprintf(buffer, FORMAT_MAX, "%" PRId64 " (out of valid range)", poll);
	else
		snprintf(buffer, FORMAT_MAX, "%" PRId64 " (%us)", poll, 1u << poll);
	return buffer;
}

const char *format_mode(char buffer[FORMAT_MAX], int64_t mode)
{
	static const char *const names[] = {
		"reserved", "Symmetric Active", "Symmetric Passive", "Client",
		"Server",   "Broadcast",        "Control",           "Private Use",
	};

	return FORMAT_LISTED(buffer, mode, " ", names, "reserved");
}

const char *format_state(char buffer[FORMAT_MAX], int64_t state)
{
	static const char *const names[] = { "Unset", "Hold", "Sync", "Spike" };

	return FORMAT_LISTED(buffer, state, " ", names, "Unknown");
}

const char *format_source_flags(char buffer[FORMAT_MAX], int64_t flags)
{
	snprintf(buffer, FORMAT_MAX, "%" PRId64 " (%s%s%s%s)", flags,
		 (flags & 7) == 0 ? "None" : "", flags & 2 ? "Authenticated " : "",
		 flags & 1 ? "Hardware " : "", flags & 4 ? "IPv6 " : "");
	return buffer;
}

const char *format_server_role(char buffer[FORMAT_MAX], int64_t role)
{
	const char *name = "None";

	if (role & 0x200)
		name = "Reliable Time Service";
	else if (role & 0x40)
		name = "Time Service";
	snprintf(buffer, FORMAT_MAX, "%" PRId64 " (%s)", role, name);
	return buffer;
}

static const char *const sync_results[] = {
	"The command completed successfully.",
	"The computer did not resync because no time data was available.",
	"The computer did not resync because only stale time data was available.",
	"The computer did not resync because the required time change was too big.",
	"The computer did not resync because the time service was shutting down.",
};

const char *format_sync_result(int64_t result)
{
	if (result < 0 || result >= (int64_t)(sizeof sync_results / sizeof sync_results[0]))
		return sync_results[1];
	return sync_results[result];
}

const char *format_sync_error(char buffer[FORMAT_MAX], int64_t error)
{
	snprintf(buffer, FORMAT_MAX, "%" PRId64 " (%s)", error, format_sync_result(error));
	return buffer;
}

const char *format_peer_error(char buffer[FORMAT_MAX], uint32_t result)
{
	if (result == 0)
		snprintf(buffer, FORMAT_MAX, "0x00000000 (Succeeded)");
	else
		snprintf(buffer, FORMAT_MAX, "0x%08X (%s )", result, error_message(result));
	return buffer;
}

/* [MS-W32T]'s message ids from 0x5C on. */
static const char *const drop_reasons[] = {
	"The peer is unreachable.",
	NULL,
	"Duplicate timestamps were received from this peer.",
	"Message was received out-of-order.",
	"The peer is not synchronized, or reachability has been lost in one, or both, directions. "
	"This may also indicate that the peer has incorrectly sent an NTP request instead of an "
	"NTP response.",
	"Round-trip delay too large.",
	"Packet not authenticated.",
	"The peer is not synchronized, or it has been too long since the peer's last "
	"synchronization.",
	"The peer's stratum is less than the host's stratum.",
	"Packet contains unreasonable root delay or root dispersion values. This may be caused by "
	"poor network conditions.",
};

const char *format_drop_reason(char buffer[FORMAT_MAX], uint32_t message_id)
{
	uint32_t index = message_id - 0x5c;
	const char *reason = NULL;

	if (index < sizeof drop_reasons / sizeof drop_reasons[0])
		reason = drop_reasons[index];
	if (message_id == 0)
		snprintf(buffer, FORMAT_MAX, "0x00000000 (Succeeded)");
	else
		snprintf(buffer, FORMAT_MAX, "0x%08X (%s )", message_id,
			 reason == NULL ? "Unknown" : reason);
	return buffer;
}

const char *format_graph(char buffer[FORMAT_MAX], double offset)
{
	enum { CENTRE = FORMAT_GRAPH_COLUMNS / 2, SCALE = 10 };
	double column = floor((offset + SCALE) * FORMAT_GRAPH_COLUMNS / (2 * SCALE));
	char *columns = buffer + 1;

	buffer[0] = '[';
	memset(columns, ' ', FORMAT_GRAPH_COLUMNS);
	columns[CENTRE] = '|';
	if (!(column >= 0))
		columns[0] = '@';
	else if (column >= FORMAT_GRAPH_COLUMNS)
		columns[FORMAT_GRAPH_COLUMNS - 1] = '@';
	else
		columns[(int)column] = '*';
	columns[FORMAT_GRAPH_COLUMNS] = ']';
	columns[FORMAT_GRAPH_COLUMNS + 1] = '\0';
	return buffer;
}

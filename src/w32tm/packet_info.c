#include "w32tm/packet_info.h"

#include <inttypes.h>

#include "w32tm/format.h"
#include "w32tm/nt_time.h"

static void print_short(FILE *out, const char *name, double seconds)
{
	uint32_t value = ntp_short_from_seconds(seconds);

	fprintf(out, "%s: 0x%04X.%04Xs ", name, value >> 16, value & 0xffff);
	if (value == 0)
		fputs("(unspecified)\n", out);
	else
		fprintf(out, "(%.6gs)\n", ntp_short_to_seconds(value));
}

static void print_timestamp(FILE *out, const char *name, ntp_timestamp timestamp, utc_ns around)
{
	char time[FORMAT_MAX], date[FORMAT_MAX];
	uint64_t nt_time = nt_time_from_utc(ntp_to_utc(timestamp, around));

	fprintf(out, "%s: 0x%016" PRIX64 " ", name, timestamp);
	if (timestamp == 0)
		fputs("(unspecified)\n", out);
	else
		fprintf(out, "(%ss - %s)\n", format_nt_time(time, nt_time),
			format_date_time(date, nt_time_to_unix(nt_time)));
}

static void print_interval(FILE *out, const char *name, double seconds)
{
	fprintf(out, "%s: %" PRId64 "ns (%.9fs)\n", name, ns_from_seconds(seconds), seconds);
}

void packet_info_print(FILE *out, const struct probe_answer *answer)
{
	const struct ntp_header *header = &answer->header;
	char buffer[FORMAT_MAX];

	fputs("[NTP Packet]\n", out);
	fprintf(out, "Leap Indicator: %s\n", format_leap(buffer, header->leap));
	fprintf(out, "Version Number: %u\n", header->version);
	fprintf(out, "Mode: %s\n", format_mode(buffer, header->mode));
	fprintf(out, "Stratum: %s\n", format_stratum(buffer, header->stratum));
	fprintf(out, "Poll Interval: %s\n", format_poll(buffer, header->poll));
	fprintf(out, "Precision: %s\n", format_precision(buffer, header->precision));
	print_short(out, "Root Delay", header->root_delay);
	print_short(out, "Root Dispersion", header->root_dispersion);
	fprintf(out, "ReferenceId: %s\n",
		format_reference_id(buffer, header->reference_id, header->stratum));
	print_timestamp(out, "Reference Timestamp", header->reference, answer->arrived);
	/* In the packet stands a random number instead. */
	print_timestamp(out, "Originate Timestamp", ntp_from_utc(answer->sent), answer->arrived);
	print_timestamp(out, "Receive Timestamp", header->receive, answer->arrived);
	print_timestamp(out, "Transmit Timestamp", header->transmit, answer->arrived);
	fputs("\n[non-NTP Packet]\n", out);
	print_timestamp(out, "Destination Timestamp", ntp_from_utc(answer->arrived),
			answer->arrived);
	print_interval(out, "Roundtrip Delay", answer->delay);
	print_interval(out, "Local Clock Offset", answer->offset);
	putc('\n', out);
}

static json_t *timestamp_json(ntp_timestamp timestamp, utc_ns around)
{
	return json_integer(timestamp == 0 ? 0 : ntp_to_utc(timestamp, around));
}

json_t *packet_info_json(const struct probe_answer *answer)
{
	const struct ntp_header *header = &answer->header;

	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:f, s:f, s:I, s:o, s:I, s:o, s:o, s:I}",
			 "leap", header->leap, "version", header->version, "mode", header->mode,
			 "stratum", header->stratum, "poll", header->poll, "precision",
			 header->precision, "root_delay", header->root_delay, "root_dispersion",
			 header->root_dispersion, "reference_id", (json_int_t)header->reference_id,
			 "reference_time", timestamp_json(header->reference, answer->arrived),
			 "receive_time", timestamp_json(header->receive, answer->arrived),
			 "transmit_time", timestamp_json(header->transmit, answer->arrived),
			 "destination_time", (json_int_t)answer->arrived);
}

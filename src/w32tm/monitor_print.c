#include <errno.h>

#include "w32tm/errors.h"
#include "w32tm/format.h"
#include "w32tm/json.h"
#include "w32tm/monitor.h"

#define TIMEOUT_MS ((int)(MONITOR_TIMEOUT * 1000))

/* NULL: the local clock. */
static const struct monitor_computer *find_base(const struct monitor *monitor)
{
	for (size_t i = 0; i < monitor->count; i++) {
		const struct monitor_computer *computer = &monitor->computers[i];

		if (computer->pdc)
			return computer->lookup == 0 && computer->ntp == 0 ? computer : NULL;
	}
	return NULL;
}

static double offset_from(const struct monitor_computer *base,
			  const struct monitor_computer *computer)
{
	return computer->answer.offset - (base == NULL ? 0 : base->answer.offset);
}

static void print_reference(FILE *out, const struct monitor_computer *computer)
{
	const struct ntp_header *header = &computer->answer.header;
	char buffer[FORMAT_MAX];

	fputs("        RefID: ", out);
	if (header->reference_id == 0) {
		fputs("(unspecified / unsynchronized) [0x00000000]\n", out);
	} else if (header->stratum <= 1) {
		fprintf(out, "'%s' [0x%08X]\n", format_reference_name(buffer, header->reference_id),
			header->reference_id);
	} else {
		json_print_text(out, computer->reference_name[0] == '\0'
					     ? "(unknown)"
					     : computer->reference_name);
		fprintf(out, " [%s]\n", format_reference_address(buffer, header->reference_id));
	}
}

static void print_icmp(FILE *out, const struct monitor_computer *computer)
{
	if (computer->icmp == 0)
		fprintf(out, "    ICMP: %dms delay\n", (int)(computer->icmp_delay * 1000));
	else if (computer->icmp == -ETIMEDOUT)
		fprintf(out, "    ICMP: error IP_REQ_TIMED_OUT - no response in %dms\n",
			TIMEOUT_MS);
	else
		fprintf(out, "    ICMP: error: 0x%08X\n", error_result(-computer->icmp));
}

static void print_ntp(FILE *out, const struct monitor_computer *computer,
		      const struct monitor_computer *base)
{
	char offset[FORMAT_MAX];

	if (computer->ntp == -ETIMEDOUT) {
		fprintf(out, "    NTP: error ERROR_TIMEOUT - no response from server in %dms\n",
			TIMEOUT_MS);
	} else if (computer->ntp < 0) {
		fprintf(out, "    NTP: error: 0x%08X\n", error_result(-computer->ntp));
	} else {
		fprintf(out, "    NTP: %s offset from %s\n",
			format_signed_seconds(offset, offset_from(base, computer)),
			base == NULL ? "local clock" : base->name);
		print_reference(out, computer);
		fprintf(out, "        Stratum: %u\n", computer->answer.header.stratum);
	}
}

void monitor_print(FILE *out, const struct monitor *monitor, bool warning)
{
	const struct monitor_computer *base = find_base(monitor);
	char address[NET_ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < monitor->count; i++) {
		const struct monitor_computer *computer = &monitor->computers[i];

		json_print_text(out, computer->name);
		if (computer->lookup != 0) {
			fprintf(out, " [error: 0x%08X]\n", computer->lookup);
			continue;
		}
		fprintf(out, "%s[%s]:\n", computer->pdc ? " *** PDC ***" : "",
			net_address_text(&computer->address, address));
		print_icmp(out, computer);
		print_ntp(out, computer, base);
	}
	if (warning)
		fputs("\n"
		      "Warning:\n"
		      "Reverse name resolution is best effort. It may not be\n"
		      "correct since RefID field in time packets differs across\n"
		      "NTP implementations and may not be using IP addresses.\n",
		      out);
}

static json_t *computer_json(const struct monitor_computer *computer,
			     const struct monitor_computer *base)
{
	json_t *json = json_pack("{s:s, s:b}", "name", computer->name, "pdc", computer->pdc);
	const struct ntp_header *header = &computer->answer.header;
	char address[NET_ADDRESS_TEXT_MAX];

	if (computer->lookup != 0) {
		json_object_set_new(json, "error", json_integer(computer->lookup));
		return json;
	}
	json_object_set_new(json, "address",
			    json_string(net_address_text(&computer->address, address)));
	if (computer->icmp == 0)
		json_object_set_new(json, "icmp_delay", json_real(computer->icmp_delay));
	else
		json_object_set_new(json, "icmp_error",
				    json_integer(error_result(-computer->icmp)));
	if (computer->ntp != 0) {
		json_object_set_new(json, "ntp_error", json_integer(error_result(-computer->ntp)));
		return json;
	}
	json_object_set_new(json, "offset", json_real(offset_from(base, computer)));
	json_object_set_new(json, "delay", json_real(computer->answer.delay));
	json_object_set_new(json, "stratum", json_integer(header->stratum));
	json_object_set_new(json, "reference_id", json_integer(header->reference_id));
	if (computer->reference_name[0] != '\0')
		json_object_set_new(json, "reference_name", json_string(computer->reference_name));
	return json;
}

json_t *monitor_json(const struct monitor *monitor)
{
	const struct monitor_computer *base = find_base(monitor);
	json_t *computers = json_array();

	for (size_t i = 0; i < monitor->count; i++)
		json_array_append_new(computers, computer_json(&monitor->computers[i], base));
	return json_pack("{s:o, s:o}", "offset_from",
			 base == NULL ? json_null() : json_string(base->name), "computers",
			 computers);
}

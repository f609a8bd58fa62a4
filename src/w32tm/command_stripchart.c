/* w32tm /stripchart: how far another clock is from ours, again and again.  The
 * service need not run. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "platform/calendar.h"
#include "platform/lookup.h"
#include "platform/tick_counter.h"
#include "platform/wait.h"
#include "w32tm/commands.h"
#include "w32tm/format.h"
#include "w32tm/json.h"
#include "w32tm/nt_time.h"
#include "w32tm/packet_info.h"
#include "w32tm/probe.h"

#define ANSWER_TIMEOUT 1.0 /* s */

struct chart {
	const struct tool *tool;
	const char *target;
	struct net_address address;
	uint32_t period; /* s */
	uint32_t samples;
	bool limited; /* to that many samples */
	bool data_only, packet_info, ticks, json;
};

struct sample {
	int result; /* 0 or a negative errno */
	struct probe_answer answer;
	uint64_t ticks_before, ticks_after;
	utc_ns before, after;
};

static void take_sample(const struct chart *chart, struct sample *sample)
{
	sample->before = calendar_now();
	sample->ticks_before = tick_counter();
	sample->result = probe_ask(&chart->address, ANSWER_TIMEOUT, &sample->answer);
	sample->ticks_after = tick_counter();
	sample->after = calendar_now();
}

static void print_header(const struct chart *chart)
{
	char address[NET_ADDRESS_TEXT_MAX], date[FORMAT_MAX];
	FILE *out = chart->tool->out;

	fprintf(out, "Tracking %s [%s].\n", chart->target,
		net_address_text(&chart->address, address));
	if (chart->limited)
		fprintf(out, "Collecting %u samples.\n", chart->samples);
	fprintf(out, "The current time is %s.\n",
		format_date_time(date, calendar_now() / NS_PER_SECOND));
	if (chart->ticks)
		fprintf(out, "RdtscStart, RdtscEnd, FileTime, RoundtripDelay, NtpOffset\n");
}

static void print_ticks(const struct chart *chart, const struct sample *sample)
{
	char delay[FORMAT_MAX], offset[FORMAT_MAX];
	FILE *out = chart->tool->out;

	fprintf(out, "%" PRIu64 ", %" PRIu64 ", %" PRIu64 ", ", sample->ticks_before,
		sample->ticks_after, nt_time_from_utc(sample->before));
	if (sample->result < 0)
		fprintf(out, "error: 0x%08X\n", error_result(-sample->result));
	else
		fprintf(out, "%s, %s\n", format_chart_seconds(delay, sample->answer.delay),
			format_chart_seconds(offset, sample->answer.offset));
}

static void print_line(const struct chart *chart, const struct sample *sample)
{
	char time[FORMAT_MAX], delay[FORMAT_MAX], offset[FORMAT_MAX], graph[FORMAT_MAX];
	FILE *out = chart->tool->out;

	fprintf(out, "%s, ", format_clock_time(time, sample->after / NS_PER_SECOND));
	if (sample->result < 0)
		fprintf(out, "error: 0x%08X\n", error_result(-sample->result));
	else if (chart->data_only)
		fprintf(out, "%ss\n", format_chart_seconds(offset, sample->answer.offset));
	else
		fprintf(out, "d:%ss o:%ss  %s\n", format_chart_seconds(delay, sample->answer.delay),
			format_chart_seconds(offset, sample->answer.offset),
			format_graph(graph, sample->answer.offset));
}

static void print_json(const struct chart *chart, const struct sample *sample)
{
	char address[NET_ADDRESS_TEXT_MAX];
	json_t *line = json_pack("{s:I, s:s, s:s}", "time", (json_int_t)sample->after, "target",
				 chart->target, "address",
				 net_address_text(&chart->address, address));

	if (sample->result < 0) {
		json_object_set_new(line, "error", json_integer(error_result(-sample->result)));
	} else {
		json_object_set_new(line, "offset", json_real(sample->answer.offset));
		json_object_set_new(line, "delay", json_real(sample->answer.delay));
	}
	if (chart->packet_info && sample->result == 0)
		json_object_set_new(line, "packet", packet_info_json(&sample->answer));
	json_print_line(chart->tool->out, line);
	json_decref(line);
}

static void print_sample(const struct chart *chart, const struct sample *sample)
{
	if (chart->json) {
		print_json(chart, sample);
		return;
	}
	if (chart->ticks)
		print_ticks(chart, sample);
	else
		print_line(chart, sample);
	if (chart->packet_info && sample->result == 0)
		packet_info_print(chart->tool->out, &sample->answer);
}

static int draw(const struct chart *chart)
{
	struct sample sample;

	if (!chart->json)
		print_header(chart);
	tool_flush(chart->tool);
	for (uint32_t i = 0; !chart->limited || i < chart->samples; i++) {
		if (i > 0)
			wait_seconds(chart->period);
		take_sample(chart, &sample);
		print_sample(chart, &sample);
		tool_flush(chart->tool);
		if (ferror(chart->tool->out))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

/* Returns 0 or -EINVAL. */
static int claim(struct chart *chart, struct options *options, int *family)
{
	int json = tool_claim_json(options), period, samples;

	chart->target = options_claim_value(options, "computer");
	chart->data_only = options_claim(options, "dataonly");
	chart->packet_info = options_claim(options, "packetinfo");
	chart->ticks = options_claim(options, "rdtsc");
	period = options_claim_number(options, "period", 1, INT32_MAX, &chart->period);
	samples = options_claim_number(options, "samples", 0, UINT32_MAX, &chart->samples);
	chart->limited = samples > 0;
	chart->json = json > 0;
	if (probe_claim_family(options, family) < 0 || json < 0 || period < 0 || samples < 0)
		return -EINVAL;
	return chart->target == NULL ? -EINVAL : 0;
}

int command_stripchart(const struct tool *tool, struct options *options)
{
	struct chart chart = { .tool = tool, .period = 2 };
	struct probe_target target;
	int family, result = claim(&chart, options, &family);

	if (tool_refuse_unclaimed(tool, options) != 0)
		return EXIT_FAILURE;
	if (result < 0 || probe_target_parse(chart.target, &target) < 0)
		return tool_fail(tool, RESULT_INVALID_PARAMETER);
	result = lookup_address(target.host, family, target.port, &chart.address);
	if (result < 0)
		return tool_fail(tool, probe_lookup_result(result));
	return draw(&chart);
}

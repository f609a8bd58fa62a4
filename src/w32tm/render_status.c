/* /query /source, /status and /peers. */
#include "w32tm/render.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/timescale.h"
#include "w32tm/errors.h"
#include "w32tm/format.h"
#include "w32tm/json.h"

static int64_t seconds_of(utc_ns point)
{
	return point / NS_PER_SECOND - (point % NS_PER_SECOND < 0);
}

bool render_source_is_clock(const char *source)
{
	static const char *const clocks[] = {
		"",
		"Local CMOS Clock",
		"Free-running System Clock",
		"VM IC Time Synchronization Provider",
	};

	for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
		if (strcmp(source, clocks[i]) == 0)
			return true;
	}
	return false;
}

/* The service knows a peer as "name,flags (...)", and W32Time's tool shows what
 * stands before the bracket: the blank as well. */
static void print_source(FILE *out, const char *source)
{
	json_print_text(out, source);
	fputs(render_source_is_clock(source) ? "\n" : " \n", out);
}

void render_source(FILE *out, const char *source)
{
	print_source(out, source);
}

static void print_sync_time(FILE *out, utc_ns point, const char *never)
{
	char buffer[FORMAT_MAX];

	fprintf(out, "Last Successful Sync Time: %s\n",
		point == 0 ? never : format_date_time(buffer, seconds_of(point)));
}

static void print_status_verbose(FILE *out, const struct control_status *status)
{
	char buffer[FORMAT_MAX];

	fprintf(out, "Phase Offset: %s\n", format_seconds(buffer, status->phase_offset));
	fprintf(out, "ClockRate: %s\n", format_seconds(buffer, status->clock_rate));
	fprintf(out, "State Machine: %s\n", format_state(buffer, status->state));
	fprintf(out, "Time Source Flags: %s\n",
		format_source_flags(buffer, status->time_source_flags));
	fprintf(out, "Server Role: %s\n", format_server_role(buffer, status->server_role));
	fprintf(out, "Last Sync Error: %s\n", format_sync_error(buffer, status->last_sync_error));
	fprintf(out, "Time since Last Good Sync Time: %s\n\n",
		format_seconds(buffer, status->since_last_good_sync));
}

/* A line of our own: W32Time leaves this to the event log. */
static void print_domain_problem(FILE *out, const char *problem)
{
	if (*problem == '\0')
		return;
	fputs("Domain: ", out);
	json_print_text(out, problem);
	putc('\n', out);
}

void render_status(FILE *out, const struct control_status *status, bool verbose)
{
	uint32_t reference_id = (uint32_t)status->reference_id;
	char buffer[FORMAT_MAX];

	fprintf(out, "Leap Indicator: %s\n", format_leap(buffer, status->leap));
	fprintf(out, "Stratum: %s\n", format_stratum(buffer, status->stratum));
	fprintf(out, "Precision: %s\n", format_precision(buffer, status->precision));
	fprintf(out, "Root Delay: %s\n", format_seconds(buffer, status->root_delay));
	fprintf(out, "Root Dispersion: %s\n", format_seconds(buffer, status->root_dispersion));
	fprintf(out, "ReferenceId: %s\n",
		format_reference_id(buffer, reference_id, status->stratum));
	print_sync_time(out, status->last_sync_time, "unspecified");
	fputs("Source: ", out);
	print_source(out, status->source);
	fprintf(out, "Poll Interval: %s\n", format_poll(buffer, status->poll));
	print_domain_problem(out, status->domain_problem);
	putc('\n', out);
	if (verbose)
		print_status_verbose(out, status);
}

/* "NoAuth ": a text of W32Time's message table, with its last blank. */
static void print_authentication(FILE *out, const struct control_peer *peer)
{
	const char *name = peer->authentication;
	size_t length = strlen(name);
	char buffer[FORMAT_MAX];

	while (length > 0 && name[length - 1] == ' ')
		length--;
	snprintf(buffer, sizeof buffer, "%.*s", (int)(length < 100 ? length : 100), name);
	fprintf(out, "AuthTypeMsgId: 0x%08X (", (unsigned)peer->authentication_id);
	json_print_text(out, buffer);
	fputs(" )\n", out);
}

/* A peer has no files: what is not there is its name. */
static uint32_t peer_result(int64_t last_error)
{
	if (last_error == ENOENT)
		return RESULT_HOST_NOT_FOUND;
	return error_result((int)(last_error & 0xffff));
}

static void print_peer_verbose(FILE *out, const struct control_peer *peer)
{
	int64_t last_error = peer->last_error;
	char buffer[FORMAT_MAX];

	print_sync_time(out, peer->last_sync_time, "(null)");
	fprintf(out, "LastSyncError: %s\n", format_peer_error(buffer, peer_result(last_error)));
	fprintf(out, "LastSyncErrorMsgId: %s\n",
		format_drop_reason(buffer, (uint32_t)peer->last_drop));
	print_authentication(out, peer);
	fprintf(out, "Resolve Attempts: %" PRId64 "\n", peer->resolve_attempts);
	fprintf(out, "ValidDataCounter: %" PRId64 "\n", peer->valid_data_counter);
	fprintf(out, "Reachability: %" PRId64 "\n", peer->reachability);
}

static void print_peer(FILE *out, const struct control_peer *peer)
{
	char buffer[FORMAT_MAX];

	fputs("\nPeer: ", out);
	json_print_text(out, peer->name);
	fprintf(out, "\nState: %s\n", peer->active ? "Active" : "Pending");
	fprintf(out, "Time Remaining: %s\n", format_seconds(buffer, peer->time_remaining));
	fprintf(out, "Mode: %s\n", format_mode(buffer, peer->mode));
	fprintf(out, "Stratum: %s\n", format_stratum(buffer, peer->stratum));
	fprintf(out, "PeerPoll Interval: %s\n", format_poll(buffer, peer->peer_poll));
	fprintf(out, "HostPoll Interval: %s\n", format_poll(buffer, peer->host_poll));
}

void render_peers(FILE *out, const struct control_get_peers_reply *reply, bool verbose)
{
	fprintf(out, "#Peers: %zu\n", reply->peers_count);
	for (size_t i = 0; i < reply->peers_count; i++) {
		print_peer(out, &reply->peers[i]);
		if (verbose)
			print_peer_verbose(out, &reply->peers[i]);
	}
}

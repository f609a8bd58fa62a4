#include "server/mssntp_server.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "loop/loop.h"
#include "platform/local_stream.h"
#include "platform/udp.h"
#include "server/access.h"
#include "server/answer.h"
#include "server/signd_client.h"

#define KEY_IDENTIFIER_OFFSET NTP_HEADER_SIZE

/* s; an older request is of no use to its client, or the clock was stepped meanwhile. */
#define REQUEST_AGE_MAX 1.5

/* s; what a time stamp may be ahead of a later reading: rounding. */
#define REQUEST_LEAD_MAX 1e-3

/* An answer is sent when it is signed, but says before when that will be: after the
 * least of so many times that it took lately, so that it hardly ever lies in the
 * future; not more than so much (s), for what a busy signer takes is no measure.
 * A client's best samples then are as good as unsigned ones; else all would be off
 * by half of what a signature takes. */
#define DELAYS_MIN    8
#define DELAYS_MAX    64
#define DELAY_ALLOWED 0.001

/* s between looks at whom to tell of. */
#define REPORT_GAP   10.0
#define REPORT_WATCH 60.0

/* At most so many addresses are reported, each once a day. */
#define LEGACY_TOLD_MAX 64
#define DAY             86400.0

struct legacy_told {
	struct net_address address;
	raw_ns at;
};

struct mssntp_server {
	struct mssntp_server_environment environment;
	struct mssntp_server_settings settings;
	struct mssntp_server_counters counters;
	struct signd_client *signd; /* NULL: nothing is signed */
	struct rid_guard *guard;
	unsigned generation; /* of the sockets */
	double delays[DELAYS_MAX];
	unsigned delay_count; /* all that were ever taken */
	struct loop_timer *report_timer;
	bool looked; /* LOOKED_AT holds */
	raw_ns looked_at;
	struct legacy_told legacy_told[LEGACY_TOLD_MAX];
	unsigned legacy_told_count;
	struct udp_datagram answer;
};

/* What the signer keeps of a request. */
struct asked {
	struct mssntp_server *server;
	struct udp_socket *socket;
	unsigned generation;
	unsigned interface;
	uint32_t rid;
	struct net_address remote, local;
	utc_ns received;
	bool stamped; /* the answer says when it is sent, as of STAMPED_AT */
	struct clock_reading stamped_at;
};

_Static_assert(sizeof(struct asked) <= SIGND_CLIENT_REQUEST_MAX, "a request must fit");

bool mssntp_server_is_request(const uint8_t *data, size_t length)
{
	size_t size;

	if (length == MSSNTP_LEGACY_SIZE)
		size = MSSNTP_LEGACY_CHECKSUM_SIZE;
	/* In version 4 that may be an extension field. */
	else if (length == MSSNTP_EXTENDED_SIZE && (data[0] >> 3 & 7) == MSSNTP_VERSION)
		size = MSSNTP_EXTENDED_CHECKSUM_SIZE;
	else
		return false;
	return sodium_is_zero(data + length - size, size);
}

/* --- When an answer will be sent ---------------------------------------------- */

static double mssntp_server_expected_delay(const struct mssntp_server *server)
{
	unsigned count = server->delay_count < DELAYS_MAX ? server->delay_count : DELAYS_MAX;
	double least = DELAY_ALLOWED;

	/* The first one includes the making of a connection. */
	if (count < DELAYS_MIN)
		return 0;
	for (unsigned i = 0; i < count; i++) {
		if (server->delays[i] < least)
			least = server->delays[i];
	}
	return least;
}

static void mssntp_server_note_delay(struct mssntp_server *server, double delay)
{
	server->delays[server->delay_count % DELAYS_MAX] = delay;
	server->delay_count++;
}

static void mssntp_server_on_stamp(void *request, uint8_t header[NTP_HEADER_SIZE])
{
	struct asked *asked = request;
	struct mssntp_server *server = asked->server;
	utc_ns sent;

	asked->stamped = clock_read(server->environment.clock, &asked->stamped_at) == 0;
	if (!asked->stamped)
		return;
	sent = ns_add(asked->stamped_at.utc, mssntp_server_expected_delay(server));
	answer_set_sent(header, sent > asked->received ? sent : asked->received);
}

/* Whether what ASKED says of the time still holds, and how long it took. */
static bool mssntp_server_is_timely(const struct asked *asked, double *delay)
{
	const struct clock_reading *then = &asked->stamped_at;
	struct clock_reading now;

	if (!asked->stamped || clock_read(asked->server->environment.clock, &now) != 0)
		return false;
	*delay = ns_interval(then->raw, now.raw);
	return ns_interval(asked->received, now.utc) <= REQUEST_AGE_MAX &&
	       ns_interval(then->utc, asked->received) <= REQUEST_LEAD_MAX &&
	       ns_interval(now.utc, then->utc) <= REQUEST_LEAD_MAX;
}

static bool mssntp_server_send_answer(struct asked *asked, const uint8_t packet[MSSNTP_LEGACY_SIZE])
{
	struct mssntp_server *server = asked->server;
	struct udp_datagram *answer = &server->answer;
	double delay;

	if (asked->generation != server->generation || !mssntp_server_is_timely(asked, &delay))
		return false;
	mssntp_server_note_delay(server, delay);
	answer->remote = asked->remote;
	answer->local = asked->local;
	answer->interface = asked->interface;
	answer->length = MSSNTP_LEGACY_SIZE;
	memcpy(answer->data, packet, MSSNTP_LEGACY_SIZE);
	return udp_send(asked->socket, answer, 1) == 1;
}

static void mssntp_server_note_refusal(const struct asked *asked)
{
	struct mssntp_server *server = asked->server;
	struct clock_reading now;

	server->counters.refused++;
	if (clock_read(server->environment.clock, &now) == 0)
		rid_guard_refuse(server->guard, &asked->remote, asked->rid, now.raw);
}

static void mssntp_server_on_signed(void *request, int status,
				    const uint8_t packet[MSSNTP_LEGACY_SIZE])
{
	struct asked *asked = request;
	struct mssntp_server_counters *counters = &asked->server->counters;

	if (status == -EACCES)
		mssntp_server_note_refusal(asked);
	else if (status == 0 && mssntp_server_send_answer(asked, packet))
		counters->answered++;
	else
		counters->failed++;
}

static const struct signd_client_callbacks callbacks = { .stamp = mssntp_server_on_stamp,
							 .done = mssntp_server_on_signed };

/* --- What is told ------------------------------------------------------------- */

static const char *mssntp_server_source_text(const struct net_prefix *source, char *buffer,
					     size_t size)
{
	char address[NET_ADDRESS_TEXT_MAX];
	struct text text;

	text_init(&text, buffer, size);
	text_append(&text, "%s", net_address_host_text(&source->address, address));
	if (source->bits < (net_address_is_v6(&source->address) ? 128 : 32))
		text_append(&text, "/%u", source->bits);
	return buffer;
}

static void mssntp_server_report_timeroasting(struct mssntp_server *server,
					      const struct rid_guard_report *report)
{
	char source[NET_ADDRESS_TEXT_MAX + 8];

	mssntp_server_source_text(&report->source, source, sizeof source);
	if (report->goes_on)
		log_event(server->environment.log, LOG_LEVEL_WARNING, EVENT_TIMEROASTING,
			  "%s goes on asking for time signed for other accounts: %u%s different "
			  "ones in %llu requests since this was last reported; none was answered",
			  source, report->rids,
			  report->rids >= RID_GUARD_RIDS_COUNTED ? " or more" : "",
			  (unsigned long long)report->requests);
	else
		log_event(
			server->environment.log, LOG_LEVEL_WARNING, EVENT_TIMEROASTING,
			"%s has asked for time signed for more accounts than is allowed; signed "
			"answers to other accounts' requests are for guessing passwords "
			"(\"timeroasting\"). It gets no more of them for a while; if many machines "
			"share this address see SignedRidExempt",
			source);
}

/* One report at a time, or forged addresses could fill the log. */
static void mssntp_server_look_for_reports(struct mssntp_server *server, raw_ns now)
{
	struct rid_guard_report report;

	server->looked = true;
	server->looked_at = now;
	if (rid_guard_take_report(server->guard, now, &report)) {
		mssntp_server_report_timeroasting(server, &report);
		loop_timer_set(server->report_timer, REPORT_GAP);
	} else if (rid_guard_watches(server->guard)) {
		loop_timer_set(server->report_timer, REPORT_WATCH);
	}
}

static void mssntp_server_on_report_timer(void *context)
{
	struct mssntp_server *server = context;
	struct clock_reading now;

	if (server->guard != NULL && clock_read(server->environment.clock, &now) == 0)
		mssntp_server_look_for_reports(server, now.raw);
}

static void mssntp_server_report_soon(struct mssntp_server *server, raw_ns now)
{
	if (!server->looked || ns_interval(server->looked_at, now) >= REPORT_GAP)
		mssntp_server_look_for_reports(server, now);
}

static void mssntp_server_report_legacy_request(struct mssntp_server *server,
						const struct net_address *source, raw_ns now)
{
	struct legacy_told *place = NULL;
	char text[NET_ADDRESS_TEXT_MAX];

	for (unsigned i = 0; i < server->legacy_told_count; i++) {
		struct legacy_told *told = &server->legacy_told[i];
		bool over = ns_interval(told->at, now) >= DAY;

		if (net_address_same_host(&told->address, source) && !over)
			return;
		if (over)
			place = told;
	}
	if (place == NULL) {
		if (server->legacy_told_count == LEGACY_TOLD_MAX)
			return;
		place = &server->legacy_told[server->legacy_told_count++];
	}
	*place = (struct legacy_told){ .address = *source, .at = now };
	log_event(server->environment.log, LOG_LEVEL_INFORMATION, EVENT_LEGACY_REQUEST_IGNORED,
		  "a request for signed time from %s was ignored: it is in the older form, and "
		  "RequireSecureTimeSyncRequests=1",
		  net_address_host_text(source, text));
}

/* --- Requests ----------------------------------------------------------------- */

/* What we could sign, and would. */
static bool mssntp_server_is_acceptable(struct mssntp_server *server,
					const struct udp_datagram *datagram,
					struct mssntp_identifier *identifier, raw_ns now)
{
	const struct mssntp_server_settings *settings = &server->settings;

	if (server->signd == NULL ||
	    !access_allows(settings->sign_for, settings->sign_for_count, &datagram->remote) ||
	    mssntp_request_read(datagram->data, datagram->length, identifier) != 0)
		return false;
	/* Samba's signer has nothing for the newer form. */
	if (identifier->form != MSSNTP_LEGACY)
		return false;
	if (settings->extended_only)
		mssntp_server_report_legacy_request(server, &datagram->remote, now);
	return !settings->extended_only;
}

void mssntp_server_take(struct mssntp_server *server, struct udp_socket *socket,
			const struct udp_datagram *datagram, const uint8_t header[NTP_HEADER_SIZE],
			utc_ns received, raw_ns now)
{
	struct asked asked = {
		.server = server,
		.socket = socket,
		.generation = server->generation,
		.interface = datagram->interface,
		.remote = datagram->remote,
		.local = datagram->local,
		.received = received,
	};
	struct mssntp_identifier identifier;
	enum rid_guard_verdict verdict;
	int status;

	server->counters.received++;
	if (!mssntp_server_is_acceptable(server, datagram, &identifier, now)) {
		server->counters.ignored++;
		return;
	}
	verdict = rid_guard_check(server->guard, &datagram->remote, identifier.rid, now);
	if (verdict != RID_GUARD_ALLOWED) {
		server->counters.limited++;
		if (verdict == RID_GUARD_TOO_MANY)
			mssntp_server_report_soon(server, now);
		return;
	}
	asked.rid = identifier.rid;
	status = signd_client_sign(server->signd, header, datagram->data + KEY_IDENTIFIER_OFFSET,
				   &callbacks, &asked, sizeof asked);
	if (status == -EACCES)
		server->counters.refused++;
	else if (status != 0)
		server->counters.failed++;
}

/* --- For all ------------------------------------------------------------------ */

struct mssntp_server *mssntp_server_create(const struct mssntp_server_environment *environment)
{
	struct mssntp_server *server;

	if (sodium_init() < 0)
		return NULL;
	server = calloc(1, sizeof *server);
	if (server == NULL)
		return NULL;
	server->environment = *environment;
	if (loop_timer_create(&server->report_timer, environment->loop,
			      mssntp_server_on_report_timer, server) < 0) {
		mssntp_server_destroy(server);
		return NULL;
	}
	return server;
}

void mssntp_server_destroy(struct mssntp_server *server)
{
	if (server == NULL)
		return;
	signd_client_destroy(server->signd);
	rid_guard_destroy(server->guard);
	loop_timer_destroy(server->report_timer);
	free(server);
}

static void mssntp_server_stop(struct mssntp_server *server)
{
	signd_client_destroy(server->signd);
	rid_guard_destroy(server->guard);
	server->signd = NULL;
	server->guard = NULL;
	loop_timer_stop(server->report_timer);
}

/* The first signd, or another. */
static int mssntp_server_start(struct mssntp_server *server,
			       const struct mssntp_server_settings *settings, struct error *error)
{
	const struct signd_client_environment environment = {
		.loop = server->environment.loop,
		.log = server->environment.log,
		.time_max = SIGND_CLIENT_TIME_MAX,
		.connect = server->environment.connect,
		.context = server->environment.context,
	};
	struct signd_client *signd;
	int status = signd_client_create(&signd, &environment, settings->path, error);

	if (status != 0)
		return status;
	if (server->guard == NULL)
		server->guard = rid_guard_create(&settings->guard);
	if (server->guard == NULL) {
		signd_client_destroy(signd);
		return error_set_system(error, ENOMEM, "cannot sign time");
	}
	signd_client_destroy(server->signd);
	server->signd = signd;
	return 0;
}

int mssntp_server_configure(struct mssntp_server *server,
			    const struct mssntp_server_settings *settings, struct error *error)
{
	int status = 0;

	if (settings->path[0] == '\0')
		mssntp_server_stop(server);
	else if (server->signd == NULL || strcmp(settings->path, server->settings.path) != 0)
		status = mssntp_server_start(server, settings, error);
	if (status != 0)
		return status;
	if (server->guard != NULL)
		rid_guard_configure(server->guard, &settings->guard);
	server->settings = *settings;
	return 0;
}

void mssntp_server_forget(struct mssntp_server *server)
{
	server->generation++;
}

void mssntp_server_connected(struct mssntp_server *server, int status, socket_handle handle)
{
	if (server->signd != NULL)
		signd_client_connected(server->signd, status, handle);
	else if (status == 0)
		local_stream_close(handle);
}

void mssntp_server_counters(const struct mssntp_server *server,
			    struct mssntp_server_counters *counters)
{
	*counters = server->counters;
}

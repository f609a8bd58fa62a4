#include "server/signing.h"

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
#include "server/signer.h"

#define KEY_IDENTIFIER_OFFSET NTP_HEADER_SIZE

/* s; nobody can use an answer so late, or the clock was stepped meanwhile. */
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

/* Addresses that are told of once a day: not more of them than this. */
#define LEGACY_TOLD_MAX 64
#define DAY             86400.0

struct legacy_told {
	struct net_address address;
	raw_ns at;
};

struct signing {
	struct signing_environment environment;
	struct signing_settings settings;
	struct signing_counters counters;
	struct signer *signer; /* NULL: nothing is signed */
	struct harvest *harvest;
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
	struct signing *signing;
	struct udp_socket *socket;
	unsigned generation;
	unsigned interface;
	uint32_t rid;
	struct net_address remote, local;
	utc_ns received;
	bool stamped; /* the answer says when it is sent, as of STAMPED_AT */
	struct clock_reading stamped_at;
};

_Static_assert(sizeof(struct asked) <= SIGNER_REQUEST_MAX, "a request must fit");

bool signing_is_request(const uint8_t *data, size_t length)
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

static double expected_delay(const struct signing *signing)
{
	unsigned count = signing->delay_count < DELAYS_MAX ? signing->delay_count : DELAYS_MAX;
	double least = DELAY_ALLOWED;

	/* The first one includes the making of a connection. */
	if (count < DELAYS_MIN)
		return 0;
	for (unsigned i = 0; i < count; i++) {
		if (signing->delays[i] < least)
			least = signing->delays[i];
	}
	return least;
}

static void learn_delay(struct signing *signing, double delay)
{
	signing->delays[signing->delay_count % DELAYS_MAX] = delay;
	signing->delay_count++;
}

static void on_stamp(void *request, uint8_t header[NTP_HEADER_SIZE])
{
	struct asked *asked = request;
	struct signing *signing = asked->signing;
	utc_ns sent;

	asked->stamped = clock_read(signing->environment.clock, &asked->stamped_at) == 0;
	if (!asked->stamped)
		return;
	sent = ns_add(asked->stamped_at.utc, expected_delay(signing));
	answer_set_sent(header, sent > asked->received ? sent : asked->received);
}

/* Whether what ASKED says of the time still holds, and how long it took. */
static bool is_timely(const struct asked *asked, double *delay)
{
	const struct clock_reading *then = &asked->stamped_at;
	struct clock_reading now;

	if (!asked->stamped || clock_read(asked->signing->environment.clock, &now) != 0)
		return false;
	*delay = ns_interval(then->raw, now.raw);
	return ns_interval(asked->received, now.utc) <= REQUEST_AGE_MAX &&
	       ns_interval(then->utc, asked->received) <= REQUEST_LEAD_MAX &&
	       ns_interval(now.utc, then->utc) <= REQUEST_LEAD_MAX;
}

static bool send_answer(struct asked *asked, const uint8_t packet[MSSNTP_LEGACY_SIZE])
{
	struct signing *signing = asked->signing;
	struct udp_datagram *answer = &signing->answer;
	double delay;

	if (asked->generation != signing->generation || !is_timely(asked, &delay))
		return false;
	learn_delay(signing, delay);
	answer->remote = asked->remote;
	answer->local = asked->local;
	answer->interface = asked->interface;
	answer->length = MSSNTP_LEGACY_SIZE;
	memcpy(answer->data, packet, MSSNTP_LEGACY_SIZE);
	return udp_send(asked->socket, answer, 1) == 1;
}

static void note_refusal(const struct asked *asked)
{
	struct signing *signing = asked->signing;
	struct clock_reading now;

	signing->counters.refused++;
	if (clock_read(signing->environment.clock, &now) == 0)
		harvest_refuse(signing->harvest, &asked->remote, asked->rid, now.raw);
}

static void on_signed(void *request, int status, const uint8_t packet[MSSNTP_LEGACY_SIZE])
{
	struct asked *asked = request;
	struct signing_counters *counters = &asked->signing->counters;

	if (status == -EACCES)
		note_refusal(asked);
	else if (status == 0 && send_answer(asked, packet))
		counters->answered++;
	else
		counters->failed++;
}

static const struct signer_callbacks callbacks = { .stamp = on_stamp, .done = on_signed };

/* --- What is told ------------------------------------------------------------- */

static const char *source_text(const struct net_prefix *source, char *buffer, size_t size)
{
	char address[NET_ADDRESS_TEXT_MAX];
	struct text text;

	text_init(&text, buffer, size);
	text_append(&text, "%s", net_address_host_text(&source->address, address));
	if (source->bits < (net_address_is_v6(&source->address) ? 128 : 32))
		text_append(&text, "/%u", source->bits);
	return buffer;
}

static void tell_of_harvest(struct signing *signing, const struct harvest_report *report)
{
	char source[NET_ADDRESS_TEXT_MAX + 8];

	source_text(&report->source, source, sizeof source);
	if (report->goes_on)
		log_event(signing->environment.log, LOG_LEVEL_WARNING, EVENT_HARVEST,
			  "%s goes on asking for time signed for other accounts: %u%s different "
			  "ones in %llu requests since this was last reported; none was answered",
			  source, report->rids,
			  report->rids >= HARVEST_RIDS_COUNTED ? " or more" : "",
			  (unsigned long long)report->requests);
	else
		log_event(
			signing->environment.log, LOG_LEVEL_WARNING, EVENT_HARVEST,
			"%s has asked for time signed for more accounts than is allowed; signed "
			"answers to other accounts' requests are for guessing passwords "
			"(\"timeroasting\"). It gets no more of them for a while; if many machines "
			"share this address see SignedRidExempt",
			source);
}

/* One at a time: whoever forges addresses could fill the log else. */
static void look_for_reports(struct signing *signing, raw_ns now)
{
	struct harvest_report report;

	signing->looked = true;
	signing->looked_at = now;
	if (harvest_take_report(signing->harvest, now, &report)) {
		tell_of_harvest(signing, &report);
		loop_timer_set(signing->report_timer, REPORT_GAP);
	} else if (harvest_watches(signing->harvest)) {
		loop_timer_set(signing->report_timer, REPORT_WATCH);
	}
}

static void on_report_timer(void *context)
{
	struct signing *signing = context;
	struct clock_reading now;

	if (signing->harvest != NULL && clock_read(signing->environment.clock, &now) == 0)
		look_for_reports(signing, now.raw);
}

static void report_soon(struct signing *signing, raw_ns now)
{
	if (!signing->looked || ns_interval(signing->looked_at, now) >= REPORT_GAP)
		look_for_reports(signing, now);
}

static void tell_of_legacy(struct signing *signing, const struct net_address *source, raw_ns now)
{
	struct legacy_told *place = NULL;
	char text[NET_ADDRESS_TEXT_MAX];

	for (unsigned i = 0; i < signing->legacy_told_count; i++) {
		struct legacy_told *told = &signing->legacy_told[i];
		bool over = ns_interval(told->at, now) >= DAY;

		if (net_address_same_host(&told->address, source) && !over)
			return;
		if (over)
			place = told;
	}
	if (place == NULL) {
		if (signing->legacy_told_count == LEGACY_TOLD_MAX)
			return;
		place = &signing->legacy_told[signing->legacy_told_count++];
	}
	*place = (struct legacy_told){ .address = *source, .at = now };
	log_event(signing->environment.log, LOG_LEVEL_INFORMATION, EVENT_LEGACY_REQUEST_IGNORED,
		  "a request for signed time from %s was ignored: it is in the older form, and "
		  "RequireSecureTimeSyncRequests=1",
		  net_address_host_text(source, text));
}

/* --- Requests ----------------------------------------------------------------- */

/* What we could sign, and would. */
static bool is_acceptable(struct signing *signing, const struct udp_datagram *datagram,
			  struct mssntp_identifier *identifier, raw_ns now)
{
	const struct signing_settings *settings = &signing->settings;

	if (signing->signer == NULL ||
	    !access_allows(settings->sign_for, settings->sign_for_count, &datagram->remote) ||
	    mssntp_request_read(datagram->data, datagram->length, identifier) != 0)
		return false;
	/* Samba's signer has nothing for the newer form. */
	if (identifier->form != MSSNTP_LEGACY)
		return false;
	if (settings->extended_only)
		tell_of_legacy(signing, &datagram->remote, now);
	return !settings->extended_only;
}

void signing_take(struct signing *signing, struct udp_socket *socket,
		  const struct udp_datagram *datagram, const uint8_t header[NTP_HEADER_SIZE],
		  utc_ns received, raw_ns now)
{
	struct asked asked = {
		.signing = signing,
		.socket = socket,
		.generation = signing->generation,
		.interface = datagram->interface,
		.remote = datagram->remote,
		.local = datagram->local,
		.received = received,
	};
	struct mssntp_identifier identifier;
	enum harvest_verdict verdict;
	int status;

	signing->counters.received++;
	if (!is_acceptable(signing, datagram, &identifier, now)) {
		signing->counters.ignored++;
		return;
	}
	verdict = harvest_check(signing->harvest, &datagram->remote, identifier.rid, now);
	if (verdict != HARVEST_ALLOWED) {
		signing->counters.limited++;
		if (verdict == HARVEST_TOO_MANY)
			report_soon(signing, now);
		return;
	}
	asked.rid = identifier.rid;
	status = signer_sign(signing->signer, header, datagram->data + KEY_IDENTIFIER_OFFSET,
			     &callbacks, &asked, sizeof asked);
	if (status == -EACCES)
		signing->counters.refused++;
	else if (status != 0)
		signing->counters.failed++;
}

/* --- For all ------------------------------------------------------------------ */

struct signing *signing_create(const struct signing_environment *environment)
{
	struct signing *signing;

	if (sodium_init() < 0)
		return NULL;
	signing = calloc(1, sizeof *signing);
	if (signing == NULL)
		return NULL;
	signing->environment = *environment;
	if (loop_timer_create(&signing->report_timer, environment->loop, on_report_timer, signing) <
	    0) {
		signing_destroy(signing);
		return NULL;
	}
	return signing;
}

void signing_destroy(struct signing *signing)
{
	if (signing == NULL)
		return;
	signer_destroy(signing->signer);
	harvest_destroy(signing->harvest);
	loop_timer_destroy(signing->report_timer);
	free(signing);
}

static void stop(struct signing *signing)
{
	signer_destroy(signing->signer);
	harvest_destroy(signing->harvest);
	signing->signer = NULL;
	signing->harvest = NULL;
	loop_timer_stop(signing->report_timer);
}

/* The first signer, or another. */
static int start(struct signing *signing, const struct signing_settings *settings,
		 struct error *error)
{
	const struct signer_environment environment = {
		.loop = signing->environment.loop,
		.log = signing->environment.log,
		.time_max = SIGNER_TIME_MAX,
		.connect = signing->environment.connect,
		.context = signing->environment.context,
	};
	struct signer *signer;
	int status = signer_create(&signer, &environment, settings->path, error);

	if (status != 0)
		return status;
	if (signing->harvest == NULL)
		signing->harvest = harvest_create(&settings->harvest);
	if (signing->harvest == NULL) {
		signer_destroy(signer);
		return error_set_system(error, ENOMEM, "cannot sign time");
	}
	signer_destroy(signing->signer);
	signing->signer = signer;
	return 0;
}

int signing_configure(struct signing *signing, const struct signing_settings *settings,
		      struct error *error)
{
	int status = 0;

	if (settings->path[0] == '\0')
		stop(signing);
	else if (signing->signer == NULL || strcmp(settings->path, signing->settings.path) != 0)
		status = start(signing, settings, error);
	if (status != 0)
		return status;
	if (signing->harvest != NULL)
		harvest_configure(signing->harvest, &settings->harvest);
	signing->settings = *settings;
	return 0;
}

void signing_forget(struct signing *signing)
{
	signing->generation++;
}

void signing_connected(struct signing *signing, int status, socket_handle handle)
{
	if (signing->signer != NULL)
		signer_connected(signing->signer, status, handle);
	else if (status == 0)
		local_stream_close(handle);
}

void signing_counters(const struct signing *signing, struct signing_counters *counters)
{
	*counters = signing->counters;
}

#include "w32timed/status_report.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "client/ntp_client.h"
#include "config/config.h"
#include "loop/loop.h"
#include "server/ntp_server.h"
#include "w32timed/timekeeping.h"

#define STATUS_INTERVAL (8 * 3600.0)
/* After a fast start the sources have answered by then, and a source that changes
 * often is reported once. */
#define STATUS_DELAY 15.0
/* Room for the peers in what log_event() takes. */
#define PEERS_MAX 900

static void status_report_client(struct status_report *report,
				 const struct timekeeping_status *status)
{
	size_t count = ntp_client_peer_count(report->client);
	char peers[PEERS_MAX];
	struct text text;

	if (count == 0)
		return;
	text_init(&text, peers, sizeof peers);
	for (size_t i = 0; i < count; i++) {
		struct peer_status peer;

		ntp_client_peer(report->client, i, &peer);
		text_append(&text, "%s%s", i == 0 ? "" : ", ", peer.name);
		if (peer.active)
			text_append(&text, " stratum %u reachability 0x%02x", peer.stratum,
				    peer.reachability);
		else
			text_append(&text, " pending");
	}
	log_event(report->log, LOG_LEVEL_INFORMATION, EVENT_CLIENT_STATUS,
		  "NtpClient: source %s, offset %+.6f s; peers: %s", status->source,
		  status->discipline.offset, peers);
}

static void status_report_service(struct status_report *report,
				  const struct timekeeping_status *status)
{
	const struct announcement *announcement = &status->announcement;
	struct ntp_server_counters server;

	ntp_server_counters(report->server, &server);
	log_event(report->log, LOG_LEVEL_INFORMATION, EVENT_SERVICE_STATUS,
		  "status: Type=%s, stratum %u, leap %u, reference id 0x%08X, root delay %.6f s, "
		  "root dispersion %.6f s, state %d, frequency %+.3f ppm; NtpServer: %llu "
		  "requests, %llu answers",
		  config_text(*report->config, KEY_PARAMETERS_TYPE), announcement->stratum,
		  announcement->leap, announcement->reference_id, announcement->root_delay,
		  announcement->root_dispersion, (int)status->discipline.state,
		  status->discipline.frequency.frequency * 1e6, (unsigned long long)server.received,
		  (unsigned long long)server.answered);
}

static void on_status(void *context)
{
	struct status_report *report = context;
	struct timekeeping_status status;
	double since;

	timekeeping_status(report->timekeeping, &status);
	since = status.running - report->reported;
	if (since >= STATUS_INTERVAL || strcmp(report->source, status.source) != 0)
		status_report_client(report, &status);
	snprintf(report->source, sizeof report->source, "%s", status.source);
	if (since >= STATUS_INTERVAL) {
		status_report_service(report, &status);
		report->reported = status.running;
		since = 0;
	}
	loop_timer_set(report->timer, STATUS_INTERVAL - since + 1);
}

int status_report_start(struct status_report *report, struct loop *loop)
{
	int result = loop_timer_create(&report->timer, loop, on_status, report);

	if (result < 0)
		return result;
	loop_timer_set(report->timer, STATUS_DELAY);
	return 0;
}

void status_report_stop(struct status_report *report)
{
	loop_timer_destroy(report->timer);
	report->timer = NULL;
}

void status_report_changed(struct status_report *report)
{
	struct timekeeping_status status;

	if (report->timer == NULL)
		return;
	timekeeping_status(report->timekeeping, &status);
	if (strcmp(report->source, status.source) != 0)
		loop_timer_set(report->timer, STATUS_DELAY);
}

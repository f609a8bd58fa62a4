/* The service as its control socket's clients meet it: a whole one on a simulated
 * clock, in this process. */
#include "control/varlink_service.h"
#include "service_machine.h"
#include "tests/event_loop.h"
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static json_int_t own_stratum(struct machine *machine)
{
	struct varlink_reply reply;
	json_int_t stratum;

	machine_call(machine, "GetStatus", NULL, &reply);
	stratum = json_integer_value(
		json_object_get(json_object_get(reply.parameters, "status"), "stratum"));
	varlink_reply_free(&reply);
	return stratum;
}

static void check_source(struct machine *machine, const char *name)
{
	struct varlink_reply reply;

	machine_call(machine, "GetSource", NULL, &reply);
	ck_assert_str_eq(json_string_value(json_object_get(reply.parameters, "source")), name);
	varlink_reply_free(&reply);
}

static void reload(struct machine *machine, const char *more)
{
	struct varlink_reply reply;

	machine_configure(machine, machine->path, more);
	machine_call(machine, "Reload", NULL, &reply);
	ck_assert_ptr_null(reply.error);
	varlink_reply_free(&reply);
}

START_TEST(no_control_socket_however_it_is_spelled)
{
	struct machine machine;
	char here[1024];

	ck_assert_ptr_nonnull(getcwd(here, sizeof here));
	ck_assert_int_eq(chdir(machine_place()), 0);
	machine_start(&machine, "a", "None", "");
	ck_assert_int_lt(access("None", F_OK), 0);
	machine_stop(&machine);
	ck_assert_int_eq(chdir(here), 0);
}
END_TEST

START_TEST(nobody_follows_himself)
{
	struct machine machine;
	struct peer_status peer;
	char more[200];

	machine_start(&machine, "a", NULL,
		      "[Parameters]\nType = NoSync\n[NtpServer]\nEnabled = 1\n");
	snprintf(more, sizeof more,
		 "[Parameters]\nType = NTP\nNtpServer = 127.0.0.1:%u,0x8 127.0.0.2:%u,0x8\n"
		 "[NtpServer]\nEnabled = 1\n",
		 machine.port, machine.port);
	reload(&machine, more);
	for (unsigned i = 0; i < 20; i++)
		event_base_loop(event_loop_base(machine_loop()), EVLOOP_NONBLOCK);
	ntp_client_peer(machine.service->client, 0, &peer);
	ck_assert(!peer.active);
	ntp_client_peer(machine.service->client, 1, &peer);
	ck_assert(peer.active);
	machine_stop(&machine);
}
END_TEST

/* Who comes and goes must not take the place of who stays. */
START_TEST(watchers_who_left_are_forgotten)
{
	static struct line line;
	struct varlink_reply reply;
	struct machine machine;

	machine_start(&machine, "a", NULL, "[Parameters]\nType = NoSync\n");
	for (unsigned i = 0; i < 2 * WATCHERS_MAX; i++) {
		line_open(&line, &machine);
		line_ask(&line, "WatchStatus", NULL, true);
		line_take(&line, &reply);
		ck_assert_msg(reply.continues, "watcher %u", i);
		varlink_reply_free(&reply);
		line_close(&line);
		while (control_server_connections(machine.service->control) > 0)
			event_base_loop(event_loop_base(machine_loop()), EVLOOP_ONCE);
		ck_assert_uint_eq(machine.service->watchers.count, 0);
	}
	/* One that is there at the end is freed as well. */
	line_open(&line, &machine);
	line_ask(&line, "WatchStatus", NULL, true);
	while (machine.service->watchers.count == 0)
		event_base_loop(event_loop_base(machine_loop()), EVLOOP_ONCE);
	machine_stop(&machine);
	line_close(&line);
}
END_TEST

START_TEST(the_debug_log_begins_anew_when_asked)
{
	struct varlink_reply reply;
	struct machine machine;
	char path[512], text[256];
	FILE *file;

	machine_start(&machine, "a", NULL, "[Parameters]\nType = NoSync\n");
	snprintf(path, sizeof path, "%s/log", machine_place());
	file = fopen(path, "we");
	fputs("155552 23:49:07.3764812s - from long ago\n", file);
	fclose(file);
	machine_call(&machine, "SetDebugLog",
		     json_pack("{s:s, s:i, s:s, s:b}", "file", path, "size", 0, "entries", "0-300",
			       "truncate", 1),
		     &reply);
	ck_assert_ptr_null(reply.error);
	varlink_reply_free(&reply);
	machine_stop(&machine);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
	ck_assert_msg(strstr(text, "long ago") == NULL, "%s", text);
	fclose(file);
}
END_TEST

/* The answer to METHOD, which is to be none of varlink's own errors. */
static void check_answered(const struct machine *machine, const char *method)
{
	struct varlink_reply reply;

	machine_call(machine, method, NULL, &reply);
	ck_assert_msg(reply.error == NULL ||
			      strcmp(reply.error, VARLINK_ERROR_INVALID_PARAMETER) == 0,
		      "%s: %s", method, reply.error);
	varlink_reply_free(&reply);
}

START_TEST(every_method_of_the_description_is_served)
{
	struct machine machine;

	machine_start(&machine, "a", NULL, "[Parameters]\nType = NoSync\n");
	for (const char *const *method = control_interface_methods; *method != NULL; method++)
		check_answered(&machine, *method);
	machine_stop(&machine);
}
END_TEST

static uint8_t announced_leap(const struct machine *machine)
{
	struct timekeeping_status status;

	timekeeping_status(machine->service->timekeeping, &status);
	return status.announcement.leap;
}

START_TEST(what_is_not_known_is_null)
{
	static const char *const unknown[] = { "phase_offset", "phase_deviation", "frequency_ppm",
					       "frequency_deviation_ppm" };
	struct control_get_status_reply status;
	struct control_get_peers_reply peers;
	struct varlink_reply reply;
	struct machine machine;

	machine_start(&machine, "a", NULL,
		      "[Parameters]\nType = NTP\nNtpServer = 127.0.0.1:9,0x8\n");
	while (announced_leap(&machine) != 3)
		event_base_loop(event_loop_base(machine_loop()), EVLOOP_ONCE);
	machine_call(&machine, "GetStatus", NULL, &reply);
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
		const json_t *value = json_object_get(json_object_get(reply.parameters, "status"),
						      unknown[i]);

		ck_assert_msg(json_is_null(value), "%s", unknown[i]);
	}
	ck_assert_int_eq(control_get_status_reply_decode(reply.parameters, &status, NULL), 0);
	ck_assert(!status.status.synchronized);
	ck_assert_int_eq(status.status.leap, 3);
	ck_assert_int_eq(status.status.stratum, 0);
	ck_assert_str_eq(status.status.source, "Local CMOS Clock");
	varlink_reply_free(&reply);
	machine_call(&machine, "GetPeers", NULL, &reply);
	ck_assert_int_eq(control_get_peers_reply_decode(reply.parameters, &peers, NULL), 0);
	ck_assert_uint_eq(peers.peers_count, 1);
	ck_assert(isnan(peers.peers[0].offset) && isnan(peers.peers[0].delay));
	ck_assert(isnan(peers.peers[0].jitter) && isnan(peers.peers[0].root_distance));
	ck_assert(isnan(peers.peers[0].root_delay) && isnan(peers.peers[0].root_dispersion));
	control_get_peers_reply_free(&peers);
	varlink_reply_free(&reply);
	machine_stop(&machine);
}
END_TEST

/* Without the path, w32tm would change another file. */
START_TEST(a_path_that_is_not_utf8_is_an_error)
{
	struct control_error_failed failed;
	struct varlink_reply reply;
	struct machine machine;

	machine_start(&machine, "a", NULL, "[Parameters]\nType = NoSync\n");
	unlink(machine.file);
	snprintf(machine.file, sizeof machine.file, "%s/a\xff.conf", machine_place());
	machine.service->environment.configuration_file = machine.file;
	machine_call(&machine, "GetInfo", NULL, &reply);
	ck_assert_ptr_nonnull(reply.error);
	ck_assert_str_eq(reply.error, CONTROL_ERROR_FAILED);
	ck_assert_int_eq(control_error_failed_decode(reply.parameters, &failed, NULL), 0);
	ck_assert_str_eq(failed.message, "configuration_file is not UTF-8");
	ck_assert_int_eq(failed.code, EILSEQ);
	varlink_reply_free(&reply);
	/* The file's problems quote its name. */
	machine_configure(&machine, machine.path, "[NoSuch]\n");
	machine_call(&machine, "Reload", NULL, &reply);
	ck_assert_str_eq(reply.error, CONTROL_ERROR_FAILED);
	ck_assert_int_eq(control_error_failed_decode(reply.parameters, &failed, NULL), 0);
	ck_assert_str_eq(failed.message, "problems[0].file is not UTF-8");
	varlink_reply_free(&reply);
	machine_stop(&machine);
}
END_TEST

static void update_and_resync(const struct machine *machine, struct varlink_reply *reply)
{
	machine_call(machine, "Resync",
		     json_pack("{s:i}", "flags", RESYNC_UPDATE | RESYNC_RETURN_RESULT), reply);
}

START_TEST(update_and_resync_reads_the_configuration)
{
	struct machine machine;
	struct varlink_reply reply;

	machine_start(&machine, "a", NULL, "[Parameters]\nType = NoSync\n");
	machine_configure(&machine, machine.path,
			  "[Parameters]\nType = NoSync\n[Config]\nMaxPollInterval = 13\n");
	update_and_resync(&machine, &reply);
	ck_assert_ptr_null(reply.error);
	ck_assert_int_eq(json_integer_value(json_object_get(reply.parameters, "result")),
			 SYNC_RESULT_NO_DATA);
	varlink_reply_free(&reply);
	ck_assert_uint_eq(config_number(machine.service->config, KEY_CONFIG_MAX_POLL_INTERVAL), 13);
	/* A bad file: no resync either, and why. */
	machine_configure(&machine, machine.path, "[Config]\nMaxPollInterval = x\n");
	update_and_resync(&machine, &reply);
	ck_assert_ptr_nonnull(reply.error);
	ck_assert_str_eq(reply.error, CONTROL_ERROR_CONFIGURATION_INVALID);
	varlink_reply_free(&reply);
	ck_assert_uint_eq(config_number(machine.service->config, KEY_CONFIG_MAX_POLL_INTERVAL), 13);
	machine_stop(&machine);
}
END_TEST

/* A server and one that follows it already; its clock was OFFSET s wrong. */
static void start_wrong_pair(struct machine *server, struct machine *client, double offset)
{
	char more[256];

	machine_start(server, "server", NULL,
		      "[Parameters]\nType = NoSync\n[Config]\nAnnounceFlags = 5\n"
		      "[NtpServer]\nEnabled = 1\n");
	snprintf(more, sizeof more,
		 "[Parameters]\nType = NTP\nNtpServer = 127.0.0.1:%u,0x8\n"
		 "[NtpServer]\nEnabled = 1\n",
		 server->port);
	machine_start_wrong(client, "client", more, offset);
	while (own_stratum(client) != 2)
		event_base_loop(event_loop_base(machine_loop()), EVLOOP_ONCE);
}

static void start_pair(struct machine *server, struct machine *client)
{
	start_wrong_pair(server, client, 0);
}

static void ask_resync(struct line *line, const struct machine *machine)
{
	line_open(line, machine);
	line_ask(line, "Resync", json_pack("{s:i}", "flags", RESYNC_HARD | RESYNC_RETURN_RESULT),
		 false);
}

struct heard {
	unsigned events[300];
	char texts[300][1024];
};

static void hear(void *context, const struct log_record *record)
{
	struct heard *heard = context;

	if (record->event >= 300)
		return;
	heard->events[record->event]++;
	snprintf(heard->texts[record->event], sizeof heard->texts[0], "%s", record->text);
}

static void status_is_due(struct machine *machine, double hours)
{
	machine->service->status_report.reported = -hours * 3600;
	loop_timer_soon(machine->service->status_report.timer);
	event_base_loop(event_loop_base(machine_loop()), EVLOOP_NONBLOCK);
}

START_TEST(status_is_logged_every_eight_hours)
{
	static struct heard heard;
	struct log_sink sink = { .threshold = LOG_LEVEL_INFORMATION,
				 .write = hear,
				 .context = &heard };
	struct machine server, client;

	start_pair(&server, &client);
	log_add_sink(client.logging.log, &sink);
	status_is_due(&client, 1);
	ck_assert_uint_eq(heard.events[EVENT_CLIENT_STATUS], 1);
	status_is_due(&client, 1);
	ck_assert_uint_eq(heard.events[EVENT_CLIENT_STATUS], 1);
	ck_assert_uint_eq(heard.events[EVENT_SERVICE_STATUS], 0);
	status_is_due(&client, 8);
	ck_assert_uint_eq(heard.events[EVENT_CLIENT_STATUS], 2);
	ck_assert_uint_eq(heard.events[EVENT_SERVICE_STATUS], 1);
	ck_assert_msg(strstr(heard.texts[EVENT_SERVICE_STATUS], "stratum 2") != NULL, "%s",
		      heard.texts[EVENT_SERVICE_STATUS]);
	machine_stop(&client);
	ck_assert_uint_eq(heard.events[EVENT_SERVICE_STOPPING], 1);
	ck_assert_uint_eq(heard.events[EVENT_NOT_ADVERTISED], 1);
	machine_stop(&server);
}
END_TEST

static unsigned reload_with(struct machine *machine, const char *more, struct heard *heard,
			    unsigned event)
{
	unsigned before = heard->events[event];

	reload(machine, more);
	return heard->events[event] - before;
}

START_TEST(doubtful_settings_are_told)
{
	static struct heard heard;
	struct log_sink sink = { .threshold = LOG_LEVEL_INFORMATION,
				 .write = hear,
				 .context = &heard };
	struct machine machine;

	machine_start(&machine, "a", NULL, "[Parameters]\nType = NoSync\n");
	log_add_sink(machine.logging.log, &sink);
	ck_assert_uint_eq(reload_with(&machine, "[Parameters]\nType = NTP\nNtpServer =\n", &heard,
				      EVENT_NO_SOURCE_AT_ALL),
			  1);
	ck_assert_msg(strstr(heard.texts[EVENT_CONFIGURATION_CHANGED],
			     "Parameters\\Type=NTP (was NoSync)") != NULL,
		      "%s", heard.texts[EVENT_CONFIGURATION_CHANGED]);
	ck_assert_uint_eq(reload_with(&machine, "[NtpClient]\nInputProvider = 0\n", &heard,
				      EVENT_NO_INPUT_PROVIDER),
			  1);
	ck_assert_uint_eq(
		reload_with(&machine, "[Parameters]\nType = NT5DS\n", &heard, EVENT_NOT_IN_DOMAIN),
		1);
	ck_assert_uint_eq(heard.events[EVENT_NO_SOURCE_AT_ALL], 1);
	machine_stop(&machine);
}
END_TEST

static void count_server_settings(void *context, const struct log_record *record)
{
	unsigned *count = context;

	*count += strstr(record->text, "NtpServer answers at") != NULL;
}

/* NtpServer lets go of what it is about when it gets other settings. */
START_TEST(only_whom_it_concerns_is_told_of_a_change)
{
	unsigned told = 0;
	struct log_sink sink = { .threshold = LOG_LEVEL_DEBUG,
				 .write = count_server_settings,
				 .context = &told };
	struct machine machine;

	machine_start(&machine, "a", NULL, "");
	log_add_sink(machine.logging.log, &sink);
	reload(&machine, "[Config]\nHoldPeriod = 6\n");
	ck_assert_uint_eq(told, 0);
	reload(&machine, "RateLimit = 5\n");
	ck_assert_uint_eq(told, 1);
	machine_stop(&machine);
}
END_TEST

/* Clients need not know that an administrator is in doubt, or that two are. */
START_TEST(our_clients_do_not_notice_a_second_resync)
{
	static struct line first, second;
	struct machine server, client;
	struct varlink_reply reply;

	start_pair(&server, &client);
	ask_resync(&first, &client);
	while (client.service->resync.call == NULL)
		event_base_loop(event_loop_base(machine_loop()), EVLOOP_ONCE);
	ask_resync(&second, &client);
	line_take(&first, &reply);
	varlink_reply_free(&reply);
	while (!line_try(&second, &reply))
		ck_assert_int_eq(own_stratum(&client), 2);
	ck_assert_int_eq(json_integer_value(json_object_get(reply.parameters, "result")),
			 SYNC_RESULT_SUCCESS);
	varlink_reply_free(&reply);
	line_close(&first);
	line_close(&second);
	machine_stop(&client);
	machine_stop(&server);
}
END_TEST

static struct timekeeping_status status_of(const struct machine *machine)
{
	struct timekeeping_status status;

	timekeeping_status(machine->service->timekeeping, &status);
	return status;
}

/* A clock that is still being slewed, a server that has gone, and an administrator
 * who asks. */
START_TEST(a_failed_resync_changes_nothing)
{
	static struct heard heard;
	struct log_sink sink = { .threshold = LOG_LEVEL_INFORMATION,
				 .write = hear,
				 .context = &heard };
	struct timekeeping_status before, now;
	static struct line line;
	struct machine server, client;
	struct varlink_reply reply;

	start_wrong_pair(&server, &client, 0.9);
	log_add_sink(client.logging.log, &sink);
	machine_stop(&server);
	before = status_of(&client);
	ask_resync(&line, &client);
	while (!line_try(&line, &reply)) {
		event_base_loop(event_loop_base(machine_loop()), EVLOOP_NONBLOCK);
		now = status_of(&client);
		ck_assert_uint_eq(now.announcement.stratum, 2);
		ck_assert_uint_eq(now.announcement.leap, 0);
	}
	ck_assert_int_eq(json_integer_value(json_object_get(reply.parameters, "result")),
			 SYNC_RESULT_NO_DATA);
	varlink_reply_free(&reply);
	line_close(&line);
	now = status_of(&client);
	ck_assert_uint_eq(now.announcement.stratum, 2);
	ck_assert_uint_eq(now.announcement.leap, 0);
	ck_assert_uint_eq(now.announcement.reference_id, before.announcement.reference_id);
	ck_assert_int_eq(now.announcement.reference_time, before.announcement.reference_time);
	ck_assert_uint_eq(now.reference.source, before.reference.source);
	ck_assert_str_eq(now.source, before.source);
	ck_assert_int_eq(now.discipline.state, before.discipline.state);
	ck_assert_double_lt(client.clock->ops->rate(client.clock), -0.01);
	ck_assert_double_lt(fabs(now.discipline.offset), fabs(before.discipline.offset) - 0.01);
	for (unsigned event = 0; event < 300; event++)
		ck_assert_msg(heard.events[event] == 0 || event == EVENT_RESYNC_REQUESTED,
			      "event %u: %s", event, heard.texts[event]);
	machine_stop(&client);
}
END_TEST

START_TEST(a_peer_with_other_flags_is_the_same_source)
{
	struct machine server, client;
	struct sample_sink sink;
	struct clock_reading now;
	char more[256];

	start_pair(&server, &client);
	snprintf(more, sizeof more, "127.0.0.1:%u,0x8", server.port);
	check_source(&client, more);
	snprintf(more, sizeof more,
		 "[Parameters]\nType = NTP\nNtpServer = 127.0.0.1:%u,0xa\n"
		 "[NtpServer]\nEnabled = 1\n",
		 server.port);
	reload(&client, more);
	snprintf(more, sizeof more, "127.0.0.1:%u,0xa", server.port);
	check_source(&client, more);
	/* It is a fallback one now, and needed, for there is no other. */
	clock_read(client.clock, &now);
	sink = timekeeping_sink(client.service->timekeeping);
	ck_assert(sink.fallback_needed(sink.context, &now));
	machine_stop(&client);
	machine_stop(&server);
}
END_TEST

int main(void)
{
	TCase *alone = tcase_create("alone"), *pair = tcase_create("pair");
	TCase *const cases[] = { alone, pair, NULL };

	tcase_add_checked_fixture(alone, machine_make_place, machine_remove_place);
	tcase_add_test(alone, no_control_socket_however_it_is_spelled);
	tcase_add_test(alone, nobody_follows_himself);
	tcase_add_test(alone, watchers_who_left_are_forgotten);
	tcase_add_test(alone, the_debug_log_begins_anew_when_asked);
	tcase_add_test(alone, every_method_of_the_description_is_served);
	tcase_add_test(alone, what_is_not_known_is_null);
	tcase_add_test(alone, a_path_that_is_not_utf8_is_an_error);
	tcase_add_test(alone, update_and_resync_reads_the_configuration);
	tcase_add_checked_fixture(pair, machine_make_place, machine_remove_place);
	tcase_set_timeout(alone, 60);
	tcase_set_timeout(pair, 120);
	tcase_add_test(alone, doubtful_settings_are_told);
	tcase_add_test(alone, only_whom_it_concerns_is_told_of_a_change);
	tcase_add_test(pair, status_is_logged_every_eight_hours);
	tcase_add_test(pair, our_clients_do_not_notice_a_second_resync);
	tcase_add_test(pair, a_failed_resync_changes_nothing);
	tcase_add_test(pair, a_peer_with_other_flags_is_the_same_source);
	return unit_run("service calls", cases);
}

/* The service as its control socket's clients meet it: a whole one on a simulated
 * clock, in this process. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <jansson.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/load.h"
#include "control/varlink.h"
#include "platform/local_stream.h"
#include "w32timed/service_internal.h"

struct machine {
	char file[128], socket[128];
	struct logging logging;
	struct clock *clock;
	struct service *service;
};

static char directory[64];
static struct event_base *base;

static void make_place(void)
{
	snprintf(directory, sizeof directory, "/tmp/test_service_calls.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_ge(sodium_init(), 0);
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
}

static void remove_place(void)
{
	char command[128];

	event_base_free(base);
	snprintf(command, sizeof command, "rm -rf %s", directory);
	ck_assert_int_eq(system(command), 0);
}

static unsigned free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof address;
	int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(handle, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(getsockname(handle, (struct sockaddr *)&address, &length), 0);
	close(handle);
	return ntohs(address.sin_port);
}

static void write_configuration(const struct machine *machine, const char *socket, unsigned port,
				const char *more)
{
	FILE *file = fopen(machine->file, "we");

	ck_assert_ptr_nonnull(file);
	fprintf(file,
		"[w32timed]\nStateDir = %s\nControlSocket = %s\nBindAddress = 127.0.0.1\n"
		"Port = %u\nLogLevel = Error\n%s",
		directory, socket, port, more);
	ck_assert_int_eq(fclose(file), 0);
}

/* SOCKET NULL: one of the machine's own. */
static void start(struct machine *machine, const char *name, const char *socket, unsigned port,
		  const char *more)
{
	struct service_environment environment = {
		.base = base,
		.logging = &machine->logging,
		.user_drops = strstr(more, "User = ") != NULL,
	};
	struct config_problems problems = { 0 };
	struct config *config;
	struct error error;

	snprintf(machine->file, sizeof machine->file, "%s/%s.conf", directory, name);
	snprintf(machine->socket, sizeof machine->socket, "%s/%s.control", directory, name);
	write_configuration(machine, socket == NULL ? machine->socket : socket, port, more);
	ck_assert_int_eq(config_load(machine->file, CONFIG_ROLE_STANDALONE, &config, &problems), 0);
	ck_assert_int_eq(logging_open(&machine->logging, true, 0), 0);
	logging_set_level(&machine->logging, config);
	ck_assert_int_eq(clock_open_simulated(&machine->clock, 0, 0, &error), 0);
	environment.clock = machine->clock;
	environment.configuration_file = machine->file;
	ck_assert_int_eq(service_create(&machine->service, &environment, config, &error), 0);
}

static void stop(struct machine *machine)
{
	service_destroy(machine->service);
	machine->clock->ops->close(machine->clock);
	logging_close(&machine->logging);
}

static int dial(const struct machine *machine)
{
	struct error error;
	socket_handle connection;

	ck_assert_int_eq(local_stream_connect(machine->socket, &connection, &error), 0);
	return connection;
}

/* PARAMETERS is taken over. */
static void ask(int connection, const char *method, json_t *parameters, bool more)
{
	char name[128], *text;
	size_t length;

	snprintf(name, sizeof name, "%s.%s", CONTROL_INTERFACE, method);
	text = varlink_call_encode(name, parameters, more, &length);
	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(local_stream_send(connection, text, length, 5), 0);
	free(text);
	json_decref(parameters);
}

static bool has_answer(int connection)
{
	char byte;

	return recv(connection, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

/* One answer; they are all short enough to come as one piece. */
static void take(int connection, struct varlink_reply *reply)
{
	static char buffer[65536];
	struct error error;
	int got;

	while (!has_answer(connection))
		event_base_loop(base, EVLOOP_ONCE);
	got = local_stream_receive(connection, buffer, sizeof buffer, 5);
	ck_assert_int_gt(got, 0);
	ck_assert_int_eq(buffer[got - 1], '\0');
	ck_assert_int_eq(varlink_reply_decode(buffer, (size_t)got - 1, reply, &error), 0);
}

static void call(struct machine *machine, const char *method, json_t *parameters,
		 struct varlink_reply *reply)
{
	int connection = dial(machine);

	ask(connection, method, parameters, false);
	take(connection, reply);
	local_stream_close(connection);
}

static json_int_t own_stratum(struct machine *machine)
{
	struct varlink_reply reply;
	json_int_t stratum;

	call(machine, "GetStatus", NULL, &reply);
	stratum = json_integer_value(
		json_object_get(json_object_get(reply.parameters, "status"), "stratum"));
	varlink_reply_free(&reply);
	return stratum;
}

static void check_source(struct machine *machine, const char *name)
{
	struct varlink_reply reply;

	call(machine, "GetSource", NULL, &reply);
	ck_assert_str_eq(json_string_value(json_object_get(reply.parameters, "source")), name);
	varlink_reply_free(&reply);
}

START_TEST(no_control_socket_however_it_is_spelled)
{
	struct machine machine;

	ck_assert_int_eq(chdir(directory), 0);
	start(&machine, "a", "None", free_port(), "");
	ck_assert_int_lt(access("None", F_OK), 0);
	stop(&machine);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(nobody_follows_himself)
{
	unsigned port = free_port();
	struct machine machine;
	struct peer_status peer;
	char more[200];

	snprintf(more, sizeof more,
		 "[Parameters]\nType = NTP\nNtpServer = 127.0.0.1:%u,0x8 127.0.0.2:%u,0x8\n"
		 "[NtpServer]\nEnabled = 1\n",
		 port, port);
	start(&machine, "a", NULL, port, more);
	for (unsigned i = 0; i < 20; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	ntp_client_peer(machine.service->client, 0, &peer);
	ck_assert(!peer.active);
	ntp_client_peer(machine.service->client, 1, &peer);
	ck_assert(peer.active);
	stop(&machine);
}
END_TEST

/* Who comes and goes must not take the place of who stays. */
START_TEST(watchers_who_left_are_forgotten)
{
	struct varlink_reply reply;
	struct machine machine;

	start(&machine, "a", NULL, free_port(), "[Parameters]\nType = NoSync\n");
	for (unsigned i = 0; i < 2 * SERVICE_WATCHERS_MAX; i++) {
		int connection = dial(&machine);

		ask(connection, "WatchStatus", NULL, true);
		take(connection, &reply);
		ck_assert_msg(reply.continues, "watcher %u", i);
		varlink_reply_free(&reply);
		local_stream_close(connection);
		while (control_server_connections(machine.service->control) > 0)
			event_base_loop(base, EVLOOP_ONCE);
		ck_assert_uint_eq(machine.service->watcher_count, 0);
	}
	/* One that is there at the end is freed as well. */
	ask(dial(&machine), "WatchStatus", NULL, true);
	while (machine.service->watcher_count == 0)
		event_base_loop(base, EVLOOP_ONCE);
	stop(&machine);
}
END_TEST

START_TEST(the_debug_log_begins_anew_when_asked)
{
	struct varlink_reply reply;
	struct machine machine;
	char path[128], text[256];
	FILE *file;

	start(&machine, "a", NULL, free_port(), "[Parameters]\nType = NoSync\n");
	snprintf(path, sizeof path, "%s/log", directory);
	file = fopen(path, "we");
	fputs("155552 23:49:07.3764812s - from long ago\n", file);
	fclose(file);
	call(&machine, "SetDebugLog",
	     json_pack("{s:s, s:i, s:s, s:b}", "file", path, "size", 0, "entries", "0-300",
		       "truncate", 1),
	     &reply);
	ck_assert_ptr_null(reply.error);
	varlink_reply_free(&reply);
	stop(&machine);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
	ck_assert_msg(strstr(text, "long ago") == NULL, "%s", text);
	fclose(file);
}
END_TEST

/* Else only the first start could write it, and what it could not would be said at
 * every reload. */
START_TEST(the_debug_log_is_written_with_the_daemons_rights)
{
	struct machine machine;
	char more[256];
	int status;
	pid_t child;

	if (geteuid() != 0)
		return;
	snprintf(more, sizeof more, "User = nobody\n[Config]\nFileLogName = %s/log\n", directory);
	ck_assert_int_eq(chmod(directory, 0755), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		start(&machine, "a", NULL, free_port(), more);
		_exit(access(machine.socket, F_OK) == 0 && machine.logging.file == NULL ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* A server at *PORT and one that follows it already. */
static void start_pair(struct machine *server, struct machine *client, unsigned *port,
		       unsigned *own_port)
{
	char more[256];

	*port = free_port();
	start(server, "server", NULL, *port,
	      "[Parameters]\nType = NoSync\n[Config]\nAnnounceFlags = 5\n"
	      "[NtpServer]\nEnabled = 1\n");
	*own_port = free_port();
	snprintf(more, sizeof more,
		 "[Parameters]\nType = NTP\nNtpServer = 127.0.0.1:%u,0x8\n"
		 "[NtpServer]\nEnabled = 1\n",
		 *port);
	start(client, "client", NULL, *own_port, more);
	while (own_stratum(client) != 2)
		event_base_loop(base, EVLOOP_ONCE);
}

static int ask_resync(struct machine *machine)
{
	int connection = dial(machine);

	ask(connection, "Resync", json_pack("{s:i}", "flags", RESYNC_HARD | RESYNC_RETURN_RESULT),
	    false);
	return connection;
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
	machine->service->status_reported = -hours * 3600;
	event_active(machine->service->status_timer, EV_TIMEOUT, 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
}

START_TEST(status_is_logged_every_eight_hours)
{
	static struct heard heard;
	struct log_sink sink = { .threshold = LOG_LEVEL_INFORMATION,
				 .write = hear,
				 .context = &heard };
	struct machine server, client;
	unsigned port, own_port;

	start_pair(&server, &client, &port, &own_port);
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
	stop(&client);
	ck_assert_uint_eq(heard.events[EVENT_SERVICE_STOPPING], 1);
	ck_assert_uint_eq(heard.events[EVENT_NOT_ADVERTISED], 1);
	stop(&server);
}
END_TEST

static unsigned reload_with(struct machine *machine, unsigned port, const char *more,
			    struct heard *heard, unsigned event)
{
	struct varlink_reply reply;
	unsigned before = heard->events[event];

	write_configuration(machine, machine->socket, port, more);
	call(machine, "Reload", NULL, &reply);
	ck_assert_ptr_null(reply.error);
	varlink_reply_free(&reply);
	return heard->events[event] - before;
}

START_TEST(doubtful_settings_are_told)
{
	static struct heard heard;
	struct log_sink sink = { .threshold = LOG_LEVEL_INFORMATION,
				 .write = hear,
				 .context = &heard };
	struct machine machine;
	unsigned port = free_port();

	start(&machine, "a", NULL, port, "[Parameters]\nType = NoSync\n");
	log_add_sink(machine.logging.log, &sink);
	ck_assert_uint_eq(reload_with(&machine, port, "[Parameters]\nType = NTP\nNtpServer =\n",
				      &heard, EVENT_NO_SOURCE_AT_ALL),
			  1);
	ck_assert_msg(strstr(heard.texts[EVENT_CONFIGURATION_CHANGED],
			     "Parameters\\Type=NTP (was NoSync)") != NULL,
		      "%s", heard.texts[EVENT_CONFIGURATION_CHANGED]);
	ck_assert_uint_eq(reload_with(&machine, port, "[NtpClient]\nInputProvider = 0\n", &heard,
				      EVENT_NO_INPUT_PROVIDER),
			  1);
	ck_assert_uint_eq(reload_with(&machine, port, "[Parameters]\nType = NT5DS\n", &heard,
				      EVENT_NOT_IN_DOMAIN),
			  1);
	ck_assert_uint_eq(heard.events[EVENT_NO_SOURCE_AT_ALL], 1);
	stop(&machine);
}
END_TEST

/* Clients need not know that an administrator is in doubt, or that two are. */
START_TEST(our_clients_do_not_notice_a_second_resync)
{
	struct machine server, client;
	struct varlink_reply reply;
	unsigned port, own_port;
	int first, second;

	start_pair(&server, &client, &port, &own_port);
	first = ask_resync(&client);
	while (client.service->resync_call == NULL)
		event_base_loop(base, EVLOOP_ONCE);
	second = ask_resync(&client);
	take(first, &reply);
	varlink_reply_free(&reply);
	while (!has_answer(second))
		ck_assert_int_eq(own_stratum(&client), 2);
	take(second, &reply);
	ck_assert_int_eq(json_integer_value(json_object_get(reply.parameters, "result")),
			 SYNC_RESULT_SUCCESS);
	varlink_reply_free(&reply);
	local_stream_close(first);
	local_stream_close(second);
	stop(&client);
	stop(&server);
}
END_TEST

START_TEST(a_peer_with_other_flags_is_the_same_source)
{
	struct machine server, client;
	struct varlink_reply reply;
	unsigned port, own_port;
	char more[256];

	start_pair(&server, &client, &port, &own_port);
	snprintf(more, sizeof more, "127.0.0.1:%u,0x8", port);
	check_source(&client, more);
	snprintf(more, sizeof more,
		 "[Parameters]\nType = NTP\nNtpServer = 127.0.0.1:%u,0xa\n"
		 "[NtpServer]\nEnabled = 1\n",
		 port);
	write_configuration(&client, client.socket, own_port, more);
	call(&client, "Reload", NULL, &reply);
	ck_assert_ptr_null(reply.error);
	varlink_reply_free(&reply);
	snprintf(more, sizeof more, "127.0.0.1:%u,0xa", port);
	check_source(&client, more);
	/* It is a fallback one now, and needed, for there is no other. */
	ck_assert(timekeeping_fallback_needed(client.service->timekeeping));
	stop(&client);
	stop(&server);
}
END_TEST

int main(void)
{
	TCase *alone = tcase_create("alone"), *pair = tcase_create("pair");
	TCase *const cases[] = { alone, pair, NULL };

	tcase_add_checked_fixture(alone, make_place, remove_place);
	tcase_add_test(alone, no_control_socket_however_it_is_spelled);
	tcase_add_test(alone, nobody_follows_himself);
	tcase_add_test(alone, watchers_who_left_are_forgotten);
	tcase_add_test(alone, the_debug_log_is_written_with_the_daemons_rights);
	tcase_add_test(alone, the_debug_log_begins_anew_when_asked);
	tcase_add_checked_fixture(pair, make_place, remove_place);
	tcase_set_timeout(alone, 60);
	tcase_set_timeout(pair, 120);
	tcase_add_test(alone, doubtful_settings_are_told);
	tcase_add_test(pair, status_is_logged_every_eight_hours);
	tcase_add_test(pair, our_clients_do_not_notice_a_second_resync);
	tcase_add_test(pair, a_peer_with_other_flags_is_the_same_source);
	return unit_run("service calls", cases);
}

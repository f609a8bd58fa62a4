#include "service_machine.h"
#include "tests/event_loop.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/load.h"
#include "local_path.h"
#include "loopback.h"
#include "platform/local_stream.h"
#include "platform/paths.h"
#include "w32timed/service.h"

/* s; for what travels to come, while the services stand still. */
#define TRAVEL 0.001

static char directory[256];
static struct loop *loop;

void machine_make_place(void)
{
	char name[] = P_tmpdir "/test_service.XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(name));
	ck_assert_int_eq(path_make_absolute(name, directory, sizeof directory), 0);
	ck_assert_int_ge(sodium_init(), 0);
	loop = event_loop_create();
	ck_assert_ptr_nonnull(loop);
}

void machine_remove_place(void)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	char path[1024];

	loop_destroy(loop);
	ck_assert_ptr_nonnull(stream);
	while ((entry = readdir(stream)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
		unlink(path);
	}
	closedir(stream);
	ck_assert_int_eq(rmdir(directory), 0);
}

const char *machine_place(void)
{
	return directory;
}

struct loop *machine_loop(void)
{
	return loop;
}

/* ------------------------------------------------------------------------- */

void machine_configure(const struct machine *machine, const char *path, const char *more)
{
	FILE *file = fopen(machine->file, "we");

	ck_assert_ptr_nonnull(file);
	fprintf(file,
		"[w32timed]\nStateDir = %s\nControlSocket = %s\nBindAddress = 127.0.0.1\n"
		"Port = %u\nLogLevel = Error\n%s",
		directory, path, machine->port, more);
	ck_assert_int_eq(fclose(file), 0);
}

/* The service at MACHINE's port: 0 or why not. */
static int try_to_start(struct machine *machine, const char *path, const char *more, double offset)
{
	struct service_environment environment = {
		.loop = loop,
		.logging = &machine->logging,
		.user_drops = strstr(more, "User = ") != NULL,
	};
	struct config_problems problems = { 0 };
	struct config *config;
	struct error error;
	int status;

	machine_configure(machine, path == NULL ? machine->path : path, more);
	ck_assert_int_eq(config_load(machine->file, &config, &problems), 0);
	ck_assert_int_eq(logging_open(&machine->logging, true, 0), 0);
	logging_set_level(&machine->logging, config);
	ck_assert_int_eq(clock_open_simulated(&machine->clock, offset, 0, &error), 0);
	environment.clock = machine->clock;
	environment.configuration_file = machine->file;
	status = service_create(&machine->service, &environment, config, &error);
	ck_assert_msg(status == 0 || status == -EADDRINUSE, "%s", error.text);
	if (status < 0) {
		machine->clock->ops->close(machine->clock);
		logging_close(&machine->logging);
	}
	return status;
}

static void start_machine(struct machine *machine, const char *name, const char *path,
			  const char *more, double offset)
{
	int status = -EADDRINUSE;
	char text[64];

	snprintf(machine->file, sizeof machine->file, "%s/%s.conf", directory, name);
	snprintf(text, sizeof text, "%s.control", name);
	local_path(machine->path, sizeof machine->path, directory, text);
	/* Somebody may take the port before we do. */
	for (int i = 0; status == -EADDRINUSE && i < 10; i++) {
		machine->port = loopback_free_port();
		status = try_to_start(machine, path, more, offset);
	}
	ck_assert_int_eq(status, 0);
}

void machine_start(struct machine *machine, const char *name, const char *path, const char *more)
{
	start_machine(machine, name, path, more, 0);
}

void machine_start_wrong(struct machine *machine, const char *name, const char *more, double offset)
{
	start_machine(machine, name, NULL, more, offset);
}

void machine_stop(struct machine *machine)
{
	service_destroy(machine->service);
	machine->clock->ops->close(machine->clock);
	logging_close(&machine->logging);
}

/* ------------------------------------------------------------------------- */

void line_open(struct line *line, const struct machine *machine)
{
	struct error error;

	line->length = 0;
	ck_assert_int_eq(local_stream_connect(machine->path, &line->handle, &error), 0);
}

void line_close(struct line *line)
{
	local_stream_close(line->handle);
}

void line_ask(struct line *line, const char *method, json_t *parameters, bool more)
{
	char name[128], *text;
	size_t length;

	snprintf(name, sizeof name, "%s.%s", CONTROL_INTERFACE, method);
	text = varlink_call_encode(name, parameters, more, &length);
	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(local_stream_send(line->handle, text, length, 5), 0);
	free(text);
	json_decref(parameters);
}

bool line_try(struct line *line, struct varlink_reply *reply)
{
	struct error error;
	int got = local_stream_receive(line->handle, line->text + line->length,
				       sizeof line->text - line->length, TRAVEL);

	if (got == -ETIMEDOUT)
		return false;
	ck_assert_int_gt(got, 0);
	line->length += (size_t)got;
	if (line->text[line->length - 1] != '\0')
		return false;
	ck_assert_int_eq(varlink_reply_decode(line->text, line->length - 1, reply, &error), 0);
	line->length = 0;
	return true;
}

void line_take(struct line *line, struct varlink_reply *reply)
{
	do {
		event_base_loop(event_loop_base(loop), EVLOOP_NONBLOCK);
	} while (!line_try(line, reply));
}

void machine_call(const struct machine *machine, const char *method, json_t *parameters,
		  struct varlink_reply *reply)
{
	static struct line line;

	line_open(&line, machine);
	line_ask(&line, method, parameters, false);
	line_take(&line, reply);
	line_close(&line);
}

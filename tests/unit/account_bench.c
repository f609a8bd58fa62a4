#include <config.h>

#include "account_bench.h"
#include "tests/event_loop.h"

#include <stdio.h>
#include <string.h>

#include "account_fixture.h"
#include "unit.h"

struct loop *account_loop;
struct account_client *client;
char logged[4000];
unsigned changes;

static struct log *records;
static struct log_sink sink;

static void note_record(void *context, const struct log_record *record)
{
	size_t used = strlen(logged);

	(void)context;
	snprintf(logged + used, sizeof logged - used, "%s\n", record->text);
}

static void note_change(void *context)
{
	(void)context;
	changes++;
	loop_stop(account_loop);
}

void account_bench_set_up(void)
{
	account_make_place();
	account_loop = event_loop_create();
	records = log_create();
	sink = (struct log_sink){ .threshold = LOG_LEVEL_INFORMATION, .write = note_record };
	log_add_sink(records, &sink);
	logged[0] = '\0';
	changes = 0;
}

void account_bench_tear_down(void)
{
	account_client_destroy(client);
	client = NULL;
	loop_destroy(account_loop);
	log_destroy(records);
	account_remove_place();
}

int account_bench_create(const char *socket, const char *program, double pace, struct error *error)
{
	char configuration[400];
	struct account_client_environment environment = {
		.loop = account_loop,
		.log = records,
		.configuration_file = configuration,
		.socket = socket,
		.program = program,
		.pace = pace,
	};
	int result;

	snprintf(configuration, sizeof configuration, "%s", account_path("w32timed.conf"));
	result = account_client_create(&client, &environment, error);
	if (result == 0)
		account_client_notify(client, note_change, NULL);
	return result;
}

void wait_until(bool (*condition)(void))
{
	for (unsigned i = 0; i < 4000 && !condition(); i++) {
		const struct timeval moment = { .tv_usec = 5000 };

		event_base_loopexit(event_loop_base(account_loop), &moment);
		event_base_dispatch(event_loop_base(account_loop));
	}
	ck_assert(condition());
}

#include "domain/system_locator.h"

#include <errno.h>

#include "loop/loop.h"
#include "resolver/resolver.h"

void system_locator_end(struct system_locator *system)
{
	loop_watch_destroy(system->readable);
	system->readable = NULL;
	controller_hint_end(system->hint);
	system->hint = NULL;
}

static void system_locator_on_answer(void *context)
{
	struct system_locator *system = context;
	struct controller_hint_answer answer;
	struct error error;
	int result = controller_hint_take(system->hint, &answer, &error);

	if (result == 0)
		return;
	system_locator_end(system);
	if (result > 0 && !resolver_is_host_name(answer.host))
		result = error_set(&error, EBADMSG, "what it names is no host");
	if (result > 0)
		system->answer = answer;
	else
		log_debug(system->log, "the system names no domain controller: %s", error.text);
	system->done(system->context);
}

static int system_locator_begin(struct system_locator *system, struct loop *loop,
				const struct controller_hint_request *request, struct error *error)
{
	int result = controller_hint_start(&system->hint, request, error);

	if (result < 0) {
		system->hint = NULL;
		return result;
	}
	result = loop_watch_readable(&system->readable, loop, controller_hint_handle(system->hint),
				     system_locator_on_answer, system);
	if (result < 0) {
		system_locator_end(system);
		return error_set_system(error, -result, "cannot wait for the system's answer");
	}
	return 0;
}

void system_locator_ask(struct system_locator *system, struct loop *loop, struct log *log,
			const struct controller_hint_request *request, void (*done)(void *context),
			void *context)
{
	struct error error;
	int result;

	system_locator_end(system);
	system->answer.host[0] = '\0';
	system->log = log;
	system->done = done;
	system->context = context;
	result = system_locator_begin(system, loop, request, &error);
	if (result < 0 && result != -ENOSYS)
		log_debug(log, "the system is not asked for a domain controller: %s", error.text);
}

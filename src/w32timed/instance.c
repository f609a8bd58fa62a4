#include "w32timed/instance.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/instance_lock.h"
#include "platform/paths.h"
#include "platform/privileges.h"

/* The lock FOLDER/NAME of what USE names in a sentence. */
static int instance_lock(struct instance_lock **lock, const char *folder, const char *name,
			 const char *user, const char *use, struct log *log, struct error *error)
{
	char path[4096];
	int64_t holder = 0;
	struct error reason;
	int result = privileges_make_directory(folder, user, &reason);

	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (result == 0)
		result = instance_lock_take(path, lock, &holder, &reason);
	if (result == 0)
		return 0;
	if (result == -EBUSY && holder > 0)
		return error_set(error, EBUSY, "another w32timed, process %lld, %s",
				 (long long)holder, use);
	if (result == -EBUSY)
		return error_set(error, EBUSY, "another w32timed %s", use);
	log_event(log, LOG_LEVEL_WARNING, EVENT_NONE,
		  "whether another w32timed %s is not known: %s", use, reason.text);
	return 0;
}

int instance_begin(struct instance *instance, const struct config *config, bool steers,
		   struct log *log, struct error *error)
{
	const char *user = config_text(config, KEY_W32TIMED_USER);
	const char *state = config_text(config, KEY_W32TIMED_STATE_DIR);
	char folder[4096], use[4200];
	const char *clock = path_clock_lock();
	int result = 0;

	*instance = (struct instance){ .clock = NULL };
	snprintf(folder, sizeof folder, "%.*s", (int)path_folder_length(clock), clock);
	if (steers)
		result = instance_lock(&instance->clock, folder, clock + strlen(folder) + 1, user,
				       "steers this machine's clock", log, error);
	if (result == 0) {
		snprintf(use, sizeof use, "keeps its state in %s", state);
		result = instance_lock(&instance->state, state, "lock", user, use, log, error);
	}
	if (result < 0)
		instance_end(instance);
	return result;
}

void instance_end(struct instance *instance)
{
	instance_lock_release(instance->clock);
	instance_lock_release(instance->state);
	*instance = (struct instance){ .clock = NULL };
}

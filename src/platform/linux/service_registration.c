#include "platform/service_registration.h"

#include <errno.h>
#include <stddef.h>

#include "platform/process.h"

static int run_systemctl(char *verb, struct error *error)
{
	static char systemctl[] = "systemctl", quiet[] = "--quiet", unit[] = "w32timed.service";
	char *arguments[] = { systemctl, quiet, verb, unit, NULL };
	int result;

	if (!process_is_administrator())
		return error_set(error, EPERM, "only root may do this");
	result = process_run(arguments, NULL, NULL, error);
	if (result == -ENOENT)
		return error_set(error, ENOENT,
				 "this system has no systemd (there is no systemctl); start "
				 "w32timed by its own means");
	if (result > 0)
		return error_set(error, ENOENT, "systemctl %s %s failed", verb, unit);
	return result;
}

int service_register(const char *const *arguments, struct error *error)
{
	static char verb[] = "enable";

	if (arguments != NULL && arguments[0] != NULL)
		return error_set(error, ENOSYS,
				 "the options of the service stand in its unit: systemctl edit "
				 "w32timed.service changes them");
	return run_systemctl(verb, error);
}

int service_unregister(struct error *error)
{
	static char verb[] = "disable";

	return run_systemctl(verb, error);
}

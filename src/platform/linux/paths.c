#include "config.h"

#include "platform/paths.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *path_configuration(void)
{
	return SYSCONFDIR "/w32timed.conf";
}

const char *path_state(void)
{
	return LOCALSTATEDIR "/lib/w32timed";
}

const char *path_control(void)
{
	return RUNSTATEDIR "/w32timed/control";
}

const char *path_sample(void)
{
	return PKGDATADIR "/w32timed.conf";
}

const char *path_clock_lock(void)
{
	return RUNSTATEDIR "/w32timed/clock.lock";
}

const char *path_account_socket(void)
{
	return RUNSTATEDIR "/w32timed-account.socket";
}

const char *path_account_program(void)
{
	return LIBEXECDIR "/w32timed-account";
}

bool path_is_absolute(const char *path)
{
	return path[0] == '/';
}

size_t path_folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? 0 : (size_t)(slash - path);
}

int path_make_absolute(const char *path, char *buffer, size_t size)
{
	size_t used = 0;
	int wanted;

	if (path[0] != '/') {
		if (getcwd(buffer, size) == NULL)
			return errno == ERANGE ? -ENAMETOOLONG : -errno;
		used = strlen(buffer);
	}
	wanted = snprintf(buffer + used, size - used, "%s%s", path[0] == '/' ? "" : "/", path);
	return (size_t)wanted < size - used ? 0 : -ENAMETOOLONG;
}

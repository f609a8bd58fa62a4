#include "config.h"

#include "platform/paths.h"

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

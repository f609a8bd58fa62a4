#include "platform/registry.h"

#include <errno.h>

int registry_walk(const char *key,
		  void (*handler)(void *context, const struct registry_value *value), void *context,
		  struct error *error)
{
	(void)key;
	(void)handler;
	(void)context;
	return error_set(error, ENOSYS,
			 "this system has no registry; name a file that regedit has exported");
}

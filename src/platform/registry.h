/* The registry, where the system has one. */
#ifndef W32TIMED_PLATFORM_REGISTRY_H
#define W32TIMED_PLATFORM_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Lives only during the call that it is handed to. */
struct registry_value {
	const char *key; /* "HKEY_LOCAL_MACHINE\SYSTEM\..." */
	const char *name;
	unsigned type; /* as Windows numbers them */
	const uint8_t *data;
	size_t length;
};

/* Calls HANDLER for each value of KEY, a path below HKEY_LOCAL_MACHINE, and of all
 * keys below it.  A key that is not there has none.  -ENOSYS: no registry here. */
int registry_walk(const char *key,
		  void (*handler)(void *context, const struct registry_value *value), void *context,
		  struct error *error);

#endif

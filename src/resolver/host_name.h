/* Names of hosts. */
#ifndef W32TIMED_RESOLVER_HOST_NAME_H
#define W32TIMED_RESOLVER_HOST_NAME_H

#include <stdbool.h>

#define RESOLVER_NAME_MAX 253

/* Letters, digits, '-' and '_' in labels of 1 to 63, RESOLVER_NAME_MAX in all. */
bool resolver_is_host_name(const char *name);

#endif

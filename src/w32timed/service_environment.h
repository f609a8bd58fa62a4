/* What the service is given by the program that runs it. */
#ifndef W32TIMED_W32TIMED_SERVICE_ENVIRONMENT_H
#define W32TIMED_W32TIMED_SERVICE_ENVIRONMENT_H

#include <stdbool.h>

#include "platform/clock.h"
#include "w32timed/logging.h"

struct account_client;
struct loop;

struct service_environment {
	struct loop *loop;
	struct clock *clock;
	struct logging *logging;
	struct account_client *account; /* NULL: nothing is known of a domain */
	const char *configuration_file;
	bool user_drops;          /* become [w32timed] User once the ports are open */
	bool filter_system_calls; /* if the configuration wants it */
};

#endif

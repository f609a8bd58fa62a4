/* The time service itself: builds the providers, carries samples from them to
 * the discipline and its decisions to the clock, owns the event loop's timers,
 * reloads the configuration, answers the control interface. */
#ifndef W32TIMED_W32TIMED_SERVICE_H
#define W32TIMED_W32TIMED_SERVICE_H

#include "base/error.h"
#include "config/config.h"
#include "w32timed/service_environment.h"

struct service;

/* CONFIG is taken over, also on failure.  Ports and control socket are open and
 * privileges are dropped when this returns 0. */
int service_create(struct service **service, const struct service_environment *environment,
		   struct config *config, struct error *error);

/* Keeps the frequency, says goodbye, leaves the clock at its best known rate. */
void service_destroy(struct service *service);

/* SIGHUP and Reload: a bad file leaves everything as it was (event 6).  PROBLEMS
 * (zeroed by the caller, freed by it too) says what is wrong with the files,
 * ERROR whatever else went wrong. */
int service_reload(struct service *service, struct config_problems *problems, struct error *error);

#endif

/* The service manager: how it runs the daemon, what it asks for and what it wants
 * to hear.  On Linux it asks with signals and hears sd_notify(3)'s protocol over
 * $NOTIFY_SOCKET, written out (without that variable nothing is sent); Windows has
 * its service control manager. */
#ifndef W32TIMED_PLATFORM_SERVICE_MANAGER_H
#define W32TIMED_PLATFORM_SERVICE_MANAGER_H

#include <stdbool.h>

#include "base/error.h"
#include "platform/sockets.h"

/* Has SERVE called the way the service manager wants it, and returns what it
 * returned: 0, or a positive number by which the failure is known; Windows is told
 * that as the service's own error.  FOREGROUND: nobody but the terminal manages us.
 * A negative errno: SERVE was never called; -ENOTTY: Windows' service control
 * manager has not started us. */
int service_manager_run(bool foreground, int (*serve)(void *context), void *context,
			struct error *error);

enum service_request {
	SERVICE_REQUEST_NONE,
	SERVICE_REQUEST_STOP,   /* also SIGTERM, SIGINT, Ctrl+C */
	SERVICE_REQUEST_RELOAD, /* also SIGHUP; Windows: parameter change */
};

/* From here on requests are kept until they are asked for.  Only one of these can
 * exist in a process, and only within SERVE.  On Linux a broken connection is from
 * here on an error and no signal. */
struct service_requests;

int service_requests_open(struct service_requests **requests, struct error *error);
void service_requests_close(struct service_requests *requests); /* NULL is allowed */
socket_handle service_requests_handle(const struct service_requests *requests);

/* To be called until it is NONE, when the handle is readable. */
enum service_request service_requests_next(struct service_requests *requests);

void service_manager_ready(void);
void service_manager_reloading(void);
void service_manager_stopping(void);

/* After so many seconds without a sign of life the manager takes the service
 * for dead; 0: it does not mind.  Send them at half of it. */
double service_manager_watchdog(void);

/* Also to be called between the steps of a long start or stop, which Windows wants
 * to see go on. */
void service_manager_alive(void);

#endif

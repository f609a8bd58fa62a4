/* What the service manager wants to hear (Linux: sd_notify(3)'s protocol over
 * $NOTIFY_SOCKET, written out; without that variable nothing is sent). */
#ifndef W32TIMED_PLATFORM_SERVICE_MANAGER_H
#define W32TIMED_PLATFORM_SERVICE_MANAGER_H

void service_manager_ready(void);
void service_manager_reloading(void);
void service_manager_stopping(void);

/* After so many seconds without a sign of life the manager takes the service
 * for dead; 0: it does not mind.  Send them at half of it. */
double service_manager_watchdog(void);
void service_manager_alive(void);

#endif

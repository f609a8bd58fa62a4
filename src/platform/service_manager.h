/* What the service manager wants to hear (Linux: sd_notify(3)'s protocol over
 * $NOTIFY_SOCKET, written out; without that variable nothing is sent). */
#ifndef W32TIMED_PLATFORM_SERVICE_MANAGER_H
#define W32TIMED_PLATFORM_SERVICE_MANAGER_H

void service_manager_ready(void);
void service_manager_reloading(void);
void service_manager_stopping(void);
void service_manager_status(const char *one_line);

/* Seconds between signs of life that the manager asked for; 0: none. */
double service_manager_watchdog(void);
void service_manager_alive(void);

#endif

/* How the watch on the clock hears of it. */
#ifndef W32TIMED_PLATFORM_WINDOWS_CLOCK_WATCH_H
#define W32TIMED_PLATFORM_WINDOWS_CLOCK_WATCH_H

/* Windows tells a service's control handler alone (SERVICE_CONTROL_TIMECHANGE, and
 * SERVICE_CONTROL_POWEREVENT when the machine wakes up), which is to call this, from
 * any thread.  Nothing happens if the process has no watch open. */
void clock_watch_report(void);

#endif

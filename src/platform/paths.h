/* Where things are on this system; Windows finds them below %ProgramData%. */
#ifndef W32TIMED_PLATFORM_PATHS_H
#define W32TIMED_PLATFORM_PATHS_H

const char *path_configuration(void); /* /etc/w32timed.conf */
const char *path_state(void);         /* /var/lib/w32timed */
const char *path_control(void);       /* /run/w32timed/control */

#endif

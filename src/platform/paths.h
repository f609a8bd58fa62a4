/* Where things are on this system; Windows finds them below %ProgramData%. */
#ifndef W32TIMED_PLATFORM_PATHS_H
#define W32TIMED_PLATFORM_PATHS_H

#include <stdbool.h>
#include <stddef.h>

const char *path_configuration(void); /* /etc/w32timed.conf; w32timed.conf */
const char *path_state(void);         /* /var/lib/w32timed; state */
const char *path_control(void);       /* /run/w32timed/control; \\.\pipe\w32timed */

/* Whoever steers the system's clock has it locked. */
const char *path_clock_lock(void); /* /run/w32timed/clock.lock; clock.lock */

/* What a new configuration file is a copy of; on Windows it is beside the program. */
const char *path_sample(void);

/* Whether PATH means the same whatever the current folder is.  On Windows that is
 * C:\x and \\server\x, and also \x and /x: a service's current drive is the system's. */
bool path_is_absolute(const char *path);

/* How many bytes of PATH name the folder that holds it, without the separator; 0
 * if it names none or the root. */
size_t path_folder_length(const char *path);

/* Where a service manager listens for w32timed-account, and that program. */
const char *path_account_socket(void);  /* /run/w32timed-account.socket */
const char *path_account_program(void); /* /usr/libexec/w32timed-account */

/* PATH seen from the root folder, for those whose folder is another one.
 * Returns 0 or a negative errno (-ENAMETOOLONG). */
int path_make_absolute(const char *path, char *buffer, size_t size);

#endif

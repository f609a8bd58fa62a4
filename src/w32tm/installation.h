/* Where this installation keeps what the tool must find without the service's help. */
#ifndef W32TIMED_W32TM_INSTALLATION_H
#define W32TIMED_W32TM_INSTALLATION_H

#include "config/config.h"
#include "w32tm/tool.h"

/* --config, or the usual configuration file; borrowed. */
const char *installation_configuration_file(const struct tool *tool);

/* --socket, $W32TIMED_CONTROL, or the path that the configuration names; allocated,
 * NULL when memory is short. */
char *installation_socket_path(const struct tool *tool);

/* As config_load(), but a file that is not there sets nothing. */
int installation_load(const char *file, struct config **config, struct config_problems *problems);

#endif

/* Changing the configuration file, as /config and /debug do. */
#ifndef W32TIMED_W32TM_SETTINGS_H
#define W32TIMED_W32TM_SETTINGS_H

#include <stddef.h>

#include "config/config.h"
#include "config/edit.h"
#include "w32tm/tool.h"

/* Changes the file that settings go to and says (to the diagnoses) which of the
 * changes a policy overrules.  Returns 0 or an HRESULT. */
uint32_t settings_change(const struct tool *tool, const struct config_change *changes, size_t count,
			 struct error *error);

/* Has the running service read its configuration. */
uint32_t settings_reload(const struct tool *tool, struct error *error);

#endif

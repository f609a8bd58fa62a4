/* The domain controllers of a domain, as DNS has them. */
#ifndef W32TIMED_W32TM_CONTROLLERS_H
#define W32TIMED_W32TM_CONTROLLERS_H

#include "w32tm/tool.h"

/* The names of DOMAIN's controllers as /computers takes them, "dc2.x,*dc1.x",
 * the PDC emulator marked; allocated.  DOMAIN NULL: the machine's, as the
 * running service knows it.  Returns 0 or an HRESULT: RESULT_NO_SUCH_DOMAIN
 * when there is none. */
uint32_t controllers_find(const struct tool *tool, const char *domain, char **names);

#endif

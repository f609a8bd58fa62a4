/* The daemon's answers in W32Time's words.  Pure: structures in, text out; what the
 * daemon does not know (null) is shown as zero, as W32Time does. */
#ifndef W32TIMED_W32TM_RENDER_H
#define W32TIMED_W32TM_RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include "control/time_service.h"

void render_source(FILE *out, const char *source);
void render_status(FILE *out, const struct control_status *status, bool verbose);
void render_peers(FILE *out, const struct control_get_peers_reply *reply, bool verbose);
void render_domain(FILE *out, const struct control_domain *domain);
void render_configuration(FILE *out, const struct control_get_configuration_reply *reply,
			  bool verbose);

/* Whether SOURCE names a clock of this machine and no peer. */
bool render_source_is_clock(const char *source);

#endif

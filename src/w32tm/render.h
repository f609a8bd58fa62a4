/* The daemon's answers in W32Time's words.  Pure: JSON in, text out; an answer
 * that lacks something is shown with zeros, never believed. */
#ifndef W32TIMED_W32TM_RENDER_H
#define W32TIMED_W32TM_RENDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Each takes the parameters of the reply to the method named. */
void render_source(FILE *out, const json_t *reply);                      /* GetSource */
void render_status(FILE *out, const json_t *reply, bool verbose);        /* GetStatus */
void render_peers(FILE *out, const json_t *reply, bool verbose);         /* GetPeers */
void render_domain(FILE *out, const json_t *reply);                      /* GetDomain */
void render_configuration(FILE *out, const json_t *reply, bool verbose); /* GetConfiguration */

/* Whether SOURCE names a clock of this machine and no peer. */
bool render_source_is_clock(const char *source);

#endif

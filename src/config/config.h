/* The configuration as a value: every W32Time key with its value and origin.
 *
 * First comes what is written (config_parse(), config_check()): it is right or wrong
 * whatever machine reads it, and no interface or domain is looked at.  Then come the
 * settings in force (config_set_role() and what is below it): where nothing is written,
 * defaults of the machine's role, each moved to the nearest value that fits what is
 * written beside it.
 *
 * One table (config/keys.c) names every key with section, type, unit, range,
 * default by role and meaning; whatever else knows keys (loading, checking,
 * comparing, editing, /query /configuration, /dumpreg, the manual page) is
 * driven by it. */
#ifndef W32TIMED_CONFIG_CONFIG_H
#define W32TIMED_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config_types.h"
#include "config/keys.h"

struct config;

/* All defaults for ROLE.  NULL when memory is short. */
struct config *config_create(enum config_role role);
struct config *config_copy(const struct config *config);
void config_destroy(struct config *config);

/* PROBLEMS may be NULL here and below.
 *
 * One file as the caller read it; what CONFIG_ORIGIN_POLICY files say wins over
 * what was set before.  NAME is for messages.  Every problem is added to
 * PROBLEMS; returns 0, or -EINVAL if there was any (CONFIG then holds what was
 * right), or -ENOMEM.  NUL bytes and repeated keys are problems.  A list replaces what other files
 * gave. */
int config_parse(struct config *config, enum config_origin origin, const char *name,
		 const char *data, size_t length, struct config_problems *problems);

/* What no single line shows: a written MinPollInterval above a written
 * MaxPollInterval, and such.  To be called after the last file. */
int config_check(const struct config *config, struct config_problems *problems);

/* Adds to NOTES what files set although w32timed makes no use of it; that is no
 * fault. */
void config_note_unused(const struct config *config, struct config_problems *notes);

void config_problems_free(struct config_problems *problems);

enum config_role config_role(const struct config *config);
/* Defaults follow ROLE, or the role that [Domain] Role names; what files set stays. */
void config_set_role(struct config *config, enum config_role role);

/* The value in force.  Asking a number of a text key, or the reverse, is a
 * mistake of the program (assert). */
uint32_t config_number(const struct config *config, enum config_key key);
const char *config_text(const struct config *config, enum config_key key); /* "": unset */
enum config_origin config_origin(const struct config *config, enum config_key key);

/* Values of a CONFIG_TYPE_LIST key ([w32timed] BindAddress, AllowFrom);
 * config_text() is the first. */
size_t config_list_count(const struct config *config, enum config_key key);
const char *config_list_item(const struct config *config, enum config_key key, size_t index);

/* Whether both give KEY the same value, wherever it comes from. */
bool config_same(const struct config *a, const struct config *b, enum config_key key);

/* From now on TRACE, which is borrowed, notes what CONFIG is asked; NULL: no more. */
void config_set_trace(struct config *config, struct config_trace *trace);

/* Whether A and B differ in what TRACE has noted; NULL: in anything. */
bool config_differ(const struct config *a, const struct config *b,
		   const struct config_trace *trace);

#endif

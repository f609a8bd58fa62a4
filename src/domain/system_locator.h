/* The domain controller that the system's own locator names, if it has one and
 * knows one (platform/controller_hint.h).  Whatever fails is a line for debugging. */
#ifndef W32TIMED_DOMAIN_SYSTEM_LOCATOR_H
#define W32TIMED_DOMAIN_SYSTEM_LOCATOR_H

#include "base/log.h"
#include "platform/controller_hint.h"

struct loop;

/* All zero before. */
struct system_locator {
	struct controller_hint *hint; /* NULL: nothing is under way */
	struct loop_watch *readable;
	struct log *log;
	void (*done)(void *context);
	void *context;
	struct controller_hint_answer answer; /* the last one's; HOST "": none */
};

/* Ends what is under way.  DONE comes from the loop, answered or in vain; not at
 * all if SYSTEM->hint is NULL then: there is nobody to ask. */
void system_locator_ask(struct system_locator *system, struct loop *loop, struct log *log,
			const struct controller_hint_request *request, void (*done)(void *context),
			void *context);

/* What is under way is dropped; what was answered stays. */
void system_locator_end(struct system_locator *system);

#endif

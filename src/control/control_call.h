/* Answering a call of the control interface, as those that implement a method do. */
#ifndef W32TIMED_CONTROL_CONTROL_CALL_H
#define W32TIMED_CONTROL_CONTROL_CALL_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

struct control_call;

/* Each ends CALL, which is gone afterwards.  A call whose client has left may still
 * be answered: nothing happens.  PARAMETERS is taken over; NULL: they could not be
 * made, and ERROR says why (NULL: out of memory), which is then the answer
 * (io.w32timed.TimeService.Failed).  NAME: the whole name of an error. */
void control_reply(struct control_call *call, json_t *parameters, const struct error *error);
void control_reply_empty(struct control_call *call);
void control_reply_error(struct control_call *call, const char *name, json_t *parameters,
			 const struct error *error);
/* io.w32timed.TimeService.Failed with ERROR's sentence and code. */
void control_reply_failed(struct control_call *call, const struct error *error);
/* org.varlink.service.InvalidParameter */
void control_reply_invalid(struct control_call *call, const char *parameter);

/* One of several answers; PARAMETERS is taken over, not NULL.  False when the client
 * has left or did not ask for more; CALL stays valid either way. */
bool control_reply_more(struct control_call *call, json_t *parameters);

/* Has LEFT called when the client of a CALL that was kept leaves before it is
 * answered: the moment to answer it, which then only frees it.  Whatever keeps
 * a call for long needs this, or clients that come and go fill the memory. */
void control_on_left(struct control_call *call,
		     void (*left)(void *context, struct control_call *call), void *context);

bool control_wants_more(const struct control_call *call);

#endif

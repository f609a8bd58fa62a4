/* org.varlink.service: what every varlink service answers about itself. */
#ifndef W32TIMED_CONTROL_CONTROL_STANDARD_H
#define W32TIMED_CONTROL_CONTROL_STANDARD_H

#include <jansson.h>

struct control_call;

/* Answers a call of METHOD, named without the interface. */
void control_standard_handle(struct control_call *call, const char *method,
			     const json_t *parameters);

#endif

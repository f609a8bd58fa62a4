#include "w32timed/watchers.h"

/* The client has left. */
static void watchers_forget(void *context, struct control_call *call)
{
	struct watchers *watchers = context;
	size_t kept = 0;

	for (size_t i = 0; i < watchers->count; i++) {
		if (watchers->calls[i] != call)
			watchers->calls[kept++] = watchers->calls[i];
	}
	watchers->count = kept;
	control_reply_empty(call);
}

/* False: CALL has been ended. */
static bool watchers_answer(struct watchers *watchers, struct control_call *call)
{
	struct error error;
	json_t *status = watchers->encode(watchers->context, &error);

	if (status != NULL && control_reply_more(call, status))
		return true;
	if (status == NULL)
		control_reply(call, NULL, &error);
	else
		control_reply_empty(call);
	return false;
}

void watchers_add(struct watchers *watchers, struct control_call *call)
{
	struct error error;

	if (!control_wants_more(call) || watchers->count == WATCHERS_MAX) {
		control_reply(call, watchers->encode(watchers->context, &error), &error);
	} else if (watchers_answer(watchers, call)) {
		watchers->calls[watchers->count++] = call;
		control_on_left(call, watchers_forget, watchers);
	}
}

void watchers_tell(struct watchers *watchers)
{
	size_t kept = 0;

	for (size_t i = 0; i < watchers->count; i++) {
		if (watchers_answer(watchers, watchers->calls[i]))
			watchers->calls[kept++] = watchers->calls[i];
	}
	watchers->count = kept;
}

#include "config.h"

#include "platform/controller_hint.h"

#include <errno.h>

int controller_hint_start(struct controller_hint **hint,
			  const struct controller_hint_request *request, struct error *error)
{
	(void)hint;
	(void)request;
	return error_set(error, ENOSYS, "this system has no locator of domain controllers");
}

socket_handle controller_hint_handle(const struct controller_hint *hint)
{
	(void)hint;
	return SOCKET_HANDLE_NONE;
}

int controller_hint_take(struct controller_hint *hint, struct controller_hint_answer *answer,
			 struct error *error)
{
	(void)hint;
	(void)answer;
	return error_set(error, ENOSYS, "this system has no locator of domain controllers");
}

void controller_hint_end(struct controller_hint *hint)
{
	(void)hint;
}

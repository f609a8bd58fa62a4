#include "config.h"

#include "platform/account_sid.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/windows/errand.h"
#include "platform/windows/error.h"
#include "platform/windows/text.h"

#define NAME_SIZE 400 /* of DOMAIN\ACCOUNT */

struct account_sid_query {
	struct errand *errand;
};

/* What the thread is given, and what it brings. */
struct work {
	DWORD code;
	SID_NAME_USE type;
	uint8_t sid[ACCOUNT_SID_MAX];
	wchar_t name[NAME_SIZE];
};

static void ask(void *context)
{
	struct work *work = context;
	DWORD size = sizeof work->sid, domain_size = 256;
	wchar_t domain[256];

	if (LookupAccountNameW(NULL, work->name, work->sid, &size, domain, &domain_size,
			       &work->type))
		return;
	work->code = GetLastError();
	if (work->code == ERROR_SUCCESS)
		work->code = ERROR_NONE_MAPPED;
}

int account_sid_start(struct account_sid_query **query, const char *domain, const char *account,
		      struct error *error)
{
	struct account_sid_query *made = calloc(1, sizeof *made);
	struct work work = { .code = ERROR_SUCCESS };
	char name[NAME_SIZE];
	int length = snprintf(name, sizeof name, "%s\\%s", domain, account), result;

	if (made == NULL)
		return error_set_system(error, ENOMEM, "cannot ask for an account");
	if (length >= NAME_SIZE || text_to_wide_buffer(name, work.name, NAME_SIZE) < 0)
		result = error_set(error, EINVAL, "%s\\%s is no account for Windows", domain,
				   account);
	else
		result = errand_start(&made->errand, ask, &work, sizeof work, error);
	if (result < 0) {
		free(made);
		return result;
	}
	*query = made;
	return 0;
}

socket_handle account_sid_handle(const struct account_sid_query *query)
{
	return errand_handle(query->errand);
}

int account_sid_take(struct account_sid_query *query, uint8_t sid[ACCOUNT_SID_MAX],
		     struct error *error)
{
	const struct work *work = errand_result(query->errand);

	if (work == NULL)
		return 0;
	if (work->code == ERROR_NONE_MAPPED)
		return error_set(error, ENOENT, "Windows knows no such account");
	if (work->code != ERROR_SUCCESS)
		return error_set(error, errno_from_windows(work->code),
				 "LookupAccountName ended with error %lu", work->code);
	/* A machine's account is a user to most versions. */
	if ((work->type != SidTypeUser && work->type != SidTypeComputer) ||
	    work->sid[1] > SID_MAX_SUB_AUTHORITIES)
		return error_set(error, EBADMSG, "for Windows it is no machine's account");
	memcpy(sid, work->sid, sizeof work->sid);
	return 8 + 4 * sid[1];
}

void account_sid_end(struct account_sid_query *query)
{
	if (query == NULL)
		return;
	errand_end(query->errand);
	free(query);
}

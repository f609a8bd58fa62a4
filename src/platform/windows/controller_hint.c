#include "config.h"

#include "platform/controller_hint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <winsock2.h>

#include <windows.h>

#include <dsgetdc.h>
#include <lm.h>

#include "platform/windows/errand.h"
#include "platform/windows/error.h"
#include "platform/windows/text.h"

/* As W32Time asks, [MS-SNTP] 3.1.3.2. */
#define FLAGS                                                                                      \
	(DS_IS_DNS_NAME | DS_RETURN_DNS_NAME | DS_IP_REQUIRED | DS_AVOID_SELF |                    \
	 DS_TIMESERV_REQUIRED)

struct controller_hint {
	struct errand *errand;
};

/* What the thread is given, and what it brings. */
struct work {
	wchar_t domain[256], site[64];
	ULONG flags;
	DWORD code;
	bool understood;
	struct controller_hint_answer answer;
};

/* Names and addresses come with two backslashes before them. */
static bool read_text(const wchar_t *wide, char *text, size_t size)
{
	if (wide == NULL)
		return false;
	if (wcsncmp(wide, L"\\\\", 2) == 0)
		wide += 2;
	return text_from_wide_buffer(wide, text, size) == 0 && text[0] != '\0';
}

static bool read_answer(const DOMAIN_CONTROLLER_INFOW *information,
			struct controller_hint_answer *answer)
{
	char text[NET_ADDRESS_TEXT_MAX];
	size_t length;

	if (information->DomainControllerAddressType != DS_INET_ADDRESS ||
	    !read_text(information->DomainControllerAddress, text, sizeof text) ||
	    net_address_parse(text, 0, &answer->address) < 0 ||
	    !read_text(information->DomainControllerName, answer->host, sizeof answer->host))
		return false;
	length = strlen(answer->host);
	if (answer->host[length - 1] == '.')
		answer->host[length - 1] = '\0';
	return true;
}

static void ask(void *context)
{
	struct work *work = context;
	DOMAIN_CONTROLLER_INFOW *information = NULL;

	work->code = DsGetDcNameW(NULL, work->domain, NULL,
				  work->site[0] == L'\0' ? NULL : work->site, work->flags,
				  &information);
	if (work->code != ERROR_SUCCESS || information == NULL)
		return;
	work->understood = read_answer(information, &work->answer);
	NetApiBufferFree(information);
}

static int fill(struct work *work, const struct controller_hint_request *request)
{
	const char *site = request->pdc ? "" : request->site;

	work->flags = FLAGS;
	if (request->pdc)
		work->flags |= DS_PDC_REQUIRED;
	else if (request->reliable)
		work->flags |= DS_GOOD_TIMESERV_PREFERRED;
	if (request->fresh)
		work->flags |= DS_FORCE_REDISCOVERY;
	if (text_to_wide_buffer(request->domain, work->domain, 256) < 0 ||
	    text_to_wide_buffer(site, work->site, 64) < 0)
		return -EINVAL;
	return 0;
}

int controller_hint_start(struct controller_hint **hint,
			  const struct controller_hint_request *request, struct error *error)
{
	struct controller_hint *made = calloc(1, sizeof *made);
	struct work work = { .understood = false };
	int result;

	if (made == NULL)
		return error_set_system(error, ENOMEM, "cannot ask for a domain controller");
	if (fill(&work, request) < 0)
		result = error_set(error, EINVAL, "%s in site \"%s\" is no domain for Windows",
				   request->domain, request->site);
	else
		result = errand_start(&made->errand, ask, &work, sizeof work, error);
	if (result < 0) {
		free(made);
		return result;
	}
	*hint = made;
	return 0;
}

socket_handle controller_hint_handle(const struct controller_hint *hint)
{
	return errand_handle(hint->errand);
}

int controller_hint_take(struct controller_hint *hint, struct controller_hint_answer *answer,
			 struct error *error)
{
	const struct work *work = errand_result(hint->errand);

	if (work == NULL)
		return 0;
	if (work->code != ERROR_SUCCESS)
		return error_set(error, errno_from_windows(work->code),
				 "DsGetDcName ended with error %lu", work->code);
	if (!work->understood)
		return error_set(error, EBADMSG, "DsGetDcName gave no host with an address");
	*answer = work->answer;
	return 1;
}

void controller_hint_end(struct controller_hint *hint)
{
	if (hint == NULL)
		return;
	errand_end(hint->errand);
	free(hint);
}

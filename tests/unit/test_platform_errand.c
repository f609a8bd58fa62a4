/* What Windows is asked in threads of their own. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "platform/account_sid.h"
#include "platform/controller_hint.h"
#include "platform/wait.h"
#include "platform/windows/errand.h"
#include "platform/windows/text.h"

#include <dsgetdc.h>
#include <lm.h>

#define PATIENCE 20.0

static bool rings(socket_handle handle, double seconds)
{
	struct wait_handle wait = { .handle = handle };

	return wait_readable(&wait, 1, seconds) > 0;
}

/* ------------------------------------------------------------------------- */
/* Errands */

struct sum {
	HANDLE go;   /* NULL: at once */
	HANDLE gone; /* set when all is done */
	int a, b, sum;
};

static void add(void *context)
{
	struct sum *sum = context;

	if (sum->go != NULL)
		WaitForSingleObject(sum->go, INFINITE);
	sum->sum = sum->a + sum->b;
	if (sum->gone != NULL)
		SetEvent(sum->gone);
}

START_TEST(an_errand_brings_what_it_was_sent_for)
{
	struct sum sum = { .a = 2, .b = 3 };
	const struct sum *result;
	struct errand *errand;

	ck_assert_int_eq(errand_start(&errand, add, &sum, sizeof sum, NULL), 0);
	ck_assert(rings(errand_handle(errand), PATIENCE));
	result = errand_result(errand);
	ck_assert_ptr_nonnull(result);
	ck_assert_int_eq(result->sum, 5);
	ck_assert_int_eq(sum.sum, 0);
	ck_assert(rings(errand_handle(errand), 0));
	errand_end(errand);
	errand_end(NULL);
}
END_TEST

START_TEST(nobody_waits_for_an_errand)
{
	struct sum sum = { .go = CreateEventW(NULL, TRUE, FALSE, NULL),
			   .gone = CreateEventW(NULL, TRUE, FALSE, NULL) };
	struct errand *errand;

	ck_assert_int_eq(errand_start(&errand, add, &sum, sizeof sum, NULL), 0);
	ck_assert(!rings(errand_handle(errand), 0));
	ck_assert_ptr_null(errand_result(errand));
	errand_end(errand);
	/* It has what it needs until its end. */
	SetEvent(sum.go);
	ck_assert_int_eq(WaitForSingleObject(sum.gone, (DWORD)(PATIENCE * 1000)), WAIT_OBJECT_0);
	CloseHandle(sum.go);
	CloseHandle(sum.gone);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* Windows' locator of domain controllers.  The one here knows none; what one would
 * say that does is the test's.  (Threads that Check does not know assert nothing.) */

static struct fake_netlogon {
	DOMAIN_CONTROLLER_INFOW *information; /* NULL: Windows itself is asked */
	ULONG flags;
	bool site, freed;
} fake;

static DWORD WINAPI get_controller(const wchar_t *computer, const wchar_t *domain, GUID *guid,
				   const wchar_t *site, ULONG flags,
				   DOMAIN_CONTROLLER_INFOW **information)
{
	DWORD(*WINAPI function)
	(const wchar_t *, const wchar_t *, GUID *, const wchar_t *, ULONG,
	 DOMAIN_CONTROLLER_INFOW **);
	FARPROC symbol = GetProcAddress(LoadLibraryW(L"netapi32.dll"), "DsGetDcNameW");

	*information = fake.information;
	fake.flags = flags;
	fake.site = site != NULL;
	if (fake.information != NULL)
		return ERROR_SUCCESS;
	if (symbol == NULL)
		return ERROR_PROC_NOT_FOUND;
	memcpy(&function, &symbol, sizeof function);
	return function(computer, domain, guid, site, flags, information);
}

/* In the place of what the linker would import. */
extern void *__imp_DsGetDcNameW;
void *__imp_DsGetDcNameW = (void *)(uintptr_t)get_controller;

NET_API_STATUS WINAPI NetApiBufferFree(void *buffer)
{
	fake.freed = buffer == fake.information;
	return NERR_Success;
}

static void forget(void)
{
	fake = (struct fake_netlogon){ .flags = 0 };
}

static const struct controller_hint_request question = {
	.domain = "corp.example",
	.site = "Branch",
	.reliable = true,
	.fresh = true,
};

static int ask(const struct controller_hint_request *request, struct controller_hint_answer *answer,
	       struct error *error)
{
	struct controller_hint *hint;
	int result;

	ck_assert_int_eq(controller_hint_start(&hint, request, error), 0);
	ck_assert(rings(controller_hint_handle(hint), PATIENCE));
	result = controller_hint_take(hint, answer, error);
	controller_hint_end(hint);
	return result;
}

static const struct answer_row {
	const wchar_t *name, *address;
	ULONG type;
	const char *host; /* NULL: it is none */
	const char *text;
} answer_rows[] = {
	{ L"\\\\dc1.corp.example", L"\\\\192.0.2.1", DS_INET_ADDRESS, "dc1.corp.example",
	  "192.0.2.1" },
	{ L"\\\\dc1.corp.example.", L"\\\\2001:db8::1", DS_INET_ADDRESS, "dc1.corp.example",
	  "2001:db8::1" },
	{ L"DC1", L"192.0.2.1", DS_INET_ADDRESS, "DC1", "192.0.2.1" },
	{ L"\\\\DC1", L"\\\\DC1", DS_NETBIOS_ADDRESS, NULL, NULL },
	{ L"\\\\DC1", L"\\\\DC1", DS_INET_ADDRESS, NULL, NULL },
	{ L"\\\\", L"\\\\192.0.2.1", DS_INET_ADDRESS, NULL, NULL },
	{ L"\\\\dc1", NULL, DS_INET_ADDRESS, NULL, NULL },
	{ NULL, L"\\\\192.0.2.1", DS_INET_ADDRESS, NULL, NULL },
};

START_TEST(windows_names_a_controller)
{
	const struct answer_row *row = &answer_rows[_i];
	wchar_t name[64] = L"", address[64] = L"";
	DOMAIN_CONTROLLER_INFOW information = { .DomainControllerAddressType = row->type };
	struct controller_hint_answer answer;
	char text[NET_ADDRESS_TEXT_MAX];
	struct error error;
	int result;

	if (row->name != NULL)
		information.DomainControllerName = wcscpy(name, row->name);
	if (row->address != NULL)
		information.DomainControllerAddress = wcscpy(address, row->address);
	fake.information = &information;
	result = ask(&question, &answer, &error);
	ck_assert(fake.freed);
	if (row->host == NULL) {
		ck_assert_int_eq(result, -EBADMSG);
		return;
	}
	ck_assert_int_eq(result, 1);
	ck_assert_str_eq(answer.host, row->host);
	ck_assert_str_eq(net_address_host_text(&answer.address, text), row->text);
}
END_TEST

START_TEST(windows_is_asked_as_the_search_wants)
{
	const ULONG always = DS_IS_DNS_NAME | DS_RETURN_DNS_NAME | DS_IP_REQUIRED |
			     DS_TIMESERV_REQUIRED | DS_AVOID_SELF;
	struct controller_hint_request request = question;
	struct controller_hint_answer answer;
	DOMAIN_CONTROLLER_INFOW information = { .Flags = 0 };
	struct error error;

	fake.information = &information;
	ask(&request, &answer, &error);
	ck_assert_uint_eq(fake.flags, always | DS_GOOD_TIMESERV_PREFERRED | DS_FORCE_REDISCOVERY);
	ck_assert(fake.site);
	/* The PDC emulator may be anywhere, and there is but one. */
	request.pdc = true;
	request.fresh = false;
	ask(&request, &answer, &error);
	ck_assert_uint_eq(fake.flags, always | DS_PDC_REQUIRED);
	ck_assert(!fake.site);
	request = (struct controller_hint_request){ .domain = "corp.example", .site = "" };
	ask(&request, &answer, &error);
	ck_assert_uint_eq(fake.flags, always);
	ck_assert(!fake.site);
}
END_TEST

START_TEST(a_machine_in_no_domain_has_no_controller)
{
	struct controller_hint_request request = question;
	struct controller_hint_answer answer;
	struct error error = { .text = "" };

	request.pdc = _i > 0;
	ck_assert_int_lt(ask(&request, &answer, &error), 0);
	ck_assert_ptr_nonnull(strstr(error.text, "DsGetDcName ended with error "));
}
END_TEST

START_TEST(a_controller_is_not_waited_for)
{
	struct controller_hint *hint;

	for (unsigned i = 0; i < 50; i++) {
		ck_assert_int_eq(controller_hint_start(&hint, &question, NULL), 0);
		controller_hint_end(hint);
	}
	controller_hint_end(NULL);
}
END_TEST

START_TEST(what_is_no_name_is_not_asked)
{
	struct controller_hint_request request = question;
	struct controller_hint *hint;
	struct error error;
	char site[100] = "";

	request.domain = "corp\xff.example";
	ck_assert_int_eq(controller_hint_start(&hint, &request, &error), -EINVAL);
	request.domain = question.domain;
	memset(site, 's', sizeof site - 1);
	request.site = site;
	ck_assert_int_eq(controller_hint_start(&hint, &request, &error), -EINVAL);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* Windows' authority for accounts */

static int find_account(const char *domain, const char *account, uint8_t sid[ACCOUNT_SID_MAX],
			struct error *error)
{
	struct account_sid_query *query;
	int result;

	ck_assert_int_eq(account_sid_start(&query, domain, account, error), 0);
	ck_assert(rings(account_sid_handle(query), PATIENCE));
	result = account_sid_take(query, sid, error);
	account_sid_end(query);
	return result;
}

START_TEST(a_domain_that_is_not_ours_has_no_account)
{
	uint8_t sid[ACCOUNT_SID_MAX];
	struct error error;

	ck_assert_int_lt(find_account("corp.example", "MEMBER1$", sid, &error), 0);
	ck_assert_str_eq(error.text, "Windows knows no such account");
}
END_TEST

/* Whoever runs this has an account, of this machine. */
START_TEST(an_account_has_its_sid)
{
	wchar_t computer[256], user[256];
	char computer_text[800], user_text[800];
	DWORD computer_size = 256, user_size = 256;
	uint8_t sid[ACCOUNT_SID_MAX];
	struct error error = { .text = "" };

	ck_assert(GetComputerNameW(computer, &computer_size));
	ck_assert(GetUserNameW(user, &user_size));
	ck_assert_int_eq(text_from_wide_buffer(computer, computer_text, sizeof computer_text), 0);
	ck_assert_int_eq(text_from_wide_buffer(user, user_text, sizeof user_text), 0);
	ck_assert_msg(find_account(computer_text, user_text, sid, &error) == 28, "%s", error.text);
	ck_assert_int_eq(sid[0], SID_REVISION);
	ck_assert_int_eq(sid[1], 5);
	ck_assert_int_eq(sid[8], SECURITY_NT_NON_UNIQUE);
}
END_TEST

START_TEST(what_is_no_account_is_none)
{
	uint8_t sid[ACCOUNT_SID_MAX];
	struct account_sid_query *query;
	char domain[500] = "";
	struct error error;

	ck_assert_int_lt(find_account("BUILTIN", "Administrators", sid, &error), 0);
	ck_assert_str_eq(error.text, "for Windows it is no machine's account");
	memset(domain, 'd', sizeof domain - 1);
	ck_assert_int_eq(account_sid_start(&query, domain, "MEMBER1$", &error), -EINVAL);
	ck_assert_int_eq(account_sid_start(&query, "corp", "M\xff$", &error), -EINVAL);
}
END_TEST

START_TEST(an_account_is_not_waited_for)
{
	struct account_sid_query *query;

	for (unsigned i = 0; i < 50; i++) {
		ck_assert_int_eq(account_sid_start(&query, "corp.example", "MEMBER1$", NULL), 0);
		account_sid_end(query);
	}
	account_sid_end(NULL);
}
END_TEST

int main(void)
{
	TCase *test = tcase_create("errands");
	TCase *const cases[] = { test, NULL };

	tcase_add_checked_fixture(test, forget, NULL);
	tcase_set_timeout(test, 60);
	tcase_add_test(test, an_errand_brings_what_it_was_sent_for);
	tcase_add_test(test, nobody_waits_for_an_errand);
	tcase_add_loop_test(test, windows_names_a_controller, 0,
			    sizeof answer_rows / sizeof answer_rows[0]);
	tcase_add_test(test, windows_is_asked_as_the_search_wants);
	tcase_add_loop_test(test, a_machine_in_no_domain_has_no_controller, 0, 2);
	tcase_add_test(test, a_controller_is_not_waited_for);
	tcase_add_test(test, what_is_no_name_is_not_asked);
	tcase_add_test(test, a_domain_that_is_not_ours_has_no_account);
	tcase_add_test(test, an_account_has_its_sid);
	tcase_add_test(test, what_is_no_account_is_none);
	tcase_add_test(test, an_account_is_not_waited_for);
	return unit_run("platform errand", cases);
}

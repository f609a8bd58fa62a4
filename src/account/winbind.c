#include <config.h>

#include "account/winbind.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "account/sid.h"
#include "base/bytes.h"

#define LIBRARY "libwbclient.so.0"

/* What of its interface is used here. */
struct winbind_sid {
	uint8_t revision;
	uint8_t count;
	uint8_t authority[6];
	uint32_t numbers[15]; /* the machine's byte order */
};

enum { WINBIND_USER = 1, WINBIND_COMPUTER = 9 };

typedef int winbind_lookup_name(const char *domain, const char *name, struct winbind_sid *sid,
				int *type);

static int winbind_lookup(winbind_lookup_name *lookup_name, const char *workgroup,
			  const char *account, uint32_t *rid, struct error *error)
{
	struct winbind_sid sid = { .revision = 0 };
	uint8_t wire[8 + 4 * sizeof sid.numbers / sizeof *sid.numbers];
	int type = 0, code = lookup_name(workgroup, account, &sid, &type);

	if (code != 0)
		return error_set(error, ENOENT, "winbind does not know %s\\%s (error %d)",
				 workgroup, account, code);
	if ((type != WINBIND_USER && type != WINBIND_COMPUTER) ||
	    sid.count > sizeof sid.numbers / sizeof *sid.numbers)
		return error_set(error, EBADMSG, "for winbind %s\\%s is no machine's account",
				 workgroup, account);
	memcpy(wire, &sid, 8);
	for (unsigned i = 0; i < sid.count; i++)
		bytes_put_le32(wire + 8 + 4 * i, sid.numbers[i]);
	if (sid_account_rid(wire, 8 + 4U * sid.count, rid) < 0)
		return error_set(error, EBADMSG, "winbind's SID of %s is no account's", account);
	return 0;
}

int winbind_find_rid(const char *workgroup, const char *account, uint32_t *rid, struct error *error)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL), *symbol;
	winbind_lookup_name *function;
	int result;

	if (library == NULL)
		return error_set(error, ENOENT, "there is no " LIBRARY);
	symbol = dlsym(library, "wbcLookupName");
	if (symbol == NULL) {
		dlclose(library);
		return error_set(error, ENOENT, LIBRARY " has no wbcLookupName");
	}
	/* A pointer to data, as POSIX has it of dlsym(), is one to a function. */
	memcpy(&function, &symbol, sizeof function);
	result = winbind_lookup(function, workgroup, account, rid, error);
	dlclose(library);
	return result;
}

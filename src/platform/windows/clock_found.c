#include "config.h"

#include "platform/windows/clock_found.h"

#include <windows.h>

/* Volatile: it lives in memory, and so as long as what it tells of. */
#define KEY  L"Software\\w32timed.found"
#define NAME L"Adjustment"

struct kept {
	uint64_t adjustment, increment, disabled;
};

void clock_found_keep(const struct clock_adjustment *found)
{
	const struct kept kept = { found->adjustment, found->increment, found->disabled };
	HKEY key;

	if (RegCreateKeyExW(HKEY_CURRENT_USER, KEY, 0, NULL, REG_OPTION_VOLATILE, KEY_SET_VALUE,
			    NULL, &key, NULL) != ERROR_SUCCESS)
		return;
	RegSetValueExW(key, NAME, 0, REG_BINARY, (const BYTE *)&kept, sizeof kept);
	RegCloseKey(key);
}

void clock_found_forget(void)
{
	RegDeleteKeyW(HKEY_CURRENT_USER, KEY);
}

bool clock_found_recall(struct clock_adjustment *found)
{
	struct kept kept;
	DWORD length = sizeof kept;

	if (RegGetValueW(HKEY_CURRENT_USER, KEY, NAME, RRF_RT_REG_BINARY, NULL, &kept, &length) !=
		    ERROR_SUCCESS ||
	    length != sizeof kept)
		return false;
	*found = (struct clock_adjustment){ kept.adjustment, kept.increment, kept.disabled != 0 };
	return true;
}

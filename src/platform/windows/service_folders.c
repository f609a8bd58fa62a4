#include "config.h"

#include "platform/windows/service_folders.h"

#include <winsock2.h>

#include <windows.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/paths.h"
#include "platform/windows/error.h"
#include "platform/windows/folder_access.h"
#include "platform/windows/identity.h"
#include "platform/windows/text.h"

/* Of what is in it only what is not trusted is named. */
static int make_folder(const char *path, bool writable, struct error *error)
{
	const struct folder_access access = { writable };
	wchar_t *wide = text_to_wide(path), culprit[MAX_PATH];
	char *name;
	int result;

	if (wide == NULL)
		return error_set_system(error, errno, "cannot make the folder %s", path);
	result = folder_access_make(&access, wide, culprit);
	free(wide);
	if (result == -EACCES && culprit[0] != L'\0') {
		name = text_from_wide(culprit);
		error_set(error, EACCES,
			  "%s is there and belongs to somebody who is no administrator, or leads "
			  "elsewhere: remove it",
			  name == NULL ? path : name);
		free(name);
		return result;
	}
	return result < 0 ? error_set_system(error, -result, "cannot make the folder %s", path) : 0;
}

/* Of the configuration.  Returns 0 or a negative errno with ERROR set. */
static int find_base(char base[MAX_PATH], struct error *error)
{
	const char *configuration = path_configuration();
	size_t length = path_folder_length(configuration);

	if (length == 0 || length >= MAX_PATH)
		return error_set(error, ENAMETOOLONG, "the path %s is too long", configuration);
	memcpy(base, configuration, length);
	base[length] = '\0';
	return 0;
}

int service_folders_make(struct error *error)
{
	char base[MAX_PATH], logs[MAX_PATH + 8];
	int result = find_base(base, error);

	if (result < 0)
		return result;
	snprintf(logs, sizeof logs, "%s\\logs", base);
	result = make_folder(base, false, error);
	if (result == 0)
		result = make_folder(path_state(), true, error);
	return result == 0 ? make_folder(logs, true, error) : result;
}

static bool is_there(const char *path)
{
	wchar_t *wide = text_to_wide(path);
	bool there = wide == NULL || GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES;

	free(wide);
	return there;
}

int service_folders_provide(const char *path, struct error *error)
{
	char base[MAX_PATH];
	int result = find_base(base, error);

	if (result < 0)
		return result;
	if (strlen(base) != path_folder_length(path) || _strnicmp(path, base, strlen(base)) != 0 ||
	    is_there(base))
		return 0;
	if (!identity_is_administrator(NULL))
		return error_set(error, EPERM, "there is no folder %s, which administrators make",
				 base);
	return service_folders_make(error);
}

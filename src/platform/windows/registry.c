#include "config.h"

#include "platform/registry.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include "platform/windows/error.h"
#include "platform/windows/text.h"

/* Windows' own bounds: names of keys have 255 characters, of values 16383; W32Time's
 * keys lie two deep and what it holds is small. */
enum {
	KEY_NAME_MAX = 256,
	VALUE_NAME_MAX = 16384,
	DATA_MAX = 65536,
	PATH_SIZE = 2048,
	DEPTH_MAX = 8,
};

struct walk {
	void (*handler)(void *context, const struct registry_value *value);
	void *context;
	wchar_t name[VALUE_NAME_MAX];
	uint8_t data[DATA_MAX];
};

static int hand_over(struct walk *walk, const char *path, DWORD type, DWORD length)
{
	char key[PATH_SIZE + 32], *name = text_from_wide(walk->name);

	if (name == NULL)
		return errno == ENOMEM ? -ENOMEM : 0;
	snprintf(key, sizeof key, "HKEY_LOCAL_MACHINE\\%s", path);
	walk->handler(walk->context,
		      &(struct registry_value){ key, name, type, walk->data, length });
	free(name);
	return 0;
}

static int walk_values(struct walk *walk, HKEY key, const char *path)
{
	int result = 0;

	for (DWORD i = 0; result == 0; i++) {
		DWORD name_size = VALUE_NAME_MAX, length = DATA_MAX, type;
		LSTATUS status = RegEnumValueW(key, i, walk->name, &name_size, NULL, &type,
					       walk->data, &length);

		if (status == ERROR_NO_MORE_ITEMS)
			break;
		/* Larger than any of W32Time's. */
		if (status == ERROR_MORE_DATA)
			continue;
		result = status == ERROR_SUCCESS ? hand_over(walk, path, type, length)
						 : -errno_from_windows((unsigned long)status);
	}
	return result;
}

static int walk_key(struct walk *walk, const char *path, unsigned depth)
{
	wchar_t wide[PATH_SIZE], name[KEY_NAME_MAX];
	char below[PATH_SIZE], child[3 * KEY_NAME_MAX];
	LSTATUS status;
	HKEY key;
	int result = text_to_wide_buffer(path, wide, PATH_SIZE);

	if (result < 0)
		return result;
	status = RegOpenKeyExW(HKEY_LOCAL_MACHINE, wide, 0, KEY_READ, &key);
	if (status == ERROR_FILE_NOT_FOUND)
		return 0;
	if (status != ERROR_SUCCESS)
		return -errno_from_windows((unsigned long)status);
	result = walk_values(walk, key, path);
	for (DWORD i = 0; result == 0 && depth < DEPTH_MAX; i++) {
		DWORD size = KEY_NAME_MAX;

		if (RegEnumKeyExW(key, i, name, &size, NULL, NULL, NULL, NULL) != ERROR_SUCCESS)
			break;
		if (text_from_wide_buffer(name, child, sizeof child) < 0 ||
		    snprintf(below, sizeof below, "%s\\%s", path, child) >= PATH_SIZE)
			continue;
		result = walk_key(walk, below, depth + 1);
		/* Who may read the service's settings may not see its "Security". */
		if (result == -EACCES)
			result = 0;
	}
	RegCloseKey(key);
	return result;
}

int registry_walk(const char *key,
		  void (*handler)(void *context, const struct registry_value *value), void *context,
		  struct error *error)
{
	struct walk *walk = malloc(sizeof *walk);
	int result = -ENOMEM;

	if (walk != NULL) {
		walk->handler = handler;
		walk->context = context;
		result = walk_key(walk, key, 0);
	}
	free(walk);
	if (result < 0)
		return error_set_system(error, -result, "cannot read the registry's %s", key);
	return 0;
}

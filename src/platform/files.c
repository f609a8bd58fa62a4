#include "platform/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "platform/files_os.h"

/* --- Reading ------------------------------------------------------------------ */

/* Reads to the end or one byte past LIMIT, in a buffer that grows. */
static int file_read_all(intptr_t handle, size_t limit, char **data, size_t *length)
{
	size_t size = 4096, used = 0;
	char *buffer = malloc(size + 1);

	while (buffer != NULL) {
		int64_t got = file_os_read(handle, buffer + used, size - used);

		if (got < 0 || used + (size_t)got > limit) {
			free(buffer);
			return got < 0 ? (int)got : -EFBIG;
		}
		if (got == 0) {
			buffer[used] = '\0';
			*data = buffer;
			*length = used;
			return 0;
		}
		used += (size_t)got;
		if (used == size) {
			char *larger = size < SIZE_MAX / 4 ? realloc(buffer, 2 * size + 1) : NULL;

			if (larger == NULL)
				free(buffer);
			buffer = larger;
			size *= 2;
		}
	}
	return -ENOMEM;
}

static int file_open_and_read(const char *path, size_t limit, bool secret, char **data,
			      size_t *length, struct error *error)
{
	intptr_t handle;
	bool private;
	int result = file_os_open(path, &handle);

	if (result == -EINVAL)
		return error_set(error, EINVAL, "%s is not a regular file", path);
	if (result < 0)
		return error_set_system(error, -result, "cannot open %s", path);
	private = !secret || file_os_is_private(handle);
	if (private)
		result = file_read_all(handle, limit, data, length);
	file_os_close(handle);
	if (!private)
		return error_set(error, EPERM, "%s is not private: %s", path, file_os_private_rule);
	if (result == -EFBIG)
		return error_set(error, EFBIG, "%s has more than %zu bytes", path, limit);
	if (result < 0)
		return error_set_system(error, -result, "cannot read %s", path);
	return 0;
}

int file_read(const char *path, size_t limit, char **data, size_t *length, struct error *error)
{
	return file_open_and_read(path, limit, false, data, length, error);
}

int file_read_secret(const char *path, size_t limit, char **data, size_t *length,
		     struct error *error)
{
	return file_open_and_read(path, limit, true, data, length, error);
}

/* --- Names in a directory ----------------------------------------------------- */

struct name_list {
	const char *suffix;
	char **names;
	size_t count, capacity;
};

static bool file_name_is_wanted(const char *name, const char *suffix)
{
	size_t length = strlen(name), tail = strlen(suffix);

	return name[0] != '.' && length >= tail && strcmp(name + length - tail, suffix) == 0;
}

static int file_name_add(void *context, const char *name)
{
	struct name_list *list = context;

	if (!file_name_is_wanted(name, list->suffix))
		return 0;
	if (list->count == list->capacity) {
		size_t capacity = list->capacity == 0 ? 16 : 2 * list->capacity;
		char **larger = realloc(list->names, capacity * sizeof *larger);

		if (larger == NULL)
			return -ENOMEM;
		list->names = larger;
		list->capacity = capacity;
	}
	list->names[list->count] = strdup(name);
	if (list->names[list->count] == NULL)
		return -ENOMEM;
	list->count++;
	return 0;
}

static int file_name_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int file_names(const char *directory, const char *suffix, char ***names, size_t *count,
	       struct error *error)
{
	struct name_list list = { .suffix = suffix };
	int result = file_os_list(directory, file_name_add, &list);

	*names = NULL;
	*count = 0;
	if (result < 0) {
		file_names_free(list.names, list.count);
		return result == -ENOENT ? 0
					 : error_set_system(error, -result,
							    "cannot read directory %s", directory);
	}
	if (list.count > 0)
		qsort(list.names, list.count, sizeof *list.names, file_name_compare);
	*names = list.names;
	*count = list.count;
	return 0;
}

void file_names_free(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

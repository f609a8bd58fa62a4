#include "config.h"

#include "platform/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads to the end or one byte past LIMIT, in a buffer that grows. */
static int read_all(int handle, size_t limit, char **data, size_t *length)
{
	size_t size = 4096, used = 0;
	char *buffer = malloc(size + 1);

	while (buffer != NULL) {
		ssize_t got = read(handle, buffer + used, size - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || used + (size_t)got > limit) {
			int code = got < 0 ? errno : EFBIG;

			free(buffer);
			return -code;
		}
		if (got == 0) {
			buffer[used] = '\0';
			*data = buffer;
			*length = used;
			return 0;
		}
		used += (size_t)got;
		if (used == size) {
			char *larger = realloc(buffer, 2 * size + 1);

			if (larger == NULL)
				free(buffer);
			buffer = larger;
			size *= 2;
		}
	}
	return -ENOMEM;
}

static bool is_private(const struct stat *status)
{
	return (status->st_uid == geteuid() || status->st_uid == 0) &&
	       (status->st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

static int read_regular(int handle, size_t limit, bool secret, char **data, size_t *length)
{
	struct stat status;

	if (fstat(handle, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (secret && !is_private(&status))
		return -EPERM;
	return read_all(handle, limit, data, length);
}

static int open_and_read(const char *path, size_t limit, bool secret, char **data, size_t *length,
			 struct error *error)
{
	/* Non-blocking, lest a named pipe holds us. */
	int handle = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int result;

	if (handle < 0)
		return error_set_system(error, errno, "cannot open %s", path);
	result = read_regular(handle, limit, secret, data, length);
	close(handle);
	if (result == -EINVAL)
		return error_set(error, EINVAL, "%s is not a regular file", path);
	if (result == -EFBIG)
		return error_set(error, EFBIG, "%s has more than %zu bytes", path, limit);
	if (result == -EPERM && secret)
		return error_set(error, EPERM,
				 "%s is not private: it must be root's, and others may not read it",
				 path);
	if (result < 0)
		return error_set_system(error, -result, "cannot read %s", path);
	return 0;
}

int file_read(const char *path, size_t limit, char **data, size_t *length, struct error *error)
{
	return open_and_read(path, limit, false, data, length, error);
}

int file_read_secret(const char *path, size_t limit, char **data, size_t *length,
		     struct error *error)
{
	return open_and_read(path, limit, true, data, length, error);
}

static int write_all(int handle, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t written = write(handle, data, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		data += written;
		length -= (size_t)written;
	}
	return 0;
}

/* The directory that holds PATH, so that the rename survives a power cut. */
static void sync_directory(const char *path)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int handle;

	if (slash == NULL)
		snprintf(directory, sizeof directory, ".");
	else
		snprintf(directory, sizeof directory, "%.*s", (int)(slash - path) + 1, path);
	handle = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (handle < 0)
		return;
	/* Some file systems cannot do this; the new file is whole all the same. */
	fsync(handle);
	close(handle);
}

/* Gives the new file what the old one had, or fails: a file must not change
 * hands because somebody else wrote it. */
static int keep_ownership(int handle, const struct stat *old)
{
	mode_t mode = old->st_mode & 07777;
	struct stat now;

	if (fstat(handle, &now) < 0)
		return -errno;
	if (now.st_uid != old->st_uid && fchown(handle, old->st_uid, (gid_t)-1) < 0)
		return -errno;
	if (now.st_gid != old->st_gid && fchown(handle, (uid_t)-1, old->st_gid) < 0)
		return -errno;
	return fchmod(handle, mode) < 0 ? -errno : 0;
}

/* Fills TEMPORARY, a file of its own, and puts it in place of TARGET. */
static int write_and_rename(int handle, const char *temporary, const char *target, const void *data,
			    size_t length, unsigned mode)
{
	struct stat old;
	int result;

	if (stat(target, &old) < 0)
		result = errno != ENOENT ? -errno : fchmod(handle, mode) < 0 ? -errno : 0;
	else if (!S_ISREG(old.st_mode))
		result = -EINVAL;
	else
		result = keep_ownership(handle, &old);
	if (result == 0)
		result = write_all(handle, data, length);
	if (result == 0 && fsync(handle) < 0)
		result = -errno;
	if (close(handle) < 0 && result == 0)
		result = -errno;
	if (result == 0 && rename(temporary, target) < 0)
		result = -errno;
	return result;
}

/* Where PATH leads through links.  Nothing need be there, but a link that
 * leads nowhere is an error. */
static int resolve(const char *path, char target[PATH_MAX])
{
	struct stat status;

	if (realpath(path, target) != NULL)
		return 0;
	if (errno != ENOENT)
		return -errno;
	if (lstat(path, &status) == 0)
		return -ENOENT;
	if (snprintf(target, PATH_MAX, "%s", path) >= PATH_MAX)
		return -ENAMETOOLONG;
	return 0;
}

int file_replace(const char *path, const void *data, size_t length, unsigned mode,
		 struct error *error)
{
	char target[PATH_MAX], temporary[PATH_MAX];
	int handle, result = resolve(path, target);

	if (result == 0 &&
	    snprintf(temporary, sizeof temporary, "%s.XXXXXX", target) >= (int)sizeof temporary)
		result = -ENAMETOOLONG;
	if (result < 0)
		return error_set_system(error, -result, "cannot write %s", path);
	handle = mkostemp(temporary, O_CLOEXEC);
	if (handle < 0)
		return error_set_system(error, errno, "cannot create a file beside %s", target);
	result = write_and_rename(handle, temporary, target, data, length, mode);
	if (result < 0) {
		unlink(temporary);
		return error_set_system(error, -result, "cannot write %s", target);
	}
	sync_directory(target);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_wanted(const char *name, const char *suffix)
{
	size_t length = strlen(name), tail = strlen(suffix);

	return name[0] != '.' && length >= tail && strcmp(name + length - tail, suffix) == 0;
}

static int gather_names(DIR *stream, const char *suffix, char ***names, size_t *count)
{
	size_t capacity = 0;
	struct dirent *entry;

	while (errno = 0, (entry = readdir(stream)) != NULL) {
		if (!is_wanted(entry->d_name, suffix))
			continue;
		if (*count == capacity) {
			char **larger;

			capacity = capacity == 0 ? 16 : 2 * capacity;
			larger = realloc(*names, capacity * sizeof **names);
			if (larger == NULL)
				return -ENOMEM;
			*names = larger;
		}
		(*names)[*count] = strdup(entry->d_name);
		if ((*names)[*count] == NULL)
			return -ENOMEM;
		(*count)++;
	}
	return -errno;
}

int file_names(const char *directory, const char *suffix, char ***names, size_t *count,
	       struct error *error)
{
	DIR *stream = opendir(directory);
	int result;

	*names = NULL;
	*count = 0;
	if (stream == NULL && errno == ENOENT)
		return 0;
	if (stream == NULL)
		return error_set_system(error, errno, "cannot read directory %s", directory);
	result = gather_names(stream, suffix, names, count);
	closedir(stream);
	if (result < 0) {
		file_names_free(*names, *count);
		*names = NULL;
		*count = 0;
		return error_set_system(error, -result, "cannot read directory %s", directory);
	}
	if (*count > 0)
		qsort(*names, *count, sizeof **names, compare_names);
	return 0;
}

void file_names_free(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

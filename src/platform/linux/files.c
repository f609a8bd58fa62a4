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

#include "platform/files_os.h"

int file_os_open(const char *path, intptr_t *handle)
{
	/* Non-blocking, lest a named pipe holds us. */
	int opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), result = 0;
	struct stat status;

	if (opened < 0)
		return -errno;
	if (fstat(opened, &status) < 0)
		result = -errno;
	else if (!S_ISREG(status.st_mode))
		result = -EINVAL;
	if (result < 0)
		close(opened);
	*handle = opened;
	return result;
}

void file_os_close(intptr_t handle)
{
	close((int)handle);
}

const char file_os_private_rule[] = "it must be root's, and others may not read it";

bool file_os_is_private(intptr_t handle)
{
	struct stat status;

	return fstat((int)handle, &status) == 0 &&
	       (status.st_uid == geteuid() || status.st_uid == 0) &&
	       (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

/* In a sticky folder nobody can put another file in place of ours. */
static bool is_ours_alone(const char *path)
{
	struct stat status;

	if (lstat(path, &status) < 0 || (status.st_uid != 0 && status.st_uid != geteuid()))
		return false;
	return (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
	       (S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0);
}

bool file_is_trusted(const char *path)
{
	char place[PATH_MAX];
	struct stat status;
	bool trusted;

	if (realpath(path, place) == NULL || strcmp(place, path) != 0)
		return false;
	trusted = lstat(place, &status) == 0 && S_ISREG(status.st_mode) && is_ours_alone(place);
	for (char *slash; trusted && (slash = strrchr(place, '/')) != NULL && slash != place;) {
		*slash = '\0';
		trusted = is_ours_alone(place);
	}
	return trusted && is_ours_alone("/");
}

int64_t file_os_read(intptr_t handle, char *data, size_t size)
{
	ssize_t got;

	do
		got = read((int)handle, data, size);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

int file_os_list(const char *directory, int (*add)(void *context, const char *name), void *context)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	int result = 0;

	if (stream == NULL)
		return -errno;
	while (result == 0 && (errno = 0, (entry = readdir(stream)) != NULL))
		result = add(context, entry->d_name);
	if (result == 0)
		result = -errno;
	closedir(stream);
	return result;
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

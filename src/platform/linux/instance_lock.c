#include "config.h"

#include "platform/instance_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A record lock of this process: the kernel says who has it, so that nothing need be
 * written, and another descriptor of the same file must not be closed here. */
struct instance_lock {
	int handle;
};

/* One that root makes belongs to whoever has the folder, and will be locked by him the
 * next time. */
static void give_to_owner(const char *path, int handle)
{
	char folder[4096];
	struct stat status;

	snprintf(folder, sizeof folder, "%s", path);
	if (geteuid() == 0 && stat(dirname(folder), &status) == 0 && status.st_uid != 0)
		(void)!fchown(handle, status.st_uid, status.st_gid);
}

static int open_file(const char *path)
{
	const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	int handle = open(path, flags | O_CREAT | O_EXCL, 0600);
	struct stat status;

	if (handle >= 0) {
		give_to_owner(path, handle);
		return handle;
	}
	if (errno == EEXIST)
		handle = open(path, flags);
	if (handle < 0)
		return -errno;
	if (fstat(handle, &status) == 0 && S_ISREG(status.st_mode))
		return handle;
	close(handle);
	return -EINVAL;
}

static int lock_file(int handle, int64_t *holder)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(handle, F_SETLK, &lock) == 0)
		return 0;
	if (errno != EACCES && errno != EAGAIN)
		return -errno;
	*holder = fcntl(handle, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0
			  ? lock.l_pid
			  : 0;
	return -EBUSY;
}

int instance_lock_take(const char *path, struct instance_lock **lock, int64_t *holder,
		       struct error *error)
{
	struct instance_lock *taken = calloc(1, sizeof *taken);
	int result;

	if (taken == NULL)
		return error_set_system(error, ENOMEM, "cannot lock %s", path);
	result = taken->handle = open_file(path);
	if (result >= 0)
		result = lock_file(taken->handle, holder);
	if (result >= 0) {
		*lock = taken;
		return 0;
	}
	instance_lock_release(taken);
	return result == -EBUSY ? result : error_set_system(error, -result, "cannot lock %s", path);
}

void instance_lock_release(struct instance_lock *lock)
{
	if (lock == NULL)
		return;
	if (lock->handle >= 0)
		close(lock->handle);
	free(lock);
}

#include "config.h"

#include "platform/file_lock_os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whoever held the lock before took the name away before letting it go. */
static bool is_still(const char *name, int handle)
{
	struct stat here, there;

	return fstat(handle, &here) == 0 && lstat(name, &there) == 0 &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

int file_lock_os_open(const char *name, intptr_t *handle)
{
	int opened = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	int result = 0;

	if (opened < 0)
		return -errno;
	if (flock(opened, LOCK_EX | LOCK_NB) < 0)
		result = errno == EWOULDBLOCK ? -EBUSY : -errno;
	else if (!is_still(name, opened))
		result = -EBUSY;
	if (result < 0)
		close(opened);
	*handle = opened;
	return result;
}

void file_lock_os_close(const char *name, intptr_t handle)
{
	unlink(name);
	close((int)handle);
}

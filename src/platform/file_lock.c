#include "platform/file_lock.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/file_lock_os.h"
#include "platform/wait.h"

#define SUFFIX ".lock"
/* Nobody holds it for longer than it takes to write a small file. */
#define LOOK_AGAIN 0.01 /* s */

struct file_lock {
	intptr_t handle;
	char name[];
};

static int wait_for(struct file_lock *lock, double wait)
{
	double end = wait_clock() + wait;
	int result = file_lock_os_open(lock->name, &lock->handle);

	while (result == -EBUSY && wait_clock() < end) {
		wait_seconds(LOOK_AGAIN);
		result = file_lock_os_open(lock->name, &lock->handle);
	}
	return result;
}

int file_lock_take(const char *path, double wait, struct file_lock **lock, struct error *error)
{
	size_t size = strlen(path) + sizeof SUFFIX;
	struct file_lock *taken = malloc(sizeof *taken + size);
	int result;

	if (taken == NULL)
		return error_set_system(error, ENOMEM, "cannot lock %s", path);
	snprintf(taken->name, size, "%s%s", path, SUFFIX);
	result = wait_for(taken, wait);
	if (result == -EBUSY)
		error_set(error, EBUSY, "%s is being changed by another program (%s)", path,
			  taken->name);
	else if (result < 0)
		error_set_system(error, -result, "cannot make %s", taken->name);
	if (result < 0)
		free(taken);
	else
		*lock = taken;
	return result;
}

void file_lock_release(struct file_lock *lock)
{
	if (lock == NULL)
		return;
	file_lock_os_close(lock->name, lock->handle);
	free(lock);
}

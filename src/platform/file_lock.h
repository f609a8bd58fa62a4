/* For whoever reads, changes and replaces a file: so that two who do it at once do
 * not lose what one of them wrote.  Who only reads needs no lock. */
#ifndef W32TIMED_PLATFORM_FILE_LOCK_H
#define W32TIMED_PLATFORM_FILE_LOCK_H

#include "base/error.h"

struct file_lock;

/* Waits at most WAIT seconds while another holds the lock of PATH.  It is a file
 * PATH.lock, which nobody but its owner may open and which is gone with the lock; of a
 * program that was killed it may stay, unlocked.  -EBUSY: another held it all the time; -EACCES and
 * others: it cannot be made. */
int file_lock_take(const char *path, double wait, struct file_lock **lock, struct error *error);

/* LOCK may be NULL. */
void file_lock_release(struct file_lock *lock);

#endif

/* lock.h - one holder at a time, by flock on a file that names the holder's process.
 *
 * Promises: the lock ends with its process, however that ends. Refuses: waiting. */
#ifndef OS_LOCK_H
#define OS_LOCK_H

#include "base/str.h"

struct lock {
    int fd; /* -1: not held */
};

/* ERR_REFUSED with the pid of the holder when somebody else holds it; ERR_SELF when the file
 * cannot be made. The file stays after release; only the lock on it counts. */
MUST_USE bool lock_take(struct lock *lock, struct str path, struct err *err);
void lock_release(struct lock *lock);

#endif

/* lock.c - flock with a name in it. */
#include "os/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

static bool refuse_held(int fd, const char *path, struct err *err)
{
    char holder[32] = {0};
    ssize_t n = pread(fd, holder, sizeof holder - 1, 0);
    int64_t pid = 0;
    if (n > 0 && str_int(str_trim((struct str){holder, (size_t)n}), &pid))
        return err_set(err, ERR_REFUSED, path,
                       "Process %lld already holds this ledger; stop it first, or speak to it "
                       "over its socket.",
                       (long long)pid);
    return err_set(err, ERR_REFUSED, path,
                   "Another process already holds this ledger; stop it first.");
}

bool lock_take(struct lock *lock, struct str path, struct err *err)
{
    char name[PATH_MAX];
    if (path.n == 0 || path.n >= sizeof name)
        return err_set(err, ERR_USAGE, NULL, "The lock's path must have 1 to %zu bytes.",
                       sizeof name - 1);
    memcpy(name, path.p, path.n);
    name[path.n] = '\0';
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_set(err, ERR_SELF, name, "The lock file cannot be opened: %s.", strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int reason = errno;
        bool held = reason == EWOULDBLOCK;
        if (held)
            (void)refuse_held(fd, name, err);
        (void)close(fd);
        return !held
                   ? err_set(err, ERR_SELF, name, "The lock cannot be taken: %s.", strerror(reason))
                   : false;
    }
    char holder[32];
    int n = snprintf(holder, sizeof holder, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, holder, (size_t)n, 0) != n) {
        int reason = errno;
        /* A full disk must not keep the only holder out: the lock itself is held. */
        if (reason != ENOSPC && reason != EDQUOT) {
            (void)close(fd);
            return err_set(err, ERR_SELF, name, "The lock file cannot be written: %s.",
                           strerror(reason));
        }
    }
    lock->fd = fd;
    return true;
}

void lock_release(struct lock *lock)
{
    if (lock->fd >= 0)
        (void)close(lock->fd);
    lock->fd = -1;
}

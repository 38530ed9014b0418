/* spawn.h - starting another program.
 *
 * Promises: the child has the three standard descriptors, at most one more (as number 3), the
 * environment it is given and nothing else of ours; default signals; a program that cannot be
 * started is an error here, not a child that exits. stderr is ours, for the log.
 * With a user it becomes that user before it enters its folder and its walls, for good.
 * Refuses: shells; argv goes to execve as it is. */
#ifndef OS_SPAWN_H
#define OS_SPAWN_H

#include "os/user.h"
#include "os/wall.h"

#include <sys/types.h>

enum { SPAWN_EXTRA_FD = 3 };

struct spawn {
    const char *const *argv;        /* argv[0] is the path of the program; ends with NULL */
    const char *const *environment; /* "NAME=value", ends with NULL; NULL: empty environment */
    int stdin_fd, stdout_fd;        /* -1: /dev/null; they stay the caller's */
    int extra_fd;                   /* -1: none; becomes SPAWN_EXTRA_FD */
    bool die_with_parent;           /* SIGKILL when the thread that started it ends */
    bool own_session;               /* setsid: signals of our terminal do not reach it */
    bool own_group;                 /* setpgid: its group is its own pid */
    bool asked_with_parent;         /* SIGTERM when the thread that started it ends */
    bool stderr_as_stdout;          /* both are stdout_fd */
    bool search_path;               /* argv[0] without a slash is looked for in the PATH of
                                       environment, /usr/bin:/bin where it has none */
    const char *directory;          /* where it begins; NULL: where we are */
    const struct wall *wall;        /* what it may not do; NULL: nothing more than we */
    const struct user *user;        /* who it becomes, which only root can; NULL: whoever we are */
};

struct spawned {
    pid_t pid;
    int pidfd; /* readable when it has ended; close-on-exec; the caller closes it */
};

/* False when it did not start (ERR_SELF), or was ended before it could be handed over (ERR_DOUBT).
 */
MUST_USE bool spawn_start(const struct spawn *spawn, struct spawned *out_spawned, struct err *err);
/* Waits for the end (kill it first when it must end now) and closes pidfd. Returns the exit code,
 * or 128 + the signal that ended it. */
int spawn_wait(struct spawned *spawned);
/* Has it ended, or does it within timeout_ms? It stays to be reaped by spawn_wait. */
bool spawn_ends_within(const struct spawned *spawned, int timeout_ms);
/* Sends a signal by pidfd, so that it never reaches another process. */
bool spawn_signal(const struct spawned *spawned, int signal_number);

#endif

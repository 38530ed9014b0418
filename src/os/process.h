/* process.h - other processes, as /proc tells of them.
 *
 * A pid alone names nobody: it is used again. With the ticks at which it started, and the boot
 * (os/clock.h), it names one process for ever.
 * Promises: a signal reaches the process that is meant or none.
 * Refuses: processes that /proc hides from this user (hidepid). */
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

#include "base/str.h"

#include <sys/types.h>

struct process {
    pid_t pid, parent, group;
    int64_t start_ticks; /* since the boot */
    bool ended;          /* a zombie: nobody has asked for its code yet */
};

/* False when there is no such process. */
MUST_USE bool process_find(pid_t pid, struct process *out_process);
/* Is the process with this pid the one that started then, and does it still run? */
bool process_runs(pid_t pid, int64_t start_ticks);
/* False, with errno, when there is no such process, or this user may not (EPERM). */
bool process_signal(pid_t pid, int64_t start_ticks, int signal_number);
/* All processes below this one, children of children too, in arena. */
size_t process_list_below(struct arena *arena, struct process **out_processes);

#endif

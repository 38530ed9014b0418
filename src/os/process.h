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
    bool stopped;        /* by a signal, until SIGCONT */
    bool ended;          /* a zombie: nobody has asked for its code yet */
};

/* False when there is no such process. */
MUST_USE bool process_find(pid_t pid, struct process *out_process);
/* Is the process with this pid the one that started then, and does it still run? */
bool process_runs(pid_t pid, int64_t start_ticks);
/* False, with errno, when there is no such process, or this user may not (EPERM). */
bool process_signal(pid_t pid, int64_t start_ticks, int signal_number);
/* All that have this mark and run, in arena. A mark is put on a program when it is started
 * (os/wall.h) and passes to all that it starts; it stands in a limit that nothing here comes up to,
 * which can be lowered but never taken off, and which everybody may read. */
size_t process_list_marked(struct arena *arena, uint64_t mark, struct process **out_processes);
/* Has it a mark, whichever, or one that was lowered since: less real time than we ourselves may
 * have? Also of one that is gone: nobody can tell any more. */
bool process_is_marked(pid_t pid);
/* The mark that belongs to a text: never 0. */
uint64_t process_mark(struct str text);
/* All processes below this one, children of children too, in arena. */
size_t process_list_below(struct arena *arena, struct process **out_processes);

#endif

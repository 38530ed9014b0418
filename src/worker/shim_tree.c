/* shim_tree.c - every process that descends from the step.
 *
 * The shim is a subreaper: whoever loses its parent becomes its child, so that nothing can leave
 * the tree, and having no child left means that nothing is left. */
#include "os/process.h"
#include "worker/shim_internal.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

void shim_tree_reap(struct shim_tree *tree)
{
    for (;;) {
        int status = 0;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid < 0 && errno == EINTR)
            continue;
        if (pid <= 0) {
            tree->none_left = pid < 0;
            return;
        }
        if (pid == tree->main_pid) {
            tree->main_ended = true;
            tree->status = status;
        }
    }
}

/* The group goes first and at once, so that a pipeline ends together. Its number is the main
 * process's and nobody else's until that is reaped. */
size_t shim_tree_signal(struct shim_tree *tree, int signal_number)
{
    struct process *all = NULL;
    size_t others = 0;
    bool group = !tree->main_ended && kill(-tree->main_pid, signal_number) == 0;
    size_t count = process_list_below(&tree->arena, &all);
    for (size_t i = 0; i < count; i++) {
        if (all[i].ended)
            continue;
        others += all[i].pid != tree->main_pid;
        if (!(group && all[i].group == tree->main_pid) || signal_number == SIGKILL)
            (void)process_signal(all[i].pid, all[i].start_ticks, signal_number);
    }
    arena_reset(&tree->arena);
    return others;
}

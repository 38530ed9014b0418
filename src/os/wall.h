/* wall.h - what a program that is to be started may not do: files by Landlock, calls of the system
 * by seccomp, what it may use up by limits.
 *
 * Everything is made ready before fork; entering it is a few calls of the system between fork and
 * execve, cannot be undone, and is inherited by all that the program starts.
 * Promises: a wall that was asked for is built whole or refused with a sentence.
 * Refuses: undoing what the file's owner may do by other means: another program that does it for
 * it (a service, a container's daemon) stands outside. */
#ifndef OS_WALL_H
#define OS_WALL_H

#include "base/str.h"

#include <linux/filter.h>

struct wall_order {
    struct str directory;     /* where the program begins and works; absolute, as realpath has it */
    struct str hidden;        /* a folder that it reaches nothing in; "": none */
    const struct str *writes; /* absolute paths, the only ones that it writes in; NULL: anywhere.
                                 None: it changes no file in any way and, where Landlock is of the
                                 sixth version, signals nobody but its own */
    size_t write_count;
    bool no_network;
    int64_t memory_bytes, file_bytes; /* of each process, of each file; 0: as it is */
    int64_t processes, open_files;    /* of the user, of each process; 0: as it is */
    uint64_t mark;                    /* os/process.h; 0: none */
};

struct wall {
    struct arena *arena;
    int ruleset; /* of Landlock; -1: none */
    struct sock_fprog filter;
    const struct wall_order *order;
};

/* What the kernel has of Landlock; 0: nothing. */
int wall_version(void);
/* Can hidden be kept from the program, given where it works and what it may write? Landlock only
 * gives and never takes back, so that what lies below a folder in which new files may be made
 * cannot be hidden: neither when hidden lies in the directory, or in a path of writes, nor, when it
 * writes anywhere, in a folder for everybody's temporary files; nor where we may not list what lies
 * beside it. */
bool wall_hides(const struct wall_order *order);
/* version: wall_version's. False with the reason when a wall cannot be built. That hidden cannot be
 * hidden (wall_hides, or a kernel without Landlock) is no reason. order must stay. */
MUST_USE bool wall_build(struct arena *arena, const struct wall_order *order, int version,
                         struct wall *out_wall, struct err *err);
/* In the child, before execve; false with errno. */
bool wall_enter(const struct wall *wall);
void wall_done(struct wall *wall);

/* wall_filter.c: fills wall->filter; it stays empty when there is nothing to filter. */
MUST_USE bool wall_filter(struct wall *wall, int version, struct err *err);

#endif

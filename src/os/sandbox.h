/* sandbox.h - taking the file system away from a process, by Landlock, and its memory from others.
 *
 * Promises: what is open stays open and usable; children inherit it; it cannot be undone.
 * Refuses: to be the only wall. A kernel without Landlock takes nothing away, and the caller says
 * so and goes on. */
#ifndef OS_SANDBOX_H
#define OS_SANDBOX_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Debian's headers end with the second version; these are of the third and the fifth. */
enum { SANDBOX_TRUNCATE = 1 << 14, SANDBOX_DEVICE_CONTROL = 1 << 15 };

/* Every right of a version of Landlock that names rights to files; the kernel takes away those that
 * a set of rules names. */
uint64_t sandbox_rights(long version);
/* From here on no path can be opened, made, removed, renamed or executed, except that files beneath
 * the open folder can be read, written, made, removed and renamed; folder -1: not even that.
 * False, with the reason, when nothing was taken away. */
MUST_USE bool sandbox_files(int folder, struct err *err);
/* The same, and files beneath each of these open folders can be read. */
MUST_USE bool sandbox_files_and_read(int folder, const int *read_folders, size_t count,
                                     struct err *err);

/* Passwords and secrets pass through this memory, and steps run as the same user: neither a core
 * file nor /proc/PID shows it from here on, and no process of that user may trace it. A sanitizer's
 * search for leaks needs what this takes, so that such a build goes without. */
void sandbox_hide_memory(void);

#endif

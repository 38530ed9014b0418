/* sandbox.h - taking the file system away from a process, by Landlock.
 *
 * Promises: what is open stays open and usable; children inherit it; it cannot be undone.
 * Refuses: to be the only wall. A kernel without Landlock takes nothing away, and the caller says
 * so and goes on. */
#ifndef OS_SANDBOX_H
#define OS_SANDBOX_H

#include "base/err.h"

/* From here on no path can be opened, made, removed, renamed or executed, except that files beneath
 * the open folder can be read, written, made, removed and renamed; folder -1: not even that.
 * False, with the reason, when nothing was taken away. */
MUST_USE bool sandbox_files(int folder, struct err *err);

#endif

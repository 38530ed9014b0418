/* keeper_sandbox.h - what is left to the keeper once it has its keys. */
#ifndef KEEPER_KEEPER_SANDBOX_H
#define KEEPER_KEEPER_SANDBOX_H

#include "base/err.h"

/* At the very start: no core dumps, no tracer of the same user. */
void keeper_sandbox_begin(void);
/* After start: a seccomp list of the calls that remain; all others fail with EPERM, among them
 * socket, connect, open, execve, clone, ptrace and io_uring. Behind it Landlock takes every path
 * away; a kernel without Landlock is a line in the log. Cannot be undone. */
MUST_USE bool keeper_sandbox_close(struct err *err);

#endif

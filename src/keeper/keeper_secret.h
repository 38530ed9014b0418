/* keeper_secret.h - what env:NAME or file:PATH refers to.
 *
 * The keeper reads with it, and a command that a person types beside the daemon, who can read the
 * same anyway. Promises: no sentence repeats the value. Refuses: an empty or too long one. */
#ifndef KEEPER_KEEPER_SECRET_H
#define KEEPER_KEEPER_SECRET_H

#include "base/secret_value.h"

/* The arena holds a copy of a file's text; it is the process's own. */
MUST_USE bool keeper_secret_read(struct arena *arena, struct str reference,
                                 struct secret_value *out_value, struct err *err);

#endif

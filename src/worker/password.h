/* password.h - passwords hashed and checked (Argon2id, 64 MB, about a tenth of a second).
 *
 * A worker's work, because the core may not stand still so long. Refuses: other costs than ours,
 * which would let a hash from elsewhere take all memory. */
#ifndef WORKER_PASSWORD_H
#define WORKER_PASSWORD_H

#include "run/work.h"

/* DONE with the hash as its detail; REFUSED without a password. */
void password_hash_perform(const struct work *work, struct order_result *out_result);
/* DONE when password and hash belong together; else REFUSED. */
void password_check_perform(const struct work *work, struct order_result *out_result);

#endif

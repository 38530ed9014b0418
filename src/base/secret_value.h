/* secret_value.h - a secret in memory.
 *
 * Promises: wiped when its scope ends (SECRET_SCOPED). Refuses: a printer, a JSON writer and any
 * comparison but the constant-time one. */
#ifndef BASE_SECRET_VALUE_H
#define BASE_SECRET_VALUE_H

#include "base/str.h"

enum { SECRET_BYTES_MAX = 4096 };

struct secret_value {
    size_t n;
    unsigned char b[SECRET_BYTES_MAX];
};

/* False when s is longer than SECRET_BYTES_MAX. */
MUST_USE bool secret_value_set(struct secret_value *secret, struct str s);
bool secret_value_equal(const struct secret_value *a, const struct secret_value *b);
void secret_value_wipe(struct secret_value *secret);
/* The bytes, for the one call that needs them; never store or print the view. */
struct str secret_value_reveal(const struct secret_value *secret);

/* Are both the same, in a time that tells nothing of where they differ? Only of their length. For
 * whatever a caller brings to show that they may: macs, digests of tokens, marks of forms. */
bool secret_equal(struct str a, struct str b);

#define SECRET_SCOPED __attribute__((cleanup(secret_value_wipe))) struct secret_value

#endif

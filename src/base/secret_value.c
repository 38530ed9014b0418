/* secret_value.c - a secret in memory. */
#include "base/secret_value.h"

#include <sodium.h>

bool secret_value_set(struct secret_value *secret, struct str s)
{
    if (s.n > SECRET_BYTES_MAX)
        return false;
    sodium_memzero(secret, sizeof *secret);
    memcpy(secret->b, s.p, s.n);
    secret->n = s.n;
    return true;
}

bool secret_value_equal(const struct secret_value *a, const struct secret_value *b)
{
    return secret_equal(secret_value_reveal(a), secret_value_reveal(b));
}

void secret_value_wipe(struct secret_value *secret)
{
    sodium_memzero(secret, sizeof *secret);
}

bool secret_equal(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || sodium_memcmp(a.p, b.p, a.n) == 0);
}

struct str secret_value_reveal(const struct secret_value *secret)
{
    return (struct str){(const char *)secret->b, secret->n};
}

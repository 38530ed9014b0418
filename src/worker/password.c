/* password.c - Argon2id by libsodium. */
#include "worker/password.h"

#include <errno.h>
#include <sodium.h>

static const char prefix[] = "$argon2id$v=19$m=65536,t=2,p=1$";

static struct str secret_of(const struct work *work, const char *name)
{
    return work->secrets ? json_get_str(work->secrets, name) : STR("");
}

void password_hash_perform(const struct work *work, struct order_result *out_result)
{
    char hash[crypto_pwhash_STRBYTES];
    struct str password = secret_of(work, "password");
    if (password.n == 0) {
        *out_result = work_result(work->arena, ORDER_REFUSED, "The order has no password.");
        return;
    }
    if (sodium_init() < 0 ||
        crypto_pwhash_str_alg(hash, password.p, password.n, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_MEMLIMIT_INTERACTIVE,
                              crypto_pwhash_ALG_ARGON2ID13) != 0) {
        *out_result = work_result(work->arena, ORDER_FAILED,
                                  "There is not enough memory to hash a password (64 MB).");
        return;
    }
    *out_result = work_result(work->arena, ORDER_DONE, "%s", hash);
}

void password_check_perform(const struct work *work, struct order_result *out_result)
{
    char text[crypto_pwhash_STRBYTES];
    struct str password = secret_of(work, "password");
    struct str hash = secret_of(work, "hash");
    if (!str_starts(hash, prefix) || hash.n >= sizeof text) {
        *out_result = work_result(work->arena, ORDER_REFUSED, "The hash is not one of ours.");
        return;
    }
    str_keep(text, sizeof text, hash);
    errno = 0;
    if (sodium_init() >= 0 && crypto_pwhash_str_verify(text, password.p, password.n) == 0)
        *out_result = work_result(work->arena, ORDER_DONE, "It is the password.");
    else if (errno == ENOMEM)
        *out_result = work_result(work->arena, ORDER_FAILED,
                                  "There is not enough memory to check a password (64 MB).");
    else
        *out_result = work_result(work->arena, ORDER_REFUSED, "It is not the password.");
}

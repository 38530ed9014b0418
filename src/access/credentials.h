/* credentials.h - the secrets of accounts, sessions and API tokens, as the accounts file holds
 * them: a password only as its Argon2id hash, a session and a token only as SHA-256 of what the
 * browser or program holds.
 *
 * The file is lines: "reeve-accounts 1", then "password NAME HASH", "session ID HASH SEEN" and
 * "token ID HASH". Each belongs to a fact of the ledger by its mark or id; one that does not opens
 * nothing, so neither file alone lets anybody in.
 * Promises: looking for a hash takes as long whether it is there or not.
 * Refuses: a line that it would not write itself. */
#ifndef ACCESS_CREDENTIALS_H
#define ACCESS_CREDENTIALS_H

#include "access/accounts.h"
#include "base/hash.h"

enum {
    CREDENTIAL_SECRET_BYTES = 129,
    CREDENTIALS_BYTES_MAX = 1024 * 1024,
    COOKIE_SECRET_BYTES = 64, /* 32 random bytes in hex */
    CSRF_BYTES = 33           /* 128 bits in hex, and NUL */
};

/* The costs that every password of ours has: 64 MB, two passes (libsodium's "interactive"). */
#define PASSWORD_HASH_PREFIX "$argon2id$v=19$m=65536,t=2,p=1$"
/* Before an API token's 64 hexadecimal digits: what a scanner for leaked secrets looks for. */
#define API_TOKEN_PREFIX "reeve_"

enum credential_kind {
    CREDENTIAL_PASSWORD,
    CREDENTIAL_SESSION,
    CREDENTIAL_TOKEN,
    CREDENTIAL_KINDS
};

struct credential {
    enum credential_kind kind;
    char key[ACCOUNT_NAME_BYTES]; /* account's name, session's or token's id */
    char secret[CREDENTIAL_SECRET_BYTES];
    struct instant seen; /* of a session: when it was used last */
};

struct credentials {
    struct arena *arena;
    struct credential *items;
    size_t count, capacity;
};

void credentials_init(struct credentials *credentials, struct arena *arena);
/* ERR_REFUSED with the line that is wrong; nothing is kept then. */
MUST_USE bool credentials_parse(struct credentials *credentials, struct str text, struct err *err);
struct str credentials_write(const struct credentials *credentials, struct arena *arena);

struct credential *credentials_find(const struct credentials *credentials,
                                    enum credential_kind kind, struct str key); /* or NULL */
/* The session or token whose secret hashes so; NULL when there is none. */
struct credential *credentials_find_secret(const struct credentials *credentials,
                                           enum credential_kind kind, struct str secret);
/* Adds it or takes the place of the one with that key. False when key or secret are too long. */
MUST_USE bool credentials_put(struct credentials *credentials, enum credential_kind kind,
                              struct str key, struct str secret);
/* Drops what belongs to nothing that the ledger tells of. */
void credentials_prune(struct credentials *credentials, const struct access *access);
/* Does this password hash belong to this account as the ledger tells of it? */
bool credential_is_of(const struct credential *credential, const struct account *account);

/* First 64 bits of SHA-256 in hex: binds a fact to its secret and tells nothing of it. */
void access_mark(struct str secret, char out_mark[ACCESS_MARK_BYTES]);
/* SHA-256 in hex of what a browser or program holds. */
void secret_digest(struct str secret, char out_hex[HASH_HEX_BYTES]);
/* What every form of the session with this cookie carries, and no other site can know. */
void csrf_of_cookie(struct str cookie, char out_csrf[CSRF_BYTES]);
/* Is got what csrf_of_cookie gives? */
bool csrf_matches(struct str cookie, struct str got);
/* A hash as libsodium writes it, with our costs. */
bool password_hash_is_ours(struct str hash);
/* 64 lower-case hexadecimal digits. */
bool secret_digest_is_one(struct str digest);

#endif

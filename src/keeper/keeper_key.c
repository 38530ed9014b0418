/* keeper_key.c - making, reading and using the keys. */
#include "keeper/keeper_key.h"

#include "os/file.h"
#include "os/random.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEED_BYTES = 32, KEY_FILE_BYTES = 12 + 65 + 65 };

static const char first_line[] = "reeve-key-1\n";

static bool check_owner(const char *path, const struct stat *info, struct err *err)
{
    if (!S_ISREG(info->st_mode))
        return err_set(err, ERR_REFUSED, path, "The key is not a plain file; put it back.");
    if (info->st_uid != geteuid())
        return err_set(err, ERR_REFUSED, path,
                       "The key file belongs to user %lu, Reeve runs as user %lu; change its "
                       "owner with chown.",
                       (unsigned long)info->st_uid, (unsigned long)geteuid());
    if (info->st_mode & 077)
        return err_set(err, ERR_REFUSED, path,
                       "The key file can be used by others (mode %04o); if nobody has read it, "
                       "run: chmod 600 %s",
                       (unsigned)(info->st_mode & 07777), path);
    return true;
}

static bool make_file(struct str path, struct err *err)
{
    unsigned char secret[2 * SEED_BYTES];
    char text[KEY_FILE_BYTES + 1];
    memcpy(text, first_line, sizeof first_line - 1);
    random_bytes(secret, sizeof secret);
    (void)sodium_bin2hex(text + 12, 65, secret, SEED_BYTES);
    (void)sodium_bin2hex(text + 77, 65, secret + SEED_BYTES, SEED_BYTES);
    text[76] = '\n';
    text[141] = '\n';
    bool good = file_write(path, (struct str){text, KEY_FILE_BYTES}, 0600, err);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(text, sizeof text);
    return good;
}

static bool parse_hex(struct str line, unsigned char out_bytes[SEED_BYTES])
{
    size_t n = 0;
    return line.n == 65 && line.p[64] == '\n' &&
           sodium_hex2bin(out_bytes, SEED_BYTES, line.p, 64, NULL, &n, NULL) == 0 &&
           n == SEED_BYTES;
}

static bool parse_file(struct str text, struct keeper_key *out_key)
{
    unsigned char seed[SEED_BYTES];
    struct keeper_key key;
    bool good = text.n == KEY_FILE_BYTES && str_starts(text, first_line) &&
                parse_hex(str_slice(text, 12, 77), seed) &&
                parse_hex(str_slice(text, 77, KEY_FILE_BYTES), key.mac) &&
                crypto_sign_seed_keypair(key.public_key, key.signing, seed) == 0;
    if (good)
        *out_key = key;
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(&key, sizeof key);
    return good;
}

static void wipe_text(struct str text)
{
    union { /* the arena's bytes are ours to wipe */
        const char *in;
        char *out;
    } bytes = {text.p};
    if (text.n > 0)
        sodium_memzero(bytes.out, text.n);
}

bool keeper_key_open(struct str path, struct keeper_key *out_key, struct err *err)
{
    char name[PATH_MAX];
    struct stat info;
    if (path.n == 0 || path.n >= sizeof name)
        return err_set(err, ERR_USAGE, NULL, "The path of the key file is too long or empty.");
    (void)snprintf(name, sizeof name, "%.*s", STR_ARGS(path));
    if (lstat(name, &info) != 0) {
        if (errno != ENOENT)
            return err_set(err, ERR_SELF, name, "The key file cannot be looked at: %s.",
                           strerror(errno));
        if (!make_file(path, err))
            return false;
        if (lstat(name, &info) != 0)
            return err_set(err, ERR_SELF, name, "The key file is gone again: %s.", strerror(errno));
    }
    if (!check_owner(name, &info, err))
        return false;
    struct arena arena;
    struct str text = {0};
    arena_init(&arena);
    bool read = file_read(&arena, path, KEY_FILE_BYTES + 64, &text, err);
    bool good = read && parse_file(text, out_key);
    wipe_text(text);
    arena_done(&arena);
    if (read && !good)
        return err_set(err, ERR_REFUSED, name,
                       "This is not a key file of Reeve or it is damaged; put the right one back "
                       "from the backup, or move it away to begin with a new key.");
    return good;
}

void keeper_key_mac(const struct keeper_key *key, struct str purpose, struct str data,
                    unsigned char out_mac[crypto_auth_hmacsha256_BYTES])
{
    static const char label[] = "reeve mac ";
    unsigned char derived[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    (void)crypto_auth_hmacsha256_init(&state, key->mac, sizeof key->mac);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)label, sizeof label - 1);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)purpose.p, purpose.n);
    (void)crypto_auth_hmacsha256_final(&state, derived);
    (void)crypto_auth_hmacsha256(out_mac, (const unsigned char *)data.p, data.n, derived);
    sodium_memzero(derived, sizeof derived);
    sodium_memzero(&state, sizeof state);
}

/* key.c - the key of an archive, and what both sides of the format share. */
#include "dump/dump.h"

#include "base/secret_value.h"

bool dump_secret_check(struct str secret, struct err *err)
{
    return secret.n >= DUMP_SECRET_BYTES_MIN ||
           err_set(err, ERR_USAGE, "services.database.export_key",
                   "A key has at least %d characters; make one with: openssl rand -base64 32.",
                   DUMP_SECRET_BYTES_MIN);
}

bool dump_key_make(struct str secret, const unsigned char salt[DUMP_SALT_BYTES],
                   struct dump_key *out_key, struct err *err)
{
    unsigned char both[sizeof out_key->stream + sizeof out_key->header];
    if (!dump_secret_check(secret, err))
        return false;
    if (crypto_pwhash(both, sizeof both, secret.p, secret.n, salt,
                      crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        return err_set(err, ERR_SELF, "services.database.export_key",
                       "There is no memory to make the key: it takes 64 MB.");
    out_key->on = true;
    memcpy(out_key->stream, both, sizeof out_key->stream);
    memcpy(out_key->header, both + sizeof out_key->stream, sizeof out_key->header);
    sodium_memzero(both, sizeof both);
    return true;
}

void dump_key_wipe(struct dump_key *key)
{
    sodium_memzero(key, sizeof *key);
}

bool dump_name_good(struct str name)
{
    if (name.n == 0 || name.n > DUMP_NAME_BYTES || name.p[0] == '.')
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (!byte_is_alnum(name.p[i]) && name.p[i] != '.' && name.p[i] != '_' && name.p[i] != '-')
            return false;
    return true;
}

void dump_put_u64(unsigned char *to, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        to[i] = (unsigned char)(value >> (8 * i));
}

void dump_put_u32(unsigned char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> (8 * i));
}

uint64_t dump_get_u64(const unsigned char *from)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--)
        value = value << 8 | from[i];
    return value;
}

uint32_t dump_get_u32(const unsigned char *from)
{
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

void dump_sum_header(const unsigned char header[DUMP_HEADER_BYTES], unsigned char *out_sum)
{
    (void)crypto_generichash(out_sum, DUMP_SUM_BYTES, header, DUMP_AT_SUM, NULL, 0);
}

void dump_seal_header(const unsigned char header[DUMP_HEADER_BYTES], const struct dump_key *key,
                      unsigned char *out_seal)
{
    memset(out_seal, 0, DUMP_SUM_BYTES);
    if (key->on)
        (void)crypto_generichash(out_seal, DUMP_SUM_BYTES, header, DUMP_AT_SEAL, key->header,
                                 sizeof key->header);
}

/* A stream's state hangs on key and header alone, so a writer whose header somebody else drew
 * begins it as a reader does. */
void dump_chain_begin(struct dump_chain *chain, const unsigned char header[DUMP_HEADER_BYTES],
                      const struct dump_key *key)
{
    *chain = (struct dump_chain){.encrypted = key->on};
    memcpy(chain->sum, header + DUMP_AT_SUM, sizeof chain->sum);
    if (key->on)
        (void)crypto_secretstream_xchacha20poly1305_init_pull(&chain->stream,
                                                              header + DUMP_AT_STREAM, key->stream);
}

/* hash.c - SHA-256 and text forms of bytes. */
#include "base/hash.h"

#include "base/secret_value.h"

#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <sodium.h>

struct hash hash_of(struct str s)
{
    struct hash hash;
    struct sha256_ctx state;
    sha256_init(&state);
    sha256_update(&state, s.n, (const uint8_t *)s.p);
    sha256_digest(&state, HASH_BYTES, hash.b);
    return hash;
}

struct hash hash_of_list(const struct str *parts, size_t count)
{
    struct hash hash;
    struct sha256_ctx state;
    sha256_init(&state);
    for (size_t i = 0; i < count; i++)
        if (parts[i].n > 0)
            sha256_update(&state, parts[i].n, (const uint8_t *)parts[i].p);
    sha256_digest(&state, HASH_BYTES, hash.b);
    return hash;
}

struct hash hash_of_parts(unsigned char prefix, struct str a, struct str b)
{
    struct hash hash;
    struct sha256_ctx state;
    sha256_init(&state);
    sha256_update(&state, 1, &prefix);
    sha256_update(&state, a.n, (const uint8_t *)a.p);
    sha256_update(&state, b.n, (const uint8_t *)b.p);
    sha256_digest(&state, HASH_BYTES, hash.b);
    return hash;
}

struct hash hash_hmac(struct str key, const struct str *parts, size_t count)
{
    struct hash hash;
    crypto_auth_hmacsha256_state state;
    (void)crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.p, key.n);
    for (size_t i = 0; i < count; i++)
        (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)parts[i].p, parts[i].n);
    (void)crypto_auth_hmacsha256_final(&state, hash.b);
    sodium_memzero(&state, sizeof state);
    return hash;
}

void hash_hmac_sha1(struct str key, const struct str *parts, size_t count,
                    unsigned char out_mac[HASH_SHA1_BYTES])
{
    struct hmac_sha1_ctx state;
    hmac_sha1_set_key(&state, key.n, (const unsigned char *)key.p);
    for (size_t i = 0; i < count; i++)
        hmac_sha1_update(&state, parts[i].n, (const unsigned char *)parts[i].p);
    hmac_sha1_digest(&state, HASH_SHA1_BYTES, out_mac);
    sodium_memzero(&state, sizeof state);
}

bool hash_equal(const struct hash *a, const struct hash *b)
{
    return secret_equal((struct str){(const char *)a->b, HASH_BYTES},
                        (struct str){(const char *)b->b, HASH_BYTES});
}

void hash_hex(const struct hash *hash, char out_hex[HASH_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < HASH_BYTES; i++) {
        out_hex[2 * i] = digits[hash->b[i] >> 4];
        out_hex[2 * i + 1] = digits[hash->b[i] & 15];
    }
    out_hex[HASH_HEX_BYTES - 1] = '\0';
}

bool hash_parse_hex(struct str hex, struct hash *out_hash)
{
    struct hash hash;
    size_t n = 0;
    if (hex.n != 2 * (size_t)HASH_BYTES ||
        sodium_hex2bin(hash.b, HASH_BYTES, hex.p, hex.n, NULL, &n, NULL) != 0 || n != HASH_BYTES)
        return false;
    *out_hash = hash;
    return true;
}

struct str base64_write(struct arena *arena, const void *data, size_t size_bytes)
{
    size_t size = sodium_base64_encoded_len(size_bytes, sodium_base64_VARIANT_ORIGINAL);
    char *out = arena_alloc(arena, size);
    (void)sodium_bin2base64(out, size, data, size_bytes, sodium_base64_VARIANT_ORIGINAL);
    return (struct str){out, size - 1};
}

bool base64_parse(struct arena *arena, struct str s, struct str *out_data)
{
    size_t n = 0;
    unsigned char *out = arena_alloc(arena, s.n / 4 * 3 + 4);
    if (sodium_base642bin(out, s.n / 4 * 3 + 3, s.p, s.n, NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    *out_data = (struct str){(const char *)out, n};
    return true;
}

/* hash.c - SHA-256 and text forms of bytes. */
#include "base/hash.h"

#include <sodium.h>

struct hash hash_of(struct str s)
{
    struct hash hash;
    (void)crypto_hash_sha256(hash.b, (const unsigned char *)s.p, s.n);
    return hash;
}

struct hash hash_of_parts(unsigned char prefix, struct str a, struct str b)
{
    struct hash hash;
    crypto_hash_sha256_state state;
    (void)crypto_hash_sha256_init(&state);
    (void)crypto_hash_sha256_update(&state, &prefix, 1);
    (void)crypto_hash_sha256_update(&state, (const unsigned char *)a.p, a.n);
    (void)crypto_hash_sha256_update(&state, (const unsigned char *)b.p, b.n);
    (void)crypto_hash_sha256_final(&state, hash.b);
    return hash;
}

bool hash_equal(const struct hash *a, const struct hash *b)
{
    return sodium_memcmp(a->b, b->b, HASH_BYTES) == 0;
}

void hash_hex(const struct hash *hash, char out_hex[HASH_HEX_BYTES])
{
    (void)sodium_bin2hex(out_hex, HASH_HEX_BYTES, hash->b, HASH_BYTES);
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

/* hash.h - SHA-256 (FIPS 180-4, by nettle) and lower-case hex. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

enum { HASH_BYTES = 32, HASH_HEX_BYTES = 65, HASH_SHA1_BYTES = 20 };

struct hash {
    unsigned char b[HASH_BYTES];
};

struct hash hash_of(struct str s);
/* Of the parts one behind the other, as if they were one string. */
struct hash hash_of_list(const struct str *parts, size_t count);
/* SHA-256 over prefix byte, a, b: the node and leaf hashes of RFC 6962. */
struct hash hash_of_parts(unsigned char prefix, struct str a, struct str b);
/* HMAC-SHA256 (RFC 2104) over the parts one behind the other. */
struct hash hash_hmac(struct str key, const struct str *parts, size_t count);
/* HMAC-SHA1, for those who sign with nothing better. */
void hash_hmac_sha1(struct str key, const struct str *parts, size_t count,
                    unsigned char out_mac[HASH_SHA1_BYTES]);
bool hash_equal(const struct hash *a, const struct hash *b);
void hash_hex(const struct hash *hash, char out_hex[HASH_HEX_BYTES]);
MUST_USE bool hash_parse_hex(struct str hex, struct hash *out_hash);
/* Standard base64 with padding (RFC 4648). */
struct str base64_write(struct arena *arena, const void *data, size_t size_bytes);
MUST_USE bool base64_parse(struct arena *arena, struct str s, struct str *out_data);

#endif

/* keeper_key.h - the key file: the seed of the signing key and the key behind all macs.
 *
 * Three lines: "reeve-key-1", 32 bytes in hex, 32 bytes in hex. Made at the first start from the
 * kernel's random numbers, 0600.
 * Refuses: a file that others may read or write, that another user owns, or that is not this. */
#ifndef KEEPER_KEEPER_KEY_H
#define KEEPER_KEEPER_KEY_H

#include "base/str.h"

#include <sodium.h>

struct keeper_key {
    unsigned char signing[crypto_sign_SECRETKEYBYTES];
    unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
    unsigned char mac[crypto_auth_hmacsha256_KEYBYTES];
};

/* Reads the key file, or makes it when it is absent. */
MUST_USE bool keeper_key_open(struct str path, struct keeper_key *out_key, struct err *err);
void keeper_key_mac(const struct keeper_key *key, struct str purpose, struct str data,
                    unsigned char out_mac[crypto_auth_hmacsha256_BYTES]);

#endif

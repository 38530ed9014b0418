/* checkpoint.h - the ledger's size and root in one signed note.
 *
 * The body is a C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint): origin, size in decimal, root in
 * base64, each a line. The note is a C2SP signed note (c2sp.org/signed-note): body, empty line,
 * "— NAME BASE64(key hash of 4 bytes, signature of 64 bytes)". The key hash is the first 4 bytes of
 * SHA-256(NAME, newline, 0x01, public key); 0x01 is Ed25519 (RFC 8032). A key travels as the
 * verifier key "NAME+hex(key hash)+BASE64(0x01, public key)".
 * Signing is the keeper's; this file has no secret.
 * Refuses: extension lines, sizes with leading zeros, notes longer than CHECKPOINT_NOTE_BYTES. */
#ifndef LEDGER_CHECKPOINT_H
#define LEDGER_CHECKPOINT_H

#include "base/hash.h"

enum { CHECKPOINT_NOTE_BYTES = 16 * 1024, PUBLIC_KEY_BYTES = 32, SIGNATURE_BYTES = 64 };

struct checkpoint {
    struct str origin;
    int64_t size;
    struct hash root;
};

struct checkpoint_key {
    struct str name; /* no blanks, no '+' */
    unsigned char public_key[PUBLIC_KEY_BYTES];
};

/* The bytes that are signed: three lines. */
struct str checkpoint_body(struct arena *arena, const struct checkpoint *checkpoint);
/* body with one signature line. signature is SIGNATURE_BYTES long. */
struct str checkpoint_note(struct arena *arena, struct str body, const struct checkpoint_key *key,
                           const unsigned char *signature);
/* Reads a note without looking at its signatures. err->place is "checkpoint". */
MUST_USE bool checkpoint_parse(struct arena *arena, struct str note,
                               struct checkpoint *out_checkpoint, struct err *err);
/* Reads a note and verifies the signature of key; signatures by others are ignored. */
MUST_USE bool checkpoint_check(struct arena *arena, struct str note,
                               const struct checkpoint_key *key, struct checkpoint *out_checkpoint,
                               struct err *err);

struct str checkpoint_key_write(struct arena *arena, const struct checkpoint_key *key);
/* Reads a verifier key; blanks and a line end around it are tolerated. */
MUST_USE bool checkpoint_key_parse(struct arena *arena, struct str s,
                                   struct checkpoint_key *out_key, struct err *err);

#endif

/* dump.h - the one file that an export of a database is: a header, then chunks of members.
 *
 * All numbers are little-endian. Header, 128 bytes: "REEVEDB\n"; format (4), flags (4: 1 =
 * encrypted), salt of the key (16), header of the stream (24), zeros (8); BLAKE2b-256 of these 64
 * bytes; of these 96 the same keyed by the second half of the key (zeros when not encrypted).
 * Chunk: length of what follows (4), at most DUMP_BODY_BYTES; then, encrypted, libsodium's
 * secretstream of the piece with the length as additional data, the last one with its final tag;
 * else BLAKE2b-256 of length and piece, keyed by that of the chunk before it (of the first: by the
 * header's own), and the piece.
 * Piece: 'M', size (8), name: a member begins. 'D', one zstd frame: its next DUMP_RAW_BYTES at
 * most. 'Z', members (8), their bytes (8): the end. The first member is the manifest.
 *
 * Promises: whatever byte is changed, taken away or added, in which order chunks come: refused with
 * the place in the file and the member; nothing of a chunk is handed on before it is proved; memory
 * is bounded by two chunks, whatever the file says.
 * Refuses: names that are no plain file names. Without a key it finds damage, not forgery. */
#ifndef DUMP_DUMP_H
#define DUMP_DUMP_H

#include "base/str.h"

#include <sodium.h>

enum { DUMP_FORMAT = 1, DUMP_HEADER_BYTES = 128, DUMP_SALT_BYTES = 16, DUMP_NAME_BYTES = 100 };
enum {
    DUMP_RAW_BYTES = 1024 * 1024,
    DUMP_FRAME_BYTES = DUMP_RAW_BYTES + DUMP_RAW_BYTES / 256,
    DUMP_PIECE_BYTES = 1 + DUMP_FRAME_BYTES,
    DUMP_SUM_BYTES = 32,
    DUMP_BODY_BYTES = DUMP_SUM_BYTES + DUMP_PIECE_BYTES
};
enum { DUMP_SECRET_BYTES_MIN = 16 }; /* of an export_key */
#define DUMP_MANIFEST "manifest.json"

struct dump_key {
    bool on;
    unsigned char stream[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    unsigned char header[DUMP_SUM_BYTES];
};
/* Argon2id of the secret with this salt, 64 MB and a tenth of a second. ERR_USAGE when the secret
 * is too short. */
MUST_USE bool dump_key_make(struct str secret, const unsigned char salt[DUMP_SALT_BYTES],
                            struct dump_key *out_key, struct err *err);
void dump_key_wipe(struct dump_key *key);
/* Of Argon2id over secrets too short to be one? Else the sentence that says so. */
MUST_USE bool dump_secret_check(struct str secret, struct err *err);
/* A plain file name: letters, digits, '.', '_' and '-', no '.' in front. */
bool dump_name_good(struct str name);

/* What both sides carry from chunk to chunk. */
struct dump_chain {
    bool encrypted;
    crypto_secretstream_xchacha20poly1305_state stream;
    unsigned char sum[DUMP_SUM_BYTES];
};

struct dump_writer {
    struct dump_chain chain;
    /* Takes all; false: it failed, and has said why. */
    bool (*put)(void *context, struct str bytes);
    void *context;
    uint64_t left; /* of the member */
    uint64_t members, raw_bytes, file_bytes;
    unsigned char *piece, *body;
};
/* Chance comes from the caller: the salt that the key was made with, and the header of the stream.
 * The first bytes are put. */
MUST_USE bool dump_writer_begin(struct dump_writer *writer, struct arena *arena,
                                const struct dump_key *key,
                                const unsigned char salt[DUMP_SALT_BYTES],
                                const unsigned char stream[24]);
MUST_USE bool dump_write_member(struct dump_writer *writer, struct str name, uint64_t size_bytes);
/* Of the member that was begun, at most DUMP_RAW_BYTES at once. */
MUST_USE bool dump_write_data(struct dump_writer *writer, struct str data);
MUST_USE bool dump_write_end(struct dump_writer *writer);

enum dump_event { DUMP_MEMBER, DUMP_DATA, DUMP_END };

struct dump_reader {
    struct dump_chain chain;
    const char *name; /* of the file, for sentences */
    /* Reads room bytes, fewer only at the end of the file; false: it cannot be read. */
    bool (*take)(void *context, char *to, size_t room, size_t *out_bytes);
    void *context;
    unsigned char header[DUMP_HEADER_BYTES];
    uint64_t offset;                  /* of the next byte of the file */
    uint64_t chunk;                   /* where the present chunk begins */
    bool final;                       /* the chunk was said to be the last */
    char member[DUMP_NAME_BYTES + 1]; /* "" before the first */
    uint64_t size, left;              /* of the member */
    uint64_t members, raw_bytes;
    struct str data; /* of DUMP_DATA */
    unsigned char *piece, *body, *raw;
};
/* Reads the header and proves it as far as that can be done without the key. */
MUST_USE bool dump_reader_begin(struct dump_reader *reader, struct arena *arena, struct err *err);
bool dump_reader_is_encrypted(const struct dump_reader *reader);
/* Begins with the chunks; secret: "" when there is none. ERR_REFUSED: it is another key, or there
 * has to be one. */
MUST_USE bool dump_reader_unlock(struct dump_reader *reader, struct str secret, struct err *err);
/* A member begins (reader->member, size), its next data, or the end, behind which there was nothing
 * more. ERR_REFUSED with the place for everything that is not as it was written. */
MUST_USE bool dump_next(struct dump_reader *reader, enum dump_event *out_event, struct err *err);

/* Both sides. */
void dump_put_u32(unsigned char *to, uint32_t value);
void dump_put_u64(unsigned char *to, uint64_t value);
uint32_t dump_get_u32(const unsigned char *from);
uint64_t dump_get_u64(const unsigned char *from);
void dump_sum_header(const unsigned char header[DUMP_HEADER_BYTES], unsigned char *out_sum);
void dump_seal_header(const unsigned char header[DUMP_HEADER_BYTES], const struct dump_key *key,
                      unsigned char *out_seal);
/* The chain behind this header; key: of an encrypted one. */
void dump_chain_begin(struct dump_chain *chain, const unsigned char header[DUMP_HEADER_BYTES],
                      const struct dump_key *key);

enum {
    DUMP_AT_FORMAT = 8,
    DUMP_AT_FLAGS = 12,
    DUMP_AT_SALT = 16,
    DUMP_AT_STREAM = 32,
    DUMP_AT_SUM = 64,
    DUMP_AT_SEAL = 96
};
#define DUMP_MAGIC "REEVEDB\n"

#endif

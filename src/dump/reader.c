/* reader.c - chunks in, members out; nothing is believed before it is proved. */
#include "dump/dump.h"

#include "base/secret_value.h"

#include <inttypes.h>
#include <zstd.h>

static bool fail(const struct dump_reader *reader, struct err *err, uint64_t at, const char *what)
{
    if (reader->member[0])
        return err_set(err, ERR_REFUSED, reader->name,
                       "The archive is damaged at byte %" PRIu64 ", in its member %s: %s.", at,
                       reader->member, what);
    return err_set(err, ERR_REFUSED, reader->name,
                   "The archive is damaged at byte %" PRIu64 ": %s.", at, what);
}

/* A length that was changed looks the same, so the chunk is named, too. */
static bool fail_cut(const struct dump_reader *reader, struct err *err)
{
    return err_set(
        err, ERR_REFUSED, reader->name,
        "The archive was cut off at byte %" PRIu64 ", or damaged at byte %" PRIu64 "%s%s.",
        reader->offset, reader->chunk,
        reader->member[0] ? ", in its member " : ", before its first member", reader->member);
}

/* *out_bytes: fewer than n only at the end of the file. */
static bool take(struct dump_reader *reader, unsigned char *to, size_t n, size_t *out_bytes,
                 struct err *err)
{
    if (!reader->take(reader->context, (char *)to, n, out_bytes))
        return err_set(err, ERR_OUTSIDE, reader->name,
                       "The archive cannot be read at byte %" PRIu64 "; the disk refuses.",
                       reader->offset);
    reader->offset += *out_bytes;
    return true;
}

static bool is_zero(const unsigned char *p, size_t n)
{
    return sodium_is_zero(p, n) == 1;
}

bool dump_reader_is_encrypted(const struct dump_reader *reader)
{
    return dump_get_u32(reader->header + DUMP_AT_FLAGS) == 1;
}

bool dump_reader_begin(struct dump_reader *reader, struct arena *arena, struct err *err)
{
    unsigned char sum[DUMP_SUM_BYTES];
    const unsigned char *header = reader->header;
    size_t magic = strlen(DUMP_MAGIC);
    size_t n = 0;
    if (!take(reader, reader->header, DUMP_HEADER_BYTES, &n, err))
        return false;
    if (n < magic || memcmp(header, DUMP_MAGIC, magic) != 0)
        return err_set(err, ERR_REFUSED, reader->name,
                       n == 0 ? "The file is empty." : "This is no archive of reeve db:export.");
    if (n < DUMP_HEADER_BYTES)
        return fail_cut(reader, err);
    dump_sum_header(header, sum);
    if (memcmp(sum, header + DUMP_AT_SUM, sizeof sum) != 0)
        return fail(reader, err, 0, "its header, bytes 0 to 95, was changed");
    if (dump_get_u32(header + DUMP_AT_FORMAT) != DUMP_FORMAT)
        return err_set(err, ERR_REFUSED, reader->name,
                       "The archive has format %" PRIu32 ", and this Reeve reads %d: take a newer "
                       "Reeve.",
                       dump_get_u32(header + DUMP_AT_FORMAT), DUMP_FORMAT);
    uint32_t flags = dump_get_u32(header + DUMP_AT_FLAGS);
    if (flags > 1 || (flags == 0 && !is_zero(header + DUMP_AT_SEAL, DUMP_SUM_BYTES)))
        return fail(reader, err, flags > 1 ? DUMP_AT_FLAGS : DUMP_AT_SEAL,
                    "its header was changed");
    reader->piece = arena_alloc(arena, DUMP_PIECE_BYTES);
    reader->body = arena_alloc(arena, DUMP_BODY_BYTES);
    reader->raw = arena_alloc(arena, DUMP_RAW_BYTES);
    return true;
}

bool dump_reader_unlock(struct dump_reader *reader, struct str secret, struct err *err)
{
    struct dump_key key = {.on = false};
    unsigned char seal[DUMP_SUM_BYTES];
    const unsigned char *header = reader->header;
    if (!dump_reader_is_encrypted(reader)) {
        dump_chain_begin(&reader->chain, header, &key);
        return true;
    }
    if (secret.n == 0)
        return err_set(err, ERR_REFUSED, reader->name,
                       "The archive is encrypted; write its key as services: { database: { "
                       "export_key: env:NAME } }.");
    if (!dump_key_make(secret, header + DUMP_AT_SALT, &key, err))
        return false;
    dump_seal_header(header, &key, seal);
    bool good = sodium_memcmp(seal, header + DUMP_AT_SEAL, sizeof seal) == 0;
    if (good)
        dump_chain_begin(&reader->chain, header, &key);
    dump_key_wipe(&key);
    return good || err_set(err, ERR_REFUSED, reader->name,
                           "services.database.export_key is not the key of this archive (or its "
                           "header, bytes 96 to 127, was changed).");
}

/* The length is proved, too. */
static bool open_body(struct dump_reader *reader, const unsigned char length[4], size_t n,
                      size_t *out_piece)
{
    struct dump_chain *chain = &reader->chain;
    if (chain->encrypted) {
        unsigned long long piece = 0;
        unsigned char tag = 0;
        if (n - crypto_secretstream_xchacha20poly1305_ABYTES > DUMP_PIECE_BYTES ||
            crypto_secretstream_xchacha20poly1305_pull(&chain->stream, reader->piece, &piece, &tag,
                                                       reader->body, n, length, 4) != 0)
            return false;
        reader->final = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
        *out_piece = (size_t)piece;
        return true;
    }
    crypto_generichash_state state;
    size_t piece = n - DUMP_SUM_BYTES;
    (void)crypto_generichash_init(&state, chain->sum, sizeof chain->sum, sizeof chain->sum);
    (void)crypto_generichash_update(&state, length, 4);
    (void)crypto_generichash_update(&state, reader->body + DUMP_SUM_BYTES, piece);
    (void)crypto_generichash_final(&state, chain->sum, sizeof chain->sum);
    if (memcmp(chain->sum, reader->body, DUMP_SUM_BYTES) != 0)
        return false;
    memcpy(reader->piece, reader->body + DUMP_SUM_BYTES, piece);
    reader->final = piece > 0 && reader->piece[0] == 'Z';
    *out_piece = piece;
    return true;
}

static bool read_piece(struct dump_reader *reader, size_t *out_piece, struct err *err)
{
    unsigned char length[4];
    size_t got = 0;
    size_t least = reader->chain.encrypted ? crypto_secretstream_xchacha20poly1305_ABYTES
                                           : (size_t)DUMP_SUM_BYTES;
    reader->chunk = reader->offset;
    if (!take(reader, length, sizeof length, &got, err))
        return false;
    if (got < sizeof length)
        return fail_cut(reader, err);
    size_t n = dump_get_u32(length);
    if (n <= least || n > DUMP_BODY_BYTES)
        return fail(reader, err, reader->chunk, "the length of this chunk was changed");
    if (!take(reader, reader->body, n, &got, err))
        return false;
    if (got < n)
        return fail_cut(reader, err);
    return open_body(reader, length, n, out_piece) ||
           fail(reader, err, reader->chunk, "this chunk was changed, or is not the next one");
}

static bool take_member(struct dump_reader *reader, size_t piece, struct err *err)
{
    struct str name = {(const char *)reader->piece + 9, piece > 9 ? piece - 9 : 0};
    if (reader->left > 0 || !dump_name_good(name))
        return fail(reader, err, reader->chunk, "a member begins that cannot");
    if ((reader->members == 0) != str_is(name, DUMP_MANIFEST))
        return fail(reader, err, reader->chunk, "its first member is to be the manifest");
    str_keep(reader->member, sizeof reader->member, name);
    reader->size = reader->left = dump_get_u64(reader->piece + 1);
    reader->members++;
    return true;
}

static bool take_data(struct dump_reader *reader, size_t piece, struct err *err)
{
    unsigned long long said = ZSTD_getFrameContentSize(reader->piece + 1, piece - 1);
    if (said == 0 || said > DUMP_RAW_BYTES || said > reader->left)
        return fail(reader, err, reader->chunk, "its data do not fit");
    size_t n = ZSTD_decompress(reader->raw, DUMP_RAW_BYTES, reader->piece + 1, piece - 1);
    if (ZSTD_isError(n) || n != said)
        return fail(reader, err, reader->chunk, "its data cannot be unpacked");
    reader->left -= n;
    reader->raw_bytes += n;
    reader->data = (struct str){(const char *)reader->raw, n};
    return true;
}

static bool take_end(struct dump_reader *reader, size_t piece, struct err *err)
{
    size_t more = 0;
    if (piece != 17 || reader->left > 0 || dump_get_u64(reader->piece + 1) != reader->members ||
        dump_get_u64(reader->piece + 9) != reader->raw_bytes || reader->members == 0)
        return fail(reader, err, reader->chunk, "its end does not fit what came before");
    uint64_t end = reader->offset;
    if (!take(reader, reader->body, 1, &more, err))
        return false;
    reader->member[0] = '\0';
    return more == 0 || fail(reader, err, end, "something follows its end");
}

bool dump_next(struct dump_reader *reader, enum dump_event *out_event, struct err *err)
{
    size_t piece = 0;
    if (!read_piece(reader, &piece, err))
        return false;
    char kind = (char)reader->piece[0];
    if (reader->final != (kind == 'Z'))
        return fail(reader, err, reader->chunk, "it ends where it may not");
    *out_event = kind == 'M' ? DUMP_MEMBER : kind == 'D' ? DUMP_DATA : DUMP_END;
    if (kind == 'M')
        return take_member(reader, piece, err);
    if (kind == 'D')
        return take_data(reader, piece, err);
    return (kind == 'Z' && take_end(reader, piece, err)) ||
           (kind != 'Z' && fail(reader, err, reader->chunk, "this chunk is of no known kind"));
}

/* writer.c - members in, chunks out. */
#include "dump/dump.h"

#include <assert.h>
#include <zstd.h>

enum { LEVEL = 3 };

static bool put(struct dump_writer *writer, const unsigned char *bytes, size_t n)
{
    writer->file_bytes += n;
    return writer->put(writer->context, (struct str){(const char *)bytes, n});
}

bool dump_writer_begin(struct dump_writer *writer, struct arena *arena, const struct dump_key *key,
                       const unsigned char salt[DUMP_SALT_BYTES], const unsigned char stream[24])
{
    unsigned char header[DUMP_HEADER_BYTES] = {0};
    memcpy(header, DUMP_MAGIC, strlen(DUMP_MAGIC));
    dump_put_u32(header + DUMP_AT_FORMAT, DUMP_FORMAT);
    dump_put_u32(header + DUMP_AT_FLAGS, key->on);
    if (key->on) {
        memcpy(header + DUMP_AT_SALT, salt, DUMP_SALT_BYTES);
        memcpy(header + DUMP_AT_STREAM, stream, crypto_secretstream_xchacha20poly1305_HEADERBYTES);
    }
    dump_sum_header(header, header + DUMP_AT_SUM);
    dump_seal_header(header, key, header + DUMP_AT_SEAL);
    dump_chain_begin(&writer->chain, header, key);
    writer->piece = arena_alloc(arena, DUMP_PIECE_BYTES);
    writer->body = arena_alloc(arena, DUMP_BODY_BYTES);
    return put(writer, header, sizeof header);
}

static bool put_piece(struct dump_writer *writer, size_t n, bool final)
{
    struct dump_chain *chain = &writer->chain;
    unsigned char length[4];
    size_t body = n + (chain->encrypted ? (size_t)crypto_secretstream_xchacha20poly1305_ABYTES
                                        : (size_t)DUMP_SUM_BYTES);
    dump_put_u32(length, (uint32_t)body);
    if (chain->encrypted) {
        (void)crypto_secretstream_xchacha20poly1305_push(
            &chain->stream, writer->body, NULL, writer->piece, n, length, sizeof length,
            final ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
    } else {
        crypto_generichash_state state;
        (void)crypto_generichash_init(&state, chain->sum, sizeof chain->sum, sizeof chain->sum);
        (void)crypto_generichash_update(&state, length, sizeof length);
        (void)crypto_generichash_update(&state, writer->piece, n);
        (void)crypto_generichash_final(&state, chain->sum, sizeof chain->sum);
        memcpy(writer->body, chain->sum, sizeof chain->sum);
        memcpy(writer->body + DUMP_SUM_BYTES, writer->piece, n);
    }
    return put(writer, length, sizeof length) && put(writer, writer->body, body);
}

bool dump_write_member(struct dump_writer *writer, struct str name, uint64_t size_bytes)
{
    bool good = writer->left == 0 && dump_name_good(name);
    assert(good); /* else nobody could read it */
    (void)good;
    writer->piece[0] = 'M';
    dump_put_u64(writer->piece + 1, size_bytes);
    memcpy(writer->piece + 9, name.p, name.n);
    writer->left = size_bytes;
    writer->members++;
    return put_piece(writer, 9 + name.n, false);
}

bool dump_write_data(struct dump_writer *writer, struct str data)
{
    assert(data.n > 0 && data.n <= DUMP_RAW_BYTES && data.n <= writer->left);
    writer->piece[0] = 'D';
    size_t n = ZSTD_compress(writer->piece + 1, DUMP_FRAME_BYTES, data.p, data.n, LEVEL);
    bool failed = ZSTD_isError(n) != 0;
    assert(!failed); /* its bound fits */
    (void)failed;
    writer->left -= data.n;
    writer->raw_bytes += data.n;
    return put_piece(writer, 1 + n, false);
}

bool dump_write_end(struct dump_writer *writer)
{
    assert(writer->left == 0);
    writer->piece[0] = 'Z';
    dump_put_u64(writer->piece + 1, writer->members);
    dump_put_u64(writer->piece + 9, writer->raw_bytes);
    return put_piece(writer, 17, true);
}

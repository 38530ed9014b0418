/* fuzz_dump.c - archives of db:export. The first byte says what they are: 0 a whole file as it is;
 * 1 pieces, parted by their length, that are sealed here, so that what stands behind the proof is
 * reached; 2 a manifest. Whatever they are, what is refused has a sentence and a place. */
#include "fuzz.h"

#include "dump/dump.h"
#include "dump/manifest.h"

#include <stdlib.h>

enum { ROOM = 4 * 1024 * 1024 };

static void must(bool good)
{
    if (!good)
        abort();
}

struct bytes {
    struct str left;
};

static bool take(void *context, char *to, size_t room, size_t *out_bytes)
{
    struct bytes *bytes = context;
    *out_bytes = bytes->left.n < room ? bytes->left.n : room;
    if (*out_bytes > 0)
        memcpy(to, bytes->left.p, *out_bytes);
    bytes->left = str_from(bytes->left, *out_bytes);
    return true;
}

static void read_all(struct arena *arena, struct str file)
{
    struct bytes bytes = {file};
    struct err err = {0};
    struct dump_reader reader = {.name = "a", .take = take, .context = &bytes};
    enum dump_event event = DUMP_MEMBER;
    uint64_t sum = 0;
    /* Argon2id would be all that is measured. */
    if (!dump_reader_begin(&reader, arena, &err) || dump_reader_is_encrypted(&reader) ||
        !dump_reader_unlock(&reader, STR(""), &err)) {
        must(err.text[0] == '\0' || err.kind == ERR_REFUSED);
        return;
    }
    while (event != DUMP_END) {
        if (!dump_next(&reader, &event, &err)) {
            must(err.kind == ERR_REFUSED &&
                 str_find(str_of(err.text), " at byte ", 0) < strlen(err.text));
            return;
        }
        if (event == DUMP_MEMBER)
            must(dump_name_good(str_of(reader.member)) && reader.members > 0);
        if (event == DUMP_DATA) {
            must(reader.data.n > 0 && reader.data.n <= DUMP_RAW_BYTES);
            sum += reader.data.n;
        }
    }
    must(sum == reader.raw_bytes && bytes.left.n == 0);
}

/* Each piece: two bytes of length, then itself. */
static struct str seal(struct arena *arena, struct str pieces)
{
    unsigned char *file = arena_alloc(arena, ROOM);
    unsigned char sum[DUMP_SUM_BYTES];
    size_t n = DUMP_HEADER_BYTES;
    memcpy(file, DUMP_MAGIC, strlen(DUMP_MAGIC));
    dump_put_u32(file + DUMP_AT_FORMAT, DUMP_FORMAT);
    dump_sum_header(file, file + DUMP_AT_SUM);
    memcpy(sum, file + DUMP_AT_SUM, sizeof sum);
    while (pieces.n >= 2) {
        size_t size = (unsigned char)pieces.p[0] | (size_t)(unsigned char)pieces.p[1] << 8;
        struct str piece = str_slice(pieces, 2, 2 + size);
        pieces = str_from(pieces, 2 + size);
        if (n + 4 + DUMP_SUM_BYTES + piece.n > ROOM)
            break;
        crypto_generichash_state state;
        dump_put_u32(file + n, (uint32_t)(DUMP_SUM_BYTES + piece.n));
        (void)crypto_generichash_init(&state, sum, sizeof sum, sizeof sum);
        (void)crypto_generichash_update(&state, file + n, 4);
        (void)crypto_generichash_update(&state, (const unsigned char *)piece.p, piece.n);
        (void)crypto_generichash_final(&state, sum, sizeof sum);
        memcpy(file + n + 4, sum, sizeof sum);
        memcpy(file + n + 4 + DUMP_SUM_BYTES, piece.p, piece.n);
        n += 4 + DUMP_SUM_BYTES + piece.n;
    }
    return (struct str){(const char *)file, n};
}

static void read_manifest(struct arena *arena, struct str text)
{
    struct manifest manifest;
    struct manifest again;
    struct err err = {0};
    if (!manifest_read(arena, text, &manifest, &err)) {
        must(err.kind == ERR_REFUSED && err.text[0]);
        return;
    }
    must(manifest_read(arena, manifest_write(arena, &manifest), &again, &err));
    must(again.table_count == manifest.table_count && again.role_count == manifest.role_count);
    struct text said;
    text_init(&said, arena, 64 * 1024);
    struct json_writer w = {.text = &said};
    must(manifest_compare(&manifest, &again, &w, 10) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    if (size == 0)
        return 0;
    struct str rest = {(const char *)data + 1, size - 1};
    arena_init(&arena);
    if (data[0] % 3 == 0)
        read_all(&arena, rest);
    else if (data[0] % 3 == 1)
        read_all(&arena, seal(&arena, rest));
    else
        read_manifest(&arena, rest);
    arena_done(&arena);
    return 0;
}

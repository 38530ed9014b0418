/* test_archive.c - what is written is read; whatever of it is changed is refused, with its place.
 */
#include "base/text.h"
#include "dump/dump.h"
#include "harness/test.h"

enum { ROOM = 8 * 1024 * 1024 };

struct file {
    char *bytes;
    size_t n, at;
};

static bool put(void *context, struct str bytes)
{
    struct file *file = context;
    if (file->n + bytes.n > ROOM)
        return false;
    memcpy(file->bytes + file->n, bytes.p, bytes.n);
    file->n += bytes.n;
    return true;
}

static bool take(void *context, char *to, size_t room, size_t *out_bytes)
{
    struct file *file = context;
    size_t left = file->n - file->at;
    *out_bytes = left < room ? left : room;
    memcpy(to, file->bytes + file->at, *out_bytes);
    file->at += *out_bytes;
    return true;
}

#define SECRET "sixteen letters!"

/* A manifest, an empty member and one of some chunks. */
static struct file archive_make(struct arena *arena, bool encrypted, size_t large)
{
    struct file file = {.bytes = arena_alloc(arena, ROOM)};
    struct dump_writer writer = {.put = put, .context = &file};
    struct dump_key key = {.on = false};
    struct err err = {0};
    static const unsigned char salt[DUMP_SALT_BYTES] = "salt";
    static const unsigned char stream[24] = "stream";
    char *noise = arena_alloc(arena, large + 1);
    for (size_t i = 0; i < large; i++)
        noise[i] = (char)(i * i >> 3);
    CHECK(!encrypted || dump_key_make(STR(SECRET), salt, &key, &err));
    CHECK(dump_writer_begin(&writer, arena, &key, salt, stream));
    CHECK(dump_write_member(&writer, STR(DUMP_MANIFEST), 2) && dump_write_data(&writer, STR("{}")));
    CHECK(dump_write_member(&writer, STR("empty.dat"), 0));
    CHECK(dump_write_member(&writer, STR("1.dat"), large));
    for (size_t at = 0; at < large; at += DUMP_RAW_BYTES)
        CHECK(dump_write_data(&writer,
                              str_slice((struct str){noise, large}, at, at + DUMP_RAW_BYTES)));
    CHECK(dump_write_end(&writer));
    CHECK_INT(writer.file_bytes, file.n);
    return file;
}

/* The names of its members and their bytes, or the sentence. */
static struct str archive_read(struct arena *arena, struct file file, struct str secret)
{
    struct dump_reader reader = {.name = "a.reeve", .take = take, .context = &file};
    struct text said;
    struct err err = {0};
    enum dump_event event = DUMP_MEMBER;
    text_init(&said, arena, 4096);
    if (!dump_reader_begin(&reader, arena, &err) || !dump_reader_unlock(&reader, secret, &err))
        return str_copy(arena, str_of(err.text));
    while (event != DUMP_END) {
        if (!dump_next(&reader, &event, &err))
            return str_copy(arena, str_of(err.text));
        if (event == DUMP_MEMBER)
            text_printf(&said, "%s ", reader.member);
    }
    text_printf(&said, "%d", (int)reader.raw_bytes);
    return text_str(&said);
}

TEST(what_is_written_is_read)
{
    for (int encrypted = 0; encrypted < 2; encrypted++) {
        struct file file = archive_make(arena, encrypted == 1, 2 * DUMP_RAW_BYTES + 7);
        CHECK_STR(archive_read(arena, file, STR(SECRET)), "manifest.json empty.dat 1.dat 2097161");
    }
}

TEST(a_changed_bit_is_refused_with_its_place)
{
    for (int encrypted = 0; encrypted < 2; encrypted++) {
        struct file file = archive_make(arena, encrypted == 1, 500);
        /* Argon2id takes a tenth of a second. */
        for (size_t at = 0; at < file.n; at += encrypted ? 61 : 1) {
            struct arena own;
            arena_init(&own);
            file.bytes[at] = (char)(file.bytes[at] ^ (1 << at % 8));
            struct str said = archive_read(&own, file, STR(SECRET));
            bool placed = str_find(said, "damaged at byte ", 0) < said.n ||
                          (at < 8 && str_is(said, "This is no archive of reeve db:export.")) ||
                          (at >= 96 && at < 128 && str_find(said, "96 to 127", 0) < said.n);
            if (!placed)
                test_fail(__FILE__, __LINE__, "byte %d: %.*s", (int)at, STR_ARGS(said));
            CHECK(placed);
            file.bytes[at] = (char)(file.bytes[at] ^ (1 << at % 8));
            arena_done(&own);
        }
    }
}

TEST(chunks_that_change_places)
{
    struct file file = archive_make(arena, true, 3 * DUMP_RAW_BYTES);
    size_t at = DUMP_HEADER_BYTES;
    size_t starts[16] = {0};
    size_t sizes[16] = {0};
    size_t count = 0;
    while (at < file.n && count < 16) {
        starts[count] = at;
        sizes[count] = 4 + dump_get_u32((const unsigned char *)file.bytes + at);
        at += sizes[count++];
    }
    CHECK_INT(count, 8); /* three beginnings, a manifest, three data, an end */
    struct file doubled = {.bytes = arena_alloc(arena, ROOM)};
    CHECK(put(&doubled, (struct str){file.bytes, starts[5]}));
    CHECK(put(&doubled, (struct str){file.bytes + starts[4], file.n - starts[4]}));
    struct str said = archive_read(arena, doubled, STR(SECRET));
    CHECK_STR(said, str_printf(arena,
                               "The archive is damaged at byte %d, in its member 1.dat: this chunk "
                               "was changed, or is not the next one.",
                               (int)starts[5])
                        .p);
    struct file without = {.bytes = arena_alloc(arena, ROOM)};
    CHECK(put(&without, (struct str){file.bytes, starts[5]}));
    CHECK(put(&without, (struct str){file.bytes + starts[6], file.n - starts[6]}));
    CHECK(str_starts(archive_read(arena, without, STR(SECRET)), "The archive is damaged"));
    struct file cut = {.bytes = file.bytes, .n = starts[7]};
    CHECK(str_starts(archive_read(arena, cut, STR(SECRET)), "The archive was cut off at byte "));
}

TEST(keys)
{
    struct file file = archive_make(arena, true, 9);
    CHECK(
        str_starts(archive_read(arena, file, STR("")), "The archive is encrypted; write its key"));
    CHECK(str_starts(archive_read(arena, file, STR("sixteen letters?")),
                     "services.database.export_key is not the key of this archive"));
    CHECK(str_starts(archive_read(arena, file, STR("short")), "A key has at least 16 characters"));
}

/* The header of an archive that a later Reeve makes is sound, and of another format. */
TEST(a_newer_format)
{
    struct file file = archive_make(arena, false, 9);
    unsigned char *header = (unsigned char *)file.bytes;
    dump_put_u32(header + DUMP_AT_FORMAT, 2);
    dump_sum_header(header, header + DUMP_AT_SUM);
    CHECK_STR(archive_read(arena, file, STR("")),
              "The archive has format 2, and this Reeve reads 1: take a newer Reeve.");
}

TEST(names)
{
    CHECK(dump_name_good(STR("toc.dat")) && dump_name_good(STR("blob_1.dat")));
    CHECK(!dump_name_good(STR("")) && !dump_name_good(STR("../a")) && !dump_name_good(STR(".a")) &&
          !dump_name_good(STR("a/b")));
}

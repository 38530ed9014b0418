/* test_manifest.c - what an export says of itself, and whether a database is the same. */
#include "dump/dump.h"
#include "dump/manifest.h"
#include "harness/test.h"

static struct manifest example(void)
{
    static struct manifest_table tables[] = {{STR("a"), STR("one"), 3, STR("-12")},
                                             {STR("a"), STR("two"), 0, STR("0")},
                                             {STR("b"), STR("\"three"), 1, STR("99")}};
    static struct str roles[] = {STR("app")};
    return (struct manifest){.at = STR("2026-12-01T14:00:00.000000Z"),
                             .database = STR("shop"),
                             .pg_dump = STR("15.14"),
                             .snapshot = STR("1-1"),
                             .encoding = STR("UTF8"),
                             .collate = STR("C"),
                             .ctype = STR("C"),
                             .server_version = 150014,
                             .large_hash = STR("0"),
                             .members = 2,
                             .bytes = 9,
                             .roles = roles,
                             .role_count = 1,
                             .tables = tables,
                             .table_count = 3};
}

TEST(it_is_read_as_it_was_written)
{
    struct manifest manifest = example();
    struct manifest read;
    struct err err = {0};
    struct str text = manifest_write(arena, &manifest);
    CHECK_OK(manifest_read(arena, text, &read, &err), &err);
    CHECK_STR(manifest_write(arena, &read), text.p);
    CHECK_INT(manifest_rows(&read), 4);
}

TEST(what_is_none)
{
    struct manifest read;
    struct err err = {0};
    CHECK(!manifest_read(arena, STR("{"), &read, &err) && err.kind == ERR_REFUSED);
    CHECK_STR(str_of(err.text), "The manifest of the archive is no JSON object.");
    CHECK(!manifest_read(arena, STR("{\"format\":2}"), &read, &err));
    CHECK_STR(str_of(err.text),
              "The manifest of the archive is of a format that this Reeve does not read.");
    CHECK(!manifest_read(arena, STR("{\"format\":1}"), &read, &err));
    CHECK_STR(str_of(err.text), "The manifest of the archive does not say of what it is.");
}

static struct str compare(struct arena *arena, const struct manifest *now, size_t *out_count)
{
    struct manifest then = example();
    struct text text;
    text_init(&text, arena, 4096);
    struct json_writer w = {.text = &text};
    *out_count = manifest_compare(&then, now, &w, 2);
    return text_str(&text);
}

TEST(differences)
{
    size_t count = 0;
    struct manifest now = example();
    CHECK_STR(compare(arena, &now, &count), "");
    CHECK_INT(count, 0);
    struct manifest_table tables[] = {{STR("a"), STR("new"), 3, STR("5")},
                                      {STR("a"), STR("one"), 3, STR("12")},
                                      {STR("a"), STR("two"), 2, STR("0")}};
    now.tables = tables;
    now.large_objects = 1;
    CHECK_STR(compare(arena, &now, &count),
              "\"a.new is there, and not in the archive.\",\"a.one has the same number of rows, 3, "
              "and other content.\"");
    CHECK_INT(count, 5); /* two more tables and the large objects; two are written */
}

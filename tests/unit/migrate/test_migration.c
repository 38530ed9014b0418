/* test_migration.c - files of three forms as migrations, and what is wrong with files. */
#include "harness/test.h"
#include "migrate/migration.h"

enum { FILES_MAX = 6 };

static void read(struct arena *arena, const struct migration_file *files, struct migration_set *set)
{
    size_t count = 0;
    while (count < FILES_MAX && files[count].name.n > 0)
        count++;
    migration_set_read(arena, files, count, set);
}

static struct str findings_of(struct arena *arena, const struct migration_set *set)
{
    struct text text;
    text_init(&text, arena, 8192);
    for (size_t i = 0; i < set->finding_count; i++)
        text_printf(&text, "%s%.*s: %.*s\n", set->findings[i].stops ? "" : "(said) ",
                    STR_ARGS(set->findings[i].place), STR_ARGS(set->findings[i].text));
    return text_str(&text);
}

TEST(three_forms_are_read_as_they_are)
{
    const struct migration_file files[FILES_MAX] = {
        {STR("20240102_b.sql"),
         STR("-- dbmate's\r\n-- migrate:up\r\nSELECT 1;\r\n-- migrate:down\r\nSELECT 2;\r\n")},
        {STR("010_c.up.sql"), STR("SELECT 3; SELECT 4")},
        {STR("010_c.down.sql"), STR("SELECT 5")},
        {STR("9_a.sql"), STR("CREATE TABLE a (b int); -- no markers\n")},
        {STR("README.md"), STR("no SQL")},
    };
    struct migration_set set;
    read(arena, files, &set);
    CHECK_STR(findings_of(arena, &set), "");
    CHECK_INT(set.count, 3);
    CHECK_STR(set.items[0].version, "9");
    CHECK(!set.items[0].has_down);
    CHECK_STR(set.items[1].version, "10");
    CHECK_STR(set.items[1].name, "010_c.up.sql");
    CHECK_INT(set.items[1].up.count, 2);
    CHECK_INT(set.items[1].down.count, 1);
    CHECK_INT(set.items[2].up.count, 1);
    CHECK_STR(set.items[2].up.statements[0].text, "SELECT 1");
    CHECK_STR(set.items[2].down.statements[0].text, "SELECT 2");
    CHECK(migration_find(&set, STR("0010")) == &set.items[1]);
    CHECK(migration_find(&set, STR("11")) == NULL);
}

TEST(sections_are_gone_through_forward_and_back)
{
    const struct migration_file files[FILES_MAX] = {
        {STR("1_a.sql"), STR("-- migrate:up\nSELECT 1;\nSELECT 2;\n-- migrate:down\nSELECT 8;\n"
                             "-- migrate:up transaction:false\nSELECT 3; SELECT 4;\n"
                             "-- migrate:down transaction:false\nSELECT 6; SELECT 7;\n")},
        {STR("2_b.sql"), STR("-- transaction:false\nSELECT 1; VACUUM;")},
        {STR("3_c.sql"), STR("-- migrate:up\nSELECT $$\n-- migrate:down\n$$; /*\n-- migrate:down\n"
                             "*/ SELECT '\n-- migrate:up\n';")},
    };
    struct migration_set set;
    read(arena, files, &set);
    CHECK_STR(findings_of(arena, &set), "");
    CHECK_INT(set.items[0].up.wrap_count, 3);
    CHECK_INT(set.items[0].up.wraps[0].count, 2);
    CHECK_INT(set.items[0].up.wraps[2].section_first, 2);
    CHECK_INT(set.items[0].down.wrap_count, 3);
    CHECK_STR(set.items[0].down.statements[0].text, "SELECT 6");
    CHECK_STR(set.items[0].down.statements[1].text, "SELECT 7");
    CHECK_STR(set.items[0].down.statements[2].text, "SELECT 8");
    CHECK_INT(set.items[0].down.wraps[2].first, 2);
    CHECK_INT(set.items[1].up.wrap_count, 2);
    CHECK(!set.items[2].has_down);
    CHECK_INT(set.items[2].up.count, 2);
}

TEST(a_call_among_others_is_in_their_transaction)
{
    const struct migration_file files[FILES_MAX] = {
        {STR("1_alone.sql"), STR("CALL p()")},
        {STR("2_among.sql"), STR("CREATE PROCEDURE p() AS '';\nCALL p();\nSELECT 1")},
        {STR("3_own.sql"), STR("BEGIN; CALL p(); COMMIT; SELECT 1")},
        {STR("4_singles.sql"), STR("-- transaction:false\nCALL p(); SELECT 1")},
        {STR("5_sections.sql"), STR("-- migrate:up\nSELECT 1;\n-- migrate:up\nCALL p();\n"
                                    "-- migrate:up\nSELECT 2; CALL p();")},
        {STR("6_both.sql"), STR("CALL p(); VACUUM; SELECT 1")},
    };
    static const struct {
        size_t wraps, calls; /* the wrap with the CALL */
        bool outside;
    } wanted[] = {{1, 0, true}, {1, 0, false}, {2, 0, false}, {2, 0, true}, {3, 2, false}};
    struct migration_set set;
    read(arena, files, &set);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        CHECK_INT(set.items[i].up.wrap_count, wanted[i].wraps);
        CHECK(set.items[i].up.wraps[wanted[i].calls].outside == wanted[i].outside);
    }
    CHECK_INT(set.items[1].up.count, 3);
    CHECK(set.items[4].up.wraps[1].outside);
    CHECK_STR(
        findings_of(arena, &set),
        "6_both.sql:1:11: VACUUM cannot stand here: PostgreSQL runs it in no transaction, and "
        "the other statements are one; put it into a section or file of its own that begins "
        "with -- migrate:up transaction:false.\n");
}

TEST(what_is_wrong_with_files_is_all_said)
{
    const struct migration_file files[FILES_MAX] = {
        {STR("001_a.sql"), STR("SELECT 'a")},
        {STR("1_b.sql"), STR("SELECT 1")},
        {STR("2_c.down.sql"), STR("SELECT 1")},
        {STR("3_d.sql"), STR("SELECT 1;\n-- migrate:up\nSELECT 2; ROLLBACK")},
        {STR("users.sql"), STR("SELECT 1")},
        {STR("4_e.sql"), STR("-- migrate:up later:true\nSELECT '\xff'")},
    };
    struct migration_set set;
    read(arena, files, &set);
    CHECK_STR(findings_of(arena, &set),
              "(said) users.sql: The file is left out: the names of migrations begin with a "
              "number, 20240101120000_users.sql.\n"
              "001_a.sql:1:8: This cannot stand here: a string, name or comment that begins here "
              "or before it does not end.\n"
              "1_b.sql: The version 1 has 001_a.sql already: give one of the two files another "
              "number.\n"
              "3_d.sql:1:1: This statement stands before the first \"-- migrate:up\" and would "
              "never be run: move it behind.\n"
              "3_d.sql:3:11: ROLLBACK cannot stand here: a migration that takes itself back does "
              "nothing.\n"
              "4_e.sql:2:9: The file is no UTF-8 text; write it anew in UTF-8.\n"
              "2_c.down.sql: The file goes back from something that has no way forward: add its "
              ".up.sql.\n");
    CHECK(set.items[0].unread && set.items[2].unread);
}

TEST(versions_are_numbers)
{
    CHECK(version_compare(STR("7"), STR("007_x")) == 0);
    CHECK(version_compare(STR("9"), STR("10")) < 0);
    CHECK(version_compare(STR("20240102"), STR("20240101")) > 0);
    CHECK_STR(version_of(STR("000")), "0");
    CHECK_STR(version_of(STR("x1")), "");
}

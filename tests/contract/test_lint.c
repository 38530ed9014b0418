/* test_lint.c - the rules of the lint over SQL as PostgreSQL's own grammar (libpg_query) reads it:
 * a table of files, what a server says of their tables, and what is found at which place. */
#include "harness/test.h"
#include "migrate/lint.h"

#include <pg_query.h>

enum { TEXT_BYTES = 64 * 1024 };

/* A server of version 15: big has 50 million rows, few has 12. */
#define COLUMNS                                                                                    \
    "\"columns\":[{\"name\":\"a\",\"type\":\"varchar\",\"mod\":54,\"not_null\":false},"            \
    "{\"name\":\"b\",\"type\":\"int4\",\"mod\":-1,\"not_null\":true},"                             \
    "{\"name\":\"at\",\"type\":\"timestamp\",\"mod\":-1,\"not_null\":false}]"
static const char facts_15[] =
    "{\"version\":150004,\"zone\":\"UTC\",\"functions\":[\"tag\",\"luck\"],\"volatile\":[\"luck\"],"
    "\"hidden\":0,\"tables\":["
    "{\"name\":\"big\",\"kind\":\"r\",\"identity\":\"d\",\"rows\":50000000,\"bytes\":8000000000,"
    "\"waiting\":0," COLUMNS ",\"constraints\":[{\"name\":\"has_a\",\"type\":\"c\",\"valid\":true,"
    "\"def\":\"CHECK ((a IS NOT NULL))\"}],\"depends\":[{\"what\":\"view\",\"name\":\"v\","
    "\"column\":\"b\",\"own\":false}]},"
    "{\"name\":\"few\",\"kind\":\"r\",\"rows\":12,\"bytes\":8192," COLUMNS "},"
    "{\"name\":\"none\",\"kind\":\"r\",\"rows\":-1,\"bytes\":0," COLUMNS "},"
    "{\"name\":\"bad\",\"kind\":\"i\",\"valid\":false},{\"name\":\"gone\"}]}";

struct row {
    const char *facts, *sql, *want; /* "rule level line:column, …" */
};

static const struct json *read_json(struct arena *arena, struct str text)
{
    struct json *root = NULL;
    struct err err = {0};
    CHECK_OK(json_parse(arena, text, &root, &err), &err);
    return root;
}

static const struct json *tree_of(struct arena *arena, struct str sql)
{
    PgQueryParseResult result = pg_query_parse(str_copy(arena, sql).p);
    CHECK(!result.error);
    struct str tree = lint_prune(arena, str_copy(arena, str_of(result.parse_tree)));
    pg_query_free_parse_result(result);
    const struct json *list = json_get(read_json(arena, tree), "stmts");
    return json_get(list->first, "stmt");
}

static struct str found(struct arena *arena, struct lint *lint, const char *sql, bool outside)
{
    struct migration_script script = {.file = STR("x.sql"), .text = str_of(sql)};
    struct err err = {0};
    struct text text;
    CHECK_OK(
        script_add(arena, &script, &(struct migration_section){0, script.text.n, outside}, &err),
        &err);
    const struct json **trees = arena_array(arena, script.count + 1, sizeof *trees);
    for (size_t i = 0; i < script.count; i++)
        trees[i] = tree_of(arena, script.statements[i].text);
    lint_script(lint, &script, trees);
    text_init(&text, arena, TEXT_BYTES);
    for (size_t i = 0; i < lint->count; i++) {
        const struct lint_finding *one = &lint->findings[i];
        struct sql_place place = sql_place_of(script.text, one->byte);
        CHECK(one->text.n > 0 && one->instead.n > 0 && lint_is_rule(str_of(one->rule)));
        text_printf(&text, "%s%s %s %zu:%zu", i > 0 ? ", " : "", one->rule,
                    one->ignored ? "ignored" : lint_level_name(one->level), place.line,
                    place.column);
    }
    return text_str(&text);
}

static void check_rows(struct arena *arena, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct lint lint;
        bool outside = str_starts(str_of(rows[i].sql), "-- transaction:false");
        lint_init(&lint, arena, (struct lint_options){.one_run = true},
                  rows[i].facts ? read_json(arena, str_of(rows[i].facts)) : NULL);
        struct str got = found(arena, &lint, rows[i].sql, outside);
        lint_done(&lint);
        CHECK_SAME(str_printf(arena, "%s: %.*s", rows[i].sql, STR_ARGS(got)),
                   str_printf(arena, "%s: %s", rows[i].sql, rows[i].want));
    }
}

#define OUTSIDE "-- transaction:false\n"
#define INDEX   "require-concurrent-index-creation"

TEST(what_a_table_is_decides)
{
    static const struct row rows[] = {
        {NULL, "CREATE INDEX i ON big (a)", INDEX " unknown 1:1"},
        {facts_15, "CREATE INDEX i ON big (a)", INDEX " error 1:1"},
        {facts_15, "CREATE INDEX i ON few (a)", ""},
        {facts_15, "CREATE INDEX i ON none (a)", ""},
        {facts_15, "CREATE TABLE t (a text);\nCREATE INDEX i ON t (a)", ""},
        {NULL, "CREATE TABLE t (a text);\nCREATE INDEX i ON t (a)", ""},
        {NULL, "CREATE TABLE t (a text);\nALTER TABLE t RENAME TO u;\nCREATE INDEX i ON u (a)", ""},
        {NULL, "CREATE TABLE t AS SELECT 1 AS a;\nCREATE INDEX i ON t (a)", ""},
        {NULL, "CREATE TABLE t (a text);\nDROP TABLE t;\nCREATE INDEX i ON t (a)",
         INDEX " unknown 3:1"},
        {facts_15, "ALTER TABLE big RENAME TO huge;\nCREATE INDEX i ON huge (a)",
         "renaming-table warning 1:1, " INDEX " error 2:1"},
        {facts_15, "CREATE TABLE IF NOT EXISTS big (a text);\nCREATE INDEX i ON big (a)",
         INDEX " error 2:1"},
        {facts_15, "ALTER TABLE few ADD c int NOT NULL", "adding-required-field error 1:27"},
        {facts_15, "ALTER TABLE none ADD c int NOT NULL", ""},
    };
    check_rows(arena, rows, sizeof rows / sizeof *rows);
}

TEST(types_defaults_and_constraints)
{
    static const struct row rows[] = {
        {facts_15, "ALTER TABLE big ALTER a TYPE varchar(100)", ""},
        {facts_15, "ALTER TABLE big ALTER a TYPE text USING a::text", ""},
        {facts_15, "ALTER TABLE big ALTER a TYPE varchar(20)", "changing-column-type error 1:23"},
        {facts_15, "ALTER TABLE big ALTER at TYPE timestamptz", ""},
        {facts_15, "ALTER TABLE few ALTER a TYPE bigint", ""},
        {facts_15, "ALTER TABLE big ALTER b TYPE bigint",
         "changing-column-type error 1:23, depended-on error 1:23"},
        {facts_15, "ALTER TABLE big ADD c text DEFAULT 'x'", ""},
        {facts_15, "ALTER TABLE big ADD c text DEFAULT tag()", ""},
        {facts_15, "ALTER TABLE big ADD c text DEFAULT 'x' || luck()",
         "adding-field-with-default error 1:28"},
        {NULL, "ALTER TABLE big ADD c text DEFAULT tag()",
         "adding-field-with-default unknown 1:28"},
        {facts_15, "ALTER TABLE big ALTER a SET NOT NULL", ""},
        {facts_15, "ALTER TABLE big ALTER at SET NOT NULL", "adding-not-nullable-field error 1:1"},
        {facts_15, "ALTER TABLE big DROP CONSTRAINT has_a, ALTER a SET NOT NULL",
         "adding-not-nullable-field error 1:1"},
        {facts_15, "ALTER TABLE big ADD CONSTRAINT c CHECK (b > 0)",
         "constraint-missing-not-valid error 1:21"},
        {facts_15,
         "ALTER TABLE big ADD CONSTRAINT c CHECK (at IS NOT NULL) NOT VALID;\n"
         "ALTER TABLE big VALIDATE CONSTRAINT c",
         "constraint-missing-not-valid error 2:1"},
        {facts_15,
         OUTSIDE "ALTER TABLE big ADD CONSTRAINT c CHECK (at IS NOT NULL AND b > 0) NOT VALID;\n"
                 "ALTER TABLE big VALIDATE CONSTRAINT c;\nALTER TABLE big ALTER at SET NOT NULL",
         ""},
        {facts_15, "ALTER TABLE big ADD FOREIGN KEY (b) REFERENCES few (b)",
         "adding-foreign-key-constraint error 1:21"},
        {facts_15, "ALTER TABLE big ADD c int REFERENCES few (b)", ""},
        {facts_15, "ALTER TABLE big ADD UNIQUE (a)", "disallowed-unique-constraint error 1:21"},
        {facts_15, "ALTER TABLE big ADD EXCLUDE (a WITH =)",
         "adding-exclusion-constraint error 1:21"},
    };
    check_rows(arena, rows, sizeof rows / sizeof *rows);
}

TEST(what_the_server_knows)
{
    static const struct row rows[] = {
        {facts_15, "DROP TABLE gone", "missing-object error 1:1"},
        {NULL, "DROP TABLE gone", "ban-drop-table warning 1:1"},
        {facts_15, "SET search_path = x;\nALTER TABLE gone ADD a int",
         "missing-object unknown 2:1"},
        {facts_15, "ALTER TABLE big DROP COLUMN z",
         "ban-drop-column warning 1:1, missing-object error 1:1"},
        {facts_15, "ALTER TABLE big DROP COLUMN b",
         "ban-drop-column warning 1:1, depended-on error 1:1"},
        {facts_15, "DROP VIEW v;\nALTER TABLE big DROP COLUMN b", "ban-drop-column warning 2:1"},
        {facts_15, "ALTER TABLE big ADD COLUMN a int", "object-exists error 1:28"},
        {facts_15, "ALTER TABLE big ADD COLUMN IF NOT EXISTS a int", "object-exists warning 1:42"},
        {facts_15, "ALTER TABLE big ADD COLUMN IF NOT EXISTS a varchar(9)", ""},
        {facts_15, OUTSIDE "CREATE INDEX CONCURRENTLY IF NOT EXISTS bad ON few (a)",
         "invalid-index error 2:1"},
        {facts_15,
         OUTSIDE "DROP INDEX CONCURRENTLY bad;\n"
                 "CREATE INDEX CONCURRENTLY IF NOT EXISTS bad ON few (a)",
         ""},
        {facts_15, "ALTER TABLE few ADD c int;\nUPDATE big SET a = 'x'",
         "changing-data-behind-lock error 2:1"},
        {facts_15, OUTSIDE "ALTER TABLE few ADD c int;\nUPDATE big SET a = 'x'", ""},
    };
    check_rows(arena, rows, sizeof rows / sizeof *rows);
}

TEST(old_servers)
{
    static const char facts_10[] = "{\"version\":100004,\"tables\":[{\"name\":\"t\",\"kind\":"
                                   "\"r\",\"rows\":90000000,\"bytes\":9000000000}]}";
    static const struct row rows[] = {
        {facts_10, "ALTER TABLE t ADD c int DEFAULT 7", "adding-field-with-default error 1:25"},
        {facts_10, "ALTER TYPE m ADD VALUE 'x' AFTER 'y'", "server-too-old error 1:1"},
        {facts_10, OUTSIDE "REINDEX TABLE CONCURRENTLY t", "server-too-old error 2:1"},
        {facts_10, OUTSIDE "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
         "server-too-old error 2:1"},
        {facts_10, "CREATE UNIQUE INDEX i ON few (a) NULLS NOT DISTINCT",
         INDEX " unknown 1:1, server-too-old error 1:1"},
        {facts_15, "ALTER TYPE m ADD VALUE 'x' AFTER 'y'", ""},
    };
    check_rows(arena, rows, sizeof rows / sizeof *rows);
}

TEST(what_is_meant_is_ignored_with_a_reason)
{
    static const struct row rows[] = {
        {facts_15, "-- reeve:lint-ignore ban-drop-table nobody uses it\nDROP TABLE few",
         "ban-drop-table ignored 2:1"},
        {facts_15,
         "DROP TABLE few; -- reeve:lint-ignore ban-drop-table nobody uses it\n"
         "DROP TABLE big CASCADE",
         "ban-drop-table ignored 1:1, ban-drop-table warning 2:1, depended-on warning 2:1"},
        {facts_15, "DROP TABLE few;\n-- reeve:lint-ignore ban-drop-table\nDROP TABLE none",
         "ban-drop-table warning 1:1, ban-drop-table warning 3:1, unused-ignore warning 2:1"},
        {facts_15,
         "DROP TABLE few;\nDROP TABLE none;\n"
         "-- reeve:lint-ignore-file ban-drop-table we go",
         "ban-drop-table ignored 1:1, ban-drop-table ignored 2:1"},
        {facts_15, "-- reeve:lint-ignore ban-drop-tabel typo\nSELECT 1",
         "unused-ignore warning 1:1"},
        {facts_15, "-- reeve:lint-ignore ban-drop-table none here\nSELECT 1",
         "unused-ignore warning 1:1"},
        {facts_15, "-- reeve:lint-ignore " INDEX " it was large once\nCREATE INDEX i ON few (a)",
         ""},
        {facts_15, "SELECT '-- reeve:lint-ignore ban-drop-table no comment';\nDROP TABLE few",
         "ban-drop-table warning 2:1"},
    };
    check_rows(arena, rows, sizeof rows / sizeof *rows);
}

/* An expression deeper than JSON is read: what is cut off is not taken for a constant. */
TEST(what_is_too_deep_is_not_passed)
{
    struct text sql;
    struct lint lint;
    text_init(&sql, arena, TEXT_BYTES);
    text_adds(&sql, "ALTER TABLE big ADD c int DEFAULT ");
    for (int i = 0; i < 60; i++)
        text_adds(&sql, "(1 + ");
    text_adds(&sql, "1");
    for (int i = 0; i < 60; i++)
        text_adds(&sql, ")");
    lint_init(&lint, arena, (struct lint_options){.one_run = true},
              read_json(arena, str_of(facts_15)));
    CHECK_STR(found(arena, &lint, text_str(&sql).p, false),
              "adding-field-with-default unknown 1:27");
    lint_done(&lint);
}

TEST(the_manual_names_every_rule)
{
    struct str page = test_read_file(arena, test_source_path(arena, "docs/manual/migrations.md"));
    for (size_t i = 0; i < lint_row_count(); i++) {
        struct str name = str_printf(arena, "`%s`", lint_row(i).name);
        if (str_find(page, name.p, 0) == page.n)
            test_fail(__FILE__, __LINE__, "%s is missing", name.p);
        CHECK(page.n > 0);
    }
}

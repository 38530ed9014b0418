/* test_migrate_split.c - our statements beside those of PostgreSQL's own grammar (libpg_query), on
 * the SQL of the extensions that Debian ships and on what is hard to part. */
#include "harness/test.h"
#include "migrate/script.h"
#include "os/file.h"

#include <glob.h>
#include <pg_query.h>
#include <stdio.h>

enum { FILE_BYTES_MAX = 4 * 1024 * 1024 };

/* Both lists of places, as text: where each statement begins. */
static void place_ours(struct text *out, const struct migration_script *script)
{
    for (size_t i = 0; i < script->count; i++)
        text_printf(out, "%zu-%zu ", script->statements[i].from,
                    script->statements[i].from + script->statements[i].text.n);
}

static bool place_theirs(struct text *out, struct str sql)
{
    PgQuerySplitResult result = pg_query_split_with_parser(sql.p);
    bool good = !result.error;
    for (int i = 0; good && i < result.n_stmts; i++) {
        size_t from = (size_t)result.stmts[i]->stmt_location;
        size_t to = from + (size_t)result.stmts[i]->stmt_len;
        struct str raw = str_slice(sql, from, to);
        struct sql_token token = sql_next(raw, 0);
        size_t begin = token.from;
        size_t end = token.to;
        while (token.kind != SQL_END) {
            end = token.to;
            token = sql_next(raw, token.to);
        }
        text_printf(out, "%zu-%zu ", from + begin, from + end);
    }
    pg_query_free_split_result(result);
    return good;
}

static bool compare(struct arena *arena, const char *name, struct str sql, size_t *count)
{
    struct migration_script script = {.file = str_of(name), .text = sql};
    struct err err = {0};
    struct text ours;
    struct text theirs;
    text_init(&ours, arena, 16 * 1024 * 1024);
    text_init(&theirs, arena, 16 * 1024 * 1024);
    bool read = script_add(arena, &script, &(struct migration_section){0, sql.n, true}, &err);
    if (!read || !place_theirs(&theirs, sql)) {
        (void)printf("# %s is not read by %s %s\n", name, read ? "the grammar" : "us:", err.text);
        return false;
    }
    place_ours(&ours, &script);
    if (!str_equal(text_str(&ours), text_str(&theirs)))
        (void)printf("# %s: %.*s\n# but %.*s\n", name, STR_ARGS(text_str(&ours)),
                     STR_ARGS(text_str(&theirs)));
    CHECK(str_equal(text_str(&ours), text_str(&theirs)));
    *count += script.count;
    return true;
}

/* Extensions begin with a line for psql, and hold words that only CREATE EXTENSION replaces. */
static struct str without_psql(struct arena *arena, struct str sql)
{
    struct text text;
    struct str line;
    text_init(&text, arena, sql.n + 2);
    while (str_split(&sql, '\n', &line))
        if (!str_starts(line, "\\"))
            text_printf(&text, "%.*s\n", STR_ARGS(line));
    return text_str(&text);
}

TEST(the_extensions_of_debian_are_parted_as_the_grammar_parts_them)
{
    glob_t found = {0};
    size_t files = 0;
    size_t refused = 0;
    size_t statements = 0;
    struct err err = {0};
    (void)glob("/usr/share/postgresql/*/extension/*.sql", 0, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct str sql;
        if (!file_read(arena, str_of(found.gl_pathv[i]), FILE_BYTES_MAX, &sql, &err))
            continue;
        files++;
        refused += !compare(arena, found.gl_pathv[i], without_psql(arena, sql), &statements);
    }
    globfree(&found);
    (void)printf("# %zu files, %zu statements; %zu files that one of the two does not read\n",
                 files, statements, refused);
    CHECK(files == 0 || (statements > 1000 && refused * 20 < files));
}

TEST(what_is_hard_to_part)
{
    static const char *const hard[] = {
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 ELSE "
        "2 END; END; SELECT 2",
        "CREATE OR REPLACE PROCEDURE p(a int) LANGUAGE sql BEGIN ATOMIC INSERT INTO t VALUES (a); "
        "INSERT INTO t VALUES (CASE a WHEN 1 THEN CASE WHEN true THEN 2 END END); END;; SELECT 1",
        "CREATE FUNCTION \"end\"() RETURNS int BEGIN ATOMIC SELECT 1 AS \"end\"; END; SELECT 2",
        "CREATE RULE r AS ON INSERT TO a DO ALSO (INSERT INTO b VALUES (1); DELETE FROM c); SELECT "
        "3",
        "SELECT $a$ ; $b$ ; $a$; SELECT $$;$$; SELECT a$b FROM t",
        "SELECT E'a\\';', ';b'; SELECT E'\\\\'; SELECT 'a\\'; SELECT 1",
        "SELECT E'a'\n 'b\\';'; SELECT 1",
        "SELECT U&'d\\0061t;' UESCAPE '!', U&\"d;\"; SELECT 1",
        "SELECT 1 /* a /* b; */ c; */; -- d;\nSELECT 2 -- e\r;\nSELECT 3",
        "SELECT 1-- a\n+ 2; SELECT 3*/* ; */4; SELECT 5 - -6; SELECT a <--;\n b",
        "SELECT B'1', X'1F', N'a;b'; SELECT 1.5e10, .5, 1.; SELECT t.a[1:2]; SELECT ARRAY[1, 2]",
        "CREATE TABLE \"a;b\" (\"c\"\"d;\" int DEFAULT 1); COMMENT ON TABLE \"a;b\" IS 'x;'",
        "DO $do$ BEGIN EXECUTE 'SELECT 1;'; END; $do$; SELECT 1;",
        "CREATE SCHEMA s CREATE TABLE t (a int) CREATE VIEW v AS SELECT 1; SELECT 2",
        "CREATE FUNCTION f(\"begin\" int) RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2'; SELECT "
        "3",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN CASE WHEN true THEN 1 END; SELECT 3",
        ";;; SELECT 1;; ;SELECT 2;",
    };
    size_t statements = 0;
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
        bool both = compare(arena, hard[i], str_of(hard[i]), &statements);
        if (!both)
            (void)printf("# not read: %s\n", hard[i]);
        CHECK(both);
    }
}

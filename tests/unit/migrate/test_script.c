/* test_script.c - statements of a migration, their sums and the wraps they are run in. */
#include "harness/test.h"
#include "migrate/script.h"

static bool read(struct arena *arena, const char *sql, bool outside, struct migration_script *out,
                 struct err *err)
{
    *out = (struct migration_script){.file = STR("1_a.sql"), .text = str_of(sql)};
    return script_add(arena, out, &(struct migration_section){0, out->text.n, outside}, err);
}

/* "a|b" between brackets for each wrap; "!" in front of one outside of transactions. */
static struct str shown(struct arena *arena, const struct migration_script *script)
{
    struct text text;
    text_init(&text, arena, 8192);
    for (size_t i = 0; i < script->wrap_count; i++) {
        const struct migration_wrap *wrap = &script->wraps[i];
        text_adds(&text, wrap->outside ? "[!" : "[");
        for (size_t k = wrap->first; k < wrap->first + wrap->count; k++)
            text_printf(&text, "%s%.*s", k > wrap->first ? "|" : "",
                        STR_ARGS(script->statements[k].text));
        text_byte(&text, ']');
    }
    return text_str(&text);
}

TEST(statements_are_parted_and_wrapped)
{
    static const struct {
        const char *sql;
        bool outside;
        const char *shown;
    } rows[] = {
        {"SELECT 1; SELECT 2", false, "[SELECT 1|SELECT 2]"},
        {"SELECT 1; SELECT 2;", true, "[SELECT 1][SELECT 2]"},
        {"", false, ""},
        {"-- nothing\n;;", false, ""},
        {"SELECT $$;$$; SELECT ';' -- ;\n; SELECT /* ; /* ; */ ; */ 3", false,
         "[SELECT $$;$$|SELECT ';'|SELECT /* ; /* ; */ ; */ 3]"},
        {"SELECT 1 -- to the end\r; SELECT 2", false, "[SELECT 1|SELECT 2]"},
        {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; "
         "END; SELECT 2",
         false,
         "[CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 "
         "END; END|SELECT 2]"},
        {"create or replace procedure p(begin int) language sql begin atomic; end; SELECT 2", false,
         "[create or replace procedure p(begin int) language sql begin atomic; end|SELECT 2]"},
        {"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$; SELECT 2",
         false,
         "[CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$|SELECT "
         "2]"},
        {"CREATE RULE r AS ON INSERT TO a DO ALSO (INSERT INTO b VALUES (1); INSERT INTO c VALUES "
         "(2)); SELECT 2",
         false,
         "[CREATE RULE r AS ON INSERT TO a DO ALSO (INSERT INTO b VALUES (1); INSERT INTO c VALUES "
         "(2))|SELECT 2]"},
        {"BEGIN; SELECT 1; SELECT 2; COMMIT;", false, "[SELECT 1|SELECT 2]"},
        {"BEGIN; SELECT 1; COMMIT; SELECT 2; SELECT 3", false, "[SELECT 1][SELECT 2|SELECT 3]"},
        {"SELECT 0; BEGIN; SELECT 1; COMMIT; VACUUM; SELECT 2; SELECT 3", true,
         "[SELECT 0][SELECT 1][!VACUUM][SELECT 2][SELECT 3]"},
        {"CREATE INDEX CONCURRENTLY i ON t (a)", false, "[!CREATE INDEX CONCURRENTLY i ON t (a)]"},
        {"SET search_path = app; CREATE INDEX CONCURRENTLY i ON t (a)", false,
         "[SET search_path = app][!CREATE INDEX CONCURRENTLY i ON t (a)]"},
        {"ALTER TYPE mood ADD VALUE 'new'; INSERT INTO t VALUES ('newer')", false,
         "[ALTER TYPE mood ADD VALUE 'new'|INSERT INTO t VALUES ('newer')]"},
        {"ALTER TYPE mood ADD VALUE 'new'; INSERT INTO t VALUES ('new')", true,
         "[ALTER TYPE mood ADD VALUE 'new'][INSERT INTO t VALUES ('new')]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct migration_script script;
        struct err err = {0};
        CHECK_OK(read(arena, rows[i].sql, rows[i].outside, &script, &err), &err);
        CHECK_STR(shown(arena, &script), rows[i].shown);
    }
}

TEST(what_cannot_be_run_is_refused_with_its_place)
{
    static const struct {
        const char *sql;
        const char *place, *said;
    } rows[] = {
        {"SELECT 1;\n  SELECT 'a", "1_a.sql:2:10", "does not end"},
        {"SELECT 1;\nCREATE INDEX CONCURRENTLY i ON t (a)", "1_a.sql:2:1", "transaction:false"},
        {"BEGIN; VACUUM; COMMIT", "1_a.sql:1:8", "behind COMMIT"},
        {"BEGIN; BEGIN;", "1_a.sql:1:8", "open already"},
        {"COMMIT", "1_a.sql:1:1", "commits by itself"},
        {"BEGIN; SELECT 1", "1_a.sql", "no COMMIT"},
        {"ROLLBACK", "1_a.sql:1:1", "takes itself back"},
        {"COPY t FROM stdin;", "1_a.sql:1:1", "only psql"},
        {"\\connect other", "1_a.sql:1:1", "psql"},
        {"DISCARD ALL", "1_a.sql:1:1", "lock"},
        {"SET standard_conforming_strings = off", "1_a.sql:1:1", "E'"},
        {"ALTER TYPE mood ADD VALUE 'it''s';\nUPDATE t SET a = 'it''s'", "1_a.sql:2:1", "it's"},
        {"ALTER TYPE mood ADD VALUE 'x';\nDO $$ BEGIN PERFORM 'x'::mood; END $$", "1_a.sql:2:1",
         "ALTER TYPE"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct migration_script script;
        struct err err = {0};
        CHECK(!read(arena, rows[i].sql, false, &script, &err));
        CHECK_INT(err.kind, ERR_USAGE);
        CHECK(strncmp(err.place, rows[i].place, strlen(rows[i].place)) == 0);
        CHECK(strstr(err.text, rows[i].said) != NULL);
    }
}

TEST(sums_know_statements_from_blanks_and_comments)
{
    static const struct {
        const char *one, *other;
        bool same;
    } rows[] = {
        {"SELECT 1, 'a b';", "SELECT /* x */ 1,\n -- y\n 'a b'", true},
        {"SELECT 'a b'", "SELECT 'a  b'", false},
        {"SELECT \"a\"", "SELECT a", false},
        {"SELECT a b", "SELECT ab", false},
        {"SELECT $$ x $$", "SELECT $$ x  $$", false},
        {"SELECT 1; SELECT 2", "SELECT 1; SELECT 2;;", true},
        {"SELECT 1; SELECT 2", "SELECT 2; SELECT 1", false},
        {"SELECT 1; SELECT 2", "BEGIN; SELECT 1; COMMIT; SELECT 2", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct migration_script one;
        struct migration_script other;
        char first[HASH_HEX_BYTES];
        char second[HASH_HEX_BYTES];
        struct err err = {0};
        CHECK_OK(read(arena, rows[i].one, false, &one, &err), &err);
        CHECK_OK(read(arena, rows[i].other, false, &other, &err), &err);
        script_sum(arena, &one, first);
        script_sum(arena, &other, second);
        CHECK_INT(strcmp(first, second) == 0, rows[i].same);
    }
}

/* test_kind.c - which statements are more than SQL in a transaction, and what they name. */
#include "harness/test.h"
#include "migrate/kind.h"

TEST(statements_are_known_by_their_words)
{
    static const struct {
        const char *sql;
        enum statement_way way;
        const char *target, *of;
    } rows[] = {
        {"SELECT 1", WAY_PLAIN, "", ""},
        {"CREATE INDEX i ON t (a)", WAY_PLAIN, "", ""},
        {"create unique index concurrently if not exists \"I\"\"x\" on only Shop.\"Orders\" (a)",
         WAY_BUILD_INDEX, "I\"x", "Shop.\"Orders\""},
        {"CREATE /* x */ INDEX CONCURRENTLY Ab ON t (a)", WAY_BUILD_INDEX, "ab", "t"},
        {"CREATE INDEX CONCURRENTLY ON t (a)", WAY_BUILD_INDEX, "", "t"},
        {"CREATE TABLE \"index\" (concurrently int)", WAY_PLAIN, "", ""},
        {"DROP INDEX CONCURRENTLY IF EXISTS shop.I", WAY_DROP_INDEX, "shop.I", ""},
        {"DROP INDEX i", WAY_PLAIN, "", ""},
        {"REINDEX INDEX CONCURRENTLY i", WAY_REPEAT, "", ""},
        {"REINDEX (CONCURRENTLY) TABLE t", WAY_REPEAT, "", ""},
        {"REINDEX TABLE t", WAY_PLAIN, "", ""},
        {"VACUUM (ANALYZE) t", WAY_REPEAT, "", ""},
        {"ANALYZE t", WAY_PLAIN, "", ""},
        {"CREATE DATABASE Shop2", WAY_MAKE_DATABASE, "shop2", ""},
        {"DROP DATABASE IF EXISTS \"Shop2\"", WAY_DROP_DATABASE, "Shop2", ""},
        {"ALTER SYSTEM SET work_mem = '8MB'", WAY_REPEAT, "", ""},
        {"ALTER TABLE ONLY m DETACH PARTITION shop.m1 CONCURRENTLY", WAY_DETACH, "shop.m1", "m"},
        {"ALTER TABLE m DETACH PARTITION m1", WAY_PLAIN, "", ""},
        {"CALL p()", WAY_UNSEEN, "", ""},
        {"DO $$ BEGIN PERFORM 1; END $$", WAY_PLAIN, "", ""},
        {"DO $$ BEGIN PERFORM 1; COMMIT; END $$", WAY_UNSEEN, "", ""},
        {"SET search_path = a", WAY_SESSION, "", ""},
        {"SET LOCAL search_path = a", WAY_PLAIN, "", ""},
        {"set standard_conforming_strings to on", WAY_SESSION, "", ""},
        {"SET SESSION standard_conforming_strings = off", WAY_REFUSED, "", ""},
        {"SELECT pg_catalog.set_config('search_path', '', false)", WAY_SESSION, "", ""},
        {"ROLLBACK TO SAVEPOINT a", WAY_PLAIN, "", ""},
        {"COPY t FROM '/tmp/x'", WAY_PLAIN, "", ""},
        {"COPY t (a) FROM STDIN WITH (FORMAT csv)", WAY_REFUSED, "", ""},
        {"\\i other.sql", WAY_REFUSED, "", ""},
        {"INSERT INTO t VALUES ('vacuum; concurrently')", WAY_PLAIN, "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct statement_kind kind = statement_kind_read(arena, str_of(rows[i].sql));
        CHECK_INT(kind.way, rows[i].way);
        CHECK_STR(kind.target, rows[i].target);
        CHECK_STR(kind.of, rows[i].of);
    }
}

TEST(a_value_of_an_enum_is_found)
{
    struct statement_kind kind = statement_kind_read(
        arena, STR("ALTER TYPE shop.mood ADD VALUE IF NOT EXISTS 'so''so' AFTER 'ok'"));
    CHECK_INT(kind.way, WAY_PLAIN);
    CHECK_STR(kind.value, "so'so");
    CHECK(statement_holds(arena, STR("SELECT 'so''so'"), STR("so'so")));
    CHECK(statement_holds(arena, STR("DO $a$ x so'so y $a$"), STR("so'so")));
    CHECK(!statement_holds(arena, STR("SELECT 'so', \"so'so\" -- so'so"), STR("so'so")));
}

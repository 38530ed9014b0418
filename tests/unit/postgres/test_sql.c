/* test_sql.c - statements of a block, what is refused by name, and the repair. */
#include "harness/test.h"
#include "postgres/sql.h"

TEST(statements_are_parted_as_postgresql_does)
{
    static const struct {
        const char *block, *statements; /* parted by | */
    } rows[] = {
        {"SELECT 1", "SELECT 1"},
        {"SELECT 1;;\n ; SELECT 2 ;", "SELECT 1|SELECT 2"},
        {"-- a; b\nSELECT 1 -- c;\n, 2; /* x /* y; */ ; */ SELECT 3",
         "SELECT 1 -- c;\n, 2|SELECT 3"},
        {"SELECT 'a;''b;', \"c;\"\"d;\"; SELECT 2", "SELECT 'a;''b;', \"c;\"\"d;\"|SELECT 2"},
        {"SELECT 'a\\'; SELECT 2", "SELECT 'a\\'|SELECT 2"},
        {"SELECT E'a\\';b'; SELECT 2", "SELECT E'a\\';b'|SELECT 2"},
        {"SELECT E'a'\n 'b\\';c'; SELECT 2", "SELECT E'a'\n 'b\\';c'|SELECT 2"},
        {"SELECT E'a' -- x\n 'b\\';c'; SELECT 2", "SELECT E'a' -- x\n 'b\\';c'|SELECT 2"},
        {"SELECT $$a;$b$;$$, $x$;$$;$x$; SELECT 2", "SELECT $$a;$b$;$$, $x$;$$;$x$|SELECT 2"},
        {"SELECT a$b;$b, $1; SELECT 2", "SELECT a$b|$b, $1|SELECT 2"},
        {"SELECT U&'a;', u&\"b;\", N'c;', x'd;'; SELECT 2",
         "SELECT U&'a;', u&\"b;\", N'c;', x'd;'|SELECT 2"},
        {"SELECT 1e5, 0x1f; SELECT 2", "SELECT 1e5, 0x1f|SELECT 2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sql_block block;
        struct err err = {0};
        struct text text;
        text_init(&text, arena, 4096);
        CHECK_OK(sql_split(str_of(rows[i].block), &block, &err), &err);
        for (size_t k = 0; k < block.count; k++)
            text_printf(&text, "%s%.*s", k ? "|" : "", STR_ARGS(block.items[k].text));
        CHECK_STR(text_str(&text), rows[i].statements);
    }
}

TEST(what_does_not_end_is_named_with_its_place)
{
    static const struct {
        const char *block, *said;
    } rows[] = {
        {"SELECT 1,\n  'a", "line 2, column 3"}, {"SELECT \"a", "line 1, column 8"},
        {"ä $x$ a $$", "line 1, column 3"},      {"/* /* */", "does not end"},
        {"SELECT E'a\\'", "line 1, column 8"},   {"", "no statement"},
        {"; -- x\n /* y */", "no statement"},    {"SELECT '\xff'", "no UTF-8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sql_block block = {.count = 77};
        struct err err = {0};
        CHECK(!sql_split(str_of(rows[i].block), &block, &err));
        CHECK_INT(block.count, 77);
        CHECK(strstr(err.text, rows[i].said) != NULL);
    }
}

TEST(the_limits_are_reached)
{
    struct text text;
    struct sql_block block;
    struct err err = {0};
    text_init(&text, arena, SQL_BYTES_MAX * 2);
    for (int i = 0; i < SQL_STATEMENTS_MAX; i++)
        text_adds(&text, "SELECT 1;");
    CHECK_OK(sql_split(text_str(&text), &block, &err), &err);
    CHECK_INT(block.count, SQL_STATEMENTS_MAX);
    text_adds(&text, "SELECT 1");
    CHECK(!sql_split(text_str(&text), &block, &err));
    while (text.n <= SQL_BYTES_MAX)
        text_byte(&text, ' ');
    CHECK(!sql_split(text_str(&text), &block, &err));
    CHECK(strstr(err.text, "bytes") != NULL);
}

TEST(what_only_reads_is_taken)
{
    static const char *const taken[] = {
        "SELECT 1",
        "(SELECT 1)",
        "WITH x AS (SELECT 1) TABLE x",
        "SHOW all",
        "EXPLAIN (ANALYZE, BUFFERS) SELECT created, executed FROM refreshes",
        "EXPLAIN ANALYZE VERBOSE SELECT 1",
        "EXPLAIN",
        "VALUES (1)",
        "INSERT INTO a VALUES (1)", /* PostgreSQL's own to refuse */
        "SELECT 'pg_terminate_backend(1)', $$dblink(1)$$ -- lo_import(2)",
        "SELECT dblink, pg_sleep FROM t",
        "SELECT \"Pg_Terminate_Backend\"(1)", /* another name */
        "SELECT commit, \"set\" FROM t",
        "SELECT pg_stat_resets(1)",
    };
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        struct err err = {0};
        CHECK_OK(sql_check(str_of(taken[i]), &err), &err);
    }
}

TEST(what_read_only_lets_through_is_refused_by_name)
{
    static const struct {
        const char *statement, *word;
    } rows[] = {
        {"COMMIT", "\"commit\""},
        {"/* x */ -- y\n Rollback", "\"rollback\""},
        {"SET x = 1", "\"set\""},
        {"COPY t TO PROGRAM 'x'", "\"copy\""},
        {"DO $$ $$", "\"do\""},
        {"SELECT pg_terminate_backend (1)", "\"pg_terminate_backend\""},
        {"SELECT x.\"dblink_exec\"/**/('')", "\"dblink_exec\""},
        {"SELECT pg_stat_reset_shared('x')", "\"pg_stat_reset_shared\""},
        {"SELECT LO_IMPORT('x')", "\"lo_import\""},
        {"SELECT U&\"\\0061\"(1)", "U&"},
        {"EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1", "\"create\""},
        {"EXPLAIN (ANALYZE on, FORMAT (x)) EXECUTE p", "\"execute\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        CHECK(!sql_check(str_of(rows[i].statement), &err));
        CHECK_INT(err.kind, ERR_REFUSED);
        CHECK(strstr(err.text, rows[i].word) != NULL);
    }
    struct err err = {0};
    CHECK(!sql_check(STR("SELECT 'x"), &err));
}

TEST(places_count_characters)
{
    struct str block = STR("ä\nbö c");
    struct sql_place place = sql_place_of(block, 7);
    CHECK_INT(place.line, 2);
    CHECK_INT(place.column, 4);
    CHECK_INT(sql_byte_of(block, 1), 0);
    CHECK_INT(sql_byte_of(block, 5), 6);
    CHECK_INT(sql_byte_of(block, 99), block.n);
}

TEST(names_put_together_are_repaired)
{
    static const struct {
        const char *from, *to;
    } rows[] = {
        {"SELECT pg_size_pretty(pg_total_relation_size(schemaname||'.'||tablename)) FROM pg_tables",
         "SELECT pg_size_pretty(pg_total_relation_size(format('%I.%I', schemaname, "
         "tablename)::regclass)) FROM pg_tables"},
        {"SELECT PG_RELATION_SIZE ( t.schemaname || '.' || t.\"tablename\" ), 'a' || '.' || b",
         "SELECT PG_RELATION_SIZE (format('%I.%I', t.schemaname, t.\"tablename\")::regclass), 'a' "
         "|| '.' || b"},
        {"SELECT pg_table_size(a||'.'||b), pg_indexes_size(a||'.'||b)",
         "SELECT pg_table_size(format('%I.%I', a, b)::regclass), pg_indexes_size(format('%I.%I', "
         "a, b)::regclass)"},
        {"SELECT pg_total_relation_size(relid)", ""},
        {"SELECT pg_total_relation_size(quote_ident(a)||'.'||quote_ident(b))", ""},
        {"SELECT pg_total_relation_size(a||'-'||b)", ""},
        {"SELECT 'pg_total_relation_size(a||''.''||b)'", ""},
        {"SELECT pg_total_relation_size(a||'.'||b", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_STR(sql_repair(arena, str_of(rows[i].from)), rows[i].to);
}

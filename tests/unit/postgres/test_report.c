/* test_report.c - the answers of reeve-work as people read them. */
#include "harness/test.h"
#include "postgres/report.h"

static const struct json *parse(struct arena *arena, const char *text)
{
    struct json *root = NULL;
    struct err err = {0};
    CHECK_OK(json_parse(arena, str_of(text), &root, &err), &err);
    return root;
}

TEST(a_ping_says_both_ways)
{
    struct text text;
    text_init(&text, arena, 65536);
    report_ping(
        &text,
        parse(arena, "{\"links\":[{\"name\":\"direct\",\"place\":\"db:5432\",\"ok\":true,"
                     "\"connect_ms\":1.5,\"query_ms\":0.2,\"tls\":{\"version\":\"TLSv1.3\","
                     "\"cipher\":\"AES\"},\"verified\":\"full\",\"server_version\":\"15.1\\u001b\","
                     "\"standby\":true,\"user\":\"app\",\"database\":\"shop\",\"pooler\":\"no\","
                     "\"notes\":[]},{\"name\":\"pooler\",\"place\":\"db:6432\",\"ok\":false,"
                     "\"failure\":{\"sentence\":\"Nobody listens.\"}},{\"name\":\"pooler\","
                     "\"place\":\"db:6433\",\"ok\":true,\"connect_ms\":1,\"query_ms\":2,"
                     "\"tls\":null,\"verified\":\"no\",\"server_version\":\"15.1\","
                     "\"standby\":false,\"user\":\"u\",\"database\":\"d\","
                     "\"pooler\":\"PgBouncer 1.18.0\",\"notes\":[\"A note.\"]}]}"));
    CHECK_STR(text_str(&text),
              "direct   db:5432 answers: connected in 1.5 ms, SELECT 1 in 0.2 ms\n"
              "         PostgreSQL 15.1·, a standby: it cannot be written to; database shop, user "
              "app\n"
              "         TLSv1.3, AES, certificate and name checked\n"
              "pooler   db:6432 does not answer\n"
              "         Nobody listens.\n"
              "pooler   db:6433 answers: connected in 1 ms, SELECT 1 in 2 ms\n"
              "         PostgreSQL 15.1, takes writes; database d, user u; by PgBouncer 1.18.0\n"
              "         no TLS\n"
              "         A note.\n");
}

TEST(a_query_gives_tables_and_errors_apart)
{
    const struct json *output =
        parse(arena,
              "{\"notes\":[\"Superuser.\"],\"results\":[{\"line\":1,\"columns\":[{\"name\":\"a\"}],"
              "\"rows\":[[\"x\"]],\"count\":1,\"notes\":[\"Look.\"],\"repair\":\"SELECT\\n 1\"},"
              "{\"line\":3,\"error\":{\"sqlstate\":\"42P01\",\"message\":\"relation \\\"b\\\"\","
              "\"detail\":\"D\",\"hint\":\"H\",\"remedy\":\"R\",\"line\":3,\"column\":15,"
              "\"repair\":\"SELECT 2\"},\"notes\":[]}]}");
    struct text text;
    struct text errors;
    text_init(&text, arena, 65536);
    text_init(&errors, arena, 65536);
    report_query(&text, output, 80);
    report_errors(&errors, output, "a.sql");
    CHECK_STR(text_str(&text), "a\n-\nx\n(1 row)\nNote: Look.\n    SELECT\n     1\n"
                               "Note: Superuser.\n");
    CHECK_STR(text_str(&errors),
              "a.sql:3:15: relation \"b\" (42P01)\n  Detail: D\n  Hint: H\n  R\n"
              "  Names in upper case, with blanks or other signs must be quoted; this is what is "
              "meant:\n    SELECT 2\n");
}

TEST(an_empty_answer_says_nothing)
{
    struct text text;
    text_init(&text, arena, 1024);
    report_ping(&text, parse(arena, "{}"));
    report_query(&text, parse(arena, "{}"), 0);
    report_errors(&text, parse(arena, "{}"), "x");
    CHECK_STR(text_str(&text), "");
}

static const char pinged[] =
    "{\"links\":[{\"name\":\"direct\",\"place\":\"db:5432\",\"ok\":true,\"connect_ms\":1.5,"
    "\"query_ms\":0.2,\"tls\":{\"version\":\"TLSv1.3\",\"cipher\":\"AES\"},\"verified\":\"full\","
    "\"server_version\":\"15.1\",\"standby\":true,\"user\":\"app\",\"database\":\"shop\","
    "\"pooler\":\"no\",\"notes\":[\"A note.\"]},{\"name\":\"pooler\",\"place\":\"db:6432\","
    "\"ok\":false,\"failure\":{\"sentence\":\"Nobody listens\\u001b.\"}}]}";

TEST(a_ping_in_one_line_says_which_part_failed)
{
    struct text text;
    text_init(&text, arena, 4096);
    report_ping_line(&text, parse(arena, pinged));
    CHECK_STR(text_str(&text), "direct answers, connected in 1.5 ms, asked in 0.2 ms; pooler does "
                               "not answer: Nobody listens·; PostgreSQL 15.1");
    text_init(&text, arena, 4096);
    report_ping_line(&text, parse(arena, "{\"links\":[]}"));
    CHECK_INT(text.n, 0);
}

TEST(a_ping_is_a_table_too)
{
    struct text json;
    struct text text;
    text_init(&json, arena, 65536);
    text_init(&text, arena, 65536);
    struct json_writer w = {.text = &json};
    report_ping_table(&w, parse(arena, pinged));
    report_query(&text, parse(arena, text_str(&json).p), 0);
    struct str said = text_str(&text);
    CHECK(str_find(said, "connect ms", 0) < said.n);
    CHECK(str_find(said, "TLSv1.3, certificate and name checked | 15.1    | standby | no", 0) <
          said.n);
    CHECK(str_find(said, "no: Nobody listens", 0) < said.n);
    CHECK(str_find(said, "Note: A note.", 0) < said.n);
    text_init(&json, arena, 65536);
    struct json_writer none = {.text = &json};
    report_ping_table(&none, parse(arena, "{}")); /* what answered nothing has no row */
    CHECK(str_find(text_str(&json), "\"rows\":[],\"count\":0", 0) < json.n);
}

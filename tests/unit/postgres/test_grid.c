/* test_grid.c - tables of results: widths, cuts, NULL, signs that move the cursor. */
#include "harness/test.h"
#include "postgres/grid.h"

static struct str grid(struct arena *arena, const char *json, size_t width)
{
    struct json *result = NULL;
    struct text text;
    struct err err = {0};
    text_init(&text, arena, 65536);
    CHECK_OK(json_parse(arena, str_of(json), &result, &err), &err);
    grid_write(&text, result, width);
    return text_str(&text);
}

TEST(columns_are_aligned_numbers_to_the_right)
{
    CHECK_STR(grid(arena,
                   "{\"columns\":[{\"name\":\"name\",\"number\":false},"
                   "{\"name\":\"calls\",\"number\":true},{\"name\":\"x\",\"number\":false}],"
                   "\"rows\":[[\"a\",\"7\",null],[\"much longer\",\"1234567\",\"y\"]],"
                   "\"count\":2,\"ms\":1.5}",
                   0),
              "name        |   calls | x\n"
              "------------+---------+-----\n"
              "a           |       7 | NULL\n"
              "much longer | 1234567 | y\n"
              "(2 rows, 1.5 ms)\n");
}

TEST(wide_columns_are_cut_at_the_terminal)
{
    struct str made = grid(arena,
                           "{\"columns\":[{\"name\":\"query\"},{\"name\":\"n\",\"number\":true}],"
                           "\"rows\":[[\"SELECT something long from somewhere\",\"1\"]],"
                           "\"count\":5000,\"more\":true}",
                           20);
    CHECK_STR(made, "query            | n\n"
                    "-----------------+--\n"
                    "SELECT somethin… | 1\n"
                    "(1 of more than 5000 rows)\n");
}

TEST(a_column_keeps_some_width_whatever_the_terminal_has)
{
    struct str made = grid(arena,
                           "{\"columns\":[{\"name\":\"a123456789\"},{\"name\":\"b123456789\"}],"
                           "\"rows\":[]}",
                           3);
    CHECK_STR(made, "a123456… | b123456…\n---------+---------\n(0 rows)\n");
}

TEST(nothing_moves_the_cursor)
{
    static const struct {
        const char *in, *out;
        size_t width;
    } rows[] = {
        {"a\x1b[31mb\n\tc\x7f", "a·[31mb··c·", 40},
        {"\xc2\x9b"
         "31m",
         "·31m", 40}, /* CSI as one character */
        {"a\xe2\x80\xae"
         "b\xe2\x80\x8b"
         "c",
         "a·b·c", 40},          /* turned around, no width */
        {"\xff\xc3", "··", 40}, /* no UTF-8 */
        {"日本語", "日…", 4},
        {"e\xcc\x81t\xc3\xa9", "e\xcc\x81t\xc3\xa9", 3},
        {"abc", "…", 1},
        {"abc", "", 0},
        {"", "", 0},
        {"👍 ok", "👍 ok", 5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text text;
        text_init(&text, arena, 256);
        grid_cell(&text, str_of(rows[i].in), rows[i].width);
        CHECK_STR(text_str(&text), rows[i].out);
    }
    CHECK_INT(grid_width(STR("日本語")), 6);
    CHECK_INT(grid_width(STR("e\xcc\x81")), 1);
}

TEST(what_has_no_columns_is_no_table)
{
    CHECK_STR(grid(arena, "{\"count\":0}", 80), "");
    CHECK_STR(grid(arena, "{\"columns\":[],\"rows\":[[]],\"count\":1}", 80), "\n\n(1 row)\n");
}

/* test_looks.c - what the judges find, at the edges of what they find it from; and what they say
 * they do not know. */
#include "harness/test.h"
#include "postgres/bloat.h"
#include "postgres/look_all.h"
#include "postgres/report.h"
#include "postgres/slow_delta.h"

/* columns: names parted by blanks; rows by ";", cells by "|", "-" is NULL. */
static struct look_table table(struct arena *arena, const char *columns, const char *rows)
{
    struct str *names = arena_array(arena, 32, sizeof *names);
    struct str *cells = arena_array(arena, 1000, sizeof *cells);
    struct look_table made = {.names = names, .cells = cells, .asked = true};
    struct str rest = str_of(columns);
    struct str row;
    struct str cell;
    while (rest.n > 0 && str_split(&rest, ' ', &cell))
        names[made.columns++] = str_copy(arena, cell);
    rest = str_of(rows);
    while (rest.n > 0 && str_split(&rest, ';', &row)) {
        for (size_t i = 0; i < made.columns; i++) {
            struct str value = str_split(&row, '|', &cell) ? cell : STR("");
            cells[made.count * made.columns + i] =
                str_is(value, "-") ? (struct str){NULL, 0} : str_copy(arena, value);
        }
        made.count++;
    }
    return made;
}

static struct look *look_with(struct arena *arena)
{
    struct look *look = arena_make(arena, struct look);
    look_init(look, arena);
    look->server = (struct look_server){.version = 150000,
                                        .stats = true,
                                        .settings = true,
                                        .monitor = true,
                                        .user = STR("app"),
                                        .database = STR("shop"),
                                        .statements = STR("public")};
    return look;
}

/* "kind place value unit; …", then "? kind" of what is not known. */
static struct str said(const struct look *look)
{
    struct text text;
    text_init(&text, look->arena, 8192);
    for (size_t i = 0; i < look->finding_count && i < LOOK_FINDINGS_MAX; i++) {
        const struct look_finding *one = &look->findings[i];
        text_printf(&text, "%s%s %.*s %.0f %s", text.n > 0 ? "; " : "", one->mark.kind,
                    STR_ARGS(one->mark.place), one->mark.value, one->mark.unit);
    }
    for (size_t i = 0; i < look->unknown_count && i < LOOK_UNKNOWN_MAX; i++)
        text_printf(&text, "%s? %s", text.n > 0 ? "; " : "", look->unknown[i].kind);
    return text_str(&text);
}

#define LIMITS "most superusers reserved used idle_timeout"
#define HELD   "pid session user application database state state_s transaction_s query"
#define GROUPS "database user application state sessions longest_s transaction_s"
#define ACTIVE "database now sessions abandoned fatal killed active_ms measured_s active"

static struct str connections(struct arena *arena, const char *limits, const char *held)
{
    struct look *look = look_with(arena);
    const struct look_table tables[] = {
        table(arena, LIMITS, limits), table(arena, GROUPS, "shop|app|web|idle|7|1|-"),
        table(arena, HELD, held), table(arena, ACTIVE, "shop|1|1|0|0|0|7200000|3600|1")};
    look_connections_judge(look, tables);
    return said(look);
}

TEST(connections_are_found_at_their_edges)
{
    CHECK_STR(connections(arena, "100|3|0|77|0", ""), "");
    CHECK_STR(connections(arena, "100|3|0|78|0", ""), "connections max_connections 80 percent");
    CHECK_STR(connections(arena, "100|3|7|72|0", ""), "connections max_connections 80 percent");
    CHECK_STR(connections(arena, "100|3|0|1|0",
                          "1|a.1|app|web|shop|idle in transaction|59|90|x;"
                          "2|a.2|app|web|shop|idle in transaction (aborted)|60|90|x;"
                          "3|a.3|app|web|shop|active|1|899|x;4|a.4|app|web|shop|active|1|900|x"),
              "idle_in_transaction pid 2 (app, web) 60 s; long_transaction pid 4 (app, web) 900 s");
}

/* Two sessions at work in the mean: 2 + 2.33 √2 and a fifth more, and one for the rest. */
TEST(a_pool_is_what_was_measured)
{
    struct look *look = look_with(arena);
    const struct look_table tables[] = {
        table(arena, LIMITS, "100|3|0|7|0"), table(arena, GROUPS, ""), table(arena, HELD, ""),
        table(arena, ACTIVE, "shop|1|1|0|0|0|7200000|3600|1;young|1|1|0|0|0|7200000|3599|1")};
    look_connections_judge(look, tables);
    struct str results = text_str(&look->results);
    CHECK(str_find(results, "[\"shop\",\"1\",\"1\",\"2\",\"8\",\"3600\"", 0) < results.n);
    CHECK(str_find(results, "[\"young\",\"1\",\"1\",\"unknown\",\"unknown\"", 0) < results.n);
}

#define AGES    "database age multixact_age freeze_at multixact_freeze_at autovacuum track_counts"
#define DEAD    "relation age dead live vacuumed_s autovacuum begins_at"
#define HOLDERS "what who session ids held_s here"

static struct str vacuum(struct arena *arena, const char *ages, const char *dead,
                         const char *holders)
{
    struct look *look = look_with(arena);
    const struct look_table tables[] = {table(arena, AGES, ages), table(arena, DEAD, dead),
                                        table(arena, HOLDERS, holders), table(arena, "pid", "")};
    look_vacuum_judge(look, tables);
    return said(look);
}

TEST(ages_and_dead_rows_are_found_at_their_edges)
{
    CHECK_STR(vacuum(arena, "a|240000000|5|200000000|400000000|on|on", "", ""), "");
    CHECK_STR(vacuum(arena, "a|240000001|5|200000000|400000000|on|on", "", ""),
              "wraparound a 11 percent");
    CHECK_STR(vacuum(arena, "a|5|480000001|200000000|400000000|on|on", "", ""),
              "wraparound a 22 percent");
    CHECK_STR(vacuum(arena, "a|859000000|5|1000000000|400000000|off|off", "", ""),
              "autovacuum_off autovacuum 0 on; autovacuum_off track_counts 0 on; "
              "wraparound a 40 percent");
    CHECK_STR(vacuum(arena, "a|1|5|200000000|400000000|on|on",
                     "small|1|9999|1|-|on|50;kept|1|20000|9|5|on|10000;"
                     "late|1|20001|9|5|on|10000;off|1|20000|9|-|false|50",
                     ""),
              "dead_rows late 20001 rows; dead_rows off 20000 rows");
    CHECK_STR(vacuum(arena, "a|1|5|200000000|400000000|on|on", "", "slot|s|-|999999|-|t"), "");
    CHECK_STR(vacuum(arena, "a|1|5|200000000|400000000|on|on", "",
                     "slot|s|-|1000000|-|t;session|p|a.1|5|3600|t;session|q|a.2|5|3599|t"),
              "holds_vacuum s 1000000 transactions; holds_vacuum p 5 transactions");
    CHECK_STR(vacuum(arena, "a|1|5|200000000|400000000|on|on", "t|1|20000|9|-|on|50",
                     "session|young|a.1|5|59|t;session|old|a.2|5|60|t;session|far|a.3|5|60|f;"
                     "catalogue|decodes|-|5|-|f;slot|keeps|-|5|-|t"),
              "dead_rows t 20000 rows; holds_vacuum old 5 transactions; "
              "holds_vacuum keeps 5 transactions");
}

static struct str unused(struct arena *arena, const char *since, bool standby)
{
    struct look *look = look_with(arena);
    look->server.standby = standby;
    const struct look_table none = table(arena, "x", "");
    const struct look_table tables[] = {
        table(arena, "since_s standbys tracks", since),
        table(arena, "index table size_bytes scans writes", "a|t|1048576|0|1;b|t|1048575|0|1"),
        none,
        none,
        none,
        table(arena, "table rows scans rows_read index_scans",
              "t|100000|336|33600000|0;u|99999|336|33599664|0;v|100000|335|33500000|0")};
    look_indexes_judge(look, tables);
    return said(look);
}

TEST(unused_is_what_nobody_used_for_a_fortnight_anywhere)
{
    CHECK_STR(unused(arena, "1209600|0|on", false),
              "unused a 1048576 bytes; missing t 100000 rows");
    CHECK_STR(unused(arena, "1209700|1|on", false), "? unused");
    CHECK_STR(unused(arena, "1209700|0|on", true), "? unused");
    CHECK_STR(unused(arena, "1209700|0|off", false), "? unused");
    CHECK_STR(unused(arena, "-|0|on", false), "? unused");
}

#define SLOTS "slot type database active wal_status kept_bytes room_bytes keep_most"

TEST(slots_are_found_before_the_disk_is_full)
{
    struct look *look = look_with(arena);
    struct look_table none = table(arena, "x", "");
    const struct look_table tables[] = {
        none,
        table(
            arena, SLOTS,
            "fine|physical|-|t|reserved|99999999999|-|-1;idle|physical|-|f|extended|67108863|-|-1;"
            "full|physical|-|f|extended|67108864|-|-1;gone|logical|d|f|lost|-|-|1GB;"
            "soon|logical|d|t|unreserved|5|-|1GB"),
        none,
        none,
        none,
        none};
    look_replication_judge(look, tables);
    CHECK_STR(said(look), "slot_inactive full 67108864 bytes; slot_lost gone 0 bytes; "
                          "slot_lost soon 5 bytes");
}

/* What failed is unknown; so is what a role is not shown. */
TEST(what_was_not_answered_is_unknown)
{
    struct look *look = look_with(arena);
    struct look_table bad = {
        .asked = true, .failed = true, .error = STR("timeout"), .sqlstate = "57014"};
    const struct look_table tables[] = {bad, bad, bad, bad, bad, bad};
    look->server.stats = look->server.settings = false;
    look_vacuum_judge(look, tables);
    CHECK_STR(said(look), "? refused; ? refused; ? refused; ? refused; ? sessions");
    CHECK_STR(look->unknown[0].sentence,
              "The ages of the databases are not known: PostgreSQL says \"timeout\" (57014).");
    CHECK_STR(look->unknown[4].grant, "GRANT pg_monitor TO app;");
}

/* The same sentence is said once, and more than there is room for is counted. */
TEST(an_answer_has_its_limits)
{
    struct look *look = look_with(arena);
    struct text text;
    for (int i = 0; i < 200; i++) {
        look_find(look, (struct look_mark){"x", STR("p"), i, "s"}, "Finding %d.", i);
        look_not_known(look, "x", "", "Unknown %d.", i % 100);
    }
    struct look_result result;
    look_result_open(look, "Many", "name #size_bytes", &result);
    for (int i = 0; i < 5000; i++) {
        look_row_open(&result);
        look_put(&result, STR("a name that takes some room, and more of it, and \"quotes\""));
        look_put_int(&result, i);
        look_row_close(&result);
    }
    look_result_close(&result);
    text_init(&text, arena, 256 * 1024);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    look_write(&w, look);
    json_close_object(&w);
    struct json *root = NULL;
    struct err err = {0};
    int64_t more = 0;
    CHECK(!text_full(&text));
    CHECK_OK(json_parse(arena, text_str(&text), &root, &err), &err);
    CHECK_INT(json_get(root, "findings")->count, LOOK_FINDINGS_MAX);
    CHECK(json_get_int(root, "more_findings", &more) && more == 200 - LOOK_FINDINGS_MAX);
    CHECK(json_get_int(root, "more_unknown", &more) && more > 0);
    const struct json *shown = json_get(root, "results")->first;
    CHECK_INT(json_get(shown, "rows")->count, LOOK_SHOWN_MAX);
    CHECK_STR(json_get_str(shown, "cut"), "rows");
}

TEST(figures_are_read_by_people)
{
    static const struct {
        double value;
        const char *unit, *out;
    } rows[] = {{0, "bytes", "0 bytes"},       {1023, "bytes", "1023 bytes"},
                {1536, "bytes", "1.5 kB"},     {10e6, "bytes", "9.5 MB"},
                {0.012, "s", "0.012 s"},       {1.25, "s", "1.2 s"},
                {252, "s", "4 min 12 s"},      {0.5, "ms", "0.50 ms"},
                {12345, "ms", "12 s"},         {41.4, "percent", "41 %"},
                {0.04, "percent", "0.0 %"},    {1234567, "rows", "1,234,567 rows"},
                {-1234, "rows", "-1,234 rows"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_STR(look_figure(arena, rows[i].value, rows[i].unit), rows[i].out);
}

TEST(a_look_is_shown_with_its_units)
{
    struct json *root = NULL;
    struct err err = {0};
    struct text text;
    text_init(&text, arena, 8192);
    CHECK_OK(
        json_parse(arena,
                   STR("{\"results\":[{\"title\":\"Some\",\"columns\":[{\"name\":\"the_table\","
                       "\"number\":false},{\"name\":\"size_bytes\",\"number\":true}],"
                       "\"rows\":[[\"a\",\"2048\"],[null,\"unknown\"]],\"count\":2}],"
                       "\"findings\":[{\"sentence\":\"Bad\\u001b.\"}],\"more_findings\":3,"
                       "\"unknown\":[{\"sentence\":\"Hidden.\",\"grant\":\"GRANT x;\"}],"
                       "\"notes\":[\"A note.\"]}"),
                   &root, &err),
        &err);
    report_look(&text, root, 0);
    CHECK_STR(text_str(&text), "Some\n"
                               "the table |    size\n"
                               "----------+--------\n"
                               "a         |  2.0 kB\n"
                               "          | unknown\n"
                               "(2 rows)\n"
                               "\nFound:\n- Bad·.\n- and 3 more\n"
                               "\nUnknown:\n- Hidden.\n  GRANT x;\n"
                               "Note: A note.\n");
}

static struct slow_statement statement(const char *key, double calls, double total, double least,
                                       double most)
{
    return (struct slow_statement){str_of(key), {calls, total, least, most}};
}

TEST(a_difference_is_given_only_where_it_is_one)
{
    struct slow_statement old[] = {statement("a", 10, 100, 5, 20), statement("b", 10, 100, 5, 20),
                                   statement("gone", 1, 1, 1, 1)};
    struct slow_statement new[] = {statement("a", 12, 140, 5, 30),
                                   statement("b", 11, 200, 6, 20), /* its least grew */
                                   statement("new", 3, 9, 2, 4)};
    struct slow_moment before = {.system = STR("1"),
                                 .reset = STR("r"),
                                 .evictions = 2,
                                 .at_us = 5,
                                 .complete = true,
                                 .statements = old,
                                 .count = 3};
    struct slow_moment now = before;
    now.at_us = 6;
    now.statements = new;
    CHECK(slow_why_not(&before, &now) == NULL);
    CHECK_INT(slow_compare(&before, &now, &new[0]).kind, SLOW_KNOWN);
    CHECK(slow_compare(&before, &now, &new[0]).calls == 2 &&
          slow_compare(&before, &now, &new[0]).ms == 40);
    CHECK_INT(slow_compare(&before, &now, &new[1]).kind, SLOW_UNKNOWN);
    CHECK_INT(slow_compare(&before, &now, &new[2]).kind, SLOW_NEW);
    CHECK_INT(slow_gone(&before, &now), 1);
    now.evictions = 3;
    CHECK_INT(slow_compare(&before, &now, &new[0]).kind, SLOW_AT_LEAST);
    CHECK_INT(slow_compare(&before, &now, &new[2]).kind, SLOW_UNKNOWN);
    now.evictions = 2;
    before.complete = false; /* it may have been there and not kept */
    CHECK_INT(slow_compare(&before, &now, &new[2]).kind, SLOW_UNKNOWN);
    now.evictions = 1;
    CHECK_STR(str_of(slow_why_not(&before, &now)),
              "somebody reset the statistics since the last look");
    now.evictions = 2;
    now.reset = STR("s");
    CHECK_STR(str_of(slow_why_not(&before, &now)),
              "somebody reset the statistics since the last look");
    now.system = STR("2");
    CHECK_STR(str_of(slow_why_not(&before, &now)), "the last look was into another server");
    now = before;
    CHECK_STR(str_of(slow_why_not(&before, &now)), "the clock was set back since the last look");
}

#define STATEMENTS "key user database queryid calls total_ms mean_ms min_ms max_ms rows query"
#define WHOLE      "evictions reset since_s system calls total_ms entries most track"

/* Kept by one look, read by the next: slower than all the time before. */
TEST(what_became_slower_is_found)
{
    struct look *first = look_with(arena);
    struct look *second = look_with(arena);
    struct json *root = NULL;
    struct err err = {0};
    const struct look_table before[] = {
        table(arena, WHOLE, "0|r|5|1|100|1000|2|5000|top"),
        table(arena, STATEMENTS, "a|app|shop|7|100|500|5|1|9|1|q;b|app|shop|8|100|500|5|1|9|1|p")};
    const struct look_table after[] = {
        table(arena, WHOLE, "0|r|9|1|120|1300|2|5000|top"),
        table(arena, STATEMENTS,
              "a|app|shop|7|110|650|6|1|20|1|q;b|app|shop|8|110|649|6|1|20|1|p")};
    first->at_us = 1;
    look_slow_judge(first, before);
    CHECK_STR(said(first), "");
    struct str kept = str_printf(arena, "{%.*s}", STR_ARGS(text_str(&first->extra)));
    CHECK_OK(json_parse(arena, kept, &root, &err), &err);
    second->before = json_get(root, "keep");
    second->at_us = 2;
    look_slow_judge(second, after);
    CHECK_STR(said(second), "slower query 7 15 ms");
}

/* 24 + 48 + 4 bytes: 107 rows a page, where without their padding it would be 150. */
TEST(padding_is_counted_in_the_order_of_columns)
{
    const struct bloat_column padded[] = {{1, 1, false, 0}, {8, 8, false, 0}, {1, 1, false, 0},
                                          {8, 8, false, 0}, {1, 1, false, 0}, {8, 8, false, 0}};
    const struct bloat_column packed[] = {{8, 8, false, 0}, {8, 8, false, 0}, {8, 8, false, 0},
                                          {1, 1, false, 0}, {1, 1, false, 0}, {1, 1, false, 0}};
    const struct bloat_column text[] = {{10, 4, true, 0}, {8, 8, false, 0}};
    const struct bloat_column null[] = {{8, 8, false, 1}, {4, 4, false, 0}};
    const struct bloat_page page = {8192, 100};
    CHECK(bloat_data_of(padded, 6).bytes == 48 && bloat_data_of(packed, 6).bytes == 27);
    CHECK(bloat_data_of(packed, 6).aligned == 32);
    CHECK(bloat_data_of(text, 2).bytes == 21.5); /* in the mean 3.5 bytes before the second */
    CHECK(bloat_data_of(null, 2).bytes == 4);
    CHECK_INT((int)bloat_table_pages(padded, 6, 10700, &page), 100);
    CHECK_INT((int)bloat_table_pages(packed, 6, 13600, &page), 100);
    CHECK_INT((int)bloat_table_pages(null, 0, 2910, &page), 10);
    CHECK_INT((int)bloat_table_pages(padded, 6, 1, &(struct bloat_page){8192, 10}), 1);
    struct bloat_index index = {.rows = 1, .distinct = 1, .merges = true, .page = {8192, 90}};
    CHECK_INT((int)bloat_index_pages(null, 2, &index), 2);
}

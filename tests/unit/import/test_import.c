/* test_import.c - rows made of other products' schedules: what is written, and what is only said.
 */
#include "base/limits.h"
#include "harness/test.h"
#include "import/import.h"

static bool find_utc(struct arena *arena, struct str name, const struct zone **out_zone,
                     struct err *err)
{
    (void)arena;
    *out_zone = zone_utc();
    return str_is(name, "UTC") || err_set(err, ERR_USAGE, "zone", "There is no such zone.");
}

static bool take(struct arena *arena, enum import_vendor vendor, struct str json, struct str *rows,
                 struct err *err)
{
    struct text text;
    struct import_counts counts;
    struct import_file file = {STR("export.json"), json};
    struct import_source source = {vendor, &file, 1, find_utc};
    text_init(&text, arena, IMPORT_TEXT_BYTES);
    *rows = STR("");
    if (!import_write(&text, &source, &counts, err))
        return false;
    *rows = text_str(&text);
    return true;
}

static void check_has(struct str rows, const char *words)
{
    if (str_find(rows, words, 0) == rows.n)
        test_fail(__FILE__, __LINE__, "\"%s\" is not in:\n%.*s", words, STR_ARGS(rows));
    test_checked();
}

#define SHIFT(type, rest)                                                                          \
    "{\"id\": \"O1\", \"name\": \"one\", \"type\": \"" type                                        \
    "\", \"start\": \"2026-01-05T09:00:00\", " rest "}, {\"id\": \"S1\", \"name\": \"Main\", "     \
    "\"time_zone\": \"UTC\", \"shifts\": [\"O1\"]}"

TEST(what_has_no_words_here_is_named_and_not_written)
{
    static const struct {
        enum import_vendor vendor;
        const char *json, *says;
    } cases[] = {
        {IMPORT_GRAFANA,
         SHIFT("recurrent_event", "\"duration\": 60, \"frequency\": \"monthly\", \"users\": "
                                  "[\"a\"]"),
         "it recurs by the month"},
        {IMPORT_GRAFANA,
         SHIFT("rolling_users", "\"duration\": 90000, \"frequency\": \"daily\", "
                                "\"rolling_users\": [[\"a\"], [\"b\"]]"),
         "two of its turns are on at once"},
        {IMPORT_GRAFANA,
         SHIFT("rolling_users", "\"duration\": 3600, \"frequency\": \"daily\", "
                                "\"rolling_users\": [[\"a\"], []]"),
         "one of its turns is nobody's"},
        {IMPORT_GRAFANA,
         SHIFT("recurrent_event", "\"duration\": 3600, \"frequency\": \"weekly\", \"interval\": "
                                  "2, \"by_day\": [\"MO\"], \"users\": [\"a\"]"),
         "by_day is taken over for shifts of every week"},
        {IMPORT_GRAFANA, "{\"id\": \"S1\", \"name\": \"Main\", \"shifts\": [\"gone\"]}",
         "its shift gone is not in the files"},
        {IMPORT_PAGERDUTY, "{\"id\": \"S1\", \"name\": \"Main\", \"type\": \"schedule\"}",
         "fetch each by its id"},
        {IMPORT_OPSGENIE,
         "{\"id\": \"S1\", \"name\": \"Main\", \"timezone\": \"Mars/One\", \"rotations\": "
         "[{\"name\": \"one\"}]}",
         "its time zone \"Mars/One\" is not known here"},
        {IMPORT_OPSGENIE,
         "{\"id\": \"S1\", \"name\": \"Main\", \"timezone\": \"UTC\", \"rotations\": [{\"name\": "
         "\"one\", \"startDate\": \"2026-01-05T09:00:00Z\", \"type\": \"daily\", "
         "\"participants\": [{\"type\": \"user\", \"id\": \"a\"}, {\"type\": \"none\"}]}]}",
         "one of its turns is nobody's"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        struct str rows;
        CHECK_OK(
            take(arena, cases[i].vendor, str_printf(arena, "[%s]", cases[i].json), &rows, &err),
            &err);
        struct str line = str_copy(arena, rows);
        /* Comments are broken at blanks. */
        struct text flat;
        text_init(&flat, arena, rows.n + 1);
        for (struct str part; str_split(&line, '\n', &part);) {
            text_adds(&flat, flat.n ? " " : "");
            text_add(&flat, str_starts(part, "#   ") ? str_from(part, 4) : part);
        }
        check_has(text_str(&flat), cases[i].says);
        check_has(rows, "on_call: is not here");
        CHECK(str_find(rows, "\non_call:", 0) == rows.n);
    }
}

TEST(a_beginning_in_a_turn_keeps_whose_turn_it_is)
{
    struct err err = {0};
    struct str rows;
    CHECK_OK(take(arena, IMPORT_PAGERDUTY,
                  STR("{\"id\": \"S\", \"name\": \"Web\", \"time_zone\": \"UTC\", "
                      "\"schedule_layers\": [{\"name\": \"l\", \"start\": "
                      "\"2026-01-14T12:00:00Z\", \"end\": null, \"rotation_virtual_start\": "
                      "\"2026-01-05T09:00:00Z\", \"rotation_turn_length_seconds\": 604800, "
                      "\"users\": [{\"user\": {\"id\": \"A\", \"summary\": \"Ana\"}}, {\"user\": "
                      "{\"id\": \"B\", \"summary\": \"Ben\"}}]}]}"),
                  &rows, &err),
             &err);
    check_has(rows, "weekly: [ben, ana], handover: Monday 09:00, zone: UTC, starts: 2026-01-14 "
                    "12:00");
}

TEST(texts_of_a_file_stay_in_their_quotes_and_comments)
{
    struct err err = {0};
    struct str rows;
    CHECK_OK(take(arena, IMPORT_OPSGENIE,
                  STR("[{\"id\": \"u\", \"username\": \"ana@acme.example\", \"fullName\": "
                      "\"Ana\\nroot: yes\"}, {\"id\": \"S\", \"name\": \"x\\n  y: z\", "
                      "\"timezone\": \"UTC\", \"rotations\": [{\"name\": \"a\\\", evil: [\\n\", "
                      "\"startDate\": \"2026-01-05T09:00:00Z\", \"type\": \"weekly\", "
                      "\"participants\": [{\"type\": \"user\", \"id\": \"u\"}]}]}]"),
                  &rows, &err),
             &err);
    check_has(rows, "# Ana root: yes\n");
    check_has(rows, "primary: # x   y: z\n");
    check_has(rows, "{ name: \"a\\\", evil: [ \", people: [ana]");
}

TEST(terraform_names_by_references)
{
    struct err err = {0};
    struct str rows;
    struct str path = test_source_path(arena, "tests/contract/import/terraform.json");
    CHECK_OK(take(arena, IMPORT_GRAFANA, test_read_file(arena, path), &rows, &err), &err);
    check_has(rows, "daily: [ana, ben], handover: 09:00, zone: UTC, starts: 2026-01-05 09:00 }");
    check_has(rows, "at once the primary on call.");
}

TEST(limits)
{
    struct err err = {0};
    struct str rows;
    struct text many;
    text_init(&many, arena, 4 * 1024 * 1024);
    for (int i = 0; i <= LIMIT_PEOPLE; i++)
        text_printf(&many, "%s{\"id\": \"u%d\", \"username\": \"u%d@x.example\"}", i ? "," : "[", i,
                    i);
    text_byte(&many, ']');
    CHECK(!take(arena, IMPORT_OPSGENIE, text_str(&many), &rows, &err));
    CHECK_STR(str_of(err.text), "There are more than 500 people in these files; leave out those "
                                "who are on no schedule.");
    text_init(&many, arena, 4 * 1024 * 1024);
    for (int i = 0; i <= 2000; i++)
        text_printf(&many, "%s{\"id\": \"s%d\", \"name\": \"s\", \"schedule_layers\": []}",
                    i ? "," : "[", i);
    text_byte(&many, ']');
    CHECK(!take(arena, IMPORT_PAGERDUTY, text_str(&many), &rows, &err));
    CHECK(str_starts(str_of(err.text), "There are more than 2000 schedules"));
    CHECK(!take(arena, IMPORT_PAGERDUTY, STR("[{\"id\": ]"), &rows, &err));
    CHECK_STR(str_of(err.place), "export.json:1:9");
    CHECK(!take(arena, IMPORT_PAGERDUTY, STR("{\"hello\": 1}"), &rows, &err));
    CHECK(str_starts(str_of(err.text), "Nothing of PagerDuty is in this file"));
}

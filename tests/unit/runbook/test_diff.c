/* test_diff.c - what counts as a change of policy, and how it is said. */
#include "harness/test.h"

#include "base/text.h"
#include "runbook/diff.h"

static const char *const book = "# Shop\n"
                                "## Severity Levels\n"
                                "- **P0 (Critical)**: Everything is down\n"
                                "  - Response time: 15 minutes\n"
                                "- **P1 (High)**: Much is down\n"
                                "  - Response time: 30 minutes\n"
                                "  - Escalation: After 1 hour to CTO\n"
                                "## Monitoring\n"
                                "### Critical Alerts\n"
                                "- Error rate > 5% for 5 minutes\n"
                                "- Response time p95 > 5 seconds\n"
                                "### Maintenance\n"
                                "- Time: Sunday 2-4 AM UTC\n"
                                "### Deploying\n"
                                "1. Run the tests\n"
                                "2. Start the release\n";

static const struct program *read_text(struct arena *arena, struct str text)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK_OK(program_read(arena, STR("book.md"), text, &program, &err), &err);
    return program;
}

/* The book with the first occurrence of one thing replaced by another. */
static struct str edited(struct arena *arena, const char *from, const char *to)
{
    struct str text = str_of(book);
    size_t at = str_find(text, from, 0);
    CHECK(at < text.n);
    return str_printf(arena, "%.*s%s%s", (int)at, book, to, book + at + strlen(from));
}

static struct str sentences(struct arena *arena, struct str old, struct str now)
{
    struct text text;
    struct diff diff = diff_make(arena, read_text(arena, old), read_text(arena, now));
    text_init(&text, arena, 1024 * 1024);
    for (size_t i = 0; i < diff.count; i++) {
        text_add(&text, diff_sentence(arena, &diff.changes[i]));
        text_byte(&text, '\n');
    }
    return text_str(&text);
}

TEST(each_change_is_one_sentence)
{
    static const struct {
        const char *from, *to, *sentence;
    } cases[] = {
        {"p95 > 5 seconds", "p95 > 3 seconds", "Line 11: Response time p95: 5 s becomes 3 s.\n"},
        {"for 5 minutes", "for 10 minutes",
         "Line 10: Error rate: window for 5 min becomes for 10 min.\n"},
        {" for 5 minutes", "", "Line 10: Error rate: window for 5 min is gone.\n"},
        {"Error rate > 5%", "Error rate >= 6%",
         "Line 10: Error rate: comparison more than becomes at least; 5 % becomes 6 %.\n"},
        {"p95 >", "p99 >", "Line 11: Response time p99: quantile p95 becomes p99.\n"},
        {"### Critical Alerts", "### Warning Alerts",
         "Line 10: Error rate: level critical becomes warning.\n"
         "Line 11: Response time p95: level critical becomes warning.\n"},
        {"time: 15 minutes", "time: 10 minutes", "Line 4: P0: response: 15 min becomes 10 min.\n"},
        {"to CTO", "to the board",
         "Line 7: P1: escalation: to CTO becomes board; role cto becomes board.\n"},
        {"Much is down", "Half is down",
         "Line 5: P1: definition \"Much is down\" becomes \"Half is down\".\n"},
        {"Sunday 2-4", "Sunday 1-4",
         "Line 13: Maintenance: allowed every Sunday from 02:00 to 04:00 UTC becomes allowed "
         "every Sunday from 01:00 to 04:00 UTC.\n"},
        {"Run the tests", "Run all the tests",
         "Line 15: Deploying: \"Run the tests\" becomes \"Run all the tests\".\n"},
        {"- Response time p95 > 5 seconds\n", "",
         "Line 11 of the old one: alert is gone: \"Response time p95 > 5 seconds\".\n"},
        {"### Maintenance", "- Disk usage > 80%\n### Maintenance",
         "Line 12: alert is new: \"Disk usage > 80%\".\n"},
        {"p95 > 5 seconds", "p95 > 2x baseline",
         "Line 11: alert becomes a line that is not understood: \"Response time p95 > 5 seconds\" "
         "becomes \"Response time p95 > 2x baseline\".\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_STR(sentences(arena, str_of(book), edited(arena, cases[i].from, cases[i].to)),
                  cases[i].sentence);
}

TEST(what_moves_or_is_said_otherwise_is_no_change)
{
    static const char *const cases[][2] = {
        {"# Shop\n", "# Shop\n\nWords for people.\n\n"},
        {"5 seconds", "5s"},
        {"for 5 minutes", "for 300 seconds"},
        {"- **P0 (Critical)**", "* **P0 (Critical)**"},
        {"# Shop\n", "# Shop\n\n```yaml\nkey: value\n```\n\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_STR(sentences(arena, str_of(book), edited(arena, cases[i][0], cases[i][1])), "");
    /* Two lines change places. */
    struct str swapped =
        edited(arena, "- Error rate > 5% for 5 minutes\n- Response time p95 > 5 seconds\n",
               "- Response time p95 > 5 seconds\n- Error rate > 5% for 5 minutes\n");
    CHECK_STR(sentences(arena, str_of(book), swapped), "");
}

TEST(equal_words_of_two_severities_are_not_mixed_up)
{
    struct str old = STR("# On call\n## Response\n- P1: Fix within 4 hours\n- P2: Fix within 8 "
                         "hours\n");
    struct str now = STR("# On call\n## Response\n- P2: Fix within 9 hours\n");
    CHECK_STR(sentences(arena, old, now),
              "Line 3: P2: resolution: 8 h becomes 9 h.\n"
              "Line 3 of the old one: response is gone: \"P1: Fix within 4 hours\".\n");
}

TEST(a_change_as_json)
{
    struct text text;
    struct diff diff = diff_make(arena, read_text(arena, str_of(book)),
                                 read_text(arena, edited(arena, "p95 > 5", "p95 > 3")));
    CHECK_INT(diff.count, 1);
    CHECK_INT(diff.counts[CHANGE_CHANGED], 1);
    text_init(&text, arena, 64 * 1024);
    struct json_writer w = {.text = &text};
    diff_write_change(&w, &diff.changes[0]);
    struct json *json = NULL;
    struct err err = {0};
    CHECK_OK(json_parse(arena, text_str(&text), &json, &err), &err);
    CHECK_STR(json_get_str(json, "change"), "changed");
    const struct json *old = json_get(json, "old");
    const struct json *now = json_get(json, "new");
    CHECK_STR(json_get_str(json_get(old, "parts"), "limit"), "5 s");
    CHECK_STR(json_get_str(json_get(now, "parts"), "limit"), "3 s");
    CHECK_STR(json_get_str(now, "kind"), "alert");
}

/* Every line of a large one changes: the work must stay in proportion. */
TEST(many_changes_at_once)
{
    enum { LINES = 20000 };
    struct text old;
    struct text now;
    text_init(&old, arena, 4 * 1024 * 1024);
    text_init(&now, arena, 4 * 1024 * 1024);
    text_adds(&old, "# Shop\n### Critical Alerts\n");
    text_adds(&now, "# Shop\n### Critical Alerts\n");
    for (int i = 0; i < LINES; i++) {
        text_printf(&old, "- Queue w%d depth > %d\n", i, i);
        text_printf(&now, "- Queue w%d depth > %d\n", i, i + 1);
    }
    struct diff diff =
        diff_make(arena, read_text(arena, text_str(&old)), read_text(arena, text_str(&now)));
    CHECK_INT(diff.counts[CHANGE_CHANGED], LINES);
    CHECK_INT(diff.count, LINES);
}

/* test_ended.c - a gauge that says that it is no number, or that it has ended: unknown from that
 * sample on, and nothing fires by what was read before. */
#include "alert/backtest.h"
#include "alert/trial.h"
#include "harness/test.h"

enum { STEP_MS = 15000, VALUES_MAX = 64 };

static const struct str rule_id = {"0123456789abcdef", 16};

struct story {
    struct text text;
    enum alert_state state;
    enum truth truth;
    struct str reason;
};

/* "15 pending true; 45 pending unknown": what changed at which second. */
static void keep(void *context, const struct trial_look *look)
{
    static const char *const states[] = {"inactive", "pending", "firing"};
    struct story *story = context;
    const struct alert *alert = alert_find(look->alerts, rule_id);
    const struct evaluation *now = &look->evaluations[0];
    enum alert_state state = alert ? alert->state : ALERT_INACTIVE;
    if (look->at_ms > 0 && story->state == state && story->truth == now->truth)
        return;
    text_printf(&story->text, "%s%lld %s %s", look->at_ms > 0 ? "; " : "",
                (long long)look->at_ms / 1000, states[state],
                now->truth == TRUTH_TRUE      ? "true"
                : now->truth == TRUTH_UNKNOWN ? "unknown"
                                              : "false");
    story->state = state;
    story->truth = now->truth;
    if (now->truth == TRUTH_UNKNOWN && story->reason.n == 0)
        story->reason = str_copy(story->text.arena, now->reason);
}

static struct rule rule_of(struct arena *arena, struct signals *signals, int64_t for_ms)
{
    struct statement statement = {.kind = STATEMENT_ALERT, .line = 1, .id = "0123456789abcdef"};
    struct signal_option option = {STR("gauge"), STR("heat")};
    struct err err = {0};
    signals->arena = arena;
    CHECK_OK(signal_bind(signals, STR("heat"), &option, 1, &err), &err);
    statement.text = STR("the line");
    statement.alert = (struct alert_statement){.metric = STR("heat"),
                                               .signal = STR("heat"),
                                               .cmp = CMP_OVER,
                                               .value = 10,
                                               .unit = STR(""),
                                               .level = STR("critical")};
    struct rule rule = rule_make(arena, &statement, signals);
    rule.for_ms = for_ms;
    return rule;
}

/* The values of a gauge, 15 s apart, under "heat > 10 for 1 minute". */
static struct story play(struct arena *arena, const char *values)
{
    struct notated_value *found;
    size_t count;
    struct err err = {0};
    struct signals signals = {0};
    struct rule rule = rule_of(arena, &signals, 60000);
    struct rules rules = {.items = &rule, .count = 1, .written = 1};
    CHECK_OK(series_notation_read_values(arena, str_of(values), &found, &count, &err), &err);
    struct trial_series series = {STR("heat"), STR("app"), found, count};
    struct story story = {0};
    text_init(&story.text, arena, 4096);
    struct trial trial = {.rules = &rules,
                          .signals = &signals,
                          .series = &series,
                          .series_count = 1,
                          .interval_ms = STEP_MS,
                          .step_ms = STEP_MS,
                          .until_ms = 16 * STEP_MS,
                          .looked = keep,
                          .context = &story};
    CHECK_OK(trial_run(&trial, &err), &err);
    return story;
}

/* promtool: fires at 165 s, for it begins anew at 105 s; here the time held still (0043). */
TEST(no_hold_is_filled_with_readings_that_do_not_exist)
{
    struct story story = play(arena, "1 11 11 NaN NaN NaN NaN 11x10");
    CHECK_SAME(text_str(&story.text), STR("0 inactive false; 15 pending true; 45 pending unknown; "
                                          "105 pending true; 135 firing true"));
    CHECK_STR(story.reason,
              "target app answers, but heat is NaN (line 1), which is no measurement");
}

TEST(a_series_that_has_ended_is_unknown_until_it_comes_back)
{
    struct story story = play(arena, "1 11 11 stale _x8 11x4");
    CHECK_SAME(text_str(&story.text), STR("0 inactive false; 15 pending true; 45 pending unknown; "
                                          "180 pending true; 210 firing true"));
    /* One that is only late is carried for three intervals, in which a hold may be over (0043). */
    story = play(arena, "1 11 11 _x9 1x4");
    CHECK_SAME(text_str(&story.text),
               STR("0 inactive false; 15 pending true; 75 firing true; "
                   "90 firing unknown; 180 firing false; 240 inactive false"));
}

static struct reading heat(int64_t at_s, const char *ended)
{
    return (struct reading){.signal = STR("heat"),
                            .target = STR("shop"),
                            .at = {(1700000000 + at_s) * INT64_C(1000000)},
                            .interval_ms = 1000,
                            .kind = SIGNAL_GAUGE,
                            .high = 11,
                            .low = 11,
                            .ended = str_of(ended)};
}

TEST(a_backtest_ends_the_reading_there_and_says_why)
{
    struct signals signals = {0};
    struct rule rule = rule_of(arena, &signals, 10000);
    struct backtest backtest;
    backtest_init(&backtest, arena, &rule, (struct instant){INT64_C(1700000000) * 1000000});
    for (int64_t i = 0; i < 40; i++) {
        struct reading one = heat(i, i >= 8 && i < 20 ? "heat is NaN (line 12)" : "");
        backtest_take(&backtest, &one);
    }
    CHECK_INT(backtest.change_count, 4);
    CHECK_INT(backtest.changes[1].kind, EVENT_ALERT_UNKNOWN);
    CHECK_INT(backtest.changes[1].at.us, heat(8, "").at.us);
    CHECK_STR(backtest.changes[1].words, "target shop answers, but heat is NaN (line 12)");
    CHECK_INT(backtest.changes[3].kind, EVENT_ALERT_FIRED);
    CHECK_INT(backtest.changes[3].at.us, heat(22, "").at.us);
    backtest_done(&backtest);
}

TEST(its_line_has_no_numbers_and_is_read_again)
{
    struct reading one = heat(1, "heat is \"NaN\"");
    struct collector_line line;
    struct err err = {0};
    struct str text = reading_write(arena, &one);
    CHECK(str_find(text, "\"high\"", 0) == text.n);
    CHECK_OK(collector_line_parse(arena, text, &line, &err), &err);
    CHECK(line.is_reading);
    CHECK_STR(line.reading.ended, "heat is \"NaN\"");
}

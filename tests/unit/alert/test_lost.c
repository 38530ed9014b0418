/* test_lost.c - rules over a gauge of which one series is no longer given: what they are then, over
 * pages of metrics as they are scraped, one a second. */
#include "alert/lost.h"
#include "alert/trial.h"
#include "harness/test.h"

#include <stdio.h>

enum { STEPS_MOST = 1000 };

struct seen {
    struct arena *arena;
    enum alert_state state;
    enum truth truth;
    struct str words; /* the reason when it is unknown, else the value */
};

static void keep(void *context, const struct trial_look *look)
{
    struct seen *seen = context;
    const struct alert *alert = alert_find(look->alerts, STR("0123456789abcdef"));
    const struct evaluation *now = &look->evaluations[0];
    seen->state = alert ? alert->state : ALERT_INACTIVE;
    seen->truth = now->truth;
    seen->words =
        str_copy(seen->arena, now->truth == TRUTH_UNKNOWN ? now->reason : now->value_text);
}

static struct rule rule_of(struct arena *arena, struct signals *signals, enum comparison cmp,
                           double limit)
{
    struct statement statement = {.kind = STATEMENT_ALERT, .line = 1, .id = "0123456789abcdef"};
    struct signal_option option = {STR("gauge"), STR("heat")};
    struct err err = {0};
    signals->arena = arena;
    CHECK_OK(signal_bind(signals, STR("heat"), &option, 1, &err), &err);
    statement.text = STR("the line");
    statement.alert = (struct alert_statement){.metric = STR("heat"),
                                               .signal = STR("heat"),
                                               .cmp = cmp,
                                               .value = limit,
                                               .unit = STR(""),
                                               .level = STR("critical")};
    return rule_make(arena, &statement, signals);
}

/* Series b shows a digit each second and then, behind its last, nothing; a stands at 5. */
static struct seen play(struct arena *arena, struct rule *rule, const struct signals *signals,
                        const char *digits, int64_t until_s)
{
    struct notated_value *a = arena_array(arena, STEPS_MOST, sizeof *a);
    struct notated_value *b = arena_array(arena, STEPS_MOST, sizeof *b);
    size_t count = 0;
    struct err err = {0};
    for (size_t i = 0; i < STEPS_MOST; i++)
        a[i] = (struct notated_value){.shown = SHOWN_VALUE, .value = 5};
    for (; digits[count]; count++)
        b[count] = (struct notated_value){.shown = SHOWN_VALUE, .value = digits[count] - '0'};
    struct trial_series series[] = {{STR("heat{n=\"a\"}"), STR("app"), a, STEPS_MOST},
                                    {STR("heat{n=\"b\"}"), STR("app"), b, count}};
    struct rules rules = {.items = rule, .count = 1, .written = 1};
    struct seen seen = {.arena = arena};
    struct trial trial = {.rules = &rules,
                          .signals = signals,
                          .series = series,
                          .series_count = 2,
                          .interval_ms = 1000,
                          .step_ms = 1000,
                          .until_ms = until_s * 1000,
                          .looked = keep,
                          .context = &seen};
    CHECK_OK(trial_run(&trial, &err), &err);
    return seen;
}

TEST(a_firing_rule_is_unknown_for_what_is_away_and_names_it)
{
    struct signals signals = {0};
    struct rule rule = rule_of(arena, &signals, CMP_OVER, 8);
    struct seen seen = play(arena, &rule, &signals, "999999", 125);
    CHECK_INT(seen.state, ALERT_FIRING);
    CHECK_INT(seen.truth, TRUTH_UNKNOWN);
    CHECK_STR(seen.words, "heat of n=\"b\" of target app was 9 and has given no value for 2 min");
    /* Seen on the other side before it went: that is what is known. */
    seen = play(arena, &rule, &signals, "9999997", 125);
    CHECK_INT(seen.state, ALERT_INACTIVE);
    CHECK_INT(seen.truth, TRUTH_FALSE);
    /* Where low is bad it is the lowest. */
    struct signals others = {0};
    rule = rule_of(arena, &others, CMP_UNDER, 3);
    seen = play(arena, &rule, &others, "111111", 125);
    CHECK_INT(seen.state, ALERT_FIRING);
    CHECK_INT(seen.truth, TRUTH_UNKNOWN);
}

TEST(what_was_between_the_limit_and_the_one_to_recover_from_has_not_recovered)
{
    struct signals signals = {0};
    struct rule rule = rule_of(arena, &signals, CMP_OVER, 8);
    rule.policy.has_recovery = true;
    rule.policy.recovery = 6;
    struct seen seen = play(arena, &rule, &signals, "9999997", 125);
    CHECK_INT(seen.state, ALERT_FIRING);
    CHECK_INT(seen.truth, TRUTH_UNKNOWN);
}

TEST(a_pending_rule_is_unknown_for_ten_minutes_or_fires_where_missing_fires)
{
    struct signals signals = {0};
    struct rule rule = rule_of(arena, &signals, CMP_OVER, 8);
    rule.for_ms = 60000;
    struct seen seen = play(arena, &rule, &signals, "999999", 400);
    CHECK_INT(seen.state, ALERT_PENDING);
    CHECK_INT(seen.truth, TRUTH_UNKNOWN);
    seen = play(arena, &rule, &signals, "999999", 700);
    CHECK_INT(seen.state, ALERT_INACTIVE);
    CHECK_INT(seen.truth, TRUTH_FALSE);
    rule.policy.missing = MISSING_FIRES;
    rule.policy.missing_ms = 300000;
    seen = play(arena, &rule, &signals, "999999", 900);
    CHECK_INT(seen.state, ALERT_FIRING);
    CHECK_INT(seen.truth, TRUTH_UNKNOWN);
}

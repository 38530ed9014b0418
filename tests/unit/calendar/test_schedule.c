/* test_schedule.c - schedule statements as recurrence rules: what each field becomes. */
#include "harness/test.h"

#include "calendar/rule.h"
#include "runbook/program.h"

static const int64_t day_ms = 86400000;

static struct recurrence_rule read(struct schedule_statement schedule)
{
    struct recurrence_rule rule = {0};
    struct err err = {0};
    CHECK_OK(rule_of_schedule(&schedule, &rule, &err), &err);
    CHECK(!rule.anchored);
    return rule;
}

TEST(periods)
{
    struct recurrence_rule rule = read((struct schedule_statement){.every_ms = 90 * day_ms});
    CHECK(rule.unit == RULE_DAYS && rule.every == 90 && rule_needs_anchor(&rule));
    rule = read((struct schedule_statement){.every_ms = 14 * day_ms, .weekdays = 4});
    CHECK(rule.unit == RULE_WEEKS && rule.every == 2 && rule.weekdays == 4);
    rule = read((struct schedule_statement){.every_months = 3});
    CHECK(rule.unit == RULE_MONTHS && rule.every == 3);
    rule = read((struct schedule_statement){.every_ms = 6 * 3600000});
    CHECK(rule.unit == RULE_LENGTH && rule.length_ms == 6 * 3600000);
    rule = read((struct schedule_statement){
        .every_months = 1, .weekdays = 1, .ordinal = -1, .timed = true, .from_minute = 90});
    CHECK(rule.unit == RULE_MONTHS && rule.ordinal == -1 && rule.timed && !rule.window);
    CHECK_INT(rule.from_minute, 90);
    rule = read((struct schedule_statement){.cron = STR("0 2 * * 0")});
    CHECK(rule.unit == RULE_CRON && rule.cron.weekdays == 1 && !rule_needs_anchor(&rule));
}

TEST(windows)
{
    struct schedule_statement window = {
        .form = SCHEDULE_WINDOW, .weekday = 0, .timed = true, .from_minute = 120, .to_minute = 240};
    struct recurrence_rule rule = read(window);
    CHECK(rule.unit == RULE_WEEKS && rule.every == 1 && rule.weekdays == 1 && rule.window);
    CHECK_INT(rule.to_minute, 240);
    window.ordinal = 1;
    CHECK(read(window).unit == RULE_MONTHS);
    window.ordinal = 0;
    window.weekday = -1;
    rule = read(window);
    CHECK(rule.unit == RULE_DAYS && rule.weekdays == 0);
    rule = read((struct schedule_statement){.form = SCHEDULE_WINDOW,
                                            .weekday = -1,
                                            .every_months = 12,
                                            .from_date = 1220,
                                            .to_date = 102});
    CHECK(rule.unit == RULE_DATES && rule.from_date == 1220 && rule.to_date == 102);
}

TEST(refused)
{
    static const struct schedule_statement bad[] = {
        {.form = SCHEDULE_NOTICE, .length_ms = 1},
        {.form = SCHEDULE_DEADLINE, .working_days = 5},
        {.form = SCHEDULE_RETENTION, .length_months = 1},
        {.form = SCHEDULE_RECUR},
        {.form = SCHEDULE_RECUR, .cron = {"0 0 30 2 *", 10}},
        {.form = SCHEDULE_RECUR, .every_ms = 3600000, .timed = true},
        {.form = SCHEDULE_RECUR, .every_ms = INT64_MAX / 86400000 * 86400000},
        {.form = SCHEDULE_WINDOW, .weekday = -1, .timed = true, .from_minute = 1500}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct recurrence_rule rule = {.every = 7};
        struct err err = {0};
        CHECK(!rule_of_schedule(&bad[i], &rule, &err));
        CHECK(err.kind == ERR_USAGE && str_ends(str_of(err.text), "."));
        CHECK_INT(rule.every, 7);
    }
}

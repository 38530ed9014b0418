/* schedule.c - from a schedule statement of the runbook to a recurrence rule. */
#include "calendar/rule.h"
#include "runbook/program.h"

static const int64_t day_ms = 86400000;

static void set_period(const struct schedule_statement *schedule, struct recurrence_rule *rule)
{
    if (schedule->weekdays)
        rule->weekdays = schedule->weekdays;
    else if (schedule->form == SCHEDULE_WINDOW && schedule->weekday >= 0)
        rule->weekdays = 1u << schedule->weekday;
    rule->ordinal = schedule->ordinal;
    rule->every = 1;
    if (schedule->every_months > 0 || schedule->ordinal) {
        rule->unit = RULE_MONTHS;
        rule->every = schedule->every_months > 0 ? schedule->every_months : 1;
    } else if (schedule->every_ms == 0) {
        rule->unit = rule->weekdays ? RULE_WEEKS : RULE_DAYS;
    } else if (schedule->every_ms % day_ms) {
        rule->unit = RULE_LENGTH;
        rule->length_ms = schedule->every_ms;
    } else {
        int64_t days = schedule->every_ms / day_ms;
        rule->unit = days % 7 ? RULE_DAYS : RULE_WEEKS;
        days = days % 7 ? days : days / 7;
        rule->every = days > 1000000 ? 1000000 : (int)days; /* rule_check refuses it */
    }
}

bool rule_of_schedule(const struct schedule_statement *schedule, struct recurrence_rule *out_rule,
                      struct err *err)
{
    struct recurrence_rule rule = {.timed = schedule->timed,
                                   .from_minute = schedule->from_minute,
                                   .to_minute = schedule->to_minute};
    bool window = schedule->form == SCHEDULE_WINDOW;
    if (!window && schedule->form != SCHEDULE_RECUR)
        return err_set(err, ERR_USAGE, "",
                       "A notice, deadline or retention is a length, not a recurrence. Add it to "
                       "the instant it counts from.");
    if (schedule->cron.n) {
        rule.unit = RULE_CRON;
        rule.timed = false;
        if (!cron_parse(schedule->cron, &rule.cron, err))
            return false;
    } else if (schedule->from_date) {
        rule.unit = RULE_DATES;
        rule.from_date = schedule->from_date;
        rule.to_date = schedule->to_date;
    } else {
        set_period(schedule, &rule);
    }
    rule.window = window && rule.timed;
    if (!window && !schedule->every_ms && !schedule->every_months && rule.unit == RULE_DAYS)
        return err_set(err, ERR_USAGE, "",
                       "The sentence does not say how often. Write for example \"daily at 03:00 "
                       "UTC\".");
    if (rule.unit == RULE_LENGTH && rule.timed)
        return err_set(err, ERR_USAGE, "",
                       "A recurrence of less than a day cannot have a time of day. Write the "
                       "times as a cron expression.");
    /* What is missing to count from is the caller's to add: judge the rest. */
    struct recurrence_rule judged = rule;
    judged.anchored = true;
    if (!rule_check(&judged, err))
        return false;
    *out_rule = rule;
    return true;
}

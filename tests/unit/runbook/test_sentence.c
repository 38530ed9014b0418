/* test_sentence.c - the parts of each form, exact; and that nothing half read is enforced. */
#include "harness/test.h"

#include "runbook/program.h"

static struct statement read_under(struct arena *arena, const char *heading, const char *sentence)
{
    struct statement statement;
    struct err err = {0};
    CHECK_OK(sentence_read(arena, str_of(heading), str_of(sentence), &statement, &err), &err);
    return statement;
}

TEST(alert_that_must_hold)
{
    struct statement s = read_under(arena, "Critical Alerts", "- Error rate > 5% for 5 minutes");
    CHECK_INT(s.kind, STATEMENT_ALERT);
    CHECK_STR(s.alert.signal, "error rate");
    CHECK_STR(s.alert.metric, "Error rate");
    CHECK_INT(s.alert.cmp, CMP_OVER);
    CHECK(s.alert.value == 0.05);
    CHECK_STR(s.alert.unit, "%");
    CHECK_INT(s.alert.mode, WINDOW_FOR);
    CHECK_INT(s.alert.window_ms, 300000);
    CHECK_STR(s.alert.level, "critical");
}

TEST(alert_of_a_quantile)
{
    struct statement s = read_under(arena, "Warning Alerts", "Response time p95 > 2 seconds");
    CHECK_STR(s.alert.signal, "response time");
    CHECK(s.alert.quantile == 0.95 && s.alert.value == 2);
    CHECK_STR(s.alert.unit, "seconds");
    CHECK_INT(s.alert.mode, WINDOW_NONE);
    CHECK_STR(s.alert.level, "warning");
    s = read_under(arena, "Alerts", "p99.9 latency > 800ms");
    CHECK_INT(s.kind, STATEMENT_UNCLEAR);
    s = read_under(arena, "Alerts", "Latency p999 > 800ms for 1m");
    CHECK(s.alert.quantile == 0.999 && s.alert.value == 0.8);
    CHECK_STR(s.alert.level, "");
}

TEST(alert_counted_in_a_window)
{
    struct statement s =
        read_under(arena, "Critical Alerts", "Failed auth attempts > 10 in 5 minutes");
    CHECK_STR(s.alert.signal, "failed auth attempts");
    CHECK_INT(s.alert.mode, WINDOW_IN);
    CHECK(s.alert.value == 10);
    CHECK_INT(s.alert.window_ms, 300000);
}

TEST(alert_of_a_limit_and_of_a_state)
{
    struct statement s = read_under(arena, "Critical Alerts", "Token usage > 90% of limit");
    CHECK_STR(s.alert.of, "limit");
    CHECK(s.alert.value == 0.9);
    CHECK_STR(s.alert.signal, "token usage");
    s = read_under(arena, "Critical Alerts", "Database connection pool exhausted");
    CHECK_INT(s.kind, STATEMENT_ALERT);
    CHECK_INT(s.alert.cmp, CMP_NONE);
    CHECK_STR(s.alert.signal, "database connection pool");
}

TEST(alert_units_are_base_units)
{
    struct statement s = read_under(arena, "Alerts", "Free memory under 128MiB for 2h");
    CHECK_INT(s.alert.cmp, CMP_UNDER);
    CHECK(s.alert.value == 128.0 * 1048576);
    CHECK_INT(s.alert.window_ms, 7200000);
    CHECK_STR(s.alert.signal, "");
    s = read_under(arena, "Alerts", "Queue age > 15 minutes");
    CHECK(s.alert.value == 900);
    s = read_under(arena, "Alerts", "Requests at least 1,500 in 1 minute");
    CHECK(s.alert.value == 1500);
}

TEST(a_longer_name_is_another_signal)
{
    struct statement s = read_under(arena, "Alerts", "Checkout error rate > 5% for 5 minutes");
    CHECK_INT(s.kind, STATEMENT_ALERT);
    CHECK_STR(s.alert.signal, "");
    CHECK_STR(s.alert.metric, "Checkout error rate");
}

/* Whatever is added to a rule and not read makes it unclear, never a rule with less said. */
TEST(residue_makes_unclear)
{
    static const char *const alerts[] = {"Error rate > 5% for 5 minutes or > 50 errors",
                                         "Error rate > 5% for 5 minutes unless deploying",
                                         "Error rate > 5% for 5 minutes on Sunday",
                                         "Error rate > 5% for 5 minutes for P1",
                                         "Error rate > 5% 7 for 5 minutes",
                                         "Error rate > 5% for 5-10 minutes",
                                         "Error rate > 5% for 2 business days",
                                         "Error rate > 5% for 5 minutes during the day",
                                         "Error rate > 2x baseline",
                                         "Latency p95/p99 > 2 s",
                                         "500 error rate > 5% for 5 minutes",
                                         "Error rate not > 5% for 5 minutes",
                                         NULL};
    for (int i = 0; alerts[i]; i++) {
        struct statement s = read_under(arena, "Critical Alerts", alerts[i]);
        if (s.kind != STATEMENT_UNCLEAR)
            test_fail(__FILE__, __LINE__, "understood as %s: %s", statement_kind_name(s.kind),
                      alerts[i]);
    }
    static const char *const others[] = {"Response time: 15 minutes or 20 minutes",
                                         "Response time: 15 minutes on Sunday",
                                         "Escalation: After 1 hour unless P3",
                                         "Response time: 3 business days",
                                         "Time: Sunday 2-4 AM UTC and Monday",
                                         "Time: Sunday 11-1 AM UTC",
                                         "Notification: 72 hours advance, 24 hours for P0",
                                         "Key rotation: every 90 days or 3 months",
                                         "Retain logs for 30 days, 90 days for audit",
                                         "Frequency: Monthly (first Sunday)",
                                         NULL};
    for (int i = 0; others[i]; i++) {
        struct statement s = read_under(arena, "Severity Levels", others[i]);
        if (s.kind != STATEMENT_UNCLEAR)
            test_fail(__FILE__, __LINE__, "understood as %s: %s", statement_kind_name(s.kind),
                      others[i]);
    }
}

TEST(the_nearest_sentence_is_understood)
{
    static const char *const unclear[] = {"CPU should be under 70%",
                                          "Response time: 3 business days",
                                          "Time: Sunday 11-1 AM UTC",
                                          "Something within 40 minutes maybe",
                                          "Error rate > 5% for 5 minutes unless deploying",
                                          NULL};
    for (int i = 0; unclear[i]; i++) {
        struct statement s = read_under(arena, "Rules", unclear[i]);
        CHECK_INT(s.kind, STATEMENT_UNCLEAR);
        size_t at = str_find(s.meaning, "for example: \"", 0) + 14;
        CHECK(at < s.meaning.n);
        struct str nearest = str_copy(arena, str_slice(s.meaning, at, s.meaning.n - 1));
        s = read_under(arena, "Rules", nearest.p);
        if (s.kind == STATEMENT_UNCLEAR || s.kind == STATEMENT_GUIDANCE)
            test_fail(__FILE__, __LINE__, "not understood itself: %s", nearest.p);
    }
}

TEST(facts_are_not_rules)
{
    CHECK_INT(read_under(arena, "Notes", "Flags take effect within 5 minutes").kind,
              STATEMENT_GUIDANCE);
    CHECK_INT(read_under(arena, "Causes", "Traffic above 200 requests").kind, STATEMENT_GUIDANCE);
    CHECK_INT(read_under(arena, "Notes", "Storage: S3 in two regions").kind, STATEMENT_GUIDANCE);
}

TEST(responses)
{
    struct statement s = read_under(arena, "Severity", "Escalation: Immediate to CTO");
    CHECK_INT(s.kind, STATEMENT_RESPONSE);
    CHECK_INT(s.response.act, DUTY_ESCALATE);
    CHECK_INT(s.response.after_ms, 0);
    CHECK_STR(s.response.to, "CTO");
    s = read_under(arena, "Severity", "Escalation: After 1 hour");
    CHECK_INT(s.response.after_ms, 3600000);
    CHECK_STR(s.response.to, "");
    s = read_under(arena, "Severity", "Update cadence: every 30 min");
    CHECK(s.response.recurring && s.response.act == DUTY_UPDATE && s.response.after_ms == 1800000);
}

TEST(schedules)
{
    struct statement s = read_under(arena, "Scheduled Maintenance", "Time: Sunday 2-4 AM UTC");
    CHECK_INT(s.kind, STATEMENT_SCHEDULE);
    CHECK_INT(s.schedule.form, SCHEDULE_WINDOW);
    CHECK_INT(s.schedule.weekday, 0);
    CHECK_INT(s.schedule.from_minute, 120);
    CHECK_INT(s.schedule.to_minute, 240);
    CHECK_STR(s.schedule.zone, "UTC");
    s = read_under(arena, "Scheduled Maintenance", "Time: Sunday 12-1 AM Europe/Dublin");
    CHECK_INT(s.schedule.from_minute, 0);
    CHECK_INT(s.schedule.to_minute, 60);
    CHECK_STR(s.schedule.zone, "Europe/Dublin");
    s = read_under(arena, "Scheduled Maintenance", "Notification: 72 hours advance");
    CHECK_INT(s.schedule.form, SCHEDULE_NOTICE);
    CHECK_INT(s.schedule.length_ms, 72 * 3600000);
    s = read_under(arena, "Keys", "Key rotation: every 3 months");
    CHECK(s.schedule.form == SCHEDULE_RECUR && s.schedule.every_months == 3 &&
          s.schedule.every_ms == 0);
}

TEST(steps_and_their_times)
{
    struct statement s = read_under(arena, "Breach", "15 min: Assess scope");
    CHECK(s.kind == STATEMENT_STEP && s.step.time == TIME_DUE_AT && s.step.time_ms == 900000);
    s = read_under(arena, "Keys", "Revoke old key after 24 hours");
    CHECK(s.step.time == TIME_NOT_BEFORE && s.step.time_ms == 86400000);
    s = read_under(arena, "Keys", "Monitor for 15 minutes");
    CHECK(s.step.time == TIME_HOLD && s.step.time_ms == 900000);
    s = read_under(arena, "Requests", "Provide within 30 days");
    CHECK(s.step.time == TIME_WITHIN && s.step.time_ms == (int64_t)30 * 86400000);
    s = read_under(arena, "Requests", "Export the data using: npm run gdpr:export USER_ID");
    CHECK_STR(s.step.command, "npm run gdpr:export USER_ID");
    s = read_under(arena, "Requests", "Right to access: Export user data");
    CHECK_STR(s.step.command, "");
}

TEST(sentence_refuses)
{
    struct statement s;
    struct err err = {0};
    CHECK(!sentence_read(arena, STR(""), STR("  "), &s, &err));
    CHECK_STR(str_of(err.text), "The sentence is empty. Give one line of a runbook.");
    CHECK(!sentence_read(arena, STR(""), STR("\xFF"), &s, &err));
}

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
    CHECK(s.alert.quantile == 0.999 && s.alert.value == 0.8);
    s = read_under(arena, "Alerts", "95th percentile latency > 800ms");
    CHECK(s.alert.quantile == 0.95);
    s = read_under(arena, "Alerts", "p195 latency > 800ms");
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
                                         "Error rate > 5% most Mondays",
                                         "Error rate > 5% for 5 minutes sometimes",
                                         "Error rate > 5% and latency > 2 s for 5 minutes",
                                         "Queue > 500 messages or > 15m age",
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
                                         "Response time: 3 business hours",
                                         "Time: Sunday 2-4 AM UTC and Monday",
                                         "Time: Sunday 11-1 AM UTC",
                                         "Notification: 72 hours advance, 24 hours for P0",
                                         "Key rotation: every 90 days or 3 months",
                                         "Retain logs for 30 days, 90 days for audit",
                                         "Frequency: Weekly (first Sunday)",
                                         "Frequency: Monthly (as needed)",
                                         "Backups: daily most weeks",
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
                                          "Response time: 3 business hours",
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

TEST(a_share_without_its_percent_is_named_and_what_is_proposed_is_a_sentence)
{
    static const char *const cases[][3] = {
        {"Critical Alerts", "High error rate > 0.05 for 5 minutes",
         "not understood: \"error rate\" is a share, and 0.05 says no unit. A share is written in "
         "%. Understood would be, for example: \"High error rate > 5% for 5 minutes\""},
        {"Critical Alerts", "Error rate > 7 for 5 minutes",
         "not understood: \"Error rate\" is a share, and 7 says no unit. A share is written in %. "
         "Understood would be, for example: \"Error rate > 7% for 5 minutes\""},
        {"Service level objectives", "99.9% of requests succeed over 30 days",
         "not understood: \"99.9% of\"; understood would be, for example: \"Success rate: 99.9% "
         "over 30 days\""},
        {"Critical Alerts", "99.9% of requests succeed over 30 days",
         "not understood: \"99.9% of\"; understood would be, for example: \"Error rate > 5% for 5 "
         "minutes\""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_STR(read_under(arena, cases[i][0], cases[i][1]).meaning, cases[i][2]);
}

static struct program *read_lines(struct arena *arena, const char *text)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK_OK(program_read(arena, STR("book.md"), str_of(text), &program, &err), &err);
    return program;
}

/* The nth statement (from 0) of a line. */
static const struct statement *of_line(const struct program *program, int line, int nth)
{
    for (int i = 0; i < program->count; i++)
        if (program->statements[i].line == line && nth-- == 0)
            return &program->statements[i];
    test_fail(__FILE__, __LINE__, "line %d has fewer statements", line);
}

TEST(a_line_may_state_several_things)
{
    struct program *program =
        read_lines(arena, "# Alerts\n\n- P1: Error rate > 2% over 15m; response time p95 > 900ms "
                          "over 15m\n\n# Incident response\n\n- P0/P1: acknowledge within 5 min, "
                          "updates every 30 min\n- S2 and above: resolution within 4 hours\n"
                          "- Nobody calls an S0 early\n- P2 and above: resolution within 4 hours\n"
                          "- SEV1 and above: resolution within 4 hours\n");
    const struct statement *first = of_line(program, 3, 0);
    const struct statement *second = of_line(program, 3, 1);
    CHECK_INT(first->kind, STATEMENT_ALERT);
    CHECK(first->alert.value == 0.02);
    CHECK_STR(first->alert.level, "P1");
    CHECK(second->alert.quantile == 0.95 && second->alert.value == 0.9);
    CHECK_INT(second->alert.window_ms, 900000);
    CHECK(strcmp(first->id, second->id) != 0);
    CHECK_STR(of_line(program, 7, 0)->response.level, "P0");
    CHECK_INT(of_line(program, 7, 0)->response.act, DUTY_ACKNOWLEDGE);
    CHECK_STR(of_line(program, 7, 1)->response.level, "P1");
    CHECK_INT(of_line(program, 7, 3)->response.after_ms, 1800000);
    CHECK(of_line(program, 7, 3)->response.recurring);
    CHECK_STR(of_line(program, 8, 0)->response.level, "S2");
    CHECK_STR(of_line(program, 8, 2)->response.level, "S0");
    CHECK_STR(of_line(program, 11, 0)->response.level, "SEV1"); /* no SEV0 anywhere */
    for (int i = 0; i < program->count; i++)
        CHECK(program->statements[i].line != 11 || i + 1 == program->count);
}

TEST(times_without_a_clock_are_said_and_kept_apart)
{
    struct statement s = read_under(arena, "Severity Levels", "Response time: 3 business days");
    CHECK_INT(s.response.calendar, CALENDAR_WORKING_DAYS);
    CHECK_INT(s.response.working_days, 3);
    s = read_under(arena, "Severity Levels", "Response time: Next business day");
    CHECK_INT(s.response.calendar, CALENDAR_NEXT_DAY);
    s = read_under(arena, "Severity Levels", "Response time: 30-60 minutes");
    CHECK_INT(s.response.after_ms, 3600000);
    CHECK_INT(s.response.low_ms, 1800000);
}

TEST(objectives)
{
    struct statement s = read_under(arena, "Recovery", "RTO target: < 15 minutes");
    CHECK_INT(s.kind, STATEMENT_OBJECTIVE);
    CHECK_INT(s.alert.cmp, CMP_UNDER);
    CHECK(s.alert.value == 900);
    s = read_under(arena, "RPO", "Database: 1 hour");
    CHECK_STR(s.alert.metric, "RPO");
    CHECK_STR(s.alert.of, "Database");
    s = read_under(arena, "Promises", "Availability: 99.9% monthly");
    CHECK_INT(s.alert.cmp, CMP_AT_LEAST);
    CHECK(s.alert.value > 0.99899 && s.alert.value < 0.99901);
}

TEST(recurrences_name_their_days)
{
    struct statement s = read_under(arena, "Maintenance",
                                    "Window: Third Sunday of the month, 1:00 AM - 3:00 AM UTC");
    CHECK_INT(s.kind, STATEMENT_SCHEDULE);
    CHECK_INT(s.schedule.ordinal, 3);
    CHECK_INT((int)s.schedule.weekdays, 1);
    CHECK_INT(s.schedule.from_minute, 60);
    CHECK_INT(s.schedule.to_minute, 180);
    s = read_under(arena, "Backups", "Full Database: Daily at 2 AM UTC");
    CHECK(s.schedule.timed);
    CHECK_INT(s.schedule.from_minute, 120);
    s = read_under(arena, "Jobs", "Cleanup: `10 4 * * *` UTC");
    CHECK_STR(s.schedule.cron, "10 4 * * *");
    s = read_under(arena, "Reviews", "Post-mortem mandatory within 48 hours of resolution");
    CHECK_INT(s.schedule.form, SCHEDULE_DEADLINE);
    CHECK_STR(s.schedule.since, "resolution");
}

TEST(tables_of_escalations_frequencies_and_thresholds)
{
    struct program *program = read_lines(
        arena, "# Ladder\n\n| Severity | First Responder | Escalate After | Escalate To |\n"
               "|---|---|---|---|\n| P1 | On-call | 15 min | Lead |\n\n"
               "# Keys\n\n| Secret | Rotation Frequency | Last |\n|---|---|---|\n"
               "| API key | Quarterly | - |\n\n"
               "# Thresholds\n\n| Alert | Threshold | Action |\n|---|---|---|\n"
               "| Auth failures | >1% login errors | Page |\n"
               "| Queue | >500 msgs or >15m age | Page |\n| Spend | >2x daily baseline | Mail |\n");
    const struct statement *s = of_line(program, 5, 0);
    CHECK_INT(s->response.act, DUTY_ESCALATE);
    CHECK_INT(s->response.after_ms, 900000);
    CHECK_STR(s->response.to, "Lead");
    CHECK_STR(s->response.level, "P1");
    CHECK_INT(of_line(program, 11, 0)->schedule.every_months, 3);
    CHECK_STR(of_line(program, 11, 0)->schedule.what, "API key");
    CHECK_STR(of_line(program, 17, 0)->alert.metric, "Auth failures: login errors");
    CHECK(of_line(program, 18, 1)->alert.value == 900);
    CHECK_STR(of_line(program, 18, 1)->alert.metric, "Queue: age");
    CHECK_INT(of_line(program, 19, 0)->kind, STATEMENT_UNCLEAR);
}

TEST(who_must_be_told)
{
    struct program *program =
        read_lines(arena, "# Security incidents\n\n- For all S1 incidents, the legal team must "
                          "immediately be notified.\n- P1: Page on-call, Slack #incidents\n"
                          "- Support response: P1 30m, P2 1 business day\n");
    const struct statement *s = of_line(program, 3, 0);
    CHECK_INT(s->response.act, DUTY_NOTIFY);
    CHECK_STR(s->response.to, "legal team");
    CHECK_STR(s->response.level, "S1");
    CHECK_INT(of_line(program, 4, 0)->response.act, DUTY_PAGE);
    CHECK_STR(of_line(program, 4, 1)->response.to, "Slack #incidents");
    CHECK_INT(of_line(program, 5, 0)->response.after_ms, 1800000);
    CHECK_INT(of_line(program, 5, 1)->response.working_days, 1);
}

TEST(boxes_state_conditions_or_tell_what_to_do)
{
    struct program *program = read_lines(
        arena, "# Before\n\n- [ ] Users can log in\n- [ ] Backup created (for releases)\n"
               "- [ ] Update documentation if needed\n- [ ] Deploy to staging\n");
    CHECK_INT(of_line(program, 3, 0)->kind, STATEMENT_CHECK);
    CHECK_INT(of_line(program, 4, 0)->kind, STATEMENT_CHECK);
    CHECK_INT(of_line(program, 5, 0)->kind, STATEMENT_STEP);
    CHECK_INT(of_line(program, 6, 0)->kind, STATEMENT_STEP);
}

TEST(dates_notices_and_what_goes_away)
{
    struct program *program = read_lines(
        arena, "# Freeze\n\n- Period: December 20 - January 2, July 1 - July 7\n"
               "- Action: Advance notice in-app and via email 48 hours before\n"
               "- Action: 2-week advance notice + 48-hour reminder\n"
               "- Raw pages purged at 30 days, findings kept\n- Period: may 3 - July 7\n");
    CHECK_INT(of_line(program, 3, 0)->schedule.from_date, 1220);
    CHECK_INT(of_line(program, 3, 0)->schedule.to_date, 102);
    CHECK_INT(of_line(program, 3, 1)->schedule.from_date, 701);
    CHECK_INT(of_line(program, 4, 0)->schedule.form, SCHEDULE_NOTICE);
    CHECK_INT(of_line(program, 4, 0)->schedule.length_ms, 172800000);
    CHECK_INT(of_line(program, 5, 0)->schedule.length_ms, 1209600000);
    CHECK_INT(of_line(program, 5, 1)->schedule.length_ms, 172800000);
    CHECK_INT(of_line(program, 6, 0)->schedule.form, SCHEDULE_RETENTION);
    CHECK_INT(of_line(program, 7, 0)->kind, STATEMENT_GUIDANCE);
}

TEST(conditions_in_brackets_and_responses_behind_a_severity)
{
    struct program *program = read_lines(
        arena, "# Alarms\n\n- Target health (unhealthy host count > 0).\n\n# Severities\n\n"
               "- P1 (Critical): Outage for >50% of users \xE2\x80\x94 immediate response\n");
    CHECK_INT(of_line(program, 3, 0)->kind, STATEMENT_ALERT);
    CHECK_STR(of_line(program, 3, 0)->alert.metric, "Target health: unhealthy host count");
    CHECK_INT(of_line(program, 7, 0)->kind, STATEMENT_SEVERITY);
    CHECK_INT(of_line(program, 7, 1)->kind, STATEMENT_RESPONSE);
    CHECK_INT(of_line(program, 7, 1)->response.after_ms, 0);
}

/* A limit that the signal can never have is no rule, whatever its form. */
TEST(limits_fit_what_is_measured)
{
    static const char *const never[] = {"Error rate > 5 for 5 minutes",
                                        "Error rate > 500% for 5 minutes",
                                        "Memory usage > 80 GB for 5 minutes",
                                        "Response time p195 > 5 seconds",
                                        "Disk usage > 80 ms",
                                        "Response time p95 > 5%",
                                        "Failed auth attempts > 10% in 5 minutes",
                                        "Token usage > 90% of the moon",
                                        "Disk usage < 200%",
                                        "Disk usage p95 > 80%",
                                        "Response time p95 > 5",
                                        NULL};
    for (int i = 0; never[i]; i++) {
        struct statement s = read_under(arena, "Critical Alerts", never[i]);
        if (s.kind != STATEMENT_UNCLEAR)
            test_fail(__FILE__, __LINE__, "understood as %s: %s", statement_kind_name(s.kind),
                      never[i]);
        if (str_find(s.meaning, "for example: \"Error rate > 5 for", 0) < s.meaning.n)
            test_fail(__FILE__, __LINE__, "suggests nonsense: %s", never[i]);
    }
    CHECK_INT(read_under(arena, "Critical Alerts", "TODO: Error rate > 5% for 5 minutes").kind,
              STATEMENT_GUIDANCE);
    CHECK_INT(read_under(arena, "Critical Alerts", "Error rate never > 5% for 5 minutes").kind,
              STATEMENT_UNCLEAR);
}

/* The same words with other blanks, dashes, line ends and wide letters mean the same. */
TEST(variants_of_a_sign_change_nothing)
{
    static const char *const variants[] = {"Error rate\xC2\xA0> 5% for 5 minutes",
                                           "Error rate \xEF\xBC\x9E \xEF\xBC\x95% for 5 minutes",
                                           "**Error rate** > 5% for 5 minutes",
                                           "Error rate > 5%\xE2\x80\xAF"
                                           "for 5 minutes",
                                           NULL};
    for (int i = 0; variants[i]; i++) {
        struct statement s = read_under(arena, "Critical Alerts", variants[i]);
        if (strstr(variants[i], "**"))
            continue; /* emphasis is the Markdown reader's */
        CHECK_INT(s.kind, STATEMENT_ALERT);
        CHECK(s.alert.value == 0.05);
        CHECK_INT(s.alert.window_ms, 300000);
        CHECK_STR(s.alert.signal, "error rate");
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

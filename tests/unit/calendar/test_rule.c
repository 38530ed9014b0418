/* test_rule.c - recurrence rules: month ends, leap days, clock changes, holidays, the last year. */
#include "harness/test.h"

#include "base/limits.h"
#include "calendar/rule.h"

#include <stdio.h>

#define ON(day)     (1u << (day))
#define SINCE(text) .anchored = true, .anchor = at(text)

static struct instant at(const char *text)
{
    struct instant instant = {0};
    char whole[32];
    (void)snprintf(whole, sizeof whole, "%s:00Z", text);
    CHECK(instant_parse(str_of(whole), &instant));
    return instant;
}

static const struct zone *zone_named(struct arena *arena, const char *name)
{
    const struct zone *zone = NULL;
    struct err err = {0};
    struct str path = str_printf(arena, "/usr/share/zoneinfo/%s", name);
    CHECK_OK(zone_parse(arena, str_of(name), test_read_file(arena, path), &zone, &err), &err);
    return zone;
}

static struct calendar utc_calendar(void)
{
    return (struct calendar){.zone = zone_utc()};
}

static struct calendar calendar_in(struct arena *arena, const char *name)
{
    return (struct calendar){.zone = zone_named(arena, name)};
}

static void check_at(struct instant got, const char *want)
{
    char text[INSTANT_TEXT_BYTES];
    instant_write(got, text);
    CHECK_STR(str_slice(str_of(text), 0, 16), want);
}

static void check_next(const struct recurrence_rule *rule, const struct calendar *calendar,
                       const char *after, const char *want)
{
    struct window_span span;
    struct err err = {0};
    CHECK_OK(rule_find_next(rule, calendar, at(after), &span, &err), &err);
    check_at(span.from, want);
}

/* want is "FROM/TO" of the occurrence that contains when, or of the next one. */
static void check_span(const struct recurrence_rule *rule, const struct calendar *calendar,
                       const char *when, const char *want, bool inside)
{
    struct rule_span found;
    struct err err = {0};
    char from[INSTANT_TEXT_BYTES];
    char to[INSTANT_TEXT_BYTES];
    char text[64];
    CHECK_OK(rule_find_span(rule, calendar, at(when), &found, &err), &err);
    instant_write(found.span.from, from);
    instant_write(found.span.to, to);
    (void)snprintf(text, sizeof text, "%.16s/%.16s", from, to);
    CHECK_STR(str_of(text), want);
    CHECK(found.inside == inside);
}

static void check_due(const struct recurrence_rule *rule, const struct calendar *calendar,
                      const char *last_done, const char *want)
{
    struct instant due;
    struct err err = {0};
    CHECK_OK(rule_find_due(rule, calendar,
                           (struct rule_times){at(last_done), at("2026-11-23T00:00")}, &due, &err),
             &err);
    check_at(due, want);
}

static struct recurrence_rule cron_rule(const char *text)
{
    struct recurrence_rule rule = {.unit = RULE_CRON};
    struct err err = {0};
    CHECK_OK(cron_parse(str_of(text), &rule.cron, &err), &err);
    return rule;
}

TEST(month_ends_and_leap_days)
{
    struct calendar utc = utc_calendar();
    struct recurrence_rule monthly = {.unit = RULE_MONTHS, .every = 1, SINCE("2026-01-31T10:00")};
    check_next(&monthly, &utc, "2026-01-31T10:00", "2026-02-28T10:00");
    check_next(&monthly, &utc, "2026-02-28T10:00", "2026-03-31T10:00");
    check_next(&monthly, &utc, "2028-02-01T00:00", "2028-02-29T10:00");
    check_next(&monthly, &utc, "2020-01-01T00:00", "2026-01-31T10:00");
    struct recurrence_rule yearly = {.unit = RULE_MONTHS, .every = 12, SINCE("2028-02-29T10:00")};
    check_next(&yearly, &utc, "2028-02-29T10:00", "2029-02-28T10:00");
    check_next(&yearly, &utc, "2031-03-01T00:00", "2032-02-29T10:00");
    struct recurrence_rule old = {.unit = RULE_MONTHS, .every = 3, SINCE("1904-02-29T23:59")};
    check_next(&old, &utc, "1909-12-31T00:00", "1910-02-28T23:59");
    struct recurrence_rule last = {
        .unit = RULE_MONTHS, .every = 1, .weekdays = ON(5), .ordinal = -1};
    check_next(&last, &utc, "1969-12-01T00:00", "1969-12-26T00:00");
}

TEST(the_last_year)
{
    struct calendar utc = utc_calendar();
    struct recurrence_rule yearly = {.unit = RULE_MONTHS, .every = 12, SINCE("9990-12-31T10:00")};
    struct window_span span = {{7}, {7}};
    struct rule_span found;
    struct err err = {0};
    check_next(&yearly, &utc, "9998-12-31T10:00", "9999-12-31T10:00");
    CHECK(!rule_find_next(&yearly, &utc, at("9999-12-31T10:00"), &span, &err));
    CHECK_STR(str_of(err.text),
              "The recurrence does not come again within the 16384 days that are looked at, or "
              "before the year 9999 ends. Check its days and dates.");
    CHECK(!rule_find_span(&yearly, &utc, (struct instant){INT64_MAX}, &found, &err));
    CHECK_INT(span.from.us, 7);
    struct recurrence_rule hours = {
        .unit = RULE_LENGTH, .length_ms = 6 * 3600000, SINCE("9999-12-31T00:00")};
    CHECK(!rule_find_next(&hours, &utc, at("9999-12-31T18:00"), &span, &err));
    CHECK_OK(rule_find_next(&yearly, &utc, (struct instant){INT64_MIN}, &span, &err), &err);
    CHECK_INT(span.from.us, at("9990-12-31T10:00").us);
}

TEST(every_unit_ends_with_the_calendar)
{
    struct calendar utc = utc_calendar();
    struct recurrence_rule rules[] = {
        {.unit = RULE_DAYS, .every = 1},
        {.unit = RULE_WEEKS, .every = 1, .weekdays = ON(1)},
        {.unit = RULE_MONTHS, .every = 1, .weekdays = ON(1), .ordinal = 5},
        {.unit = RULE_DATES, .from_date = 1220, .to_date = 102},
        cron_rule("0 9 * * *"),
        cron_rule("0 * * * *")};
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct window_span span;
        struct err err = {0};
        CHECK(!rule_find_next(&rules[i], &utc, at("9999-12-31T23:30"), &span, &err));
        CHECK(str_starts(str_of(err.text), "The recurrence does not come again"));
    }
}

TEST(nothing_comes_before_the_anchor)
{
    struct calendar utc = utc_calendar();
    struct recurrence_rule daily = {.unit = RULE_DAYS,
                                    .every = 1,
                                    .timed = true,
                                    .from_minute = 540,
                                    SINCE("2026-11-23T14:00")};
    check_next(&daily, &utc, "2026-11-22T00:00", "2026-11-24T09:00");
    struct recurrence_rule cron = cron_rule("0 9,14 * * *");
    cron.anchored = true;
    cron.anchor = at("2026-11-23T14:00");
    check_next(&cron, &utc, "2026-11-22T00:00", "2026-11-23T14:00");
    struct recurrence_rule hours = {
        .unit = RULE_LENGTH, .length_ms = 3600000, SINCE("2026-11-23T14:30")};
    check_span(&hours, &utc, "2026-11-22T00:00", "2026-11-23T14:30/2026-11-23T14:30", false);
    check_span(&hours, &utc, "2026-11-23T15:30", "2026-11-23T15:30/2026-11-23T15:30", true);
}

TEST(every_so_many_days_and_weeks)
{
    struct calendar utc = utc_calendar();
    struct recurrence_rule days = {.unit = RULE_DAYS, .every = 90, SINCE("2026-01-01T08:30")};
    check_next(&days, &utc, "2026-01-01T08:30", "2026-04-01T08:30");
    check_next(&days, &utc, "2026-01-01T08:29", "2026-01-01T08:30");
    struct recurrence_rule weeks = {.unit = RULE_WEEKS,
                                    .every = 2,
                                    .weekdays = ON(2) | ON(0),
                                    .timed = true,
                                    .from_minute = 720,
                                    SINCE("2026-11-26T00:00")}; /* a Thursday */
    check_next(&weeks, &utc, "2026-11-26T00:00", "2026-11-29T12:00");
    check_next(&weeks, &utc, "2026-11-29T12:00", "2026-12-08T12:00");
    struct recurrence_rule same = {.unit = RULE_WEEKS, .every = 1, SINCE("2026-11-26T07:00")};
    check_next(&same, &utc, "2026-11-26T07:00", "2026-12-03T07:00");
    struct recurrence_rule length = {
        .unit = RULE_LENGTH, .length_ms = 6 * 3600000, SINCE("2026-03-08T05:00")};
    struct calendar new_york = {.zone = zone_named(arena, "America/New_York")};
    check_next(&length, &new_york, "2026-03-08T05:00", "2026-03-08T11:00");
}

TEST(windows_through_clock_changes)
{
    struct calendar new_york = calendar_in(arena, "America/New_York");
    struct recurrence_rule sunday = {.unit = RULE_WEEKS,
                                     .every = 1,
                                     .weekdays = ON(0),
                                     .timed = true,
                                     .window = true,
                                     .from_minute = 120,
                                     .to_minute = 240};
    check_span(&sunday, &new_york, "2026-03-07T00:00", "2026-03-08T07:00/2026-03-08T08:00",
               false); /* an hour of it is skipped */
    check_span(&sunday, &new_york, "2026-03-15T07:59", "2026-03-15T06:00/2026-03-15T08:00", true);
    struct recurrence_rule early = sunday;
    early.from_minute = 60;
    early.to_minute = 120;
    check_span(&early, &new_york, "2026-11-01T06:59", "2026-11-01T05:00/2026-11-01T07:00",
               true); /* the hour comes twice */
    early.from_minute = 130;
    early.to_minute = 170; /* whole in the gap: the next one is a week later */
    check_span(&early, &new_york, "2026-03-08T06:00", "2026-03-15T06:10/2026-03-15T06:50", false);
    struct recurrence_rule night = {.unit = RULE_DAYS,
                                    .every = 1,
                                    .timed = true,
                                    .window = true,
                                    .from_minute = 1380,
                                    .to_minute = 60};
    check_span(&night, &new_york, "2026-07-02T04:59", "2026-07-02T03:00/2026-07-02T05:00", true);
    check_span(&night, &new_york, "2026-07-02T05:00", "2026-07-03T03:00/2026-07-03T05:00", false);
    night.to_minute = 1440;
    check_span(&night, &new_york, "2026-07-02T03:30", "2026-07-02T03:00/2026-07-02T04:00", true);
}

TEST(moments_through_clock_changes)
{
    struct calendar new_york = calendar_in(arena, "America/New_York");
    struct recurrence_rule daily = {
        .unit = RULE_DAYS, .every = 1, .timed = true, .from_minute = 150};
    check_next(&daily, &new_york, "2026-03-07T07:30", "2026-03-08T07:00");
    check_next(&daily, &new_york, "2026-03-08T07:00", "2026-03-09T06:30");
    daily.from_minute = 90;
    check_next(&daily, &new_york, "2026-11-01T05:29", "2026-11-01T05:30");
    check_next(&daily, &new_york, "2026-11-01T05:30", "2026-11-02T06:30");
    check_span(&daily, &new_york, "2026-11-01T05:30", "2026-11-01T05:30/2026-11-01T05:30", true);
    /* Samoa had no 30 December 2011: a moment comes as soon as it can, a whole day not at all. */
    struct calendar apia = calendar_in(arena, "Pacific/Apia");
    struct recurrence_rule friday = {
        .unit = RULE_WEEKS, .every = 1, .weekdays = ON(5), .timed = true, .from_minute = 540};
    check_next(&friday, &apia, "2011-12-29T00:00", "2011-12-30T10:00");
    friday.timed = false;
    check_span(&friday, &apia, "2011-12-29T00:00", "2012-01-05T10:00/2012-01-06T10:00", false);
    struct calendar sao_paulo = calendar_in(arena, "America/Sao_Paulo");
    struct recurrence_rule day = {.unit = RULE_DAYS, .every = 1}; /* its midnight is skipped */
    check_span(&day, &sao_paulo, "2018-11-04T12:00", "2018-11-04T03:00/2018-11-05T02:00", true);
}

TEST(cron_through_clock_changes)
{
    struct calendar new_york = calendar_in(arena, "America/New_York");
    struct recurrence_rule fixed = cron_rule("30 2 * * *");
    check_next(&fixed, &new_york, "2026-03-08T06:00", "2026-03-08T07:00");
    check_next(&fixed, &new_york, "2026-03-08T07:00", "2026-03-09T06:30");
    struct recurrence_rule twice = cron_rule("15,45 1 * * *");
    check_next(&twice, &new_york, "2026-11-01T05:15", "2026-11-01T05:45");
    check_next(&twice, &new_york, "2026-11-01T05:45", "2026-11-02T06:15");
    /* In every hour it follows the clock: the hour that comes twice is served twice. */
    struct recurrence_rule hourly = cron_rule("*/30 * * * *");
    check_next(&hourly, &new_york, "2026-11-01T05:30", "2026-11-01T06:00");
    check_next(&hourly, &new_york, "2026-11-01T06:00", "2026-11-01T06:30");
    check_next(&hourly, &new_york, "2026-03-08T06:30", "2026-03-08T07:00");
    struct recurrence_rule mondays = cron_rule("5 * * * mon");
    check_next(&mondays, &new_york, "2026-11-01T06:10", "2026-11-02T05:05");
    /* St. John's went from 00:01 back to 23:01 of the day before: that day's end came twice. */
    struct calendar st_johns = calendar_in(arena, "America/St_Johns");
    struct recurrence_rule sundays = cron_rule("0 * * * 1");
    check_next(&sundays, &st_johns, "2010-11-07T03:00", "2010-11-08T03:30");
    struct recurrence_rule seven = cron_rule("0 * 7 11 *");
    check_next(&seven, &st_johns, "2010-11-07T02:29", "2010-11-07T02:30");
    check_next(&seven, &st_johns, "2010-11-07T02:31", "2010-11-07T03:30");
    struct recurrence_rule leap = cron_rule("0 0 29 2 *");
    check_next(&leap, &new_york, "2096-03-01T00:00", "2104-02-29T05:00");
    struct recurrence_rule leap_sunday = cron_rule("0 0 29 2 */7"); /* forty years apart at most */
    check_next(&leap_sunday, &new_york, "2076-03-01T00:00", "2088-02-29T05:00");
}

TEST(spans_of_dates)
{
    struct calendar dublin = calendar_in(arena, "Europe/Dublin");
    struct recurrence_rule freeze = {.unit = RULE_DATES, .from_date = 1220, .to_date = 102};
    check_span(&freeze, &dublin, "2026-01-02T23:59", "2025-12-20T00:00/2026-01-03T00:00", true);
    check_span(&freeze, &dublin, "2026-01-03T00:00", "2026-12-20T00:00/2027-01-03T00:00", false);
    check_next(&freeze, &dublin, "2026-12-20T00:00", "2027-12-20T00:00");
    struct recurrence_rule leap = {.unit = RULE_DATES, .from_date = 229, .to_date = 229};
    check_span(&leap, &dublin, "2027-01-01T00:00", "2027-02-28T00:00/2027-03-01T00:00", false);
    struct recurrence_rule july = {.unit = RULE_DATES, .from_date = 701, .to_date = 707};
    check_span(&july, &dublin, "2026-07-05T00:00", "2026-06-30T23:00/2026-07-07T23:00", true);
}

TEST(due_by_when_it_was_last_done)
{
    struct calendar utc = utc_calendar();
    struct calendar new_york = calendar_in(arena, "America/New_York");
    struct recurrence_rule days = {.unit = RULE_DAYS, .every = 90};
    check_due(&days, &utc, "2026-01-01T14:37", "2026-04-01T14:37");
    check_due(&days, &new_york, "2026-01-01T15:00", "2026-04-01T14:00"); /* 10:00 on the wall */
    struct recurrence_rule quarterly = {.unit = RULE_MONTHS, .every = 3};
    check_due(&quarterly, &utc, "2026-11-30T10:00", "2027-02-28T10:00");
    struct recurrence_rule timed = {
        .unit = RULE_DAYS, .every = 90, .timed = true, .from_minute = 540};
    check_due(&timed, &utc, "2026-01-01T08:00", "2026-04-01T09:00");
    struct recurrence_rule daily = {.unit = RULE_DAYS, .every = 1};
    check_due(&daily, &utc, "2026-11-22T14:00", "2026-11-23T14:00");
    struct recurrence_rule sunday = {.unit = RULE_WEEKS, .every = 1, .weekdays = ON(0)};
    check_due(&sunday, &utc, "2026-11-21T14:00", "2026-11-22T00:00");
    struct recurrence_rule hours = {.unit = RULE_LENGTH, .length_ms = 5 * 3600000};
    check_due(&hours, &utc, "2026-11-21T14:00", "2026-11-21T19:00");
    struct instant due;
    struct err err = {0};
    struct rule_times never = {{0}, at("2026-11-23T01:00")};
    CHECK_OK(rule_find_due(&days, &utc, never, &due, &err), &err);
    check_at(due, "2026-11-23T01:00");
    struct recurrence_rule none = {.unit = RULE_DAYS};
    CHECK(!rule_find_due(&none, &utc, never, &due, &err));
}

TEST(business_days)
{
    static const struct civil holidays[] = {{.year = 2026, .month = 12, .day = 28},
                                            {.year = 2026, .month = 12, .day = 25}};
    struct calendar calendar;
    struct err err = {0};
    struct instant found;
    CHECK_OK(calendar_make(arena, zone_utc(), (struct holidays){holidays, 2}, &calendar, &err),
             &err);
    CHECK(!calendar_is_business_day(&calendar, holidays[0]));
    CHECK(
        calendar_is_business_day(&calendar, (struct civil){.year = 2026, .month = 12, .day = 24}));
    CHECK_OK(calendar_add_business_days(&calendar, at("2026-12-24T15:00"), 1, &found, &err), &err);
    check_at(found, "2026-12-29T15:00");
    CHECK_OK(calendar_add_business_days(&calendar, at("2026-12-26T15:00"), 2, &found, &err), &err);
    check_at(found, "2026-12-30T15:00");
    CHECK_OK(calendar_add_business_days(&calendar, at("2026-12-26T15:00"), 0, &found, &err), &err);
    check_at(found, "2026-12-26T15:00");
    struct recurrence_rule each = {
        .unit = RULE_DAYS, .every = 1, .business_days = true, .timed = true, .from_minute = 540};
    check_next(&each, &calendar, "2026-12-24T09:00", "2026-12-29T09:00");
    CHECK_OK(calendar_add_business_days(&calendar, at("2026-12-24T15:00"), LIMIT_BUSINESS_DAYS,
                                        &found, &err),
             &err);
    CHECK(!calendar_add_business_days(&calendar, at("2026-12-24T15:00"), LIMIT_BUSINESS_DAYS + 1,
                                      &found, &err));
    CHECK(!calendar_add_business_days(&calendar, at("2026-12-24T15:00"), -1, &found, &err));
    struct civil *many = arena_array(arena, LIMIT_HOLIDAYS + 1, sizeof *many);
    for (int i = 0; i <= LIMIT_HOLIDAYS; i++)
        many[i] = holidays[0];
    CHECK_OK(
        calendar_make(arena, zone_utc(), (struct holidays){many, LIMIT_HOLIDAYS}, &calendar, &err),
        &err);
    CHECK(!calendar_make(arena, zone_utc(), (struct holidays){many, LIMIT_HOLIDAYS + 1}, &calendar,
                         &err));
    CHECK_STR(str_of(err.text),
              "There are 1001 holidays, and 1000 can be kept. Leave out those of past years.");
}

TEST(lists)
{
    struct calendar utc = utc_calendar();
    struct recurrence_rule tuesday = {
        .unit = RULE_MONTHS, .every = 1, .weekdays = ON(2), .ordinal = 2};
    struct window_span year = {at("2026-01-13T00:00"), at("2026-12-08T00:00")};
    struct window_spans spans = {.arena = arena};
    struct err err = {0};
    CHECK_OK(rule_list(&tuesday, &utc, year, &spans, &err), &err);
    CHECK_INT(spans.count, 11); /* the first instant is in, the last is not */
    check_at(spans.items[0].from, "2026-01-13T00:00");
    check_at(spans.items[10].from, "2026-11-10T00:00");
    struct window_span none = {at("2026-01-14T00:00"), at("2026-01-15T00:00")};
    CHECK_OK(rule_list(&tuesday, &utc, none, &spans, &err), &err);
    CHECK_INT(spans.count, 0);
    struct window_span end = {at("9999-12-01T00:00"), {INT64_MAX}};
    CHECK_OK(rule_list(&tuesday, &utc, end, &spans, &err), &err);
    CHECK_INT(spans.count, 1);
    struct recurrence_rule minutes = cron_rule("* * * * *");
    struct window_span week = {at("2026-01-01T00:00"), at("2026-01-07T22:40")};
    CHECK_OK(rule_list(&minutes, &utc, week, &spans, &err), &err);
    CHECK_INT(spans.count, LIMIT_OCCURRENCES);
    week.to = at("2026-01-07T22:41");
    CHECK(!rule_list(&minutes, &utc, week, &spans, &err));
}

TEST(rules_refused)
{
    struct calendar utc = utc_calendar();
    struct recurrence_rule bad[] = {
        {.unit = RULE_DAYS},
        {.unit = RULE_DAYS, .every = -1},
        {.unit = RULE_DAYS, .every = 1000000, SINCE("2026-01-01T00:00")},
        {.unit = RULE_LENGTH, SINCE("2026-01-01T00:00")},
        {.unit = RULE_LENGTH, .length_ms = INT64_MAX, SINCE("2026-01-01T00:00")},
        {.unit = RULE_WEEKS, .every = 1, .weekdays = 0x80},
        {.unit = RULE_MONTHS, .every = 1, .weekdays = 1, .ordinal = 6},
        {.unit = RULE_MONTHS, .every = 1, .weekdays = 1, .ordinal = -2},
        {.unit = RULE_WEEKS, .every = 1, .weekdays = 1, .ordinal = 1},
        {.unit = RULE_MONTHS, .every = 1, .ordinal = 1, SINCE("2026-01-01T00:00")},
        {.unit = RULE_DAYS, .every = 1, .timed = true, .from_minute = 1440},
        {.unit = RULE_DAYS, .every = 1, .timed = true, .from_minute = -1},
        {.unit = RULE_DAYS, .every = 1, .timed = true, .window = true, .to_minute = 1441},
        {.unit = RULE_DAYS, .every = 1, .window = true, .to_minute = 60},
        {.unit = RULE_DATES, .from_date = 230, .to_date = 301},
        {.unit = RULE_DATES, .from_date = 101, .to_date = 1301},
        {.unit = RULE_DAYS, .every = 2, .anchored = true, .anchor = {INT64_MAX}}};
    struct window_span span;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err err = {0};
        CHECK(!rule_find_next(&bad[i], &utc, at("2026-01-01T00:00"), &span, &err));
        CHECK(err.kind == ERR_USAGE && str_ends(str_of(err.text), "."));
    }
    struct rule_span found;
    struct recurrence_rule loose[] = {{.unit = RULE_LENGTH, .length_ms = 1},
                                      {.unit = RULE_DAYS, .every = 2},
                                      {.unit = RULE_WEEKS, .every = 1},
                                      {.unit = RULE_MONTHS, .every = 3, .weekdays = 1}};
    for (size_t i = 0; i < sizeof loose / sizeof loose[0]; i++) {
        struct err err = {0};
        CHECK(rule_needs_anchor(&loose[i]));
        CHECK(!rule_find_span(&loose[i], &utc, at("2026-01-01T00:00"), &found, &err));
        CHECK_STR(str_of(err.text), "The recurrence has no day to count from. Name a weekday, or "
                                    "record when it was last done.");
    }
}

/* A rule whose day never comes ends by the limit, not by the clock of whoever waits. */
TEST(a_day_that_never_comes)
{
    struct calendar utc = utc_calendar();
    struct recurrence_rule never = {
        .unit = RULE_DAYS, .every = 7, .weekdays = ON(1), SINCE("2026-11-29T00:00")};
    struct window_span span;
    struct err err = {0};
    CHECK(!rule_find_next(&never, &utc, at("2026-11-29T00:00"), &span, &err));
    CHECK(str_starts(str_of(err.text), "The recurrence does not come again"));
}

/* test_calendar.c - the calendar beside libical: thirty years, ten zones, the recurrences of the
 * language, each with the RFC 5545 rule that the contract of `reeve check --json` gives out.
 *
 * Both read the system's zone data. They differ by design in two places, each checked here to the
 * second: a time that a clock change skips (libical reads it with the offset that holds afterwards
 * and lands before the gap; here it is the moment after the gap), and a time that comes twice
 * (libical takes the second, RFC 5545 section 3.3.5 and Reeve the first). Besides, libical guesses
 * yearly rules from the zone's table and is wrong where a year does not follow them (its issue
 * 478); there the C library, which reads the same table, is the judge. */
#include "harness/test.h"

#include "calendar/rule.h"
#include "runbook/contract.h"

#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FIRST_YEAR = 2005, YEARS = 30, HOUR_S = 3600, SAMPLE_S = 3 * HOUR_S + 17 };

static const char *const zone_names[] = {"Europe/Dublin",       "America/New_York",
                                         "America/Los_Angeles", "Asia/Kolkata",
                                         "Asia/Tokyo",          "Australia/Lord_Howe",
                                         "Africa/Casablanca",   "America/Sao_Paulo",
                                         "Pacific/Chatham",     "UTC"};
enum { ZONES = sizeof zone_names / sizeof zone_names[0] };

/* A sentence, and the RFC 5545 rule that it is, stated by hand. */
struct recurrence_case {
    const char *sentence, *rule;
    bool anchored; /* counted from 2005-01-15, 10:00 on the wall */
};

struct tally {
    long compared, skipped, twice, judged; /* judged: libical's zone is wrong there */
};

struct pair {
    const struct zone *zone;
    icaltimezone *ical;
};

static struct pair make_pair(struct arena *arena, const char *name)
{
    struct pair pair = {NULL, NULL};
    struct err err = {0};
    struct str path = str_printf(arena, "/usr/share/zoneinfo/%s", name);
    CHECK_OK(zone_parse(arena, str_of(name), test_read_file(arena, path), &pair.zone, &err), &err);
    pair.ical = strcmp(name, "UTC") == 0 ? icaltimezone_get_utc_timezone()
                                         : icaltimezone_get_builtin_timezone(name);
    CHECK(pair.ical != NULL);
    CHECK_INT(setenv("TZ", name, 1), 0);
    tzset();
    return pair;
}

static int64_t seconds_of(struct instant at)
{
    return at.us / 1000000;
}

static struct instant instant_of_year(int year)
{
    return instant_of_civil((struct civil){.year = year, .month = 1, .day = 1});
}

/* The C library's offset in the zone of the pair made last. */
static int judge_offset(int64_t at_s)
{
    time_t at = (time_t)at_s;
    struct tm shown;
    CHECK(localtime_r(&at, &shown) != NULL);
    return (int)shown.tm_gmtoff;
}

static void compare_offset(const struct pair *pair, int64_t at_s, struct tally *tally)
{
    struct zone_clock clock;
    int saving = 0;
    icaltimetype utc =
        icaltime_from_timet_with_zone((time_t)at_s, 0, icaltimezone_get_utc_timezone());
    (void)zone_civil(pair->zone, (struct instant){at_s * 1000000}, &clock);
    int want = icaltimezone_get_utc_offset_of_utc_time(pair->ical, &utc, &saving);
    tally->compared++;
    tally->judged += clock.offset_s != want;
    if (clock.offset_s != judge_offset(at_s))
        test_fail(__FILE__, __LINE__, "%.*s at %lld: offset %d, libical %d",
                  STR_ARGS(zone_name(pair->zone)), (long long)at_s, clock.offset_s, want);
}

/* Each instant of a lattice, and the seconds on both sides of every change. */
TEST(offsets_of_ten_zones_over_thirty_years)
{
    struct tally tally = {0};
    long changes = 0;
    for (size_t i = 0; i < ZONES; i++) {
        struct pair pair = make_pair(arena, zone_names[i]);
        int64_t end_s = seconds_of(instant_of_year(FIRST_YEAR + YEARS));
        int64_t at_s = seconds_of(instant_of_year(FIRST_YEAR));
        int64_t change_s = at_s;
        for (; at_s < end_s; at_s += SAMPLE_S)
            compare_offset(&pair, at_s, &tally);
        for (;; changes++) {
            struct zone_span span = zone_find_span(pair.zone, (struct instant){change_s * 1000000});
            if (seconds_of(span.to) >= end_s)
                break;
            change_s = seconds_of(span.to);
            compare_offset(&pair, change_s - 1, &tally);
            compare_offset(&pair, change_s, &tally);
        }
    }
    printf("# %ld offsets compared, %ld clock changes among them; libical is wrong in %ld\n",
           tally.compared, changes, tally.judged);
    CHECK(tally.judged * 100 < tally.compared);
    CHECK(tally.compared > (long)ZONES * YEARS * 2000);
    CHECK(changes > 200);
}

static icaltimetype start_of(bool anchored, const struct schedule_statement *schedule)
{
    icaltimetype start = icaltime_null_time();
    start.year = FIRST_YEAR;
    start.month = 1;
    start.day = anchored ? 15 : 1;
    start.hour = anchored && !schedule->timed ? 10 : schedule->from_minute / 60;
    start.minute = anchored && !schedule->timed ? 0 : schedule->from_minute % 60;
    return start;
}

static struct civil civil_of_ical(icaltimetype time)
{
    return (struct civil){.year = time.year,
                          .month = time.month,
                          .day = time.day,
                          .hour = time.hour,
                          .minute = time.minute,
                          .second = time.second};
}

/* One time on the wall: the same instant, or the one difference that is meant. */
static void compare_moment(const struct pair *pair, icaltimetype wall, struct instant got,
                           struct tally *tally)
{
    int64_t got_s = seconds_of(got);
    int64_t ical_s = icaltime_as_timet_with_zone(wall, pair->ical);
    tally->compared++;
    if (got_s == ical_s)
        return;
    /* Before, both sides of the change next to it: what the wall shows there. */
    struct zone_span after = zone_find_span(pair->zone, got);
    struct zone_clock before;
    int64_t wall_s = seconds_of(instant_of_civil(civil_of_ical(wall)));
    (void)zone_civil(pair->zone, (struct instant){after.from.us - 1}, &before);
    if (got.us == after.from.us && wall_s < got_s + after.clock.offset_s &&
        wall_s >= got_s + before.offset_s && ical_s == wall_s - after.clock.offset_s) {
        tally->skipped++;
        return;
    }
    struct zone_span next = zone_find_span(pair->zone, after.to);
    if (ical_s == wall_s - next.clock.offset_s && got_s == wall_s - after.clock.offset_s &&
        got_s < ical_s && ical_s >= seconds_of(after.to)) {
        tally->twice++;
        return;
    }
    if (judge_offset(ical_s) != wall_s - ical_s && judge_offset(got_s) == wall_s - got_s) {
        tally->judged++;
        return;
    }
    test_fail(__FILE__, __LINE__, "%.*s %s: %lld, libical %lld", STR_ARGS(zone_name(pair->zone)),
              icaltime_as_ical_string(wall), (long long)got_s, (long long)ical_s);
}

/* The sentence goes the whole way: reader, rule of the contract, rule of the calendar. */
static void compare_case(struct arena *arena, const struct recurrence_case *row,
                         const struct pair *pair, struct tally *tally)
{
    struct statement statement;
    struct recurrence_rule rule;
    struct calendar calendar;
    struct err err = {0};
    CHECK_OK(sentence_read(arena, STR(""), str_of(row->sentence), &statement, &err), &err);
    CHECK(statement.kind == STATEMENT_SCHEDULE);
    CHECK_STR(contract_rrule(arena, &statement.schedule), row->rule);
    CHECK_OK(rule_of_schedule(&statement.schedule, &rule, &err), &err);
    CHECK_OK(calendar_make(arena, pair->zone, (struct holidays){NULL, 0}, &calendar, &err), &err);
    struct icalrecurrencetype recurrence = icalrecurrencetype_from_string(row->rule);
    icaltimetype start = start_of(row->anchored, &statement.schedule);
    struct instant begin = zone_instant(pair->zone, civil_of_ical(start), NULL);
    rule.anchored = row->anchored;
    rule.anchor = begin;
    icalrecur_iterator *iterator = icalrecur_iterator_new(recurrence, start);
    CHECK(iterator != NULL);
    struct instant after = {begin.us - 1};
    for (;;) {
        icaltimetype wall = icalrecur_iterator_next(iterator);
        struct window_span span;
        CHECK(!icaltime_is_null_time(wall));
        if (wall.year >= FIRST_YEAR + YEARS)
            break;
        CHECK_OK(rule_find_next(&rule, &calendar, after, &span, &err), &err);
        compare_moment(pair, wall, span.from, tally);
        if (rule.window) {
            icaltimetype end = wall;
            end.hour = rule.to_minute / 60;
            end.minute = rule.to_minute % 60;
            end.day += rule.to_minute <= rule.from_minute;
            compare_moment(pair, icaltime_normalize(end), span.to, tally);
        }
        after = span.from;
    }
    icalrecur_iterator_free(iterator);
}

static const struct recurrence_case cases[] = {
    {"Time: Sunday 2-4 AM UTC", "FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=0", false},
    {"Schedule: second Tuesday of the month, 09:00 UTC",
     "FREQ=MONTHLY;BYDAY=2TU;BYHOUR=9;BYMINUTE=0", false},
    {"Time: first Sunday of the month, 2-4 AM UTC", "FREQ=MONTHLY;BYDAY=1SU;BYHOUR=2;BYMINUTE=0",
     false},
    {"Window: last Friday of the month 22:00-02:00 UTC",
     "FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=22;BYMINUTE=0", false},
    {"Key rotation: quarterly", "FREQ=MONTHLY;INTERVAL=3", true},
    {"Rotation: every 90 days", "FREQ=DAILY;INTERVAL=90", true},
    {"Review: every 2 weeks", "FREQ=WEEKLY;INTERVAL=2", true},
    {"Backup: daily at 02:30 UTC", "FREQ=DAILY;BYHOUR=2;BYMINUTE=30", false},
    {"Backup: daily at 01:30 UTC", "FREQ=DAILY;BYHOUR=1;BYMINUTE=30", false},
    {"Backup: daily at 00:00 UTC", "FREQ=DAILY;BYHOUR=0;BYMINUTE=0", false},
    {"Review: weekdays at 09:00 UTC", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9;BYMINUTE=0",
     false},
    {"Review: monthly", "FREQ=MONTHLY", true},
    {"Drill: yearly", "FREQ=YEARLY", true}};

TEST(recurrences_of_the_language)
{
    struct tally all = {0};
    for (size_t i = 0; i < ZONES; i++) {
        struct pair pair = make_pair(arena, zone_names[i]);
        for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
            struct tally tally = {0};
            compare_case(arena, &cases[k], &pair, &tally);
            CHECK(tally.compared >= YEARS);
            all.compared += tally.compared;
            all.skipped += tally.skipped;
            all.twice += tally.twice;
            all.judged += tally.judged;
        }
    }
    printf("# %ld times compared: %ld skipped by a clock change, %ld that come twice; libical's "
           "zone is wrong in %ld\n",
           all.compared, all.skipped, all.twice, all.judged);
    CHECK(all.judged * 100 < all.compared);
    CHECK(all.skipped > 0);
    CHECK(all.twice > 0);
}

/* Cron and its rule in RFC 5545, where there is one. */
TEST(cron_expressions)
{
    static const char *const rows[][2] = {
        {"15 6 * * 1-5", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=6;BYMINUTE=15"},
        {"0 4 1,15 * *", "FREQ=MONTHLY;BYMONTHDAY=1,15;BYHOUR=4;BYMINUTE=0"},
        {"*/20 8-10 * mar *", "FREQ=DAILY;BYMONTH=3;BYHOUR=8,9,10;BYMINUTE=0,20,40"},
        {"30 5 29 2 *", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=5;BYMINUTE=30"},
        {"0 12 */10 * fri", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=1,11,21,31;BYHOUR=12;BYMINUTE=0"}};
    struct tally tally = {0};
    for (size_t i = 0; i < ZONES; i++) {
        struct pair pair = make_pair(arena, zone_names[i]);
        struct calendar calendar = {.zone = pair.zone};
        for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
            struct recurrence_rule rule = {.unit = RULE_CRON};
            struct err err = {0};
            CHECK_OK(cron_parse(str_of(rows[k][0]), &rule.cron, &err), &err);
            icaltimetype start = icaltime_null_time();
            start.year = FIRST_YEAR;
            start.month = start.day = 1;
            icalrecur_iterator *iterator =
                icalrecur_iterator_new(icalrecurrencetype_from_string(rows[k][1]), start);
            struct instant after = {zone_instant(pair.zone, civil_of_ical(start), NULL).us - 1};
            for (;;) {
                icaltimetype wall = icalrecur_iterator_next(iterator);
                struct window_span span;
                if (icaltime_is_null_time(wall) || wall.year >= FIRST_YEAR + YEARS)
                    break;
                CHECK_OK(rule_find_next(&rule, &calendar, after, &span, &err), &err);
                compare_moment(&pair, wall, span.from, &tally);
                after = span.from;
            }
            icalrecur_iterator_free(iterator);
        }
    }
    printf("# %ld times of cron expressions compared; libical's zone is wrong in %ld\n",
           tally.compared, tally.judged);
    CHECK(tally.judged * 100 < tally.compared);
    CHECK(tally.compared > 100000);
}

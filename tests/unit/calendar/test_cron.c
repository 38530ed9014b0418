/* test_cron.c - what the five fields mean, and what is refused with which words. */
#include "harness/test.h"

#include "calendar/cron.h"

static struct cron parse(const char *text)
{
    struct cron cron = {0};
    struct err err = {0};
    CHECK_OK(cron_parse(str_of(text), &cron, &err), &err);
    return cron;
}

static void check_date(const char *text, int month, int day, bool want)
{
    struct cron cron = parse(text);
    struct civil date = {.year = 2026, .month = month, .day = day};
    date = civil_of(instant_of_civil(date));
    CHECK(cron_has_date(&cron, date) == want);
}

TEST(lists_ranges_steps_and_names)
{
    struct cron cron = parse(" 0,15-20/5  */6 1-31/10 jan,MAR-may  Mon-Fri ");
    CHECK_INT(cron.minutes, 1 | 1 << 15 | 1 << 20);
    CHECK_INT(cron.hours, 1 | 1 << 6 | 1 << 12 | 1 << 18);
    CHECK_INT(cron.days, 1u << 1 | 1u << 11 | 1u << 21 | 1u << 31);
    CHECK_INT(cron.months, 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5);
    CHECK_INT(cron.weekdays, 0x3e);
    CHECK(!cron.any_day && !cron.any_weekday);
    CHECK_INT(parse("* * * * *").minutes, (INT64_C(1) << 60) - 1);
    CHECK_INT(parse("0 0 * * 7").weekdays, 1);
    CHECK_INT(parse("0 0 * * 5-7").weekdays, 0x61);
    CHECK_INT(parse("0 0 * * fri-sun").weekdays, 0x61);
    CHECK_INT(parse("0 0 * * */2").weekdays, 0x55);
    struct cron every = parse("5 0-23 * * *");
    CHECK(cron_is_hourly(&every));
    every = parse("5 0-22 * * *");
    CHECK(!cron_is_hourly(&every));
}

TEST(either_day_is_enough_when_both_are_restricted)
{
    check_date("0 0 13 * 5", 11, 13, true);  /* a Friday, the 13th */
    check_date("0 0 13 * 5", 11, 20, true);  /* a Friday */
    check_date("0 0 13 * 5", 12, 13, true);  /* a Sunday */
    check_date("0 0 13 * 5", 12, 14, false); /* a Monday */
    check_date("0 0 * * 5", 11, 20, true);
    check_date("0 0 * * 5", 12, 13, false);
    check_date("0 0 13 * *", 11, 20, false);
    check_date("0 0 */2 * 5", 11, 20, false); /* begins with "*": both must fit */
    check_date("0 0 */2 * 5", 11, 27, true);
    check_date("0 0 13 11 5", 12, 13, false);
}

TEST(refused)
{
    static const char *const bad[] = {
        "60 * * * *",   "* 24 * * *",  "* * 0 * *",   "* * 32 * *",     "* * * 0 *",
        "* * * 13 *",   "* * * * 8",   "-1 * * * *",  "5-1 * * * *",    "*/0 * * * *",
        "*/-1 * * * *", "*/ * * * *",  "5/2 * * * *", "1,,2 * * * *",   "1, * * * *",
        "a * * * *",    "* * * foo *", "* jan * * *", "1- * * * *",     "+1 * * * *",
        "*/60 * * * *", "** * * * *",  "001 * * * *", "* * * * sat-mon"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct cron cron = {.hours = 7};
        struct err err = {0};
        CHECK(!cron_parse(str_of(bad[i]), &cron, &err));
        CHECK_INT(cron.hours, 7);
    }
}

static void check_refused(const char *text, const char *want)
{
    struct cron cron;
    struct err err = {0};
    CHECK(!cron_parse(str_of(text), &cron, &err));
    CHECK_STR(str_of(err.text), want);
}

TEST(refused_in_words)
{
    check_refused("0 25 * * *", "The hour \"25\" of the cron expression cannot be read. Write "
                                "numbers from 0 to 23, ranges like \"0-23\", steps like \"*/5\".");
    check_refused("0 2 * *", "A cron expression has five fields, not 4: minute, hour, day of the "
                             "month, month, weekday.");
    check_refused("", "A cron expression has five fields, not 0: minute, hour, day of the month, "
                      "month, weekday.");
    check_refused("0 0 2 * * *",
                  "A cron expression has five fields; \"*\" behind them is one too many.");
    check_refused("0 0 30 2 *", "No year has the dates of the cron expression \"0 0 30 2 *\". "
                                "Check its day of the month and its month.");
    CHECK_INT(parse("0 0 31 4,5 *").days, INT64_C(1) << 31);
    CHECK_INT(parse("0 0 30 2 1").weekdays, 2); /* the Mondays of February */
}

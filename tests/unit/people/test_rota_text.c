/* test_rota_text.c - hand-overs, lengths, dates and windows: what is read, and what is refused. */
#include "harness/test.h"
#include "people/rota_text.h"

TEST(hand_overs)
{
    struct rota_handover found;
    struct err err = {0};
    CHECK_OK(rota_parse_handover(STR("Monday 09:00 Europe/Ljubljana"), &found, &err), &err);
    CHECK_INT(found.weekday, 1);
    CHECK_INT(found.minute, 540);
    CHECK_STR(found.zone, "Europe/Ljubljana");
    CHECK_OK(rota_parse_handover(STR("sun 23:59"), &found, &err), &err);
    CHECK_INT(found.weekday, 0);
    CHECK_INT(found.zone.n, 0);
    CHECK_OK(rota_parse_handover(STR("00:00 UTC"), &found, &err), &err);
    CHECK_INT(found.weekday, -1);
    static const char *const bad[] = {"",         "Monday",   "9:00",
                                      "24:00",    "09:60",    "Mon 09:00 A B",
                                      "Mo 09:00", "09:00:00", "Monday9:00"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(!rota_parse_handover(str_of(bad[i]), &found, &err));
        CHECK(str_find(str_of(err.text), "is no hand-over", 0) < strlen(err.text));
    }
}

TEST(lengths_of_shifts)
{
    int64_t found = 0;
    struct err err = {0};
    CHECK_OK(rota_parse_every(STR("12 hours"), &found, &err), &err);
    CHECK_INT(found, 720);
    CHECK_OK(rota_parse_every(STR("1 day"), &found, &err), &err);
    CHECK_INT(found, ROTA_DAY_MIN);
    CHECK_OK(rota_parse_every(STR("52 Weeks"), &found, &err), &err);
    CHECK_INT(found, 52 * ROTA_WEEK_MIN);
    static const char *const bad[] = {"",         "days",     "0 days",   "-1 days", "53 weeks",
                                      "367 days", "1.5 days", "3 months", "3 days a"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!rota_parse_every(str_of(bad[i]), &found, &err));
    CHECK_INT(found, 52 * ROTA_WEEK_MIN);
}

TEST(dates)
{
    struct rota_date found;
    struct err err = {0};
    CHECK_OK(rota_parse_date(STR("2001-01-01"), &found, &err), &err);
    CHECK_INT(found.wall_min, (int64_t)ROTA_ZERO_DAY * ROTA_DAY_MIN);
    CHECK(!found.is_timed);
    CHECK_OK(rota_parse_date(STR("2024-02-29 09:30"), &found, &err), &err);
    CHECK(found.is_timed);
    static const char *const bad[] = {"2026-02-29",        "2026-13-01", "2026-1-1",
                                      "1969-12-31",        "9999-01-01", "2026-01-01 24:00",
                                      "2026-01-01 09:00 x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!rota_parse_date(str_of(bad[i]), &found, &err));
}

TEST(windows)
{
    struct rota_window found;
    struct err err = {0};
    CHECK_OK(rota_parse_window(STR("Monday-Friday 09:00-17:00"), &found, &err), &err);
    CHECK_INT(found.weekdays, 0x3e);
    CHECK_INT(found.from_minute, 540);
    CHECK_INT(found.to_minute, 1020);
    CHECK_OK(rota_parse_window(STR("Saturday, Sunday"), &found, &err), &err);
    CHECK_INT(found.weekdays, 0x41);
    CHECK_INT(found.to_minute, ROTA_DAY_MIN);
    CHECK_OK(rota_parse_window(STR("Fri-Mon"), &found, &err), &err);
    CHECK_INT(found.weekdays, 0x63);
    CHECK_OK(rota_parse_window(STR("22:00-24:00"), &found, &err), &err);
    CHECK_INT(found.weekdays, 0x7f);
    static const char *const bad[] = {"",
                                      "Monday,",
                                      "09:00",
                                      "09:00-09:00",
                                      "Monday 9-17",
                                      "09:00-17:00 Monday",
                                      "24:00-06:00",
                                      "Monday-Funday",
                                      "09:00-24:01"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!rota_parse_window(str_of(bad[i]), &found, &err));
}

TEST(hand_overs_of_months)
{
    static const struct {
        const char *text;
        int week, weekday, day, minute;
    } good[] = {{"first Monday 09:00 UTC", 1, 1, 0, 540},
                {"the last fri 18:30", 5, 5, 0, 1110},
                {"1st 09:00", 0, -1, 1, 540},
                {"the 22nd 00:00 UTC", 0, -1, 22, 0},
                {"last day 09:00", 0, -1, 31, 540},
                {"31st 09:00", 0, -1, 31, 540}};
    static const char *const bad[] = {"fifth Monday 09:00", "first 09:00", "first day 09:00",
                                      "32nd 09:00",         "31th 09:00",  "11st 09:00",
                                      "0th 09:00",          "1 09:00",     "1st",
                                      "1st Monday 09:00",   "the 09:00x"};
    struct rota_handover found;
    struct err err = {0};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK_OK(rota_parse_handover(str_of(good[i].text), &found, &err), &err);
        CHECK_INT(found.week, good[i].week);
        CHECK_INT(found.weekday, good[i].weekday);
        CHECK_INT(found.day, good[i].day);
        CHECK_INT(found.minute, good[i].minute);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!rota_parse_handover(str_of(bad[i]), &found, &err));
    int months = 0;
    CHECK(rota_parse_months(STR("1 month"), &months) && months == 1);
    CHECK(rota_parse_months(STR("36 months"), &months) && months == 36);
    CHECK(!rota_parse_months(STR("37 months"), &months));
    CHECK(!rota_parse_months(STR("0 months"), &months));
    CHECK(!rota_parse_months(STR("2 weeks"), &months));
}

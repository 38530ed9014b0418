/* test_calendar.c - due dates over month ends and leap years, windows over midnight and week ends.
 */
#include "harness/test.h"

#include "calendar/calendar.h"

static struct instant at(const char *text)
{
    struct instant instant = {0};
    CHECK(instant_parse(str_of(text), &instant));
    return instant;
}

static void due(struct recurrence recurrence, const char *last, const char *want)
{
    struct instant found = {0};
    struct err err = {0};
    char text[INSTANT_TEXT_BYTES];
    CHECK_OK(recurrence_find_due(&recurrence, at(last), at("2026-11-23T00:00:00Z"), &found, &err),
             &err);
    instant_write(found, text);
    CHECK_STR(str_slice(str_of(text), 0, 19), want);
}

static void span(struct weekly_window window, const char *when, const char *from, const char *to,
                 bool in)
{
    struct window_span found;
    struct err err = {0};
    char text[INSTANT_TEXT_BYTES];
    bool inside = !in;
    CHECK_OK(window_find_span(&window, at(when), &found, &inside, &err), &err);
    instant_write(found.from, text);
    CHECK_STR(str_slice(str_of(text), 0, 16), from);
    instant_write(found.to, text);
    CHECK_STR(str_slice(str_of(text), 0, 16), to);
    CHECK(inside == in);
}

TEST(due_after_a_fixed_length)
{
    due((struct recurrence){.every_ms = 86400000}, "2026-02-28T12:00:00Z", "2026-03-01T12:00:00");
    due((struct recurrence){.every_ms = (int64_t)90 * 86400000}, "2026-01-01T00:00:00Z",
        "2026-04-01T00:00:00");
}

TEST(due_after_calendar_months)
{
    due((struct recurrence){.every_months = 3}, "2026-11-23T10:00:00Z", "2027-02-23T10:00:00");
    due((struct recurrence){.every_months = 1}, "2026-01-31T10:00:00Z", "2026-02-28T10:00:00");
    due((struct recurrence){.every_months = 1}, "2028-01-31T10:00:00Z", "2028-02-29T10:00:00");
    due((struct recurrence){.every_months = 12}, "2028-02-29T10:00:00Z", "2029-02-28T10:00:00");
    struct instant back = instant_add_months(at("2026-03-31T00:00:00Z"), -1);
    CHECK_INT(civil_of(back).day, 28);
    CHECK_INT(civil_of(instant_add_months(at("2026-01-15T00:00:00Z"), -1)).year, 2025);
}

TEST(never_done_is_due_now)
{
    struct recurrence recurrence = {.every_months = 3};
    struct instant found = {0};
    struct err err = {0};
    struct instant now = at("2026-11-23T00:00:00Z");
    CHECK_OK(recurrence_find_due(&recurrence, (struct instant){0}, now, &found, &err), &err);
    CHECK_INT(found.us, now.us);
}

TEST(recurrence_refuses)
{
    static const struct recurrence bad[] = {{0, 0},  {1, 1},         {-5, 0},
                                            {0, -1}, {INT64_MAX, 0}, {0, 1000000}};
    struct instant found = {7};
    struct err err = {0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(!recurrence_find_due(&bad[i], at("2026-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z"),
                                   &found, &err));
    CHECK_INT(found.us, 7);
    struct recurrence good = {.every_months = 1};
    CHECK(!recurrence_find_due(&good, at("9999-12-31T00:00:00Z"), at("2026-01-01T00:00:00Z"),
                               &found, &err));
}

TEST(weekly_windows)
{
    struct weekly_window sunday = {0, 120, 240, STR("UTC")}; /* 2026-11-29 is a Sunday */
    span(sunday, "2026-11-23T09:00:00Z", "2026-11-29T02:00", "2026-11-29T04:00", false);
    span(sunday, "2026-11-29T01:59:59Z", "2026-11-29T02:00", "2026-11-29T04:00", false);
    span(sunday, "2026-11-29T02:00:00Z", "2026-11-29T02:00", "2026-11-29T04:00", true);
    span(sunday, "2026-11-29T03:59:59Z", "2026-11-29T02:00", "2026-11-29T04:00", true);
    span(sunday, "2026-11-29T04:00:00Z", "2026-12-06T02:00", "2026-12-06T04:00", false);
}

TEST(windows_over_midnight_and_of_every_day)
{
    struct weekly_window night = {6, 1380, 180, STR("GMT")}; /* Saturday 23:00 to Sunday 03:00 */
    span(night, "2026-11-29T02:59:00Z", "2026-11-28T23:00", "2026-11-29T03:00", true);
    span(night, "2026-11-29T03:00:00Z", "2026-12-05T23:00", "2026-12-06T03:00", false);
    struct weekly_window daily = {-1, 1380, 1440, STR("UTC")};
    span(daily, "2026-12-31T23:30:00Z", "2026-12-31T23:00", "2027-01-01T00:00", true);
    span(daily, "2027-01-01T00:00:00Z", "2027-01-01T23:00", "2027-01-02T00:00", false);
}

TEST(windows_refuse)
{
    struct window_span found;
    struct err err = {0};
    struct weekly_window dublin = {0, 60, 120, STR("Europe/Dublin")};
    CHECK(!window_find_span(&dublin, at("2026-01-01T00:00:00Z"), &found, NULL, &err));
    CHECK_STR(str_of(err.text),
              "The window's zone \"Europe/Dublin\" is not known yet. Write its times in UTC.");
    static const int bad[][3] = {{7, 0, 1},    {-2, 0, 1}, {0, 5, 5},
                                 {0, 1440, 3}, {0, -1, 3}, {0, 3, 1441}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct weekly_window window = {bad[i][0], bad[i][1], bad[i][2], STR("UTC")};
        CHECK(!window_find_span(&window, at("2026-01-01T00:00:00Z"), &found, NULL, &err));
    }
}

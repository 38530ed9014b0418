/* test_moment.c - moments and lengths of time as people write them, on both sides of now. */
#include "base/moment.h"
#include "harness/test.h"

static const struct instant now = {INT64_C(1764432000) * 1000000}; /* 2025-11-29T16:00:00Z */

static struct str read_at(struct arena *arena, const char *words, enum moment_side side)
{
    struct instant at;
    struct err err = {0};
    char text[INSTANT_TEXT_BYTES];
    if (!moment_parse(str_of(words), side, now, &at, &err))
        return str_copy(arena, str_of(err.text));
    instant_write(at, text);
    return str_copy(arena, str_slice(str_of(text), 0, 19));
}

TEST(lengths)
{
    static const struct {
        const char *words;
        int64_t ms;
    } good[] = {{"0s", 0},
                {"250ms", 250},
                {"90s", 90000},
                {"45m", 2700000},
                {"45 min", 2700000},
                {"2h", 7200000},
                {"2 hours", 7200000},
                {"1 day", 86400000},
                {"2w", 1209600000},
                {"36500d", INT64_C(3153600000000)}};
    static const char *const bad[] = {
        "", "s", "5", "-5s", "5x", "1.5h", "1h30m", "36501d", "99999999999999999999d", "5 M", "h5"};
    int64_t ms = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK(span_parse(str_of(good[i].words), &ms));
        CHECK_INT(ms, good[i].ms);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!span_parse(str_of(bad[i]), &ms));
}

TEST(moments_on_both_sides_of_now)
{
    static const struct {
        const char *words, *behind, *ahead;
    } rows[] = {
        {"now", "2025-11-29T16:00:00", "2025-11-29T16:00:00"},
        {"2h", "2025-11-29T14:00:00", "2025-11-29T18:00:00"},
        {" 30 min ", "2025-11-29T15:30:00", "2025-11-29T16:30:00"},
        {"-2h", "2025-11-29T14:00:00", "2025-11-29T14:00:00"},
        {"+2h", "2025-11-29T18:00:00", "2025-11-29T18:00:00"},
        {"15:30", "2025-11-29T15:30:00", "2025-11-30T15:30:00"},
        {"16:00", "2025-11-29T16:00:00", "2025-11-30T16:00:00"},
        {"16:00:01", "2025-11-28T16:00:01", "2025-11-29T16:00:01"},
        {"2025-11-28", "2025-11-28T00:00:00", "2025-11-28T00:00:00"},
        {"2025-11-28T03:10", "2025-11-28T03:10:00", "2025-11-28T03:10:00"},
        {"2025-11-28 03:10:07", "2025-11-28T03:10:07", "2025-11-28T03:10:07"},
        {"2025-11-28T03:10Z", "2025-11-28T03:10:00", "2025-11-28T03:10:00"},
        {"2025-11-28T03:10+01:00", "2025-11-28T02:10:00", "2025-11-28T02:10:00"},
        {"2025-11-28T03:10:00.25Z", "2025-11-28T03:10:00", "2025-11-28T03:10:00"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_STR(read_at(arena, rows[i].words, MOMENT_BEHIND), rows[i].behind);
        CHECK_STR(read_at(arena, rows[i].words, MOMENT_AHEAD), rows[i].ahead);
    }
}

TEST(what_is_no_moment_is_told_what_would_be)
{
    static const char *const bad[] = {"",
                                      "soon",
                                      "25:00",
                                      "16:60",
                                      "2025-13-01",
                                      "2025-11-28T25:00",
                                      "2025-11-28T03:10+",
                                      "+",
                                      "-",
                                      "+16:00",
                                      "0001-01-01T00:00+14:00",
                                      "9999-12-31T23:59:59-00:01",
                                      "16:00 CET",
                                      "2025-11-28T03:10:00.Z",
                                      "1:00",
                                      "ab:cd"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_STR(read_at(arena, bad[i], MOMENT_BEHIND),
                  str_printf(arena,
                             "\"%s\" is no time; write 2h (before now), 16:00 (the last one, UTC), "
                             "2026-11-28, or 2026-11-28T16:00:00Z.",
                             bad[i])
                      .p);
    CHECK_STR(read_at(arena, "soon", MOMENT_AHEAD),
              "\"soon\" is no time; write 2h (from now), 16:00 (the next one, UTC), 2026-11-28, or "
              "2026-11-28T16:00:00Z.");
}

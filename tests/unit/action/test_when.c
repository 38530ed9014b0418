/* test_when.c - times as people type them. */
#include "action/when.h"
#include "harness/test.h"

static const struct instant now = {1795435200LL * 1000000}; /* 2026-11-23T12:00:00Z */

static void check_ahead(const char *words, const char *want)
{
    char written[INSTANT_TEXT_BYTES];
    struct instant at;
    CHECK(when_ahead(str_of(words), now, &at));
    instant_write(at, written);
    CHECK_STR(str_slice(str_of(written), 0, 19), want);
}

TEST(lengths_days_and_instants)
{
    struct instant at;
    char written[INSTANT_TEXT_BYTES];
    check_ahead("14d", "2026-12-07T12:00:00");
    check_ahead("2w", "2026-12-07T12:00:00");
    check_ahead("6h", "2026-11-23T18:00:00");
    check_ahead("90s", "2026-11-23T12:01:30");
    check_ahead("2026-12-14", "2026-12-15T00:00:00");
    check_ahead("2026-12-14T16:00:00Z", "2026-12-14T16:00:00");
    CHECK(when_back(STR("30d"), now, &at));
    instant_write(at, written);
    CHECK_STR(str_slice(str_of(written), 0, 19), "2026-10-24T12:00:00");
    CHECK(when_back(STR("2026-11-01"), now, &at));
    instant_write(at, written);
    CHECK_STR(str_slice(str_of(written), 0, 19), "2026-11-01T00:00:00");
}

TEST(what_is_no_time_is_refused)
{
    static const char *const bad[] = {"",
                                      "d",
                                      "0d",
                                      "14",
                                      "14 days",
                                      "-3d",
                                      "3dd",
                                      "2026-13-01",
                                      "2026-02-30",
                                      "tomorrow",
                                      "9999999999w",
                                      "1e3d",
                                      "2026-12-1",
                                      "99999999999999999999s"};
    struct instant at;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!when_ahead(str_of(bad[i]), now, &at) && !when_back(str_of(bad[i]), now, &at));
}

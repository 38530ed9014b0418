/* test_refill.c - long windows after a restart: from the archive the same as without one. */
#include "collect/refill.h"
#include "harness/test.h"

enum { EVERY_S = 15, DAYS = 4 };
#define HOUR_MS INT64_C(3600000)

static struct instant second(int64_t n)
{
    return (struct instant){INT64_C(1699999200) * 1000000 + n * 1000000}; /* a whole hour */
}

static struct reading errors(int64_t at_s, bool first)
{
    int64_t number = at_s / EVERY_S;
    return (struct reading){.signal = STR("error rate"),
                            .target = STR("app"),
                            .at = second(at_s),
                            .since = first ? (struct instant){0} : second(at_s - EVERY_S),
                            .interval_ms = EVERY_S * 1000,
                            .kind = SIGNAL_RATIO,
                            .part = first ? 0 : (double)(number * number % 11),
                            .of = first ? 0 : 100 + (double)(number % 17)};
}

static void same(const struct telemetry *live, const struct telemetry *again, int64_t now_s)
{
    const int64_t lengths_ms[] = {HOUR_MS / 12, HOUR_MS / 2,  HOUR_MS,      2 * HOUR_MS,
                                  6 * HOUR_MS,  24 * HOUR_MS, 72 * HOUR_MS, 720 * HOUR_MS};
    const struct kept_spending *of =
        telemetry_find_spending(live, STR("error rate"), 0, 720 * HOUR_MS);
    const struct kept_spending *with =
        telemetry_find_spending(again, STR("error rate"), 0, 720 * HOUR_MS);
    for (size_t i = 0; i < sizeof lengths_ms / sizeof *lengths_ms; i++) {
        struct spent a = telemetry_ask_spent(live, of, lengths_ms[i], second(now_s));
        struct spent b = telemetry_ask_spent(again, with, lengths_ms[i], second(now_s));
        CHECK(a.of > 0);
        CHECK_INT(b.of, a.of);
        CHECK_INT(b.bad, a.bad);
        CHECK_INT(b.gap_ms, a.gap_ms);
        CHECK_INT(b.since.us, a.since.us);
    }
}

TEST(a_restart_does_not_blind_a_window_of_days)
{
    struct str folder = test_folder(arena);
    struct archive *archive;
    struct telemetry live;
    struct telemetry again;
    struct err err = {0};
    struct telemetry *all[] = {&live, &again};
    for (size_t i = 0; i < 2; i++) {
        telemetry_init(all[i], arena);
        telemetry_keep_spending(all[i], STR("error rate"), 0, 720 * HOUR_MS);
    }
    CHECK_OK(archive_open(folder, ARCHIVE_WRITE, ARCHIVE_BYTES_MAX, &archive, &err), &err);
    int64_t end_s = DAYS * 24 * 3600 + 37 * 60 + 5;
    bool blind = true;
    int64_t last_s = 0;
    for (int64_t at_s = EVERY_S; at_s <= end_s; at_s += EVERY_S) {
        /* Twice nothing was seen: for 20 minutes, and for three hours. */
        bool gap = (at_s > 200000 && at_s <= 201200) || (at_s > 300000 && at_s <= 310800);
        struct reading reading = errors(at_s, blind);
        blind = gap;
        if (gap)
            continue;
        last_s = at_s;
        CHECK_OK(archive_add(archive, &reading, &err), &err);
        CHECK_OK(telemetry_fold(&live, &reading, &err), &err);
        if (at_s % 300 == 0)
            CHECK_OK(archive_flush(archive, second(at_s), &err), &err);
    }
    CHECK_OK(archive_flush(archive, second(last_s), &err), &err);
    archive_close(archive);

    CHECK_OK(archive_open(folder, ARCHIVE_READ, ARCHIVE_BYTES_MAX, &archive, &err), &err);
    CHECK_OK(archive_refill(archive, &again, second(end_s), &err), &err);
    same(&live, &again, end_s);
    /* Twice is once; and a collector that sends its last hour again adds nothing. */
    CHECK_OK(archive_refill(archive, &again, second(end_s), &err), &err);
    for (int64_t at_s = last_s - 3600; at_s <= last_s; at_s += EVERY_S) {
        struct reading reading = errors(at_s, false);
        CHECK_OK(telemetry_fold(&again, &reading, &err), &err);
    }
    same(&live, &again, end_s);
    for (int64_t at_s = last_s + EVERY_S; at_s <= last_s + 900; at_s += EVERY_S) {
        struct reading reading = errors(at_s, false);
        CHECK_OK(telemetry_fold(&again, &reading, &err), &err);
        CHECK_OK(telemetry_fold(&live, &reading, &err), &err);
    }
    same(&live, &again, last_s + 900);
    archive_close(archive);
    telemetry_done(&live);
    telemetry_done(&again);
}

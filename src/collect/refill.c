/* refill.c - coarse readings first, then the finer ones that go on where those end. */
#include "collect/refill.h"

#define HOUR_MS (INT64_C(60) * 60 * 1000)

struct refill {
    struct telemetry *telemetry;
    int64_t slot_ms;
};

static bool take(void *context, const struct reading *reading)
{
    const struct refill *refill = context;
    telemetry_fold_kept(refill->telemetry, reading, refill->slot_ms);
    return true;
}

static int64_t longest_period(const struct telemetry *telemetry, struct str signal)
{
    int64_t longest_ms = 0;
    for (size_t i = 0; i < telemetry->spending_count; i++) {
        const struct kept_spending *kept = &telemetry->spendings[i];
        if (str_equal(kept->signal, signal) && kept->period_ms > longest_ms)
            longest_ms = kept->period_ms;
    }
    return longest_ms;
}

static bool refill_signal(struct archive *archive, struct telemetry *telemetry, struct str signal,
                          struct instant now, struct err *err)
{
    const struct {
        enum tier_number tier;
        int64_t length_ms;
    } parts[] = {{TIER_1_H, longest_period(telemetry, signal) + HOUR_MS},
                 {TIER_1_MIN, 73 * HOUR_MS},
                 {TIER_EXACT, HOUR_MS}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct refill refill = {telemetry, tier_of(parts[i].tier)->slot_ms};
        struct archive_range range = {parts[i].tier, signal,
                                      instant_add_ms(now, -parts[i].length_ms), now};
        struct archive_use use = {&refill, take};
        if (!archive_read(archive, &range, &use, err))
            return false;
    }
    return true;
}

bool archive_refill(struct archive *archive, struct telemetry *telemetry, struct instant now,
                    struct err *err)
{
    for (size_t i = 0; i < telemetry->spending_count; i++) {
        struct str signal = telemetry->spendings[i].signal;
        bool done = false;
        for (size_t k = 0; k < i; k++)
            done = done || str_equal(telemetry->spendings[k].signal, signal);
        if (!done && !refill_signal(archive, telemetry, signal, now, err))
            return false;
    }
    return true;
}

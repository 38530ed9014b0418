/* baselines.c - the hours behind a baseline, each read as the rule itself would read it. */
#include "main/baselines.h"

#include "collect/archive.h"

#include <math.h>

#define HOUR_MS (INT64_C(60) * 60 * 1000)

static bool take(void *context, const struct reading *reading)
{
    struct err err = {0};
    return telemetry_fold(context, reading, &err);
}

/* What the rule would have read over that hour; a count at its own length. */
static bool hour_value(struct archive *archive, const struct rule *rule, struct instant from,
                       double *out_value, struct err *err)
{
    struct arena arena;
    struct telemetry telemetry;
    struct instant until = instant_add_ms(from, HOUR_MS);
    struct rule whole = *rule;
    arena_init(&arena);
    telemetry_init(&telemetry, &arena);
    whole.relative = NULL;
    whole.statistic_ms = HOUR_MS;
    rules_retain(&(struct rules){.items = &whole, .count = 1, .written = 1}, &telemetry);
    struct archive_range range = {TIER_1_H, rule->signal_name, from, until};
    struct archive_use use = {&telemetry, take};
    bool good = archive_read(archive, &range, &use, err);
    if (good) {
        *out_value = rule_evaluate(&arena, &whole, &telemetry, until).value;
        if (rule->signal->kind == SIGNAL_COUNT)
            *out_value *= (double)rule->statistic_ms / (double)HOUR_MS;
    }
    telemetry_done(&telemetry);
    arena_done(&arena);
    return good;
}

bool baselines_compute(struct archive *archive, const struct rules *rules, struct instant now,
                       struct err *err)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        struct instant hours[RELATIVE_HOURS_MAX];
        double values[RELATIVE_HOURS_MAX];
        if (!rule->relative || rule->problem.n > 0 ||
            rule->relative->hour == now.us / 1000 / HOUR_MS)
            continue;
        size_t count = baseline_hours(rule->relative->kind, now, hours);
        for (size_t k = 0; k < count; k++) {
            values[k] = NAN;
            if (archive && !hour_value(archive, rule, hours[k], &values[k], err))
                return false;
        }
        relative_set(rule->relative, values, count, now);
    }
    return true;
}

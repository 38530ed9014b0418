/* baselines.c - the hours behind a baseline, each read as the rule itself would read it. */
#include "main/baselines.h"

#include "alert/evaluate.h"
#include "collect/archive.h"

#include <math.h>

#define HOUR_MS (INT64_C(60) * 60 * 1000)

static bool take(void *context, const struct reading *reading)
{
    struct err err = {0};
    return telemetry_fold(context, reading, &err);
}

/* What the rule would have read over that hour; NAN: nobody knows. */
static bool hour_value(struct archive *archive, const struct rule *rule, struct instant from,
                       double *out_value, struct err *err)
{
    struct arena arena;
    struct telemetry telemetry;
    struct instant until = instant_add_ms(from, HOUR_MS);
    arena_init(&arena);
    telemetry_init(&telemetry, &arena);
    telemetry_retain(&telemetry, rule->signal_name, HOUR_MS + STATISTIC_MS);
    struct archive_range range = {TIER_1_H, rule->signal_name, from, until};
    struct archive_use use = {&telemetry, take};
    bool good = archive_read(archive, &range, &use, err);
    if (good) {
        struct answer answer = telemetry_ask(&telemetry, rule->signal_name, HOUR_MS, until);
        bool partly = answer.state == ANSWER_PARTLY && rule->signal->kind == SIGNAL_COUNT;
        bool known = answer.state == ANSWER_LIVE || answer.state == ANSWER_PARTLY;
        *out_value = known && !partly ? evaluate_hour(&arena, rule, &answer) : NAN;
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
        struct relative *relative = rule->relative ? rule->relative : rule->usual;
        struct instant hours[RELATIVE_HOURS_MAX];
        double values[RELATIVE_HOURS_MAX];
        if (!relative || rule->problem.n > 0 || rule->question_count > 0 ||
            relative->hour == now.us / 1000 / HOUR_MS)
            continue;
        size_t count = baseline_hours(relative->kind, now, hours);
        for (size_t k = 0; k < count; k++) {
            values[k] = NAN;
            if (archive && !hour_value(archive, rule, hours[k], &values[k], err))
                return false;
        }
        relative_set(relative, values, count, now);
    }
    return true;
}

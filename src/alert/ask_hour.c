/* ask_hour.c - the hours of a baseline in PromQL, and their median by the answers. */
#include "alert/ask_hour.h"

#include "alert/evaluate.h"

#include <math.h>

#define HOUR_MS (INT64_C(60) * 60 * 1000)

/* How long before the hour that is now each hour of the baseline ended. */
static size_t ends_behind(const struct rule *rule, int64_t out_behind_ms[RELATIVE_HOURS_MAX])
{
    struct instant hours[RELATIVE_HOURS_MAX];
    struct instant some = {HOUR_MS * 1000 * 1000000}; /* any whole hour will do */
    size_t count = baseline_hours(rule->relative->kind, some, hours);
    for (size_t i = 0; i < count; i++)
        out_behind_ms[i] = instant_ms_between(hours[i], some) - HOUR_MS;
    return count;
}

size_t ask_hour_questions(struct arena *arena, const struct rule *rule,
                          struct asked_wanted *out_wanted)
{
    int64_t behind_ms[RELATIVE_HOURS_MAX];
    size_t count = ends_behind(rule, behind_ms);
    struct rule whole = *rule;
    whole.statistic_ms = HOUR_MS;
    for (size_t i = 0; i < count; i++) {
        struct statistic statistic = {.rule = &whole, .is_hour = true, .offset = STR("")};
        struct text text;
        text_init(&text, arena, ASK_QUESTION_BYTES);
        if (behind_ms[i] > 0)
            statistic.offset =
                str_printf(arena, " offset %lldh", (long long)(behind_ms[i] / HOUR_MS));
        for (size_t k = 0; k < rule->signal->alternative_count; k++)
            ask_add_statistic(&text, &statistic, k);
        out_wanted[i] =
            (struct asked_wanted){.words = text_str(&text), .every_ms = HOUR_MS, .hourly = true};
    }
    return count;
}

/* NAN: it is not known. */
static double hour_value(struct arena *arena, const struct asked_statistic *of, struct str *out_why)
{
    struct answer read;
    const struct asked_series *seen = ask_find_part(of->answer, "seen", of->index);
    if (!ask_read_statistic(arena, of, &read, out_why))
        *out_why =
            str_printf(arena, "%.*s has no samples of an hour of it", STR_ARGS(of->asked->engine));
    if (out_why->n > 0)
        return NAN;
    if (seen) /* in so many of its minutes, both edges counted */
        read.covered_ms = seen->value < 60 ? (int64_t)(seen->value * 60 * 1000) : HOUR_MS;
    double value = evaluate_hour(arena, of->rule, &read);
    if (!isfinite(value))
        *out_why = STR("too little was seen in an hour of it");
    return value;
}

struct relative ask_baseline(struct arena *arena, const struct asked_statistic *of,
                             struct instant now, struct str *out_why)
{
    struct relative relative = *of->rule->relative;
    double values[RELATIVE_HOURS_MAX];
    int64_t behind_ms[RELATIVE_HOURS_MAX];
    size_t count = ends_behind(of->rule, behind_ms);
    *out_why = STR("");
    for (size_t i = 0; i < count; i++) {
        struct asked_statistic hour = *of;
        struct str why = STR("");
        hour.behind_ms = behind_ms[i];
        hour.answer =
            ask_find_answer(arena, of->asked, of->rule->questions[i + 1].words, now, &why);
        values[i] = hour.answer ? hour_value(arena, &hour, &why) : NAN;
        if (out_why->n == 0)
            *out_why = why;
    }
    relative_set(&relative, values, count, now);
    return relative;
}

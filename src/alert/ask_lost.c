/* ask_lost.c - what was there and is not, in PromQL, and out of its answer. */
#include "alert/ask_lost.h"

#include "alert/ask_statistic.h"

#include <math.h>

#define NEAR       "11m"
#define NEAR_STEPS "[" NEAR ":15s]"
#define FAR_STEPS  "[24h:10m]"
#define FAR_STEP_S "600"

static bool is_upward(const struct rule *rule)
{
    return rule->cmp != CMP_UNDER && rule->cmp != CMP_AT_MOST;
}

void ask_add_lost(struct text *text, const struct rule *rule, size_t index)
{
    struct arena *arena = text->arena;
    const struct alternative *alternative = &rule->signal->alternatives[index];
    struct str gauges = ask_gauges(arena, alternative);
    bool plain = alternative->part_count < 2;
    struct str near = plain ? str_printf(arena, "%.*s[" NEAR "]", STR_ARGS(gauges))
                            : str_printf(arena, "(%.*s)" NEAR_STEPS, STR_ARGS(gauges));
    struct str gone = str_printf(arena,
                                 "%s(%d, (last_over_time(%.*s) or last_over_time((%.*s)" FAR_STEPS
                                 ")) unless (%.*s))",
                                 is_upward(rule) ? "topk" : "bottomk", LOST_SIDE_MOST,
                                 STR_ARGS(near), STR_ARGS(gauges), STR_ARGS(gauges));
    ask_add_part(text, ASKED_GONE, index, gone);
    ask_add_part(text, ASKED_LEFT, index,
                 str_printf(arena,
                            "(max_over_time(timestamp(%.*s)" NEAR_STEPS
                            ") or max_over_time(timestamp(%.*s)" FAR_STEPS ") + " FAR_STEP_S
                            ") and %.*s",
                            STR_ARGS(gauges), STR_ARGS(gauges), STR_ARGS(gone)));
}

/* Without the metric's name, which a time does not have. */
static struct str labels_of(const struct asked_series *series)
{
    return str_from(series->labels, str_find_byte(series->labels, '{', 0));
}

/* When it was there last, as far as the engine says: at most when it was asked. */
static struct instant left_at(const struct asked_answer *answer, size_t index,
                              const struct asked_series *gone)
{
    struct asked_answer rest = *answer;
    const struct asked_series *left;
    while ((left = ask_find_part(&rest, ASKED_LEFT, index))) {
        if (str_equal(labels_of(left), labels_of(gone)) && left->value > 0 &&
            left->value * 1e6 < (double)answer->at.us)
            return (struct instant){(int64_t)(left->value * 1e6)};
        size_t passed = (size_t)(left - rest.series) + 1;
        rest.series += passed;
        rest.count -= passed;
    }
    return answer->at;
}

void ask_read_lost(struct arena *arena, const struct rule *rule, const struct asked *asked,
                   struct instant now, struct lost_gauge out_found[LOST_MOST])
{
    struct str problem;
    const struct asked_answer *answer =
        ask_find_answer(arena, asked, rule->questions[0].words, now, &problem);
    for (size_t index = 0; answer && index < rule->signal->alternative_count; index++) {
        struct asked_answer rest = *answer;
        const struct asked_series *gone;
        while ((gone = ask_find_part(&rest, ASKED_GONE, index))) {
            struct lost_gauge gauge = {.value =
                                           gone->value * rule->signal->alternatives[index].scale,
                                       .series = gone->labels,
                                       .target = asked->engine,
                                       .seen = left_at(answer, index, gone),
                                       .is_high = is_upward(rule)};
            gauge.away_ms = instant_ms_between(gauge.seen, now);
            if (isfinite(gauge.value) && gauge.away_ms >= 0)
                lost_put(out_found, &gauge);
            size_t passed = (size_t)(gone - rest.series) + 1;
            rest.series += passed;
            rest.count -= passed;
        }
    }
}

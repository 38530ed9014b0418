/* ask_statistic.c - the parts of a statistic in a question, and in its answer. */
#include "alert/ask_statistic.h"

#include "alert/ask_lost.h"

#include <math.h>

struct str ask_gauges(struct arena *arena, const struct alternative *alternative)
{
    struct str first = selector_write(arena, &alternative->parts[0], "");
    if (alternative->part_count < 2)
        return first;
    struct str of = selector_write(arena, &alternative->parts[1], "");
    if (alternative->joined) {
        first = str_printf(arena, "sum by (instance%s%.*s) (%.*s)", alternative->by.n ? "," : "",
                           STR_ARGS(alternative->by), STR_ARGS(first));
        of = str_printf(arena, "sum by (instance%s%.*s) (%.*s)", alternative->by.n ? "," : "",
                        STR_ARGS(alternative->by), STR_ARGS(of));
    }
    /* Of nothing there is no share: a pool without a bound is not one that is full. */
    return str_printf(arena, "%s%.*s / (%.*s > 0)", alternative->complement ? "1 - " : "",
                      STR_ARGS(first), STR_ARGS(of));
}

static bool wants_lowest(const struct rule *rule)
{
    return rule->cmp == CMP_UNDER || rule->cmp == CMP_AT_MOST;
}

static struct str increase(struct arena *arena, const struct statistic *of, const char *over,
                           struct str series)
{
    return str_printf(arena, "sum%s(increase(%.*s[%.*s]%.*s))", over, STR_ARGS(series),
                      STR_ARGS(ask_duration(arena, of->rule->statistic_ms)), STR_ARGS(of->offset));
}

/* The worst series; of an hour that is over, what it was at its worst. */
static struct str worst_gauge(struct arena *arena, const struct statistic *of,
                              const struct alternative *alternative)
{
    bool lowest = wants_lowest(of->rule);
    struct str gauges = ask_gauges(arena, alternative);
    if (of->is_hour)
        gauges = str_printf(arena, "%s_over_time((%.*s)[60m:1m]%.*s)", lowest ? "min" : "max",
                            STR_ARGS(gauges), STR_ARGS(of->offset));
    return str_printf(arena, "%s(1, %.*s)", lowest ? "bottomk" : "topk", STR_ARGS(gauges));
}

/* One of the series that are NaN or infinite: topk and bottomk pass over them where another one is
 * a number. */
static struct str odd_gauge(struct arena *arena, const struct alternative *alternative)
{
    struct str gauges = ask_gauges(arena, alternative);
    return str_printf(arena, "topk(1, (%.*s) unless abs(%.*s) < Inf)", STR_ARGS(gauges),
                      STR_ARGS(gauges));
}

void ask_add_statistic(struct text *text, const struct statistic *of, size_t index)
{
    struct arena *arena = text->arena;
    const struct alternative *alternative = &of->rule->signal->alternatives[index];
    enum signal_kind kind = of->rule->signal->kind;
    struct str first =
        selector_write(arena, &alternative->parts[0], kind == SIGNAL_QUANTILE ? "_bucket" : "");
    struct str seen = first;
    if (kind == SIGNAL_RATIO) {
        seen = selector_write(arena, &alternative->parts[1], "");
        ask_add_part(text, "part", index, increase(arena, of, "", first));
        ask_add_part(text, "of", index, increase(arena, of, "", seen));
    } else if (kind == SIGNAL_QUANTILE) {
        seen = selector_write(arena, &alternative->parts[0], "_count");
        ask_add_part(text, "edge", index, increase(arena, of, " by (le) ", first));
    } else if (kind == SIGNAL_COUNT) {
        ask_add_part(text, "part", index, increase(arena, of, "", first));
    } else {
        ask_add_part(text, "gauge", index, worst_gauge(arena, of, alternative));
        if (!of->is_hour)
            ask_add_part(text, "odd", index, odd_gauge(arena, alternative));
        if (!of->is_hour && !of->rule->relative)
            ask_add_lost(text, of->rule, index);
    }
    ask_add_part(
        text, "newest", index,
        str_printf(arena, "max(timestamp(%.*s%.*s))", STR_ARGS(seen), STR_ARGS(of->offset)));
    if (of->is_hour && kind == SIGNAL_COUNT)
        ask_add_part(text, "seen", index,
                     str_printf(arena, "count_over_time(group(%.*s)[60m:1m]%.*s)", STR_ARGS(seen),
                                STR_ARGS(of->offset)));
}

/* The parts of one alternative, as the answer has them. */
struct parts {
    const struct asked_series *part, *of;
    const struct asked_series *worst; /* gauge */
    struct answer answer;
    double all; /* quantile: of the edge that is infinite; -1: there is none */
    struct str problem;
};

/* Edges stay in order of their size, whatever the order of the answer. */
static void add_edge(struct parts *parts, const struct asked_series *series, double scale)
{
    struct answer *answer = &parts->answer;
    double edge = 0;
    if (str_is(series->le, "+Inf") || str_is(series->le, "Inf")) {
        parts->all = series->value;
        return;
    }
    if (!str_real(series->le, &edge) || answer->edge_count == EDGES_MAX) {
        parts->problem = answer->edge_count == EDGES_MAX
                             ? STR("its histogram has too many edges")
                             : STR("an edge of its histogram is no number");
        return;
    }
    size_t at = answer->edge_count++;
    for (; at > 0 && answer->edges[at - 1] > edge * scale; at--) {
        answer->edges[at] = answer->edges[at - 1];
        answer->counts[at] = answer->counts[at - 1];
    }
    answer->edges[at] = edge * scale;
    answer->counts[at] = series->value;
}

static bool is_worse(const struct rule *rule, double value, double than)
{
    return isnan(than) || (wants_lowest(rule) ? value < than : value > than);
}

/* What stands behind the series is left. */
static void pass(struct asked_answer *rest, const struct asked_series *series)
{
    size_t passed = (size_t)(series - rest->series) + 1;
    rest->series += passed;
    rest->count -= passed;
}

static struct parts find_parts(const struct rule *rule, const struct asked_answer *from,
                               size_t number)
{
    struct parts parts = {.all = -1, .problem = STR("")};
    double scale = rule->signal->alternatives[number].scale;
    struct asked_answer rest = *from;
    const struct asked_series *series;
    parts.part = ask_find_part(from, "part", number);
    parts.of = ask_find_part(from, "of", number);
    while ((series = ask_find_part(&rest, "edge", number))) {
        add_edge(&parts, series, scale);
        pass(&rest, series);
    }
    for (rest = *from; (series = ask_find_part(&rest, "gauge", number)); pass(&rest, series))
        if (!parts.worst || is_worse(rule, series->value, parts.worst->value))
            parts.worst = series;
    return parts;
}

/* Extrapolation can make a smaller bucket larger than the next one. */
static void straighten(struct answer *answer)
{
    for (size_t i = 1; i < answer->edge_count; i++)
        if (answer->counts[i] < answer->counts[i - 1])
            answer->counts[i] = answer->counts[i - 1];
    if (answer->edge_count > 0 && answer->of < answer->counts[answer->edge_count - 1])
        answer->of = answer->counts[answer->edge_count - 1];
}

static bool is_finite(const struct answer *answer)
{
    bool finite = isfinite(answer->part) && isfinite(answer->of) && isfinite(answer->high);
    for (size_t i = 0; i < answer->edge_count; i++)
        finite = finite && isfinite(answer->counts[i]);
    return finite;
}

/* Fills the answer from its parts; otherwise says in problem what is not a number. */
static void fill_answer(const struct rule *rule, size_t number, struct parts *parts)
{
    static const struct asked_series none = {.value = 0};
    struct answer *answer = &parts->answer;
    double scale = rule->signal->alternatives[number].scale;
    bool missing = false;
    answer->state = ANSWER_LIVE;
    answer->kind = rule->signal->kind;
    answer->covered_ms = rule->statistic_ms;
    switch (answer->kind) {
    case SIGNAL_RATIO:
        /* Failures that never happened have no series yet. */
        missing = !parts->of;
        answer->part = (parts->part ? parts->part : &none)->value;
        answer->of = (parts->of ? parts->of : &none)->value;
        break;
    case SIGNAL_QUANTILE:
        missing = parts->all < 0 || answer->edge_count == 0;
        answer->of = parts->all;
        straighten(answer);
        break;
    case SIGNAL_COUNT:
        missing = !parts->part;
        answer->part = (parts->part ? parts->part : &none)->value * scale;
        answer->a_second = answer->part * 1000 / (double)rule->statistic_ms;
        break;
    case SIGNAL_GAUGE:
    case SIGNAL_GAUGE_RATIO:
        missing = !parts->worst;
        answer->high = (parts->worst ? parts->worst : &none)->value * scale;
        answer->low = answer->high;
        answer->high_series = answer->low_series = (parts->worst ? parts->worst : &none)->labels;
        break;
    case SIGNAL_NONE: break;
    }
    if (parts->problem.n > 0)
        return;
    if (missing)
        parts->problem = STR("has samples, but too few of them in the time that it looks at");
    else if (!is_finite(answer))
        parts->problem = STR("is no number (NaN or infinite)");
}

struct str ask_stale_problem(struct arena *arena, const struct asked_statistic *of,
                             const struct asked_series *newest, struct instant *out_newest)
{
    struct str metric = of->rule->signal->alternatives[of->index].parts[0].metric;
    double us = newest->value * 1e6;
    out_newest->us = us >= 0 && us < 9e17 ? (int64_t)us : 0;
    int64_t age_ms = instant_ms_between(*out_newest, instant_add_ms(newest->at, -of->behind_ms));
    if (age_ms <= of->asked->stale_ms)
        return STR("");
    return str_printf(arena, "the newest sample of %.*s that %.*s has is %.*s old",
                      STR_ARGS(str_cut(metric, 100)), STR_ARGS(of->asked->engine),
                      STR_ARGS(duration_text(arena, age_ms)));
}

bool ask_read_statistic(struct arena *arena, const struct asked_statistic *of,
                        struct answer *out_answer, struct str *out_problem)
{
    const struct rule *rule = of->rule;
    struct str metric = rule->signal->alternatives[of->index].parts[0].metric;
    const struct asked_series *newest = ask_find_part(of->answer, "newest", of->index);
    struct instant newest_at;
    if (!newest)
        return false;
    *out_answer = (struct answer){.state = ANSWER_NONE};
    *out_problem = ask_stale_problem(arena, of, newest, &newest_at);
    if (out_problem->n == 0) {
        struct parts parts = find_parts(rule, of->answer, of->index);
        fill_answer(rule, of->index, &parts);
        *out_answer = parts.answer;
        if (parts.problem.n > 0)
            *out_problem = str_printf(arena, "%.*s at %.*s: %.*s", STR_ARGS(str_cut(metric, 100)),
                                      STR_ARGS(of->asked->engine), STR_ARGS(parts.problem));
    }
    out_answer->newest = newest_at;
    return true;
}

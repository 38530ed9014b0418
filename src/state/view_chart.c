/* view_chart.c - what a picture of a rule over time needs beside its columns: ends and words. */
#include "state/world.h"

#include "alert/burn.h"
#include "alert/relative.h"

#include <math.h>

/* The smallest of 1, 2, 2.5, 5 and 10 times a power of ten that is not below value, which is over
 * zero. */
static double round_up(double value)
{
    static const double steps[] = {1, 2, 2.5, 5, 10};
    double power = pow(10, floor(log10(value)));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i] * power >= value)
            return steps[i] * power;
    return 10 * power;
}

struct extent {
    double low, high;
    size_t known, unknown, firing;
};

static struct extent extent_of(const struct rule_chart *chart)
{
    struct extent extent = {.low = INFINITY, .high = -INFINITY};
    for (size_t i = 0; i < CHART_COLUMNS; i++) {
        const struct rule_column *column = &chart->columns[i];
        extent.unknown += column->is_unknown;
        extent.firing += column->is_firing;
        if (!column->is_known)
            continue;
        extent.known++;
        extent.low = column->low < extent.low ? column->low : extent.low;
        extent.high = column->high > extent.high ? column->high : extent.high;
    }
    return extent;
}

/* Of a state that has no number as its limit nothing is drawn. */
static bool has_limit(const struct rule_chart *chart)
{
    return isfinite(chart->limit) && chart->limit > 0;
}

double view_rule_limit(const struct rule *rule)
{
    const struct relative *relative = rule->relative;
    double limit = !relative             ? rule->limit
                   : relative->hour == 0 ? NAN
                                         : relative->factor * relative->value;
    return isfinite(limit) && limit > 0 ? limit : NAN;
}

/* Readings that are merged to more than the rule looks at, or to as much as it has to hold, show
 * neither that it fired nor that it did not. */
static bool is_too_coarse(const struct rule *rule, const struct rule_chart *chart)
{
    enum signal_kind kind = rule->signal ? rule->signal->kind : SIGNAL_NONE;
    bool gauge = kind == SIGNAL_GAUGE || kind == SIGNAL_GAUGE_RATIO; /* its worst is kept */
    int64_t window_ms = rule->burn ? rule->burn->short_ms : rule->statistic_ms;
    return (!gauge && chart->slot_ms > window_ms) ||
           (rule->for_ms > 0 && chart->slot_ms >= rule->for_ms);
}

/* What the rule did is known: nothing is played back. */
static void say_heard(struct arena *arena, const struct extent *extent,
                      const struct rule_chart *chart, struct text *text)
{
    if (chart->firing_ms > 0)
        text_printf(text, "It was firing in about %.*s of it. ",
                    STR_ARGS(duration_text(arena, chart->firing_ms)));
    else if (extent->known > 0)
        text_adds(text, "It was never firing while it was asked. ");
}

static void say_firing(struct arena *arena, const struct rule *rule, const struct extent *extent,
                       const struct rule_chart *chart, struct text *text)
{
    if (chart->is_heard) {
        say_heard(arena, extent, chart, text);
        return;
    }
    struct str slot = duration_text(arena, chart->slot_ms);
    bool coarse = is_too_coarse(rule, chart);
    if (rule->relative)
        text_adds(text, "Its limit follows the baseline of each hour, so nothing is said of when "
                        "it would have fired. ");
    else if (chart->firing_ms > 0)
        text_printf(text, "As it stands today the rule would have fired for about %.*s of it%s. ",
                    STR_ARGS(duration_text(arena, chart->firing_ms)),
                    coarse ? ", and maybe more often" : "");
    else if (extent->firing > 0)
        text_adds(text, "It was firing when it became unknown. ");
    else if (extent->known > 0 && coarse)
        text_printf(text,
                    "Whether it fired cannot be told from readings merged to %.*s: the rule looks "
                    "at less. What it did stands in the history. ",
                    STR_ARGS(slot));
    else if (extent->known > 0)
        text_printf(text, "As it stands today the rule would not have fired%s. ",
                    extent->unknown > 0 ? " in what is known of it" : "");
}

static void say(struct arena *arena, const struct rule *rule, const struct extent *extent,
                struct rule_chart *chart)
{
    struct text text;
    text_init(&text, arena, 512);
    if (extent->known > 0)
        text_printf(&text, "Lowest %.*s, highest %.*s. ",
                    STR_ARGS(view_value_words(arena, rule, extent->low)),
                    STR_ARGS(view_value_words(arena, rule, extent->high)));
    say_firing(arena, rule, extent, chart, &text);
    if (chart->unknown_ms > 0)
        text_printf(&text, "Unknown in about %.*s of it.",
                    STR_ARGS(duration_text(arena, chart->unknown_ms)));
    chart->said = str_trim(text_str(&text));
}

void view_chart_frame(struct arena *arena, const struct rule *rule, struct rule_chart *chart)
{
    struct extent extent = extent_of(chart);
    chart->limit = view_rule_limit(rule);
    double top = has_limit(chart) ? chart->limit * 1.15 : 0;
    if (extent.known > 0 && extent.high > top)
        top = extent.high;
    chart->top = top > 0 ? round_up(top) : 1;
    chart->bottom = extent.known > 0 && extent.low < 0 ? -round_up(-extent.low) : 0;
    enum signal_kind kind = rule->signal ? rule->signal->kind : SIGNAL_NONE;
    bool share = kind == SIGNAL_RATIO || kind == SIGNAL_GAUGE_RATIO || str_is(rule->unit, "%");
    if (share && chart->top > 1 && !(chart->limit > 1) && !(extent.known > 0 && extent.high > 1))
        chart->top = 1; /* of a share there is no more than all */
    chart->scale = share ? 100 : 1;
    chart->unit = share                      ? " %"
                  : kind == SIGNAL_QUANTILE  ? " s"
                  : str_is(rule->unit, "/s") ? " a second"
                                             : "";
    chart->top_words = view_value_words(arena, rule, chart->top);
    chart->middle_words = view_value_words(arena, rule, (chart->top + chart->bottom) / 2);
    chart->bottom_words = view_value_words(arena, rule, chart->bottom);
    chart->limit_words = has_limit(chart) ? view_value_words(arena, rule, chart->limit) : STR("");
    say(arena, rule, &extent, chart);
}

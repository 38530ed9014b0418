/* pages_rule.c - the picture of a rule over time, from what the collector keeps; of a rule that is
 * asked, from what was answered (pages_heard.h). */
#include "main/pages.h"

#include "alert/backtest.h"
#include "alert/naming.h"
#include "alert/relative.h"
#include "main/pages_heard.h"
#include "main/past_targets.h"
#include "os/clock.h"

#include <math.h>

struct drawing {
    struct rule_chart *chart;
    const struct rule *rule;
    const struct config *config;
    enum tier_number tier;
    struct backtest backtest;
};

/* How long back, and the tier that gives some hundreds of readings for it. */
static const struct {
    const char *name;
    int64_t length_ms;
    enum tier_number tier;
} ranges[] = {
    {"1h", INT64_C(3600) * 1000, TIER_EXACT},
    {"24h", INT64_C(24) * 3600 * 1000, TIER_1_MIN},
    {"30d", INT64_C(30) * 24 * 3600 * 1000, TIER_1_H},
    {"365d", INT64_C(365) * 24 * 3600 * 1000, TIER_1_H},
};

static size_t column_of(const struct rule_chart *chart, struct instant at)
{
    int64_t whole = chart->to.us - chart->from.us;
    int64_t column = (at.us - chart->from.us) * CHART_COLUMNS / whole;
    return column < 0 ? 0 : column >= CHART_COLUMNS ? CHART_COLUMNS - 1 : (size_t)column;
}

/* What a merged reading says is true of its whole slot, which ends at the look. */
static void looked(void *context, const struct backtest_look *look)
{
    struct drawing *drawing = context;
    struct rule_chart *chart = drawing->chart;
    const struct evaluation *evaluation = look->evaluation;
    bool known = evaluation->truth != TRUTH_UNKNOWN && isfinite(evaluation->value);
    if (evaluation->truth == TRUTH_UNKNOWN)
        chart->unknown_ms += drawing->backtest.step_ms;
    size_t last = column_of(chart, look->at);
    size_t first = column_of(chart, instant_add_ms(look->at, 1 - drawing->backtest.step_ms));
    for (size_t i = first; i <= last; i++) {
        struct rule_column *column = &chart->columns[i];
        column->is_firing |= look->state == ALERT_FIRING;
        column->is_unknown |= evaluation->truth == TRUTH_UNKNOWN;
        if (known && (!column->is_known || evaluation->value > column->high))
            column->high = evaluation->value;
        if (known && (!column->is_known || evaluation->value < column->low))
            column->low = evaluation->value;
        column->is_known |= known;
    }
}

static bool take(void *context, const struct reading *reading)
{
    struct drawing *drawing = context;
    backtest_take(&drawing->backtest, reading);
    return true;
}

static bool draw(struct arena *arena, struct drawing *drawing, struct archive *archive,
                 struct err *err)
{
    struct past_targets targets;
    struct rule_chart *chart = drawing->chart;
    struct archive_use use = {drawing, take};
    struct archive_range range = {drawing->tier, drawing->rule->signal_name,
                                  instant_add_ms(chart->from, -backtest_warm_ms(drawing->rule)),
                                  chart->to};
    chart->columns = arena_array(arena, CHART_COLUMNS, sizeof *chart->columns);
    backtest_init(&drawing->backtest, arena, drawing->rule, chart->from);
    backtest_set_tier(&drawing->backtest, drawing->tier);
    drawing->backtest.looked = looked;
    drawing->backtest.context = drawing;
    past_targets_init(&targets, arena, drawing->config);
    bool good = past_targets_read(&targets, archive, &range, err);
    backtest_set_targets(&drawing->backtest, targets.items, targets.count);
    good = good && archive_read(archive, &range, &use, err);
    backtest_advance(&drawing->backtest, chart->to);
    bool seen = drawing->backtest.seen;
    chart->firing_ms = drawing->backtest.firing_ms;
    backtest_done(&drawing->backtest);
    if (!seen)
        chart->columns = NULL;
    return good;
}

/* The rule as it is played back. A baseline's past is not kept: a limit that nothing reaches gives
 * the values alone. */
static const struct rule *played(struct arena *arena, const struct rule *rule)
{
    enum { BEYOND_ALL = 1000000000 };
    if (!rule->relative)
        return rule;
    struct rule *copy = arena_make(arena, struct rule);
    struct relative *relative = arena_make(arena, struct relative);
    *copy = *rule;
    *relative = *rule->relative;
    relative->hour = 1;
    relative->value = BEYOND_ALL;
    copy->relative = relative;
    return copy;
}

static void draw_heard(struct serve *serve, struct arena *arena, const struct rule *rule,
                       size_t range, struct rule_chart *chart)
{
    struct naming naming = naming_find(rule, &serve->app->world.telemetry);
    struct rule named = *rule;
    naming_apply(arena, &naming, &named);
    struct rule_asked asked = {&named, serve->app->config.ask.url, range};
    pages_heard_chart(arena, &serve->heards, &asked, chart);
}

const struct rule_chart *pages_rule_chart(struct serve *serve, struct arena *arena,
                                          const struct rule *rule, struct str range)
{
    struct rule_chart *chart = arena_make(arena, struct rule_chart);
    struct archive *archive = NULL;
    struct err err = {0};
    size_t at = 0;
    while (at + 1 < sizeof ranges / sizeof *ranges && !str_is(range, ranges[at].name))
        at++;
    if (!str_is(range, ranges[at].name))
        at = 0;
    struct drawing drawing = {.chart = chart,
                              .rule = played(arena, rule),
                              .config = &serve->app->config,
                              .tier = ranges[at].tier};
    struct str problem = rule->problem;
    if (rule->burn && drawing.tier == TIER_EXACT)
        drawing.tier = TIER_1_MIN; /* days go before its first look */
    const char *basis = tier_of(drawing.tier)->name;
    *chart = (struct rule_chart){.range = str_of(ranges[at].name),
                                 .title = rule->burn ? rule->title : STR(""),
                                 .to = clock_now(),
                                 .slot_ms = tier_of(drawing.tier)->slot_ms,
                                 .basis = STR("Nothing of it has been kept yet.")};
    chart->from = instant_add_ms(chart->to, -ranges[at].length_ms);
    if (problem.n == 0 && rule->question_count > 0) {
        draw_heard(serve, arena, rule, at, chart);
        return chart;
    }
    bool good =
        problem.n == 0 &&
        archive_open(serve->app->history_path, ARCHIVE_READ, ARCHIVE_BYTES_MAX, &archive, &err) &&
        archive && draw(arena, &drawing, archive, &err);
    archive_close(archive);
    if (good && chart->columns) {
        view_chart_frame(arena, rule, chart);
        chart->basis =
            drawing.tier == TIER_EXACT
                ? STR("From each reading as it was made.")
                : str_printf(arena, "From readings merged to %s: of each the worst is drawn.",
                             basis);
    } else if (!good && err.text[0]) {
        chart->columns = NULL;
        chart->basis = str_copy(arena, str_of(err.text));
    } else if (problem.n > 0) {
        chart->basis = problem;
    }
    return chart;
}

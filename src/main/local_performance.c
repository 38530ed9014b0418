/* local_performance.c - "metrics:performance": what was measured in a stretch of time, from what
 * the collector keeps, beside a daemon or without one. */
#include "main/local_actions.h"

#include "collect/archive.h"
#include "main/compose.h"
#include "main/local_rule.h"
#include "telemetry/performance.h"

#include <math.h>

static const struct {
    const char *name;
    double share;
} percentiles[] = {{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}};

enum { PERCENTILES = sizeof percentiles / sizeof *percentiles };

struct question {
    struct app *app;
    struct archive *archive;
    struct signals signals;
    struct instant since, until;
    enum tier_number tier;
    struct performance performance;
};

static bool take(void *context, const struct reading *reading)
{
    performance_take(context, reading);
    return true;
}

/* The finest tier that is kept for as long. */
static enum tier_number find_tier(const struct question *question)
{
    int64_t ms = instant_ms_between(question->since, question->until);
    int tier = TIER_EXACT;
    while (tier + 1 < TIERS && tier_of((enum tier_number)tier)->keep_ms < ms)
        tier++;
    return (enum tier_number)tier;
}

static bool read_all(struct question *question, struct err *err)
{
    struct archive_use use = {&question->performance, take};
    for (size_t i = 0; i < question->signals.count; i++) {
        struct archive_range range = {question->tier, question->signals.items[i].name,
                                      question->since, question->until};
        if (!archive_read_with_open(question->archive, &range, &use, err))
            return false;
    }
    return question->performance.count > 0 ||
           err_set(err, ERR_USAGE, NULL,
                   "Nothing was measured in that time. What is kept are the signals that a rule of "
                   "the runbook looks at.");
}

static const char *unit_of(const struct performance_row *row)
{
    return row->kind == SIGNAL_GAUGE_RATIO ? "%" : "";
}

static double shown(const struct performance_row *row, double value)
{
    return row->kind == SIGNAL_GAUGE_RATIO ? value * 100 : value;
}

static void say_percentiles(struct text *out, const struct performance_row *row)
{
    for (size_t i = 0; i < PERCENTILES; i++) {
        struct performance_range range;
        if (!performance_percentile(row, percentiles[i].share, &range))
            continue;
        if (isinf(range.high))
            text_printf(out, ", %s more than %g s", percentiles[i].name, range.low);
        else
            text_printf(out, ", %s %g to %g s", percentiles[i].name, range.low, range.high);
    }
}

static void say_rate(struct text *out, const struct performance_row *row, struct str noun)
{
    if (row->measured_ms == 0)
        text_adds(out, "no time was measured yet");
    else
        text_printf(out, "%.3g %.*s/s", performance_rate(row), STR_ARGS(noun));
}

static void say_row(struct question *question, const struct performance_row *row)
{
    struct text *out = &question->app->out;
    const struct signal *signal = signal_find(&question->signals, row->signal);
    struct str noun = signal && signal->noun.n > 0 ? signal->noun : STR("events");
    text_printf(out, "%-26.*s  %-16.*s  ", STR_ARGS(row->signal), STR_ARGS(row->target));
    switch (row->kind) {
    case SIGNAL_RATIO:
        say_rate(out, row, noun);
        if (row->of > 0)
            text_printf(out, ", %.3g%% of them: %g of %g", row->part / row->of * 100, row->part,
                        row->of);
        break;
    case SIGNAL_QUANTILE:
        say_rate(out, row, noun);
        say_percentiles(out, row);
        break;
    case SIGNAL_COUNT:
        say_rate(out, row, noun);
        text_printf(out, ", %g in all", row->part);
        break;
    case SIGNAL_GAUGE:
    case SIGNAL_GAUGE_RATIO:
        text_printf(out, "at most %.4g%s, at least %.4g%s", shown(row, row->high), unit_of(row),
                    shown(row, row->low), unit_of(row));
        break;
    case SIGNAL_NONE: break;
    }
    text_byte(out, '\n');
}

static void say_all(struct question *question)
{
    struct app *app = question->app;
    int64_t ms = instant_ms_between(question->since, question->until);
    text_printf(&app->out, "The last %.*s, from readings %s:\n",
                STR_ARGS(duration_text(&app->arena, ms)),
                question->tier == TIER_EXACT
                    ? "as they were made"
                    : str_printf(&app->arena, "merged to %s", tier_of(question->tier)->name).p);
    for (size_t i = 0; i < question->performance.count; i++)
        say_row(question, &question->performance.rows[i]);
    if (question->performance.left_out > 0)
        text_printf(&app->out, "There are more targets than %d lines show.\n",
                    PERFORMANCE_ROWS_MAX);
}

/* Beyond the last edge there is no number: null. */
static void write_range(struct json_writer *w, const char *name,
                        const struct performance_range *range)
{
    json_open_object(w, name);
    if (isinf(range->high))
        json_null(w, "high");
    else
        json_real(w, "high", range->high);
    if (isinf(range->low))
        json_null(w, "low");
    else
        json_real(w, "low", range->low);
    json_close_object(w);
}

static void write_row(struct json_writer *w, const struct performance_row *row)
{
    bool gauge = row->kind == SIGNAL_GAUGE || row->kind == SIGNAL_GAUGE_RATIO;
    json_open_object(w, NULL);
    if (gauge) {
        json_real(w, "high", row->high);
        json_real(w, "low", row->low);
    }
    json_int(w, "measured_ms", row->measured_ms);
    if (row->kind == SIGNAL_RATIO || row->kind == SIGNAL_QUANTILE)
        json_real(w, "of", row->of);
    for (size_t i = 0; i < PERCENTILES; i++) {
        struct performance_range range;
        if (performance_percentile(row, percentiles[i].share, &range))
            write_range(w, percentiles[i].name, &range);
    }
    if (row->kind == SIGNAL_RATIO || row->kind == SIGNAL_COUNT)
        json_real(w, "part", row->part);
    if (!gauge)
        json_real(w, "per_second", performance_rate(row));
    json_str(w, "signal", row->signal);
    json_str(w, "target", row->target);
    json_close_object(w);
}

static void write_json(struct question *question)
{
    struct json_writer w = {.text = &question->app->out};
    json_open_object(&w, NULL);
    json_str(&w, "readings", str_of(tier_of(question->tier)->name));
    json_open_array(&w, "signals");
    for (size_t i = 0; i < question->performance.count; i++)
        write_row(&w, &question->performance.rows[i]);
    json_close_array(&w);
    json_close_object(&w);
    text_byte(&question->app->out, '\n');
}

bool local_metrics_performance(struct app *app, const struct call *call, struct err *err)
{
    struct question question = {.app = app, .until = app_now()};
    if (!app_read_config(app, err) ||
        !compose_signals(&question.signals, &app->arena, &app->config, err) ||
        !local_parse_since(call_str(call, "since"), question.until, &question.since, err) ||
        !archive_open(app->history_path, ARCHIVE_READ, ARCHIVE_BYTES_MAX, &question.archive, err))
        return false;
    if (!question.archive)
        return err_set(err, ERR_USAGE, app->history_path.p,
                       "Nothing was measured yet: there is no archive; it is made while \"reeve "
                       "serve\" runs with targets, senders or probes.");
    performance_init(&question.performance, &app->arena);
    question.tier = find_tier(&question);
    bool good = read_all(&question, err);
    archive_close(question.archive);
    if (good && app->json)
        write_json(&question);
    else if (good)
        say_all(&question);
    return good;
}

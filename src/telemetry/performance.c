/* performance.c - what readings of a stretch of time amount to. */
#include "telemetry/performance.h"

#include <math.h>

void performance_init(struct performance *performance, struct arena *arena)
{
    *performance = (struct performance){.arena = arena};
}

static struct performance_row *find_row(struct performance *performance,
                                        const struct reading *reading)
{
    for (size_t i = 0; i < performance->count; i++) {
        struct performance_row *row = &performance->rows[i];
        if (row->kind == reading->kind && str_equal(row->signal, reading->signal) &&
            str_equal(row->target, reading->target))
            return row;
    }
    if (performance->count == PERFORMANCE_ROWS_MAX)
        return NULL;
    struct performance_row *row = &LIST_PUSH(performance->arena, performance->rows,
                                             performance->count, performance->capacity);
    *row = (struct performance_row){.signal = str_copy(performance->arena, reading->signal),
                                    .target = str_copy(performance->arena, reading->target),
                                    .kind = reading->kind,
                                    .high = -INFINITY,
                                    .low = INFINITY};
    return row;
}

static void add_histogram(struct performance_row *row, const struct reading *reading)
{
    size_t bytes = reading->edge_count * sizeof *reading->edges;
    bool same = row->edge_count == reading->edge_count &&
                (bytes == 0 || memcmp(row->edges, reading->edges, bytes) == 0);
    if (!same) {
        row->edge_count = reading->edge_count;
        row->of = 0;
        row->measured_ms = 0;
        memcpy(row->edges, reading->edges, bytes);
        for (size_t i = 0; i < row->edge_count; i++)
            row->counts[i] = 0;
    }
    for (size_t i = 0; i < row->edge_count; i++)
        row->counts[i] += reading->counts[i];
}

void performance_take(struct performance *performance, const struct reading *reading)
{
    if (reading->ended.n > 0)
        return;
    struct performance_row *row = find_row(performance, reading);
    if (!row) {
        performance->left_out++;
        return;
    }
    if (reading->kind == SIGNAL_QUANTILE)
        add_histogram(row, reading);
    if (reading->kind == SIGNAL_GAUGE || reading->kind == SIGNAL_GAUGE_RATIO) {
        if (reading->high > row->high)
            row->high = reading->high;
        if (reading->low < row->low)
            row->low = reading->low;
    }
    if (!instant_is_zero(reading->since) && instant_before(reading->since, reading->at))
        row->measured_ms += instant_ms_between(reading->since, reading->at);
    row->part += reading->part;
    row->of += reading->of;
    row->readings++;
}

double performance_rate(const struct performance_row *row)
{
    double all = row->kind == SIGNAL_COUNT ? row->part : row->of;
    return row->measured_ms > 0 ? all * 1000 / (double)row->measured_ms : 0;
}

bool performance_percentile(const struct performance_row *row, double share,
                            struct performance_range *out_range)
{
    if (row->kind != SIGNAL_QUANTILE || row->of <= 0)
        return false;
    double rank = share * row->of;
    size_t at = 0;
    while (at < row->edge_count && row->counts[at] < rank)
        at++;
    out_range->low = at > 0                                      ? row->edges[at - 1]
                     : row->edge_count > 0 && row->edges[0] <= 0 ? -INFINITY
                                                                 : 0;
    out_range->high = at < row->edge_count ? row->edges[at] : INFINITY;
    return true;
}

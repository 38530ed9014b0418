/* window_ask.c - what the windows of a signal hold. */
#include "telemetry/window_internal.h"

#include <math.h>

enum { FUTURE_MOST_MS = 2000 };

static bool has_edge(const struct layout *layout, double edge, size_t *out_at)
{
    for (size_t i = 0; i < layout->count; i++) {
        if (layout->edges[i] < edge || layout->edges[i] > edge)
            continue;
        *out_at = i;
        return true;
    }
    return false;
}

/* Layouts that differ: sums are right only at the edges that all have. */
static void agree_on_edges(const struct layout *layout, bool first, struct answer *answer)
{
    size_t kept = 0;
    size_t at;
    if (first) {
        answer->edge_count = layout->count;
        memcpy(answer->edges, layout->edges, layout->count * sizeof(double));
        return;
    }
    for (size_t e = 0; e < answer->edge_count; e++)
        if (has_edge(layout, answer->edges[e], &at))
            answer->edges[kept++] = answer->edges[e];
    answer->edge_count = kept;
}

static bool is_live(const struct source *source, struct instant now)
{
    int64_t age_ms = instant_ms_between(source->at, now);
    if (!instant_is_zero(source->ended) && !instant_before(now, source->ended))
        return false;
    /* From the future: the wall clock was set back; what is old then cannot be told. */
    return age_ms <= source->holds_ms && age_ms >= -FUTURE_MOST_MS;
}

/* How many of the source's newest pieces the window holds. It ends with the newest, which is in it
 * however old it is: what a target said last holds until it says more. Of the others those are in
 * it that lie in it with their greater half, so that neither when it is asked nor a scrape that is
 * some milliseconds late makes it one more or less. That of a target that is silent ends now. */
static size_t count_pieces(const struct source *source, int64_t length_ms, struct instant now)
{
    bool live = is_live(source, now);
    int64_t begin_us = (live ? source->at.us : now.us) - length_ms * 1000;
    size_t count = live && source->count > 0;
    for (; count < source->count && !source->dropped; count++) {
        const struct piece *piece = piece_at(source, source->count - 1 - count);
        if (piece->at_us - begin_us + (piece->since_us - begin_us) <= 0)
            break;
    }
    return source->dropped ? 0 : count;
}

static void add_counts(const struct window *window, const struct source *source,
                       const struct piece *piece, struct answer *answer)
{
    const struct layout *layout = &window->layouts[piece->layout];
    const double *counts = counts_of(source, piece);
    size_t at = 0;
    for (size_t e = 0; e < answer->edge_count; e++) {
        if (layout->count == answer->edge_count)
            at = e;
        else if (!has_edge(layout, answer->edges[e], &at))
            continue;
        answer->counts[e] += counts[at];
    }
}

static void add_pieces(const struct window *window, const struct source *source, size_t count,
                       struct answer *answer)
{
    for (size_t i = source->count - count; i < source->count; i++) {
        const struct piece *piece = piece_at(source, i);
        answer->part += piece->part;
        answer->of += piece->of;
        if (window->kind == SIGNAL_QUANTILE)
            add_counts(window, source, piece, answer);
    }
}

static void add_gauges(const struct source *source, bool first, struct answer *answer)
{
    if (first || source->high > answer->high) {
        answer->high = source->high;
        answer->high_series = str_of(source->high_series);
    }
    if (first || source->low < answer->low) {
        answer->low = source->low;
        answer->low_series = str_of(source->low_series);
    }
    for (size_t i = 0; source->has_lost && i < LOST_MOST; i++)
        if (!instant_is_zero(source->lost->gauges[i].seen))
            lost_put(answer->lost, &source->lost->gauges[i]);
    if (instant_before(answer->newest, source->at))
        answer->newest = source->at;
}

int64_t window_tolerance_ms(int64_t length_ms)
{
    return length_ms / 100 + 100;
}

/* A slot ends with the last reading in it, not at its edge. */
static int64_t tolerance_of(const struct source *source, int64_t length_ms)
{
    return window_tolerance_ms(length_ms) + (source->slot_ms > 0 ? source->interval_ms : 0);
}

/* How far back the source was seen: the whole window but for some milliseconds is all of it. */
static int64_t covered_of(const struct source *source, int64_t length_ms)
{
    struct instant from = source->covered_from;
    /* One scrape alone has measured nothing. */
    bool measured = instant_before(from, source->at);
    if (from.us < source->kept_from_us)
        from.us = source->kept_from_us;
    int64_t covered_ms = measured ? instant_ms_between(from, source->at) : 0;
    bool whole = measured && covered_ms + tolerance_of(source, length_ms) >= length_ms;
    return whole ? length_ms : covered_ms;
}

/* Of how long the source's readings in the window are, and of the one on its edge: how much of it
 * lies in the window nobody knows. A rate is that of the readings; of a window that was not all
 * seen, or whose end is silent, that of the whole window at least. */
static void add_edge(const struct source *source, size_t count, int64_t length_ms,
                     struct instant now, struct answer *answer)
{
    bool live = is_live(source, now);
    int64_t begin_us = (live ? source->at.us : now.us) - length_ms * 1000;
    int64_t tolerance_us = tolerance_of(source, length_ms) * 1000;
    int64_t seen_us = 0;
    double part = 0;
    for (size_t i = source->count - count; i < source->count; i++) {
        seen_us += piece_at(source, i)->seen_us;
        part += piece_at(source, i)->part;
    }
    if (count > 0 && piece_at(source, source->count - count)->since_us < begin_us - tolerance_us)
        answer->before += piece_at(source, source->count - count)->part;
    if (count < source->count &&
        piece_at(source, source->count - count - 1)->at_us > begin_us + tolerance_us)
        answer->within += piece_at(source, source->count - count - 1)->part;
    int64_t seen_ms = seen_us / 1000;
    bool whole = live && seen_ms > 0 && covered_of(source, length_ms) >= length_ms;
    answer->a_second += part * 1000 / (double)(whole ? seen_ms : length_ms);
    if (!live)
        return;
    if (answer->seen_least_ms == 0 || seen_ms < answer->seen_least_ms)
        answer->seen_least_ms = seen_ms;
    if (seen_ms > answer->seen_most_ms)
        answer->seen_most_ms = seen_ms;
}

/* The edges that all pieces of the window have, before any is added up. */
static void find_edges(const struct window *window, int64_t length_ms, struct instant now,
                       struct answer *answer)
{
    bool first = true;
    uint32_t before = 0;
    for (size_t i = 0; i < window->source_count; i++) {
        const struct source *source = &window->sources[i];
        size_t count = count_pieces(source, length_ms, now);
        for (size_t k = source->count - count; k < source->count; k++) {
            uint32_t layout = piece_at(source, k)->layout;
            if (first || layout != before)
                agree_on_edges(&window->layouts[layout], first, answer);
            first = false;
            before = layout;
        }
    }
}

static void add_silent(const struct source *source, bool first, struct instant now,
                       struct answer *answer)
{
    bool ended = !instant_is_zero(source->ended);
    if (first) {
        answer->silent_target = source->name;
        answer->silent_ms = instant_ms_between(source->at, now);
        if (ended && instant_ms_between(source->ended_again, now) <= source->holds_ms)
            answer->silent_why = str_of(source->why);
    }
    if (instant_before(answer->silent_at, source->at)) {
        answer->silent_at = source->at;
        answer->silent_since = ended ? source->ended : instant_add_ms(source->at, source->holds_ms);
    }
}

struct answer telemetry_ask(const struct telemetry *telemetry, struct str signal, int64_t length_ms,
                            struct instant now)
{
    struct answer answer = {.covered_ms = length_ms};
    const struct window *window = map_find(&telemetry->windows, signal);
    size_t live = 0;
    size_t silent = 0;
    bool awaited = false;
    if (!window)
        return answer;
    answer.kind = window->kind;
    if (window->kind == SIGNAL_QUANTILE)
        find_edges(window, length_ms, now, &answer);
    for (size_t i = 0; i < window->source_count; i++) {
        const struct source *source = &window->sources[i];
        awaited = awaited || source->awaited > 0;
        if (source->dropped)
            continue;
        size_t count = count_pieces(source, length_ms, now);
        add_pieces(window, source, count, &answer);
        if (window->kind == SIGNAL_COUNT)
            add_edge(source, count, length_ms, now, &answer);
        if (is_live(source, now)) {
            int64_t covered_ms = covered_of(source, length_ms);
            add_gauges(source, live++ == 0, &answer);
            if (covered_ms < answer.covered_ms)
                answer.covered_ms = covered_ms;
            continue;
        }
        add_silent(source, silent++ == 0, now, &answer);
    }
    if (silent > 0)
        answer.state = live > 0 ? ANSWER_PARTLY : ANSWER_SILENT;
    else
        answer.state = live > 0 ? ANSWER_LIVE : awaited ? ANSWER_FORGOTTEN : ANSWER_NONE;
    return answer;
}

double answer_falls_at(const struct answer *answer)
{
    double most = 0;
    double allowed = answer->of / 100 + 1;
    for (size_t i = 0; i < answer->edge_count; i++) {
        if (answer->counts[i] < most - allowed)
            return answer->edges[i];
        most = answer->counts[i] > most ? answer->counts[i] : most;
    }
    return answer->of < most - allowed ? INFINITY : 0;
}

static const struct target_reason *reason_of(const struct target_status *status, struct str signal)
{
    for (size_t i = 0; i < status->reason_count; i++)
        if (str_equal(status->reasons[i].signal, signal))
            return &status->reasons[i];
    return NULL;
}

bool telemetry_target_shows_why(const struct target_status *status, struct str signal)
{
    return reason_of(status, signal) != NULL;
}

struct str telemetry_target_reason(const struct target_status *status, struct str signal)
{
    const struct target_reason *reason = reason_of(status, signal);
    if (reason)
        return reason->problem;
    return status->of_metric ? STR("") : status->problem;
}

void telemetry_find_bindings(const struct telemetry *telemetry, struct str signal,
                             bool out_used[ALTERNATIVES_MAX])
{
    const struct window *window = map_find(&telemetry->windows, signal);
    memset(out_used, 0, ALTERNATIVES_MAX * sizeof *out_used);
    for (size_t i = 0; window && i < window->source_count; i++)
        if (window->sources[i].binding > 0 && !window->sources[i].dropped)
            out_used[window->sources[i].binding - 1] = true;
}

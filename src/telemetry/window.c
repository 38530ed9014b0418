/* window.c - of each target a ring of what it said, slot by slot. */
#include "telemetry/window_internal.h"

enum { PIECES_FIRST = 16, PIECES_MAX = SLOTS_MAX + 64 };

void telemetry_init(struct telemetry *telemetry, struct arena *arena)
{
    *telemetry = (struct telemetry){.arena = arena};
    map_init(&telemetry->windows, LIMIT_SIGNALS);
    map_init(&telemetry->targets, LIMIT_TARGETS);
    log_errors_init(&telemetry->errors, arena);
}

void telemetry_done(struct telemetry *telemetry)
{
    map_done(&telemetry->windows);
    map_done(&telemetry->targets);
    if (telemetry->asked)
        asked_done(telemetry->asked);
}

static void set_length(struct window *window, int64_t length_ms)
{
    window->length_ms = length_ms;
    window->slot_ms = (length_ms / SLOTS_MAX / 1000 + 1) * 1000;
}

static struct window *window_for(struct telemetry *telemetry, struct str signal)
{
    struct window *window = map_find(&telemetry->windows, signal);
    if (window)
        return window;
    window = arena_make(telemetry->arena, struct window);
    if (!map_put(&telemetry->windows, signal, window))
        return NULL;
    set_length(window, RETAIN_LEAST_MS);
    return window;
}

void telemetry_retain(struct telemetry *telemetry, struct str signal, int64_t length_ms)
{
    struct window *window = window_for(telemetry, signal);
    if (window && window->length_ms < length_ms)
        set_length(window, length_ms);
}

static struct source *source_for(struct telemetry *telemetry, struct window *window,
                                 struct str name)
{
    for (size_t i = 0; i < window->source_count; i++)
        if (str_equal(window->sources[i].name, name))
            return &window->sources[i];
    if (window->source_count == LIMIT_TARGETS)
        return NULL;
    struct source *source = &LIST_PUSH(telemetry->arena, window->sources, window->source_count,
                                       window->source_capacity);
    *source = (struct source){.name = str_copy(telemetry->arena, name)};
    return source;
}

static void cover(struct source *source, const struct reading *reading)
{
    struct instant from = instant_is_zero(reading->since) ? reading->at : reading->since;
    bool gap = instant_is_zero(source->at) ||
               instant_ms_between(source->at, from) > stale_after_ms(reading->interval_ms);
    if (gap)
        source->covered_from = from;
}

static void keep_series(char out_text[256], struct str series)
{
    size_t n = series.n < 255 ? series.n : 255;
    if (n > 0)
        memcpy(out_text, series.p, n);
    out_text[n] = '\0';
}

/* More room for pieces, or for more edges in each. */
static void grow(struct telemetry *telemetry, struct source *source, size_t capacity, size_t row)
{
    struct source old = *source;
    source->pieces = arena_array(telemetry->arena, capacity, sizeof *source->pieces);
    source->counts = row > 0 ? arena_array(telemetry->arena, capacity * row, sizeof(double)) : NULL;
    source->capacity = capacity;
    source->row = row;
    source->first = 0;
    for (size_t i = 0; i < old.count; i++) {
        const struct piece *piece = piece_at(&old, i);
        source->pieces[i] = *piece;
        if (old.row > 0 && source->counts)
            memcpy(source->counts + i * row, counts_of(&old, piece), old.row * sizeof(double));
    }
}

static void drop_oldest(struct source *source)
{
    source->kept_from_us = piece_at(source, 0)->at_us;
    source->first = (source->first + 1) % source->capacity;
    source->count--;
}

static bool is_layout(const struct layout *layout, const struct reading *reading)
{
    return layout->count == reading->edge_count &&
           memcmp(layout->edges, reading->edges, layout->count * sizeof(double)) == 0;
}

static bool is_used(const struct window *window, uint32_t layout)
{
    for (size_t i = 0; i < window->source_count; i++)
        for (size_t k = 0; k < window->sources[i].count; k++)
            if (piece_at(&window->sources[i], k)->layout == layout)
                return true;
    return false;
}

/* The number of the reading's layout; one that no piece has any more makes room for a new one. */
static uint32_t layout_of(struct telemetry *telemetry, struct window *window,
                          const struct reading *reading)
{
    if (reading->kind != SIGNAL_QUANTILE)
        return 0;
    for (size_t i = 0; i < window->layout_count; i++)
        if (is_layout(&window->layouts[i], reading))
            return (uint32_t)i;
    size_t at = 0;
    while (at < window->layout_count && is_used(window, (uint32_t)at))
        at++;
    if (at == window->layout_count)
        (void)LIST_PUSH(telemetry->arena, window->layouts, window->layout_count,
                        window->layout_capacity);
    struct layout *layout = &window->layouts[at];
    layout->count = reading->edge_count;
    memcpy(layout->edges, reading->edges, layout->count * sizeof(double));
    return (uint32_t)at;
}

/* The piece that the reading belongs to: of its slot, if the newest one is, or a new one. */
static struct piece *open_piece(struct telemetry *telemetry, const struct window *window,
                                struct source *source, const struct reading *reading,
                                uint32_t layout)
{
    int64_t slot = reading->at.us / 1000 / window->slot_ms;
    struct piece *newest = source->count > 0 ? piece_at(source, source->count - 1) : NULL;
    if (newest && newest->slot == slot && newest->layout == layout)
        return newest;
    if (source->count == PIECES_MAX)
        drop_oldest(source);
    size_t row = reading->edge_count > source->row ? reading->edge_count : source->row;
    if (source->count == source->capacity)
        grow(telemetry, source, source->capacity ? source->capacity * 2 : PIECES_FIRST, row);
    else if (row > source->row)
        grow(telemetry, source, source->capacity, row);
    struct piece *piece = piece_at(source, source->count++);
    int64_t since_us = instant_is_zero(reading->since) ? reading->at.us : reading->since.us;
    *piece = (struct piece){.slot = slot, .since_us = since_us, .layout = layout};
    if (source->row > 0)
        memset(counts_of(source, piece), 0, source->row * sizeof(double));
    return piece;
}

static void merge(struct telemetry *telemetry, struct window *window, struct source *source,
                  const struct reading *reading)
{
    uint32_t layout = layout_of(telemetry, window, reading);
    struct piece *piece = open_piece(telemetry, window, source, reading, layout);
    piece->at_us = reading->at.us;
    if (!instant_is_zero(reading->since))
        piece->seen_us += reading->at.us - reading->since.us;
    piece->part += reading->part;
    piece->of += reading->of;
    for (size_t e = 0; e < reading->edge_count; e++)
        counts_of(source, piece)[e] += reading->counts[e];
    /* Half an interval more than is asked for decides whether a reading is in a window. */
    int64_t long_ms =
        reading->slot_ms > reading->interval_ms ? reading->slot_ms : reading->interval_ms;
    int64_t kept_ms = window->length_ms + long_ms + window->slot_ms;
    while (source->count > 1 && piece_at(source, 0)->at_us <= reading->at.us - kept_ms * 1000)
        drop_oldest(source);
}

const struct kept_spending *telemetry_find_spending(const struct telemetry *telemetry,
                                                    struct str signal, double limit,
                                                    int64_t period_ms)
{
    for (size_t i = 0; i < telemetry->spending_count; i++) {
        const struct kept_spending *kept = &telemetry->spendings[i];
        if (str_equal(kept->signal, signal) && kept->period_ms == period_ms &&
            kept->spending.limit >= limit && kept->spending.limit <= limit)
            return kept;
    }
    return NULL;
}

void telemetry_keep_spending(struct telemetry *telemetry, struct str signal, double limit,
                             int64_t period_ms)
{
    if (telemetry_find_spending(telemetry, signal, limit, period_ms))
        return;
    struct kept_spending *kept =
        &LIST_PUSH(telemetry->arena, telemetry->spendings, telemetry->spending_count,
                   telemetry->spending_capacity);
    *kept = (struct kept_spending){.signal = str_copy(telemetry->arena, signal),
                                   .period_ms = period_ms};
    spending_init(&kept->spending, telemetry->arena, limit, period_ms);
}

void telemetry_fold_kept(struct telemetry *telemetry, const struct reading *reading,
                         int64_t slot_ms)
{
    if (reading->ended.n > 0 ||
        (telemetry->names &&
         !window_is_named(telemetry->names, telemetry->name_count, reading->target)))
        return;
    for (size_t i = 0; i < telemetry->spending_count; i++)
        if (str_equal(telemetry->spendings[i].signal, reading->signal))
            spending_fold(&telemetry->spendings[i].spending, reading, slot_ms);
}

struct spent telemetry_ask_spent(const struct telemetry *telemetry, const struct kept_spending *of,
                                 int64_t length_ms, struct instant now)
{
    return spending_ask(&of->spending, telemetry->names, telemetry->name_count, length_ms, now);
}

/* It was measured in another way before; a signal that is seen first was in none. */
static void forget_spending(struct telemetry *telemetry, struct str signal, enum signal_kind before)
{
    for (size_t i = 0; i < telemetry->spending_count && before != SIGNAL_NONE; i++)
        if (str_equal(telemetry->spendings[i].signal, signal))
            spending_forget(&telemetry->spendings[i].spending);
}

static void keep_lost(struct telemetry *telemetry, struct source *source,
                      const struct reading *reading)
{
    source->has_lost = false;
    for (size_t i = 0; i < LOST_MOST; i++)
        source->has_lost |= !instant_is_zero(reading->lost[i].seen);
    if (!source->has_lost)
        return;
    if (!source->lost)
        source->lost = arena_make(telemetry->arena, struct kept_lost);
    struct kept_lost *kept = source->lost;
    memcpy(kept->gauges, reading->lost, sizeof kept->gauges);
    for (size_t i = 0; i < LOST_MOST; i++) {
        keep_series(kept->series[i], reading->lost[i].series);
        kept->gauges[i].series = str_of(kept->series[i]);
        kept->gauges[i].target = source->name;
    }
}

/* There is nothing to read from here on; of what never showed anything that says nothing. */
static void end(struct telemetry *telemetry, struct source *source, const struct reading *reading)
{
    if (source->dropped || instant_is_zero(source->at))
        return;
    if (!source->why)
        source->why = arena_alloc(telemetry->arena, WHY_BYTES);
    if (instant_is_zero(source->ended))
        source->ended = reading->at;
    source->ended_again = reading->at;
    str_keep(source->why, WHY_BYTES, reading->ended);
}

bool telemetry_fold(struct telemetry *telemetry, const struct reading *reading, struct err *err)
{
    if (telemetry->names &&
        !window_is_named(telemetry->names, telemetry->name_count, reading->target))
        return true;
    struct window *window = window_for(telemetry, reading->signal);
    if (!window)
        return err_set(err, ERR_SELF, NULL, "more than %d signals are measured", LIMIT_SIGNALS);
    if (window->kind != reading->kind) {
        window_forget(window);
        forget_spending(telemetry, reading->signal, window->kind);
    }
    window->kind = reading->kind;
    struct source *source = source_for(telemetry, window, reading->target);
    if (!source)
        return err_set(err, ERR_SELF, NULL, "more than %d targets show a signal", LIMIT_TARGETS);
    if (!instant_before(source->at, reading->at))
        return true;
    if (reading->ended.n > 0) {
        end(telemetry, source, reading);
        return true;
    }
    source->ended = (struct instant){0};
    cover(source, reading);
    merge(telemetry, window, source, reading);
    source->dropped = false;
    source->awaited = 0;
    source->at = reading->at;
    source->interval_ms = reading->interval_ms;
    source->slot_ms = reading->slot_ms;
    source->holds_ms = reading_holds_ms(reading);
    source->high = reading->high;
    source->low = reading->low;
    source->binding = reading->binding;
    keep_series(source->high_series, reading->high_series);
    keep_series(source->low_series, reading->low_series);
    keep_lost(telemetry, source, reading);
    telemetry_fold_kept(telemetry, reading, 0);
    return true;
}

/* A target's status with room for its texts, so that changing problems cost no memory. */
struct kept_target {
    struct target_status status;
    char problem[512];
    char url[512];
    struct kept_reason *reasons;
    struct target_reason *shown; /* of status; its texts are in reasons */
    size_t reason_room;
};

struct kept_reason {
    char signal[512];
    char problem[512];
};

static struct str keep_text(char out_text[512], struct str s)
{
    size_t n = s.n < 511 ? s.n : 511;
    if (n > 0)
        memmove(out_text, s.p, n);
    out_text[n] = '\0';
    return (struct str){out_text, n};
}

/* Room is made once for the most there were. */
static void keep_reasons(struct telemetry *telemetry, struct kept_target *known,
                         const struct target_status *status)
{
    if (status->reason_count > known->reason_room) {
        known->reason_room = status->reason_count * 2;
        known->reasons = arena_array(telemetry->arena, known->reason_room, sizeof *known->reasons);
        known->shown = arena_array(telemetry->arena, known->reason_room, sizeof *known->shown);
    }
    for (size_t i = 0; i < status->reason_count; i++)
        known->shown[i] = (struct target_reason){
            keep_text(known->reasons[i].signal, status->reasons[i].signal),
            keep_text(known->reasons[i].problem, status->reasons[i].problem)};
    known->status.reasons = known->shown;
    known->status.reason_count = status->reason_count;
}

static struct kept_target *add_target(struct telemetry *telemetry, struct str name)
{
    struct kept_target *known = map_find(&telemetry->targets, name);
    if (known)
        return known;
    known = arena_make(telemetry->arena, struct kept_target);
    known->status.name = str_copy(telemetry->arena, name);
    return map_put(&telemetry->targets, name, known) ? known : NULL;
}

static void fold_target(struct telemetry *telemetry, const struct target_status *status)
{
    if (telemetry->names && !window_is_named(telemetry->names, telemetry->name_count, status->name))
        return;
    struct kept_target *known = map_find(&telemetry->targets, status->name);
    if (status->remembered) {
        if (known && known->status.remembered && instant_before(known->status.at, status->at))
            known->status.at = status->at;
        return;
    }
    known = add_target(telemetry, status->name);
    if (!known)
        return;
    known->status.at = status->at;
    known->status.interval_ms = status->interval_ms;
    known->status.up = status->up;
    known->status.remembered = false;
    known->status.problem = keep_text(known->problem, status->problem);
    known->status.of_metric = status->of_metric;
    known->status.url = keep_text(known->url, status->url);
    keep_reasons(telemetry, known, status);
}

void telemetry_expect(struct telemetry *telemetry, const struct target_status *status)
{
    bool is_new = !map_find(&telemetry->targets, status->name);
    struct kept_target *known = add_target(telemetry, status->name);
    if (!known || !is_new)
        return;
    known->status.interval_ms = status->interval_ms;
    known->status.remembered = true;
    known->status.since = status->since;
    known->status.problem = keep_text(known->problem, STR(""));
    known->status.url = keep_text(known->url, status->url);
}

bool telemetry_fold_line(struct telemetry *telemetry, struct arena *scratch, struct str line,
                         struct err *err)
{
    struct collector_line parsed;
    if (!collector_line_parse(scratch, line, &parsed, err))
        return false;
    if (parsed.is_reading)
        return telemetry_fold(telemetry, &parsed.reading, err);
    if (parsed.is_error) {
        log_errors_fold(&telemetry->errors, &parsed.error);
        return true;
    }
    fold_target(telemetry, &parsed.status);
    if (parsed.status.up)
        window_count_answer(telemetry, parsed.status.name);
    return true;
}

const struct target_status *telemetry_next_listed(const struct telemetry *telemetry, size_t *at)
{
    struct map_entry *entry = map_next(&telemetry->targets, at);
    return entry ? &((const struct kept_target *)entry->value)->status : NULL;
}

const struct target_status *telemetry_next_target(const struct telemetry *telemetry, size_t *at)
{
    const struct target_status *status = telemetry_next_listed(telemetry, at);
    while (status && status->remembered)
        status = telemetry_next_listed(telemetry, at);
    return status;
}

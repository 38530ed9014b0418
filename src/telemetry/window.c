/* window.c - rings of merged slots. */
#include "telemetry/window.h"

enum { FUTURE_MOST_MS = 2000 };

struct slot {
    int64_t number; /* of the slot since 1970, + 1; 0 is empty */
    double part, of;
};

/* What one target said last of a signal. */
struct source {
    struct str name;
    struct instant at;
    struct instant covered_from; /* seen without a gap since */
    int64_t interval_ms;
    double high, low;
    char high_series[256], low_series[256];
    /* What it said in the slot of its newest reading: holds until it says more. */
    double part, of;
    double *counts; /* histograms: [row] */
    bool dropped;   /* no longer a target */
};

struct window {
    enum signal_kind kind;
    int64_t slot_ms;
    size_t slot_count;
    struct slot *slots;
    double edges[EDGES_MAX];
    size_t edge_count;
    size_t row;     /* doubles per slot in counts */
    double *counts; /* histograms: [slot_count × row] */
    struct source *sources;
    size_t source_count, source_capacity;
};

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

static int64_t slot_number(const struct window *window, struct instant at)
{
    return at.us / 1000 / window->slot_ms + 1;
}

static struct slot *slot_of(const struct window *window, int64_t number)
{
    return &window->slots[(size_t)number % window->slot_count];
}

static double *counts_of(const struct window *window, const struct slot *slot)
{
    return window->counts + (size_t)(slot - window->slots) * window->row;
}

/* Adds to the slot of an instant; a slot that held an older time is emptied first. An instant older
 * than what the slot holds has left the window. */
static struct slot *open_slot(struct window *window, struct instant at)
{
    int64_t number = slot_number(window, at);
    struct slot *slot = slot_of(window, number);
    if (slot->number > number)
        return NULL;
    if (slot->number < number) {
        *slot = (struct slot){.number = number};
        if (window->counts)
            memset(counts_of(window, slot), 0, window->row * sizeof(double));
    }
    return slot;
}

static void set_length(struct telemetry *telemetry, struct window *window, int64_t length_ms)
{
    struct window old = *window;
    int64_t slot_ms = (length_ms / SLOTS_MAX / 1000 + 1) * 1000;
    window->slot_ms = slot_ms;
    window->slot_count = (size_t)(length_ms / slot_ms) + 2;
    window->slots = arena_array(telemetry->arena, window->slot_count, sizeof *window->slots);
    if (old.counts)
        window->counts =
            arena_array(telemetry->arena, window->slot_count * window->row, sizeof(double));
    for (size_t i = 0; i < old.slot_count; i++) {
        const struct slot *from = &old.slots[i];
        struct slot *to = NULL;
        if (from->number > 0)
            to = open_slot(window, (struct instant){(from->number - 1) * old.slot_ms * 1000});
        if (!to)
            continue;
        to->part += from->part;
        to->of += from->of;
        for (size_t e = 0; old.counts && e < window->edge_count; e++)
            counts_of(window, to)[e] += counts_of(&old, from)[e];
    }
}

static struct window *window_for(struct telemetry *telemetry, struct str signal)
{
    struct window *window = map_find(&telemetry->windows, signal);
    if (window)
        return window;
    window = arena_make(telemetry->arena, struct window);
    if (!map_put(&telemetry->windows, signal, window))
        return NULL;
    set_length(telemetry, window, RETAIN_LEAST_MS);
    return window;
}

void telemetry_retain(struct telemetry *telemetry, struct str signal, int64_t length_ms)
{
    struct window *window = window_for(telemetry, signal);
    if (window && (int64_t)window->slot_count * window->slot_ms < length_ms)
        set_length(telemetry, window, length_ms);
}

static void forget(struct window *window)
{
    memset(window->slots, 0, window->slot_count * sizeof *window->slots);
    for (size_t i = 0; i < window->source_count; i++)
        window->sources[i] = (struct source){
            .name = window->sources[i].name, .counts = window->sources[i].counts, .dropped = true};
}

void telemetry_forget(struct telemetry *telemetry)
{
    size_t at = 0;
    struct map_entry *entry;
    while ((entry = map_next(&telemetry->windows, &at)))
        forget(entry->value);
    for (size_t i = 0; i < telemetry->spending_count; i++)
        spending_forget(&telemetry->spendings[i].spending);
    if (telemetry->asked)
        asked_forget(telemetry->asked);
}

static bool is_named(const struct str *names, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(names[i], name))
            return true;
    return false;
}

void telemetry_set_targets(struct telemetry *telemetry, const struct str *names, size_t count)
{
    telemetry->names = arena_array(telemetry->arena, count, sizeof *telemetry->names);
    telemetry->name_count = count;
    for (size_t i = 0; i < count; i++)
        telemetry->names[i] = str_copy(telemetry->arena, names[i]);
    size_t at = 0;
    struct map_entry *entry;
    while ((entry = map_next(&telemetry->targets, &at)))
        if (!is_named(names, count, entry->key))
            (void)map_remove(&telemetry->targets, entry->key);
    at = 0;
    while ((entry = map_next(&telemetry->windows, &at))) {
        struct window *window = entry->value;
        for (size_t i = 0; i < window->source_count; i++)
            window->sources[i].dropped = !is_named(names, count, window->sources[i].name);
    }
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

/* Drops column e of all rows: an edge that not every reading has. */
static void drop_edge(struct window *window, size_t e)
{
    size_t behind = window->edge_count - e - 1;
    for (size_t s = 0; s < window->slot_count; s++) {
        double *row = counts_of(window, &window->slots[s]);
        memmove(row + e, row + e + 1, behind * sizeof *row);
    }
    for (size_t i = 0; i < window->source_count; i++) {
        double *row = window->sources[i].counts;
        if (row)
            memmove(row + e, row + e + 1, behind * sizeof *row);
    }
    memmove(window->edges + e, window->edges + e + 1, behind * sizeof *window->edges);
    window->edge_count--;
}

static bool has_edge(const struct reading *reading, double edge, size_t *out_at)
{
    for (size_t i = 0; i < reading->edge_count; i++) {
        if (reading->edges[i] != edge)
            continue;
        *out_at = i;
        return true;
    }
    return false;
}

/* Layouts that differ: sums are right only at the edges that all have. */
static void agree_on_edges(struct telemetry *telemetry, struct window *window,
                           const struct reading *reading)
{
    size_t at;
    if (!window->counts) {
        window->edge_count = window->row = reading->edge_count;
        memcpy(window->edges, reading->edges, reading->edge_count * sizeof(double));
        window->counts =
            arena_array(telemetry->arena, window->slot_count * window->row, sizeof(double));
        return;
    }
    for (size_t e = window->edge_count; e > 0; e--)
        if (!has_edge(reading, window->edges[e - 1], &at))
            drop_edge(window, e - 1);
}

static void add_counts(const struct window *window, const struct reading *reading, double *counts)
{
    size_t at;
    for (size_t e = 0; e < window->edge_count; e++)
        if (has_edge(reading, window->edges[e], &at))
            counts[e] += reading->counts[at];
}

/* The source's newest slot: another one than that of its reading before begins at nothing. */
static void keep_newest(struct telemetry *telemetry, const struct window *window,
                        struct source *source, const struct reading *reading)
{
    bool is_histogram = reading->kind == SIGNAL_QUANTILE;
    if (is_histogram && !source->counts)
        source->counts = arena_array(telemetry->arena, window->row, sizeof(double));
    if (slot_number(window, source->at) != slot_number(window, reading->at)) {
        source->part = source->of = 0;
        if (is_histogram)
            memset(source->counts, 0, window->row * sizeof(double));
    }
    source->part += reading->part;
    source->of += reading->of;
    if (is_histogram)
        add_counts(window, reading, source->counts);
}

/* source->at is still that of the reading before. */
static void merge(struct telemetry *telemetry, struct window *window, struct source *source,
                  const struct reading *reading)
{
    if (reading->kind == SIGNAL_QUANTILE)
        agree_on_edges(telemetry, window, reading);
    keep_newest(telemetry, window, source, reading);
    struct slot *slot = open_slot(window, reading->at);
    if (!slot)
        return;
    slot->part += reading->part;
    slot->of += reading->of;
    if (reading->kind == SIGNAL_QUANTILE)
        add_counts(window, reading, counts_of(window, slot));
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
    if (telemetry->names && !is_named(telemetry->names, telemetry->name_count, reading->target))
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

bool telemetry_fold(struct telemetry *telemetry, const struct reading *reading, struct err *err)
{
    if (telemetry->names && !is_named(telemetry->names, telemetry->name_count, reading->target))
        return true;
    struct window *window = window_for(telemetry, reading->signal);
    if (!window)
        return err_set(err, ERR_SELF, NULL, "more than %d signals are measured", LIMIT_SIGNALS);
    if (window->kind != reading->kind) {
        forget(window);
        forget_spending(telemetry, reading->signal, window->kind);
    }
    window->kind = reading->kind;
    struct source *source = source_for(telemetry, window, reading->target);
    if (!source)
        return err_set(err, ERR_SELF, NULL, "more than %d targets show a signal", LIMIT_TARGETS);
    if (!instant_before(source->at, reading->at))
        return true;
    cover(source, reading);
    merge(telemetry, window, source, reading);
    source->dropped = false;
    source->at = reading->at;
    source->interval_ms = reading->interval_ms;
    source->high = reading->high;
    source->low = reading->low;
    keep_series(source->high_series, reading->high_series);
    keep_series(source->low_series, reading->low_series);
    telemetry_fold_kept(telemetry, reading, 0);
    return true;
}

/* A target's status with room for its texts, so that changing problems cost no memory. */
struct kept_target {
    struct target_status status;
    char problem[512];
    char url[512];
};

static struct str keep_text(char out_text[512], struct str s)
{
    size_t n = s.n < 511 ? s.n : 511;
    if (n > 0)
        memmove(out_text, s.p, n);
    out_text[n] = '\0';
    return (struct str){out_text, n};
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
    if (telemetry->names && !is_named(telemetry->names, telemetry->name_count, status->name))
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
    known->status.url = keep_text(known->url, status->url);
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
    return true;
}

static void add_row(const struct window *window, const double *counts, struct answer *answer)
{
    for (size_t e = 0; e < window->edge_count; e++)
        answer->counts[e] += counts[e];
}

/* What was read in the slots behind oldest, up to newest. */
static void sum_slots(const struct window *window, int64_t oldest, int64_t newest,
                      struct answer *answer)
{
    if (newest - oldest > (int64_t)window->slot_count)
        oldest = newest - (int64_t)window->slot_count;
    for (int64_t number = oldest < 0 ? 1 : oldest + 1; number <= newest; number++) {
        const struct slot *slot = slot_of(window, number);
        if (slot->number != number)
            continue;
        answer->part += slot->part;
        answer->of += slot->of;
        if (window->counts)
            add_row(window, counts_of(window, slot), answer);
    }
}

static void add_source(const struct source *source, struct instant now, bool first,
                       struct answer *answer)
{
    if (first || source->high > answer->high) {
        answer->high = source->high;
        answer->high_series = str_of(source->high_series);
    }
    if (first || source->low < answer->low) {
        answer->low = source->low;
        answer->low_series = str_of(source->low_series);
    }
    /* One scrape alone has measured nothing. */
    bool measured = instant_before(source->covered_from, source->at);
    int64_t covered_ms = measured ? instant_ms_between(source->covered_from, now) : 0;
    if (covered_ms < answer->covered_ms)
        answer->covered_ms = covered_ms;
    if (instant_before(answer->newest, source->at))
        answer->newest = source->at;
}

/* What a live source said last holds until it says more, also when it said so at or before the slot
 * oldest: a target that is read once in two minutes has not been idle in the second of them. */
static void reach_back(const struct window *window, const struct source *source, int64_t oldest,
                       struct answer *answer)
{
    if (slot_number(window, source->at) > oldest)
        return;
    answer->part += source->part;
    answer->of += source->of;
    if (source->counts)
        add_row(window, source->counts, answer);
}

static void ask_sources(const struct window *window, struct instant now, int64_t oldest,
                        struct answer *answer)
{
    size_t live = 0;
    size_t silent = 0;
    for (size_t i = 0; i < window->source_count; i++) {
        const struct source *source = &window->sources[i];
        if (source->dropped)
            continue;
        int64_t age_ms = instant_ms_between(source->at, now);
        /* From the future: the wall clock was set back; what is old then cannot be told. */
        if (age_ms > stale_after_ms(source->interval_ms) || age_ms < -FUTURE_MOST_MS) {
            if (silent++ == 0) {
                answer->silent_target = source->name;
                answer->silent_ms = age_ms;
            }
            continue;
        }
        add_source(source, now, live++ == 0, answer);
        reach_back(window, source, oldest, answer);
    }
    if (silent > 0)
        answer->state = live > 0 ? ANSWER_PARTLY : ANSWER_SILENT;
    else
        answer->state = live > 0 ? ANSWER_LIVE : ANSWER_NONE;
}

struct answer telemetry_ask(const struct telemetry *telemetry, struct str signal, int64_t length_ms,
                            struct instant now)
{
    struct answer answer = {.covered_ms = length_ms};
    const struct window *window = map_find(&telemetry->windows, signal);
    if (!window)
        return answer;
    answer.kind = window->kind;
    answer.edge_count = window->edge_count;
    memcpy(answer.edges, window->edges, window->edge_count * sizeof(double));
    int64_t oldest = slot_number(window, instant_add_ms(now, -length_ms));
    ask_sources(window, now, oldest, &answer);
    sum_slots(window, oldest, slot_number(window, now), &answer);
    return answer;
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

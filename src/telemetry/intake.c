/* intake.c - which lines are wanted, and what their values add up to. */
#include "telemetry/intake.h"

#include <math.h>
#include <stdio.h>

enum { GROUPS_MAX = 10000, STALE_LEAST_MS = 5000, GROUP_TEXT_BYTES = 200 };

/* Why a metric name is wanted: a chain of places in the signals. */
struct interest_use {
    struct interest_use *next;
    const struct selector *selector;
    const struct alternative *alternative;
    struct series_use use;
};

struct interest {
    uint64_t hash; /* 0 is free */
    struct str name;
    struct interest_use *uses;
};

struct edge_tally {
    double edge;
    double sum;
    uint64_t scrape; /* that gave the contributions */
    uint32_t given;  /* series of this edge in that scrape */
};

struct group {
    uint64_t key;
    struct str text;
    double sum[2];
    uint64_t scrape[2];
};

struct tally { /* of one alternative */
    double sum[2];
    uint64_t seen[2];         /* scrape that had the part last */
    struct edge_tally *edges; /* EDGES_MAX + 1, in order of appearance */
    size_t edge_count;
    struct group *groups;
    size_t group_count, group_capacity;
};

int64_t stale_after_ms(int64_t interval_ms)
{
    int64_t three = 3 * interval_ms;
    return three > STALE_LEAST_MS ? three : STALE_LEAST_MS;
}

static struct interest *find_interest(const struct intake *intake, struct str name)
{
    uint64_t hash = series_hash(name, STR(""));
    size_t mask = intake->interest_slots - 1;
    size_t at = (size_t)hash & mask;
    while (intake->interests[at].hash &&
           (intake->interests[at].hash != hash || !str_equal(intake->interests[at].name, name)))
        at = (at + 1) & mask;
    return &intake->interests[at];
}

static void add_interest(struct intake *intake, struct str name, const struct selector *selector,
                         const struct alternative *alternative, struct series_use use)
{
    struct interest *interest = find_interest(intake, name);
    if (!interest->hash)
        *interest = (struct interest){series_hash(name, STR("")), name, NULL};
    struct interest_use *link = arena_make(intake->arena, struct interest_use);
    *link = (struct interest_use){interest->uses, selector, alternative, use};
    interest->uses = link;
}

static void add_alternative(struct intake *intake, size_t signal, size_t a)
{
    const struct alternative *alternative = &intake->signals->items[signal].alternatives[a];
    bool histogram = intake->signals->items[signal].kind == SIGNAL_QUANTILE;
    for (size_t part = 0; part < alternative->part_count; part++) {
        const struct selector *selector = &alternative->parts[part];
        struct str name = selector->metric;
        if (histogram)
            name = str_printf(intake->arena, "%.*s_bucket", STR_ARGS(name));
        struct series_use use = {.signal = (uint16_t)signal,
                                 .alternative = (uint8_t)a,
                                 .part = (uint8_t)part,
                                 .histogram = histogram};
        add_interest(intake, name, selector, alternative, use);
    }
}

static bool wants(void *context, struct str name);
static bool take(void *context, const struct sample *sample, struct err *err);

void intake_init(struct intake *intake, struct arena *arena, const struct signals *signals,
                 struct str target)
{
    *intake =
        (struct intake){.arena = arena, .signals = signals, .target = str_copy(arena, target)};
    intake->use = (struct exposition_use){intake, wants, take};
    series_init(&intake->table, arena, LIMIT_SERIES_PER_TARGET);
    size_t names = 1;
    for (size_t i = 0; i < signals->count; i++)
        names += signals->items[i].alternative_count * 2;
    intake->interest_slots = 64;
    while (intake->interest_slots < names * 2)
        intake->interest_slots *= 2;
    intake->interests = arena_array(arena, intake->interest_slots, sizeof *intake->interests);
    intake->tallies =
        arena_array(arena, signals->count * ALTERNATIVES_MAX + 1, sizeof *intake->tallies);
    for (size_t i = 0; i < signals->count; i++)
        for (size_t a = 0; a < signals->items[i].alternative_count; a++)
            add_alternative(intake, i, a);
}

void intake_begin(struct intake *intake, struct instant at, int64_t interval_ms)
{
    intake->scrape++;
    intake->at = at;
    intake->problem[0] = '\0';
    intake->baseline = instant_is_zero(intake->since) ||
                       instant_ms_between(intake->since, at) > stale_after_ms(interval_ms);
    if (!intake->baseline)
        return;
    intake->since = (struct instant){0};
    size_t tallies = intake->signals->count * ALTERNATIVES_MAX;
    for (size_t i = 0; i < tallies; i++) {
        struct tally *tally = &intake->tallies[i];
        tally->sum[0] = tally->sum[1] = 0;
        for (size_t e = 0; e < tally->edge_count; e++)
            tally->edges[e].sum = 0;
    }
}

static bool wants(void *context, struct str name)
{
    struct intake *intake = context;
    if (intake->last_name.n == name.n && name.n > 0 &&
        memcmp(intake->last_name_bytes, name.p, name.n) == 0)
        return intake->last_interest != NULL;
    const struct interest *interest = find_interest(intake, name);
    intake->last_interest = interest->hash ? interest : NULL;
    intake->last_name = (struct str){intake->last_name_bytes, 0};
    if (name.n <= sizeof intake->last_name_bytes) {
        memcpy(intake->last_name_bytes, name.p, name.n);
        intake->last_name.n = name.n;
    }
    return intake->last_interest != NULL;
}

static struct tally *tally_of(const struct intake *intake, const struct series_use *use)
{
    return &intake->tallies[(size_t)use->signal * ALTERNATIVES_MAX + use->alternative];
}

static bool is_joined_by(struct str by, struct str label)
{
    struct str part;
    while (by.n > 0 && str_split(&by, ',', &part))
        if (str_equal(str_trim(part), label))
            return true;
    return false;
}

/* The group of a gauge's series: all its labels, or those it is joined by. */
static bool find_group(const struct intake *intake, const struct alternative *alternative,
                       struct series_use *use, const struct label *labels, size_t count)
{
    struct label kept[LABELS_MAX];
    size_t kept_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!alternative->joined || is_joined_by(alternative->by, labels[i].name))
            kept[kept_count++] = labels[i];
    uint64_t key = series_identity(STR("group"), kept, kept_count);
    struct tally *tally = tally_of(intake, use);
    for (size_t i = 0; i < tally->group_count; i++) {
        if (tally->groups[i].key == key) {
            use->group = (uint32_t)i;
            return true;
        }
    }
    if (tally->group_count == GROUPS_MAX)
        return false;
    struct text text;
    text_init(&text, intake->arena, GROUP_TEXT_BYTES);
    for (size_t i = 0; i < kept_count; i++)
        text_printf(&text, "%s%.*s=\"%.*s\"", i == 0 ? "" : ",", STR_ARGS(kept[i].name),
                    STR_ARGS(kept[i].value));
    use->group = (uint32_t)tally->group_count;
    LIST_PUSH(intake->arena, tally->groups, tally->group_count, tally->group_capacity) =
        (struct group){.key = key,
                       .text = str_utf8_valid(text_str(&text), NULL)
                                   ? text_str(&text)
                                   : STR("labels that are not UTF-8")};
    return true;
}

static bool find_edge(const struct label *labels, size_t count, double *out_edge)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(labels[i].name, "le"))
            return exposition_parse_value(labels[i].value, out_edge) && !isnan(*out_edge);
    return false;
}

static bool fill_use(const struct intake *intake, const struct interest_use *link,
                     const struct label *labels, size_t count, struct series_use *out_use)
{
    *out_use = link->use;
    enum signal_kind kind = intake->signals->items[link->use.signal].kind;
    if (kind == SIGNAL_GAUGE || kind == SIGNAL_GAUGE_RATIO)
        return find_group(intake, link->alternative, out_use, labels, count);
    if (!out_use->histogram)
        return true;
    if (!find_edge(labels, count, &out_use->edge))
        return false;
    out_use->edge *= link->alternative->scale;
    return true;
}

/* A text never seen: which signals want it, and is it a known series in another order? */
static struct series *learn(struct intake *intake, uint64_t hash, const struct sample *sample,
                            struct err *err)
{
    struct arena scratch;
    arena_init(&scratch);
    struct label labels[LABELS_MAX + 1];
    size_t count = 0;
    struct series *series = NULL;
    char place[32];
    (void)snprintf(place, sizeof place, "line %lld", (long long)sample->line);
    if (!exposition_parse_labels(&scratch, sample->labels, labels, &count, err)) {
        (void)snprintf(err->place, sizeof err->place, "%s", place);
        goto out;
    }
    uint64_t identity = series_identity(sample->name, labels, count);
    series = series_add(&intake->table, hash, identity);
    if (!series) {
        (void)err_set(
            err, ERR_OUTSIDE, place,
            "more than %d series of the metrics in use; narrow the selectors under signals:",
            LIMIT_SERIES_PER_TARGET);
        goto out;
    }
    if (series->uses)
        goto out;
    /* Two names that no exporter gives by itself: whose series it is. */
    labels[count] = (struct label){STR("target"), intake->target};
    struct series_use uses[LIMIT_SIGNALS];
    uint32_t used = 0;
    for (const struct interest_use *link = intake->last_interest->uses; link; link = link->next)
        if (used < LIMIT_SIGNALS && selector_match(link->selector, labels, count + 1) &&
            fill_use(intake, link, labels, count, &uses[used]))
            used++;
    series->use_count = used;
    series->uses = arena_array(intake->arena, used, sizeof *uses);
    memcpy(series->uses, uses, used * sizeof *uses);
out:
    arena_done(&scratch);
    return series;
}

static void add_to_edge(const struct intake *intake, struct tally *tally, double edge, double value)
{
    size_t i = 0;
    while (i < tally->edge_count && tally->edges[i].edge != edge)
        i++;
    if (i > EDGES_MAX)
        return; /* more edges than are kept: the coarser histogram is still right */
    if (!tally->edges)
        tally->edges = arena_array(intake->arena, EDGES_MAX + 1, sizeof *tally->edges);
    struct edge_tally *at = &tally->edges[i];
    if (i == tally->edge_count)
        tally->edges[tally->edge_count++].edge = edge;
    if (at->scrape != intake->scrape)
        at->given = 0;
    at->scrape = intake->scrape;
    at->given++;
    at->sum += value;
}

static double increment(const struct intake *intake, const struct series *series, double value)
{
    if (intake->baseline)
        return 0;
    if (series->scrape == 0 || value < series->last)
        return value > 0 ? value : 0;
    return value - series->last;
}

static void apply(struct intake *intake, const struct series *series, double value)
{
    for (uint32_t i = 0; i < series->use_count; i++) {
        const struct series_use *use = &series->uses[i];
        struct tally *tally = tally_of(intake, use);
        enum signal_kind kind = intake->signals->items[use->signal].kind;
        tally->seen[use->part] = intake->scrape;
        if (kind == SIGNAL_GAUGE || kind == SIGNAL_GAUGE_RATIO) {
            struct group *group = &tally->groups[use->group];
            if (group->scrape[use->part] != intake->scrape)
                group->sum[use->part] = 0;
            group->scrape[use->part] = intake->scrape;
            group->sum[use->part] += value;
        } else if (use->histogram) {
            add_to_edge(intake, tally, use->edge, increment(intake, series, value));
        } else {
            tally->sum[use->part] += increment(intake, series, value);
        }
    }
}

static bool take(void *context, const struct sample *sample, struct err *err)
{
    struct intake *intake = context;
    uint64_t hash = series_hash(sample->name, sample->labels);
    struct series *series = series_find(&intake->table, hash);
    if (!series) {
        series = learn(intake, hash, sample, err);
        if (!series)
            return false;
    }
    if (series->use_count == 0 || !isfinite(sample->value))
        return true;
    if (series->scrape == intake->scrape) {
        if (intake->problem[0] == '\0')
            (void)snprintf(intake->problem, sizeof intake->problem,
                           "%.*s stands twice with the same labels (line %lld); the first value "
                           "counts",
                           STR_ARGS(str_slice(sample->name, 0, 120)), (long long)sample->line);
        return true;
    }
    apply(intake, series, sample->value);
    series->last = sample->value;
    series->scrape = intake->scrape;
    return true;
}

/* Edges that every series of this scrape has, ascending; the infinite one is all. */
static bool read_edges(const struct intake *intake, struct tally *tally, struct reading *reading)
{
    const struct edge_tally *all = NULL;
    for (size_t i = 0; i < tally->edge_count; i++)
        if (isinf(tally->edges[i].edge) && tally->edges[i].scrape == intake->scrape)
            all = &tally->edges[i];
    if (!all)
        return false;
    reading->of = all->sum;
    for (size_t i = 0; i < tally->edge_count; i++) {
        const struct edge_tally *edge = &tally->edges[i];
        if (isinf(edge->edge) || edge->scrape != intake->scrape || edge->given != all->given ||
            reading->edge_count == EDGES_MAX)
            continue;
        size_t at = reading->edge_count++;
        for (; at > 0 && reading->edges[at - 1] > edge->edge; at--) {
            reading->edges[at] = reading->edges[at - 1];
            reading->counts[at] = reading->counts[at - 1];
        }
        reading->edges[at] = edge->edge;
        reading->counts[at] = edge->sum;
    }
    double least = 0;
    for (size_t i = 0; i < reading->edge_count; i++) {
        if (reading->counts[i] < least)
            reading->counts[i] = least;
        if (reading->counts[i] > reading->of)
            reading->counts[i] = reading->of;
        least = reading->counts[i];
    }
    for (size_t i = 0; i < tally->edge_count; i++)
        tally->edges[i].sum = 0;
    return isfinite(reading->of);
}

static bool read_groups(const struct intake *intake, const struct tally *tally,
                        const struct alternative *alternative, struct reading *reading)
{
    bool found = false;
    for (size_t i = 0; i < tally->group_count; i++) {
        const struct group *group = &tally->groups[i];
        bool has_of = group->scrape[1] == intake->scrape && group->sum[1] > 0;
        if (group->scrape[0] != intake->scrape || (alternative->part_count == 2 && !has_of))
            continue;
        double value = group->sum[0] * alternative->scale;
        if (alternative->part_count == 2)
            value = group->sum[0] / group->sum[1];
        if (alternative->complement)
            value = 1 - value;
        if (!isfinite(value))
            continue; /* 1e308 of 1e-308 */
        if (!found || value > reading->high) {
            reading->high = value;
            reading->high_series = group->text;
        }
        if (!found || value < reading->low) {
            reading->low = value;
            reading->low_series = group->text;
        }
        found = true;
    }
    return found;
}

/* The reading of one alternative; false when the target shows nothing of it. */
static bool read_tally(const struct intake *intake, enum signal_kind kind, struct tally *tally,
                       const struct alternative *alternative, struct reading *reading)
{
    size_t needed = kind == SIGNAL_RATIO ? 1 : 0;
    if (tally->seen[needed] != intake->scrape)
        return false;
    switch (kind) {
    case SIGNAL_QUANTILE: return read_edges(intake, tally, reading);
    case SIGNAL_GAUGE:
    case SIGNAL_GAUGE_RATIO: return read_groups(intake, tally, alternative, reading);
    case SIGNAL_RATIO:
    case SIGNAL_COUNT:
        reading->part = tally->sum[0] * (kind == SIGNAL_COUNT ? alternative->scale : 1);
        reading->of = kind == SIGNAL_RATIO ? tally->sum[1] : reading->part;
        tally->sum[0] = tally->sum[1] = 0;
        return isfinite(reading->part) && isfinite(reading->of);
    case SIGNAL_NONE: break;
    }
    return false;
}

size_t intake_finish(struct intake *intake, struct arena *out_arena, int64_t interval_ms,
                     struct reading *out_readings)
{
    size_t count = 0;
    for (size_t i = 0; i < intake->signals->count; i++) {
        const struct signal *signal = &intake->signals->items[i];
        for (size_t a = 0; a < signal->alternative_count; a++) {
            struct reading *reading = &out_readings[count];
            *reading = (struct reading){.signal = str_copy(out_arena, signal->name),
                                        .target = str_copy(out_arena, intake->target),
                                        .at = intake->at,
                                        .since = intake->since,
                                        .interval_ms = interval_ms,
                                        .kind = signal->kind};
            struct tally *tally = &intake->tallies[i * ALTERNATIVES_MAX + a];
            if (!read_tally(intake, signal->kind, tally, &signal->alternatives[a], reading))
                continue;
            reading->high_series = str_copy(out_arena, reading->high_series);
            reading->low_series = str_copy(out_arena, reading->low_series);
            count++;
            break;
        }
    }
    intake->since = intake->at;
    return count;
}

/* Saved form: 8 bytes instant, then identity and last value of each series, 16 bytes a piece, then
 * the hash of it all: read on the machine that wrote it. */
struct saved_counter {
    uint64_t identity;
    double last;
};

struct str intake_save(const struct intake *intake, struct arena *arena)
{
    size_t count = 0;
    struct saved_counter *counters = arena_array(arena, intake->table.count + 2, sizeof *counters);
    for (size_t i = 0; i < intake->table.count; i++) {
        const struct series *series = &intake->table.items[i];
        if (series->use_count > 0 && series->scrape > 0)
            counters[++count] = (struct saved_counter){series->identity, series->last};
    }
    if (count > COUNTERS_SAVED_MAX)
        return STR("");
    counters[0] = (struct saved_counter){(uint64_t)intake->since.us, (double)count};
    struct str bytes = {(const char *)counters, (count + 1) * sizeof *counters};
    counters[count + 1] = (struct saved_counter){series_hash(STR("saved"), bytes), 0};
    bytes.n += sizeof *counters;
    return bytes;
}

void intake_restore(struct intake *intake, struct str saved)
{
    struct saved_counter counter;
    size_t size = sizeof counter;
    if (saved.n < 2 * size || saved.n % size != 0)
        return;
    memcpy(&counter, saved.p + saved.n - size, size);
    if (counter.identity != series_hash(STR("saved"), str_slice(saved, 0, saved.n - size)))
        return;
    memcpy(&counter, saved.p, size);
    intake->since = (struct instant){(int64_t)counter.identity};
    intake->scrape = 1;
    for (size_t at = size; at + size < saved.n; at += size) {
        memcpy(&counter, saved.p + at, size);
        struct series *series = series_add(&intake->table, counter.identity, counter.identity);
        if (!series)
            return;
        series->last = counter.last;
        series->scrape = 1;
    }
}

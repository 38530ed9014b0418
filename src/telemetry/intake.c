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
    uint32_t scrape; /* that gave the contributions */
    uint32_t given;  /* series of this edge in that scrape */
};

struct group {
    uint64_t key;
    struct str text;
    double sum[2];
    uint32_t scrape[2];
};

struct tally { /* of one alternative */
    double sum[2];
    uint32_t seen[2];         /* scrape that had the part last */
    struct edge_tally *edges; /* EDGES_MAX + 1, in order of appearance */
    size_t edge_count;
    struct group *groups;
    size_t group_count, group_capacity;
    bool overfull;     /* a group had no room */
    uint32_t conflict; /* scrape in which a series had two values */
    uint32_t odd;      /* scrape in which a value was no number */
};

int64_t stale_after_ms(int64_t interval_ms)
{
    int64_t three = 3 * interval_ms;
    return three > STALE_LEAST_MS ? three : STALE_LEAST_MS;
}

static struct interest *find_interest(const struct intake *intake, struct str name)
{
    uint64_t hash = series_hash(name);
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
        *interest = (struct interest){series_hash(name), name, NULL};
    struct interest_use *link = arena_make(intake->arena, struct interest_use);
    *link = (struct interest_use){interest->uses, selector, alternative, use};
    interest->uses = link;
}

static void add_alternative(struct intake *intake, size_t signal, size_t a)
{
    const struct alternative *alternative = &intake->signals->items[signal].alternatives[a];
    enum signal_kind kind = intake->signals->items[signal].kind;
    for (size_t part = 0; part < alternative->part_count; part++) {
        const struct selector *selector = &alternative->parts[part];
        struct str name = selector->metric;
        if (kind == SIGNAL_QUANTILE)
            name = str_printf(intake->arena, "%.*s_bucket", STR_ARGS(name));
        struct series_use use = {.tally = &intake->tallies[signal * ALTERNATIVES_MAX + a],
                                 .part = (uint8_t)part,
                                 .kind = (uint8_t)kind};
        add_interest(intake, name, selector, alternative, use);
    }
}

static bool wants(void *context, struct str name);
static bool take(void *context, const struct sample *sample, struct err *err);
static size_t recognise(void *context, struct str line);

void intake_init(struct intake *intake, struct arena *arena, const struct signals *signals,
                 struct str target)
{
    *intake =
        (struct intake){.arena = arena, .signals = signals, .target = str_copy(arena, target)};
    intake->use = (struct exposition_use){intake, wants, take, recognise};
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

static void clear_sums(struct tally *tally)
{
    tally->sum[0] = tally->sum[1] = 0;
    for (size_t i = 0; i < tally->edge_count; i++)
        tally->edges[i].sum = 0;
}

void intake_begin(struct intake *intake, struct instant at, int64_t interval_ms)
{
    intake->scrape++;
    intake->next = 0;
    intake->seen = 0;
    intake->whole = false;
    intake->at = at;
    intake->problem[0] = intake->odd[0] = '\0';
    int64_t gap_ms = instant_ms_between(intake->since, at);
    /* Before the last scrape: the wall clock was set back. */
    intake->baseline =
        instant_is_zero(intake->since) || gap_ms < 0 || gap_ms > stale_after_ms(interval_ms);
    if (!intake->baseline)
        return;
    intake->since = (struct instant){0};
    size_t tallies = intake->signals->count * ALTERNATIVES_MAX;
    for (size_t i = 0; i < tallies; i++)
        clear_sums(&intake->tallies[i]);
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

/* Exporters keep their order: the line after a known series' is most often the next one's. */
static size_t recognise(void *context, struct str line)
{
    const struct intake *intake = context;
    if (intake->next >= intake->table.count)
        return 0;
    const struct series *series = series_at(&intake->table, intake->next);
    size_t n = series->text_bytes;
    if (n == 0 || line.n <= n || !byte_is_blank(line.p[n]))
        return 0;
    if (line.p[n - 1] != '}' && str_find_byte(line, '{', n) < line.n)
        return 0; /* labels may follow a blank */
    return series_hash(str_slice(line, 0, n)) == series->hash ? n : 0;
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
static bool find_group(struct intake *intake, const struct alternative *alternative,
                       struct series_use *use, const struct label *labels, size_t count)
{
    struct label kept[LABELS_MAX];
    size_t kept_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!alternative->joined || is_joined_by(alternative->by, labels[i].name))
            kept[kept_count++] = labels[i];
    uint64_t key = series_identity(STR("group"), kept, kept_count);
    struct tally *tally = use->tally;
    for (size_t i = 0; i < tally->group_count; i++) {
        if (tally->groups[i].key == key) {
            use->index = (uint32_t)i;
            return true;
        }
    }
    if (tally->group_count == GROUPS_MAX) {
        tally->overfull = true;
        return false;
    }
    struct text text;
    text_init(&text, intake->arena, GROUP_TEXT_BYTES);
    for (size_t i = 0; i < kept_count; i++)
        text_printf(&text, "%s%.*s=\"%.*s\"", i == 0 ? "" : ",", STR_ARGS(kept[i].name),
                    STR_ARGS(kept[i].value));
    use->index = (uint32_t)tally->group_count;
    LIST_PUSH(intake->arena, tally->groups, tally->group_count, tally->group_capacity) =
        (struct group){.key = key,
                       .text = str_utf8_valid(text_str(&text), NULL)
                                   ? text_str(&text)
                                   : STR("labels that are not UTF-8")};
    return true;
}

/* The edge of a histogram's series; more of them than are kept are left out: the coarser histogram
 * is still right. */
static bool find_edge(const struct intake *intake, const struct alternative *alternative,
                      struct series_use *use, const struct label *labels, size_t count)
{
    double edge = NAN;
    for (size_t i = 0; i < count; i++)
        if (str_is(labels[i].name, "le") && !exposition_parse_value(labels[i].value, &edge))
            return false;
    edge *= alternative->scale;
    struct tally *tally = use->tally;
    size_t at = 0;
    while (at < tally->edge_count && tally->edges[at].edge != edge)
        at++;
    if (isnan(edge) || at > EDGES_MAX)
        return false;
    if (!tally->edges)
        tally->edges = arena_array(intake->arena, EDGES_MAX + 1, sizeof *tally->edges);
    if (at == tally->edge_count)
        tally->edges[tally->edge_count++].edge = edge;
    use->index = (uint32_t)at;
    return true;
}

static bool fill_use(struct intake *intake, const struct interest_use *link,
                     const struct label *labels, size_t count, struct series_use *out_use)
{
    *out_use = link->use;
    if (out_use->kind == SIGNAL_GAUGE || out_use->kind == SIGNAL_GAUGE_RATIO)
        return find_group(intake, link->alternative, out_use, labels, count);
    return out_use->kind != SIGNAL_QUANTILE ||
           find_edge(intake, link->alternative, out_use, labels, count);
}

/* The uses of a series whose labels are known. */
static const struct series_uses *find_uses(struct intake *intake, struct label *labels,
                                           size_t count)
{
    /* Two names that no exporter gives by itself: whose series it is. */
    labels[count] = (struct label){STR("target"), intake->target};
    struct series_use uses[LIMIT_SIGNALS];
    size_t used = 0;
    for (const struct interest_use *link = intake->last_interest->uses; link; link = link->next)
        if (used < LIMIT_SIGNALS && selector_match(link->selector, labels, count + 1) &&
            fill_use(intake, link, labels, count, &uses[used]))
            used++;
    return series_share_uses(&intake->table, uses, used);
}

/* A text never seen: which signals want it, and is it a known series in another order? */
static bool learn(struct intake *intake, uint64_t hash, const struct sample *sample,
                  size_t *out_index, struct err *err)
{
    struct arena scratch;
    arena_init(&scratch);
    struct label labels[LABELS_MAX + 1];
    size_t count = 0;
    char place[32];
    struct err inner = {0};
    (void)snprintf(place, sizeof place, "line %lld", (long long)sample->line);
    bool parsed = exposition_parse_labels(&scratch, sample->labels, labels, &count, &inner);
    bool added = parsed && series_add(&intake->table, series_identity(sample->name, labels, count),
                                      hash, out_index);
    if (!parsed)
        (void)err_set(err, ERR_OUTSIDE, place,
                      "%s of the metrics is not readable: %s; correct the exporter", place,
                      inner.text);
    else if (!added)
        (void)err_set(
            err, ERR_OUTSIDE, place,
            "more than %d series of the metrics in use; narrow the selectors under signals:",
            LIMIT_SERIES_PER_TARGET);
    if (added) {
        struct series *series = series_at(&intake->table, *out_index);
        series->text_bytes = sample->text.n > UINT16_MAX ? 0 : (uint16_t)sample->text.n;
        if (!series->uses)
            series->uses = find_uses(intake, labels, count);
    }
    arena_done(&scratch);
    return added;
}

static double increment(const struct intake *intake, const struct series *series, double value)
{
    if (intake->baseline)
        return 0;
    if (series->scrape == 0 || value < series->last)
        return value > 0 ? value : 0;
    return value - series->last;
}

static void apply_use(const struct intake *intake, const struct series_use *use, double value,
                      double more)
{
    struct tally *tally = use->tally;
    tally->seen[use->part] = intake->scrape;
    if (use->kind == SIGNAL_GAUGE || use->kind == SIGNAL_GAUGE_RATIO) {
        struct group *group = &tally->groups[use->index];
        if (group->scrape[use->part] != intake->scrape)
            group->sum[use->part] = 0;
        group->scrape[use->part] = intake->scrape;
        group->sum[use->part] += value;
    } else if (use->kind == SIGNAL_QUANTILE) {
        struct edge_tally *edge = &tally->edges[use->index];
        if (edge->scrape != intake->scrape)
            edge->given = 0;
        edge->scrape = intake->scrape;
        edge->given++;
        edge->sum += more;
    } else {
        tally->sum[use->part] += more;
    }
}

static struct str shown_name(struct str text)
{
    size_t n = exposition_name_length(text);
    return str_slice(text, 0, n < 120 ? n : 120);
}

/* A value that counts for nothing: two of one series, or none at all. The first is named. */
static void refuse_sample(struct intake *intake, const struct series *series,
                          const struct sample *sample)
{
    bool number = isfinite(sample->value);
    for (size_t i = 0; i < series->uses->count; i++) {
        struct tally *tally = series->uses->items[i].tally;
        *(number ? &tally->conflict : &tally->odd) = intake->scrape;
    }
    struct str name = shown_name(sample->text);
    if (number && intake->problem[0] == '\0')
        (void)snprintf(intake->problem, sizeof intake->problem,
                       "%.*s stands twice with the same labels and two values, %.6g and %.6g "
                       "(line %lld): neither counts; correct the exporter",
                       STR_ARGS(name), series->last, sample->value, (long long)sample->line);
    else if (!number && intake->odd[0] == '\0')
        (void)snprintf(intake->odd, sizeof intake->odd,
                       "%.*s is %s (line %lld), which is no measurement", STR_ARGS(name),
                       isnan(sample->value) ? "NaN" : "infinite", (long long)sample->line);
}

static bool take(void *context, const struct sample *sample, struct err *err)
{
    struct intake *intake = context;
    size_t index = intake->next;
    if (sample->name.n > 0) { /* not recognised */
        uint64_t hash = series_hash(sample->text);
        index = series_find(&intake->table, hash);
        if (index == intake->table.count && !learn(intake, hash, sample, &index, err))
            return false;
    }
    intake->next = index + 1;
    intake->seen++;
    struct series *series = series_at(&intake->table, index);
    if (series->uses->count == 0)
        return true;
    bool again = series->scrape == intake->scrape;
    if (!isfinite(sample->value) || (again && sample->value != series->last)) {
        refuse_sample(intake, series, sample);
        return true;
    }
    if (again) {
        if (intake->problem[0] == '\0')
            (void)snprintf(intake->problem, sizeof intake->problem,
                           "%.*s stands twice with the same labels (line %lld); it counts once",
                           STR_ARGS(shown_name(sample->text)), (long long)sample->line);
        return true;
    }
    double more = increment(intake, series, sample->value);
    for (size_t i = 0; i < series->uses->count; i++)
        apply_use(intake, &series->uses->items[i], sample->value, more);
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
    clear_sums(tally);
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
    if (tally->conflict == intake->scrape) {
        clear_sums(tally);
        return false;
    }
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
        clear_sums(tally);
        return isfinite(reading->part) && isfinite(reading->of);
    case SIGNAL_NONE: break;
    }
    return false;
}

/* Why a target that answers shows nothing of a signal, when its answer tells. */
static void name_missing(struct intake *intake, const struct signal *signal,
                         const struct tally *tallies)
{
    for (size_t a = 0; a < signal->alternative_count && intake->problem[0] == '\0'; a++) {
        const struct alternative *alternative = &signal->alternatives[a];
        bool half = alternative->part_count == 2 && tallies[a].seen[0] == intake->scrape &&
                    tallies[a].seen[1] != intake->scrape;
        if (tallies[a].odd == intake->scrape)
            memcpy(intake->problem, intake->odd, sizeof intake->problem);
        else if (half)
            (void)snprintf(intake->problem, sizeof intake->problem,
                           "%.*s is given without %.*s, so there is no \"%.*s\"",
                           STR_ARGS(str_slice(alternative->parts[0].metric, 0, 70)),
                           STR_ARGS(str_slice(alternative->parts[1].metric, 0, 70)),
                           STR_ARGS(str_slice(signal->name, 0, 60)));
    }
}

/* The reading of the first alternative that the target shows; what the ones behind it add up to is
 * nobody's: they may come to the front one day. */
static bool read_signal(struct intake *intake, size_t signal_at, struct reading *reading)
{
    const struct signal *signal = &intake->signals->items[signal_at];
    const struct reading blank = *reading;
    bool found = false;
    for (size_t a = 0; a < signal->alternative_count; a++) {
        struct tally *tally = &intake->tallies[signal_at * ALTERNATIVES_MAX + a];
        if (found) {
            clear_sums(tally);
            continue;
        }
        *reading = blank;
        found = read_tally(intake, signal->kind, tally, &signal->alternatives[a], reading);
        if (tally->overfull && intake->problem[0] == '\0')
            (void)snprintf(intake->problem, sizeof intake->problem,
                           "has more than %d series of one gauge of \"%.*s\", the others are not "
                           "read; narrow the selectors under signals:",
                           GROUPS_MAX, STR_ARGS(str_slice(signal->name, 0, 100)));
    }
    if (!found)
        name_missing(intake, signal, &intake->tallies[signal_at * ALTERNATIVES_MAX]);
    return found;
}

size_t intake_finish(struct intake *intake, struct arena *out_arena, int64_t interval_ms,
                     struct reading *out_readings)
{
    size_t count = 0;
    for (size_t i = 0; i < intake->signals->count; i++) {
        struct reading *reading = &out_readings[count];
        const struct signal *signal = &intake->signals->items[i];
        *reading = (struct reading){.at = intake->at,
                                    .since = intake->since,
                                    .interval_ms = interval_ms,
                                    .kind = signal->kind};
        if (!read_signal(intake, i, reading))
            continue;
        reading->signal = str_copy(out_arena, signal->name);
        reading->target = str_copy(out_arena, intake->target);
        reading->high_series = str_copy(out_arena, reading->high_series);
        reading->low_series = str_copy(out_arena, reading->low_series);
        count++;
    }
    intake->since = intake->at;
    intake->whole = true;
    return count;
}

static bool has_old_groups(const struct intake *intake, const struct tally *tally)
{
    size_t live = 0;
    if (tally->group_count * 4 < GROUPS_MAX * 3)
        return false;
    for (size_t i = 0; i < tally->group_count; i++)
        live += tally->groups[i].scrape[0] == intake->scrape ||
                tally->groups[i].scrape[1] == intake->scrape;
    return live * 4 <= tally->group_count * 3;
}

bool intake_is_crowded(const struct intake *intake)
{
    const struct series_table *table = &intake->table;
    bool crowded = table->count * 4 >= table->max * 3 && intake->seen * 4 <= table->count * 3;
    size_t tallies = intake->signals->count * ALTERNATIVES_MAX;
    for (size_t i = 0; i < tallies && !crowded; i++)
        crowded = has_old_groups(intake, &intake->tallies[i]);
    return crowded && intake->whole;
}

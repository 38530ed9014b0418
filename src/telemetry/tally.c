/* tally.c - which metrics are wanted, and what their values add up to. */
#include "telemetry/tally_internal.h"

#include <math.h>
#include <stdio.h>

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

static struct interest *find_interest(const struct tallies *tallies, struct str name)
{
    uint64_t hash = series_hash(name);
    size_t mask = tallies->interest_slots - 1;
    size_t at = (size_t)hash & mask;
    while (tallies->interests[at].hash &&
           (tallies->interests[at].hash != hash || !str_equal(tallies->interests[at].name, name)))
        at = (at + 1) & mask;
    return &tallies->interests[at];
}

static void add_interest(struct tallies *tallies, struct str name, const struct selector *selector,
                         const struct alternative *alternative, struct series_use use)
{
    struct interest *interest = find_interest(tallies, name);
    if (!interest->hash)
        *interest = (struct interest){series_hash(name), name, NULL};
    struct interest_use *link = arena_make(tallies->arena, struct interest_use);
    *link = (struct interest_use){interest->uses, selector, alternative, use};
    interest->uses = link;
}

static void add_alternative(struct tallies *tallies, size_t signal, size_t a)
{
    const struct alternative *alternative = &tallies->signals->items[signal].alternatives[a];
    enum signal_kind kind = tallies->signals->items[signal].kind;
    for (size_t part = 0; part < alternative->part_count; part++) {
        const struct selector *selector = &alternative->parts[part];
        struct str name = selector->metric;
        if (kind == SIGNAL_QUANTILE)
            name = str_printf(tallies->arena, "%.*s_bucket", STR_ARGS(name));
        struct series_use use = {.tally = &tallies->items[signal * ALTERNATIVES_MAX + a],
                                 .part = (uint8_t)part,
                                 .kind = (uint8_t)kind};
        add_interest(tallies, name, selector, alternative, use);
    }
}

void tallies_init(struct tallies *tallies, struct arena *arena, const struct signals *signals,
                  struct str target)
{
    *tallies =
        (struct tallies){.arena = arena, .signals = signals, .target = str_copy(arena, target)};
    size_t names = 1;
    for (size_t i = 0; i < signals->count; i++)
        names += signals->items[i].alternative_count * 2;
    tallies->interest_slots = 64;
    while (tallies->interest_slots < names * 2)
        tallies->interest_slots *= 2;
    tallies->interests = arena_array(arena, tallies->interest_slots, sizeof *tallies->interests);
    tallies->items =
        arena_array(arena, signals->count * ALTERNATIVES_MAX + 1, sizeof *tallies->items);
    for (size_t i = 0; i < signals->count; i++)
        for (size_t a = 0; a < signals->items[i].alternative_count; a++)
            add_alternative(tallies, i, a);
}

void tallied_clear(struct tallied *tally)
{
    tally->sum[0] = tally->sum[1] = 0;
    for (size_t i = 0; i < tally->edge_count; i++)
        tally->edges[i].sum = 0;
}

void tallies_clear(struct tallies *tallies)
{
    for (size_t i = 0; i < tallies->signals->count * ALTERNATIVES_MAX; i++)
        tallied_clear(&tallies->items[i]);
}

const struct interest *tallies_find(struct tallies *tallies, struct str name)
{
    if (tallies->last_name.n == name.n && name.n > 0 &&
        memcmp(tallies->last_name_bytes, name.p, name.n) == 0)
        return tallies->last_interest;
    const struct interest *interest = find_interest(tallies, name);
    tallies->last_interest = interest->hash ? interest : NULL;
    tallies->last_name = (struct str){tallies->last_name_bytes, 0};
    if (name.n <= sizeof tallies->last_name_bytes) {
        memcpy(tallies->last_name_bytes, name.p, name.n);
        tallies->last_name.n = name.n;
    }
    return tallies->last_interest;
}

bool tallies_are_of(const struct tallies *tallies, const struct interest *interest, size_t signal)
{
    for (const struct interest_use *link = interest->uses; link; link = link->next)
        if ((size_t)(link->use.tally - tallies->items) / ALTERNATIVES_MAX == signal)
            return true;
    return false;
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
static bool find_group(struct tallies *tallies, const struct alternative *alternative,
                       struct series_use *use, const struct label *labels, size_t count)
{
    struct label kept[LABELS_MAX];
    size_t kept_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!alternative->joined || is_joined_by(alternative->by, labels[i].name))
            kept[kept_count++] = labels[i];
    uint64_t key = series_identity(STR("group"), kept, kept_count);
    struct tallied *tally = use->tally;
    for (size_t i = 0; i < tally->group_count; i++) {
        if (tally->groups[i].key == key) {
            use->index = (uint32_t)i;
            return true;
        }
    }
    if (tally->group_count == GROUPS_MAX) {
        tally->overfull = tallies->no_room = true;
        return false;
    }
    struct text text;
    text_init(&text, tallies->arena, GROUP_TEXT_BYTES);
    for (size_t i = 0; i < kept_count; i++)
        text_printf(&text, "%s%.*s=\"%.*s\"", i == 0 ? "" : ",", STR_ARGS(kept[i].name),
                    STR_ARGS(kept[i].value));
    use->index = (uint32_t)tally->group_count;
    LIST_PUSH(tallies->arena, tally->groups, tally->group_count, tally->group_capacity) =
        (struct group){.key = key,
                       .text = str_utf8_valid(text_str(&text), NULL)
                                   ? text_str(&text)
                                   : STR("labels that are not UTF-8")};
    return true;
}

struct edge_tally *tallied_edge(struct tallies *tallies, struct tallied *tally, double edge)
{
    size_t at = 0;
    while (at < tally->edge_count && tally->edges[at].edge != edge)
        at++;
    if (isnan(edge) || at > EDGES_MAX)
        return NULL;
    if (!tally->edges)
        tally->edges = arena_array(tallies->arena, EDGES_MAX + 1, sizeof *tally->edges);
    if (at == tally->edge_count)
        tally->edges[tally->edge_count++].edge = edge;
    return &tally->edges[at];
}

/* The edge of a histogram's series; more of them than are kept are left out: the coarser histogram
 * is still right. */
static bool find_edge(struct tallies *tallies, const struct alternative *alternative,
                      struct series_use *use, const struct label *labels, size_t count)
{
    double edge = NAN;
    for (size_t i = 0; i < count; i++)
        if (str_is(labels[i].name, "le") && !exposition_parse_value(labels[i].value, &edge))
            return false;
    const struct edge_tally *found = tallied_edge(tallies, use->tally, edge * alternative->scale);
    if (!found)
        return false;
    use->index = (uint32_t)(found - use->tally->edges);
    return true;
}

static bool fill_use(struct tallies *tallies, const struct interest_use *link,
                     const struct label *labels, size_t count, struct series_use *out_use)
{
    *out_use = link->use;
    if (series_use_is_gauge(out_use))
        return find_group(tallies, link->alternative, out_use, labels, count);
    return out_use->kind != SIGNAL_QUANTILE ||
           find_edge(tallies, link->alternative, out_use, labels, count);
}

const struct series_uses *tallies_uses(struct tallies *tallies, struct series_table *table,
                                       const struct interest *interest, struct label *labels,
                                       size_t count)
{
    /* Two names that no exporter gives by itself: whose series it is. */
    labels[count] = (struct label){STR("target"), tallies->target};
    struct series_use uses[LIMIT_SIGNALS];
    size_t used = 0;
    for (const struct interest_use *link = interest->uses; link; link = link->next)
        if (used < LIMIT_SIGNALS && selector_match(link->selector, labels, count + 1) &&
            fill_use(tallies, link, labels, count, &uses[used]))
            used++;
    return series_share_uses(table, uses, used);
}

void tallies_apply_shape(const struct tallies *tallies, const struct series_use *use, double value,
                         double more)
{
    struct tallied *tally = use->tally;
    tally->seen[use->part] = tallies->round;
    if (series_use_is_gauge(use)) {
        struct group *group = &tally->groups[use->index];
        if (group->round[use->part] != tallies->round)
            group->sum[use->part] = 0;
        group->round[use->part] = tallies->round;
        group->sum[use->part] += value;
    } else {
        struct edge_tally *edge = &tally->edges[use->index];
        if (edge->round != tallies->round)
            edge->given = 0;
        edge->round = tallies->round;
        edge->given++;
        edge->sum += more;
    }
}

void tallies_apply_odd(const struct tallies *tallies, const struct series_use *use, double value)
{
    use->tally->odd = tallies->round;
    if (isinf(value) || !series_use_is_gauge(use))
        use->tally->conflict = tallies->round;
    else
        tallies_apply_use(tallies, use, NAN, 0); /* read_groups leaves it out */
}

static void say(const struct tallies *tallies, struct tallied *tally, const char *why)
{
    if (tally->said == tallies->round && !tallies->in_parts)
        return;
    if (!tally->why)
        tally->why = arena_alloc(tallies->arena, TALLY_WHY_BYTES);
    tally->said = tallies->round;
    str_keep(tally->why, TALLY_WHY_BYTES, str_of(why));
}

void tallies_say(const struct tallies *tallies, const struct series_uses *uses, const char *why)
{
    for (size_t i = 0; i < uses->count; i++)
        say(tallies, uses->items[i].tally, why);
}

void tallies_refuse_standing(struct tallies *tallies, struct str name)
{
    char bucket[256];
    char why[TALLY_WHY_BYTES];
    bool wanted = false;
    int n = snprintf(bucket, sizeof bucket, "%.*s_bucket", STR_ARGS(str_cut(name, 240)));
    const struct interest *interest = tallies_find(tallies, (struct str){bucket, (size_t)n});
    (void)snprintf(why, sizeof why,
                   "%.*s is a gauge histogram, of what is there now, and its signal counts what "
                   "was added; bind the signal to a histogram, or to one of its gauges",
                   STR_ARGS(str_cut(name, 90)));
    for (const struct interest_use *use = interest ? interest->uses : NULL; use; use = use->next) {
        if (series_use_is_gauge(&use->use))
            continue;
        use->use.tally->conflict = tallies->round;
        say(tallies, use->use.tally, why);
        wanted = true;
    }
    if (wanted && tallies->problem[0] == '\0')
        str_keep(tallies->problem, sizeof tallies->problem, str_of(why));
}

/* Edges that every series of this round has, ascending; the infinite one is all. */
static bool read_edges(const struct tallies *tallies, struct tallied *tally,
                       struct reading *reading)
{
    const struct edge_tally *all = NULL;
    for (size_t i = 0; i < tally->edge_count; i++)
        if (isinf(tally->edges[i].edge) && tally->edges[i].round == tallies->round)
            all = &tally->edges[i];
    if (!all)
        return false;
    reading->of = all->sum;
    for (size_t i = 0; i < tally->edge_count; i++) {
        const struct edge_tally *edge = &tally->edges[i];
        if (isinf(edge->edge) || edge->round != tallies->round ||
            reading->edge_count == EDGES_MAX ||
            (tallies->in_parts ? edge->given < all->given : edge->given != all->given))
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
    for (size_t i = 0; i < reading->edge_count && !tallies->in_parts; i++) {
        if (reading->counts[i] < least)
            reading->counts[i] = least;
        if (reading->counts[i] > reading->of)
            reading->counts[i] = reading->of;
        least = reading->counts[i];
    }
    tallied_clear(tally);
    return isfinite(reading->of);
}

/* More free than there is in all: a mistake of whoever shows it, and no share below zero. */
static bool is_impossible(struct tallies *tallies, const struct alternative *alternative,
                          double share)
{
    if (!alternative->of_free || !(share > 1))
        return false;
    if (tallies->problem[0] == '\0')
        (void)snprintf(tallies->problem, sizeof tallies->problem,
                       "%.*s is more than %.*s, which is no measurement",
                       STR_ARGS(str_slice(alternative->parts[0].metric, 0, 90)),
                       STR_ARGS(str_slice(alternative->parts[1].metric, 0, 90)));
    return true;
}

static bool read_groups(struct tallies *tallies, struct tallied *tally,
                        const struct alternative *alternative, struct reading *reading)
{
    bool found = false;
    for (size_t i = 0; i < tally->group_count; i++) {
        struct group *group = &tally->groups[i];
        bool has_of = group->round[1] == tallies->round && group->sum[1] > 0;
        if (group->round[0] != tallies->round || (alternative->part_count == 2 && !has_of))
            continue;
        double value = group->sum[0] * alternative->scale;
        if (alternative->part_count == 2)
            value = group->sum[0] / group->sum[1];
        if (is_impossible(tallies, alternative, value))
            return false;
        if (alternative->complement)
            value = 1 - value;
        if (!isfinite(value))
            continue; /* NaN, or 1e308 of 1e-308 */
        if (!found || value > reading->high) {
            reading->high = value;
            reading->high_series = group->text;
        }
        if (!found || value < reading->low) {
            reading->low = value;
            reading->low_series = group->text;
        }
        group->last = value;
        group->seen_us = reading->at.us;
        group->away_ms = 0;
        found = true;
    }
    if (found)
        tally_find_lost(tally, reading);
    return found;
}

static bool shows(const struct tallies *tallies, enum signal_kind kind, const struct tallied *tally)
{
    size_t needed = kind == SIGNAL_RATIO ? 1 : 0;
    return tally->conflict != tallies->round && !tally->overfull &&
           tally->seen[needed] == tallies->round;
}

bool tallies_shows(const struct tallies *tallies, size_t signal, size_t alternative)
{
    return shows(tallies, tallies->signals->items[signal].kind,
                 &tallies->items[signal * ALTERNATIVES_MAX + alternative]);
}

bool tallies_read(struct tallies *tallies, size_t signal, size_t alternative_at,
                  struct reading *reading)
{
    enum signal_kind kind = tallies->signals->items[signal].kind;
    const struct alternative *alternative =
        &tallies->signals->items[signal].alternatives[alternative_at];
    struct tallied *tally = &tallies->items[signal * ALTERNATIVES_MAX + alternative_at];
    if (tally->conflict == tallies->round) {
        tallied_clear(tally);
        return false;
    }
    if (!shows(tallies, kind, tally))
        return false;
    reading->binding = (int)alternative_at + 1;
    switch (kind) {
    case SIGNAL_QUANTILE: return read_edges(tallies, tally, reading);
    case SIGNAL_GAUGE:
    case SIGNAL_GAUGE_RATIO: return read_groups(tallies, tally, alternative, reading);
    case SIGNAL_RATIO:
    case SIGNAL_COUNT:
        reading->part = tally->sum[0] * (kind == SIGNAL_COUNT ? alternative->scale : 1);
        reading->of = kind == SIGNAL_RATIO ? tally->sum[1] : reading->part;
        tallied_clear(tally);
        return isfinite(reading->part) && isfinite(reading->of);
    case SIGNAL_NONE: break;
    }
    return false;
}

bool tallies_are_odd(const struct tallies *tallies, size_t signal)
{
    for (size_t a = 0; a < tallies->signals->items[signal].alternative_count; a++)
        if (tallies->items[signal * ALTERNATIVES_MAX + a].odd == tallies->round)
            return true;
    return false;
}

/* Why a target that answers shows nothing of a signal, when its answer tells. */
static void name_missing(struct tallies *tallies, const struct signal *signal,
                         const struct tallied *items)
{
    for (size_t a = 0; a < signal->alternative_count && tallies->problem[0] == '\0'; a++) {
        const struct alternative *alternative = &signal->alternatives[a];
        bool half = alternative->part_count == 2 && items[a].seen[0] == tallies->round &&
                    items[a].seen[1] != tallies->round;
        bool said = items[a].why && (tallies->in_parts || items[a].said == tallies->round);
        bool odd = items[a].odd == tallies->round || items[a].conflict == tallies->round;
        if (odd && said)
            str_keep(tallies->problem, sizeof tallies->problem, str_of(items[a].why));
        else if (items[a].odd == tallies->round && tallies->odd[0] != '\0')
            memcpy(tallies->problem, tallies->odd, sizeof tallies->problem);
        else if (items[a].odd == tallies->round) /* after a restart */
            (void)snprintf(tallies->problem, sizeof tallies->problem,
                           "a series of %.*s stands at no measurement",
                           STR_ARGS(str_slice(alternative->parts[0].metric, 0, 70)));
        else if (half)
            (void)snprintf(tallies->problem, sizeof tallies->problem,
                           "%.*s is given without %.*s, so there is no \"%.*s\"",
                           STR_ARGS(str_slice(alternative->parts[0].metric, 0, 70)),
                           STR_ARGS(str_slice(alternative->parts[1].metric, 0, 70)),
                           STR_ARGS(str_slice(signal->name, 0, 60)));
    }
}

void tallies_explain(struct tallies *tallies, size_t signal_at, bool found)
{
    const struct signal *signal = &tallies->signals->items[signal_at];
    const struct tallied *items = &tallies->items[signal_at * ALTERNATIVES_MAX];
    for (size_t a = 0; a < signal->alternative_count; a++)
        if (items[a].overfull && tallies->problem[0] == '\0')
            (void)snprintf(tallies->problem, sizeof tallies->problem,
                           "has more than %d series of one gauge of \"%.*s\", and what the others "
                           "say is not known; narrow the selectors under signals: in reeve.yaml",
                           GROUPS_MAX, STR_ARGS(str_slice(signal->name, 0, 100)));
    for (size_t a = 0; found && a < signal->alternative_count; a++)
        if (items[a].odd == tallies->round && items[a].conflict != tallies->round)
            tallies->left_out = true;
    if (!found)
        name_missing(tallies, signal, items);
}

void tallies_note_left_out(struct tallies *tallies)
{
    if (tallies->left_out && tallies->problem[0] == '\0' && tallies->odd[0] != '\0')
        (void)snprintf(tallies->problem, sizeof tallies->problem, "%.200s; it is left out",
                       tallies->odd);
    tallies->left_out = false;
}

/* What the alternatives behind the first add up to is nobody's: they may come to the front one day.
 */
bool tallies_read_signal(struct tallies *tallies, size_t signal, struct reading *reading)
{
    const struct reading blank = *reading;
    bool found = false;
    for (size_t a = 0; a < tallies->signals->items[signal].alternative_count; a++) {
        if (found) {
            tallied_clear(&tallies->items[signal * ALTERNATIVES_MAX + a]);
            continue;
        }
        *reading = blank;
        found = tallies_read(tallies, signal, a, reading);
    }
    tallies_explain(tallies, signal, found);
    return found;
}

static bool has_old_groups(const struct tallies *tallies, const struct tallied *tally)
{
    size_t live = 0;
    size_t most = tally->overfull ? tally->group_count * 9 / 10 : tally->group_count * 3 / 4;
    if (tally->group_count * 4 < GROUPS_MAX * 3)
        return false;
    for (size_t i = 0; i < tally->group_count; i++)
        live += tally->groups[i].round[0] == tallies->round ||
                tally->groups[i].round[1] == tallies->round;
    return live <= most;
}

bool tallies_are_crowded(const struct tallies *tallies)
{
    for (size_t i = 0; i < tallies->signals->count * ALTERNATIVES_MAX; i++)
        if (has_old_groups(tallies, &tallies->items[i]))
            return true;
    return false;
}

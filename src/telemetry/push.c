/* push.c - what a pushed sample adds, and when its signal is read. */
#include "telemetry/push_internal.h"

#include <math.h>
#include <stdio.h>

enum { CLOCK_BACK_MS = 2000, SHOWN_NAME_BYTES = 100, REFUSED_APART_MS = 60000 };

static bool wants(void *context, struct str name)
{
    struct push *push = context;
    return tallies_find(&push->tallies, name) != NULL;
}

/* The place of the series that was seen last with labels of this hash; the table's count when there
 * is none. Senders keep their order: behind a known series most often comes the next one. */
static size_t find_seen(const struct push *push, uint64_t hash)
{
    const struct series_table *table = &push->table;
    size_t index = push->next;
    if (index >= table->count || series_at(table, index)->hash != hash)
        index = series_find(table, hash);
    return index < table->count && series_at(table, index)->uses ? index : table->count;
}

static size_t recognise(void *context, uint64_t form)
{
    const struct push *push = context;
    size_t index = find_seen(push, form);
    return index < push->table.count ? index + 1 : 0;
}

static bool take(void *context, const struct pushed_sample *sample, struct err *err);

void push_init(struct push *push, struct arena *arena, const struct signals *signals,
               const struct hash *digest, struct str sender)
{
    *push = (struct push){.use = {push, wants, take, recognise}, .digest = *digest, .flush = 1};
    tallies_init(&push->tallies, arena, signals, sender);
    push->tallies.in_parts = true;
    push->tallies.round = 1;
    series_init(&push->table, arena, LIMIT_SERIES_PER_TARGET, sizeof(struct pushed_series));
    push->waits = arena_array(arena, signals->count * ALTERNATIVES_MAX + 1, sizeof *push->waits);
    push->labels = arena_array(arena, LABELS_MAX + 1, sizeof *push->labels);
}

void push_set_interval(struct push *push, int64_t interval_ms)
{
    push->interval_ms = interval_ms;
}

/* What came before this flush waits no more. */
static void clear_sums(struct push *push)
{
    tallies_clear(&push->tallies);
    for (size_t i = 0; i < push->tallies.signals->count * ALTERNATIVES_MAX; i++)
        push->waits[i] = (struct pushed_tally){.released = push->flush - 1};
    push->hold_until_us = 0;
}

void push_begin_anew(struct push *push)
{
    push->floor = push->newest;
    push->began = push->since = push->learnt = (struct instant){0};
    push->settled = false;
    push->flush++;
    clear_sums(push);
}

/* The wall clock was set back: the core has forgotten, too, and what was of a time that has not
 * come yet is of now, so that what comes from here on is newer. */
static void go_back(struct push *push, struct instant now)
{
    push->read = push->late_since = (struct instant){0};
    if (now.us < push->newest.us)
        push->newest = now;
    for (size_t i = 0; i < push->table.count; i++) {
        struct pushed_series *own = pushed_series_at(push, i);
        if (own->at_us >= now.us)
            own->at_us = now.us - 1;
    }
}

void push_begin(struct push *push, struct instant now)
{
    int64_t gap_ms = instant_ms_between(push->heard, now);
    push->now = now;
    push->by_body = push->again = push->judges_late = false;
    if (instant_is_zero(push->heard))
        return;
    if (gap_ms < -CLOCK_BACK_MS)
        go_back(push, now);
    if (gap_ms < -CLOCK_BACK_MS || gap_ms > stale_after_ms(push->interval_ms)) {
        push_begin_anew(push);
        push->heard = (struct instant){0};
    }
}

/* Is it among the newest? It is from now on. */
static bool came_before(uint64_t bodies[PUSH_BODIES], uint64_t *count, uint64_t digest)
{
    for (size_t i = 0; i < PUSH_BODIES; i++)
        if (bodies[i] == digest)
            return true;
    bodies[(*count)++ % PUSH_BODIES] = digest;
    return false;
}

void push_begin_samples(struct push *push, struct instant now, uint64_t digest)
{
    push_begin(push, now);
    push->judges_late = true;
    push->again = came_before(push->sent, &push->sent_count, digest);
}

void push_begin_body(struct push *push, struct instant now, uint64_t digest)
{
    push_begin(push, now);
    push->by_body = true;
    push->again = came_before(push->bodies, &push->body_count, digest);
}

void push_mark(struct push *push)
{
    push->heard = push->now;
    push->dirty = true;
}

/* Counts a sample that is not taken, and keeps why. */
static bool refuse(struct push *push, struct err *err, const char *why, struct str name)
{
    (void)err_set(err, ERR_OUTSIDE, NULL, "%.*s %s", STR_ARGS(str_cut(name, SHOWN_NAME_BYTES)),
                  why);
    int64_t since_ms = instant_ms_between(push->problem_at, push->now);
    int64_t stale_ms = stale_after_ms(push->interval_ms);
    if (instant_is_zero(push->problem_at) || since_ms < 0 ||
        since_ms > (stale_ms > REFUSED_APART_MS ? stale_ms : REFUSED_APART_MS)) {
        push->refused_since = push->now;
        push->refused_in_row = 0;
    }
    push->refused++;
    push->refused_in_row++;
    push->problem_at = push->now;
    str_keep(push->problem, sizeof push->problem, str_of(err->text));
    return false;
}

static bool check(struct push *push, const struct pushed_sample *sample, struct err *err)
{
    int64_t age_ms = instant_is_zero(sample->at) ? 0 : instant_ms_between(sample->at, push->now);
    bool delta = sample->kind == PUSHED_DELTA;
    if (age_ms < -LIMIT_PUSH_FUTURE_MS)
        return refuse(push, err, "is more than 5 min ahead of now; set the sender's clock",
                      sample->name);
    if (age_ms > LIMIT_PUSH_PAST_MS)
        return refuse(push, err, "is older than 10 min, which is too late to count", sample->name);
    if (delta && sample->value < 0)
        return refuse(push, err, "grew by less than zero, which no counter does", sample->name);
    if (delta && instant_is_zero(sample->at))
        return refuse(push, err,
                      "grew by a number without a time, so that nobody could tell it from its "
                      "repetition",
                      sample->name);
    if (sample->label_count > LABELS_MAX)
        return refuse(push, err, "has more than 64 labels", sample->name);
    return true;
}

/* Is the sample of a kind that its signals can use? */
static bool fits(const struct series_uses *uses, enum pushed_kind kind)
{
    if (kind == PUSHED_GAUGE)
        return uses->gauges > 0;
    return kind != PUSHED_DELTA || uses->gauges == 0;
}

static bool refuse_kind(struct push *push, const struct pushed_sample *sample, struct err *err)
{
    return refuse(push, err,
                  sample->kind == PUSHED_DELTA
                      ? "is sent as what it grew by, and its signal wants where it stands"
                      : "is sent as a gauge, and its signal counts increments; bind the signal to "
                        "a counter",
                  sample->name);
}

/* What the signals of a series without room add up to is not known. */
static bool refuse_series(struct push *push, const struct series_uses *uses,
                          const struct pushed_sample *sample, struct err *err)
{
    for (size_t i = 0; i < uses->count; i++)
        uses->items[i].tally->refused_us = push->now.us;
    return refuse(push, err,
                  "has new series beyond the 200000 of one sender, so that nobody knows what they "
                  "say; drop the label that changes, or narrow the selectors under signals: in "
                  "reeve.yaml",
                  sample->name);
}

/* The series of a sample that was not seen in this form, made when a signal wants it; hash: of the
 * form. *out_index is the table's count when nobody wants it. */
static bool learn(struct push *push, const struct pushed_sample *sample, uint64_t hash,
                  size_t *out_index, struct err *err)
{
    struct label *labels = push->labels;
    if (sample->label_count > 0)
        memcpy(labels, sample->labels, sample->label_count * sizeof *labels);
    uint64_t identity = series_identity(sample->name, labels, sample->label_count);
    size_t index = series_find_identity(&push->table, identity);
    bool known = index < push->table.count;
    const struct series_uses *uses = known ? series_at(&push->table, index)->uses : NULL;
    if (!uses) {
        const struct interest *interest = tallies_find(&push->tallies, sample->name);
        if (interest)
            uses =
                tallies_uses(&push->tallies, &push->table, interest, labels, sample->label_count);
    }
    bool wanted = uses && uses->count > 0;
    *out_index = push->table.count;
    if (!wanted || (pushed_is_stale(sample->value) && !known))
        return true;
    if (!fits(uses, sample->kind))
        return refuse_kind(push, sample, err);
    if (!series_add(&push->table, identity, hash, &index))
        return refuse_series(push, uses, sample, err);
    series_at(&push->table, index)->uses = uses;
    *out_index = index;
    return true;
}

static bool find_series(struct push *push, const struct pushed_sample *sample, size_t *out_index,
                        struct err *err)
{
    size_t index = sample->known - 1;
    if (sample->known == 0) {
        uint64_t hash = sample->form
                            ? sample->form
                            : series_form(sample->name, sample->labels, sample->label_count);
        index = find_seen(push, hash);
        if (index == push->table.count)
            return learn(push, sample, hash, out_index, err);
    }
    if (!fits(series_at(&push->table, index)->uses, sample->kind))
        return refuse_kind(push, sample, err);
    *out_index = index;
    return true;
}

static double grown(const struct push *push, const struct pushed_series *own,
                    const struct pushed_sample *sample, int64_t at_us)
{
    double whole = sample->value > 0 ? sample->value : 0;
    int64_t floor_us = push->floor.us;
    int64_t began_us = push->began.us > floor_us ? push->began.us : floor_us;
    if (sample->kind == PUSHED_DELTA)
        return whole;
    if (sample->kind == PUSHED_GAUGE)
        return 0;
    if (own->at_us == 0) {
        bool settled = at_us > push->began.us + 2 * push->interval_ms * 1000 && at_us > floor_us;
        return settled || sample->start.us > began_us ? whole : 0;
    }
    bool again = sample->start.us > own->at_us;
    if (own->at_us <= floor_us)
        return again && sample->start.us > floor_us ? whole : 0;
    if (!again && !isfinite(own->series.last))
        return 0;
    return again || sample->value < own->series.last ? whole : sample->value - own->series.last;
}

/* Its signals have something new; of a series that ends only gauges have. */
static void touch(struct push *push, const struct series_uses *uses, bool ends)
{
    for (size_t i = 0; i < uses->count; i++) {
        struct pushed_tally *wait = &push->waits[uses->items[i].tally - push->tallies.items];
        if (wait->since != 0 || (ends && !series_use_is_gauge(&uses->items[i])))
            continue;
        wait->since = push->flush;
        wait->since_us = push->now.us;
    }
}

static void add_to_sums(struct push *push, const struct series_uses *uses, double more)
{
    for (size_t i = 0; i < uses->count; i++)
        if (!series_use_is_gauge(&uses->items[i]))
            tallies_apply_use(&push->tallies, &uses->items[i], 0, more);
    touch(push, uses, false);
}

static void keep(struct push *push, struct pushed_series *own, int64_t at_us)
{
    own->at_us = at_us > own->at_us ? at_us : own->at_us;
    push->changed += own->series.scrape <= push->recorded;
    own->series.scrape = push->flush;
    push->heard = push->now;
    push->dirty = true;
    push->late_since = (struct instant){0};
    push->late = 0;
    if (push->began.us == 0)
        push->began.us = at_us;
    if (at_us > push->newest.us)
        push->newest.us = at_us;
    push->taken++;
}

/* A value that is no measurement of now: the series stands there until its next one. */
static bool take_odd(struct push *push, size_t index, const struct pushed_sample *sample,
                     bool of_now, struct err *err)
{
    struct pushed_series *own = pushed_series_at(push, index);
    struct series *series = &own->series;
    int64_t at_us = instant_is_zero(sample->at) ? push->now.us : sample->at.us;
    double value = of_now ? sample->value : INFINITY; /* of a gauge, too, nothing is known then */
    struct text why;
    struct arena scratch;
    arena_init(&scratch);
    text_init(&why, &scratch, PUSH_PROBLEM_BYTES);
    if (of_now)
        text_printf(&why, "is %s, which is no measurement", isnan(value) ? "NaN" : "infinite");
    else
        sample_say_stamp(&why, sample->stamp, push->now);
    if (at_us > own->at_us) {
        keep(push, own, at_us);
        push->taken -= isinf(value);
        touch(push, series->uses, false);
        series->last = value;
        own->start_us = sample->start.us;
        own->seen_us = at_us < push->now.us ? at_us : push->now.us;
        (void)snprintf(push->tallies.odd, sizeof push->tallies.odd, "%.*s %.*s",
                       STR_ARGS(str_cut(sample->name, SHOWN_NAME_BYTES)), STR_ARGS(text_str(&why)));
    }
    bool good = !isinf(value) || refuse(push, err, text_str(&why).p, sample->name);
    arena_done(&scratch);
    return good;
}

/* Before the newest sample of its series, in a body that did not come before. What catches up may
 * come out of order; where nothing newer comes at all, a clock was set back. */
static bool take_late(struct push *push, const struct pushed_sample *sample, int64_t newest_us,
                      struct err *err)
{
    char newest[INSTANT_TEXT_BYTES];
    char why[PUSH_PROBLEM_BYTES];
    if (instant_is_zero(push->late_since))
        push->late_since = push->now;
    if (instant_ms_between(push->late_since, push->now) < 2 * push->interval_ms) {
        push->late++;
        push->doubles++;
        return true;
    }
    instant_write((struct instant){newest_us}, newest);
    (void)snprintf(why, sizeof why,
                   "comes with an earlier time than the one before it (%.19sZ), so that it counts "
                   "for nothing until then: the sender's clock was set back",
                   newest);
    (void)refuse(push, err, why, sample->name);
    if (push->late > 0)
        push->refused_since = push->late_since;
    push->refused_in_row += push->late;
    push->late = 0;
    return false;
}

static bool take(void *context, const struct pushed_sample *sample, struct err *err)
{
    struct push *push = context;
    size_t index = push->table.count;
    if (!check(push, sample, err) || !find_series(push, sample, &index, err))
        return false;
    if (index == push->table.count)
        return true;
    push->next = index + 1;
    int64_t at_us = instant_is_zero(sample->at) ? push->now.us : sample->at.us;
    struct pushed_series *own = pushed_series_at(push, index);
    struct series *series = &own->series;
    if (at_us < own->at_us && push->judges_late && !push->again)
        return take_late(push, sample, own->at_us, err);
    if (!isfinite(sample->value) && pushed_is_stale(sample->value)) {
        if (at_us > own->at_us) {
            keep(push, own, at_us);
            touch(push, series->uses, true);
            own->seen_us = 0;
        }
        return true;
    }
    bool of_now = !sample->is_stamped ||
                  sample_is_of_now(sample->stamp, push->now, sample_oldest_ms(push->interval_ms));
    if (!isfinite(sample->value) || !of_now)
        return take_odd(push, index, sample, of_now, err);
    bool by_body = push->by_body && sample->kind == PUSHED_DELTA;
    if (by_body ? push->again : at_us <= own->at_us) {
        push->doubles++;
        return true;
    }
    if (push->began.us == 0)
        push->began.us = at_us;
    add_to_sums(push, series->uses, grown(push, own, sample, at_us));
    keep(push, own, at_us);
    series->last = sample->value;
    own->start_us = sample->start.us;
    own->seen_us = at_us < push->now.us ? at_us : push->now.us;
    return true;
}

bool push_is_due(const struct push *push, struct instant now)
{
    return push->dirty || (push->hold_until_us != 0 && now.us >= push->hold_until_us);
}

bool push_is_refused(const struct push *push, size_t tally, struct instant now)
{
    int64_t at_us = push->tallies.items[tally].refused_us;
    return at_us != 0 && now.us - at_us <= stale_after_ms(push->interval_ms) * 1000;
}

/* Have all edges of a histogram come from all of its series? */
static bool edges_are_level(const struct push *push, const struct tallied *tally)
{
    uint32_t given = 0;
    for (size_t i = 0; i < tally->edge_count; i++) {
        const struct edge_tally *edge = &tally->edges[i];
        if (edge->round != push->tallies.round)
            continue;
        if (given != 0 && edge->given != given)
            return false;
        given = edge->given;
    }
    return true;
}

/* Does the sum wait for series that have not come yet? */
static bool waits_for_rest(struct push *push, size_t tally, enum signal_kind kind)
{
    const struct pushed_tally *wait = &push->waits[tally];
    int64_t hold_ms = push->interval_ms < HOLD_MOST_MS ? push->interval_ms : HOLD_MOST_MS;
    int64_t until_us = wait->since_us + hold_ms * 1000;
    if (kind == SIGNAL_GAUGE || kind == SIGNAL_GAUGE_RATIO || push->now.us >= until_us ||
        (wait->behind == 0 && edges_are_level(push, &push->tallies.items[tally])))
        return false;
    if (push->hold_until_us == 0 || until_us < push->hold_until_us)
        push->hold_until_us = until_us;
    return true;
}

/* As tallies_read_signal, but only of what is new, and when it is together. */
static bool read_signal(struct push *push, size_t signal, struct reading *reading)
{
    const struct reading blank = *reading;
    bool found = false;
    bool read = false;
    for (size_t a = 0; a < push->tallies.signals->items[signal].alternative_count; a++) {
        size_t at = signal * ALTERNATIVES_MAX + a;
        struct pushed_tally *wait = &push->waits[at];
        if (found || push->tallies.items[at].conflict == push->tallies.round) {
            tallied_clear(&push->tallies.items[at]);
            *wait = (struct pushed_tally){.released = push->flush};
            continue;
        }
        found = tallies_shows(&push->tallies, signal, a);
        if (!found || wait->since == 0 || waits_for_rest(push, at, blank.kind))
            continue;
        *reading = blank;
        read = found = tallies_read(&push->tallies, signal, a, reading);
        *wait = (struct pushed_tally){.released = push->flush};
    }
    tallies_explain(&push->tallies, signal, found);
    return read;
}

/* May anything be read now? Where the sums are of a gap they are cleared. */
static bool may_read(struct push *push, struct instant now)
{
    int64_t stale_ms = stale_after_ms(push->interval_ms);
    int64_t two_us = 2 * push->interval_ms * 1000;
    if (push->began.us == 0 || push->newest.us < push->learnt.us ||
        instant_ms_between(push->newest, now) > stale_ms)
        return false;
    if (!push->settled && push->newest.us < push->began.us + two_us)
        return false;
    bool gap = instant_ms_between(push->since, now) > stale_ms;
    if (push->settled && gap) /* it has caught up */
        push->floor.us = push->newest.us - two_us;
    if (!push->settled || gap) {
        push->since = (struct instant){0};
        clear_sums(push);
        for (size_t i = 0; i < push->tallies.signals->count * ALTERNATIVES_MAX; i++)
            push->waits[i].since = push->flush; /* shows that the signal is measured */
    }
    push->settled = true;
    return true;
}

size_t push_finish(struct push *push, struct instant now, struct arena *out_arena,
                   struct reading *out_readings)
{
    const struct signals *signals = push->tallies.signals;
    size_t count = 0;
    push->now = now;
    push->hold_until_us = 0;
    bool may = may_read(push, now);
    struct instant at = instant_before(push->read, now) ? now : (struct instant){push->read.us + 1};
    if (may)
        push_gather(push, now);
    for (size_t i = 0; may && i < signals->count; i++) {
        struct reading *reading = &out_readings[count];
        *reading = (struct reading){.at = at,
                                    .since = push->since,
                                    .interval_ms = push->interval_ms,
                                    .kind = signals->items[i].kind};
        if (!read_signal(push, i, reading))
            continue;
        reading->signal = str_copy(out_arena, signals->items[i].name);
        reading->target = str_copy(out_arena, push->tallies.target);
        reading->high_series = str_copy(out_arena, reading->high_series);
        reading->low_series = str_copy(out_arena, reading->low_series);
        count++;
    }
    tallies_note_left_out(&push->tallies);
    if (may)
        push->read = push->since = at;
    push->dirty = false;
    push->flush++;
    return count;
}

struct str push_waits(const struct push *push, struct arena *arena, struct instant now)
{
    int64_t late_ms = instant_ms_between(push->newest, now);
    if (push->began.us == 0)
        return STR("");
    if (late_ms > stale_after_ms(push->interval_ms))
        return str_printf(
            arena,
            "is behind: its newest sample is %s old, and nothing is read until it has "
            "caught up; if that stays so, set its clock",
            duration_text(arena, late_ms).p);
    if (!push->settled)
        return str_printf(arena,
                          "is being learnt: it is read when each of its series has come, after %s",
                          duration_text(arena, 2 * push->interval_ms).p);
    return STR("");
}

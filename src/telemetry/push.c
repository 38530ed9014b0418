/* push.c - what a pushed sample adds, and when its signal is read. */
#include "telemetry/push_internal.h"

#include <math.h>
#include <stdio.h>

enum { CLOCK_BACK_MS = 2000, REFUSED_APART_MS = 60000 };

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

void push_clear_sum(struct push *push, size_t tally)
{
    tallied_clear(&push->tallies.items[tally]);
    push->waits[tally] = (struct pushed_tally){.released = push->flush - 1};
}

void push_begin_anew(struct push *push)
{
    push->floor = push->newest;
    push->began = push->since = push->learnt = (struct instant){0};
    push->happened_since = (struct instant){0};
    push->settled = push->learns = false;
    push->flush++;
    for (size_t i = 0; i < push->tallies.signals->count * ALTERNATIVES_MAX; i++)
        push_clear_sum(push, i);
    push->hold_until_us = 0;
}

/* The wall clock was set back: the core has forgotten, too, and what was of a time that has not
 * come yet is of now, so that what comes from here on is newer. */
static void go_back(struct push *push, struct instant now)
{
    push->read = (struct instant){0};
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

bool push_refuse(struct push *push, struct err *err, const char *why, struct str name)
{
    (void)err_set(err, ERR_OUTSIDE, NULL, "%.*s %s", STR_ARGS(str_cut(name, PUSH_SHOWN_NAME_BYTES)),
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
    push_set_refused(push, name, push->problem);
    return false;
}

static bool check(struct push *push, const struct pushed_sample *sample, struct err *err)
{
    int64_t age_ms = instant_is_zero(sample->at) ? 0 : instant_ms_between(sample->at, push->now);
    bool delta = sample->kind == PUSHED_DELTA;
    if (age_ms < -LIMIT_PUSH_FUTURE_MS)
        return push_refuse(push, err, "is more than 5 min ahead of now; set the sender's clock",
                           sample->name);
    if (age_ms > LIMIT_PUSH_PAST_MS)
        return push_refuse(push, err, "is older than 10 min, which is too late to count",
                           sample->name);
    if (delta && sample->value < 0)
        return push_refuse(push, err, "grew by less than zero, which no counter does",
                           sample->name);
    if (delta && instant_is_zero(sample->at))
        return push_refuse(push, err,
                           "grew by a number without a time, so that nobody could tell it from its "
                           "repetition",
                           sample->name);
    if (sample->label_count > LABELS_MAX)
        return push_refuse(push, err, "has more than 64 labels", sample->name);
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
    return push_refuse(
        push, err,
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
    return push_refuse(
        push, err,
        "has new series beyond the 200000 of one sender, so that nobody knows what they "
        "say; drop the label that changes, or narrow the selectors under signals: in "
        "reeve.yaml",
        sample->name);
}

/* As above, of a gauge; its signal has no reading until there is room. */
static bool refuse_gauge(struct push *push, const struct pushed_sample *sample, struct err *err)
{
    return push_refuse(
        push, err,
        "has new series beyond the 10000 of one gauge, so that nobody knows what they say; drop "
        "the label that changes, or narrow the selectors under signals: in reeve.yaml",
        sample->name);
}

/* The series of a sample that was not seen in this form, made when a signal wants it; hash: of the
 * form. *out_index is the table's count when nobody wants it. */
static bool learn(struct push *push, const struct pushed_sample *sample, uint64_t hash,
                  size_t *out_index, struct err *err)
{
    struct label *labels = push->labels;
    for (size_t i = 0; i < sample->label_count; i++)
        if (str_find_byte(sample->labels[i].value, '\0', 0) < sample->labels[i].value.n)
            return push_refuse(push, err,
                               "has a label with a byte 0, behind which nobody would see what it "
                               "says; drop it",
                               sample->name);
    if (sample->label_count > 0)
        memcpy(labels, sample->labels, sample->label_count * sizeof *labels);
    uint64_t identity = series_identity(sample->name, labels, sample->label_count);
    size_t index = series_find_identity(&push->table, identity);
    bool known = index < push->table.count;
    const struct series_uses *uses = known ? series_at(&push->table, index)->uses : NULL;
    if (!uses) {
        const struct interest *interest = tallies_find(&push->tallies, sample->name);
        push->tallies.no_room = false;
        if (interest)
            uses =
                tallies_uses(&push->tallies, &push->table, interest, labels, sample->label_count);
    }
    bool was_known = known && pushed_series_at(push, index)->at_us != 0;
    int64_t at_us = instant_is_zero(sample->at) ? push->now.us : sample->at.us;
    if (uses)
        push_see_process(push, labels, sample->label_count, at_us, was_known);
    if (known)
        push_name_doubt(push, index, sample);
    bool wanted = uses && uses->count > 0;
    *out_index = push->table.count;
    if (!wanted && uses && push->tallies.no_room)
        return refuse_gauge(push, sample, err);
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
    if (sample->kind == PUSHED_DELTA)
        return whole;
    if (sample->kind == PUSHED_GAUGE)
        return 0;
    if (own->at_us == 0)
        return push_first_is_new(push, sample, at_us) ? whole : 0;
    bool again = sample->start.us > own->at_us;
    if (own->at_us <= floor_us)
        return again && sample->start.us > floor_us ? whole : 0;
    if (!again && !isfinite(own->series.last))
        return 0;
    if (push_is_of_other(own, sample))
        return 0;
    return again || sample->value < own->series.last ? whole : sample->value - own->series.last;
}

/* Its signals have something new; of a series that ends only gauges have. */
static void touch(struct push *push, const struct series_uses *uses, bool ends)
{
    for (size_t i = 0; i < uses->count; i++) {
        struct pushed_tally *wait = &push->waits[uses->items[i].tally - push->tallies.items];
        wait->ended = wait->ended || (ends && series_use_is_gauge(&uses->items[i]));
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

/* Of what happened nothing has to be learnt: that it is told of is all there is to know. */
static void note_happened(struct push *push, const struct series_uses *uses)
{
    if (instant_is_zero(push->happened_since))
        push->happened_since =
            instant_is_zero(push->since) ? instant_add_ms(push->now, -1) : push->since;
    for (size_t i = 0; i < uses->count; i++)
        push->waits[uses->items[i].tally - push->tallies.items].happened = true;
}

static void keep(struct push *push, struct pushed_series *own, int64_t at_us)
{
    own->at_us = at_us > own->at_us ? at_us : own->at_us;
    push->changed += own->series.scrape <= push->recorded;
    own->series.scrape = push->flush;
    push->heard = push->now;
    push->dirty = true;
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
                       STR_ARGS(str_cut(sample->name, PUSH_SHOWN_NAME_BYTES)),
                       STR_ARGS(text_str(&why)));
        tallies_say(&push->tallies, series->uses, push->tallies.odd);
    }
    bool good = !isinf(value) || push_refuse(push, err, text_str(&why).p, sample->name);
    arena_done(&scratch);
    return good;
}

/* Another value of the time of its newest one: which of them is true nobody knows, and what its
 * signals come to is not known before its next sample. */
static bool take_twice(struct push *push, size_t index, const struct pushed_sample *sample,
                       struct err *err)
{
    struct series *series = series_at(&push->table, index);
    struct arena scratch;
    arena_init(&scratch);
    struct str why =
        isinf(series->last)
            ? STR("comes with several values of one time, of which none counts; correct its sender")
            : str_printf(&scratch,
                         "comes with two values of one time, %.6g and %.6g, of which neither "
                         "counts; correct its sender",
                         series->last, sample->value);
    touch(push, series->uses, false);
    series->last = INFINITY;
    (void)snprintf(push->tallies.odd, sizeof push->tallies.odd, "%.*s %.*s",
                   STR_ARGS(str_cut(sample->name, PUSH_SHOWN_NAME_BYTES)), STR_ARGS(why));
    tallies_say(&push->tallies, series->uses, push->tallies.odd);
    push_mark(push);
    (void)push_refuse(push, err, why.p, sample->name);
    arena_done(&scratch);
    return false;
}

/* Of a series that is seen first: what it grew by in a time that is mostly not now. */
static bool is_long(const struct push *push, const struct pushed_sample *sample)
{
    return sample->start.us != 0 &&
           instant_ms_between(sample->start, sample->at) > stale_after_ms(push->interval_ms);
}

/* How much of it is of now nobody knows: none of it counts, and that is said. */
static bool take_long(struct push *push, struct pushed_series *own,
                      const struct pushed_sample *sample, struct err *err)
{
    struct arena scratch;
    arena_init(&scratch);
    struct str why = str_printf(
        &scratch,
        "comes first with what it grew by in %s, of which nobody knows how much is of now: "
        "it counts from its next point on",
        duration_text(&scratch, instant_ms_between(sample->start, sample->at)).p);
    keep(push, own, sample->at.us);
    push->taken--;
    own->series.last = sample->value;
    own->start_us = sample->start.us;
    own->seen_us = sample->at.us < push->now.us ? sample->at.us : push->now.us;
    (void)push_refuse(push, err, why.p, sample->name);
    arena_done(&scratch);
    return false;
}

/* A counter may have gone back, in its value or its start. */
static void see_back(struct push *push, size_t index, const struct pushed_sample *sample)
{
    const struct pushed_series *own = pushed_series_at(push, index);
    const struct series_uses *uses = own->series.uses;
    if (uses->gauges == uses->count || sample->kind == PUSHED_DELTA) {
        push_forget_late(push, index);
        return;
    }
    push_note_fall(push, own, sample);
    push_see_histories(push, index, sample);
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
    if (at_us < own->at_us && push->judges_late && !push->again) {
        enum push_late late = push_take_late(push, index, sample, err);
        if (late != PUSH_LATE_ANEW)
            return late == PUSH_LATE_DOUBLE;
    }
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
    bool is_other = sample->value < series->last || sample->value > series->last;
    if (!by_body && at_us == own->at_us && (is_other || isnan(series->last)))
        return take_twice(push, index, sample, err);
    if (by_body ? push->again : at_us <= own->at_us) {
        push->doubles++;
        return true;
    }
    if (push->began.us == 0)
        push->began.us = at_us;
    if (sample->kind == PUSHED_DELTA && own->at_us == 0 && !push->by_body && is_long(push, sample))
        return take_long(push, own, sample, err);
    if (series->note != 0 || sample->value < series->last || sample->start.us != own->start_us)
        see_back(push, index, sample);
    double more = grown(push, own, sample, at_us);
    if (own->at_us == 0 && (sample->kind == PUSHED_CUMULATIVE || sample->kind == PUSHED_UNKNOWN))
        push_note_first(push, series->uses, sample, at_us, push_first_is_new(push, sample, at_us));
    add_to_sums(push, series->uses, more);
    if (by_body)
        note_happened(push, series->uses);
    push->learns = push->learns || !by_body;
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

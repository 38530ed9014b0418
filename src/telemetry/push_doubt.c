/* push_doubt.c - series that go back: in time, as when a clock is set, or in value, as when two
 * processes write one. Few do; of these is kept what came. */
#include "telemetry/push_internal.h"

#include "base/noun.h"

#include <math.h>
#include <stdio.h>

enum {
    DOUBTS_MAX = 8192,
    NAME_BYTES = 200,
    START_APART_US = 5000000, /* starts that waver by less are one */
    NOW_AFTER = 3             /* samples of now, behind one of later: a clock was put right */
};

struct push_doubt {
    size_t index; /* of the series */
    int64_t heard_us;
    int64_t late_since_us, late_at_us; /* samples before the newest, none behind; 0: none */
    int64_t late;                      /* of them, those that were not refused */
    int ascending;                     /* of them, one behind the other up to the last */
    int64_t refused_us;
    double high, low; /* what it fell from, and to */
    int64_t start_us; /* of the other history */
    int64_t switched_us, returned_us;
    int returns;
    char name[NAME_BYTES];
};

static struct push_doubt *doubt_at(const struct push *push, size_t index)
{
    uint16_t note = series_at(&push->table, index)->note;
    return note == 0 ? NULL : &push->doubts[note - 1];
}

/* NULL: there is no room. */
static struct push_doubt *doubt_make(struct push *push, size_t index, struct str name)
{
    struct push_doubt *doubt = doubt_at(push, index);
    if (!doubt && push->doubt_count < DOUBTS_MAX) {
        doubt =
            &LIST_PUSH(push->tallies.arena, push->doubts, push->doubt_count, push->doubt_capacity);
        *doubt = (struct push_doubt){.index = index};
        str_keep(doubt->name, sizeof doubt->name, str_cut(name, 100));
        struct series *series = series_at(&push->table, index);
        series->note = (uint16_t)push->doubt_count;
        series->hash = 0; /* so that the next sample comes with its labels */
    }
    if (doubt)
        doubt->heard_us = push->now.us;
    return doubt;
}

void push_name_doubt(struct push *push, size_t index, const struct pushed_sample *sample)
{
    struct push_doubt *doubt = doubt_at(push, index);
    if (!doubt || sample->label_count == 0)
        return;
    struct arena scratch;
    struct text text;
    arena_init(&scratch);
    text_init(&text, &scratch, NAME_BYTES - 1);
    text_printf(&text, "%.*s{", STR_ARGS(str_cut(sample->name, 100)));
    for (size_t i = 0; i < sample->label_count; i++)
        text_printf(&text, "%s%.*s=\"%.*s\"", i == 0 ? "" : ",", STR_ARGS(sample->labels[i].name),
                    STR_ARGS(str_cut(sample->labels[i].value, 40)));
    text_adds(&text, "}");
    if (!text_full(&text))
        str_keep(doubt->name, sizeof doubt->name, text_str(&text));
    arena_done(&scratch);
}

static int64_t intervals_us(const struct push *push, int count)
{
    return count * push->interval_ms * 1000;
}

/* Its counters are not read before that; what is held already is held no longer for it. */
static void hold(struct push *push, size_t index, int64_t until_us)
{
    const struct series_uses *uses = series_at(&push->table, index)->uses;
    for (size_t i = 0; uses && i < uses->count; i++) {
        struct pushed_tally *wait = &push->waits[uses->items[i].tally - push->tallies.items];
        if (!series_use_is_gauge(&uses->items[i]) && wait->hold_us <= push->now.us)
            wait->hold_us = until_us;
    }
}

static bool refuse_late(struct push *push, struct push_doubt *doubt, struct str name,
                        int64_t newest_us, struct err *err)
{
    char newest[INSTANT_TEXT_BYTES];
    char why[PUSH_PROBLEM_BYTES];
    instant_write((struct instant){newest_us}, newest);
    (void)snprintf(why, sizeof why,
                   "comes with an earlier time than the one before it (%.19sZ), so that it counts "
                   "for nothing until then: the sender's clock was set back",
                   newest);
    (void)push_refuse(push, err, why, name);
    if (doubt->late > 0 && doubt->late_since_us < push->refused_since.us)
        push->refused_since.us = doubt->late_since_us;
    push->refused_in_row += doubt->late;
    doubt->late = 0;
    doubt->refused_us = push->now.us;
    return false;
}

enum push_late push_take_late(struct push *push, size_t index, const struct pushed_sample *sample,
                              struct err *err)
{
    struct pushed_series *own = pushed_series_at(push, index);
    struct push_doubt *doubt = doubt_make(push, index, sample->name);
    int64_t now_us = push->now.us;
    push->doubles++;
    if (!doubt)
        return PUSH_LATE_DOUBLE;
    if (doubt->late_since_us == 0)
        doubt->late_since_us = now_us;
    doubt->ascending = sample->at.us > doubt->late_at_us ? doubt->ascending + 1 : 1;
    doubt->late_at_us = sample->at.us;
    int64_t for_us = now_us - doubt->late_since_us;
    bool of_now = sample->at.us >= now_us - intervals_us(push, 2);
    if (own->at_us > now_us && of_now) {
        if (doubt->ascending >= NOW_AFTER && for_us >= intervals_us(push, 1)) {
            push->doubles--;
            own->at_us = sample->at.us - 1;
            return PUSH_LATE_ANEW;
        }
        if (doubt->ascending > 1)
            hold(push, index, now_us + intervals_us(push, 1));
    }
    if (for_us < intervals_us(push, 2)) {
        doubt->late++;
        return PUSH_LATE_DOUBLE;
    }
    push->doubles--;
    return refuse_late(push, doubt, sample->name, own->at_us, err) ? PUSH_LATE_DOUBLE
                                                                   : PUSH_LATE_REFUSED;
}

void push_forget_late(struct push *push, size_t index)
{
    struct push_doubt *doubt = doubt_at(push, index);
    if (!doubt)
        return;
    doubt->late_since_us = doubt->late_at_us = doubt->late = 0;
    doubt->ascending = 0;
    doubt->refused_us = 0;
}

static bool is_other_start(int64_t a, int64_t b)
{
    return a != 0 && b != 0 && (a - b > START_APART_US || b - a > START_APART_US);
}

/* Was the value known before, by the one of the two histories that is not the series' last? */
static void see_switch(struct push *push, struct push_doubt *doubt, const struct pushed_series *own,
                       const struct pushed_sample *sample)
{
    double last = own->series.last;
    bool other = is_other_start(own->start_us, sample->start.us);
    if (doubt->switched_us == 0 || push->now.us - doubt->switched_us > intervals_us(push, 4)) {
        doubt->high = last;
        doubt->low = sample->value;
        doubt->returns = 0;
    } else if (other && doubt->start_us == sample->start.us) {
        doubt->returns++;
        doubt->returned_us = push->now.us;
    } else if (sample->value < last && sample->value < doubt->low) {
        doubt->low = sample->value;
        doubt->returns = 0;
    }
    if (last > doubt->high)
        doubt->high = last;
    doubt->start_us = other ? own->start_us : 0;
    doubt->switched_us = push->now.us;
}

void push_see_histories(struct push *push, size_t index, const struct pushed_sample *sample)
{
    const struct pushed_series *own = pushed_series_at(push, index);
    struct push_doubt *doubt = doubt_at(push, index);
    double last = own->series.last;
    bool begun = sample->start.us > own->at_us;
    bool switched = sample->value < last || is_other_start(own->start_us, sample->start.us);
    push_forget_late(push, index);
    if (begun || own->at_us == 0 || !isfinite(last)) {
        if (doubt)
            doubt->switched_us = doubt->returns = 0;
        return;
    }
    int returns = doubt ? doubt->returns : 0;
    if (switched) {
        doubt = doubt_make(push, index, sample->name);
        if (doubt)
            see_switch(push, doubt, own, sample);
    } else if (doubt && doubt->switched_us != 0 && sample->value >= doubt->high &&
               last < doubt->high && push->now.us - doubt->switched_us <= intervals_us(push, 4)) {
        doubt->returns++;
        doubt->heard_us = doubt->switched_us = doubt->returned_us = push->now.us;
    }
    /* Back where it was: once may be chance, which the next two intervals tell. */
    if (doubt && doubt->returns == 1 && returns == 0)
        hold(push, index, push->now.us + intervals_us(push, 5) / 2);
}

bool push_is_of_other(const struct pushed_series *own, const struct pushed_sample *sample)
{
    return sample->value < own->series.last && is_other_start(own->start_us, sample->start.us) &&
           sample->start.us <= own->at_us - START_APART_US;
}

/* Its signals are not known in this round. */
static void tell(struct push *push, const struct push_doubt *doubt, bool gauges, const char *why)
{
    const struct series_uses *uses = series_at(&push->table, doubt->index)->uses;
    for (size_t i = 0; uses && i < uses->count; i++) {
        struct tallied *tally = uses->items[i].tally;
        if (!gauges && series_use_is_gauge(&uses->items[i]))
            continue;
        tally->conflict = push->tallies.round;
        push_set_why(push, (size_t)(tally - push->tallies.items), why);
    }
    if (uses && push->tallies.problem[0] == '\0')
        str_keep(push->tallies.problem, sizeof push->tallies.problem, str_of(why));
}

static void gather_doubt(struct push *push, const struct push_doubt *doubt)
{
    char why[PUSH_PROBLEM_BYTES + NAME_BYTES];
    int64_t now_us = push->now.us;
    if (doubt->returns > 1 && now_us - doubt->returned_us <= intervals_us(push, 4)) {
        (void)snprintf(why, sizeof why,
                       "%s is written by two processes: it goes back and forth; give each an "
                       "instance label (service.instance.id)",
                       doubt->name);
        tell(push, doubt, false, why);
    } else if (doubt->refused_us != 0 &&
               now_us - doubt->refused_us <= stale_after_ms(push->interval_ms) * 1000) {
        (void)snprintf(why, sizeof why,
                       "%s comes with an earlier time than before, so that it counts for nothing: "
                       "the clock of who sends it was set back",
                       doubt->name);
        tell(push, doubt, true, why);
    }
}

void push_gather_doubts(struct push *push)
{
    int64_t kept_us = intervals_us(push, 5) + stale_after_ms(push->interval_ms) * 1000;
    for (size_t i = 0; i < push->doubt_count;) {
        struct push_doubt *doubt = &push->doubts[i];
        if (push->now.us - doubt->heard_us <= kept_us && push->now.us >= doubt->heard_us) {
            gather_doubt(push, doubt);
            i++;
            continue;
        }
        series_at(&push->table, doubt->index)->note = 0;
        *doubt = push->doubts[--push->doubt_count];
        if (i < push->doubt_count)
            series_at(&push->table, doubt->index)->note = (uint16_t)(i + 1);
    }
}

/* A counter that falls has begun anew, and says so by its start. One that does not is counted as if
 * it did, as Prometheus would; that may be too much, and is told. */
void push_note_fall(struct push *push, const struct pushed_series *own,
                    const struct pushed_sample *sample)
{
    if (sample->kind != PUSHED_CUMULATIVE || own->start_us == 0 ||
        own->start_us != sample->start.us || !isfinite(own->series.last) ||
        sample->value >= own->series.last)
        return;
    push->falls++;
    push->fallen_at = push->now;
    (void)snprintf(
        push->fallen, sizeof push->fallen,
        "%lld %s a counter fell and was not begun anew, the last %.*s from %.6g to %.6g; it "
        "counts as begun anew, which may be too much",
        (long long)push->falls, noun(push->falls, "time", "times"),
        STR_ARGS(str_cut(sample->name, PUSH_SHOWN_NAME_BYTES)), own->series.last, sample->value);
}

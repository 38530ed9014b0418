/* push_read.c - when the sums of a sender are read, and what of them. */
#include "telemetry/push_internal.h"

#include <stdio.h>

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
    push_look_again(push, until_us);
    return true;
}

static void release(struct push *push, size_t tally)
{
    struct pushed_tally *wait = &push->waits[tally];
    *wait = (struct pushed_tally){.released = push->flush, .released_us = push->now.us};
}

/* Is what a tally adds up to not to be read now? Then nothing of it is lost. */
static bool is_held(struct push *push, size_t tally)
{
    const struct pushed_tally *wait = &push->waits[tally];
    if (wait->hold_us > push->now.us) {
        push_look_again(push, wait->hold_us);
        return true;
    }
    return push_waits_for_former(push, tally);
}

/* The last series of a gauge has. */
static void say_ended(struct push *push, size_t tally)
{
    const struct signal *signal = &push->tallies.signals->items[tally / ALTERNATIVES_MAX];
    const struct alternative *alternative = &signal->alternatives[tally % ALTERNATIVES_MAX];
    char why[PUSH_PROBLEM_BYTES];
    (void)snprintf(why, sizeof why, "%.*s has ended: its sender says that it has no value any more",
                   STR_ARGS(str_cut(alternative->parts[0].metric, PUSH_SHOWN_NAME_BYTES)));
    push_set_why(push, tally, why);
}

/* As tallies_read_signal, but only of what is new, and when it is together; not may: only of what
 * happened. */
static bool read_signal(struct push *push, size_t signal, bool may, struct reading *reading)
{
    const struct reading blank = *reading;
    bool found = false;
    bool read = false;
    bool ended = false;
    for (size_t a = 0; a < push->tallies.signals->items[signal].alternative_count; a++) {
        size_t at = signal * ALTERNATIVES_MAX + a;
        struct pushed_tally *wait = &push->waits[at];
        if (!may && !wait->happened)
            continue; /* it is being learnt */
        ended = ended || (wait->since != 0 && push->tallies.items[at].odd == push->tallies.round);
        if (found || push->tallies.items[at].conflict == push->tallies.round) {
            int64_t released_us = wait->released_us;
            int64_t learn_us = wait->learn_us;
            tallied_clear(&push->tallies.items[at]);
            release(push, at);
            wait->released_us = released_us;
            wait->learn_us = learn_us;
            continue;
        }
        found = tallies_shows(&push->tallies, signal, a);
        if (!found && wait->ended) {
            say_ended(push, at);
            ended = true;
            release(push, at);
        }
        if (!found || wait->since == 0 || is_held(push, at) || waits_for_rest(push, at, blank.kind))
            continue;
        *reading = blank;
        if (wait->learnt > 0 && wait->learnt >= wait->live)
            reading->since = (struct instant){0}; /* a first sight */
        read = found = tallies_read(&push->tallies, signal, a, reading);
        release(push, at);
    }
    push_explain(push, signal, found);
    if (ended && !found)
        push_set_ended(push, signal);
    return read;
}

/* What was being learnt is not what anything has grown by; what happened stays. */
static void begin_sums(struct push *push)
{
    push->since = (struct instant){0};
    for (size_t i = 0; i < push->tallies.signals->count * ALTERNATIVES_MAX; i++) {
        if (push->waits[i].happened)
            continue;
        push_clear_sum(push, i);
        push->waits[i].since = push->flush; /* shows that the signal is measured */
    }
    push->hold_until_us = 0;
}

/* Did anything happen of this signal now that was not read? */
static bool has_happened(const struct push *push, size_t signal)
{
    if (instant_ms_between(push->newest, push->now) > stale_after_ms(push->interval_ms))
        return false;
    for (size_t a = 0; a < push->tallies.signals->items[signal].alternative_count; a++)
        if (push->waits[signal * ALTERNATIVES_MAX + a].happened)
            return true;
    return false;
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
    if (!push->settled || gap)
        begin_sums(push);
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
    bool any = may;
    for (size_t i = 0; i < signals->count; i++)
        any = any || has_happened(push, i);
    struct instant at = instant_before(push->read, now) ? now : (struct instant){push->read.us + 1};
    if (any)
        push_gather(push, now);
    push->finished = any ? push->tallies.round : 0;
    for (size_t i = 0; any && i < signals->count; i++) {
        struct reading *reading = &out_readings[count];
        bool happened = has_happened(push, i);
        if (!may && !happened)
            continue;
        *reading = (struct reading){.at = at,
                                    .since = happened ? push->happened_since : push->since,
                                    .interval_ms = push->interval_ms,
                                    .kind = signals->items[i].kind};
        if (!read_signal(push, i, may, reading))
            continue;
        reading->signal = str_copy(out_arena, signals->items[i].name);
        reading->target = str_copy(out_arena, push->tallies.target);
        reading_copy_series(out_arena, reading);
        count++;
    }
    tallies_note_left_out(&push->tallies);
    if (may)
        push->since = at;
    if (any)
        push->read = at;
    if (any && !instant_is_zero(push->happened_since))
        push->happened_since = at;
    push->dirty = false;
    push->flush++;
    return count;
}

size_t push_ended(const struct push *push, struct arena *out_arena, struct reading *out_readings)
{
    const struct signals *signals = push->tallies.signals;
    size_t count = 0;
    for (size_t i = 0; i < signals->count && push->whys && push->finished != 0; i++)
        if (push->whys[i] && push->whys[i]->ended == push->finished)
            out_readings[count++] =
                (struct reading){.signal = str_copy(out_arena, signals->items[i].name),
                                 .target = str_copy(out_arena, push->tallies.target),
                                 .at = push->read,
                                 .interval_ms = push->interval_ms,
                                 .kind = signals->items[i].kind,
                                 .ended = str_copy(out_arena, str_of(push->whys[i]->text))};
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
    if (!push->settled && push->learns)
        return str_printf(arena,
                          "is being learnt: it is read when each of its series has come, after %s",
                          duration_text(arena, 2 * push->interval_ms).p);
    return STR("");
}

/* push_gather.c - the round of all series of a sender, before its signals are read. */
#include "telemetry/push_internal.h"

#include <math.h>

/* What one series shows of its signals. One that ended, or is late, is live for its counters as
 * long as its last increments were not read. */
static void gather_series(struct push *push, const struct pushed_series *own, bool live)
{
    const struct series *series = &own->series;
    int64_t since_us = own->seen_us != 0 ? push->now.us - own->seen_us : INT64_MAX;
    for (size_t k = 0; series->uses && k < series->uses->count; k++) {
        const struct series_use *use = &series->uses->items[k];
        struct pushed_tally *wait = &push->waits[use->tally - push->tallies.items];
        bool unread = own->series.scrape > wait->released;
        /* One of several values of one time, and no newer one: that it is gone makes it no less
         * doubtful. */
        int64_t kept_ms = series_use_is_gauge(use) ? LOST_KEPT_MS : LOST_RECENT_MS;
        if (!live && isinf(series->last) && since_us <= kept_ms * 1000) {
            tallies_apply_odd(&push->tallies, use, series->last);
            continue;
        }
        if (!live && (!unread || series_use_is_gauge(use)))
            continue;
        if (isfinite(series->last))
            tallies_apply_use(&push->tallies, use, series->last, 0);
        else
            tallies_apply_odd(&push->tallies, use, series->last);
        wait->behind += !unread;
        wait->live++;
    }
}

/* Series side by side mostly add to the same sums. Of sums that are no gauges and have no edges a
 * round shows the same whether one series is live or many: they are counted, and told once. */
struct alike {
    const struct series_uses *uses;
    bool plain;        /* of such sums only */
    uint32_t released; /* of each of them */
    uint32_t shown, behind;
};

static void begin_alike(const struct push *push, struct alike *alike,
                        const struct series_uses *uses)
{
    *alike = (struct alike){.uses = uses, .plain = true};
    for (size_t k = 0; uses && k < uses->count; k++) {
        uint32_t released = push->waits[uses->items[k].tally - push->tallies.items].released;
        if (k == 0)
            alike->released = released;
        alike->plain = uses->gauges + uses->edges == 0 && released == alike->released;
        if (!alike->plain)
            break;
    }
}

static void tell_alike(struct push *push, const struct alike *alike)
{
    for (size_t k = 0; alike->shown > 0 && alike->uses && k < alike->uses->count; k++) {
        const struct series_use *use = &alike->uses->items[k];
        tallies_apply_use(&push->tallies, use, 0, 0);
        push->waits[use->tally - push->tallies.items].behind += alike->behind;
        push->waits[use->tally - push->tallies.items].live += alike->shown;
    }
}

static void gather_page(struct push *push, size_t page, int64_t oldest_us, struct alike *alike)
{
    size_t from = page * SERIES_PAGE;
    size_t count = push->table.count - from < SERIES_PAGE ? push->table.count - from : SERIES_PAGE;
    const struct pushed_series *items = push->table.pages[page];
    for (size_t i = 0; i < count; i++) {
        const struct pushed_series *own = &items[i];
        const struct series *series = &own->series;
        bool live = own->seen_us != 0 && own->seen_us >= oldest_us;
        if (series->uses != alike->uses) {
            tell_alike(push, alike);
            begin_alike(push, alike, series->uses);
        }
        if (!alike->plain || !isfinite(series->last)) {
            gather_series(push, own, live);
            continue;
        }
        bool unread = own->series.scrape > alike->released;
        alike->shown += live || unread;
        alike->behind += live && !unread;
    }
}

/* What most of its series did before they were seen is not known, and that is no zero. */
static void tell_learnt(struct push *push, size_t tally)
{
    static const char why[] = "most of its series are new at once, and those before them have "
                              "ceased: where they stand is being learnt";
    push->tallies.items[tally].conflict = push->tallies.round;
    push_set_why(push, tally, why);
    push_look_again(push, push->waits[tally].learn_us);
}

/* The round: all live series, as a scrape of them would show them now. */
void push_gather(struct push *push, struct instant now)
{
    int64_t oldest_us = now.us - stale_after_ms(push->interval_ms) * 1000;
    size_t count = push->tallies.signals->count * ALTERNATIVES_MAX;
    struct alike alike = {.plain = true};
    push->tallies.round++;
    push->tallies.problem[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        push->waits[i].behind = push->waits[i].live = 0;
        if (push_is_refused(push, i, now))
            push->tallies.items[i].conflict = push->tallies.round;
        if (push->waits[i].learn_us > now.us)
            tell_learnt(push, i);
    }
    push_gather_doubts(push);
    for (size_t page = 0; page * SERIES_PAGE < push->table.count; page++)
        gather_page(push, page, oldest_us, &alike);
    tell_alike(push, &alike);
}

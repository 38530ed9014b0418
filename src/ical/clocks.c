/* clocks.c - which clock a TZID means, and a VTIMEZONE as a list of changes. */
#include "ical/file.h"

#include <stdlib.h>

enum { ONSETS_MAX = 20000, SHOWN_BYTES = 80, AROUND_S = 3 * 366 * 24 * 3600 };

/* As it is, or behind one of its slashes: /mozilla.org/20070129_1/Europe/Berlin. */
static const struct zone *find_known(const struct ical_clocks *clocks, struct str id)
{
    for (size_t at = 0; at < id.n; at = str_find_byte(id, '/', at) + 1) {
        struct str name = str_from(id, at);
        const struct zone *zone =
            name.n > 0 && name.p[0] != '/'
                ? clocks->order->find_zone(clocks->order->context, clocks->arena, name)
                : NULL;
        if (zone)
            return zone;
    }
    return NULL;
}

struct onsets {
    struct arena *arena;
    struct ical_onset *items;
    size_t count, capacity;
    const struct ical_observance *of;
};

static bool add_onset(void *context, int64_t wall_s, struct err *err)
{
    struct onsets *onsets = context;
    if (onsets->count == ONSETS_MAX)
        return ical_refuse(err, onsets->of->line, "This time zone changes its clock too often.");
    LIST_PUSH(onsets->arena, onsets->items, onsets->count, onsets->capacity) =
        (struct ical_onset){wall_s - onsets->of->from_s, onsets->of->to_s};
    return true;
}

/* The clock by which an observance's own times are read: the one before it. */
static const struct ical_clock *clock_before(struct arena *arena, const struct ical_observance *of)
{
    struct ical_clock *clock = arena_make(arena, struct ical_clock);
    *clock = (struct ical_clock){.first_offset_s = of->from_s};
    return clock;
}

static bool add_dates(struct onsets *onsets, struct err *err)
{
    const struct ical_values *dates = &onsets->of->dates;
    for (size_t i = 0; i < dates->count; i++) {
        struct str rest = dates->items[i].value;
        struct str one;
        while (str_split(&rest, ',', &one)) {
            int64_t wall_s = 0;
            bool is_date = false;
            bool utc = false;
            if (!ical_parse_time(str_trim(one), &wall_s, &is_date, &utc))
                return ical_refuse(err, dates->items[i].number, "\"%.*s\" is no date or time.",
                                   STR_ARGS(str_cut(one, SHOWN_BYTES)));
            if (!add_onset(onsets, utc ? wall_s + onsets->of->from_s : wall_s, err))
                return false;
        }
    }
    return true;
}

static bool add_observance(struct ical_clocks *clocks, struct onsets *onsets, struct err *err)
{
    const struct ical_observance *of = onsets->of;
    struct ical_time start = {.clock = clock_before(clocks->arena, of)};
    bool utc = false;
    if (!of->has_from || !of->has_to || of->start.name.n == 0 ||
        !ical_parse_time(str_trim(of->start.value), &start.wall_s, &start.is_date, &utc) || utc)
        return ical_refuse(err, of->line,
                           "This part of a time zone lacks a good DTSTART, TZOFFSETFROM or "
                           "TZOFFSETTO.");
    start.is_date = false;
    if (!add_onset(onsets, start.wall_s, err) || !add_dates(onsets, err))
        return false;
    for (size_t i = 0; i < of->rules.count; i++) {
        struct ical_repeat repeat = {of->rules.items[i].value, start,
                                     clocks->order->until.us / 1000000 + AROUND_S, clocks->steps,
                                     of->rules.items[i].number};
        if (!ical_repeat(&repeat, add_onset, onsets, err))
            return false;
    }
    return true;
}

static int compare_onsets(const void *a, const void *b)
{
    const struct ical_onset *x = a;
    const struct ical_onset *y = b;
    if (x->utc_s != y->utc_s)
        return x->utc_s < y->utc_s ? -1 : 1;
    return (x->offset_s > y->offset_s) - (x->offset_s < y->offset_s);
}

static const struct ical_clock *make_clock(struct ical_clocks *clocks, const struct ical_zone *zone,
                                           struct err *err)
{
    struct onsets onsets = {.arena = clocks->arena};
    struct ical_clock *clock = arena_make(clocks->arena, struct ical_clock);
    int64_t first_s = INT64_MAX;
    if (zone->count == 0) {
        (void)ical_refuse(err, zone->line, "This time zone has neither STANDARD nor DAYLIGHT.");
        return NULL;
    }
    for (size_t i = 0; i < zone->count; i++) {
        size_t begin = onsets.count;
        onsets.of = &zone->observances[i];
        if (!add_observance(clocks, &onsets, err))
            return NULL;
        if (onsets.items[begin].utc_s < first_s) {
            first_s = onsets.items[begin].utc_s;
            clock->first_offset_s = onsets.of->from_s;
        }
    }
    qsort(onsets.items, onsets.count, sizeof *onsets.items, compare_onsets);
    clock->onsets = onsets.items;
    clock->onset_count = onsets.count;
    return clock;
}

static const struct ical_clock *of_zone(struct arena *arena, const struct zone *zone)
{
    struct ical_clock *clock = arena_make(arena, struct ical_clock);
    *clock = (struct ical_clock){.zone = zone};
    return clock;
}

/* The machine's own data first: what files carry is often old, cut short or wrong. */
static const struct ical_clock *find_clock(struct ical_clocks *clocks, const struct ical_line *line,
                                           struct str id, struct err *err)
{
    for (size_t i = 0; i < clocks->count; i++)
        if (str_equal(clocks->items[i].id, id))
            return clocks->items[i].clock;
    const struct zone *known = find_known(clocks, id);
    const struct ical_clock *clock = known ? of_zone(clocks->arena, known) : NULL;
    for (size_t i = 0; i < clocks->file->zone_count && !clock; i++) {
        if (!str_equal(clocks->file->zones[i].id, id))
            continue;
        clock = make_clock(clocks, &clocks->file->zones[i], err);
        if (!clock)
            return NULL;
    }
    if (clock && clocks->count < ICAL_ZONES_MAX)
        LIST_PUSH(clocks->arena, clocks->items, clocks->count, clocks->capacity) =
            (struct ical_named_clock){id, clock};
    else if (!clock)
        (void)ical_refuse(err, line->number,
                          "The time zone \"%.*s\" is neither known to this machine nor described "
                          "in the file.",
                          STR_ARGS(str_cut(id, SHOWN_BYTES)));
    return clock;
}

bool ical_clocks_init(struct ical_clocks *clocks, struct err *err)
{
    struct str name = clocks->order->zone;
    const struct zone *zone = clocks->order->find_zone(clocks->order->context, clocks->arena, name);
    if (!zone)
        return err_set(err, ERR_USAGE, "zone", "This machine does not know the time zone \"%.*s\".",
                       STR_ARGS(str_cut(name, SHOWN_BYTES)));
    clocks->floating = of_zone(clocks->arena, zone);
    return true;
}

bool ical_find_time(struct ical_clocks *clocks, const struct ical_line *line, struct str text,
                    struct ical_time *out_time, struct err *err)
{
    struct ical_time time = {0};
    bool utc = false;
    struct str id = ical_param(line, "TZID");
    if (!ical_parse_time(str_trim(text), &time.wall_s, &time.is_date, &utc))
        return ical_refuse(err, line->number, "\"%.*s\" is no date or time.",
                           STR_ARGS(str_cut(text, SHOWN_BYTES)));
    if (utc) {
        time.clock = ical_utc();
    } else if (!time.is_date && id.n > 0) {
        time.clock = find_clock(clocks, line, id, err);
        if (!time.clock)
            return false;
    } else {
        time.clock = clocks->floating;
        clocks->floating_count++;
    }
    *out_time = time;
    return true;
}

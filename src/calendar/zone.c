/* zone.c - instants to the time on the wall and back. */
#include "calendar/zone_internal.h"

static const struct zone_clock utc_clock = {0, false, "UTC"};
static const struct zone utc = {.name = {"UTC", 3}, .clocks = &utc_clock};

const struct zone *zone_utc(void)
{
    return &utc;
}

struct str zone_name(const struct zone *zone)
{
    return zone->name;
}

/* Index of the first change after at_s. */
static size_t find_change(const struct zone *zone, int64_t at_s)
{
    size_t low = 0;
    size_t high = zone->change_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->changes_s[middle] <= at_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct zone_segment zone_segment(const struct zone *zone, int64_t at_s)
{
    size_t next = find_change(zone, at_s);
    int64_t from_s = next > 0 ? zone->changes_s[next - 1] : INT64_MIN;
    if (next == zone->change_count && zone->rule.present) {
        struct zone_segment segment = zone_rule_segment(&zone->rule, at_s);
        if (segment.from_s < from_s)
            segment.from_s = from_s;
        return segment;
    }
    return (struct zone_segment){from_s,
                                 next < zone->change_count ? zone->changes_s[next] : INT64_MAX,
                                 &zone->clocks[next > 0 ? zone->clock_at[next - 1] : 0]};
}

struct civil zone_civil(const struct zone *zone, struct instant at, struct zone_clock *out_clock)
{
    struct zone_segment segment = zone_segment(zone, zone_floor(at.us, second_us));
    if (out_clock)
        *out_clock = *segment.clock;
    return civil_of((struct instant){at.us + segment.clock->offset_s * second_us});
}

struct instant zone_instant(const struct zone *zone, struct civil wall, enum zone_fit *out_fit)
{
    struct instant shown = instant_of_civil(wall);
    int64_t wall_s = zone_floor(shown.us, second_us);
    int64_t rest_us = shown.us - wall_s * second_us;
    enum zone_fit fit = ZONE_ONCE;
    struct instant found;
    /* No clock is further ahead than OFFSET_MAX_S, so here every clock still shows less. */
    int64_t at_s = wall_s - OFFSET_MAX_S - 1;
    for (;;) {
        struct zone_segment segment = zone_segment(zone, at_s);
        int64_t moment_s = wall_s - segment.clock->offset_s;
        if (moment_s < at_s) { /* the change to this clock went past it */
            found = (struct instant){at_s * second_us};
            fit = ZONE_SKIPPED;
            break;
        }
        if (moment_s < segment.to_s) {
            found = (struct instant){moment_s * second_us + rest_us};
            if (segment.to_s <= moment_s + (int64_t)2 * OFFSET_MAX_S &&
                wall_s >= segment.to_s + zone_segment(zone, segment.to_s).clock->offset_s)
                fit = ZONE_TWICE;
            break;
        }
        at_s = segment.to_s;
    }
    if (out_fit)
        *out_fit = fit;
    return found;
}

static struct instant instant_of_seconds(int64_t at_s)
{
    if (at_s > INT64_MAX / second_us)
        return (struct instant){INT64_MAX};
    if (at_s < INT64_MIN / second_us)
        return (struct instant){INT64_MIN};
    return (struct instant){at_s * second_us};
}

struct zone_span zone_find_span(const struct zone *zone, struct instant at)
{
    struct zone_segment segment = zone_segment(zone, zone_floor(at.us, second_us));
    return (struct zone_span){instant_of_seconds(segment.from_s), instant_of_seconds(segment.to_s),
                              *segment.clock};
}

/* fuzz_zone.c - time zone data: what is read answers in order, and its own span holds the instant.
 */
#include "fuzz.h"

#include "calendar/zone.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t day_us = 86400000000;
    struct arena arena;
    const struct zone *zone = NULL;
    struct err err = {0};
    arena_init(&arena);
    if (!zone_parse(&arena, STR("fuzz"), (struct str){(const char *)data, size}, &zone, &err)) {
        if (err.kind != ERR_USAGE || !err.text[0])
            abort();
        arena_done(&arena);
        return 0;
    }
    struct instant before = {INT64_MIN};
    for (int64_t day = -40000; day < 60000; day += 97) {
        struct instant at = {day * day_us};
        struct zone_span span = zone_find_span(zone, at);
        struct instant found = zone_instant(zone, civil_of(at), NULL);
        struct instant again = zone_instant(zone, zone_civil(zone, at, NULL), NULL);
        if (span.from.us > at.us || span.to.us <= at.us || found.us < before.us || again.us > at.us)
            abort();
        before = found;
    }
    arena_done(&arena);
    return 0;
}

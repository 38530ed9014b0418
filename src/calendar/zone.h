/* zone.h - time zones: what the clock on the wall shows at an instant, and the other way.
 *
 * Promises: reads compiled zone data (RFC 8536, version 2 or later, with its footer) handed in as
 * bytes; never reads beyond them; afterwards nothing fails. One rule turns a time on the wall into
 * an instant: the first moment at which the clock shows that time or a later one. So a time that a
 * clock change skips is the moment after the gap, one that comes twice is the first, and order is
 * kept. Refuses: version 1 data, leap seconds ("right/" zones), anything cut or out of range. */
#ifndef CALENDAR_ZONE_H
#define CALENDAR_ZONE_H

#include "base/instant.h"

enum { ZONE_CLOCK_BYTES = 16 };

struct zone;

/* What the clock of a zone is set to. */
struct zone_clock {
    int32_t offset_s; /* ahead of UTC */
    bool daylight;
    char name[ZONE_CLOCK_BYTES]; /* "EST", "+0530" */
};

/* A length of time in which the clock is not changed: [from, to). */
struct zone_span {
    struct instant from, to;
    struct zone_clock clock;
};

enum zone_fit { ZONE_ONCE, ZONE_SKIPPED, ZONE_TWICE };

/* Reads a zone file's bytes into arena; name is for messages. Fails with ERR_USAGE. */
MUST_USE bool zone_parse(struct arena *arena, struct str name, struct str bytes,
                         const struct zone **out_zone, struct err *err);
const struct zone *zone_utc(void);
struct str zone_name(const struct zone *zone);

/* Date and time on the wall at an instant. out_clock may be NULL. */
struct civil zone_civil(const struct zone *zone, struct instant at, struct zone_clock *out_clock);
/* The instant of a date and time on the wall, years 1..9999. out_fit may be NULL. */
struct instant zone_instant(const struct zone *zone, struct civil wall, enum zone_fit *out_fit);
/* The unchanged length of time around an instant; to is the next change. */
struct zone_span zone_find_span(const struct zone *zone, struct instant at);

#endif

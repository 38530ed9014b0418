/* lost.h - series of a gauge that are no longer given.
 *
 * A gauge is judged by its highest or its lowest series. When that one is no longer given, the next
 * one says nothing of it: a reading says beside its highest and lowest which series that were
 * beyond them are away. For how long is counted by readings, so that neither a time in which nobody
 * looked nor a step of the wall clock makes it longer.
 * Promises: a series is left out only when one that went later was at least as far out: whether any
 * that went within some time was beyond some limit can be told of every time and every limit.
 * Bounded: of more than LOST_SIDE_MOST of one side the one that is away longest is left out. */
#ifndef TELEMETRY_LOST_H
#define TELEMETRY_LOST_H

#include "base/instant.h"
#include "base/json.h"
#include "base/str.h"

enum {
    LOST_RECENT_MS = 10 * 60 * 1000,
    LOST_KEPT_MS = 24 * 60 * 60 * 1000,           /* longer away: forgotten … */
    LOST_TOLD_MS = LOST_KEPT_MS + 60 * 60 * 1000, /* … which is said for so long */
    LOST_SIDE_MOST = 6,
    LOST_MOST = 2 * LOST_SIDE_MOST,
    LOST_SERIES_BYTES = 256
};

struct lost_gauge {
    double value; /* its last */
    struct str series;
    struct str target;   /* in the core: whose it is; not on the line */
    struct instant seen; /* with a value, last; zero: none */
    int64_t away_ms;
    bool is_high; /* above all that are given; else below them */
};

/* Puts it among those found, of which it may take the place. found has LOST_MOST places, all of
 * them 0 at first; the strings are not copied. */
void lost_put(struct lost_gauge found[LOST_MOST], const struct lost_gauge *gauge);
/* "lost":[…] of those that are there, when there is one. */
void lost_write(struct json_writer *w, const struct lost_gauge found[LOST_MOST]);
/* The array again; what is no such thing in it is passed over. Strings live in arena. */
void lost_read(struct arena *arena, const struct json *object,
               struct lost_gauge out_found[LOST_MOST]);

#endif

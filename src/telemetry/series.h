/* series.h - the series of one target that some signal selects, by a hash of their text.
 *
 * Promises: a sample of a known series costs one hash of its text as it stands; labels are parsed
 * when a text is new. Two texts of the same labels in another order are one series.
 * Refuses: more than max series (LIMIT_SERIES_PER_TARGET). Not seen for long = still remembered, so
 * that a counter that comes back goes on from its last value. */
#ifndef TELEMETRY_SERIES_H
#define TELEMETRY_SERIES_H

#include "telemetry/reading.h"

/* One reason why a series is kept. */
struct series_use {
    uint16_t signal;
    uint8_t alternative;
    uint8_t part;
    uint32_t group; /* gauges: index of the group in its alternative */
    double edge;    /* quantile: le, INFINITY for all */
    bool histogram;
};

struct series {
    uint64_t identity; /* hash of name and sorted labels */
    double last;
    uint64_t scrape; /* number of the scrape that had it last */
    struct series_use *uses;
    uint32_t use_count; /* 0: nobody wants it */
};

struct series_slot {
    uint64_t hash; /* of the text; 0 is free */
    uint32_t index;
};

struct series_table {
    struct arena *arena;
    struct series *items;
    size_t count;
    size_t capacity;
    struct series_slot *slots;
    size_t slot_count;
    size_t slots_used;
    size_t max;
};

void series_init(struct series_table *table, struct arena *arena, size_t max);
uint64_t series_hash(struct str name, struct str labels);
/* The series of a text, or NULL when the text is new. */
struct series *series_find(struct series_table *table, uint64_t hash);
/* Adds a text; the same identity under another text is the same series (its uses then exist).
 * NULL at the maximum. */
struct series *series_add(struct series_table *table, uint64_t hash, uint64_t identity);
/* Hash of name and labels that does not depend on their order. Sorts labels. */
uint64_t series_identity(struct str name, struct label *labels, size_t count);

#endif

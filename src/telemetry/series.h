/* series.h - the series of one target that some signal selects, by a hash of their text.
 *
 * Promises: a sample of a known series costs one hash of its text as it stands; labels are parsed
 * when a text is new. Two texts of the same labels in another order are one series. Series stand in
 * the order in which they were first seen: the next line of an answer is most often the next one.
 * Memory: at most 120 bytes a series, and what its uses need (most share theirs). What an owner
 * keeps beside it stands behind it, so that one load brings both.
 * Refuses: more than max series (LIMIT_SERIES_PER_TARGET). Not seen for long = still remembered, so
 * that a counter that comes back goes on from its last value. */
#ifndef TELEMETRY_SERIES_H
#define TELEMETRY_SERIES_H

#include "telemetry/reading.h"

struct tallied;

/* One reason why a series is kept: it adds to this. */
struct series_use {
    struct tallied *tally;
    uint32_t index; /* histogram: of the edge; gauges: of the group */
    uint8_t part;
    uint8_t kind; /* enum signal_kind */
};

static inline bool series_use_is_gauge(const struct series_use *use)
{
    return use->kind == SIGNAL_GAUGE || use->kind == SIGNAL_GAUGE_RATIO;
}

/* Why a series is kept; many series share one. */
struct series_uses {
    uint32_t count;  /* 0: nobody wants it */
    uint32_t gauges; /* among them */
    uint32_t edges;  /* of histograms, among them */
    struct series_use items[];
};

struct series {
    uint64_t identity; /* hash of name and sorted labels */
    uint64_t hash;     /* of the text seen last; 0: none yet */
    double last;
    const struct series_uses *uses; /* NULL: not known yet */
    uint32_t scrape;                /* number of the scrape, or flush, that had it last */
    uint16_t text_bytes;
    uint16_t note; /* the owner's own; 0 at first */
};

struct series_table {
    struct arena *arena;
    void **pages;      /* of SERIES_PAGE each, on a line of the cache */
    size_t item_bytes; /* of a series with what its owner keeps behind it */
    size_t page_count, page_capacity;
    size_t count;
    size_t max;
    uint32_t
        *slots; /* number of a series from 1, under its hash and under its identity; 0 is free */
    size_t slot_count;
    size_t slots_used;
    const struct series_uses **recent_uses; /* the newest USES_RECENT, to share them */
    size_t recent_count;
};

enum { SERIES_PAGE = 512, USES_RECENT = 64 };

/* item_bytes: of a structure that begins with a struct series. */
void series_init(struct series_table *table, struct arena *arena, size_t max, size_t item_bytes);
uint64_t series_hash(struct str text); /* never 0 */
/* Hash of name and labels as they stand: in another order they have another one. Never 0. */
uint64_t series_form(struct str name, const struct label *labels, size_t count);
/* Multiply and fold. */
static inline uint64_t series_mix(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}
/* The same from hashes of texts: begins as the name's, then each label's is added; 1 in place of
 * 0. */
static inline uint64_t series_form_add(uint64_t form, uint64_t name_hash, uint64_t value_hash)
{
    return series_mix(form ^ name_hash, value_hash ^ 0xD6E8FEB86659FD93u);
}
/* The series by its place, from 0 to count - 1. */
static inline struct series *series_at(const struct series_table *table, size_t index)
{
    char *page = table->pages[index / SERIES_PAGE];
    return (struct series *)(void *)(page + index % SERIES_PAGE * table->item_bytes);
}
/* The place of the series whose last text has this hash; count when there is none. */
size_t series_find(const struct series_table *table, uint64_t hash);
/* The place of the series of this identity; count when there is none. */
size_t series_find_identity(const struct series_table *table, uint64_t identity);
/* The place of the series of this identity, made when it is new; a text given with it (hash not 0)
 * is its text from now on. False at the maximum. */
MUST_USE bool series_add(struct series_table *table, uint64_t identity, uint64_t hash,
                         size_t *out_index);
/* A lasting copy of the uses, shared with other series that have the same. */
const struct series_uses *series_share_uses(struct series_table *table,
                                            const struct series_use *items, size_t count);
/* Hash of name and labels that does not depend on their order; never 0. Sorts labels. */
uint64_t series_identity(struct str name, struct label *labels, size_t count);

#endif

/* window_internal.h - what a window keeps of each target; for the files of window.h. */
#ifndef TELEMETRY_WINDOW_INTERNAL_H
#define TELEMETRY_WINDOW_INTERNAL_H

#include "telemetry/window.h"

/* Upper edges of a histogram's buckets, as some of its readings have them. */
struct layout {
    double edges[EDGES_MAX];
    size_t count;
};

/* What a target said in one slot. */
struct piece {
    int64_t slot;            /* number of the slot since 1970 */
    int64_t at_us, since_us; /* its newest reading; what its oldest one counts from */
    int64_t seen_us;         /* between them, without gaps */
    double part, of;
    uint32_t layout;
};

/* Series of a gauge that are away, as its newest reading says. */
struct kept_lost {
    struct lost_gauge gauges[LOST_MOST];
    char series[LOST_MOST][LOST_SERIES_BYTES];
};

/* What one target says of a signal. */
struct source {
    struct str name;
    struct instant at;
    struct instant covered_from; /* seen without a gap since */
    int64_t kept_from_us;        /* what was read at or before it has left the ring */
    int64_t interval_ms, slot_ms;
    int64_t holds_ms;     /* after its newest reading, until it is silent */
    struct instant ended; /* it said that there is nothing to read, first; zero: not since at … */
    struct instant ended_again; /* … and last */
    char *why;                  /* that is so, WHY_BYTES; NULL: it never was */
    double high, low;
    char high_series[256], low_series[256];
    bool has_lost;
    struct kept_lost *lost; /* what has_lost tells of; NULL: it had none yet */
    struct piece *pieces;   /* a ring, the oldest at first */
    double *counts;         /* histograms: [capacity × row], at or below each edge of its layout */
    size_t first, count, capacity;
    size_t row;
    int binding;  /* of its newest reading */
    bool dropped; /* no longer a target */
    int awaited;  /* its readings were forgotten: so many answers until it no longer shows this */
};

enum { WHY_BYTES = 512 };

struct window {
    enum signal_kind kind;
    int64_t length_ms, slot_ms;
    struct layout *layouts;
    size_t layout_count, layout_capacity;
    struct source *sources;
    size_t source_count, source_capacity;
};

static inline struct piece *piece_at(const struct source *source, size_t i)
{
    return &source->pieces[(source->first + i) % source->capacity];
}

static inline double *counts_of(const struct source *source, const struct piece *piece)
{
    return source->counts + (size_t)(piece - source->pieces) * source->row;
}

/* All that it says, of every target. */
void window_forget(struct window *window);
/* A target answered: of what was forgotten and did not come again it is one answer less. */
void window_count_answer(struct telemetry *telemetry, struct str target);
bool window_is_named(const struct str *names, size_t count, struct str name);

#endif

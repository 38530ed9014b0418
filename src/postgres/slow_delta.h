/* slow_delta.h - what statements did between two looks at pg_stat_statements, without a reset.
 *
 * Counters of a statement only grow while its entry lives. Others may reset all or one of them, and
 * the server evicts the least used entries when there are too many. Promises: a difference is
 * given only where it is one: else it is unknown, never zero. Pure. */
#ifndef POSTGRES_SLOW_DELTA_H
#define POSTGRES_SLOW_DELTA_H

#include "postgres/look.h"

enum { SLOW_KEPT_MAX = 500 /* statements, by their total time */ };

/* One moment of one entry. */
struct slow_counters {
    double calls, total_ms, min_ms, max_ms;
};

struct slow_statement {
    struct str key; /* user, database, top level, queryid */
    struct slow_counters now;
};

/* The whole of it at one moment. */
struct slow_moment {
    struct str system, reset; /* whose, and since when */
    int64_t evictions, at_us;
    bool complete; /* every entry is among the statements */
    double calls, total_ms;
    const struct slow_statement *statements;
    size_t count;
};

enum slow_kind {
    SLOW_KNOWN,    /* so much more */
    SLOW_AT_LEAST, /* there were evictions, so that it may be more */
    SLOW_NEW,      /* it was not there before: all of it */
    SLOW_UNKNOWN
};

struct slow_delta {
    enum slow_kind kind;
    double calls, ms; /* when it is known */
    struct slow_counters before;
};

/* Why nothing can be compared, as a clause; NULL: it can. */
const char *slow_why_not(const struct slow_moment *before, const struct slow_moment *now);
/* Of two moments that can be compared. */
struct slow_delta slow_compare(const struct slow_moment *before, const struct slow_moment *now,
                               const struct slow_statement *statement);
/* Entries of before that are there no more. */
size_t slow_gone(const struct slow_moment *before, const struct slow_moment *now);

void slow_write(struct json_writer *w, const char *key, const struct slow_moment *moment);
/* False: it is no such moment. */
bool slow_read(struct arena *arena, const struct json *kept, struct slow_moment *out_moment);

#endif

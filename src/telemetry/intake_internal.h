/* intake_internal.h - what the files of intake.h share. */
#ifndef TELEMETRY_INTAKE_INTERNAL_H
#define TELEMETRY_INTAKE_INTERNAL_H

#include "telemetry/intake.h"

/* A series of a page; process: of which one it is, its place from 1; 0: its labels say none. */
struct scraped_series {
    struct series series;
    uint32_t process;
};

struct intake_process {
    uint64_t hash;
    uint32_t first, last; /* rounds */
};

static inline struct scraped_series *scraped_at(const struct intake *intake, size_t index)
{
    return (struct scraped_series *)series_at(&intake->table, index);
}
static inline bool counts(const struct series_uses *uses)
{
    return uses->gauges < uses->count;
}

/* Before a scrape: what is in doubt no longer is forgotten. */
void intake_begin_doubts(struct intake *intake);
/* The labels of a series came: it is of a process, or of none. */
void intake_see_labels(struct intake *intake, size_t index, struct str name,
                       const struct label *labels, size_t count);
/* Is this the name of when a series that was seen first was made? */
bool intake_wants_created(const struct intake *intake, struct str name);
void intake_take_created(struct intake *intake, struct str name, const struct label *labels,
                         size_t count, double value);
/* A counter is seen first: whether it has grown by all that it shows is known when the page is
 * whole. */
void intake_note_first(struct intake *intake, size_t index, double value);
/* What the counter has grown by, which fell now, or has lately; in a round that is in doubt nothing
 * yet. shown: name and labels, as written. */
double intake_doubt(struct intake *intake, size_t index, double value, struct str shown);
/* The page is whole, or given up: what was seen first counts, where it is new. */
void intake_settle_firsts(struct intake *intake);
/* Is the signal's reading to wait for the next scrape? Its sums are kept. */
bool intake_holds(const struct intake *intake, size_t signal);

#endif

/* tally_internal.h - what the files of tally.h share. */
#ifndef TELEMETRY_TALLY_INTERNAL_H
#define TELEMETRY_TALLY_INTERNAL_H

#include "telemetry/tally.h"

enum { GROUP_TEXT_BYTES = 200 };

/* A series of a gauge, or those that are joined to one. */
struct group {
    uint64_t key;
    struct str text;
    double sum[2];
    uint32_t round[2];
    double last;     /* value of the newest reading that had it … */
    int64_t seen_us; /* … and its instant; 0: none had, or it is forgotten */
    int64_t away_ms; /* since then, in readings without it */
};

/* Beside a reading of the tally whose groups it has are noted: the others are away, and the
 * farthest out of them are written to reading->lost. */
void tally_find_lost(struct tallied *tally, struct reading *reading);

#endif

/* intake.h - the samples of one target's scrapes, turned into one reading per signal.
 *
 * Promises: counts are exact: every increment between two successful scrapes is in exactly one
 * reading, also across a broken answer in between; a counter that falls began again at zero; a
 * series that appears on a target already scraped began at zero. But a counter that falls and is
 * back where it was did not begin again, and one that does so twice within four scrapes is of two
 * processes: its signals have no reading until four scrapes have passed; so that this can be told
 * the reading of a fall to more than a tenth (and more than 20) waits for the next scrape. And a
 * series that appears where several processes are shown (labels as instance and pod, or a gateway's
 * page) and is of one that was not, or says that it was made before the last scrape, stood there
 * already. A gap longer than stale_ms starts
 * afresh, for nobody knows when in the gap things happened; so does a wall clock that was set back.
 * A counter that is NaN or infinite, and a gauge that is infinite, leave their signals without a
 * reading of that scrape; a gauge that is NaN is left out. A series given twice in one answer with
 * one value counts once; with two values its signals have no reading of that scrape. All are named
 * as the problem, and so is why an answer shows nothing of a signal of which it has a part.
 * A sample that is stamped more than 10 min (stale_ms, where that is more) before the scrape, or
 * more than 5 min behind it, says nothing of now: its signals have no reading of that scrape.
 * Otherwise stamps are not used: a reading is of the scrape's instant. */
#ifndef TELEMETRY_INTAKE_H
#define TELEMETRY_INTAKE_H

#include "telemetry/reading.h"
#include "telemetry/tally.h"

/* Why a signal had no reading in this round. */
struct intake_reason {
    uint32_t round;
    char text[TALLY_WHY_BYTES];
};

struct intake {
    struct tallies tallies;    /* its arena is as long as the target's signals, which outlive it */
    struct exposition_use use; /* for exposition_init */
    struct series_table table;
    const struct interest *wanted; /* the last line's */
    size_t next;                   /* place of the series whose text is expected on the next line */
    size_t seen;                   /* series found in this scrape */
    bool whole;                    /* this scrape is finished */
    struct instant at, since;      /* this scrape, the last successful one */
    int64_t oldest_ms;             /* a sample that is stamped older than that is not of now */
    bool baseline;                 /* this scrape only learns where counters stand */
    bool as_written;  /* series that somebody wrote down: a counter that falls began again, one that
                         appears began at zero */
    bool once;        /* the problem is only that of a series that stands twice with one value */
    bool gathers;     /* a page of a gateway, that has what others told it */
    bool holding;     /* a reading of this scrape waits for the next */
    uint64_t seen_of; /* the newest series' identity_of_made */
    struct intake_process *processes; /* that its labels name */
    size_t process_count, process_capacity;
    struct intake_first *firsts; /* counters seen first in this scrape */
    size_t first_count, first_capacity;
    struct intake_reason *reasons; /* of the signals; NULL: never */
    struct intake_doubt *doubts;   /* counters that fell lately */
    size_t doubt_count, doubt_capacity;
};

void intake_init(struct intake *intake, struct arena *arena, const struct signals *signals,
                 struct str target);
/* Begins a scrape; an unfinished one before it is abandoned, its increments are kept. */
void intake_begin(struct intake *intake, struct instant at, int64_t interval_ms);
/* The answer was whole: writes the readings, strings into out_arena, at most one per signal. */
size_t intake_finish(struct intake *intake, struct arena *out_arena, int64_t interval_ms,
                     struct reading *out_readings);

/* Of the scrape that was finished the signals of which the answer says that there is nothing to
 * read, each as a reading that has ended; behind those of intake_finish there is room for them. */
size_t intake_ended(const struct intake *intake, struct arena *out_arena, int64_t interval_ms,
                    struct reading *out_readings);

/* What is odd about the scrape that was finished: the target's problem, which is of one metric, and
 * the reason of each signal that it says nothing of. Strings live as long as the intake. */
void intake_say_reasons(const struct intake *intake, struct arena *arena,
                        struct target_status *out_status);

/* Where the counters stand after a finished scrape, so that a restarted collector goes on exactly
 * there; "" when there are more than COUNTERS_SAVED_MAX series. */
struct str intake_save(const struct intake *intake, struct arena *arena);
/* Goes on from what intake_save gave to the same target and signals; before the first scrape. Bytes
 * that are not whole are not used. */
/* When it was read that was saved; zero: it is not whole. */
struct instant intake_saved_at(struct str saved);
void intake_restore(struct intake *intake, struct str saved);

enum { COUNTERS_SAVED_MAX = 16384 };

/* Between scrapes: is a quarter of what is remembered gone from the target (labels that change all
 * the time), and three quarters of the room used up? Then intake_renew. */
bool intake_is_crowded(const struct intake *intake);
/* Begins anew in a fresh arena and goes on with the series of the last scrape. One that was
 * forgotten and comes back counts as new. The former arena is not used any more. */
void intake_renew(struct intake *intake, struct arena *fresh);

/* Nothing newer than this long after the last success: the target is silent. */
int64_t stale_after_ms(int64_t interval_ms);
/* How long after it a reading says how things are; a merged one for all of its slot. */
int64_t reading_holds_ms(const struct reading *reading);
/* How long ago a sample of a page may be stamped to be taken as of now: 10 min, or stale_after_ms
 * where that is more. */
int64_t sample_oldest_ms(int64_t interval_ms);
/* Is a stamp within that, and at most 5 min ahead? */
bool sample_is_of_now(struct instant at, struct instant now, int64_t oldest_ms);
/* Why it is not, for behind the metric's name. */
void sample_say_stamp(struct text *text, struct instant at, struct instant now);

#endif

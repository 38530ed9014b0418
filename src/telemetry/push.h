/* push.h - the samples that one sender pushes, turned into one reading per signal.
 *
 * The sender says when its samples are of; when they are counted is the instant of the reading that
 * takes them. interval_ms is how often each of its series comes.
 * Promises: every increment that was taken is in exactly one reading, whatever parts, shards, order
 * and repetitions the samples come in: a sample at its series' newest is a double and counts for
 * nothing, as does one before it. Where nothing newer of its series has come for two intervals, and
 * its body is none that came before (push_begin_samples), that one is refused with its reason: a
 * clock was set back. Where the newest is of a time that has not come yet and three samples of now
 * follow, a clock was put right: the series goes on from there. A counter began again when its
 * value falls or its start is behind its newest sample. Two processes that write one series are
 * told by its value, or start, going back and forth: its signals are not read until one is left.
 * First sight: of a sender, and after a gap of stale_after_ms, the counters only learn where they
 * stand, for two intervals (longer series are all seen by then), and nothing of them is read; of
 * things that happened (push_begin_body) nothing has to be learnt: they count at once. Afterwards a
 * new counter counts from zero when its start is of the last two intervals, or when its process
 * (job, instance, pod and the like) was seen for two intervals, of one with an older start only
 * when it says which process it is; others learn where they stand. Where most series of a signal
 * are new at once and the former ones come no more, all of it is learnt anew, with a gap.
 * What belongs together and comes in parts is read together: a sum waits until all live series of
 * its signal have come, at most HOLD_MOST_MS and an interval. A signal without a new sample has no
 * reading, for nobody knows. Of gauges the series seen within stale_after_ms count. A sender whose
 * newest sample is older than that catches up: nothing is read meanwhile. Refuses, with a reason:
 * samples too far from now (limits.h), infinite ones, deltas below zero or without a time, a gauge
 * where increments are counted, more than LIMIT_SERIES_PER_TARGET series (the signals of those that
 * have no room are not read until they are no longer sent, or there is room: then the sender is
 * learnt anew; the others go on). A series that stands at NaN or infinity until its next sample: of
 * a counter, or infinite, its signals are not read; a gauge that is NaN is left out. Two values of
 * one time make it infinite. When its next sample does not come, it is away as a lost series is
 * (lost.h), and not false meanwhile. The stale marker ends a series. */
#ifndef TELEMETRY_PUSH_H
#define TELEMETRY_PUSH_H

#include "base/hash.h"
#include "telemetry/intake.h"
#include "telemetry/pushed.h"

enum { HOLD_MOST_MS = 6000, PUSH_PROBLEM_BYTES = 256, PUSH_BODIES = 64 };

/* A series; its scrape is the flush whose samples it is among, as push->flush then. */
struct pushed_series {
    struct series series;
    int64_t at_us;    /* newest sample, as the sender says */
    int64_t start_us; /* of the counter; 0: unknown */
    int64_t
        seen_us; /* when it came, or at_us when that is older; 0: it ended, or not since restore */
};

/* What one tally waits for. */
struct pushed_tally {
    uint32_t since; /* number of the flush that began to wait; 0: nothing new */
    int64_t since_us;
    uint32_t released; /* flush of its last reading */
    uint32_t behind;   /* live series without a sample since then; of the round */
    uint32_t live;     /* series that are live or unread; of the round */
    uint32_t fresh;    /* series seen first since then, of which no start says that they are new */
    uint32_t learnt;   /* series seen first since then of which only where they stand is known */
    int64_t fresh_us;  /* the first of them came */
    int64_t released_us;
    int64_t hold_us;  /* not read before: what a series says is being found out */
    int64_t learn_us; /* not known before: most series of it are new */
    bool happened;    /* it was told of things that happened since then, which need no learning */
    bool ended;       /* a series of the gauge has ended since then */
};

/* Processes that are known by their identity labels (push_first.c). */
struct push_process {
    uint64_t hash; /* 0 is free */
    int64_t since_us;
};

/* Why a signal is not known: of a round, and of a sample of one of its metrics that was not taken.
 */
struct push_why {
    uint32_t round;
    uint32_t ended; /* the round says that there is nothing to read from here on */
    char text[PUSH_PROBLEM_BYTES];
    struct instant refused_at;
    char refused[PUSH_PROBLEM_BYTES];
};

struct push_doubt; /* a series that goes back in time or in value (push_doubt.c) */

struct push {
    struct pushed_use use; /* for the decoders */
    struct tallies tallies;
    struct series_table table;
    struct pushed_tally *waits; /* as tallies.items */
    size_t next;                /* place of the series that is expected next */
    struct label *labels;       /* room for those of a sample */
    struct hash digest;         /* of the signals, as the spec gives it */
    const struct interest *wanted;
    int64_t interval_ms;
    uint32_t flush;        /* number of the flush that the next samples belong to, from 1 */
    struct instant now;    /* of push_begin */
    struct instant heard;  /* the newest push_begin with a sample */
    struct instant read;   /* the newest reading's instant: none is at or before it */
    struct instant since;  /* the reading before; zero: the next one is a first sight */
    struct instant newest; /* sample */
    struct instant began;  /* sample that a first sight or a gap began with; zero: none yet */
    struct instant floor;  /* increments from a sample at or before it are of a gap */
    /* From when on all that happened was told: before the first body after a gap. */
    struct instant happened_since;
    struct instant learnt;        /* after a restart: nothing is read before the sender is here */
    uint32_t finished;            /* round of the newest push_finish; 0: it read nothing */
    bool settled;                 /* two intervals behind began */
    bool learns;                  /* something came since began that has to be learnt */
    bool dirty;                   /* samples since the last flush */
    uint32_t recorded;            /* flush that the newest record holds */
    size_t changed;               /* series with their first sample since then */
    int64_t hold_until_us;        /* when a sum that waits goes without the rest; 0: none waits */
    uint64_t bodies[PUSH_BODIES]; /* the newest that were told by push_begin_body */
    uint64_t body_count;
    uint64_t sent[PUSH_BODIES]; /* the same of push_begin_samples */
    uint64_t sent_count;
    bool by_body;     /* a double is known by its body, not by its samples' times */
    bool again;       /* this body came before */
    bool judges_late; /* whether it did is known */
    struct push_doubt *doubts;
    size_t doubt_count, doubt_capacity;
    struct push_process *processes;
    size_t process_slots, process_count;
    bool process_known;               /* of the series that was seen first just now … */
    bool process_is_one;              /* … and it is a single process, not a service of several */
    struct push_why **whys;           /* by signal; NULL: never */
    const struct interest *why_of;    /* of the newest refusal … */
    struct instant why_at;            /* … and when */
    int64_t taken, doubles, refused;  /* samples, ever */
    char problem[PUSH_PROBLEM_BYTES]; /* the newest refusal; "" when there was none */
    struct instant problem_at;
    struct instant refused_since; /* the first refusal of those that have not ceased since */
    int64_t refused_in_row;       /* as many were refused since then */
    int64_t falls; /* counters that fell though their start was said and is the same, ever */
    char fallen[PUSH_PROBLEM_BYTES]; /* how many and the newest, in a sentence */
    struct instant fallen_at;
};

/* arena and signals outlive it; digest is of the signals, for push_restore. */
void push_init(struct push *push, struct arena *arena, const struct signals *signals,
               const struct hash *digest, struct str sender);
void push_set_interval(struct push *push, int64_t interval_ms);
/* Before the samples of a body, which came now. */
void push_begin(struct push *push, struct instant now);
/* The same for a body of this digest (not 0): whether it came before is known, so that a sample
 * before its series' newest is refused when it did not. */
void push_begin_samples(struct push *push, struct instant now, uint64_t digest);
/* The same for a body of things that happened, like spans, of which several bodies tell for the
 * same second: a body of this digest (not 0) that came before is a double as a whole, and its
 * deltas may be of any order. */
void push_begin_body(struct push *push, struct instant now, uint64_t digest);
/* Something beside samples came with the body that was begun: a record is to be made, which holds
 * the body's digest. */
void push_mark(struct push *push);
/* Is there anything for push_finish to do: new samples, or sums that have waited long enough? */
bool push_is_due(const struct push *push, struct instant now);
/* The readings, at most one per signal of out_readings; strings into out_arena. push_record must
 * follow. */
size_t push_finish(struct push *push, struct instant now, struct arena *out_arena,
                   struct reading *out_readings);
/* As intake_ended, of what push_finish found. */
size_t push_ended(const struct push *push, struct arena *out_arena, struct reading *out_readings);
/* What has changed since the last record, when readings and record are made durable together; with
 * whole everything. Bytes for push_restore. */
struct str push_record(struct push *push, struct arena *arena, bool whole);
/* Goes on from records: a whole one and those behind it, in order, before the first sample. Of
 * other signals only where the series stand is taken, so that doubles are still known. False: the
 * bytes are no record. */
bool push_restore(struct push *push, struct str record);
/* Nobody knows what happened since the newest sample: forgets the sums, and learns where the
 * counters stand, as at a first sight. */
void push_begin_anew(struct push *push);
/* Three quarters of the room is used, and a quarter of it by series that are gone? Then push_renew;
 * between flushes. */
bool push_is_crowded(const struct push *push, struct instant now);
/* Begins anew in a fresh arena with the series that are still sent; the former is not used any
 * more. One that was forgotten and comes back counts as new. */
void push_renew(struct push *push, struct arena *fresh, struct instant now);
/* Why a signal, by its place, is not read, in a sentence that is about what it reads; "" when it is
 * read, or nobody knows. recent_ms: how long ago a refusal may be to be told. */
struct str push_why_not(const struct push *push, size_t signal, struct instant now,
                        int64_t recent_ms);
/* Why nothing is read though samples come, in a sentence; "" when they are read. */
struct str push_waits(const struct push *push, struct arena *arena, struct instant now);

#endif

/* tally.h - what the series of one target add up to for each signal, until a reading takes it.
 *
 * Shared by those that ask (intake.h: scrapes) and those that are told (push.h). A round is what is
 * read together: a scrape, or the series of a sender that are live at one instant.
 * Promises: sums of counters wait for the next reading, whatever rounds are between; gauges and the
 * presence of series are of one round. A series that two alternatives of a signal want adds to
 * both; the first that is shown gives the reading, what stands behind it is cleared. Refuses: more
 * than EDGES_MAX edges of a histogram (the coarser one is still right) and more than GROUPS_MAX
 * series of one gauge: it has no reading, for one that had no room may be the worst (said as the
 * problem). */
#ifndef TELEMETRY_TALLY_H
#define TELEMETRY_TALLY_H

#include "telemetry/series.h"

enum { GROUPS_MAX = 10000 };

struct interest; /* a metric's name, and why it is wanted */
struct group;

struct edge_tally {
    double edge;
    double sum;
    uint32_t round; /* that gave the contributions */
    uint32_t given; /* series of this edge in that round */
};

enum { TALLY_WHY_BYTES = 256 };

struct tallied { /* of one alternative */
    double sum[2];
    uint32_t seen[2];         /* round that had the part last */
    struct edge_tally *edges; /* EDGES_MAX + 1, in order of appearance */
    size_t edge_count;
    struct group *groups;
    size_t group_count, group_capacity;
    bool overfull;      /* a group had no room: what it says is not known */
    int64_t refused_us; /* when a new series of it had no room last; 0: never */
    uint32_t conflict;  /* round in which it is not known what a series says */
    uint32_t odd;       /* round in which a value was no number */
    char *why;          /* what it is of which that is so, TALLY_WHY_BYTES; NULL: never */
    uint32_t said;      /* round of that */
    uint32_t held;      /* round in which its reading waits for the next (intake_doubt.c) */
    int64_t read_us;    /* gauges: instant of the newest reading */
};

struct tallies {
    struct arena *arena;
    const struct signals *signals;
    struct str target;
    struct interest *interests; /* by hash of the metric's name */
    size_t interest_slots;
    const struct interest *last_interest;
    struct str last_name; /* consecutive names are often the same: a copy of it */
    char last_name_bytes[256];
    struct tallied *items; /* [signal × ALTERNATIVES_MAX] */
    uint32_t round;
    bool in_parts; /* edges of one histogram may come in different rounds: sums are not trimmed */
    char problem[256]; /* of this round, e.g. a duplicate series; "" when none */
    char odd[256];     /* a value that is no number, and why it is none; "" when none */
    bool no_room;      /* a series of a gauge had none; never taken back here */
    bool left_out;     /* a signal is read in this round without a gauge's series that is NaN */
};

/* All arguments outlive the tallies. */
void tallies_init(struct tallies *tallies, struct arena *arena, const struct signals *signals,
                  struct str target);
/* Why a metric is wanted; NULL when nobody wants it. */
const struct interest *tallies_find(struct tallies *tallies, struct str name);
/* Is the metric wanted by this signal? */
bool tallies_are_of(const struct tallies *tallies, const struct interest *interest, size_t signal);
/* What a series of an interest adds to; count 0: its labels are not wanted. The label "target" is
 * added to labels, which have room for it. */
const struct series_uses *tallies_uses(struct tallies *tallies, struct series_table *table,
                                       const struct interest *interest, struct label *labels,
                                       size_t count);
/* A series is in this round: it stands at value, and has grown by more. */
void tallies_apply_shape(const struct tallies *tallies, const struct series_use *use, double value,
                         double more); /* of a gauge or a histogram */
static inline void tallies_apply_use(const struct tallies *tallies, const struct series_use *use,
                                     double value, double more)
{
    if (series_use_is_gauge(use) || use->kind == SIGNAL_QUANTILE) {
        tallies_apply_shape(tallies, use, value, more);
        return;
    }
    use->tally->seen[use->part] = tallies->round;
    use->tally->sum[use->part] += more;
}
static inline void tallies_apply(const struct tallies *tallies, const struct series_uses *uses,
                                 double value, double more)
{
    for (size_t i = 0; i < uses->count; i++)
        tallies_apply_use(tallies, &uses->items[i], value, more);
}
/* The same of a value that is NaN or infinite: a counter or an infinite gauge leaves its signal
 * without a reading of this round, a gauge that is NaN only its group. */
void tallies_apply_odd(const struct tallies *tallies, const struct series_use *use, double value);
/* Why the signals of a series are in conflict, or at no measurement: of each the first of a round.
 */
void tallies_say(const struct tallies *tallies, const struct series_uses *uses, const char *why);
/* The buckets of a gauge histogram do not grow: signals that count what NAME_bucket grows by have
 * no reading of this round, and the problem says why. */
void tallies_refuse_standing(struct tallies *tallies, struct str name);
/* Does the round have the part of the alternative without which there is no reading? */
bool tallies_shows(const struct tallies *tallies, size_t signal, size_t alternative);
/* Takes the reading of one alternative, and its sums with it; false when the round shows nothing of
 * it. reading has its instants and kind already. */
bool tallies_read(struct tallies *tallies, size_t signal, size_t alternative,
                  struct reading *reading);
/* The reading of the first alternative that the round shows. False with the reason as the problem,
 * when the round tells it. */
bool tallies_read_signal(struct tallies *tallies, size_t signal, struct reading *reading);
/* Is a value of the signal in this round no measurement? */
bool tallies_are_odd(const struct tallies *tallies, size_t signal);
/* Says as the problem why a round shows nothing of a signal, when it tells; and whether a gauge of
 * it has too many series. */
void tallies_explain(struct tallies *tallies, size_t signal, bool found);
/* Behind the last signal: says, when there is no problem, what was left out. */
void tallies_note_left_out(struct tallies *tallies);
/* Groups of one gauge take three quarters of the room, and a quarter of them is not in this round
 * (when there was no room for one: a tenth)? */
bool tallies_are_crowded(const struct tallies *tallies);
/* What is known of gauges that are away, and of those that will be when they do not come back after
 * a restart: bytes, in pieces of 16, that were saved for the same signals. Those that are not whole
 * are not used. */
void tallies_save_groups(const struct tallies *tallies, struct text *bytes);
void tallies_restore_groups(struct tallies *tallies, struct str bytes);
void tallies_clear(struct tallies *tallies);
void tallied_clear(struct tallied *tally);
/* The edge's place, made when it is new; NULL when there is no room. */
struct edge_tally *tallied_edge(struct tallies *tallies, struct tallied *tally, double edge);

#endif

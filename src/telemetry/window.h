/* window.h - the last minutes and hours of every signal, in pieces that merge.
 *
 * The core's side: readings in, answers over a stretch of time out. Of each target what it said is
 * kept slot by slot, a second wide, wider for windows of more than SLOTS_MAX seconds: memory is
 * bounded.
 * The window of a target ends with its newest reading, not with now, and holds the readings that
 * lie in it with their greater half: as many scrapes as its length has intervals, at least one.
 * Where intervals do not divide it, the answer says how long the readings are that it holds, and
 * what of a count lies within the window for sure and at most.
 * A target that says that there is nothing to read (reading.h: ended) is silent from then on, until
 * its next reading; one that says nothing counts with its newest reading for reading_holds_ms.
 * Promises: gaps are known: what was not seen is never taken for zero. Histograms whose buckets
 * changed count at the edges that all readings of the window have. A reading that came before (same
 * target, not newer) is dropped, so that a restarted collector may send its history again. A signal
 * that is measured in another way than before (bound anew) begins afresh. */
#ifndef TELEMETRY_WINDOW_H
#define TELEMETRY_WINDOW_H

#include "base/map.h"
#include "telemetry/asked.h"
#include "telemetry/intake.h"
#include "telemetry/spending.h"

enum { SLOTS_MAX = 3600, RETAIN_LEAST_MS = 120 * 1000 };

struct window; /* one signal */

/* What an objective looks at. */
struct kept_spending {
    struct str signal;
    int64_t period_ms;
    struct spending spending;
};

struct telemetry {
    struct arena *arena; /* as long as the telemetry itself */
    struct map windows;  /* by signal name */
    struct map targets;  /* by name */
    struct str *names;   /* telemetry_set_targets; NULL: any target is taken */
    size_t name_count;
    struct kept_spending *spendings;
    size_t spending_count, spending_capacity;
    struct log_errors errors; /* clusters of the logs */
    struct asked *asked;      /* what an engine is asked for; NULL: nothing is */
};

enum answer_state {
    ANSWER_NONE,      /* no target ever showed the signal */
    ANSWER_FORGOTTEN, /* the wall clock was set, and the next readings have not come */
    ANSWER_SILENT,    /* every target that showed it is silent */
    ANSWER_PARTLY,    /* some of them are silent */
    ANSWER_LIVE
};

/* What is known of a signal over the last length_ms. */
struct answer {
    enum answer_state state;
    enum signal_kind kind;
    double part, of;
    double edges[EDGES_MAX], counts[EDGES_MAX];
    size_t edge_count;
    double high, low; /* of the newest gauges that are not silent */
    struct str high_series, low_series;
    struct lost_gauge lost[LOST_MOST]; /* of those that are not silent */
    struct str silent_target;          /* the first that is silent, and for how long */
    struct str silent_why;             /* why nothing is to be read of it; "": it says nothing */
    int64_t silent_ms;
    struct instant silent_at;    /* the newest reading of those that are silent … */
    struct instant silent_since; /* … and when the next one was to come at the latest */
    int64_t covered_ms;          /* without a gap until the newest reading, at most length_ms */
    double before; /* counts: of part, what may lie before the window: of a reading half in it … */
    double within;   /* … and beside part, what may lie in it: of a reading half before it */
    double a_second; /* counts: part by the time in which it was counted, target by target */
    int64_t seen_least_ms, seen_most_ms; /* how long the readings of a target are; 0: not known */
    struct instant newest;
};

void telemetry_init(struct telemetry *telemetry, struct arena *arena);
void telemetry_done(struct telemetry *telemetry);
/* Keeps at least this much of a signal from now on (a rule's window and a little). */
void telemetry_retain(struct telemetry *telemetry, struct str signal, int64_t length_ms);
/* The targets of the configuration; what others said is forgotten, and not taken from now on: a
 * collector's history may still hold readings of a target that is gone. */
void telemetry_set_targets(struct telemetry *telemetry, const struct str *names, size_t count);
/* Folds one line of a collector; scratch may be reset afterwards. */
MUST_USE bool telemetry_fold_line(struct telemetry *telemetry, struct arena *scratch,
                                  struct str line, struct err *err);
/* Forgets all that was measured: after the wall clock was set, old instants mean nothing. Until a
 * target has answered some times more, what it showed is ANSWER_FORGOTTEN. */
void telemetry_forget(struct telemetry *telemetry);
MUST_USE bool telemetry_fold(struct telemetry *telemetry, const struct reading *reading,
                             struct err *err);
struct answer telemetry_ask(const struct telemetry *telemetry, struct str signal, int64_t length_ms,
                            struct instant now);
/* By so much an edge of readings may be off a window's edge and still be the same one: a scrape is
 * some milliseconds late. */
int64_t window_tolerance_ms(int64_t length_ms);
/* Of a histogram: the edge whose bucket has fewer than one below it; 0: none has. Buckets hold all
 * below their edge, so that such a histogram lies; some hundredths are read while it counts. */
double answer_falls_at(const struct answer *answer);
/* By which of the signal's alternatives each target gave its newest reading. */
void telemetry_find_bindings(const struct telemetry *telemetry, struct str signal,
                             bool out_used[ALTERNATIVES_MAX]);
/* Keeps what spends an objective's budget from now on: of a ratio (limit 0) or above a limit. */
void telemetry_keep_spending(struct telemetry *telemetry, struct str signal, double limit,
                             int64_t period_ms);
/* A reading from the archive, merged to slot_ms: into what telemetry_keep_spending keeps only. */
void telemetry_fold_kept(struct telemetry *telemetry, const struct reading *reading,
                         int64_t slot_ms);
/* What was spent over the last length_ms, by the targets of the configuration. */
struct spent telemetry_ask_spent(const struct telemetry *telemetry, const struct kept_spending *of,
                                 int64_t length_ms, struct instant now);
/* NULL: it was never asked to be kept. */
const struct kept_spending *telemetry_find_spending(const struct telemetry *telemetry,
                                                    struct str signal, double limit,
                                                    int64_t period_ms);
/* Why the target shows nothing of the signal, as far as it says: about the signal, or about all of
 * the target; "" when what it says is of something else. */
struct str telemetry_target_reason(const struct target_status *status, struct str signal);
/* Does the target have the signal's metrics, and says why they are not read? */
bool telemetry_target_shows_why(const struct target_status *status, struct str signal);
/* Walks the targets that were heard of, in the order of that: size_t at = 0; NULL at the end. */
const struct target_status *telemetry_next_target(const struct telemetry *telemetry, size_t *at);
/* The same with those that are only expected, which are remembered. */
const struct target_status *telemetry_next_listed(const struct telemetry *telemetry, size_t *at);
/* A target of the configuration is to be heard of from status->since on; its name, url and interval
 * are kept. What was heard of it already stays. */
void telemetry_expect(struct telemetry *telemetry, const struct target_status *status);

#endif

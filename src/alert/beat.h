/* beat.h - heartbeats: what jobs elsewhere have to be heard of, and what it means when they are
 * not.
 *
 * A beat is a reading, kept in a file (beat_file.h); only a change of the state is a fact.
 * Promises: state and plan alone decide, so a restart neither begins a period anew nor forgets that
 * one is late; one that was never heard of is not late before a period has gone by since it was
 * configured; what was due while nobody listened is late once it was listened for as long as it may
 * take to hear of it again; a step of the wall clock moves every time that is kept.
 * Refuses: to decide while it is not known what was heard (beats_know).
 *
 *   in the configuration, new or with another period  → beat.expected: the period begins
 *   its time is over, and its grace                   → beat.late
 *   the job said that it failed                       → beat.failed
 *   the job began, and did not end within `longest`   → beat.overran
 *   heard of as it should be, and only then           → beat.back
 *   no longer in the configuration                    → beat.dropped
 * See docs/decisions/0047-heartbeats.md. */
#ifndef ALERT_BEAT_H
#define ALERT_BEAT_H

#include "alert/ran.h"
#include "alert/silence.h"
#include "base/limits.h"
#include "calendar/rule.h"
#include "ledger/event.h"

enum {
    BEAT_NAME_BYTES = 65,
    BEAT_RULE_BYTES = 17,
    BEAT_PLAN_BYTES = 160,
    BEAT_EARLY_MS = 60 * 1000,   /* so much before its time of day a beat is the one of that time */
    BEAT_RETRY_MS = 30 * 1000,   /* for so long a job says again what nobody heard */
    BEAT_AGAIN_MS = 3600 * 1000, /* and one that is done so often comes anew soon */
    BEAT_SAID_FAILED = -1        /* in place of an exit code */
};

/* What the configuration says of one; the strings outlive it. */
struct beat_plan {
    struct str name;  /* letters, digits, '-', '_' and '.' */
    struct str rule;  /* 16 hexadecimal digits, by which incidents know it */
    struct str level; /* what it opens: "critical", "warning" or a severity */
    struct str words; /* "every 24 h", "cron 0 3 * * * in Europe/Berlin": says when it is another */
    int64_t every_ms; /* 0: by when */
    const struct recurrence_rule *when;
    const struct calendar *calendar;
    int64_t grace_ms;
    int64_t longest_ms; /* 0: as long as it takes */
};

struct beat_plans {
    const struct beat_plan *items;
    size_t count;
};

/* When it was heard of last; zero: never. */
struct beat_heard {
    struct instant done, begun, failed;
    int64_t code;  /* with failed: the exit code, or BEAT_SAID_FAILED */
    int64_t count; /* how often it has ended well: no clock says what came after what */
};

enum beat_trouble { BEAT_WELL, BEAT_LATE, BEAT_FAILED, BEAT_OVERRAN };

struct beat {
    char name[BEAT_NAME_BYTES];
    char rule[BEAT_RULE_BYTES];
    char plan[BEAT_PLAN_BYTES];
    struct instant expected;               /* since when; zero: to be said */
    enum beat_trouble trouble;             /* as recorded */
    struct instant since;                  /* of that; zero: it never was in trouble */
    int64_t expected_count, trouble_count; /* heard.count at either */
    struct beat_heard heard;               /* not folded */
};

struct beats {
    struct arena *arena; /* state lifetime */
    struct beat *items[LIMIT_HEARTBEATS * 2];
    size_t count;
    bool known; /* what was heard before is in it */
    /* When it was listened: a job is not late because nobody was there to hear it. */
    struct instant started;
    struct ran ran;
};

enum beat_word { BEAT_DONE, BEAT_BEGUN, BEAT_FAILURE };

/* The rule's id of a heartbeat of this name. */
void beat_rule_id(struct str name, char out_rule[BEAT_RULE_BYTES]);
/* May it be called so: 1 to 64 letters, digits, '-', '_' and '.', the first a letter or digit? */
bool beat_name_is_good(struct str name);

void beats_init(struct beats *beats, struct arena *arena);
/* Folds any event; kinds that are not heartbeats' or a clock's step are passed over. */
void beat_fold(struct beats *beats, const struct event *event);
/* Adds what is to be recorded at now: at most one fact for each; trouble in a silence says so. */
void beat_decide(const struct beats *beats, const struct beat_plans *plans,
                 const struct silences *silences, struct instant now, struct event_list *out);

/* NULL: nothing is known of it. */
struct beat *beat_find(const struct beats *beats, struct str name);
/* What was said, and when; code: with BEAT_FAILURE. False when there is no room for another name.
 */
MUST_USE bool beat_hear(struct beats *beats, struct str name, enum beat_word word, int64_t code,
                        struct instant at);
/* What was heard before is complete now, and it may be decided. lost: it is not known; each has a
 * period from now on, and what was in trouble stays so until it is heard of. */
void beats_know(struct beats *beats, bool lost, struct instant now);

/* When it should be heard of at the latest before its grace. False: never again. */
MUST_USE bool beat_due(const struct beat_plan *plan, const struct beat *beat,
                       struct instant *out_due);
/* What it is at now, whatever was recorded. */
enum beat_trouble beat_trouble_at(const struct beats *beats, const struct beat_plan *plan,
                                  const struct beat *beat, struct instant now);
/* Has it begun and not ended? */
static inline bool beat_runs(const struct beat *beat)
{
    return beat->heard.begun.us > beat->heard.done.us &&
           beat->heard.begun.us > beat->heard.failed.us;
}
/* "late", "failing", "running too long", "running", "on time", "never heard of". */
const char *beat_state_name(const struct beat *beat);
/* The title of the incident that it opens: "Heartbeat nightly-backup is late". */
struct str beat_title(struct arena *arena, const struct beat *beat);

#endif

/* silence.h - silences: rules that are watched and recorded, and open no incident and page nobody,
 * for a time and for a reason.
 *
 * Promises: state changes only by folding events. A silence has an end, at most SILENCE_MOST_MS
 * away, and a reason; shortly before its end it is said when a rule of it still fires, so that none
 * is forgotten. One for a length of time stays that long when the wall clock is set; one until an
 * instant ends at that instant.
 * Refuses: ends in the past or too far away, no reason, a rule or signal that is not there. */
#ifndef ALERT_SILENCE_H
#define ALERT_SILENCE_H

#include "alert/rule.h"
#include "ledger/event.h"

enum {
    SILENCES_MAX = 64,
    SILENCE_WHAT_BYTES = 256,
    SILENCE_REASON_BYTES = 512,
    SILENCE_BY_BYTES = 80,
    SILENCE_LEAST_MS = 60 * 1000,
    SILENCE_TELL_MS = 10 * 60 * 1000 /* before its end, and not before half of its length */
};
#define SILENCE_MOST_MS (INT64_C(30) * 24 * 3600 * 1000)

enum silence_scope { SILENCE_ALL, SILENCE_SIGNAL, SILENCE_RULE };

struct silence {
    int64_t number;
    enum silence_scope scope;
    char what[SILENCE_WHAT_BYTES];  /* the signal's name, the rule's id, or "" */
    char title[SILENCE_WHAT_BYTES]; /* in words */
    char by[SILENCE_BY_BYTES];
    char reason[SILENCE_REASON_BYTES];
    struct instant opened, until;
    bool is_length; /* of a length of time: the clock's steps move its end */
    bool told;      /* that it ends while a rule of it fires */
};

struct silences {
    struct silence items[SILENCES_MAX]; /* that are in force, in order of number */
    size_t count;
    int64_t last_number;
};

struct alerts;

void silences_init(struct silences *silences);
/* Folds any event; kinds that are not silences' or the clock's are passed over. */
void silence_fold(struct silences *silences, const struct event *event);
/* Adds what is to be recorded at now: that one is over, or ends while a rule of it fires. */
void silence_decide(const struct alerts *alerts, const struct rules *rules, struct instant now,
                    struct event_list *out);
/* The one that mutes the rule longest; NULL: none. */
const struct silence *silence_of(const struct silences *silences, const struct rule *rule);
bool silence_mutes(const struct silence *silence, const struct rule *rule);
const struct silence *silence_find(const struct silences *silences, int64_t number);
/* "silenced until 16:00 UTC by ana: the pool is being resized"; with its day when that is not
 * now's. */
struct str silence_words(struct arena *arena, const struct silence *silence, struct instant now);

/* What a person asks for. */
struct silence_call {
    struct str actor;
    struct str what;       /* "all", a signal's name, a rule's line or words */
    struct str for_length; /* "2h", or "" */
    struct str until;      /* "2026-11-29T16:00:00Z", "16:00" (UTC, the next one), or "" */
    struct str reason;
    int64_t number; /* of silence_end */
    struct instant now;
};

/* Commands: false and a sentence in err when refused, nothing added. */
MUST_USE bool silence_open(const struct silences *silences, const struct rules *rules,
                           const struct silence_call *call, struct event_list *out,
                           struct err *err);
/* number, actor, now. */
MUST_USE bool silence_end(const struct silences *silences, const struct silence_call *call,
                          struct event_list *out, struct err *err);

#endif

/* silence.h - silences: rules, heartbeats of jobs and alerts from elsewhere that are watched and
 * recorded, and open no incident and page nobody, for a time and for a reason.
 *
 * Promises: state changes only by folding events. A silence has an end, at most SILENCE_MOST_MS
 * away, and a reason; shortly before its end it is said when something of it still fires, so that
 * none is forgotten. One for a length of time stays that long when the wall clock is set; one until
 * an instant ends at that instant.
 * Refuses: ends in the past or too far away, no reason, a rule, a signal, a job, a sender or an
 * alert's key that is not there. A name of an alert that did not fire yet is taken: no one but its
 * sender knows which there are. */
#ifndef ALERT_SILENCE_H
#define ALERT_SILENCE_H

#include "alert/rule.h"
#include "ledger/event.h"

enum {
    SILENCES_MAX = 64,
    SILENCE_WHAT_BYTES = 256,
    SILENCE_REASON_BYTES = 512,
    SILENCE_BY_BYTES = 80,
    SILENCE_SENDER_BYTES = 65,
    SILENCE_LEAST_MS = 60 * 1000,
    SILENCE_TELL_MS = 10 * 60 * 1000 /* before its end, and not before half of its length */
};
#define SILENCE_MOST_MS (INT64_C(30) * 24 * 3600 * 1000)

enum silence_scope {
    SILENCE_ALL,        /* rules: what "all" meant before it covered the rest */
    SILENCE_SIGNAL,     /* rules of it */
    SILENCE_RULE,       /* one rule */
    SILENCE_EVERYTHING, /* rules, heartbeats and alerts from elsewhere */
    SILENCE_HEARTBEAT,  /* of one job */
    SILENCE_SENDER,     /* alerts from elsewhere: all of a sender */
    SILENCE_KEY,        /* one of a sender, by its key */
    SILENCE_NAME,       /* those of a sender that are called so */
    SILENCE_SCOPES
};

/* What can be silenced, as silences see it. */
enum silence_kind { SILENCE_OF_RULE, SILENCE_OF_HEARTBEAT, SILENCE_OF_ALERT };

struct silence_matter {
    enum silence_kind kind;
    struct str id;        /* by which incidents know it: a rule, or a group of alerts */
    struct str signal;    /* of a rule, or "" */
    struct str name;      /* of the job, or of the alert from elsewhere */
    struct str sender;    /* of the alert, … */
    struct str key;       /* … and its key */
    struct str title;     /* in words */
    struct str level;     /* what it opens; "": nothing */
    int64_t line;         /* of a rule */
    struct instant since; /* it fires */
};

struct silence {
    int64_t number;
    enum silence_scope scope;
    char what[SILENCE_WHAT_BYTES];     /* signal, rule's id, job, alert's key or name; or "" */
    char sender[SILENCE_SENDER_BYTES]; /* of alerts, or "" */
    char title[SILENCE_WHAT_BYTES];    /* in words */
    char by[SILENCE_BY_BYTES];
    bool by_person; /* and not by a program */
    char reason[SILENCE_REASON_BYTES];
    struct instant opened, until;
    bool is_length; /* of a length of time: the clock's steps move its end */
    bool told;      /* that it ends while something of it fires */
};

struct silences {
    struct silence items[SILENCES_MAX]; /* that are in force, in order of number */
    size_t count;
    int64_t last_number;
};

/* What fires now: rules by their place in the runbook, then jobs, then alerts from elsewhere. */
struct silence_firing {
    const struct silence_matter *items;
    size_t count;
};

void silences_init(struct silences *silences);
/* Folds any event; kinds that are not silences' or the clock's are passed over. */
void silence_fold(struct silences *silences, const struct event *event);
/* When it is to be told that it ends. */
struct instant silence_tells_at(const struct silence *silence);
/* Does one end soon at now without having said so? Then silence_decide wants to know what fires. */
bool silence_asks(const struct silences *silences, struct instant now);
/* Adds what is to be recorded at now: that one is over, or ends while something of it fires that
 * would open an incident. firing: all that does, or none when silence_asks says no. */
void silence_decide(const struct silences *silences, const struct silence_firing *firing,
                    struct instant now, struct event_list *out);
bool silence_mutes(const struct silence *silence, const struct silence_matter *matter);
/* The one that mutes it longest; NULL: none. */
const struct silence *silence_of(const struct silences *silences,
                                 const struct silence_matter *matter);
/* As silences see it, where they ask whether it is muted. */
struct silence_matter silence_matter_of_rule(const struct rule *rule);
const struct silence *silence_of_rule(const struct silences *silences, const struct rule *rule);
/* Of the job that is called so. */
const struct silence *silence_of_job(const struct silences *silences, struct str name);
/* "rule", as its fact says. */
const char *silence_scope_name(enum silence_scope scope);
const struct silence *silence_find(const struct silences *silences, int64_t number);
/* "silenced until 16:00 UTC by ana: the pool is being resized"; with its day when that is not
 * now's. */
struct str silence_words(struct arena *arena, const struct silence *silence, struct instant now);

/* What a person can choose from. */
struct silence_choices {
    const struct rules *rules;
    const struct str *jobs; /* with a heartbeat */
    size_t job_count;
    const struct str *senders; /* of alerts */
    size_t sender_count;
    struct silence_firing firing; /* keys are those of alerts that fire */
};

/* What a person asks for: one of what, job and sender; key and name go with sender. "": not said */
struct silence_call {
    struct str actor;
    struct str what;       /* "all", a signal's name, a rule's line or words */
    struct str job;        /* a heartbeat's name */
    struct str sender;     /* of alerts from elsewhere, */
    struct str key;        /* only the one of this key, or whose key alone begins so */
    struct str name;       /* only those that are called so */
    struct str for_length; /* "2h", or "" */
    struct str until;      /* "2026-11-29T16:00:00Z", "16:00" (UTC, the next one), or "" */
    struct str reason;
    int64_t number; /* of silence_end */
    struct instant now;
};

/* Commands: false and a sentence in err when refused, nothing added. */
MUST_USE bool silence_open(const struct silences *silences, const struct silence_choices *choices,
                           const struct silence_call *call, struct event_list *out,
                           struct err *err);
/* number, actor, now. */
MUST_USE bool silence_end(const struct silences *silences, const struct silence_call *call,
                          struct event_list *out, struct err *err);

#endif

/* rule.h - an alert statement bound to a signal, and its reading at an instant.
 *
 * Promises: three-valued (telemetry/truth.h): what was not measured is unknown, never false.
 * Statistics are those of docs/decisions: ratio, quantile and count over the sum of the signal's
 * series, ratio and quantile over the last minute unless the line says `over`; gauges by their
 * worst series. A quantile whose limit lies inside a histogram's bucket is decided only when the
 * bucket's edges decide it.
 * Refuses: rules without a bound signal (unknown, with what is missing). */
#ifndef ALERT_RULE_H
#define ALERT_RULE_H

#include "runbook/program.h"
#include "telemetry/truth.h"
#include "telemetry/window.h"

enum { AT_LEAST_EVENTS = 20, STATISTIC_MS = 60 * 1000 };

/* What a rule is while its data is missing: unknown and frozen; firing, after a time; or left as it
 * was without a word. Never resolved. */
enum missing { MISSING_UNKNOWN, MISSING_FIRES, MISSING_STAYS };

/* What reeve.yaml says beside the sentence (policy.h). */
struct rule_policy {
    bool has_recovery;
    double recovery; /* in the unit of readings: once firing it is over only beyond this */
    int64_t keeps_firing_ms;
    enum missing missing;
    int64_t missing_ms; /* MISSING_FIRES: how long it must be missing */
};

struct burn;
struct relative;

struct rule {
    struct str id; /* of its statement */
    int line;
    struct str title; /* the statement's words */
    struct str part;  /* tells it from the others of its line and words (meant.h), or "" */
    struct str level;
    struct str signal_name;      /* canonical, or the metric as written */
    const struct signal *signal; /* NULL: none of that name */
    struct str problem;          /* why it can never be decided as written, or "" */
    double quantile;
    enum comparison cmp;
    double limit;
    struct str unit;
    bool per_second;      /* of a count: limit and value are so many a second */
    int64_t statistic_ms; /* what ratio, quantile and count look at */
    int64_t for_ms;       /* how long it must hold */
    double at_least;      /* fewer events than this: too little traffic */
    struct str meaning;   /* plain words */
    struct str promql;    /* the same condition for Prometheus, or "" */
    size_t named;         /* which of the signal's alternatives promql names (naming.h) */
    /* What an engine is asked for it (ask.h), first what it reads now; none: it is collected. */
    const struct asked_wanted *questions;
    size_t question_count;
    struct rule_policy policy;
    const struct str *causes; /* ids of the rules it depends on, nearest first (depend.h) */
    size_t cause_count;
    struct str group; /* of the rules that depend on each other: the id of one of them, or "" */
    const struct burn *burn;   /* of an objective (burn.h), or NULL */
    struct relative *relative; /* to a baseline (relative.h), or NULL; limit says nothing then */
    struct relative *usual;    /* what it usually reads, for who asks; decides nothing; or NULL */
};

struct rules {
    struct rule *items; /* those of alert lines in order of line, then those of objectives */
    size_t count;
    size_t written;            /* those of alert lines */
    const struct rule **by_id; /* in order of id, of the same id in order of line; or NULL */
};

/* The rule of an alert statement. Lives in arena; signals must outlive it. */
struct rule rule_make(struct arena *arena, const struct statement *statement,
                      const struct signals *signals);
/* It fires as this level, in its meaning too. level outlives the rule. */
void rule_set_level(struct arena *arena, struct rule *rule, struct str level);
/* Why a limit per second and the rule's signal cannot be compared, with the remedy, or "". */
struct str rule_rate_problem(const struct rule *rule);
/* All alert statements of a program and all measured objectives, at most LIMIT_RULES. */
struct rules rules_make(struct arena *arena, const struct program *program,
                        const struct signals *signals);
/* The first rule of this id, or NULL. */
const struct rule *rules_find(const struct rules *rules, struct str id);
/* Makes promql name this one of the signal's alternatives. */
void rule_name(struct arena *arena, struct rule *rule, size_t alternative);
/* What the rule looks at as a number in PromQL, without its limit, or "". */
struct str rule_promql_value(struct arena *arena, const struct rule *rule);
/* Makes the telemetry keep what the rules look at. */
void rules_retain(const struct rules *rules, struct telemetry *telemetry);
struct evaluation rule_evaluate(struct arena *arena, const struct rule *rule,
                                const struct telemetry *telemetry, struct instant now);

#endif

/* relative.h - limits that are a multiple of what was usual: "2x baseline", "50 % above normal".
 *
 * Promises: the baseline is a median of hours of the past, computed by whoever can read them, and
 * at least half of those hours must be known; else the rule is unknown, with the sentence. A
 * quantile is compared as interpolated inside its bucket, as the baseline is; above the highest
 * edge it is not known, and so is an hour that was counted in part only. Of gauges an hour is what
 * they were at their worst. Refuses: to guess what a word means: reeve.yaml's `baselines:` says
 * which hours it stands for. */
#ifndef ALERT_RELATIVE_H
#define ALERT_RELATIVE_H

#include "alert/rule.h"

enum { RELATIVE_HOURS_MAX = 24 };

enum baseline_kind {
    BASELINE_NONE,
    BASELINE_SAME_HOUR, /* the same hour of the week, of the last 4 weeks */
    BASELINE_LAST_DAY,  /* the last 24 whole hours */
    BASELINE_KINDS
};

struct relative {
    double factor;
    struct str name; /* "baseline", "normal" */
    enum baseline_kind kind;
    int64_t hour; /* since 1970, for which value was computed; 0: never */
    double value; /* NAN: unknown */
    size_t known; /* hours that were */
};

/* "Error rate > 2x baseline for 5 min": what it multiplies, and the line with another amount
 * ("Error rate > 2% for 5 min") for a reader of absolute limits. False: nothing of the kind. */
bool relative_find(struct arena *arena, struct str text, struct str amount,
                   struct relative *out_relative, struct str *out_absolute);
/* "same hour of the week", "last 24 hours"; BASELINE_NONE for anything else. */
enum baseline_kind baseline_kind_find(struct str words);
const char *baseline_kind_words(enum baseline_kind kind);
/* The hours that make the baseline of the hour of now, as their beginnings. */
size_t baseline_hours(enum baseline_kind kind, struct instant now,
                      struct instant out_hours[RELATIVE_HOURS_MAX]);
/* The median of what is known of them (NAN: not known). */
void relative_set(struct relative *relative, const double *values, size_t count,
                  struct instant now);
/* The rule with the multiple of that baseline as its limit. */
struct rule relative_limited(const struct rule *rule, const struct relative *relative);
/* "only 1 of 4 hours is known", or "". */
struct str relative_problem(struct arena *arena, const struct relative *relative);

#endif

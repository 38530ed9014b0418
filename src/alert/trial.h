/* trial.h - the rules of a runbook over series that somebody wrote down.
 *
 * The same way as live, under a clock of its own: each series is exposition text that is read each
 * interval (exposition.h, intake.h), its readings go into windows (window.h), rules are evaluated
 * over them (rule.h) and alerts decided (alert.h), at each step.
 * A target is scraped each interval and shows those of its series that have a value then. While
 * none has one, before the first and behind the last value of them all, it does not answer.
 * Promises: what is said is what a running Reeve would have decided at the same instants. Refuses:
 * more than TRIAL_TICKS_MAX instants. */
#ifndef ALERT_TRIAL_H
#define ALERT_TRIAL_H

#include "alert/alert.h"
#include "telemetry/series_notation.h"

enum { TRIAL_TICKS_MAX = 200 * 1000 };

/* Thursday 2026-01-01 00:00 UTC: where the clock of a trial begins. */
#define TRIAL_BEGIN_US INT64_C(1767225600000000)

struct trial_series {
    struct str text;   /* name and labels, as exposition text writes them */
    struct str target; /* that shows it */
    const struct notated_value *values;
    size_t count;
};

/* What one look says. Valid during the call. */
struct trial_look {
    int64_t at_ms;                        /* since the begin */
    const struct evaluation *evaluations; /* one per rule */
    const struct alerts *alerts;
};

struct trial {
    const struct rules *rules;
    const struct signals *signals; /* that the rules are bound to */
    const struct trial_series *series;
    size_t series_count;
    int64_t interval_ms; /* between values; of every target */
    int64_t step_ms;     /* between looks */
    int64_t until_ms;    /* the last look is at or before it */
    void (*looked)(void *context, const struct trial_look *look);
    void *context;
};

/* Plays the trial. err: a series that no scrape would have been read with. */
MUST_USE bool trial_run(const struct trial *trial, struct err *err);

#endif

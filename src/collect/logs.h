/* logs.h - the logs that a collector follows: lines in, readings and clusters of errors out.
 *
 * Every interval all logs are reported at once, in one line of the history:
 *   B <tab> reading <tab> … <tab> {"follow":[positions]} <tab> E
 * Promises: what is in a report's readings is what its positions have behind them, and a report is
 * on disk whole or not at all: after a crash reading goes on exactly there. Reports are sent up
 * after that. The level of a line that says none is its status's: from 500 on it is an error. */
#ifndef COLLECT_LOGS_H
#define COLLECT_LOGS_H

#include "telemetry/collector_spec.h"
#include "telemetry/intake.h"

#include <event2/event.h>

enum { LOG_CLUSTERS_MAX = 200, LOG_REPORTED_MAX = 20, LOG_REPORT_BYTES = 224 * 1024 };

struct logs;

struct logs_use {
    void *context;
    /* A report as it goes into the history, before its lines are sent. */
    void (*keep)(void *context, struct str report);
    void (*send)(void *context, struct str line); /* with its newline */
};

/* Follows the logs of spec, which outlives it. NULL when there are none. */
struct logs *logs_open(struct event_base *base, const struct collector_spec *spec,
                       const struct logs_use *use, struct err *err);
/* A report of the history, the newest last. */
void logs_restore(struct logs *logs, struct str report);
/* Begins to read: where the newest report stood, or else at the ends of the files. */
void logs_begin(struct logs *logs);
void logs_close(struct logs *logs);

/* Is a line of the history a whole report? */
bool logs_is_report(struct str line);
/* Calls take with each line of a report, newline behind it, its positions left out. */
void logs_each_line(struct arena *arena, struct str report,
                    void (*take)(void *context, struct str line), void *context);

#endif

/* pushed_lines.h - what a decoder of pushed telemetry hands over, as lines that can be compared.
 *
 * A sample: NAME{LABEL="VALUE",…} VALUE KIND AT START, labels in order of name, times in
 * microseconds. A log record: AT SEVERITY "TEXT" "BODY" service=… and what else is said. */
#ifndef HARNESS_PUSHED_LINES_H
#define HARNESS_PUSHED_LINES_H

#include "base/text.h"
#include "telemetry/log_record.h"
#include "telemetry/pushed.h"

struct pushed_lines {
    struct text text;
    const char *wanted;  /* the one name of interest; NULL: all */
    const char *refused; /* the name whose samples are not taken; NULL: none */
    int64_t taken;
    struct str first; /* the name of the first sample, and how many samples have it */
    int64_t first_count;
    struct pushed_forms *forms; /* who takes recognises what was taken by its form; NULL: not */
};

void pushed_lines_init(struct pushed_lines *lines, struct arena *arena);
struct pushed_use pushed_lines_use(struct pushed_lines *lines);
struct log_use pushed_lines_log_use(struct pushed_lines *lines);
/* "samples 3 histograms 0 exemplars 0 rejected 1: REASON" */
void pushed_lines_count(struct pushed_lines *lines, const struct pushed_count *count);

enum pushed_body {
    PUSHED_REMOTE_WRITE_1, /* unpacked */
    PUSHED_REMOTE_WRITE_2,
    PUSHED_METRICS,
    PUSHED_TRACES,
    PUSHED_LOGS,
    PUSHED_METRICS_JSON,
    PUSHED_TRACES_JSON,
    PUSHED_LOGS_JSON
};
/* The name of a kind of body, in the order of the enum; NULL behind the last. */
const char *pushed_body_name(size_t at);
/* The body read by the decoder of its kind; lines of the count behind. */
bool pushed_lines_read(struct pushed_lines *lines, struct arena *arena, enum pushed_body kind,
                       struct str body, struct err *err);
/* Reads a body of samples once more as somebody who recognises series by their forms, twice, so
 * that all are known the second time. False: what came was not the same, or one form is of two
 * series. */
bool pushed_lines_hold(struct arena *arena, enum pushed_body kind, struct str body);

#endif

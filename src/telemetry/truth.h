/* truth.h - what a rule can be at one instant: three-valued, and too little traffic apart.
 *
 * Promises: missing data or a failed query is never false. */
#ifndef TELEMETRY_TRUTH_H
#define TELEMETRY_TRUTH_H

#include "base/instant.h"
#include "base/str.h"

enum truth {
    TRUTH_UNKNOWN, /* no data, or the data cannot decide (limit inside a histogram bucket) */
    TRUTH_FALSE,
    TRUTH_TRUE,
    TRUTH_TOO_LITTLE /* fewer events than at_least in the window: shown, does not fire */
};

/* A rule's reading at an instant. Strings live in the arena of the turn. */
struct evaluation {
    enum truth truth;
    double value;           /* in the unit of the statement's value; meaningless when unknown */
    enum truth unrecovered; /* of a rule with a limit to recover from: has it not reached that yet?
                             * Of any other rule as truth. */
    struct str value_text;  /* "7.1 % of 1,204 requests in 1 min" */
    struct str series;      /* the worst series of a gauge, or "" */
    struct str reason;      /* why unknown or too little, one sentence without full stop */
    struct instant at;      /* newest data used */
    /* Unknown because of targets that are silent; else zero: */
    struct instant heard;         /* the newest reading of them, maybe of before a start */
    struct instant missing_since; /* when they were to be heard of at the latest */
};

#endif

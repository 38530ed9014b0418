/* asked_answer.h - what a Prometheus-compatible engine answered to one question of a rule.
 *
 * A question is one PromQL expression; its series are told apart by the label ASKED_PART, so that
 * all that a rule needs is of one instant. An answer on the wire, worker to core:
 *   {"at":US,"ms":12,"problem":"","refused":false,"series":[["of 1","","","120.5",US],…],
 *    "warnings":""}
 * with part, le, other labels, value and instant of each series.
 * Promises: what is no answer to an instant query is a problem in one sentence without full stop,
 * in the engine's own words where it has some; NaN and infinities stay what they are.
 * Refuses: matrices, texts, histograms as values, parts of an answer, more than ASKED_SERIES_MAX
 * series, bodies that are no JSON. */
#ifndef TELEMETRY_ASKED_ANSWER_H
#define TELEMETRY_ASKED_ANSWER_H

#include "base/instant.h"
#include "base/json.h"

#define ASKED_PART "reeve_part"
/* Parts of series that are no longer there: their last value, and when they had it, in s. */
#define ASKED_GONE "gone"
#define ASKED_LEFT "left"

enum {
    ASKED_SERIES_MAX = 900,
    ASKED_WORDS_BYTES = 400, /* of a problem or of warnings */
    ASKED_LABELS_BYTES = 250
};

struct asked_series {
    struct str part;   /* the label ASKED_PART, or "" */
    struct str le;     /* or "" */
    struct str labels; /* all others: disk_used{mountpoint="/"}; may be cut */
    double value;      /* may be NaN or infinite */
    struct instant at; /* what the engine says it is of */
};

struct asked_answer {
    struct instant at; /* the instant that was asked for */
    int64_t took_ms;
    struct str problem;  /* "" when there are series, which may be none */
    bool refused;        /* the engine refuses the question: asking again does not help */
    struct str warnings; /* of the engine, or "" */
    struct asked_series *series;
    size_t count;
};

/* Fills problem, refused, warnings and series from the answer of that HTTP status to POST
 * /api/v1/query. Strings live in arena. */
void asked_read(struct arena *arena, struct str body, int64_t status,
                struct asked_answer *out_answer);
/* "2.42.0" from the answer to GET /api/v1/status/buildinfo; "" when it says none. */
struct str asked_read_version(struct arena *arena, struct str body);
void asked_write(struct json_writer *w, const struct asked_answer *answer);
/* Reads what asked_write wrote. Strings live in arena. */
MUST_USE bool asked_parse(struct arena *arena, const struct json *object,
                          struct asked_answer *out_answer);

#endif

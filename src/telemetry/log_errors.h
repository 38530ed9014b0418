/* log_errors.h - the clusters of error messages that collectors report, as the core knows them.
 *
 * On the wire, one JSON object a line, collector to core, what was added since the last report:
 *   {"at":US,"count":3,"first":US,"id":"9f…","interval_ms":5000,"last":US,"level":"error",
 *    "shape":"timeout after <n> ms","target":"web"}
 * and "late" with "late_at", when some of them were long over when they came.
 * Promises: a report that comes again (a restarted collector sends its history) counts once. Memory
 * is bounded: LOG_ERRORS_MAX clusters, each with a day in quarters of an hour; the one not seen for
 * longest makes room. */
#ifndef TELEMETRY_LOG_ERRORS_H
#define TELEMETRY_LOG_ERRORS_H

#include "base/json.h"
#include "telemetry/log_cluster.h"

enum { LOG_ERRORS_MAX = 400, LOG_QUARTERS = 96, LOG_SOURCE_BYTES = 128 };

struct log_error {
    struct str target, shape;
    struct str level; /* "warn", "error", "fatal"; "" */
    uint64_t id;
    int64_t count; /* since the last report */
    int64_t late;  /* of them: not of now, the newest of late_at */
    int64_t interval_ms;
    struct instant at, first, last, late_at;
};

/* A line with its newline. */
struct str log_error_write(struct arena *arena, const struct log_error *error);
/* Reads what log_error_write wrote but at, target and interval_ms, which every line has. */
MUST_USE bool log_error_read(const struct json *object, struct log_error *out_error,
                             struct err *err);

struct log_error_row {
    uint64_t id;
    char source[LOG_SOURCE_BYTES];
    char shape[LOG_SHAPE_BYTES];
    char level[16];
    int64_t count;
    struct instant at; /* of the newest report */
    struct instant first, last;
    struct {
        int64_t number; /* of the quarter of an hour since 1970 */
        int64_t count;
    } quarters[LOG_QUARTERS];
};

struct log_errors {
    struct arena *arena;
    struct log_error_row *rows; /* made with the first report */
    size_t count;
    int64_t forgotten_count;
};

void log_errors_init(struct log_errors *errors, struct arena *arena);
void log_errors_fold(struct log_errors *errors, const struct log_error *error);
/* How often a cluster was seen from an instant until now, and in as long a time before; both at
 * most a day, by whole quarters of an hour. */
void log_errors_around(const struct log_error_row *row, struct instant since, struct instant now,
                       int64_t *out_before, int64_t *out_after);
/* Rows by the newest first, places into rows. */
size_t *log_errors_order(const struct log_errors *errors, struct arena *arena);

#endif

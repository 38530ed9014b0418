/* receive_logs.h - the logs that one sender posts: counted, and its errors gathered by shape.
 *
 * Counts go into the sender's push as deltas (log_tally.h), so that rules read them like any other
 * metric; clusters of errors become lines for the core (log_errors.h) when a flush is durable.
 * Promises: a body that came before counts for nothing; what a flush could not make durable is as
 * if it had never come. Memory is bounded: RECEIVE_CLUSTERS_MAX shapes. */
#ifndef COLLECT_RECEIVE_LOGS_H
#define COLLECT_RECEIVE_LOGS_H

#include "telemetry/collector_spec.h"
#include "telemetry/log_body.h"
#include "telemetry/log_errors.h"
#include "telemetry/log_fit.h"
#include "telemetry/log_gather.h"
#include "telemetry/log_tally.h"
#include "telemetry/push.h"

enum { RECEIVE_CLUSTERS_MAX = 400 };

/* Whose field map a body is read by. */
enum receive_map { MAP_OF_SENDER, MAP_OF_NETLIFY, MAP_OF_SUPABASE, RECEIVE_MAPS };

struct receive_logs {
    const struct collector_sender *sender;
    struct log_map maps[RECEIVE_MAPS];
    struct log_tally tally;
    struct log_clusters clusters;
    struct log_fit fit;
    struct log_late late;
    struct instant now;  /* of the body that is read */
    bool again;          /* it came before */
    int64_t taken;       /* entries of it */
    int64_t late_before; /* late.count when it began */
    char message[LOG_MESSAGE_BYTES];
};

/* In arena; the sender outlives it. Names that its map does not know leave the built-in ones. */
struct receive_logs *receive_logs_make(struct arena *arena, const struct collector_sender *sender);
/* Before a body that came now; again: the push knows its digest. */
void receive_logs_begin(struct receive_logs *logs, struct instant now, bool again);
/* NDJSON, an array, or lines in the map's own form. False: it is not whole, and what stood before
 * is taken. */
MUST_USE bool receive_logs_read(struct receive_logs *logs, struct arena *arena, struct str body,
                                enum receive_map map, struct log_body_count *out_count);
/* ExportLogsServiceRequest. */
MUST_USE bool receive_logs_read_otlp(struct receive_logs *logs, struct arena *arena,
                                     struct str body, struct log_count *out_count, struct err *err);
/* Behind the body: its counts go into push. */
void receive_logs_end(struct receive_logs *logs, struct push *push);
/* Lines of the clusters that were seen since they were durable, each with its newline. */
void receive_logs_write(struct receive_logs *logs, struct arena *arena, struct instant now,
                        struct text *lines);
/* What receive_logs_write gave is on the disk; or it is not, and was never seen. */
void receive_logs_settle(struct receive_logs *logs, bool durable);
/* Leaves out of readings what nobody can know while its lines cannot be read; how many stay.
 * logs NULL: of a sender that may send none. */
size_t receive_logs_filter(const struct receive_logs *logs, const struct signals *signals,
                           struct reading *readings, size_t count);
/* What is to be said of its lines; "" when all is well. logs as above; in arena. */
struct str receive_logs_problem(const struct receive_logs *logs, struct arena *arena,
                                struct instant now);
/* A cluster of the history or the journal goes on with its id. */
void receive_logs_restore(struct receive_logs *logs, const struct log_error *error);

#endif

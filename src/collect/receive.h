/* receive.h - the listener of the collector: senders push, and what they say becomes readings.
 *
 * Promises: an answer is sent only after the readings with its samples, or what is known until they
 * are read, are on the disk (journal.h); many bodies share one write, at most FLUSH_MS after the
 * first. When the disk or the core does not take it the answer is 503 and the senders' state is
 * that of the last write: the samples are as if they had never come. A sender is known by its
 * token. Refuses: who is not known (401), other paths, and more than limits.h names. */
#ifndef COLLECT_RECEIVE_H
#define COLLECT_RECEIVE_H

#include "telemetry/collector_spec.h"
#include "telemetry/reading.h"

struct event_base;
struct receive;

enum { FLUSH_MS = 200 };

struct receive_use {
    void *context;
    /* The line of a durable reading or cluster of errors, for history and core. */
    void (*line)(void *context, struct str line);
    void (*status)(void *context, const struct target_status *status);
    bool (*is_read)(void *context); /* does the core keep up? */
    /* What was appended before is on the disk. */
    bool (*sync)(void *context);
    /* Is the history still where it was opened? */
    bool (*stays)(void *context, struct err *err);
};

/* Opens the port of the spec, before the process is confined; what is in the way is said as the
 * senders' problem, and tried again. All arguments outlive it. */
struct receive *receive_open(struct event_base *base, const struct receive_use *use,
                             const struct collector_spec *spec);
/* Goes on from the journal in the open folder (-1: nothing can be kept, so nothing is taken). Lines
 * of it that is_new knows nothing of are given to use->reading; NULL: none. */
void receive_begin(struct receive *receive, int folder,
                   bool (*is_new)(void *context, const struct collector_line *line));
/* A cluster of errors of the history, the newest last: it goes on with its id. Before
 * receive_begin. */
void receive_known_error(struct receive *receive, const struct log_error *error);
/* The same listener for another spec, which takes the place of the former; then receive_begin. */
void receive_set_spec(struct receive *receive, const struct collector_spec *spec);
/* Makes durable what waits, and answers it. */
void receive_flush(struct receive *receive);
void receive_close(struct receive *receive); /* NULL is fine */

#endif

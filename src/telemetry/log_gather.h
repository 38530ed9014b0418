/* log_gather.h - an entry of a log counted, and gathered by its shape when it is an error.
 *
 * What followed files and posted bodies have in common. Promises: the level of an entry that says
 * none is its status's: from 500 on it is an error; an error without a message is known by its
 * path. */
#ifndef TELEMETRY_LOG_GATHER_H
#define TELEMETRY_LOG_GATHER_H

#include "telemetry/log_cluster.h"
#include "telemetry/log_tally.h"

enum {
    LOG_LATE_MS = 10 * 60 * 1000, /* an entry that is older when it comes is not of now */
    LOG_AHEAD_MS = 5 * 60 * 1000, /* nor is one that is said to come so much later */
    LOG_LATE_TEXT_BYTES = 200
};

/* Entries that came, and are not of now. All zero: none. */
struct log_late {
    int64_t count;
    struct instant seen_at; /* when the newest came */
    struct instant own;     /* its own time */
};

/* now: when it came; an entry's own time counts when it is before that. Entries that are late, or
 * ahead, are in late and, when they are errors, in clusters; in tally they are not. */
void log_gather(struct log_tally *tally, struct log_clusters *clusters, struct log_late *late,
                const struct log_entry *entry, struct instant now);
/* What is to be said of them now, one sentence; "" when none came for ten minutes. */
void log_late_say(const struct log_late *late, struct instant now,
                  char out_text[LOG_LATE_TEXT_BYTES]);

#endif

/* log_gather.h - an entry of a log counted, and gathered by its shape when it is an error.
 *
 * What followed files and posted bodies have in common. Promises: the level of an entry that says
 * none is its status's: from 500 on it is an error; an error without a message is known by its
 * path. */
#ifndef TELEMETRY_LOG_GATHER_H
#define TELEMETRY_LOG_GATHER_H

#include "telemetry/log_cluster.h"
#include "telemetry/log_tally.h"

/* now: when it came; an entry's own time counts when it is before that. */
void log_gather(struct log_tally *tally, struct log_clusters *clusters,
                const struct log_entry *entry, struct instant now);

#endif

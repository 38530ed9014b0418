/* log_gather.c - level, message and time of an entry as they are counted. */
#include "telemetry/log_gather.h"

#include <stdio.h>

enum { MADE_MESSAGE_BYTES = 512 };

void log_gather(struct log_tally *tally, struct log_clusters *clusters,
                const struct log_entry *entry, struct instant now)
{
    struct log_entry counted = *entry;
    char made[MADE_MESSAGE_BYTES];
    if (counted.severity == ENTRY_NOT_SAID && counted.status >= 500)
        counted.severity = ENTRY_ERROR;
    log_tally_add(tally, &counted);
    if (counted.severity < ENTRY_ERROR)
        return;
    if (str_trim(counted.message).n == 0 && counted.path.n > 0) {
        (void)snprintf(made, sizeof made, "failed: %.*s",
                       STR_ARGS(str_slice(counted.path, 0, MADE_MESSAGE_BYTES / 2)));
        counted.message = str_of(made);
    }
    bool is_plausible = !instant_is_zero(counted.at) && instant_before(counted.at, now);
    (void)log_clusters_add(clusters, counted.message, counted.severity,
                           is_plausible ? counted.at : now);
}

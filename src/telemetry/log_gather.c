/* log_gather.c - level, message and time of an entry as they are counted. */
#include "telemetry/log_gather.h"

#include <stdio.h>

enum { MADE_MESSAGE_BYTES = 512 };

static bool is_of_now(struct instant at, struct instant now)
{
    int64_t age_ms = instant_is_zero(at) ? 0 : instant_ms_between(at, now);
    return age_ms <= LOG_LATE_MS && age_ms >= -LOG_AHEAD_MS;
}

void log_late_say(const struct log_late *late, struct instant now,
                  char out_text[LOG_LATE_TEXT_BYTES])
{
    char own[INSTANT_TEXT_BYTES];
    out_text[0] = '\0';
    if (late->count == 0 || instant_ms_between(late->seen_at, now) > LOG_LATE_MS)
        return;
    instant_write(late->own, own);
    (void)snprintf(out_text, LOG_LATE_TEXT_BYTES,
                   "has had lines that are not of now (%lld, the newest of %.19sZ): no rule counts "
                   "them, reeve logs:errors shows their errors",
                   (long long)late->count, own);
}

void log_gather(struct log_tally *tally, struct log_clusters *clusters, struct log_late *late,
                const struct log_entry *entry, struct instant now)
{
    bool of_now = is_of_now(entry->at, now);
    struct log_entry counted = *entry;
    char made[MADE_MESSAGE_BYTES];
    if (counted.severity == ENTRY_NOT_SAID && counted.status >= 500)
        counted.severity = ENTRY_ERROR;
    if (of_now)
        log_tally_add(tally, &counted);
    else
        *late = (struct log_late){late->count + 1, now, entry->at};
    if (counted.severity < ENTRY_ERROR)
        return;
    if (str_trim(counted.message).n == 0 && counted.path.n > 0) {
        (void)snprintf(made, sizeof made, "failed: %.*s",
                       STR_ARGS(str_slice(counted.path, 0, MADE_MESSAGE_BYTES / 2)));
        counted.message = str_of(made);
    }
    bool is_plausible = !instant_is_zero(counted.at) && instant_before(counted.at, now);
    struct instant at = is_plausible ? counted.at : now;
    struct log_cluster *cluster = log_clusters_add(clusters, counted.message, counted.severity, at);
    if (of_now || !is_plausible)
        return;
    cluster->late++;
    if (instant_before(cluster->late_at, at))
        cluster->late_at = at;
}

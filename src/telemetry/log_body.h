/* log_body.h - a body that was posted: lines of JSON (NDJSON), or an array of objects as log drains
 * send them, read by a field map.
 *
 * The one entry for HTTP posts of logs, whoever listens: each entry goes to use, which counts
 * (log_tally.h) and gathers (log_cluster.h). Of an array, elements that are no objects are texts.
 * Where objects were printed over several lines, each is one entry.
 * Refuses: an array that is not whole; what stood before is taken. */
#ifndef TELEMETRY_LOG_BODY_H
#define TELEMETRY_LOG_BODY_H

#include "telemetry/log_map.h"

struct log_body_count {
    int64_t lines;       /* taken, texts among them */
    int64_t texts;       /* no JSON object */
    int64_t too_long;    /* over LIMIT_LOG_LINE_BYTES: not taken */
    const char *problem; /* why it is not whole, one sentence; "" when it is */
};

/* arena: about 100 kB until it is reset. False when the body is not whole. */
MUST_USE bool log_body_take(struct arena *arena, struct str body, const struct log_map *map,
                            const struct log_entry_use *use, struct log_body_count *out_count);

#endif

/* log_spec.h - a log that a collector follows, as it is told of it: part of collector_spec.h.
 *
 *   {"file":"/var/log/nginx/access.log","format":"combined","interval_ms":5000,"level":"",…,
 *    "source":"web"} */
#ifndef TELEMETRY_LOG_SPEC_H
#define TELEMETRY_LOG_SPEC_H

#include "telemetry/log_map.h"

enum { LIMIT_LOGS = 16 };

struct log_spec {
    struct str file, format, source;
    int64_t interval_ms; /* between two reports */
    struct log_map_own own;
};

/* Members of the object that is being written: what the user calls its fields. */
void log_own_write(struct json_writer *w, const struct log_map_own *own);
void log_own_parse(struct arena *arena, const struct json *object, struct log_map_own *out_own);
void log_specs_write(struct json_writer *w, const struct log_spec *specs, size_t count);
/* Strings are copied into arena. No "logs" is none. */
MUST_USE bool log_specs_parse(struct arena *arena, const struct json *root,
                              struct log_spec **out_specs, size_t *out_count, struct err *err);

#endif

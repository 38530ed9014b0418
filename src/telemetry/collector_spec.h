/* collector_spec.h - what a collector is told: one JSON object on one line.
 *
 *   {"history_dir":"/…/history","logs":[…as log_specs_write…],"signals":[…as signals_write…],
 *    "targets":[{"interval_ms":1000,"name":"app","url":"http://127.0.0.1:9100/metrics"}]}
 * A later line replaces the former. history_dir may be "": then nothing is kept on disk. */
#ifndef TELEMETRY_COLLECTOR_SPEC_H
#define TELEMETRY_COLLECTOR_SPEC_H

#include "base/hash.h"
#include "telemetry/log_spec.h"
#include "telemetry/signal.h"

enum { SPEC_BYTES_MAX = 1024 * 1024, INTERVAL_LEAST_MS = 100 };

struct collector_target {
    struct str name, url;
    int64_t interval_ms;
};

struct collector_spec {
    struct str history_dir;
    struct signals signals;
    struct collector_target *targets;
    size_t target_count;
    struct log_spec *logs;
    size_t log_count;
    struct hash signals_digest; /* of the signals as written; set by collector_spec_parse */
};

/* One line with its newline. */
struct str collector_spec_write(struct arena *arena, const struct collector_spec *spec);
MUST_USE bool collector_spec_parse(struct arena *arena, struct str line,
                                   struct collector_spec *out_spec, struct err *err);

#endif

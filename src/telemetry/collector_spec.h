/* collector_spec.h - what a collector is told: one JSON object on one line.
 *
 *   {"history_dir":"/…/history","logs":[…as log_specs_write…],"signals":[…as signals_write…],
 *    "targets":[{"interval_ms":1000,"name":"app","url":"http://127.0.0.1:9100/metrics"}],
 *    "listen":"127.0.0.1:9201","hosts":["reeve.example.com"],
 *    "senders":[{"accepts":["otlp","remote_write"],"interval_ms":60000,"name":"prometheus",
 *                "token":"SHA-256 in hex, or empty: whoever sends without a token",
 *                "format":"json","level":"",…}]}
 * A target that is probed has "probed":true. The last three may be missing. A later line replaces
 * the former. history_dir may be "": then nothing is kept on disk. */
#ifndef TELEMETRY_COLLECTOR_SPEC_H
#define TELEMETRY_COLLECTOR_SPEC_H

#include "base/hash.h"
#include "telemetry/log_spec.h"
#include "telemetry/signal.h"

enum { SPEC_BYTES_MAX = 1024 * 1024, INTERVAL_LEAST_MS = 100 };

struct collector_target {
    struct str name, url;
    int64_t interval_ms;
    bool probed; /* its samples come from the core (probe_line.h), nobody reads its url */
};

/* What a sender may send. */
enum accepts {
    ACCEPTS_REMOTE_WRITE = 1,
    ACCEPTS_OTLP = 2,
    ACCEPTS_LOGS = 4,
    ACCEPTS_EXPOSITION = 8,
    ACCEPTS_ALL = ACCEPTS_REMOTE_WRITE | ACCEPTS_OTLP | ACCEPTS_LOGS | ACCEPTS_EXPOSITION
};

struct collector_sender {
    struct str name;
    bool open;         /* whoever sends without a token */
    struct hash token; /* SHA-256 of the token */
    int64_t interval_ms;
    unsigned accepts;
    struct str format; /* of the logs it posts: a map of log_map.h */
    struct log_map_own own;
};

struct collector_spec {
    struct str history_dir;
    struct str listen; /* "" when nobody pushes */
    struct str *hosts; /* names beside localhost under which it answers */
    size_t host_count;
    struct collector_sender *senders;
    size_t sender_count;
    struct signals signals;
    struct collector_target *targets;
    size_t target_count;
    struct log_spec *logs;
    size_t log_count;
    struct hash signals_digest; /* of the signals as written; set by collector_spec_parse */
};

/* The bit of a protocol's name; 0: it is none. */
unsigned accepts_of(struct str name);
/* One line with its newline. */
struct str collector_spec_write(struct arena *arena, const struct collector_spec *spec);
MUST_USE bool collector_spec_parse(struct arena *arena, struct str line,
                                   struct collector_spec *out_spec, struct err *err);

#endif

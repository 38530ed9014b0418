/* signal.h - what a runbook's words are measured by: a signal and its bindings to metrics.
 *
 * A signal ("error rate") has one or more alternatives, tried in order on each target: the first
 * for which series exist is bound. Defaults are the usual names of OpenTelemetry and Prometheus
 * exporters; the user's own, from `signals:` in reeve.yaml, replace them.
 * Options of a binding (each a selector unless said otherwise):
 *   failures + of    a ratio of two counters
 *   histogram        a classic histogram, named without _bucket, for quantiles
 *   count            a counter whose increments are counted
 *   used + of        gauges, share in use;  free + of: share not free; limit is another word for of
 *   gauge            one gauge per series, the worst decides
 *   by               labels that join used/free with of, parted by commas; "" sums everything of a
 *                    target; not given: all labels
 *   scale            a number that turns the metric's unit into seconds, bytes or a plain count
 * Refuses: options that do not go together, unknown options. */
#ifndef TELEMETRY_SIGNAL_H
#define TELEMETRY_SIGNAL_H

#include "base/json.h"
#include "telemetry/selector.h"

enum signal_kind {
    SIGNAL_NONE, /* known by name, not bound to anything */
    SIGNAL_RATIO,
    SIGNAL_QUANTILE,
    SIGNAL_COUNT,
    SIGNAL_GAUGE,
    SIGNAL_GAUGE_RATIO
};

enum { ALTERNATIVES_MAX = 12, OPTIONS_MAX = 4 };

struct signal_option {
    struct str key;
    struct str value;
};

struct alternative {
    struct signal_option options[OPTIONS_MAX]; /* as given: what spec and page show */
    size_t option_count;
    struct selector parts[2]; /* failures/histogram/count/used/free/gauge, and of */
    size_t part_count;
    bool complement; /* free + of */
    bool joined;     /* by was given */
    struct str by;
    double scale;
};

struct signal {
    struct str name;
    struct str aliases; /* other words for it, parted by commas */
    struct str noun;    /* what is counted: "requests" */
    enum signal_kind kind;
    double state_limit; /* "exhausted" is reached at this value; 0: no such state */
    struct alternative alternatives[ALTERNATIVES_MAX];
    size_t alternative_count;
    bool from_user;
};

struct signals {
    struct arena *arena;
    struct signal *items;
    size_t count;
    size_t capacity;
};

/* The built-in signals with their default bindings. */
void signals_init(struct signals *signals, struct arena *arena);
/* By name or alias, in any case of letters; NULL when unknown. */
const struct signal *signal_find(const struct signals *signals, struct str name);
/* The user's binding of a signal, known or new: the first call replaces the defaults, further calls
 * add alternatives. err->text names signal and option. */
MUST_USE bool signal_bind(struct signals *signals, struct str name,
                          const struct signal_option *options, size_t option_count,
                          struct err *err);
/* JSON array [{"bindings":[{"failures":"…","of":"…"}],"name":"error rate"}], for the collector. */
void signals_write(const struct signals *signals, struct json_writer *w, const char *key);
/* Reads what signals_write wrote; only the signals named in it. */
MUST_USE bool signals_parse(struct arena *arena, const struct json *array,
                            struct signals *out_signals, struct err *err);
/* "failures a{…}, of b": what was given, in the order of that. */
struct str alternative_words(struct arena *arena, const struct alternative *alternative);
/* "no target shows http_requests_total{…} or …; bind it under signals: in reeve.yaml" */
struct str signal_missing(struct arena *arena, const struct signal *signal);

#endif

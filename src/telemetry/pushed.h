/* pushed.h - samples that senders push (remote write, OTLP, logs), in one form whatever the
 * protocol.
 *
 * A decoder reads a body and hands over each sample; who takes them counts (push.h). Histograms
 * come as the series a Prometheus exporter would show: NAME_bucket with le (cumulative), NAME_sum
 * and NAME_count; names of OTLP as the Prometheus exporter of the OpenTelemetry specification
 * writes them ("http.server.request.duration" in s → http_server_request_duration_seconds). */
#ifndef TELEMETRY_PUSHED_H
#define TELEMETRY_PUSHED_H

#include "base/instant.h"
#include "telemetry/exposition.h"

enum pushed_kind {
    PUSHED_UNKNOWN,    /* remote write 1.0 does not say: how a signal uses it decides */
    PUSHED_GAUGE,      /* stands at value */
    PUSHED_CUMULATIVE, /* a counter that stands at value since start */
    PUSHED_DELTA       /* a counter that grew by value since start */
};

struct pushed_sample {
    struct str name;
    struct label *labels; /* may be sorted in place; slices are valid during the call only */
    size_t label_count;   /* at most LABELS_MAX */
    enum pushed_kind kind;
    double value;         /* may be NaN or infinite; pushed_is_stale: the series ends here */
    struct instant at;    /* as the sender says; zero: it does not say */
    struct instant start; /* of the counter; zero: unknown */
    bool is_stamped;      /* a line of a page says stamp: how old its value may be; at is zero */
    struct instant stamp;
    uint64_t form; /* hash of name and labels as they were sent, for recognise; 0: not told */
    size_t known;  /* what recognise gave; the labels are not read then. 0: they are */
};

struct pushed_use {
    void *context;
    /* Is a metric of this name of interest? Others need not be decoded further. */
    bool (*wants)(void *context, struct str name);
    /* false: the sample is not taken, and err says why; decoding goes on. */
    bool (*take)(void *context, const struct pushed_sample *sample, struct err *err);
    /* May be NULL. The series whose name and labels were sent in exactly this form (not 0) when it
     * was taken last: a number from 1 for the sample that is taken next. 0: none. Two forms of one
     * hash must be of the same name and labels. */
    size_t (*recognise)(void *context, uint64_t form);
};

/* Prometheus' staleness marker, a NaN of its own: the sender says that it has no value any more. Of
 * OTLP, points with the flag "no recorded value" come with it. */
#define PUSHED_STALE_BITS 0x7FF0000000000002u
bool pushed_is_stale(double value);
double pushed_stale(void);

/* What became of a body, for the answer that the protocol asks for. */
struct pushed_count {
    int64_t samples;             /* in the body, wanted or not */
    int64_t histograms;          /* of the protocol's own histogram kinds among them */
    int64_t histograms_rejected; /* of these, how many are among the rejected */
    int64_t exemplars;           /* of wanted series, read over */
    int64_t rejected;            /* not taken, or of a kind that is not understood */
    char why_rejected[256];      /* the first one's reason; "" when none */
};
/* Counts how_many more as rejected, and keeps the reason if it is the first. */
void pushed_reject(struct pushed_count *count, int64_t how_many, const char *why);

#endif

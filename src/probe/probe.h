/* probe.h - one look at a thing that shows no metrics page of its own: order probe (run/order.h).
 *
 * What it saw is text in the exposition format (telemetry/exposition.h), with the names that the
 * usual exporters give: node_, probe_ (blackbox), pg_, pgbouncer_, redis_.
 * Promises: nothing is changed where it looks; every failure is one sentence with the remedy; no
 * sentence and no sample holds a password. DONE: all was seen. FAILED: not all; what was seen is
 * given nevertheless. REFUSED: the order cannot be read.
 * Refuses: to be linked into the core: here is waited for others. */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include "base/text.h"
#include "run/work.h"

enum { PROBE_SAMPLES_BYTES = 128 * 1024, PROBE_PATHS_MAX = 32 };

/* What a look is: filled by one of the functions below. */
struct probe {
    const struct work *work;
    int64_t until_us;    /* by clock_boot_us */
    struct text samples; /* PROBE_SAMPLES_BYTES */
    struct str seen;     /* one sentence: all is well, and how */
    struct str note;     /* what is to be said of it though all was seen, or "" */
    struct str failure;  /* the first thing that is not well, or "" */
    struct str etag;     /* by which what was seen is asked for again, or "" */
    bool unchanged;      /* what was seen before still holds: no samples, no note */
    bool refused;        /* the order cannot be read; failure says why */
};

/* The order's output: {"etag":"…","note":"…","samples":"…","unchanged":false}. */
void probe_perform(const struct work *work, struct order_result *out_result);

void probe_host(struct probe *probe);
void probe_http(struct probe *probe);
void probe_page(struct probe *probe); /* of metrics */
void probe_postgres(struct probe *probe);
void probe_pgbouncer(struct probe *probe);
void probe_redis(struct probe *probe);
void probe_status_page(struct probe *probe);
void probe_openai(struct probe *probe);

/* The first failure is kept; clean text of one line. */
void probe_fail(struct probe *probe, const char *format, ...) PRINTF_LIKE(2, 3);
void probe_refuse(struct probe *probe, const char *format, ...) PRINTF_LIKE(2, 3);
/* Of the whole time; 0: none is left. */
int64_t probe_left_ms(const struct probe *probe);

#endif

/* scrape.h - one target: a GET when it is due, its answer streamed into an intake.
 *
 * Promises: never buffers the answer; a try ends at its deadline, whatever the other side does;
 * every try ends in one status with a sentence. Of a name with several addresses each is tried.
 * Refuses: https (a worker reads it: probe/page.c), redirects, answers over LIMIT_SCRAPE_BYTES. */
#ifndef COLLECT_SCRAPE_H
#define COLLECT_SCRAPE_H

#include "base/hash.h"
#include "telemetry/collector_spec.h"
#include "telemetry/intake.h"

#include <event2/dns.h>
#include <event2/event.h>

enum { DEADLINE_LEAST_MS = 1000, DEADLINE_MOST_MS = 10000, RECEIVE_BYTES = 128 * 1024 };

struct scrape;

struct scrape_use {
    void *context;
    char *received; /* RECEIVE_BYTES that all targets take turns in */
    /* A try is over. readings: count of them when status->up. The intake is for saving counters. */
    void (*done)(void *context, const struct target_status *status, const struct reading *readings,
                 size_t count, const struct intake *intake);
};

/* Starts scraping at once and then every interval. All arguments outlive it but target. */
struct scrape *scrape_open(struct event_base *base, struct evdns_base *dns,
                           const struct collector_target *target, const struct signals *signals,
                           const struct scrape_use *use);
/* Before the first turn of the loop: goes on from saved counters. */
void scrape_restore(struct scrape *scrape, struct str saved);
struct str scrape_target(const struct scrape *scrape);
void scrape_close(struct scrape *scrape);

struct scrape_address {
    struct str host; /* without brackets */
    int port;
    struct str path; /* "/metrics" when none was given */
};

/* http://host[:port][/path…] in parts; false (err) for anything else. */
MUST_USE bool scrape_parse_url(struct arena *arena, struct str url,
                               struct scrape_address *out_address, struct err *err);

#endif

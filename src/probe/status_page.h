/* status_page.h - what a company says of its own services on its status page. Pure.
 *
 * Reads the summary that Atlassian's Statuspage made customary (/api/v2/summary.json), and the
 * short one of Stripe (/current). Promises: what is not understood is no health: a page without its
 * indicator, an indicator or a state that nobody knows, and anything but JSON are refused with one
 * sentence. Refuses: to take a component for well because the page as a whole is. */
#ifndef PROBE_STATUS_PAGE_H
#define PROBE_STATUS_PAGE_H

#include "base/instant.h"
#include "base/json.h"

enum { STATUS_COMPONENTS_MAX = 500, STATUS_WORDS_BYTES = 600 };

enum status_level {
    STATUS_FINE,
    STATUS_MAINTENANCE,
    STATUS_MINOR, /* degraded performance */
    STATUS_MAJOR, /* partial outage */
    STATUS_CRITICAL
};

struct status_component {
    struct str name;
    enum status_level level;
};

struct status_page {
    struct str name;         /* of the company, or "" */
    struct str says;         /* its own words on the whole, or "" */
    enum status_level level; /* of the whole, or the worst of those that are wanted */
    struct status_component *items;
    size_t count;
    size_t incident_count;  /* not resolved */
    struct str incident;    /* the name of the oldest of them, or "" */
    struct instant since;   /* of it; zero: not told */
    struct str maintenance; /* that goes on, or "" */
};

/* Names of components that alone count, in any case; none: all. */
struct status_wanted {
    const struct str *names;
    size_t count;
};

/* Strings point into arena
 * and text. ERR_OUTSIDE with what is wrong, as the rest of a sentence: "does not tell …". */
MUST_USE bool status_page_read(struct arena *arena, struct str text, struct status_wanted wanted,
                               struct status_page *out_page, struct err *err);
/* "Stripe says: partial outage of Webhooks since 2026-11-23 04:00 UTC (Elevated errors)"; "" when
 * all is fine. */
struct str status_page_words(struct arena *arena, const struct status_page *page);

#endif

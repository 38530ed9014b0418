/* fetch.h - one GET of a vendor's API, with a token or a condition, for probes.
 *
 * Promises: no redirect is followed; a token goes to the host of the url only, and never in the
 * clear but to this machine; every failure is one sentence. */
#ifndef PROBE_FETCH_H
#define PROBE_FETCH_H

#include "probe/probe.h"

enum { FETCH_BODY_BYTES = 2 * 1024 * 1024, FETCH_ETAG_BYTES = 256 };

struct fetch {
    struct str url;
    struct str ca;     /* file of authorities, or "" */
    struct str bearer; /* or "" */
    struct str if_not; /* the ETag of what is known already, or "" */
    long status;
    struct text body;
    struct str etag;         /* or "" */
    double limit, remaining; /* of requests, x-ratelimit-…; below 0: not told */
    int64_t retry_after_s;   /* below 0: not told */
};

/* True when a whole answer came, whatever its status. Else the probe has its failure. */
MUST_USE bool fetch_get(struct probe *probe, struct fetch *fetch);

#endif

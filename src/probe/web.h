/* web.h - one GET by http or https for a probe: what is set for it, and why there was no answer.
 *
 * Promises: no redirect is followed; by https the certificate is checked, and of one that is not
 * taken its dates are known nevertheless, by a second connection that asks nothing. */
#ifndef PROBE_WEB_H
#define PROBE_WEB_H

#include "probe/chain.h"

struct web {
    struct probe *probe;
    CURL *curl;
    struct str url, host; /* host: "shop.example.com port 8443" */
    struct str ca;        /* as to be opened; "": the system's authorities */
    size_t received;      /* bytes of the body, by the caller */
    char said[CURL_ERROR_SIZE];
    CURLcode code;
    struct chain_dates dates; /* of the certificates; 0: none was seen */
};

/* By "url" and "ca" of the order; false: it was refused, or has failed. */
MUST_USE bool web_open(struct web *web, struct probe *probe);
/* The caller has set where the body goes. web->code says how it ended. */
void web_get(struct web *web);
/* The probe's failure after a code that is none of the caller's. */
void web_fail(struct web *web);
void web_close(struct web *web);

#endif

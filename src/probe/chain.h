/* chain.h - the certificates that a server shows, as libcurl tells of them: when they end, and what
 * is wrong with them. Names as the blackbox exporter's. */
#ifndef PROBE_CHAIN_H
#define PROBE_CHAIN_H

#include "probe/probe.h"

#include <curl/curl.h>

/* In seconds since 1970; 0: none was shown. */
struct chain_dates {
    int64_t starts_s; /* of the certificate that is valid last */
    int64_t ends_s;   /* of the one that ends first */
};
/* The handle was set up with CURLOPT_CERTINFO. */
struct chain_dates chain_dates(CURL *curl);
/* What the order says under "ca" is taken instead of the system's authorities, not beside them. */
void chain_trust(CURL *curl, const char *ca);
/* The end of the chain as samples; one that is near becomes the note, where there is none. Nothing
 * for 0. */
void chain_add(struct probe *probe, int64_t ends_s);
/* The note alone. */
void chain_note(struct probe *probe, int64_t ends_s);

/* A certificate that was not taken. */
struct chain_refusal {
    struct str host;   /* "shop.example.com port 8443" */
    const char *place; /* where its name stands: "url", "address" */
    const char *said;  /* libcurl's words */
    struct chain_dates dates;
};
/* The probe's failure, with the remedy. */
void chain_fail(struct probe *probe, const struct chain_refusal *refusal);

#endif

/* talk.h - a connection of a probe to a host and port, in the clear or by TLS.
 *
 * Promises: no wait outlasts the probe's deadline; every failure is the probe's one sentence. By
 * TLS nothing is sent before the server's certificate was verified, of an authority that is taken
 * and of the name that was asked for. */
#ifndef PROBE_TALK_H
#define PROBE_TALK_H

#include "probe/chain.h"

/* Files as to be opened and a key as PEM text; "" when not given. */
struct talk_tls {
    struct str ca, certificate, key;
};

struct talk {
    struct probe *probe;
    struct str host, port;
    int fd;                     /* -1: none */
    CURL *tls;                  /* NULL: in the clear */
    bool handed_over;           /* fd is closed with tls */
    char said[CURL_ERROR_SIZE]; /* by libcurl */
    struct chain_dates dates;   /* of the server's certificates */
    bool answered;              /* something was received */
    bool offers_certificate;
};

/* "cache.example.com port 6379" */
struct str talk_place(const struct talk *talk);
/* Connects talk, which has probe, host and port; tls NULL: in the clear. False: the probe has its
 * failure. talk_close is wanted either way. */
MUST_USE bool talk_open(struct talk *talk, const struct talk_tls *tls);
MUST_USE bool talk_send(struct talk *talk, struct str data);
/* Waits for at least one byte, and takes what is there. False: the probe has its failure. */
MUST_USE bool talk_receive(struct talk *talk, char *bytes, size_t room, size_t *out_count);
void talk_close(struct talk *talk);

/* talk_tls.c: shakes hands on the connection and verifies. */
MUST_USE bool talk_open_tls(struct talk *talk, const struct talk_tls *tls);
/* The connection broke off: why, by what libcurl says of it. */
void talk_fail_tls(struct talk *talk);

#endif

/* transfer.h - one libcurl transfer: limits, deadline, what was sent, what came back.
 *
 * Promises: no redirect is followed, no proxy is taken from the environment, no file is read,
 * certificates are verified, the answer's body is kept to TRANSFER_ANSWER_BYTES.
 * Refuses: every protocol but the ones named in transfer_open. */
#ifndef NOTIFY_TRANSFER_H
#define NOTIFY_TRANSFER_H

#include "run/work.h"

#include <curl/curl.h>

enum { TRANSFER_ANSWER_BYTES = 16 * 1024 };

struct transfer {
    const struct work *work;
    CURL *curl;
    struct curl_slist *list; /* headers or recipients */
    struct str upload;       /* what the server is given */
    size_t upload_at;
    bool upload_finished;    /* libcurl was told that all of upload was read */
    bool sent;               /* at least the whole request may be with the receiver */
    int last_reply;          /* SMTP: code of the newest reply; 0: none */
    bool reply_after_upload; /* SMTP: last_reply answers the final dot */
    char reply_line[256];
    char answer[TRANSFER_ANSWER_BYTES];
    size_t answer_bytes;
    char curl_error[CURL_ERROR_SIZE];
};

/* protocols: libcurl's list, "http,https". The transfer lives on the caller's stack. */
MUST_USE bool transfer_open(struct transfer *transfer, const struct work *work,
                            const char *protocols, struct str url);
void transfer_done(struct transfer *transfer);
/* A header line or a recipient. */
void transfer_add(struct transfer *transfer, const char *line);
/* Lets libcurl read s as the uploaded mail. */
void transfer_upload(struct transfer *transfer, struct str s);
CURLcode transfer_perform(struct transfer *transfer);
/* What libcurl says about a failure, as one clean line. */
struct str transfer_error(const struct transfer *transfer, CURLcode code);

/* Stands a secret of the order in it? Then it is shown to nobody. */
bool transfer_shows_secret(const struct work *work, struct str line);

#define TRANSFER_SCOPED __attribute__((cleanup(transfer_done))) struct transfer

#endif

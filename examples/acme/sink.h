/* sink.h - what the sink keeps: the newest mails, webhooks and heartbeats.
 *
 * Promises: bytes are kept as they came; at most SINK_KEPT of each kind, the oldest go first.
 * Refuses: delivering anything to anybody. */
#ifndef ACME_SINK_H
#define ACME_SINK_H

#include "mail.h"
#include "smtp.h"
#include "web.h"

enum { SINK_KEPT = 200, SINK_HEADERS = 40 };

struct sink_header {
    struct str name, value;
};

struct sink_mail {
    struct arena memory;
    int64_t number; /* from 1 */
    int64_t at_ms;
    struct str sender, recipients, raw;
    struct mail mail;
};

struct sink_hook {
    struct arena memory;
    int64_t number; /* from 1 */
    int64_t at_ms;
    struct str path, body;
    struct sink_header headers[SINK_HEADERS];
    int header_count;
    int status; /* what was answered */
};

struct sink {
    struct event_base *base;
    struct web web;
    struct smtp smtp;
    struct sink_mail mails[SINK_KEPT]; /* number n stands at n % SINK_KEPT */
    int64_t mail_count;
    struct sink_hook hooks[SINK_KEPT];
    int64_t hook_count;
    bool refusing_hooks; /* answers 503 */
    int64_t heartbeats;
    int64_t heartbeat_ms; /* Unix time of the newest */
    int64_t heartbeat_us; /* the same on the monotonic clock */
};

/* sink_pages.c */
void sink_show_page(struct exchange *exchange);
void sink_show_mails(struct exchange *exchange);
void sink_show_hooks(struct exchange *exchange);
void sink_show_heartbeat(struct exchange *exchange);

#endif

/* smtp.h - a small SMTP server (RFC 5321) that takes every mail for anybody and delivers none.
 *
 * Promises: what it answered 250 to after DATA was handed over whole, with sender and recipients.
 * Refuses: lines over SMTP_LINE_BYTES, mails over SMTP_MAIL_BYTES, more than SMTP_SESSIONS at once,
 * sessions silent for a minute. */
#ifndef ACME_SMTP_H
#define ACME_SMTP_H

#include "base/text.h"

enum {
    SMTP_LINE_BYTES = 4096,
    SMTP_MAIL_BYTES = 1024 * 1024,
    SMTP_SESSIONS = 32,
    SMTP_RECIPIENTS_BYTES = 2048
};

struct event_base;
struct evconnlistener;
struct smtp;

struct smtp_session {
    struct smtp *smtp;
    struct bufferevent *bufferevent; /* NULL: the slot is free */
    struct arena arena;              /* of the mail that is coming in */
    struct text data;
    struct text recipients; /* separated by blanks */
    struct str sender;
    bool has_sender, in_data;
};

struct smtp {
    struct evconnlistener *listener;
    struct smtp_session sessions[SMTP_SESSIONS];
    bool refusing; /* answers 451 to every mail, to show what the sender does then */
    void (*take)(void *owner, struct str sender, struct str recipients, struct str data);
    void *owner;
};

/* Listens on 127.0.0.1; port 0 takes a free one. */
MUST_USE bool smtp_open(struct smtp *smtp, struct event_base *base, int port, int *out_port,
                        struct err *err);
void smtp_close(struct smtp *smtp);

#endif

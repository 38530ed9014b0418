/* message.h - a mail as RFC 5322 and MIME text with CRLF lines.
 *
 * Promises: ASCII only and no line over 78 characters in the result, whatever the text holds: the
 * body is UTF-8 in quoted-printable (RFC 2045), a subject that needs it is in encoded words
 * (RFC 2047).
 * Refuses: control characters in addresses, subject and message id, so that no header can be
 * smuggled in; addresses that are not plain ASCII local@domain. */
#ifndef NOTIFY_MESSAGE_H
#define NOTIFY_MESSAGE_H

#include "base/instant.h"
#include "base/text.h"

struct message {
    struct str from;
    struct str to;
    struct str subject;
    struct str text;
    struct str message_id; /* "page-12-1", with @domain or not, with < > or not; the domain is
                            * that of `from` when it is not given */
    struct instant date;
};

enum { MESSAGE_TEXT_BYTES = 128 * 1024, MESSAGE_SUBJECT_BYTES = 900 };

MUST_USE bool message_write(struct arena *arena, const struct message *message,
                            struct str *out_mail, struct err *err);

#endif

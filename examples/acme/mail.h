/* mail.h - reading a received mail well enough to show it.
 *
 * Promises: any bytes are shown as something; headers in RFC 2047 words and bodies in
 * quoted-printable or base64 are decoded; of several parts the first text/plain one is taken.
 * Refuses: HTML parts (shown as their source when there is nothing else). */
#ifndef ACME_MAIL_H
#define ACME_MAIL_H

#include "base/text.h"

struct mail {
    struct str from, to, subject, date; /* header values, decoded; "" when absent */
    struct str body;                    /* decoded */
};

/* raw has LF or CRLF line ends. The strings live in arena. */
struct mail mail_parse(struct arena *arena, struct str raw);
/* A header's value, unfolded, as written; "" when absent. head ends where the body begins. */
struct str mail_header(struct arena *arena, struct str head, const char *name);

#endif

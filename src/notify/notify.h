/* notify.h - one function per way to reach people; each performs one order (run/order.h).
 *
 * Promises: DONE only when the receiver said so; FAILED and REFUSED only when it certainly did not
 * happen; everything between is DOUBTED. Never two attempts in one order, but where several
 * providers carry a way (ways.h): there one with each. */
#ifndef NOTIFY_NOTIFY_H
#define NOTIFY_NOTIFY_H

#include "run/work.h"

/* RFC 5321 by libcurl: 4xx FAILED, 5xx REFUSED, no reply after the final dot DOUBTED. */
void smtp_perform(const struct work *work, struct order_result *out_result);
/* Standard Webhooks: 2xx DONE; 429, 408 and 5xx FAILED; other answers REFUSED. */
void webhook_perform(const struct work *work, struct order_result *out_result);
/* GET: 2xx DONE; other answers FAILED, so that the next beat tries again. */
void heartbeat_perform(const struct work *work, struct order_result *out_result);

enum { WEBHOOK_SIGNATURE_BYTES = 64 };

/* The value of the webhook-signature header, "v1,BASE64". key is "whsec_BASE64" or plain bytes.
 * False when it begins with whsec_ and no base64 follows, or when it is empty. */
MUST_USE bool webhook_sign(struct arena *arena, struct str key, struct str signed_text,
                           struct str *out_signature);

#endif

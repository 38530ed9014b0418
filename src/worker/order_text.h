/* order_text.h - an order with its secrets as reeve-work reads it.
 *
 * Promises: the text is one piece of memory, which the caller wipes when it was sent.
 * Refuses: orders over WORK_ORDER_BYTES. */
#ifndef WORKER_ORDER_TEXT_H
#define WORKER_ORDER_TEXT_H

#include "base/secret_value.h"
#include "run/order.h"

/* secrets is parallel to order->secret_fields. */
MUST_USE bool order_text(struct arena *arena, const struct order *order,
                         const struct secret_value *secrets, struct str *out_text, struct err *err);

#endif

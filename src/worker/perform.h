/* perform.h - the table of what a worker can do: order kind → function. */
#ifndef WORKER_PERFORM_H
#define WORKER_PERFORM_H

#include "run/work.h"
#include "worker/order_limits.h"

/* Reads one order (run/order.h) and performs it. What is not an order is ORDER_REFUSED, with the
 * reason in its detail. */
struct order_result perform_order(struct arena *arena, struct str order_json, struct instant now,
                                  bool verbose);

#endif

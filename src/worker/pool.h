/* pool.h - the core's side of workers: starts reeve-work per order and takes its answer.
 *
 * Promises: at most LIMIT_WORKERS at once; each is killed when its deadline and one second more
 * are over; a worker that ends without a result, or is killed, is ORDER_DOUBTED. Every order that
 * was started is answered exactly once, from the event loop, never from inside worker_pool_start.
 * A worker sees an empty environment and three descriptors, and dies with the core.
 * Refuses: queues; the caller asks worker_pool_room first. */
#ifndef WORKER_POOL_H
#define WORKER_POOL_H

#include "base/secret_value.h"
#include "run/order.h"

#include <event2/event.h>

struct worker_pool;

struct worker_answer {
    /* result->detail and order_id are valid during the call only. */
    void (*function)(void *context, struct str order_id, const struct order_result *result);
    void *context;
};

/* The pool lives in arena (program lifetime). program: path of reeve-work. */
struct worker_pool *worker_pool_open(struct arena *arena, struct event_base *base,
                                     const char *program);
/* Kills and reaps all workers without answers. */
void worker_pool_close(struct worker_pool *pool);
/* Ends the order of this id, if there is one; its answer is ORDER_DOUBTED, with why as its detail.
 */
void worker_pool_end(struct worker_pool *pool, struct str id, const char *why);
/* How many more orders can be started now. */
size_t worker_pool_room(const struct worker_pool *pool);
/* How many orders run, and how many of them tell somebody something. */
size_t worker_pool_running(const struct worker_pool *pool);
size_t worker_pool_pages(const struct worker_pool *pool);
/* secrets is parallel to order->secret_fields (NULL when there are none); copied, and wiped when
 * the order ends. False when nothing was started: no room (ERR_REFUSED), an order larger than
 * WORK_ORDER_BYTES, or the system refuses a process (ERR_SELF). */
MUST_USE bool worker_pool_start(struct worker_pool *pool, const struct order *order,
                                const struct secret_value *secrets, struct worker_answer answer,
                                struct err *err);

#endif

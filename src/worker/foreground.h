/* foreground.h - one order performed by reeve-work while the caller waits.
 *
 * Promises: as the pool (worker/pool.h): an empty environment, three descriptors, killed when its
 * deadline and one second more are over, or when the caller ends; what it says counts only when it
 * has ended. Without a result the answer is ORDER_DOUBTED.
 * Refuses: more than one at once; whoever serves uses the pool. */
#ifndef WORKER_FOREGROUND_H
#define WORKER_FOREGROUND_H

#include "base/secret_value.h"
#include "run/order.h"

#include <signal.h>

struct foreground {
    const char *program; /* path of reeve-work */
    const struct order *order;
    const struct secret_value *secrets; /* parallel to order->secret_fields */
    /* When it becomes other than 0, the worker is sent SIGTERM, once; NULL: never. With it the
     * worker is asked to end, not killed, when the caller ends. */
    const volatile sig_atomic_t *stop;
};

/* The result lives in arena. False when nothing was started. */
MUST_USE bool worker_perform(struct arena *arena, const struct foreground *foreground,
                             struct order_result *out_result, struct err *err);

#endif

/* ask_order.h - the order with which reeve-work asks the engine of ask:, for the daemon, for "alert
 * why" and for health:check alike. */
#ifndef MAIN_ASK_ORDER_H
#define MAIN_ASK_ORDER_H

#include "main/config.h"
#include "run/order.h"
#include "telemetry/asked_answer.h"

enum { ASK_BATCH_MAX = 16, ASK_BATCH_BYTES = 128 * 1024 };

/* Questions that are asked at once. */
struct ask_batch {
    const struct str *questions;
    size_t count;      /* at most ASK_BATCH_MAX */
    struct instant at; /* zero: when it is asked */
    bool version;      /* which version the engine is, too */
};

/* As many of the questions, from the first on, as one order takes; at least one. */
size_t ask_batch_count(const struct str *questions, size_t count);
/* In arena, with the name of its secret. */
struct order ask_order(struct arena *arena, const struct config_ask *ask,
                       const struct ask_batch *batch);
/* One answer for each question of the batch, and the version or "". Strings live in arena. A worker
 * that gave none makes each a problem. */
struct asked_answer *ask_answers(struct arena *arena, const struct ask_batch *batch,
                                 const struct order_result *result, struct instant at,
                                 struct str *out_version);

#endif

/* ask.h - questions in PromQL to a Prometheus-compatible engine: order ask (run/order.h).
 *
 * Promises: every question has an answer in the order of the questions, also when the engine gave
 * none: then it is a problem in one sentence. At most ASK_AT_ONCE are under way at once, over
 * connections that are used again; all are of the same instant. An answer of more than
 * ASK_BODY_BYTES is refused. No redirect is followed, so that token and password go nowhere else.
 * DONE: the engine answered, with whatever. FAILED: it answered nothing. REFUSED: the order cannot
 * be read.
 * Refuses: to be linked into the core: here is waited for others. */
#ifndef ASK_ASK_H
#define ASK_ASK_H

#include "run/work.h"

enum { ASK_AT_ONCE = 4, ASK_QUESTIONS_MAX = 16, ASK_BODY_BYTES = 1024 * 1024 };

/* The order's output: {"answers":[…],"version":"2.42.0"}, the answers as telemetry/asked_answer.h
 * has them, the version "" when it was not asked for or the engine does not tell. */
void ask_perform(const struct work *work, struct order_result *out_result);

#endif

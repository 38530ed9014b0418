/* local_ask.h - the engine of ask:, asked once and now by whoever stands at a terminal. */
#ifndef MAIN_LOCAL_ASK_H
#define MAIN_LOCAL_ASK_H

#include "main/ask_order.h"
#include "main/local_rule.h"

/* Answers in the app's arena, one for each question of the batch. What the engine does not give is
 * a problem of an answer; false: it could not even be asked. */
MUST_USE bool local_ask(struct app *app, const struct ask_batch *batch,
                        struct asked_answer **out_answers, struct str *out_version,
                        struct err *err);
/* "alert why" of a rule that is asked: the question, its answer, and what that amounts to. */
MUST_USE bool local_ask_why(struct app *app, const struct local_rule *local, struct instant at,
                            struct err *err);

#endif

/* question_order.h - what a step asks, as an order for reeve-work, and its answer as it is kept. */
#ifndef MAIN_QUESTION_ORDER_H
#define MAIN_QUESTION_ORDER_H

#include "main/config.h"
#include "run/order.h"

/* Who is asked. */
struct question_to {
    const struct config_database *database; /* of production, or of a rehearsal; NULL: none */
    const struct config_backup *backup;     /* NULL: none */
    struct str migrations;                  /* their folder, "": none */
    struct str before; /* JSON of what the last look at slow statements kept, or "" */
};

/* command: of the step: SQL, or the command of a question (run/question.h). Its secrets are named
 * in it. Refused when there is nobody to ask, or by what the SQL is. */
MUST_USE bool question_order(struct arena *arena, const struct question_to *to, struct str command,
                             struct order *out_order, struct err *err);

/* The answer as it is kept, a table in any case, and what is said of it in one line. */
struct question_answer {
    struct json *output;
    struct str summary;
    bool scrub; /* the summary has words of the server: secrets are to be taken out */
};

/* result: with output. False when the output is no JSON. */
MUST_USE bool question_answer_read(struct arena *arena, struct str command,
                                   const struct order_result *result,
                                   struct question_answer *out_answer, struct err *err);

#endif

/* query_order.h - the order with which reeve-work asks the database of reeve.yaml, for db:query and
 * for steps alike. */
#ifndef MAIN_QUERY_ORDER_H
#define MAIN_QUERY_ORDER_H

#include "main/config.h"
#include "run/order.h"

/* What is refused by name is said before anybody is asked; reeve-work looks again. */
MUST_USE bool query_check(struct str sql, struct err *err);
/* Kind, body and deadline, in arena; its secret is the caller's to add. */
MUST_USE bool query_order(struct arena *arena, const struct config_database *database,
                          struct str sql, struct order *out_order, struct err *err);
/* Whether the database answers, directly and by its pooler. */
struct order ping_order(void);

#endif

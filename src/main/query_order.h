/* query_order.h - the orders with which reeve-work asks the database and the backups of reeve.yaml,
 * for commands and for steps alike. */
#ifndef MAIN_QUERY_ORDER_H
#define MAIN_QUERY_ORDER_H

#include "main/config.h"
#include "run/order.h"

/* What is refused by name is said before anybody is asked; reeve-work looks again. */
MUST_USE bool query_check(struct str sql, struct err *err);
/* Kind, body and deadline, in arena; its secret is the caller's to add. */
MUST_USE bool query_order(struct arena *arena, const struct config_database *database,
                          struct str sql, struct order *out_order, struct err *err);
/* Looks (postgres/look.h), "locks" or several with commas; before: JSON of what it kept the last
 * time, or "". */
struct order look_order(struct arena *arena, const struct config_database *database,
                        struct str look, struct str before);
/* Ends what a session does, or the session; id: its start and pid in hex, or "". */
struct order end_order(struct arena *arena, int64_t pid, struct str id, bool terminate);
/* Whether the database answers, directly and by its pooler. */
struct order ping_order(void);
/* What pgBackRest keeps, and whether it is enough. */
struct order backup_order(struct arena *arena, const struct config_backup *backup);
/* The keys that every order about backups has, into the object that is open. */
void backup_order_keys(struct json_writer *w, const struct config_backup *backup);

#endif

/* migrate_order.h - where the migrations of reeve.yaml lie, and the order that looks how far the
 * database is with them, for the command and for steps alike. */
#ifndef MAIN_MIGRATE_ORDER_H
#define MAIN_MIGRATE_ORDER_H

#include "main/config.h"
#include "run/order.h"

/* The folder that is given (--folder), that of reeve.yaml, or the first of the usual ones that is
 * there; a whole path, in arena. "" when there is none. */
struct str migrations_folder(struct arena *arena, const struct config *config, struct str given);
/* What db:status asks. folder: a whole path. */
struct order migrate_status_order(struct arena *arena, struct str folder);

#endif

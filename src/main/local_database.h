/* local_database.h - what local actions that ask the database of reeve.yaml share. */
#ifndef MAIN_LOCAL_DATABASE_H
#define MAIN_LOCAL_DATABASE_H

#include "main/app.h"
#include "worker/foreground.h"

enum { EXIT_FOUND = 1, EXIT_REFUSED = 3, EXIT_OUTSIDE = 4, EXIT_DOUBT = 5 };

/* Reads the configuration; ERR_USAGE when it names no database. */
MUST_USE bool database_read_config(struct app *app, struct err *err);
/* One secret of the order, which must be the address of a database; the caller wipes it. */
MUST_USE bool database_add_address(struct app *app, struct order *order,
                                   const struct config_secret *from, struct secret_value *secret,
                                   struct err *err);
/* Performs foreground's order by reeve-work (its program is filled in here). Of an order that has
 * an output, an answer without one is the error: its detail. */
MUST_USE bool database_perform(struct app *app, struct foreground foreground,
                               struct order_result *out_result, struct err *err);

#endif

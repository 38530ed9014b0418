/* local.h - the actions that the program performs itself, beside a daemon or without one. */
#ifndef MAIN_LOCAL_H
#define MAIN_LOCAL_H

#include "main/app.h"

/* Performs a local action; prints its answer. app->exit_code is 1 when there were findings. */
MUST_USE bool local_perform(struct app *app, const struct call *call, struct err *err);

#endif

/* local_runbook.h - which runbook and which configuration a local action is about.
 *
 * Promises: a runbook by itself is read by itself; the one in force, with its configuration; any,
 * when --config is given. */
#ifndef MAIN_LOCAL_RUNBOOK_H
#define MAIN_LOCAL_RUNBOOK_H

#include "main/app.h"

/* Is there a configuration to ask: the one named, or the one of this folder? */
bool local_config_is_there(const struct app *app);
/* Reads the configuration when there is one; an empty *file becomes its runbook. False when it is
 * needed and cannot be read. */
MUST_USE bool local_find_config(struct app *app, struct str *file, struct err *err);
/* Does the configuration that was read speak of this file, which is NUL-terminated? */
bool local_is_configured(const struct app *app, struct str file);
/* Fills the answers of the findings, where the configuration speaks of the file. */
void local_answer(struct arena *arena, const struct app *app, struct program *program);

#endif

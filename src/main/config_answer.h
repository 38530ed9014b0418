/* config_answer.h - which of a runbook's open decisions the configuration has taken.
 *
 * Promises: a decision is answered only by a key that stands in the file, and the answer names it
 * with its value and line; a default answers nothing. */
#ifndef MAIN_CONFIG_ANSWER_H
#define MAIN_CONFIG_ANSWER_H

#include "main/config.h"
#include "runbook/program.h"

/* Fills finding->answer of every finding that the configuration answers; texts live in arena. */
void config_answer(struct arena *arena, const struct config *config, struct program *program);

#endif

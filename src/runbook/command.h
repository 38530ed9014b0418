/* command.h - what can be known of a command before it runs.
 *
 * Promises: pure; one pass over the command for each question; tables with one row a rule.
 * Refuses: running anything, and guessing what a program does that no row names. */
#ifndef RUNBOOK_COMMAND_H
#define RUNBOOK_COMMAND_H

#include "runbook/program.h"

enum { COMMAND_NAMES_MAX = 64, PLACEHOLDERS_MAX = 32 };

/* The variables that the commands of one fence have set so far. */
struct command_names {
    struct str at[COMMAND_NAMES_MAX];
    int count;
};

enum command_language { LANGUAGE_SHELL, LANGUAGE_SQL, LANGUAGE_CODE };

/* Everything but the form. names: the variables set before; those that the command itself sets are
 * added. */
void command_judge(struct arena *arena, struct str command, enum command_language language,
                   struct command_names *names, struct command_traits *out_traits);
/* What must be filled in, each name once. */
void placeholder_find(struct arena *arena, struct str command, enum command_language language,
                      const struct command_names *names, struct command_traits *out_traits);
const char *placeholder_type_name(enum placeholder_type type);
/* The type that a name speaks of: "user-id" is an id. */
enum placeholder_type placeholder_type_of(struct str name);

/* Does the text begin as a statement of SQL does? */
bool sql_begins(struct str text);
enum sql_effect sql_effect_of(struct str text);
/* What it destroys ("deletes every row of a table"), or "". */
struct str sql_destroys(struct str text);

#endif

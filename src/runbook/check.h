/* check.h - the checks of a whole runbook, one theme a file.
 *
 * Promises: each thing is found once, with its place and what to do about it.
 * Refuses: use outside of this folder, and changing what was read. */
#ifndef RUNBOOK_CHECK_H
#define RUNBOOK_CHECK_H

#include "runbook/builder.h"

void check_find(struct builder *builder, const struct statement *at, enum finding_level level,
                const char *code, struct str text);
/* The first statement with this key, or NULL after remembering this one. */
const struct statement *check_first(struct map *map, struct str key, const struct statement *at);

/* Commands that destroy, never end, are a choice, or have to be filled in. */
void check_commands(struct builder *builder);
/* Procedures that run each other without an end, and references that two headings answer to. */
void check_references(struct builder *builder);
/* Levels that are used and never defined. */
void check_levels(struct builder *builder);
/* Limits that are always or never reached, times that nothing can have. */
void check_values(struct builder *builder, const struct statement *at);

/* What is known of a sentence that is not understood. */
struct unclear {
    struct str leftover;
    struct str *nearest; /* set where the fault tells a nearer one */
    const char **code;   /* set with the fault */
};
/* Why it cannot be: as value_fault, or a limit of a share without its %; "" when nothing is known.
 */
struct str unclear_fault(struct arena *arena, const struct sentence_place *place, struct str text,
                         struct unclear unclear);
/* Why no reading can be right ("25 AM is no time of day"), with its code; "" when none is known. */
struct str value_fault(struct arena *arena, struct str text, struct str leftover,
                       const char **out_code);

#endif

/* same_heading.h - headings that several runbooks have: "run the Rollback procedure" then names
 * none of them.
 *
 * Promises: one finding a file at most, with the other file and line; a bounded number of headings
 * is kept, however many files are read.
 * Refuses: comparing headings of one word, except titles: each file has its "Diagnosis". */
#ifndef RUNBOOK_SAME_HEADING_H
#define RUNBOOK_SAME_HEADING_H

#include "base/map.h"
#include "runbook/program.h"

enum { SAME_HEADINGS_MAX = 16384 };

struct same_heading {
    struct map seen;     /* heading in small letters → where it stands */
    struct arena *arena; /* for what outlives a file */
};

void same_heading_init(struct same_heading *same, struct arena *arena);
void same_heading_done(struct same_heading *same);
/* Adds a hint to the program when an earlier one had one of its headings: its title, or a heading
 * with steps or commands under it. */
void same_heading_check(struct same_heading *same, struct arena *arena, struct program *program);

#endif

/* repair.h - the lines of a source mended for the Markdown reader, in one pass.
 *
 * Promises: what is put in or left out stands outside of every word, and each repaired line knows
 * its source line. Refuses: use outside of source.c. */
#ifndef RUNBOOK_REPAIR_H
#define RUNBOOK_REPAIR_H

#include "runbook/source.h"

/* Fills repaired, starts, moved, origin and fence from the lines; the first `front` of them are
 * front matter and become empty. */
MUST_USE bool repair_lines(struct arena *arena, int front, struct source *source, struct err *err);
/* Refuses a paragraph whose lines times brackets are over LIMIT_RUNBOOK_PARAGRAPH; fence is known.
 */
MUST_USE bool weigh_paragraphs(const struct source *source, struct err *err);

#endif

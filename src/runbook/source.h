/* source.h - the bytes of a runbook made fit for the Markdown reader, every line still in its
 * place.
 *
 * Promises: refuses what no reading can be given of with the place (not UTF-8, NUL, too long, too
 * deep, too wide a table, a fence or comment that is never closed); repairs what the Markdown
 * reader would misread (docs/decisions/0010), and knows of every repaired byte the line and column
 * it has in the source.
 * Refuses: changing a word. */
#ifndef RUNBOOK_SOURCE_H
#define RUNBOOK_SOURCE_H

#include "base/limits.h"
#include "base/str.h"

struct source {
    struct str file;
    struct str *lines; /* 0-based, without the line end */
    int line_count;
    struct str repaired; /* what the Markdown reader is given */
    size_t *starts;      /* where each repaired line begins, behind blanks put before it */
    int *moved;          /* bytes left out at the front of each; below 0: put in behind marks */
    int *origin;         /* source line (from 1) of each repaired line; 0 for an inserted one */
    int repaired_count;
    int *fence; /* by line: the line of the fence mark it stands behind, its own for a mark; or 0 */
};

MUST_USE bool source_read(struct arena *arena, struct str file, struct str bytes,
                          struct source *out_source, struct err *err);
/* Index of the repaired line that holds byte `offset` of source->repaired. */
int source_repaired_line(const struct source *source, size_t offset);
/* The same, sooner when it is `near` or one of the next lines. */
int source_repaired_line_near(const struct source *source, size_t offset, int near);
/* The column (from 1, in bytes) that byte `offset` of source->repaired, which stands in that line
 * of it, has in its source line. */
int source_column(const struct source *source, size_t offset, int repaired_line);
/* Fails with the file's place and a sentence. */
bool source_refuse(const struct source *source, int line, int column, struct err *err,
                   const char *sentence);

#endif

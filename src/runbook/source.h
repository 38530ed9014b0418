/* source.h - the bytes of a runbook made fit for the Markdown reader, every line still in its
 * place.
 *
 * Promises: refuses what no reading can be given of with the place (not UTF-8, NUL, too long, too
 * deep, too wide a table); repairs what the Markdown reader would misread (byte-order mark, CRLF,
 * a table directly after a paragraph, front matter) without moving a column.
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
    size_t *starts;      /* where each repaired line begins */
    int *origin;         /* source line (from 1) of each repaired line; 0 for an inserted one */
    int repaired_count;
};

MUST_USE bool source_read(struct arena *arena, struct str file, struct str bytes,
                          struct source *out_source, struct err *err);
/* Index of the repaired line that holds byte `offset` of source->repaired. */
int source_repaired_line(const struct source *source, size_t offset);
/* The fence mark at the front of line behind blanks and quote marks: its character and length, or
 * 0 when there is none. *out_rest gets what follows the mark. */
char source_fence_mark(struct str line, size_t *out_length, struct str *out_rest);

#endif

/* grid.h - what a query gave, as people read it: aligned columns, cut at the width of the
 * terminal.
 *
 * Promises: control characters and signs that turn the writing around are shown as ·, so that no
 * cell moves the cursor; NULL is NULL; what was left out is said.
 * Refuses: guessing a width: whoever prints knows it. */
#ifndef POSTGRES_GRID_H
#define POSTGRES_GRID_H

#include "base/json.h"

/* result: one of the results of postgres.query: "columns", "rows", "count", …. width 0: nothing is
 * cut. */
void grid_write(struct text *out, const struct json *result, size_t width);

/* Columns that s takes on a terminal. */
size_t grid_width(struct str s);
/* s with its control characters as ·, at most width columns; a cut one ends in …. */
void grid_cell(struct text *out, struct str s, size_t width);

#endif

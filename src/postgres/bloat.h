/* bloat.h - how many pages a table or a btree index would have if it were made anew.
 *
 * From the columns in their real order: each is aligned as PostgreSQL aligns it, so that padding
 * between them is no bloat. Where widths vary, the place of the next column is a chance: what is
 * computed is its mean over all eight remainders. Refuses: TOAST tables, and other kinds of
 * indexes. Pure. */
#ifndef POSTGRES_BLOAT_H
#define POSTGRES_BLOAT_H

#include <stdbool.h>
#include <stddef.h>

struct bloat_column {
    double width;      /* bytes of a value that is not NULL, as it is stored */
    int align;         /* 1, 2, 4, 8 */
    bool varies;       /* its width is a mean; short ones are not aligned */
    double null_share; /* of the rows, 0 to 1 */
};

struct bloat_page {
    double bytes;        /* of a page: 8192 */
    double fill_percent; /* fillfactor */
};

/* Bytes of a row's values, from a place that is aligned, without what makes it whole eights. */
struct bloat_data {
    double bytes;   /* with padding between the columns */
    double aligned; /* and up to the next multiple of eight */
};
struct bloat_data bloat_data_of(const struct bloat_column *columns, size_t count);

/* Pages of a table of so many rows; attributes: all it ever had, dropped ones, too. */
double bloat_table_pages(const struct bloat_column *columns, size_t count, double rows,
                         const struct bloat_page *page);

struct bloat_index {
    double rows;
    double distinct; /* different keys among them */
    bool merges;     /* equal keys are kept once, with a list of rows (deduplication) */
    struct bloat_page page;
};
double bloat_index_pages(const struct bloat_column *columns, size_t count,
                         const struct bloat_index *index);

#endif

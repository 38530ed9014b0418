/* bloat.c - how many pages a table or a btree index would have if it were made anew. */
#include "postgres/bloat.h"

#include <math.h>

enum { EIGHT = 8, PAGE_HEAD = 24, ITEM = 4, ROW_HEAD = 23, ROWS_MOST = 291 };
enum { INDEX_SPECIAL = 16, INDEX_HEAD = 8, INDEX_HEAD_NULLS = 16, ROW_ID = 6 };

#define SHORT_MOST      127.0 /* up to so many bytes a value is not aligned */
#define INTERNAL_FILL   0.7
#define POSTING_PERCENT 10.0 /* of a page: the longest list of rows when an index is made */

/* Where the next byte goes: the share of rows for each remainder by eight, and the mean. */
struct place {
    double share[EIGHT];
    double bytes;
};

static void align(struct place *place, int to)
{
    double moved[EIGHT] = {0};
    if (to <= 1)
        return;
    for (int at = 0; at < EIGHT; at++) {
        int pad = (to - at % to) % to;
        moved[(at + pad) % EIGHT] += place->share[at];
        place->bytes += place->share[at] * pad;
    }
    for (int at = 0; at < EIGHT; at++)
        place->share[at] = moved[at];
}

/* A value of a width that varies ends anywhere. */
static void add(struct place *place, const struct bloat_column *column)
{
    double moved[EIGHT] = {0};
    long whole = (long)column->width;
    for (int at = 0; at < EIGHT; at++)
        if (column->varies)
            moved[at] = 1.0 / EIGHT;
        else
            moved[(at + whole) % EIGHT] += place->share[at];
    for (int at = 0; at < EIGHT; at++)
        place->share[at] = moved[at];
    place->bytes += column->width;
}

struct bloat_data bloat_data_of(const struct bloat_column *columns, size_t count)
{
    struct place place = {.share = {1.0}};
    for (size_t i = 0; i < count; i++) {
        const struct bloat_column *column = &columns[i];
        struct place there = place;
        if (!column->varies || column->width > SHORT_MOST)
            align(&there, column->align);
        add(&there, column);
        double share = 1 - column->null_share;
        for (int at = 0; at < EIGHT; at++)
            place.share[at] = share * there.share[at] + (1 - share) * place.share[at];
        place.bytes = share * there.bytes + (1 - share) * place.bytes;
    }
    struct bloat_data data = {.bytes = place.bytes};
    align(&place, EIGHT);
    data.aligned = place.bytes;
    return data;
}

static double share_with_nulls(const struct bloat_column *columns, size_t count)
{
    double without = 1;
    for (size_t i = 0; i < count; i++)
        without *= 1 - columns[i].null_share;
    return 1 - without;
}

static double eights(double bytes)
{
    return ceil(bytes / EIGHT) * EIGHT;
}

static bool any_varies(const struct bloat_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (columns[i].varies || (columns[i].null_share > 0 && columns[i].null_share < 1))
            return true;
    return false;
}

double bloat_table_pages(const struct bloat_column *columns, size_t count, double rows,
                         const struct bloat_page *page)
{
    double nulls = share_with_nulls(columns, count);
    double head =
        nulls * eights(ROW_HEAD + ceil((double)count / EIGHT)) + (1 - nulls) * eights(ROW_HEAD);
    double row = head + bloat_data_of(columns, count).aligned + ITEM;
    double room = page->bytes - PAGE_HEAD - page->bytes * (100 - page->fill_percent) / 100;
    double fit = room / row;
    if (!any_varies(columns, count) || fit < 1)
        fit = fit < 1 ? 1 : floor(fit);
    else
        fit = (room - row / 2 + ITEM) / row; /* in the mean half a row has no room at the end */
    if (fit > ROWS_MOST)
        fit = ROWS_MOST;
    if (fit < 1)
        fit = 1;
    return ceil(rows / fit);
}

/* Bytes that a key of so many equal rows takes: one item, or lists of rows that are not too long.
 */
static double key_bytes(double key, double rows, double most)
{
    double lists = most >= 2 ? ceil(rows / most) : rows;
    double each = rows / lists;
    return lists * ((each > 1 ? eights(key + each * ROW_ID) : key) + ITEM);
}

/* Bytes of so many rows with so many different keys. */
static double items_bytes(double key, double rows, double distinct, const struct bloat_index *index)
{
    if (!index->merges || distinct < 1 || distinct >= rows)
        return rows * (key + ITEM);
    double most = floor((index->page.bytes * POSTING_PERCENT / 100 - key) / ROW_ID);
    double least = floor(rows / distinct);
    double more = rows / distinct - least; /* the share of keys that one row more has */
    return distinct *
           ((1 - more) * key_bytes(key, least, most) + more * key_bytes(key, least + 1, most));
}

double bloat_index_pages(const struct bloat_column *columns, size_t count,
                         const struct bloat_index *index)
{
    double nulls = share_with_nulls(columns, count);
    double room = index->page.bytes - PAGE_HEAD - INDEX_SPECIAL;
    double key =
        nulls * INDEX_HEAD_NULLS + (1 - nulls) * INDEX_HEAD + bloat_data_of(columns, count).aligned;
    double all = items_bytes(key, index->rows, index->distinct, index);
    if (count == 1 && nulls > 0 && nulls < 1) { /* NULLs are one key, and the others have none */
        struct bloat_column filled = columns[0];
        filled.null_share = 0;
        key = INDEX_HEAD + bloat_data_of(&filled, 1).aligned;
        all = items_bytes(key, index->rows * (1 - nulls), index->distinct, index) +
              items_bytes(INDEX_HEAD_NULLS, index->rows * nulls, 1, index);
    }
    /* Each page has its high key, too. */
    double leaf = room * index->page.fill_percent / 100 - (key + ITEM);
    double leaves = ceil(all / (leaf > key + ITEM ? leaf : key + ITEM));
    double pages = 1 + leaves;
    double level = leaves;
    while (level > 1) {
        level = ceil(level * (key + ITEM) / (room * INTERNAL_FILL));
        pages += level;
    }
    return pages;
}

/* table.h - what the readers of tables share.
 *
 * Promises: what a column holds is said by its header, once for all rows of a table.
 * Refuses: use outside of the readers of tables. */
#ifndef RUNBOOK_TABLE_H
#define RUNBOOK_TABLE_H

#include "runbook/builder.h"

enum column_role {
    COLUMN_UNKNOWN,
    COLUMN_PROSE, /* notes, reasons, owners, places: nothing in it is a rule */
    COLUMN_LEVEL,
    COLUMN_NAME, /* what a limit or a time is of */
    COLUMN_DEFINITION,
    COLUMN_THRESHOLD,
    COLUMN_WARNING,
    COLUMN_CRITICAL,
    COLUMN_TARGET,
    COLUMN_HOLD,   /* "Duration", "For" */
    COLUMN_PERIOD, /* "Window", "Measured over" */
    COLUMN_RECURRENCE,
    COLUMN_RETENTION,
    COLUMN_RTO,
    COLUMN_RPO,
    COLUMN_ACTION,
    COLUMN_DUTY,    /* "First-touch SLA", "Resolve target": a time that a severity asks for */
    COLUMN_QUANTILE /* "Percentile" */
};

enum { TABLE_COLUMNS_MAX = 64, TABLE_STATEMENTS_MAX = 12 };

/* A row with its head; roles has one role for each column. What is made of it is added only when
 * the whole row was understood. */
struct table_row {
    struct builder *builder;
    const struct piece *row, *head;
    const struct sentence_place *place;
    const enum column_role *roles;
    bool used[TABLE_COLUMNS_MAX]; /* a rule has read the cell */
    struct statement made[TABLE_STATEMENTS_MAX];
    int made_count;
    bool half;           /* something was not understood: */
    struct str leftover; /* this */
};

/* The role of each column of head, in arena. */
enum column_role *table_roles(struct arena *arena, const struct piece *head);
/* First column with the role, or -1. */
int table_column(const struct table_row *table, enum column_role role);
/* The cell's text; "" outside of the row. */
struct str table_cell(const struct table_row *table, int column);
/* Does the header hold the words, whole and in any case? */
bool table_has_words(struct str header, const char *words);
struct str table_header(const struct table_row *table, int column);
/* "", "-", "n/a", "none", "TBD": nothing is said. */
bool table_is_empty(struct str text);
/* Begins reading what a row says; its statements are the row's. */
void table_begin(struct table_row *table, const struct sentence_place *place, struct str text);
/* What the sentence was read as belongs to the row. */
void table_take(struct table_row *table);
/* The row is not understood whole; the first leftover is the one that is said. */
void table_refuse(struct table_row *table, struct str leftover);
/* Adds what was made of the row, or one unclear statement when a part of it, or a cell that would
 * change a rule, was not read. False when nothing was made and nothing refused. */
bool table_commit(struct table_row *table);
bool table_has_number(struct str text);

/* One cell of limits of a metric; level is that of the column or the row, or "". */
void table_read_threshold(struct table_row *table, int column, struct str metric, struct str level);
/* table_limits.c: alerts and objectives of the row; false when it has none. */
bool table_read_limits(struct table_row *table);

#endif

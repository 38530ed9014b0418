/* database.h - a connection of a probe, and its results as samples. */
#ifndef PROBE_DATABASE_H
#define PROBE_DATABASE_H

#include "postgres/connect.h"
#include "probe/probe.h"

struct database {
    struct address address;
    struct link link;
};

/* By the order's secret "url"; name: the database instead of the address's own, or NULL. The link
 * is open when it is true; else the probe has its failure. */
MUST_USE bool database_open(struct probe *probe, struct database *database, const char *name);
/* Why the last question has no rows, as the probe's failure. what: "the replication". */
void database_fail(struct probe *probe, struct database *database, const PGresult *result,
                   const char *what);

/* Columns that become labels, and those that become samples. */
struct database_columns {
    const char *labels[3];      /* columns; NULL ends them */
    const char *label_names[3]; /* what the labels are called; NULL: as the column */
    struct {
        const char *column, *metric;
        double scale; /* 0: 1 */
    } values[12];
};
/* One sample for each value of each row; empty values and columns that are not there, as other
 * versions have others, are left out. */
void database_add(struct probe *probe, const PGresult *result,
                  const struct database_columns *columns);

#endif

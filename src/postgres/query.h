/* query.h - what the parts of postgres.query share. */
#ifndef POSTGRES_QUERY_H
#define POSTGRES_QUERY_H

#include "postgres/connect.h"
#include "postgres/sql.h"
#include "run/order.h"

struct query {
    struct arena *arena;
    struct arena row; /* of one row's texts */
    struct json_writer *w;
    struct str block;
    struct str application; /* by which the server knows us */
    int64_t timeout_ms;     /* of each statement */
    int64_t until_us;       /* of all, by clock_boot_us */
    struct address address;
    struct sql_block statements;
    struct link link;
    bool lost; /* the connection, or the transaction */
    enum order_outcome outcome;
    struct str detail; /* why it is not ORDER_DONE */
};

/* One statement while it is read. */
struct reading {
    const struct sql_statement *statement;
    bool columns_written;
    int columns_left_out;
    int64_t count, shown, hidden; /* rows; hidden: those with <insufficient privilege> */
    int64_t secrets;              /* rows in which a password was hidden */
    int64_t mistaken;             /* tables that are measured as others */
    bool more;                    /* there are more than were counted */
    bool full;                    /* the answer has no room for more */
    size_t bytes_most;            /* length of the answer behind its last row */
    double ms;
};

/* Text without bytes that are no UTF-8. */
struct str query_clean(struct arena *arena, struct str s);
/* The whole of it failed. */
void query_fail(struct query *query, const char *sentence);
/* "error": what PostgreSQL says, where in the block, and what helps. error NULL: the connection is
 * gone. */
void query_write_error(struct query *query, const struct reading *reading, const PGresult *error);
/* A statement that went well and is wrong all the same: "repair". */
void query_write_doubt(struct query *query, struct reading *reading);
void query_write_notes(struct query *query, const struct reading *reading);

#endif

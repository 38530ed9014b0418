/* connect.h - one connection to a server, with a deadline for each wait.
 *
 * Promises: no wait is longer than until_us; errors are read with their SQLSTATE, in any language;
 * notices are dropped; the host's own configuration (PGHOST, service files) changes nothing that
 * the address says.
 * Refuses: options that libpq does not know; they are named in ignored. */
#ifndef POSTGRES_CONNECT_H
#define POSTGRES_CONNECT_H

#include "postgres/failure.h"

#include <libpq-fe.h>

struct link {
    struct arena *arena;
    const struct address *address;
    PGconn *conn;
    int64_t until_us; /* by clock_boot_us */
    double connect_ms;
    bool timed_out;
    struct str ignored;     /* "schema, pgbouncer" */
    struct failure failure; /* when link_open is false */
    /* While something is waited for: called every LINK_TICK_MS, or NULL. It may cancel. */
    void (*tick)(void *context);
    void *tick_context;
};
enum { LINK_TICK_MS = 250 };

/* database: instead of the address's own, or NULL. The address has to outlive the link. */
MUST_USE bool link_open(struct link *link, struct arena *arena, const struct address *address,
                        const char *database, int64_t until_us);
void link_close(struct link *link);
#define LINK_SCOPED __attribute__((cleanup(link_close))) struct link

/* One statement with text parameters (may be NULL), all of its rows. NULL: the connection is lost
 * or the time is over. The caller clears it. */
PGresult *link_ask(struct link *link, const char *sql, const char *const *values, int count);
/* One command by the simple protocol, which is all that a pooler's own console understands. */
PGresult *link_tell(struct link *link, const char *sql);
/* The next result of what was sent; NULL at its end, or when timed_out or the connection is lost.
 */
PGresult *link_next(struct link *link);

/* The last result of what was sent: the earlier ones of it are thrown away. As link_ask. */
PGresult *link_last(struct link *link);

static inline void link_clear(PGresult *const *result)
{
    PQclear(*result);
}
#define RESULT_SCOPED __attribute__((cleanup(link_clear))) PGresult *

/* Rows, or a command that was done; NULL is neither. */
bool link_is_ok(const PGresult *result);
/* One statement whose rows nobody wants: did it go well? */
bool link_do(struct link *link, const char *sql);

/* Column `at` of the first row, or "". */
struct str link_value(const PGresult *result, int at);
/* A name as SQL has it, in quotes: "\"shop\"". */
struct str link_quoted(struct arena *arena, struct str name);

#endif

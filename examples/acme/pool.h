/* pool.h - a small pool of PostgreSQL connections on the event loop, by asynchronous libpq.
 *
 * Promises: never blocks; every question is answered exactly once; a lost connection is made anew;
 * who finds no free connection waits in line, at most POOL_WAIT_MS and POOL_LINE questions.
 * Refuses: transactions of several statements: a question is one statement. */
#ifndef ACME_POOL_H
#define ACME_POOL_H

#include "base/err.h"

#include <libpq-fe.h>

enum { POOL_MOST = 64, POOL_LINE = 256, POOL_WAIT_MS = 2000, POOL_VALUES = 6 };

struct event_base;
struct pool;

/* One statement with its parameters; all strings must live until the answer. */
struct question {
    const char *sql;
    int value_count;
    const char *values[POOL_VALUES];
    /* result is NULL when no answer of the database came; trouble is NULL when all went well. The
     * result is cleared by the pool afterwards. */
    void (*answer)(void *owner, const PGresult *result, const char *trouble);
    void *owner;
};

MUST_USE bool pool_open(struct event_base *base, const char *conninfo, int size,
                        struct pool **out_pool, struct err *err);
/* Unanswered questions are answered with trouble. */
void pool_close(struct pool *pool);
void pool_ask(struct pool *pool, const struct question *question);

/* The fault: up to count connections are taken, left inside an open transaction and not given back.
 * 0 gives them back. */
void pool_leak(struct pool *pool, int count);

int pool_size(const struct pool *pool);
int pool_in_use(const struct pool *pool); /* busy and leaked */
int pool_waiting(const struct pool *pool);
int pool_connected(const struct pool *pool);

#endif

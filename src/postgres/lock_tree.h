/* lock_tree.h - who waits for whom, as PostgreSQL itself decides it.
 *
 * Edges are those of pg_blocking_pids: of locks that are held, and of requests that stand before in
 * the queue for one. Promises: each session stands in the tree once, below one of those that it
 * waits for; circles are cut and said. Pure. */
#ifndef POSTGRES_LOCK_TREE_H
#define POSTGRES_LOCK_TREE_H

#include "postgres/look.h"

enum { LOCK_SESSIONS_MAX = 2000, LOCK_BLOCKERS_MAX = 64 /* kept of one waiter */ };
#define LOCK_NOBODY SIZE_MAX

struct lock_blocker {
    size_t session;
    bool holds; /* else it only stands before in the queue */
};

struct lock_session {
    int64_t pid;    /* 0: a prepared transaction, which has no process */
    struct str gid; /* its name, or "" */
    struct str id;  /* as PostgreSQL's log has it (%c): start and pid in hex; "" unknown */
    struct str user, application, database, client, state, type, query;
    struct str holds; /* "AccessExclusiveLock on public.orders", of what somebody waits for */
    bool is_there;    /* pg_stat_activity has it */
    bool is_known;    /* and we may see what it does */
    double state_s, transaction_s;

    bool waits;
    struct str mode, on, object; /* object: the same for all who want it */
    double wait_s;               /* below 0: not told */
    struct lock_blocker blockers[LOCK_BLOCKERS_MAX];
    size_t blocker_count, blockers_left_out;

    size_t parent; /* LOCK_NOBODY: a root */
    size_t depth;
    size_t behind;    /* sessions below it in the tree */
    double longest_s; /* the longest wait of those */
    bool in_circle;   /* a deadlock that PostgreSQL has not ended yet */
};

struct lock_tree {
    struct lock_session *sessions;
    size_t count;
    bool full;     /* there were more */
    size_t *order; /* as it is read: each behind what it waits for */
};

/* locks: waiting and held requests of all objects for which somebody waits; safe: those who wait
 * for a safe snapshot; people: the sessions. */
struct lock_tree lock_tree_make(struct arena *arena, const struct look_table *locks,
                                const struct look_table *safe, const struct look_table *people);
/* Do two modes of a lock exclude each other? Unknown modes do. */
bool lock_modes_conflict(struct str a, struct str b);

#endif

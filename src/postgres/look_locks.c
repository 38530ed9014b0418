/* look_locks.c - db:locks: the tree of who waits for whom, and which end to pull. */
#include "postgres/look_all.h"

#include "base/noun.h"
#include "postgres/lock_tree.h"

enum { LOCKS, SAFE, PEOPLE };

#define WAIT_LEAST_S 1.0 /* shorter waits are the ordinary life of a database */

/* One reading of the lock table, so that who waits and who holds are of one moment. Parallel
 * workers count as their leader. A prepared transaction has no pid: its locks are those of the
 * virtual transaction that holds its transaction id. */
/* clang-format off */
const struct look_question look_locks_questions[] = {
    [LOCKS] = {.what = "The locks",
     .sql = "WITH l AS MATERIALIZED (SELECT *, concat_ws('/', locktype, database, relation, "
            "page, tuple, virtualxid, transactionid, classid, objid, objsubid) AS object FROM "
            "pg_locks), w AS (SELECT DISTINCT object FROM l WHERE NOT granted), p AS (SELECT "
            "l.virtualtransaction, x.gid, x.owner, x.database, x.prepared FROM l JOIN "
            "pg_prepared_xacts x ON x.transaction = l.transactionid WHERE l.locktype = "
            "'transactionid' AND l.pid IS NULL AND l.granted) SELECT coalesce(a.leader_pid, "
            "l.pid, 0) AS pid, l.granted, l.mode, l.object, CASE l.locktype WHEN "
            "'transactionid' THEN coalesce((SELECT 'a row of ' || "
            "coalesce(t.oid::regclass::text, 'relation ' || h.relation) FROM l h LEFT JOIN "
            "pg_class t ON t.oid = h.relation AND h.database = (SELECT oid FROM pg_database "
            "WHERE datname = current_database()) WHERE h.locktype = 'tuple' AND h.granted AND "
            "h.pid = l.pid LIMIT 1), 'what transaction ' || l.transactionid || ' wrote') WHEN "
            "'virtualxid' THEN 'the end of a transaction' WHEN 'advisory' THEN CASE l.objsubid "
            "WHEN 1 THEN 'advisory lock ' || (l.classid::bigint << 32 | l.objid::bigint) ELSE "
            "'advisory lock (' || l.classid::int8::bit(32)::int || ', ' || "
            "l.objid::int8::bit(32)::int || ')' END WHEN 'tuple' THEN 'a row of ' || "
            "coalesce(c.oid::regclass::text, 'relation ' || l.relation) WHEN 'relation' THEN "
            "coalesce(c.oid::regclass::text, 'relation ' || l.relation) ELSE l.locktype || "
            "coalesce(' ' || coalesce(c.oid::regclass::text, l.relation::text), '') END || CASE "
            "WHEN l.database <> 0 AND d.datname <> current_database() THEN ' in database ' || "
            "d.datname ELSE '' END AS \"on\", extract(epoch FROM clock_timestamp() - "
            "l.waitstart) AS wait_s, CASE WHEN NOT l.granted THEN "
            "array_to_string(pg_blocking_pids(coalesce(a.leader_pid, l.pid)), ' ') END AS "
            "blockers, p.gid, p.owner AS prepared_by, p.database AS prepared_in, extract(epoch "
            "FROM clock_timestamp() - p.prepared) AS prepared_s FROM l JOIN w USING (object) "
            "LEFT JOIN pg_stat_activity a ON a.pid = l.pid LEFT JOIN pg_database d ON d.oid = "
            "l.database LEFT JOIN pg_class c ON c.oid = l.relation AND (l.database = 0 OR "
            "d.datname = current_database()) LEFT JOIN p ON l.pid IS NULL AND "
            "l.virtualtransaction = p.virtualtransaction ORDER BY l.waitstart NULLS LAST, 1"},
    [SAFE] = {.what = "Those who wait for a safe snapshot",
     .sql = "SELECT pid, false AS granted, 'SafeSnapshot' AS mode, 'a safe snapshot' AS \"on\", "
            "'' AS object, extract(epoch FROM clock_timestamp() - query_start) AS wait_s, "
            "array_to_string(pg_safe_snapshot_blocking_pids(pid), ' ') AS blockers, NULL AS gid "
            "FROM pg_stat_activity WHERE wait_event = 'SafeSnapshot'"},
    [PEOPLE] = {.what = "The sessions",
     .sql = "SELECT a.pid, to_hex(trunc(extract(epoch FROM a.backend_start))::bigint) || '.' || "
            "to_hex(a.pid) AS session, a.usename AS user, a.application_name AS application, "
            "a.datname AS database, coalesce(host(a.client_addr), CASE WHEN a.backend_type = "
            "'client backend' THEN 'local' END) AS client, a.state, a.backend_type AS type, "
            "extract(epoch FROM clock_timestamp() - coalesce(CASE WHEN a.state = 'active' THEN "
            "a.query_start END, a.state_change, a.backend_start)) AS state_s, extract(epoch "
            "FROM clock_timestamp() - a.xact_start) AS transaction_s, "
            "left(regexp_replace(a.query, '\\s+', ' ', 'g'), 300) AS query FROM "
            "pg_stat_activity a WHERE a.pid IN (SELECT pid FROM pg_locks) OR a.backend_xmin IS "
            "NOT NULL"},
};
/* clang-format on */

/* "run 318 step 4" of an application name that Reeve gives to what it starts, or "". */
static struct str of_reeve(const struct lock_session *session)
{
    return str_starts(session->application, "reeve ")
               ? str_from(session->application, strlen("reeve "))
               : STR("");
}

/* "pid 4711 (app, run 318 step 4 of Reeve)" */
static struct str name_of(struct arena *arena, const struct lock_session *session)
{
    struct str reeve = of_reeve(session);
    if (session->pid == 0)
        return session->gid.n > 0 ? str_printf(arena, "the prepared transaction %.*s of %.*s",
                                               STR_ARGS(session->gid), STR_ARGS(session->user))
                                  : STR("a prepared transaction");
    if (session->user.n == 0)
        return str_printf(arena, "pid %lld%s%.*s%s", (long long)session->pid,
                          session->type.n > 0 ? " (" : "", STR_ARGS(session->type),
                          session->type.n > 0 ? ")" : "");
    bool plain = reeve.n == 0 && session->application.n > 0;
    return str_printf(arena, "pid %lld (%.*s%s%.*s%s)", (long long)session->pid,
                      STR_ARGS(session->user), session->application.n > 0 ? ", " : "",
                      STR_ARGS(plain ? session->application : reeve),
                      reeve.n > 0 ? " of Reeve" : "");
}

/* "idle in transaction for 5 min 3 s" */
static struct str state_of(struct arena *arena, const struct lock_session *session)
{
    struct str state = session->state;
    if (!session->is_there)
        return STR("gone since");
    if (!session->is_known)
        return STR("what it does is hidden from this user");
    if (state.n == 0)
        state = session->type;
    return str_printf(arena, "%.*s for %.*s", STR_ARGS(state),
                      STR_ARGS(look_figure(arena, session->state_s, "s")));
}

static bool is_client(const struct lock_session *session)
{
    return str_is(session->type, "client backend");
}

/* What ends it, as a clause behind "; ". */
static struct str remedy_of(struct arena *arena, const struct lock_session *session)
{
    if (session->pid == 0)
        return str_printf(arena,
                          "whoever prepared it has to end it, in database %.*s: COMMIT PREPARED or "
                          "ROLLBACK PREPARED '%.*s'",
                          STR_ARGS(session->database), STR_ARGS(session->gid));
    if (!session->is_there)
        return STR("look again");
    if (session->id.n == 0)
        return STR("GRANT pg_monitor shows what it does, before anybody cancels it");
    if (str_find(session->query, "to prevent wraparound", 0) < session->query.n)
        return STR("it prevents a wraparound: let it end, it comes again at once otherwise");
    if (str_is(session->type, "autovacuum worker"))
        return STR("an autovacuum lets others go before it by itself after deadlock_timeout");
    if (!is_client(session))
        return STR("it is a process of the server's own, not to be cancelled");
    if (str_is(session->state, "active"))
        return str_printf(arena, "cancel its statement: reeve db:locks --cancel %.*s",
                          STR_ARGS(session->id));
    return str_printf(arena,
                      "end its transaction where it was begun, or its session: reeve db:locks "
                      "--terminate %.*s (a cancel does not reach an idle session)",
                      STR_ARGS(session->id));
}

static void find_root(struct look *look, const struct lock_session *root)
{
    struct arena *arena = look->arena;
    struct str name = name_of(arena, root);
    struct look_mark mark = {root->in_circle ? "deadlock" : "blocked", name, (double)root->behind,
                             "sessions"};
    struct str longest = look_figure(arena, root->longest_s, "s");
    if (root->in_circle)
        look_find(look, mark,
                  "%.*s and those below it wait for each other: PostgreSQL ends one of them after "
                  "deadlock_timeout; take locks in one order.",
                  STR_ARGS(name));
    else
        look_find(look, mark,
                  "%.*s%s%.*s, %.*s, and keeps %zu %s waiting, the longest for %.*s; %.*s.",
                  STR_ARGS(name), root->holds.n > 0 ? " holds " : " is in the way",
                  STR_ARGS(root->holds), STR_ARGS(state_of(arena, root)), root->behind,
                  noun((int64_t)root->behind, "session", "sessions"), STR_ARGS(longest),
                  STR_ARGS(remedy_of(arena, root)));
}

/* Those who would go on at once without this waiter: they wait for its request only. */
static size_t count_queued(const struct lock_tree *tree, size_t at)
{
    size_t count = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct lock_session *one = &tree->sessions[i];
        count +=
            one->blocker_count == 1 && one->blockers[0].session == at && !one->blockers[0].holds;
    }
    return count;
}

/* The outage of the lock queue: many wait behind one who waits himself. */
static void find_queue(struct look *look, const struct lock_tree *tree, size_t at)
{
    const struct lock_session *session = &tree->sessions[at];
    struct arena *arena = look->arena;
    size_t count = session->waits ? count_queued(tree, at) : 0;
    if (count == 0 || session->longest_s < WAIT_LEAST_S)
        return;
    struct str name = name_of(arena, session);
    look_find(look, (struct look_mark){"queue", name, (double)count, "sessions"},
              "%.*s waits itself for %.*s on %.*s, and %zu %s only because %s came after it; to "
              "let %s go on at once, %.*s.",
              STR_ARGS(name), STR_ARGS(session->mode), STR_ARGS(session->on), count,
              noun((int64_t)count, "other waits", "others wait"),
              noun((int64_t)count, "it", "they"), noun((int64_t)count, "it", "them"),
              STR_ARGS(remedy_of(arena, session)));
}

static void show(struct look *look, const struct lock_tree *tree)
{
    struct arena *arena = look->arena;
    struct look_result result;
    look_result_open(look, "Who waits for whom: each below what it waits for",
                     "pid session who waits_for #wait_s state query", &result);
    for (size_t i = 0; i < tree->count; i++) {
        const struct lock_session *one = &tree->sessions[tree->order[i]];
        struct str none = {NULL, 0};
        struct str reeve = of_reeve(one);
        look_row_open(&result);
        look_put(&result, one->pid > 0 ? str_printf(arena, "%*s%lld", (int)one->depth * 2, "",
                                                    (long long)one->pid)
                                       : str_printf(arena, "%*sprepared %.*s", (int)one->depth * 2,
                                                    "", STR_ARGS(one->gid)));
        look_put(&result, one->id.n > 0 ? one->id : none);
        look_put(&result, reeve.n > 0 ? str_printf(arena, "%.*s, %.*s of Reeve",
                                                   STR_ARGS(one->user), STR_ARGS(reeve))
                          : one->application.n > 0
                              ? str_printf(arena, "%.*s, %.*s", STR_ARGS(one->user),
                                           STR_ARGS(one->application))
                              : one->user);
        look_put(&result, one->waits ? str_printf(arena, "%.*s on %.*s", STR_ARGS(one->mode),
                                                  STR_ARGS(one->on))
                                     : none);
        if (one->waits && one->wait_s >= 0)
            look_put_real(&result, one->wait_s);
        else
            look_put(&result, one->waits ? STR("unknown") : none);
        look_put(&result, state_of(arena, one));
        look_put(&result, one->query);
        look_row_close(&result);
    }
    look_result_close(&result);
}

static void write_blockers(struct json_writer *w, const struct lock_tree *tree,
                           const struct lock_session *one)
{
    json_open_array(w, "blocked_by");
    for (size_t i = 0; i < one->blocker_count; i++) {
        const struct lock_session *blocker = &tree->sessions[one->blockers[i].session];
        json_open_object(w, NULL);
        json_int(w, "pid", blocker->pid);
        if (blocker->gid.n > 0)
            json_str(w, "prepared", blocker->gid);
        json_str(w, "how", one->blockers[i].holds ? STR("holds") : STR("queue"));
        json_close_object(w);
    }
    json_close_array(w);
    if (one->blockers_left_out > 0)
        json_int(w, "more_blocked_by", (int64_t)one->blockers_left_out);
}

/* For programs: "sessions":[…], in the order of the tree. */
static void write_session(struct json_writer *w, const struct lock_tree *tree,
                          const struct lock_session *one)
{
    json_open_object(w, NULL);
    json_int(w, "pid", one->pid);
    json_str(w, "session", one->id);
    if (one->gid.n > 0)
        json_str(w, "prepared", one->gid);
    if (one->parent == LOCK_NOBODY)
        json_null(w, "parent");
    else
        json_int(w, "parent", tree->sessions[one->parent].pid);
    json_str(w, "user", one->user);
    json_str(w, "application", one->application);
    json_str(w, "reeve", of_reeve(one));
    json_str(w, "database", one->database);
    json_str(w, "client", one->client);
    json_str(w, "state", one->state);
    json_real(w, "state_s", one->state_s);
    json_real(w, "transaction_s", one->transaction_s);
    if (one->waits) {
        json_str(w, "mode", one->mode);
        json_str(w, "on", one->on);
        if (one->wait_s >= 0)
            json_real(w, "wait_s", one->wait_s);
    }
    json_int(w, "behind", (int64_t)one->behind);
    write_blockers(w, tree, one);
    json_close_object(w);
}

static void write_tree(struct look *look, const struct lock_tree *tree)
{
    struct json_writer w = {.text = &look->extra};
    size_t left_out = tree->full;
    json_open_array(&w, "sessions");
    for (size_t i = 0; i < tree->count; i++) {
        if (look->extra.n + 6 * 1024 > look->extra.max_bytes)
            left_out++;
        else
            write_session(&w, tree, &tree->sessions[tree->order[i]]);
    }
    json_close_array(&w);
    if (left_out > 0)
        look_note(look, "There are more sessions than the answer has room for.");
}

void look_locks_judge(struct look *look, const struct look_table *tables)
{
    const struct look_question *questions = look_locks_questions;
    if (!look_answered(look, &questions[LOCKS], &tables[LOCKS]) ||
        !look_answered(look, &questions[PEOPLE], &tables[PEOPLE]))
        return;
    (void)look_answered(look, &questions[SAFE], &tables[SAFE]);
    struct lock_tree tree =
        lock_tree_make(look->arena, &tables[LOCKS], &tables[SAFE], &tables[PEOPLE]);
    size_t hidden = 0;
    for (size_t i = 0; i < tree.count; i++) {
        const struct lock_session *session = &tree.sessions[tree.order[i]];
        hidden += session->is_there && !session->is_known;
        if (session->parent == LOCK_NOBODY && session->behind > 0 &&
            (session->longest_s >= WAIT_LEAST_S || session->in_circle))
            find_root(look, session);
        find_queue(look, &tree, tree.order[i]);
    }
    if (!look->server.stats)
        look_not_known(
            look, "sessions", look_grant(look->arena, &look->server, "pg_monitor").p,
            "Of sessions of other users only that they wait, and for whom, is known: neither "
            "what they do nor since when (%zu of those in the tree), nor which parallel workers "
            "are theirs, nor who waits for a safe snapshot.",
            hidden);
    if (tree.count > 0)
        show(look, &tree);
    else
        look_note(look, "Nobody waits for a lock.");
    write_tree(look, &tree);
}

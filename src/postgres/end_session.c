/* end_session.c - asks a server to end what exactly one session does, or the session itself.
 *
 * A process id is used again when its session has ended: so the session is known by its start, too.
 * Both are compared in the statement that sends the signal. What came of it is seen, not guessed.
 */
#include "postgres/connect.h"
#include "postgres/postgres.h"

#include "os/clock.h"

#include <poll.h>

enum { ASK_MS = 5 * 1000, WATCH_MS = 3 * 1000, LOOK_EVERY_MS = 20 };

struct ending {
    const struct work *work;
    bool terminate;
    int64_t pid;
    const char *id; /* "" when only the pid was given */
    struct address address;
    struct link link;
    struct str start, query_start, who, state; /* of the session as it was found */
    int64_t behind;                            /* sessions that wait for it */
};

static struct str cell(struct ending *ending, const PGresult *result, int column)
{
    return str_copy(ending->work->arena,
                    work_clean(ending->work->arena, link_value(result, column)));
}

static const char *pid_text(struct ending *ending)
{
    return str_printf(ending->work->arena, "%lld", (long long)ending->pid).p;
}

static struct order_result refuse(struct ending *ending, const PGresult *result)
{
    struct arena *arena = ending->work->arena;
    const char *code = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    struct str said = str_of(result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL);
    if (code && strcmp(code, "42501") == 0)
        return work_result(arena, ORDER_REFUSED,
                           "This user may not signal pid %lld: GRANT pg_signal_backend TO \"%s\"; "
                           "lets it, for sessions that are no superuser's.",
                           (long long)ending->pid, PQuser(ending->link.conn));
    if (said.n > 0)
        return work_result(arena, ORDER_FAILED, "PostgreSQL refused: %.*s.",
                           STR_ARGS(address_scrub(arena, &ending->address, said)));
    return work_result(arena, ORDER_DOUBTED,
                       "The connection was lost; whether pid %lld was signalled is not known.",
                       (long long)ending->pid);
}

static struct order_result refuse_other(struct ending *ending, const PGresult *found)
{
    struct arena *arena = ending->work->arena;
    if (PQntuples(found) == 0)
        return work_result(arena, ORDER_REFUSED, "There is no session with pid %lld (any more).",
                           (long long)ending->pid);
    if (PQgetisnull(found, 0, 0))
        return work_result(
            arena, ORDER_REFUSED,
            "When pid %lld began is hidden from this user, so that it cannot be told "
            "from another; GRANT pg_monitor TO \"%s\"; shows it.",
            (long long)ending->pid, PQuser(ending->link.conn));
    return work_result(arena, ORDER_REFUSED,
                       "Session %s has ended; pid %lld is another one now (%.*s), and was not "
                       "touched.",
                       ending->id, (long long)ending->pid, STR_ARGS(cell(ending, found, 2)));
}

/* Who has the pid now. False with the result when there is nobody to end. */
static bool find(struct ending *ending, struct order_result *out_result)
{
    struct arena *arena = ending->work->arena;
    const char *values[] = {pid_text(ending), ending->id};
    RESULT_SCOPED found = link_ask(
        &ending->link,
        "SELECT backend_start, coalesce(query_start, xact_start, backend_start), "
        "concat_ws(', ', usename, nullif(application_name, '')), coalesce(state, ''), "
        "$2 = '' OR $2 = to_hex(trunc(extract(epoch FROM backend_start))::bigint) || '.' || "
        "to_hex(pid), (SELECT count(DISTINCT w.pid) FROM pg_locks w WHERE NOT w.granted AND "
        "a.pid = ANY(pg_blocking_pids(w.pid))), cardinality(pg_blocking_pids(pid)) > 0, "
        "backend_type, "
        "backend_type = 'client backend' AND pid <> pg_backend_pid() FROM pg_stat_activity a "
        "WHERE pid = $1::int",
        values, 2);
    if (!found || PQresultStatus(found) != PGRES_TUPLES_OK) {
        *out_result = refuse(ending, found);
        return false;
    }
    if (PQntuples(found) == 0 || PQgetisnull(found, 0, 0) || !str_is(link_value(found, 4), "t")) {
        *out_result = refuse_other(ending, found);
        return false;
    }
    ending->start = cell(ending, found, 0);
    ending->query_start = cell(ending, found, 1);
    ending->who = cell(ending, found, 2);
    ending->state = cell(ending, found, 3);
    bool waits = str_is(link_value(found, 6), "t");
    bool read = str_int(link_value(found, 5), &ending->behind);
    if (!str_is(link_value(found, 8), "t")) {
        *out_result =
            work_result(arena, ORDER_REFUSED,
                        "pid %lld is no session of a client but %.*s; it was not touched.",
                        (long long)ending->pid, STR_ARGS(cell(ending, found, 7)));
        return false;
    }
    if (ending->id[0] || waits || (read && ending->behind > 0))
        return true;
    *out_result = work_result(arena, ORDER_REFUSED,
                              "pid %lld (%.*s) waits for nobody and nobody waits for it: it may be "
                              "another session than the one you saw. Give its session instead, "
                              "which db:locks and db:connections show (start.pid).",
                              (long long)ending->pid, STR_ARGS(ending->who));
    return false;
}

/* Is what we signalled over? Its statement for a cancel, the session for a terminate. */
static bool is_over(struct ending *ending, bool *out_known)
{
    const char *values[] = {pid_text(ending), ending->start.p, ending->query_start.p};
    RESULT_SCOPED fresh = link_ask(&ending->link, "SELECT pg_stat_clear_snapshot()", NULL, 0);
    RESULT_SCOPED now =
        link_ask(&ending->link,
                 "SELECT count(*), count(*) FILTER (WHERE state = 'active' AND query_start = "
                 "$3::timestamptz) FROM pg_stat_activity WHERE pid = $1::int AND backend_start = "
                 "$2::timestamptz",
                 values, 3);
    *out_known = fresh && now && PQresultStatus(now) == PGRES_TUPLES_OK;
    return *out_known && str_is(link_value(now, ending->terminate ? 0 : 1), "0");
}

static struct order_result watch(struct ending *ending)
{
    struct arena *arena = ending->work->arena;
    int64_t from_us = clock_boot_us();
    bool known = true;
    bool over = false;
    while (!over && known && clock_boot_us() - from_us < (int64_t)WATCH_MS * 1000) {
        over = is_over(ending, &known);
        if (!over)
            (void)poll(NULL, 0, LOOK_EVERY_MS);
    }
    double s = (double)(clock_boot_us() - from_us) / 1e6;
    if (!known)
        return work_result(arena, ORDER_DOUBTED,
                           "pid %lld (%.*s) was signalled; what came of it is not known, for the "
                           "connection was lost.",
                           (long long)ending->pid, STR_ARGS(ending->who));
    if (!over)
        return work_result(
            arena, ORDER_DOUBTED,
            "pid %lld (%.*s) was signalled, and goes on after %d s: it does not look "
            "for signals where it is; %s",
            (long long)ending->pid, STR_ARGS(ending->who), WATCH_MS / 1000,
            ending->terminate ? "look again." : "look again, or use --terminate.");
    return work_result(arena, ORDER_DONE, "pid %lld (%.*s): %s after %.2f s; %lld waited for it.",
                       (long long)ending->pid, STR_ARGS(ending->who),
                       ending->terminate ? "its session has ended" : "its statement has ended", s,
                       (long long)ending->behind);
}

static struct order_result end_it(struct ending *ending)
{
    struct arena *arena = ending->work->arena;
    struct order_result result = {.outcome = ORDER_DONE};
    if (!find(ending, &result))
        return result;
    if (!ending->terminate && !str_is(ending->state, "active"))
        return work_result(arena, ORDER_REFUSED,
                           "pid %lld (%.*s) is %.*s: there is no statement to cancel; --terminate "
                           "ends its session and rolls back what it has not committed.",
                           (long long)ending->pid, STR_ARGS(ending->who), STR_ARGS(ending->state));
    const char *values[] = {pid_text(ending), ending->start.p, ending->query_start.p};
    RESULT_SCOPED sent = link_ask(
        &ending->link,
        ending->terminate ? "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                            "pid = $1::int AND backend_start = $2::timestamptz AND $3 <> ''"
                          : "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE "
                            "pid = $1::int AND backend_start = $2::timestamptz AND query_start = "
                            "$3::timestamptz",
        values, 3);
    if (!sent || PQresultStatus(sent) != PGRES_TUPLES_OK)
        return refuse(ending, sent);
    if (PQntuples(sent) == 0 || !str_is(link_value(sent, 0), "t"))
        return work_result(arena, ORDER_REFUSED,
                           "pid %lld (%.*s) went on to something else just now; it was not "
                           "touched. Look again.",
                           (long long)ending->pid, STR_ARGS(ending->who));
    return watch(ending);
}

/* Everything within one transaction, so that behind a pooler no setting stays with others. */
static bool begin(struct ending *ending)
{
    RESULT_SCOPED begun = link_tell(&ending->link, "BEGIN READ ONLY");
    RESULT_SCOPED limits = link_ask(
        &ending->link,
        "SELECT set_config('statement_timeout', '4s', true), set_config('lock_timeout', '1s', "
        "true), set_config('application_name', 'reeve db:locks', true), "
        "set_config('search_path', 'pg_catalog', true)",
        NULL, 0);
    return begun && limits && PQresultStatus(limits) == PGRES_TUPLES_OK;
}

void postgres_end_perform(const struct work *work, struct order_result *out_result)
{
    struct err err = {0};
    struct ending ending = {.work = work};
    const struct json *terminate = json_get(work->body, "terminate");
    ending.terminate = terminate && terminate->type == JSON_TRUE;
    ending.id = str_copy(work->arena, json_get_str(work->body, "session")).p;
    if (!json_get_int(work->body, "pid", &ending.pid) || ending.pid < 1 || ending.pid > INT32_MAX) {
        *out_result = work_result(work->arena, ORDER_REFUSED, "pid must be a process id.");
        return;
    }
    if (!address_read(work->arena, "services.database.url", json_get_str(work->secrets, "url"),
                      &ending.address, &err)) {
        *out_result = work_result(work->arena, ORDER_REFUSED, "%s: %s", err.place, err.text);
        return;
    }
    if (!link_open(&ending.link, work->arena, &ending.address, NULL,
                   clock_boot_us() + (int64_t)POSTGRES_CONNECT_MS * 1000)) {
        *out_result =
            (struct order_result){.outcome = ORDER_FAILED, .detail = ending.link.failure.sentence};
        return;
    }
    ending.link.until_us = clock_boot_us() + (int64_t)(ASK_MS + WATCH_MS) * 1000;
    bool good = begin(&ending);
    *out_result = good ? end_it(&ending) : refuse(&ending, NULL);
    link_close(&ending.link);
}

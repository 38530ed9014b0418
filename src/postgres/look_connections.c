/* look_connections.c - db:connections: how many there are, what they do, and how many it takes. */
#include "postgres/look_all.h"

#include <math.h>

enum { LIMITS, GROUPS, HELD, DATABASES };

#define USED_PERCENT     80.0 /* of what ordinary users may have */
#define IDLE_S           60.0 /* idle in a transaction */
#define TRANSACTION_S    900.0
#define MEASURED_LEAST_S 3600.0 /* below that a mean says nothing of a day */

/* A session that is hidden has a user and no type. */
#define CLIENTS                                                                                    \
    "(backend_type = 'client backend' OR (backend_type IS NULL AND usesysid IS NOT NULL)) "        \
    "AND pid <> pg_backend_pid()"

/* clang-format off */
const struct look_question look_connections_questions[] = {
    [LIMITS] = {.what = "The limits",
     .sql = "SELECT current_setting('max_connections')::int AS most, "
            "current_setting('superuser_reserved_connections')::int AS superusers, "
            "coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved, "
            "(SELECT count(*) FROM pg_stat_activity WHERE "
            CLIENTS
            ") AS used, (SELECT reset_val FROM pg_settings WHERE name = "
            "'idle_in_transaction_session_timeout') AS idle_timeout"},
    [GROUPS] = {.what = "The sessions",
     .sql = "SELECT datname AS database, usename AS user, application_name AS application, "
            "coalesce(state, 'hidden') AS state, count(*) AS sessions, max(extract(epoch FROM "
            "clock_timestamp() - state_change)) AS longest_s, max(extract(epoch FROM "
            "clock_timestamp() - xact_start)) AS transaction_s FROM pg_stat_activity WHERE "
            CLIENTS
            " GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4 LIMIT 300"},
    [HELD] = {.what = "The transactions",
     .sql = "SELECT pid, to_hex(trunc(extract(epoch FROM backend_start))::bigint) || '.' || "
            "to_hex(pid) AS session, usename AS user, application_name AS application, datname "
            "AS database, state, extract(epoch FROM clock_timestamp() - state_change) AS "
            "state_s, extract(epoch FROM clock_timestamp() - xact_start) AS transaction_s, "
            "age(backend_xmin) AS holds_back_rows_since, left(regexp_replace(query, '\\s+', ' "
            "', 'g'), 200) AS query FROM pg_stat_activity WHERE xact_start IS NOT NULL AND "
            "backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY xact_start "
            "LIMIT 100"},
    [DATABASES] = {.what = "What was measured",
     .sql = "SELECT d.datname AS database, s.numbackends AS now, s.sessions, "
            "s.sessions_abandoned AS abandoned, s.sessions_fatal AS fatal, s.sessions_killed AS "
            "killed, s.active_time AS active_ms, s.idle_in_transaction_time AS idle_ms, "
            "s.session_time AS session_ms, extract(epoch FROM clock_timestamp() - "
            "greatest(s.stats_reset, (SELECT least(b.stats_reset, w.stats_reset, a.stats_reset) "
            "FROM pg_stat_bgwriter b, pg_stat_wal w, pg_stat_archiver a))) AS measured_s, "
            "(SELECT count(*) FROM pg_stat_activity t WHERE t.datid = d.oid AND t.state = "
            "'active' AND t.backend_type = 'client backend' AND t.pid <> pg_backend_pid()) AS "
            "active FROM pg_database d JOIN pg_stat_database s ON s.datid = d.oid WHERE "
            "d.datallowconn AND NOT d.datistemplate AND s.sessions > 0 ORDER BY s.active_time "
            "DESC LIMIT 50"},
};
/* clang-format on */

static void judge_limits(struct look *look, const struct look_table *limits,
                         const struct look_table *groups)
{
    int64_t most;
    int64_t superusers;
    int64_t reserved;
    int64_t used;
    if (!look_int(limits, 0, "most", &most) || !look_int(limits, 0, "superusers", &superusers) ||
        !look_int(limits, 0, "reserved", &reserved) || !look_int(limits, 0, "used", &used))
        return;
    int64_t ordinary = most - superusers - reserved;
    double percent = ordinary > 0 ? 100.0 * (double)used / (double)ordinary : 100;
    struct str user = look_cell(groups, 0, "user");
    struct str application = look_cell(groups, 0, "application");
    look_note(look,
              "%lld of %lld connections that ordinary users may have are taken (%.0f %%); "
              "max_connections is %lld, of which %lld are kept for superusers.",
              (long long)used, (long long)ordinary, percent, (long long)most,
              (long long)superusers + (long long)reserved);
    if (percent < USED_PERCENT)
        return;
    look_find(look, (struct look_mark){"connections", STR("max_connections"), percent, "percent"},
              "%lld of %lld connections that ordinary users may have are taken (%.0f %%), most by "
              "%.*s (%.*s, %.*s %.*s): let it use a pool, or fewer connections, before others are "
              "refused.",
              (long long)used, (long long)ordinary, percent, STR_ARGS(user), STR_ARGS(application),
              STR_ARGS(look_cell(groups, 0, "sessions")), STR_ARGS(look_cell(groups, 0, "state")));
}

static void judge_held(struct look *look, const struct look_table *held, bool times_out)
{
    for (size_t i = 0; i < held->count; i++) {
        double state_s;
        double transaction_s;
        (void)look_real(held, i, "state_s", &state_s);
        (void)look_real(held, i, "transaction_s", &transaction_s);
        struct str state = look_cell(held, i, "state");
        struct str session = look_cell(held, i, "session");
        struct str place = str_printf(
            look->arena, "pid %.*s (%.*s, %.*s)", STR_ARGS(look_cell(held, i, "pid")),
            STR_ARGS(look_cell(held, i, "user")), STR_ARGS(look_cell(held, i, "application")));
        if (str_starts(state, "idle in transaction") && state_s >= IDLE_S)
            look_find(look, (struct look_mark){"idle_in_transaction", place, state_s, "s"},
                      "%.*s has been %.*s for %.*s: it keeps its locks, and dead rows from being "
                      "removed; end it where it was begun, or by reeve db:locks --terminate "
                      "%.*s%s.",
                      STR_ARGS(place), STR_ARGS(state),
                      STR_ARGS(look_figure(look->arena, state_s, "s")), STR_ARGS(session),
                      times_out ? ""
                                : "; idle_in_transaction_session_timeout would end such by itself");
        else if (str_is(state, "active") && transaction_s >= TRANSACTION_S)
            look_find(look, (struct look_mark){"long_transaction", place, transaction_s, "s"},
                      "%.*s has been in one transaction for %.*s and is at work: it keeps dead "
                      "rows from being removed; wait for it, or reeve db:locks --cancel %.*s.",
                      STR_ARGS(place), STR_ARGS(look_figure(look->arena, transaction_s, "s")),
                      STR_ARGS(session));
    }
}

/* How many sessions were at work at once in the mean, by the server's own sums; a pool has to hold
 * that and its chance: in a queue without memory 99 of 100 moments have at most mean + 2.33 √mean,
 * and a fifth more for what is no such queue. */
static void show_pools(struct look *look, const struct look_table *databases)
{
    struct look_result result;
    look_result_open(look, "Sessions at work, as PostgreSQL measured them",
                     "database #sessions_now #active_now #mean_active #pool #measured_s #abandoned "
                     "#fatal #killed",
                     &result);
    for (size_t i = 0; i < databases->count; i++) {
        double active_ms;
        double measured_s;
        bool known = look_real(databases, i, "active_ms", &active_ms) &&
                     look_real(databases, i, "measured_s", &measured_s) &&
                     measured_s >= MEASURED_LEAST_S;
        double mean = known ? active_ms / 1000 / measured_s : 0;
        look_row_open(&result);
        look_put(&result, look_cell(databases, i, "database"));
        look_put(&result, look_cell(databases, i, "now"));
        look_put(&result, look->server.stats ? look_cell(databases, i, "active") : STR("unknown"));
        if (known)
            look_put_real(&result, mean);
        else
            look_put(&result, STR("unknown"));
        if (known)
            look_put_int(&result, (int64_t)ceil((mean + 2.33 * sqrt(mean)) * 1.2) + 1);
        else
            look_put(&result, STR("unknown"));
        look_put(&result, look_cell(databases, i, "measured_s"));
        look_put(&result, look_cell(databases, i, "abandoned"));
        look_put(&result, look_cell(databases, i, "fatal"));
        look_put(&result, look_cell(databases, i, "killed"));
        look_row_close(&result);
    }
    look_result_close(&result);
    look_note(look, "pool: what the mean needs in 99 of 100 moments and a fifth more; peaks that "
                    "come together (a cron, a burst) need more, which only a rule over the "
                    "postgres probe sees. Unknown below an hour of measuring.");
}

void look_connections_judge(struct look *look, const struct look_table *tables)
{
    const struct look_question *questions = look_connections_questions;
    bool limits = look_answered(look, &questions[LIMITS], &tables[LIMITS]);
    bool groups = look_answered(look, &questions[GROUPS], &tables[GROUPS]);
    if (groups)
        look_show(look, "Sessions",
                  "database user application state #sessions #longest_s #transaction_s",
                  &tables[GROUPS]);
    if (limits && groups)
        judge_limits(look, &tables[LIMITS], &tables[GROUPS]);
    if (look_answered(look, &questions[HELD], &tables[HELD])) {
        bool times_out = limits && !str_is(look_cell(&tables[LIMITS], 0, "idle_timeout"), "0");
        if (tables[HELD].count > 0)
            look_show(look, "Transactions that are open, oldest first",
                      "pid session user application database state #state_s #transaction_s query",
                      &tables[HELD]);
        judge_held(look, &tables[HELD], times_out);
    }
    if (look_answered(look, &questions[DATABASES], &tables[DATABASES]))
        show_pools(look, &tables[DATABASES]);
    if (!look->server.stats)
        look_not_known(look, "sessions", look_grant(look->arena, &look->server, "pg_monitor").p,
                       "What sessions of other users do, and for how long, is hidden: one that is "
                       "idle in a transaction is not seen.");
}

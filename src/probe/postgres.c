/* postgres.c - how a PostgreSQL server is: connections, transactions, replication, size. Names as
 * the PostgreSQL exporter's.
 *
 * Everything is asked in one READ ONLY transaction with little that can block: no table of the
 * company is touched. A user who may only read sees no other user's sessions but as rows without a
 * state; pg_monitor is what such a user lacks, and that is said. */
#include "probe/database.h"
#include "probe/samples.h"

#include "os/clock.h"

enum { QUESTIONS = 7 };

static const struct question {
    const char *what, *sql;
    struct database_columns columns;
} questions[QUESTIONS] = {
    {"its settings",
     "SELECT current_setting('max_connections') AS connections, "
     "current_setting('superuser_reserved_connections') AS reserved, "
     "extract(epoch FROM pg_postmaster_start_time()) AS started, "
     "pg_is_in_recovery()::int AS replica",
     {{NULL},
      {NULL},
      {{"connections", "pg_settings_max_connections", 0},
       {"reserved", "pg_settings_superuser_reserved_connections", 0},
       {"started", "pg_postmaster_start_time_seconds", 0},
       {"replica", "pg_replication_is_replica", 0}}}},
    /* Background processes have no client; their connections count against nothing. */
    {"its connections",
     "SELECT coalesce(datname, '') AS datname, coalesce(state, 'unknown') AS state, "
     "count(*) AS sessions, "
     "coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) AS oldest "
     "FROM pg_stat_activity WHERE backend_type = 'client backend' "
     "GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 300",
     {{"datname", "state"},
      {NULL},
      {{"sessions", "pg_stat_activity_count", 0},
       {"oldest", "pg_stat_activity_max_tx_duration", 0}}}},
    {"its transactions",
     "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) AS oldest, "
     "coalesce(max(extract(epoch FROM clock_timestamp() - state_change)) "
     "FILTER (WHERE state LIKE 'idle in transaction%'), 0) AS idle, "
     "count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting "
     "FROM pg_stat_activity WHERE backend_type = 'client backend' "
     "AND pid <> pg_backend_pid()",
     {{NULL},
      {NULL},
      {{"oldest", "reeve_postgres_oldest_transaction_seconds", 0},
       {"idle", "reeve_postgres_oldest_idle_in_transaction_seconds", 0},
       {"waiting", "reeve_postgres_waiting_for_locks", 0}}}},
    {"its databases",
     "SELECT d.datname, "
     "CASE WHEN has_database_privilege(d.oid, 'CONNECT') OR pg_has_role('pg_monitor', 'MEMBER') "
     "THEN pg_database_size(d.oid) END AS bytes, "
     "age(d.datfrozenxid) AS age, s.deadlocks, s.xact_commit, s.xact_rollback, s.temp_bytes, "
     "s.conflicts FROM pg_database d LEFT JOIN pg_stat_database s ON s.datid = d.oid "
     "WHERE d.datallowconn AND NOT d.datistemplate ORDER BY d.datname LIMIT 200",
     {{"datname"},
      {NULL},
      {{"bytes", "pg_database_size_bytes", 0},
       {"age", "pg_database_wraparound_age_datfrozenxid", 0},
       {"deadlocks", "pg_stat_database_deadlocks", 0},
       {"xact_commit", "pg_stat_database_xact_commit", 0},
       {"xact_rollback", "pg_stat_database_xact_rollback", 0},
       {"temp_bytes", "pg_stat_database_temp_bytes", 0},
       {"conflicts", "pg_stat_database_conflicts", 0}}}},
    {"its standbys",
     "SELECT coalesce(application_name, '') AS application_name, "
     "coalesce(client_addr::text, '') AS client_addr, coalesce(state, 'unknown') AS state, "
     "CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) END "
     "AS bytes, coalesce(extract(epoch FROM replay_lag), 0) AS lag "
     "FROM pg_stat_replication ORDER BY 1, 2 LIMIT 100",
     {{"application_name", "client_addr", "state"},
      {NULL},
      {{"bytes", "pg_stat_replication_pg_wal_lsn_diff", 0},
       {"lag", "pg_stat_replication_replay_lag_seconds", 0}}}},
    {"its replication slots",
     "SELECT slot_name, slot_type, active::int AS active, "
     "CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) "
     "END AS bytes FROM pg_replication_slots ORDER BY 1 LIMIT 100",
     {{"slot_name", "slot_type"},
      {NULL},
      {{"active", "pg_replication_slots_active", 0},
       {"bytes", "pg_replication_slots_pg_wal_lsn_diff", 0}}}},
    /* A standby that has all is not behind, however long nothing was written. */
    {"how far it is behind",
     "SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0 "
     "WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 "
     "ELSE greatest(0, extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())) "
     "END AS lag",
     {{NULL}, {NULL}, {{"lag", "pg_replication_lag_seconds", 0}}}},
};

/* Sessions of others are hidden from whoever has no right to see them. */
static void look_for_rights(struct probe *probe, struct database *database)
{
    RESULT_SCOPED rights = link_ask(&database->link,
                                    "SELECT pg_has_role('pg_read_all_stats', 'USAGE'), "
                                    "quote_ident(current_user)",
                                    NULL, 0);
    if (str_is(link_value(rights, 0), "f"))
        probe->note = str_printf(probe->work->arena,
                                 "its user does not see what other sessions do, so that the age of "
                                 "transactions is not known; run: GRANT pg_monitor TO %.*s",
                                 STR_ARGS(link_value(rights, 1)));
}

static bool ask(struct probe *probe, struct database *database, const struct question *question)
{
    RESULT_SCOPED result = link_ask(&database->link, question->sql, NULL, 0);
    if (!result || PQresultStatus(result) != PGRES_TUPLES_OK) {
        database_fail(probe, database, result, question->what);
        return false;
    }
    database_add(probe, result, &question->columns);
    return true;
}

void probe_postgres(struct probe *probe)
{
    struct database database;
    int64_t from_us = clock_boot_us();
    if (!database_open(probe, &database, NULL)) {
        sample_add(&probe->samples, "pg_up", 0);
        return;
    }
    RESULT_SCOPED begun = link_tell(&database.link, "BEGIN READ ONLY; "
                                                    "SET LOCAL lock_timeout = '1s'");
    bool good = begun && PQresultStatus(begun) == PGRES_COMMAND_OK;
    if (!good)
        database_fail(probe, &database, begun, "anything");
    for (size_t i = 0; good && i < QUESTIONS; i++)
        good = ask(probe, &database, &questions[i]);
    if (good)
        look_for_rights(probe, &database);
    double took_s = (double)(clock_boot_us() - from_us) / 1e6;
    sample_add(&probe->samples, "pg_up", good ? 1 : 0);
    sample_add(&probe->samples, "probe_duration_seconds", took_s);
    probe->seen = str_printf(probe->work->arena, "PostgreSQL %s answers in %lld ms",
                             PQparameterStatus(database.link.conn, "server_version"),
                             (long long)(took_s * 1000 + 0.5));
    link_close(&database.link);
}

/* pgbouncer.c - pgBouncer's own console: SHOW POOLS, DATABASES, STATS, LISTS and CONFIG. Names as
 * the pgBouncer exporter's. Its user stands among stats_users or admin_users. */
#include "probe/database.h"
#include "probe/samples.h"

#include "os/clock.h"

#define PER_US 1e-6

static const struct show {
    const char *sql, *what;
    struct database_columns columns;
} shows[] = {
    {"SHOW POOLS",
     "its pools",
     {{"database", "user"},
      {NULL},
      {{"cl_active", "pgbouncer_pools_client_active_connections", 0},
       {"cl_waiting", "pgbouncer_pools_client_waiting_connections", 0},
       {"sv_active", "pgbouncer_pools_server_active_connections", 0},
       {"sv_idle", "pgbouncer_pools_server_idle_connections", 0},
       {"sv_used", "pgbouncer_pools_server_used_connections", 0},
       {"sv_tested", "pgbouncer_pools_server_testing_connections", 0},
       {"sv_login", "pgbouncer_pools_server_login_connections", 0},
       {"maxwait", "pgbouncer_pools_client_maxwait_seconds", 0}}}},
    {"SHOW DATABASES",
     "its databases",
     {{"name", "database"},
      {NULL},
      {{"pool_size", "pgbouncer_databases_pool_size", 0},
       {"reserve_pool", "pgbouncer_databases_reserve_pool", 0},
       {"current_connections", "pgbouncer_databases_current_connections", 0},
       {"max_connections", "pgbouncer_databases_max_connections", 0},
       {"paused", "pgbouncer_databases_paused", 0},
       {"disabled", "pgbouncer_databases_disabled", 0}}}},
    {"SHOW STATS",
     "its counts",
     {{"database"},
      {NULL},
      {{"total_xact_count", "pgbouncer_stats_sql_transactions_pooled_total", 0},
       {"total_query_count", "pgbouncer_stats_queries_pooled_total", 0},
       {"total_received", "pgbouncer_stats_received_bytes_total", 0},
       {"total_sent", "pgbouncer_stats_sent_bytes_total", 0},
       {"total_query_time", "pgbouncer_stats_queries_duration_seconds_total", PER_US},
       {"total_wait_time", "pgbouncer_stats_client_wait_seconds_total", PER_US}}}},
};

/* Two columns, of which the first is the name. */
static void add_named(struct probe *probe, struct database *database, const char *sql,
                      const char *const names[][2], size_t count)
{
    RESULT_SCOPED result = link_tell(&database->link, sql);
    if (!result || PQresultStatus(result) != PGRES_TUPLES_OK || PQnfields(result) < 2) {
        database_fail(probe, database, result, sql);
        return;
    }
    for (int row = 0; row < PQntuples(result); row++) {
        struct str key = str_of(PQgetvalue(result, row, 0));
        double value = 0;
        for (size_t i = 0; i < count; i++)
            if (str_is(key, names[i][0]) && str_real(str_of(PQgetvalue(result, row, 1)), &value))
                sample_add(&probe->samples, names[i][1], value);
    }
}

static void look(struct probe *probe, struct database *database)
{
    static const char *const lists[][2] = {{"databases", "pgbouncer_databases"},
                                           {"users", "pgbouncer_users"},
                                           {"pools", "pgbouncer_pools"},
                                           {"free_clients", "pgbouncer_free_clients"},
                                           {"used_clients", "pgbouncer_used_clients"},
                                           {"login_clients", "pgbouncer_login_clients"},
                                           {"free_servers", "pgbouncer_free_servers"},
                                           {"used_servers", "pgbouncer_used_servers"}};
    static const char *const settings[][2] = {
        {"max_client_conn", "pgbouncer_config_max_client_connections"}};
    for (size_t i = 0; i < sizeof shows / sizeof *shows && probe->failure.n == 0; i++) {
        RESULT_SCOPED result = link_tell(&database->link, shows[i].sql);
        if (!result || PQresultStatus(result) != PGRES_TUPLES_OK)
            database_fail(probe, database, result, shows[i].what);
        else
            database_add(probe, result, &shows[i].columns);
    }
    if (probe->failure.n == 0)
        add_named(probe, database, "SHOW LISTS", lists, sizeof lists / sizeof *lists);
    if (probe->failure.n == 0)
        add_named(probe, database, "SHOW CONFIG", settings, sizeof settings / sizeof *settings);
}

void probe_pgbouncer(struct probe *probe)
{
    struct database database;
    int64_t from_us = clock_boot_us();
    if (!database_open(probe, &database, "pgbouncer")) {
        sample_add(&probe->samples, "pgbouncer_up", 0);
        return;
    }
    struct arena *arena = probe->work->arena;
    RESULT_SCOPED version = link_tell(&database.link, "SHOW VERSION");
    struct str name = work_clean(arena, str_copy(arena, link_value(version, 0)));
    if (!str_starts_nocase(name, "pgbouncer"))
        probe_fail(probe, "it is no pgBouncer that answers there; give its address, with a user of "
                          "stats_users");
    else
        look(probe, &database);
    double took_s = (double)(clock_boot_us() - from_us) / 1e6;
    sample_add(&probe->samples, "pgbouncer_up", probe->failure.n == 0 ? 1 : 0);
    sample_add(&probe->samples, "probe_duration_seconds", took_s);
    probe->seen = str_printf(arena, "%.*s answers in %lld ms", STR_ARGS(name),
                             (long long)(took_s * 1000 + 0.5));
    link_close(&database.link);
}

/* look_vacuum.c - db:vacuum: transaction ids that run out, dead rows, and what keeps them. */
#include "postgres/look_all.h"

enum { DATABASES, TABLES, HOLDERS, RUNNING };

#define IDS_ALL      2147483648.0 /* between the oldest and the newest */
#define IDS_PERCENT  40.0
#define FREEZE_LATE  1.2 /* times autovacuum_freeze_max_age: autovacuum does not keep up */
#define DEAD_LEAST   10000.0
#define DEAD_TIMES   2.0 /* the number of dead rows at which autovacuum begins */
#define HELD_S       3600.0
#define HELD_IDS     1000000.0
#define HELD_LEAST_S 60.0 /* where dead rows wait for it */

/* clang-format off */
const struct look_question look_vacuum_questions[] = {
    [DATABASES] = {.what = "The ages of the databases",
     .sql = "SELECT datname AS database, age(datfrozenxid) AS age, mxid_age(datminmxid) AS "
            "multixact_age, current_setting('autovacuum_freeze_max_age')::bigint AS freeze_at, "
            "current_setting('autovacuum_multixact_freeze_max_age')::bigint AS "
            "multixact_freeze_at, current_setting('autovacuum') AS autovacuum, "
            "current_setting('track_counts') AS track_counts, datallowconn AS open FROM "
            "pg_database ORDER BY 2 DESC LIMIT 200"},
    [TABLES] = {.what = "The tables",
     .sql = "WITH t AS (SELECT c.oid::regclass::text AS relation, age(c.relfrozenxid) AS age, "
            "mxid_age(c.relminmxid) AS multixact_age, s.n_dead_tup AS dead, s.n_live_tup AS "
            "live, extract(epoch FROM clock_timestamp() - greatest(s.last_vacuum, "
            "s.last_autovacuum)) AS vacuumed_s, coalesce((SELECT option_value FROM "
            "pg_options_to_table(c.reloptions) WHERE option_name = 'autovacuum_enabled'), 'on') "
            "AS autovacuum, coalesce((SELECT option_value FROM "
            "pg_options_to_table(c.reloptions) WHERE option_name = "
            "'autovacuum_vacuum_threshold'), "
            "current_setting('autovacuum_vacuum_threshold'))::float8 + coalesce((SELECT "
            "option_value FROM pg_options_to_table(c.reloptions) WHERE option_name = "
            "'autovacuum_vacuum_scale_factor'), "
            "current_setting('autovacuum_vacuum_scale_factor'))::float8 * greatest(c.reltuples, "
            "0) AS begins_at FROM pg_class c LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid "
            "WHERE c.relkind IN ('r', 'm', 't') AND c.relpersistence <> 't') (SELECT * FROM t "
            "WHERE dead >= 1000 ORDER BY dead DESC LIMIT 150) UNION (SELECT * FROM t ORDER BY "
            "age DESC LIMIT 20) ORDER BY dead DESC NULLS LAST, age DESC, relation"},
    /* Each keeps what died since its oldest id: in its own database, or ("here") in all; a slot
     * that only decodes keeps it in the catalogues alone. */
    [HOLDERS] = {.what = "What keeps dead rows",
     .sql = "SELECT 'session' AS what, 'pid ' || pid || concat(' (', concat_ws(', ', usename, "
            "nullif(application_name, ''), state), ')') AS who, to_hex(trunc(extract(epoch FROM "
            "backend_start))::bigint) || '.' || to_hex(pid) AS session, "
            "greatest(age(backend_xmin), age(backend_xid)) AS ids, extract(epoch FROM "
            "clock_timestamp() - xact_start) AS held_s, datname = current_database() AS here "
            "FROM pg_stat_activity WHERE (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL) "
            "AND pid <> pg_backend_pid() AND backend_type <> 'walsender' AND NOT (backend_type "
            "= 'autovacuum worker' OR query ILIKE 'vacuum%') UNION ALL SELECT 'standby', "
            "'standby ' || coalesce(nullif(application_name, ''), host(client_addr), 'pid ' || "
            "pid) || ' (hot_standby_feedback)', NULL, age(backend_xmin), NULL, true FROM "
            "pg_stat_replication WHERE backend_xmin IS NOT NULL UNION ALL SELECT 'slot', "
            "'replication slot ' || slot_name || CASE WHEN active THEN '' ELSE ' (nobody uses "
            "it)' END, NULL, age(xmin), NULL, true FROM pg_replication_slots WHERE xmin IS NOT "
            "NULL UNION ALL SELECT 'catalogue', 'replication slot ' || slot_name || CASE WHEN "
            "active THEN '' ELSE ' (nobody uses it)' END || ', in the catalogues,', NULL, "
            "age(catalog_xmin), NULL, false FROM pg_replication_slots WHERE catalog_xmin IS NOT "
            "NULL UNION ALL SELECT 'prepared', 'prepared transaction ' || quote_literal(gid) || "
            "' of ' || owner || ' in ' || database, NULL, age(transaction), extract(epoch FROM "
            "clock_timestamp() - prepared), database = current_database() FROM "
            "pg_prepared_xacts ORDER BY 4 DESC NULLS LAST, 1, 2 LIMIT 50"},
    [RUNNING] = {.what = "The vacuums that run",
     .sql = "SELECT pid, datname AS database, CASE WHEN datname = current_database() THEN "
            "relid::regclass::text ELSE relid::text END AS relation, phase, heap_blks_scanned "
            "AS blocks_scanned, heap_blks_total AS blocks FROM pg_stat_progress_vacuum ORDER BY "
            "pid LIMIT 50"},
};
/* clang-format on */

static void judge_database(struct look *look, const struct look_table *table, size_t row)
{
    double age;
    double freeze_at;
    double multixact_age;
    double multixact_at;
    (void)look_real(table, row, "age", &age);
    (void)look_real(table, row, "freeze_at", &freeze_at);
    (void)look_real(table, row, "multixact_age", &multixact_age);
    (void)look_real(table, row, "multixact_freeze_at", &multixact_at);
    struct str database = look_cell(table, row, "database");
    double percent = 100 * (age > multixact_age ? age : multixact_age) / IDS_ALL;
    bool late = (freeze_at > 0 && age > FREEZE_LATE * freeze_at) ||
                (multixact_at > 0 && multixact_age > FREEZE_LATE * multixact_at);
    if (!late && percent < IDS_PERCENT)
        return;
    look_find(
        look, (struct look_mark){"wraparound", database, percent, "percent"},
        "Database %.*s is %.*s transaction ids and %.*s multixacts old, %.0f %% of what there "
        "is before PostgreSQL takes no writes any more%s: vacuum its oldest tables first "
        "(VACUUM (FREEZE) below), and end what holds them back.",
        STR_ARGS(database), STR_ARGS(look_count(look->arena, age)),
        STR_ARGS(look_count(look->arena, multixact_age)), percent,
        late ? "; autovacuum should have begun at autovacuum_freeze_max_age and does not keep "
               "up"
             : "");
}

/* Is autovacuum overdue there by much? */
static bool is_overdue(const struct look_table *table, size_t row)
{
    double dead;
    double begins_at;
    return look_real(table, row, "dead", &dead) && look_real(table, row, "begins_at", &begins_at) &&
           dead >= DEAD_LEAST && dead > DEAD_TIMES * begins_at;
}

static void judge_table(struct look *look, const struct look_table *table, size_t row)
{
    struct str relation = look_cell(table, row, "relation");
    struct str autovacuum = look_cell(table, row, "autovacuum");
    bool off = str_is(autovacuum, "off") || str_is(autovacuum, "false") || str_is(autovacuum, "0");
    double dead;
    double live;
    (void)look_real(table, row, "dead", &dead);
    (void)look_real(table, row, "live", &live);
    if (!is_overdue(table, row))
        return;
    look_find(
        look, (struct look_mark){"dead_rows", relation, dead, "rows"},
        "%.*s has %.*s dead rows beside %.*s that live, vacuumed %s%.*s%s: %s.", STR_ARGS(relation),
        STR_ARGS(look_count(look->arena, dead)), STR_ARGS(look_count(look->arena, live)),
        look_is_null(table, row, "vacuumed_s") ? "never" : "",
        STR_ARGS(look_is_null(table, row, "vacuumed_s")
                     ? STR("")
                     : look_cell_figure(look, table, row, "vacuumed_s", "s")),
        look_is_null(table, row, "vacuumed_s") ? "" : " ago",
        off ? "autovacuum is off for it: ALTER TABLE … RESET (autovacuum_enabled), and VACUUM "
              "it"
            : "VACUUM it, after what keeps dead rows (below) has ended, and let autovacuum "
              "begin earlier there (autovacuum_vacuum_scale_factor)");
}

static const char *end_of(struct str what)
{
    return str_is(what, "slot") || str_is(what, "catalogue")
               ? "drop it, if nobody comes back for it: SELECT "
                 "pg_drop_replication_slot('NAME')"
           : str_is(what, "standby")
               ? "a long query there does that: end it, or turn hot_standby_feedback off"
           : str_is(what, "prepared")
               ? "COMMIT PREPARED or ROLLBACK PREPARED it, in its database"
               : "end it where it was begun, or by reeve db:locks --terminate";
}

static void judge_holder(struct look *look, const struct look_table *table, size_t row,
                         size_t overdue)
{
    double ids;
    double held_s;
    bool timed = look_real(table, row, "held_s", &held_s);
    struct str who = look_cell(table, row, "who");
    struct str what = look_cell(table, row, "what");
    struct str session = look_cell(table, row, "session");
    (void)look_real(table, row, "ids", &ids);
    bool old = ids >= HELD_IDS || (timed && held_s >= HELD_S);
    bool in_the_way =
        overdue > 0 && look_is_true(table, row, "here") && (!timed || held_s >= HELD_LEAST_S);
    if (!old && !in_the_way)
        return;
    look_find(look, (struct look_mark){"holds_vacuum", who, ids, "transactions"},
              "%.*s keeps all that died in the last %.*s transactions%s%.*s from being removed: "
              "%s%s%.*s.",
              STR_ARGS(who), STR_ARGS(look_count(look->arena, ids)), timed ? ", for " : "",
              STR_ARGS(timed ? look_figure(look->arena, held_s, "s") : STR("")), end_of(what),
              session.n > 0 ? " " : "", STR_ARGS(session));
}

static void judge_switches(struct look *look, const struct look_table *databases)
{
    static const char *const names[] = {"autovacuum", "track_counts"};
    for (size_t i = 0; i < 2; i++)
        if (str_is(look_cell(databases, 0, names[i]), "off"))
            look_find(look, (struct look_mark){"autovacuum_off", str_of(names[i]), 0, "on"},
                      "%s is off: nobody removes dead rows until transaction ids run out; ALTER "
                      "SYSTEM SET %s = on, and reload.",
                      names[i], names[i]);
}

void look_vacuum_judge(struct look *look, const struct look_table *tables)
{
    const struct look_question *questions = look_vacuum_questions;
    size_t overdue = 0;
    if (look_answered(look, &questions[DATABASES], &tables[DATABASES])) {
        look_show(look, "Databases by age", "database #age #multixact_age #freeze_at",
                  &tables[DATABASES]);
        judge_switches(look, &tables[DATABASES]);
        for (size_t i = 0; i < tables[DATABASES].count; i++)
            judge_database(look, &tables[DATABASES], i);
    }
    if (look_answered(look, &questions[TABLES], &tables[TABLES])) {
        look_show(look, "Tables with the most dead rows, and the oldest ones",
                  "relation #dead #live #begins_at #vacuumed_s autovacuum #age", &tables[TABLES]);
        for (size_t i = 0; i < tables[TABLES].count; i++) {
            overdue += is_overdue(&tables[TABLES], i);
            judge_table(look, &tables[TABLES], i);
        }
    }
    if (look_answered(look, &questions[HOLDERS], &tables[HOLDERS])) {
        look_show(look, "What keeps dead rows, oldest first", "what who session #ids #held_s here",
                  &tables[HOLDERS]);
        for (size_t i = 0; i < tables[HOLDERS].count; i++)
            judge_holder(look, &tables[HOLDERS], i, overdue);
    }
    if (look_answered(look, &questions[RUNNING], &tables[RUNNING]) && tables[RUNNING].count > 0)
        look_show(look, "Vacuums that run", "pid database relation phase #blocks_scanned #blocks",
                  &tables[RUNNING]);
    if (look->server.standby)
        look_not_known(look, "standby", "",
                       "This is a standby: dead rows are counted, and removed, on its primary; ask "
                       "there.");
    if (!look->server.stats)
        look_not_known(look, "sessions", look_grant(look->arena, &look->server, "pg_monitor").p,
                       "Whether sessions of other users, or standbys, keep dead rows is hidden.");
}

/* look_settings.c - db:settings: those that cost data, hide what happens, or wait for a restart. */
#include "postgres/look_all.h"

enum { SETTINGS, CHECKPOINTS_15, CHECKPOINTS_17 };

#define CHECKPOINTS_LEAST 20.0
#define FORCED_PERCENT    50.0

/* What a session has without our own limits; what may hold a password is not read. */
/* clang-format off */
const struct look_question look_settings_questions[] = {
    [SETTINGS] = {.what = "The settings",
     .sql = "SELECT name, CASE WHEN name ~ '(conninfo|_command|passphrase)' AND reset_val <> '' "
            "THEN '(set)' ELSE reset_val END AS setting, unit, source, pending_restart FROM "
            "pg_settings ORDER BY name"},
    [CHECKPOINTS_15] = {.what = "The checkpoints",
     .sql = "SELECT checkpoints_timed AS timed, checkpoints_req AS forced FROM pg_stat_bgwriter",
     .until = 170000},
    [CHECKPOINTS_17] = {.what = "The checkpoints",
     .sql = "SELECT num_timed AS timed, num_requested AS forced FROM pg_stat_checkpointer",
     .since = 170000},
};
/* clang-format on */

/* A setting that is bad, when it has this value. */
static const struct rule {
    const char *name, *bad, *sentence;
} rules[] = {
    {"fsync", "off",
     "a crash of the machine destroys the database: switch it on, and check what is there"},
    {"full_page_writes", "off", "a crash of the machine leaves half-written pages: switch it on"},
    {"data_checksums", "off",
     "silent corruption is not seen: pg_checksums --enable with the server stopped, or a new "
     "cluster"},
    {"ignore_checksum_failure", "on",
     "corrupt pages are read as if they were whole: switch it off"},
    {"zero_damaged_pages", "on", "damaged pages are emptied silently: switch it off"},
    {"ignore_system_indexes", "on", "it is for repairs only: switch it off"},
    {"autovacuum", "off", "dead rows stay until transaction ids run out: switch it on"},
    {"track_counts", "off", "autovacuum and db:indexes are blind without it: switch it on"},
    {"track_activities", "off", "nobody sees what sessions do: switch it on"},
    {"idle_in_transaction_session_timeout", "0",
     "a session that forgets to commit keeps its locks for ever: set it, to 5 min for instance"},
    {"log_lock_waits", "off", "waits for locks leave no trace: switch it on"},
    {"log_min_duration_statement", "-1",
     "slow statements leave no trace: set it, to 1 s for instance"},
    {"log_autovacuum_min_duration", "-1",
     "what autovacuum does leaves no trace: set it, to 1 min for instance"},
    {"track_io_timing", "off", "nobody sees how long reads take: switch it on"},
    {"password_encryption", "md5",
     "passwords are kept as MD5: set scram-sha-256 and set them anew"},
};

static size_t find_setting(const struct look_table *table, const char *name)
{
    size_t i = 0;
    while (i < table->count && !str_is(look_cell(table, i, "name"), name))
        i++;
    return i;
}

static void judge_rules(struct look *look, const struct look_table *table)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const struct rule *rule = &rules[i];
        size_t row = find_setting(table, rule->name);
        if (row == table->count)
            look_not_known(look, "setting", "", "%s is not among the settings of this server.",
                           rule->name);
        else if (str_is(look_cell(table, row, "setting"), rule->bad))
            look_find(look, (struct look_mark){"setting", str_of(rule->name), 1, "settings"},
                      "%s is %s: %s.", rule->name, rule->bad, rule->sentence);
    }
}

static void judge_pending(struct look *look, const struct look_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        if (look_is_true(table, i, "pending_restart"))
            look_find(
                look,
                (struct look_mark){"pending_restart", look_cell(table, i, "name"), 1, "settings"},
                "%.*s was changed in the configuration and counts only after a restart; until "
                "then it is %.*s.",
                STR_ARGS(look_cell(table, i, "name")), STR_ARGS(look_cell(table, i, "setting")));
}

static void judge_checkpoints(struct look *look, const struct look_table *table)
{
    double timed;
    double forced;
    if (table->count == 0 || !look_real(table, 0, "timed", &timed) ||
        !look_real(table, 0, "forced", &forced) || timed + forced < CHECKPOINTS_LEAST)
        return;
    double percent = 100 * forced / (timed + forced);
    if (percent >= FORCED_PERCENT)
        look_find(look, (struct look_mark){"checkpoints", STR("max_wal_size"), percent, "percent"},
                  "%.0f %% of %.0f checkpoints came because WAL was full, not because it was time: "
                  "each makes pages be written whole again; raise max_wal_size.",
                  percent, timed + forced);
}

/* Those that somebody changed; what clients set for themselves is nobody's choice. */
static void show_changed(struct look *look, const struct look_table *table)
{
    struct look_result result;
    look_result_open(look, "Settings that are not PostgreSQL's own", "name value unit source",
                     &result);
    for (size_t i = 0; i < table->count; i++) {
        struct str source = look_cell(table, i, "source");
        if (str_is(source, "default") || str_is(source, "override") || str_is(source, "client") ||
            str_is(source, "session"))
            continue;
        look_row_open(&result);
        look_put(&result, look_cell(table, i, "name"));
        look_put(&result, look_cell(table, i, "setting"));
        look_put(&result, look_cell(table, i, "unit"));
        look_put(&result, source);
        look_row_close(&result);
    }
    look_result_close(&result);
}

void look_settings_judge(struct look *look, const struct look_table *tables)
{
    if (look_answered(look, &look_settings_questions[SETTINGS], &tables[SETTINGS])) {
        show_changed(look, &tables[SETTINGS]);
        judge_rules(look, &tables[SETTINGS]);
        judge_pending(look, &tables[SETTINGS]);
    }
    for (size_t i = CHECKPOINTS_15; i <= CHECKPOINTS_17; i++)
        if (look_answered(look, &look_settings_questions[i], &tables[i]))
            judge_checkpoints(look, &tables[i]);
    if (!look->server.settings)
        look_not_known(look, "settings", look_grant(look->arena, &look->server, "pg_monitor").p,
                       "Settings that only superusers see are hidden (shared_preload_libraries, "
                       "data_directory, what is about TLS and archiving).");
    look_note(look, "Settings of single roles and databases (ALTER ROLE … SET) count there and are "
                    "not among these; memory cannot be judged from here.");
}

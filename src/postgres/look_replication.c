/* look_replication.c - db:replication: standbys, slots, archiving, and what a standby itself
 * knows. */
#include "postgres/look_all.h"

enum { STANDBYS, SLOTS, RECEIVER, ARCHIVER, SUBSCRIPTIONS, SYNCHRONOUS };

#define LAG_S      60.0
#define LAG_BYTES  (256.0 * 1024 * 1024)
#define SLOT_BYTES (64.0 * 1024 * 1024)
#define ARCHIVE_S  3600.0

/* clang-format off */
const struct look_question look_replication_questions[] = {
    [STANDBYS] = {.what = "The standbys",
     .sql = "SELECT coalesce(nullif(application_name, ''), 'pid ' || pid) AS standby, "
            "host(client_addr) AS client, state, sync_state AS synchronous, CASE WHEN NOT "
            "pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) END AS "
            "behind_bytes, extract(epoch FROM write_lag) AS write_s, extract(epoch FROM "
            "flush_lag) AS flush_s, extract(epoch FROM replay_lag) AS replay_s FROM "
            "pg_stat_replication ORDER BY 1 LIMIT 100"},
    [SLOTS] = {.what = "The replication slots",
     .sql = "SELECT slot_name AS slot, slot_type AS type, database, active, wal_status, CASE "
            "WHEN restart_lsn IS NOT NULL THEN pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() "
            "THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, restart_lsn) END AS "
            "kept_bytes, safe_wal_size AS room_bytes, current_setting('max_slot_wal_keep_size') "
            "AS keep_most FROM pg_replication_slots ORDER BY 6 DESC NULLS LAST, 1 LIMIT 100"},
    /* A standby that has replayed all it received is not behind, however long nothing was written.
     */
    [RECEIVER] = {.what = "What this standby receives",
     .sql = "SELECT (SELECT status FROM pg_stat_wal_receiver) AS status, (SELECT sender_host "
            "FROM pg_stat_wal_receiver) AS sender, pg_wal_lsn_diff(pg_last_wal_receive_lsn(), "
            "pg_last_wal_replay_lsn()) AS unreplayed_bytes, CASE WHEN pg_last_wal_receive_lsn() "
            "= pg_last_wal_replay_lsn() THEN 0 ELSE extract(epoch FROM clock_timestamp() - "
            "pg_last_xact_replay_timestamp()) END AS behind_s, pg_get_wal_replay_pause_state() "
            "AS pause WHERE pg_is_in_recovery()"},
    [ARCHIVER] = {.what = "The archiving of WAL",
     .sql = "SELECT current_setting('archive_mode') AS mode, archived_count AS archived, "
            "last_archived_wal AS last_wal, extract(epoch FROM clock_timestamp() - "
            "last_archived_time) AS last_ago_s, failed_count AS failed, last_failed_wal AS "
            "failed_wal, extract(epoch FROM clock_timestamp() - last_failed_time) AS "
            "failed_ago_s, coalesce(last_failed_time > last_archived_time, last_failed_time IS "
            "NOT NULL) AS fails FROM pg_stat_archiver"},
    [SUBSCRIPTIONS] = {.what = "The subscriptions",
     .sql = "SELECT s.subname AS subscription, s.subenabled AS enabled, t.pid, extract(epoch "
            "FROM clock_timestamp() - t.latest_end_time) AS behind_s FROM pg_subscription s "
            "LEFT JOIN pg_stat_subscription t ON t.subid = s.oid AND t.relid IS NULL WHERE "
            "s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER "
            "BY 1 LIMIT 100"},
    [SYNCHRONOUS] = {.what = "What commits wait for",
     .sql = "SELECT current_setting('synchronous_standby_names') AS names, "
            "current_setting('synchronous_commit') AS commits, (SELECT count(*) FROM "
            "pg_stat_replication WHERE sync_state IN ('sync', 'quorum')) AS there, (SELECT "
            "count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep') AS waiting"},
};
/* clang-format on */

static void judge_standby(struct look *look, const struct look_table *table, size_t row)
{
    double bytes;
    double replay_s;
    struct str standby = look_cell(table, row, "standby");
    bool behind = look_real(table, row, "behind_bytes", &bytes);
    bool timed = look_real(table, row, "replay_s", &replay_s);
    struct str state = look_cell(table, row, "state");
    if (state.n > 0 && !str_is(state, "streaming"))
        look_find(look, (struct look_mark){"standby_state", standby, bytes, "bytes"},
                  "Standby %.*s does not stream (%.*s) and is %.*s behind: it still catches up, or "
                  "backs up; look again, then see its log.",
                  STR_ARGS(standby), STR_ARGS(state),
                  STR_ARGS(look_figure(look->arena, bytes, "bytes")));
    else if ((behind && bytes >= LAG_BYTES) || (timed && replay_s >= LAG_S))
        look_find(look,
                  (struct look_mark){"standby_lag", standby, timed ? replay_s : bytes,
                                     timed ? "s" : "bytes"},
                  "Standby %.*s is %.*s and %.*s behind: reads there are that old, and a failover "
                  "loses as much; see what replays slowly there (a long query, its disk), or the "
                  "network.",
                  STR_ARGS(standby), STR_ARGS(look_figure(look->arena, bytes, "bytes")),
                  STR_ARGS(look_figure(look->arena, replay_s, "s")));
}

static void judge_slot(struct look *look, const struct look_table *table, size_t row)
{
    double bytes;
    struct str slot = look_cell(table, row, "slot");
    struct str status = look_cell(table, row, "wal_status");
    bool active = look_is_true(table, row, "active");
    bool endless = str_is(look_cell(table, row, "keep_most"), "-1");
    (void)look_real(table, row, "kept_bytes", &bytes);
    struct str kept = look_figure(look->arena, bytes, "bytes");
    if (str_is(status, "lost") || str_is(status, "unreserved"))
        look_find(look, (struct look_mark){"slot_lost", slot, bytes, "bytes"},
                  "Slot %.*s is %.*s: WAL that it needs %s removed; whoever reads it has to be "
                  "built anew, then drop it: SELECT pg_drop_replication_slot('%.*s').",
                  STR_ARGS(slot), STR_ARGS(status),
                  str_is(status, "lost") ? "was" : "is about to be", STR_ARGS(slot));
    else if (!active && bytes >= SLOT_BYTES)
        look_find(look, (struct look_mark){"slot_inactive", slot, bytes, "bytes"},
                  "Nobody reads slot %.*s and it keeps %.*s of WAL%s: bring its reader back, or "
                  "SELECT pg_drop_replication_slot('%.*s').",
                  STR_ARGS(slot), STR_ARGS(kept),
                  endless ? ", without limit (max_slot_wal_keep_size is -1), until the disk is full"
                          : "",
                  STR_ARGS(slot));
}

static void judge_receiver(struct look *look, const struct look_table *table)
{
    double behind_s;
    double bytes;
    bool timed = look_real(table, 0, "behind_s", &behind_s);
    struct str pause = look_cell(table, 0, "pause");
    (void)look_real(table, 0, "unreplayed_bytes", &bytes);
    if (look->server.stats && look_is_null(table, 0, "status"))
        look_find(look, (struct look_mark){"receiver", STR("this standby"), behind_s, "s"},
                  "This standby receives no WAL by a connection: unless it reads an archive, it "
                  "falls behind; see primary_conninfo and its log.");
    if (pause.n > 0 && !str_is(pause, "not paused"))
        look_find(look, (struct look_mark){"replay_paused", STR("this standby"), behind_s, "s"},
                  "Replay is %.*s on this standby, %.*s behind: SELECT pg_wal_replay_resume() "
                  "continues it.",
                  STR_ARGS(pause), STR_ARGS(look_figure(look->arena, behind_s, "s")));
    else if ((timed && behind_s >= LAG_S) || bytes >= LAG_BYTES)
        look_find(look, (struct look_mark){"standby_lag", STR("this standby"), behind_s, "s"},
                  "This standby is %.*s behind, %.*s are received and not replayed: see what "
                  "replays slowly (a long query, its disk).",
                  STR_ARGS(look_figure(look->arena, behind_s, "s")),
                  STR_ARGS(look_figure(look->arena, bytes, "bytes")));
}

static void judge_archiver(struct look *look, const struct look_table *table)
{
    double failed_s;
    double last_s;
    bool never = !look_real(table, 0, "last_ago_s", &last_s);
    (void)look_real(table, 0, "failed_ago_s", &failed_s);
    if (str_is(look_cell(table, 0, "mode"), "off")) {
        look_note(look, "archive_mode is off: there is no recovery to a point in time from this "
                        "server's own WAL.");
        return;
    }
    if (look_is_true(table, 0, "fails"))
        look_find(
            look,
            (struct look_mark){"archive_fails", look_cell(table, 0, "failed_wal"), failed_s, "s"},
            "Archiving fails: %.*s failed %.*s ago and nothing was archived since (%s%.*s%s); "
            "WAL piles up until the disk is full; see archive_command and the server's log.",
            STR_ARGS(look_cell(table, 0, "failed_wal")),
            STR_ARGS(look_figure(look->arena, failed_s, "s")), never ? "never before" : "last ",
            STR_ARGS(never ? STR("") : look_figure(look->arena, last_s, "s")), never ? "" : " ago");
    else if (never || last_s >= ARCHIVE_S)
        look_note(look,
                  "The last WAL was archived %s%.*s%s; archive_timeout bounds how much a recovery "
                  "loses when little is written.",
                  never ? "never" : "",
                  STR_ARGS(never ? STR("") : look_figure(look->arena, last_s, "s")),
                  never ? "" : " ago");
}

static void judge_synchronous(struct look *look, const struct look_table *table)
{
    int64_t there;
    struct str names = look_cell(table, 0, "names");
    (void)look_int(table, 0, "there", &there);
    bool waits = str_is(look_cell(table, 0, "commits"), "on") ||
                 str_is(look_cell(table, 0, "commits"), "remote_apply") ||
                 str_is(look_cell(table, 0, "commits"), "remote_write");
    if (names.n > 0 && there == 0 && waits && look->server.stats)
        look_find(look, (struct look_mark){"synchronous", names, 0, "standbys"},
                  "Commits wait for standbys \"%.*s\", and none of them is there (%.*s sessions "
                  "wait): bring one back, or ALTER SYSTEM RESET synchronous_standby_names.",
                  STR_ARGS(names), STR_ARGS(look_cell(table, 0, "waiting")));
}

static void judge_subscriptions(struct look *look, const struct look_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        struct str name = look_cell(table, i, "subscription");
        if (look_is_null(table, i, "pid"))
            look_find(look, (struct look_mark){"subscription", name, 0, "workers"},
                      "Subscription %.*s has no worker (%s): see the server's log for the row that "
                      "it stops at.",
                      STR_ARGS(name),
                      look_is_true(table, i, "enabled") ? "it fails and is tried again"
                                                        : "it is disabled");
    }
}

static void show_some(struct look *look, const char *title, const char *columns,
                      const struct look_table *table)
{
    if (table->count > 0)
        look_show(look, title, columns, table);
}

void look_replication_judge(struct look *look, const struct look_table *tables)
{
    bool known[SYNCHRONOUS + 1];
    for (size_t i = 0; i <= SYNCHRONOUS; i++)
        known[i] = look_answered(look, &look_replication_questions[i], &tables[i]);
    if (known[STANDBYS] && tables[STANDBYS].count == 0)
        look_note(look, "No standby reads from here.");
    show_some(look, "Standbys",
              "standby client state synchronous #behind_bytes #write_s #flush_s #replay_s",
              &tables[STANDBYS]);
    show_some(look, "Replication slots",
              "slot type database active wal_status #kept_bytes #room_bytes", &tables[SLOTS]);
    show_some(look, "This standby", "status sender #unreplayed_bytes #behind_s pause",
              &tables[RECEIVER]);
    show_some(look, "Archiving",
              "mode #archived last_wal #last_ago_s #failed failed_wal #failed_ago_s",
              &tables[ARCHIVER]);
    show_some(look, "Subscriptions", "subscription enabled pid #behind_s", &tables[SUBSCRIPTIONS]);
    for (size_t i = 0; i < tables[STANDBYS].count; i++)
        judge_standby(look, &tables[STANDBYS], i);
    for (size_t i = 0; i < tables[SLOTS].count; i++)
        judge_slot(look, &tables[SLOTS], i);
    if (tables[RECEIVER].count > 0)
        judge_receiver(look, &tables[RECEIVER]);
    if (tables[ARCHIVER].count > 0)
        judge_archiver(look, &tables[ARCHIVER]);
    if (tables[SYNCHRONOUS].count > 0)
        judge_synchronous(look, &tables[SYNCHRONOUS]);
    judge_subscriptions(look, &tables[SUBSCRIPTIONS]);
    if (!look->server.stats)
        look_not_known(look, "standbys", look_grant(look->arena, &look->server, "pg_monitor").p,
                       "How far standbys are behind, and what they are called, is hidden%s.",
                       look->server.standby ? "; so is whether this one receives" : "");
}

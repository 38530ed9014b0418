/* judge.c - is what pgBackRest and the server say enough? Each check is well, bad or unknown. */
#include "backup/backup.h"

struct judge {
    struct arena *arena;
    const struct backup_matter *matter;
    struct backup_judgement *out;
};

static void say(struct judge *judge, const char *name, enum backup_verdict verdict,
                struct str sentence)
{
    struct backup_judgement *out = judge->out;
    if (out->count == BACKUP_CHECKS_MAX)
        return;
    out->checks[out->count++] = (struct backup_check){name, verdict, sentence};
    out->bad += verdict == BACKUP_BAD;
    out->unknown += verdict == BACKUP_UNKNOWN;
}

static struct str ago(const struct judge *judge, struct instant at)
{
    int64_t ms = instant_ms_between(at, judge->matter->now);
    if (ms < 0)
        return str_printf(judge->arena, "%.*s from now by this machine's clock",
                          STR_ARGS(duration_text(judge->arena, -ms)));
    return str_printf(judge->arena, "%.*s ago", STR_ARGS(duration_text(judge->arena, ms)));
}

static void judge_repo(struct judge *judge, const struct backup_repo *repo)
{
    struct arena *arena = judge->arena;
    struct str stanza = judge->matter->info->stanza;
    long long key = (long long)repo->key;
    if (repo->code == 0) {
        say(judge, "repository", BACKUP_WELL,
            str_printf(arena, "Repository %lld can be read.", key));
    } else if (repo->code == 2) {
        say(judge, "repository", BACKUP_BAD,
            str_printf(arena,
                       "Repository %lld holds no backup that is whole; make one: pgbackrest "
                       "--stanza=%.*s --type=full backup.",
                       key, STR_ARGS(stanza)));
    } else if (repo->code == 1 || repo->code == 3) {
        say(judge, "repository", BACKUP_BAD,
            str_printf(
                arena,
                "Repository %lld shows nothing of stanza %.*s (%.*s): it was deleted or moved, "
                "is not mounted, or was never "
                "made; look at repo%lld-path, then run pgbackrest --stanza=%.*s check.",
                key, STR_ARGS(stanza), STR_ARGS(str_cut(repo->message, 100)), key,
                STR_ARGS(stanza)));
    } else {
        say(judge, "repository", BACKUP_BAD,
            str_printf(arena, "Repository %lld cannot be used: %.*s (code %lld).", key,
                       STR_ARGS(str_cut(repo->message, 300)), (long long)repo->code));
    }
    if (!judge->matter->limits.encrypted || repo->code == 1 || repo->code == 3)
        return;
    if (repo->cipher.n == 0)
        say(judge, "encryption", BACKUP_UNKNOWN,
            str_printf(arena, "Whether repository %lld is encrypted was not said.", key));
    else if (str_is(repo->cipher, "none"))
        say(judge, "encryption", BACKUP_BAD,
            str_printf(
                arena,
                "Repository %lld is not encrypted; pgBackRest encrypts only a repository that is "
                "made anew with "
                "repo%lld-cipher-type=aes-256-cbc. encrypted: no under services.backup says that "
                "it is meant.",
                key, key));
    else
        say(judge, "encryption", BACKUP_WELL,
            str_printf(arena, "Repository %lld is encrypted (%.*s).", key, STR_ARGS(repo->cipher)));
}

static void judge_newest(struct judge *judge)
{
    const struct backup_info *info = judge->matter->info;
    struct backup_judgement *out = judge->out;
    struct arena *arena = judge->arena;
    for (size_t i = 0; i < info->count; i++) {
        const struct backup *one = &info->items[i];
        if (one->broken)
            say(judge, "checksums", BACKUP_BAD,
                str_printf(
                    arena,
                    "Backup %.*s has pages whose checksum is wrong: what it was made from was "
                    "damaged. pgbackrest info "
                    "--set=%.*s names the files.",
                    STR_ARGS(one->label), STR_ARGS(one->label)));
        else if (one->database == info->database)
            out->newest = one;
    }
    if (!out->newest) {
        say(judge, "newest", BACKUP_BAD, STR("There is no backup of this cluster that is whole."));
        return;
    }
    int64_t age_ms = instant_ms_between(out->newest->ended, judge->matter->now);
    bool late = age_ms > judge->matter->limits.newest_ms;
    struct str limit = duration_text(arena, judge->matter->limits.newest_ms);
    struct str running = info->is_running ? STR("; one is being made now") : STR("");
    say(judge, "newest", late ? BACKUP_BAD : BACKUP_WELL,
        late ? str_printf(
                   arena,
                   "The newest backup, %.*s, ended %.*s, and none may be older than %.*s%.*s; "
                   "look at what starts "
                   "pgbackrest backup (cron, systemd), and at its log.",
                   STR_ARGS(out->newest->label), STR_ARGS(ago(judge, out->newest->ended)),
                   STR_ARGS(limit), STR_ARGS(running))
             : str_printf(arena, "The newest backup, %.*s (%.*s), ended %.*s%.*s.",
                          STR_ARGS(out->newest->label), STR_ARGS(out->newest->type),
                          STR_ARGS(ago(judge, out->newest->ended)), STR_ARGS(running)));
}

static void judge_cluster(struct judge *judge)
{
    const struct backup_info *info = judge->matter->info;
    const struct backup_server *server = judge->matter->server;
    if (server->problem.n > 0 || info->system_id.n == 0)
        return; /* said elsewhere */
    if (server->system_id.n == 0)
        say(judge, "cluster", BACKUP_UNKNOWN,
            STR("Whether these are backups of this server cannot be told: pg_control_system() is "
                "not allowed; GRANT EXECUTE ON "
                "FUNCTION pg_control_system() TO the role of services.database.url."));
    else if (str_equal(server->system_id, info->system_id))
        say(judge, "cluster", BACKUP_WELL,
            STR("They are backups of the server that services.database.url leads to."));
    else
        say(judge, "cluster", BACKUP_BAD,
            str_printf(
                judge->arena,
                "These are backups of another cluster (%.*s) than the one that "
                "services.database.url leads to (%.*s): it "
                "was made anew and its backups were not; run pgbackrest stanza-upgrade and a "
                "full backup.",
                STR_ARGS(info->system_id), STR_ARGS(server->system_id)));
}

/* Is what the server says it archived in a repository? Names compare as text within a timeline. A
 * label ("….00000028.backup") is of its segment; a history is of none. */
static bool has_archived(const struct backup_info *info, struct str name)
{
    if (name.n < WAL_NAME_BYTES)
        return true;
    name = str_slice(name, 0, WAL_NAME_BYTES);
    for (size_t i = 0; i < info->archive_count; i++)
        if (info->archives[i].database == info->database && info->archives[i].last.n > 0 &&
            str_compare(info->archives[i].last, name) >= 0)
            return true;
    return false;
}

static void judge_archiving(struct judge *judge)
{
    const struct backup_server *server = judge->matter->server;
    struct arena *arena = judge->arena;
    const char *name = "archiving";
    struct str limit = duration_text(arena, judge->matter->limits.wal_ms);
    int64_t age_ms = instant_ms_between(server->archived_at, judge->matter->now);
    if (server->problem.n > 0) {
        say(judge, name, BACKUP_UNKNOWN,
            str_printf(arena, "Whether WAL is archived cannot be told: %.*s",
                       STR_ARGS(server->problem)));
    } else if (server->standby) {
        say(judge, name, BACKUP_UNKNOWN,
            STR("Whether WAL is archived is known by the primary; services.database.url leads to "
                "a standby."));
    } else if (!server->archiving) {
        say(judge, name, BACKUP_BAD,
            STR("archive_mode is off: only the moments of the backups can be restored; set "
                "archive_mode = on and "
                "archive_command, and restart the server."));
    } else if (!instant_is_zero(server->failed_at) &&
               !instant_before(server->failed_at, server->archived_at)) {
        say(judge, name, BACKUP_BAD,
            str_printf(
                arena,
                "Archiving of %.*s failed %.*s and nothing was archived since%.*s: the server's "
                "log says why; until it "
                "works WAL fills the server's disk.",
                STR_ARGS(server->last_failed), STR_ARGS(ago(judge, server->failed_at)),
                STR_ARGS(server->waiting > 0
                             ? str_printf(arena, ", %lld segments wait", (long long)server->waiting)
                             : STR(""))));
    } else if (server->last_archived.n == 0) {
        say(judge, name, BACKUP_UNKNOWN,
            STR("No WAL was archived since the statistics were reset."));
    } else if (!has_archived(judge->matter->info, server->last_archived)) {
        say(judge, name, BACKUP_BAD,
            str_printf(
                arena,
                "The server archived %.*s %.*s, but no repository has it: archive_command writes "
                "elsewhere, or what it "
                "wrote was deleted.",
                STR_ARGS(server->last_archived), STR_ARGS(ago(judge, server->archived_at))));
    } else if (server->unarchived_bytes < 0) {
        say(judge, name, BACKUP_UNKNOWN,
            STR("How much was written since the last archived WAL cannot be told."));
    } else if (server->unarchived_bytes > 0 && age_ms > judge->matter->limits.wal_ms) {
        say(judge, name, BACKUP_BAD,
            str_printf(
                arena,
                "What was written since %.*s (%lld kB) is on the server alone, and may be so for "
                "%.*s; archive_timeout "
                "bounds it, and archive_command has to keep up.",
                STR_ARGS(ago(judge, server->archived_at)),
                (long long)(server->unarchived_bytes / 1024), STR_ARGS(limit)));
    } else {
        say(judge, name, BACKUP_WELL,
            str_printf(arena, "WAL was archived %.*s (%.*s); %lld kB written since.",
                       STR_ARGS(ago(judge, server->archived_at)), STR_ARGS(server->last_archived),
                       (long long)(server->unarchived_bytes / 1024)));
    }
}

/* One archive: each backup of it can be replayed as far as there is no gap. */
static void judge_wal(struct judge *judge, const struct backup_wal *wal)
{
    const struct backup_info *info = judge->matter->info;
    struct backup_judgement *out = judge->out;
    struct arena *arena = judge->arena;
    struct wal_segment gap_said = {0};
    bool is_whole = true;
    bool has_any = false;
    long long repo = (long long)wal->of->repo;
    for (size_t i = 0; i < info->count; i++) {
        const struct backup *one = &info->items[i];
        struct wal_segment from = {0};
        struct wal_segment until = {0};
        struct wal_segment last = {0};
        struct wal_segment gap = {0};
        if (one->repo != wal->of->repo || one->database != wal->of->database || one->broken ||
            !wal_parse(one->first_wal, wal->list.segment_bytes, &from) ||
            !wal_parse(one->last_wal, wal->list.segment_bytes, &until))
            continue;
        has_any = true;
        bool can_begin = wal_follow(&wal->list, from, &last, &gap);
        if (!can_begin || last.number < until.number) {
            struct wal_segment first = can_begin ? gap : from;
            if (can_begin && gap.number == 0)
                first = (struct wal_segment){last.timeline, last.number + 1};
            is_whole = false;
            say(judge, "gap", BACKUP_BAD,
                str_printf(
                    arena,
                    "Backup %.*s cannot be restored from repository %lld: WAL %.*s, which it "
                    "needs, is not there.",
                    STR_ARGS(one->label), repo,
                    STR_ARGS(wal_name(arena, first, wal->list.segment_bytes))));
        } else if (gap.number > 0) {
            is_whole = false;
            if (gap.number != gap_said.number)
                say(judge, "gap", BACKUP_BAD,
                    str_printf(
                        arena,
                        "WAL %.*s is missing in repository %lld: from backup %.*s on nothing "
                        "later can be restored until the "
                        "next backup after it; make one now.",
                        STR_ARGS(wal_name(arena, gap, wal->list.segment_bytes)), repo,
                        STR_ARGS(one->label)));
            gap_said = gap;
        } else if (!out->has_window || instant_before(one->ended, out->window_begin)) {
            out->has_window = true;
            out->window_begin = one->ended;
        }
    }
    if (has_any && is_whole)
        say(judge, "gap", BACKUP_WELL,
            str_printf(arena, "Repository %lld has WAL %.*s to %.*s without a gap.", repo,
                       STR_ARGS(wal->of->first), STR_ARGS(wal->of->last)));
}

void backup_judge(struct arena *arena, const struct backup_matter *matter,
                  struct backup_judgement *out_judgement)
{
    struct judge judge = {arena, matter, out_judgement};
    *out_judgement = (struct backup_judgement){0};
    for (size_t i = 0; i < matter->info->repo_count; i++)
        judge_repo(&judge, &matter->info->repos[i]);
    judge_newest(&judge);
    judge_cluster(&judge);
    judge_archiving(&judge);
    for (size_t i = 0; i < matter->wal_count; i++) {
        const struct backup_wal *wal = &matter->wals[i];
        if (wal->read)
            judge_wal(&judge, wal);
        else
            say(&judge, "gap", BACKUP_UNKNOWN,
                str_printf(arena, "Whether WAL is missing in repository %lld cannot be told: %.*s",
                           (long long)wal->of->repo, STR_ARGS(wal->problem)));
    }
}

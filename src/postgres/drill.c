/* drill.c - a restore drill from its first question to its last file. */
#include "postgres/drill.h"

#include "os/clock.h"
#include "os/file.h"
#include "os/lock.h"
#include "postgres/backup.h"
#include "postgres/scratch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { ROOM_PERCENT = 110, ROOM_MORE_BYTES = 512 * 1024 * 1024 };

#define FOLDER_FRONT "reeve-drill-"

bool drill_step(struct drill *drill, const char *name, bool good, struct str sentence)
{
    int64_t now_ms = clock_boot_ms();
    json_open_object(drill->w, NULL);
    json_int(drill->w, "ms", now_ms - drill->step_ms);
    json_str(drill->w, "name", str_of(name));
    json_bool(drill->w, "ok", good);
    json_str(drill->w, "sentence", sentence);
    json_close_object(drill->w);
    /* Whoever waits at a terminal sees that it goes on. */
    if (isatty(STDERR_FILENO))
        (void)fprintf(stderr, "%s %s: %.*s\n", good ? "well" : "BAD ", name, STR_ARGS(sentence));
    drill->step_ms = now_ms;
    if (!good && !drill->failed) {
        drill->failed = true;
        drill->sentence = sentence;
    }
    return good;
}

/* The newest that ended before the target, else the newest at all. */
static const struct backup *choose(const struct backup_info *info, struct instant target)
{
    const struct backup *chosen = NULL;
    for (size_t i = 0; i < info->count; i++)
        if (info->items[i].database == info->database && !info->items[i].broken &&
            (instant_is_zero(target) || instant_before(info->items[i].ended, target)))
            chosen = &info->items[i];
    return chosen;
}

static bool has_room(struct drill *drill, struct str scratch, const struct backup *backup)
{
    struct statvfs about;
    if (statvfs(scratch.p, &about) != 0)
        return drill_step(drill, "choose", false,
                          str_printf(drill->arena, "%.*s, services.backup.scratch, cannot be used.",
                                     STR_ARGS(scratch)));
    int64_t room = (int64_t)about.f_bavail * (int64_t)about.f_frsize;
    int64_t needed = backup->bytes / 100 * ROOM_PERCENT + ROOM_MORE_BYTES;
    if (room >= needed)
        return true;
    return drill_step(
        drill, "choose", false,
        str_printf(drill->arena,
                   "%.*s has room for %lld MB, and the copy needs %lld MB; name another "
                   "disk under services.backup.scratch.",
                   STR_ARGS(scratch), (long long)(room / 1000000), (long long)(needed / 1000000)));
}

static const struct backup *look(struct drill *drill, struct str scratch, struct backup_info *info)
{
    static const char *const words[] = {"--output=json", "info", NULL};
    struct arena *arena = drill->arena;
    struct str said;
    struct str reason;
    struct err err = {0};
    struct instant target = {0};
    if (geteuid() == 0) {
        (void)drill_step(
            drill, "choose", false,
            STR("PostgreSQL does not run as root; run the drill as the user who may read "
                "the repository, as in: sudo -u postgres reeve backup:drill."));
        return NULL;
    }
    if (drill->target.n > 0 && !instant_parse(drill->target, &target)) {
        (void)drill_step(drill, "choose", false, STR("The target is no moment."));
        return NULL;
    }
    if (!pgbackrest_ask(&drill->pgbackrest, words, &said, &reason)) {
        (void)drill_step(drill, "choose", false, reason);
        return NULL;
    }
    if (!backup_read_info(arena, said, drill->pgbackrest.stanza, info, &err)) {
        (void)drill_step(drill, "choose", false, str_of(err.text));
        return NULL;
    }
    const struct backup *backup = choose(info, target);
    if (!backup) {
        (void)drill_step(
            drill, "choose", false,
            instant_is_zero(target)
                ? STR("There is no backup that is whole; reeve backup:status says more.")
                : STR("No backup that is whole ended before the target."));
        return NULL;
    }
    if (!has_room(drill, scratch, backup))
        return NULL;
    drill->binaries = str_printf(arena, "/usr/lib/postgresql/%.*s/bin/", STR_ARGS(info->version));
    if (access(str_printf(arena, "%.*spostgres", STR_ARGS(drill->binaries)).p, X_OK) != 0)
        drill->binaries = STR("");
    (void)drill_step(drill, "choose", true,
                     str_printf(arena, "Backup %.*s, %lld MB.", STR_ARGS(backup->label),
                                (long long)(backup->bytes / 1000000)));
    return backup;
}

static bool make_folder(struct drill *drill, struct str scratch, struct lock *lock)
{
    struct err err = {0};
    struct str name = str_printf(drill->arena, "%.*s/" FOLDER_FRONT "XXXXXX", STR_ARGS(scratch));
    char *path = arena_alloc(drill->arena, name.n + 1);
    memcpy(path, name.p, name.n);
    if (!mkdtemp(path))
        return drill_step(drill, "restore", false,
                          str_printf(drill->arena, "No folder can be made in %.*s: %s.",
                                     STR_ARGS(scratch), strerrordesc_np(errno)));
    drill->folder = str_of(path);
    return lock_take(lock, str_printf(drill->arena, "%s/lock", path), &err) ||
           drill_step(drill, "restore", false, str_of(err.text));
}

static bool restore(struct drill *drill, const struct backup *backup)
{
    struct arena *arena = drill->arena;
    struct str said;
    struct str reason;
    size_t n = 0;
    const char *words[PGBACKREST_WORDS_MAX + 1] = {NULL};
    words[n++] = str_printf(arena, "--pg1-path=%.*s/data", STR_ARGS(drill->folder)).p;
    words[n++] = str_printf(arena, "--tablespace-map-all=%.*s/spaces", STR_ARGS(drill->folder)).p;
    words[n++] = "--archive-mode=off";
    words[n++] = str_printf(arena, "--repo=%lld", (long long)backup->repo).p;
    words[n++] = str_printf(arena, "--set=%.*s", STR_ARGS(backup->label)).p;
    words[n++] = drill->target.n > 0 ? "--type=time" : "--type=default";
    if (drill->target.n > 0) {
        /* pgBackRest reads it, too, and knows one form: 2026-12-01 13:59:00.000000+00 */
        struct str day = str_slice(drill->target, 0, 10);
        struct str time = str_slice(drill->target, 11, drill->target.n - 1);
        words[n++] = str_printf(arena, "--target=%.*s %.*s+00", STR_ARGS(day), STR_ARGS(time)).p;
        words[n++] = "--target-action=promote";
    }
    words[n++] = "restore";
    bool good = pgbackrest_ask(&drill->pgbackrest, words, &said, &reason);
    if (!good)
        return drill_step(drill, "restore", false, reason);
    const char *control[] = {"pg_controldata", "-D",
                             str_printf(arena, "%.*s/data", STR_ARGS(drill->folder)).p, NULL};
    int code = 0;
    if (!drill_run(drill, control, &said, &code) || !drill_read_control(said, &drill->control))
        return drill_step(drill, "restore", false,
                          STR("What was restored has no control file that pg_controldata reads."));
    return drill_step(drill, "restore", true, STR("The files are there."));
}

static void write_end(struct drill *drill, const struct backup *backup, int64_t rto_ms,
                      int64_t rpo_ms)
{
    char text[INSTANT_TEXT_BYTES];
    struct json_writer *w = drill->w;
    if (backup) {
        json_str(w, "backup", backup->label);
        json_int(w, "bytes", backup->bytes);
    }
    if (!instant_is_zero(drill->last_commit)) {
        instant_write(drill->last_commit, text);
        json_str(w, "last_commit", str_of(text));
    }
    if (rpo_ms >= 0)
        json_int(w, "rpo_ms", rpo_ms);
    if (rto_ms >= 0)
        json_int(w, "rto_ms", rto_ms);
    json_str(w, "sentence", drill->sentence);
    json_str(w, "target", drill->target);
}

/* Nothing is lost when all that was written is in an archive; else what came after the last
 * transaction that was restored. */
static int64_t measure_rpo(const struct drill *drill, const struct backup_server *server,
                           struct instant now)
{
    if (drill->target.n > 0 || instant_is_zero(drill->last_commit))
        return -1;
    int64_t ms = instant_ms_between(drill->last_commit, now);
    return server->problem.n == 0 && server->unarchived_bytes == 0 ? 0 : ms > 0 ? ms : 0;
}

static void judge_objectives(struct drill *drill, const struct work *work, int64_t rto_ms,
                             int64_t rpo_ms)
{
    static const char *const keys[] = {"rto_ms", "rpo_ms"};
    const int64_t measured[] = {rto_ms, rpo_ms};
    for (size_t i = 0; i < 2; i++) {
        int64_t most = 0;
        if (measured[i] < 0 || !json_get_int(work->body, keys[i], &most) || most <= 0)
            continue;
        struct str is = duration_text(drill->arena, measured[i]);
        struct str wanted = duration_text(drill->arena, most);
        (void)drill_step(drill, i == 0 ? "rto" : "rpo", measured[i] <= most,
                         str_printf(drill->arena, "%s is %.*s; the objective is %.*s.",
                                    i == 0 ? "RTO" : "RPO", STR_ARGS(is), STR_ARGS(wanted)));
    }
}

void postgres_drill_perform(const struct work *work, struct order_result *out_result)
{
    struct arena *arena = work->arena;
    struct str scratch = json_get_str(work->body, "scratch");
    struct text text;
    struct drill drill = {
        .arena = arena,
        .user = str_copy(arena, json_get_str(work->body, "user")), /* libpq wants a NUL */
        .database = json_get_str(work->body, "database"),
        .check = json_get_str(work->body, "check"),
        .target = json_get_str(work->body, "target"),
        .folder = STR(""),
        .sentence = STR("The backup can be restored.")};
    if (!pgbackrest_read(work, &drill.pgbackrest) || scratch.n == 0 || drill.user.n == 0) {
        *out_result = work_result(arena, ORDER_REFUSED,
                                  "The order's program, stanza, scratch and user cannot be read.");
        return;
    }
    text_init(&text, arena, ORDER_OUTPUT_BYTES);
    struct json_writer w = {.text = &text};
    drill.w = &w;
    struct backup_server server;
    struct backup_info info;
    struct lock lock = {-1};
    char whole[PATH_MAX]; /* programs that go elsewhere are told it */
    scratch = str_copy(arena, scratch);
    if (realpath(scratch.p, whole))
        scratch = str_copy(arena, str_of(whole));
    json_open_object(&w, NULL);
    json_open_array(&w, "steps");
    drill.step_ms = clock_boot_ms();
    struct instant begun = clock_now();
    int64_t begun_ms = drill.step_ms;
    int64_t rto_ms = -1;
    backup_ask_server(arena, json_get_str(work->secrets, "url"), &server);
    scratch_remove_left(arena, scratch, FOLDER_FRONT);
    const struct backup *backup = look(&drill, scratch, &info);
    if (backup && make_folder(&drill, scratch, &lock) && restore(&drill, backup) &&
        drill_start(&drill)) {
        rto_ms = clock_boot_ms() - begun_ms;
        (void)drill_verify(&drill);
    }
    (void)drill_stop(&drill);
    if (drill.folder.n > 0)
        scratch_remove(arena, drill.folder.p);
    lock_release(&lock);
    int64_t rpo_ms = rto_ms < 0 ? -1 : measure_rpo(&drill, &server, begun);
    judge_objectives(&drill, work, rto_ms, rpo_ms);
    json_close_array(&w);
    write_end(&drill, backup, rto_ms, rpo_ms);
    json_close_object(&w);
    *out_result = (struct order_result){.outcome = drill.failed ? ORDER_FAILED : ORDER_DONE,
                                        .detail = drill.sentence,
                                        .output = text_str(&text)};
}

/* attachments.c - files that are attached to steps, under their SHA-256. */
#include "main/attachments.h"

#include "ledger/codec.h"
#include "main/run_story.h"
#include "main/socket_client.h"
#include "os/file.h"
#include "os/log.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINES_BYTES_MAX = 16 * 1024, COMPARED_BYTES_MAX = 16 * 1024 * 1024, UNTOLD_MAX = 20 };

static struct str folder_of(const struct app *app, struct arena *arena, const struct run *run)
{
    return str_printf(arena, "%.*s/runs/%lld-%llx/attached", STR_ARGS(app->state_folder),
                      (long long)run->number, (unsigned long long)run->opened.us);
}

static struct str path_of(const struct app *app, struct arena *arena, struct attachment_at at)
{
    return str_printf(arena, "%.*s/%s", STR_ARGS(folder_of(app, arena, at.run)), at.digest);
}

static const struct run *find_open(const struct app *app, int64_t number, struct err *err)
{
    const struct run *run = run_find(&app->world.runs, number);
    if (run && run_is_open(run))
        return run;
    err_set(err, ERR_USAGE, NULL, "Run %lld is not open, so nothing can be attached to it.",
            (long long)number);
    return NULL;
}

static void digest_of(struct str data, char out_hex[HASH_HEX_BYTES])
{
    struct hash hash = hash_of(data);
    hash_hex(&hash, out_hex);
}

/* Does an attachment of the run, that was not erased, have this file? */
static bool is_needed(const struct run *run, const char *digest)
{
    for (int i = 0; i < run->step_count; i++)
        for (size_t k = 0; k < run->steps[i].attachment_count; k++)
            if (!run->steps[i].attachments[k].erased &&
                strcmp(run->steps[i].attachments[k].digest, digest) == 0)
                return true;
    return false;
}

/* Files of which no fact speaks: of ticks that did not come. Two ticks' worth may lie there; then
 * they go, and a tick that still names one is told that it was not handed over. */
static void make_room(struct app *app, struct arena *arena, const struct run *run)
{
    struct str folder = folder_of(app, arena, run);
    for (int round = 0, count = 0; round < 2; round++) {
        DIR *dir = opendir(folder.p);
        const struct dirent *entry;
        while (dir && (entry = readdir(dir))) {
            if (entry->d_name[0] == '.' || is_needed(run, entry->d_name))
                continue;
            if (round == 0)
                count++;
            else if (count >= UNTOLD_MAX)
                (void)unlinkat(dirfd(dir), entry->d_name, 0);
        }
        if (dir)
            (void)closedir(dir);
    }
}

/* One that is there may have been altered: then it is written anew, whole or not at all. */
static bool keep_file(struct app *app, struct attachment_at at, struct str data, struct err *err)
{
    struct arena arena;
    struct err ignored = {0};
    struct str there;
    arena_init(&arena);
    struct str path = path_of(app, &arena, at);
    bool kept =
        file_read(&arena, path, ATTACHMENT_BYTES_MAX, &there, &ignored) && str_equal(there, data);
    if (!kept)
        make_room(app, &arena, at.run);
    kept = kept ||
           (folder_make(folder_of(app, &arena, at.run), err) && file_write(path, data, 0600, err));
    arena_done(&arena);
    return kept;
}

bool attachments_keep(struct app *app, int64_t run, struct str data, struct attachment_told *told,
                      struct err *err)
{
    struct err why = {0};
    struct attachment_at at = {find_open(app, run, err), told->digest};
    if (!at.run)
        return false;
    if (data.n == 0 || data.n > ATTACHMENT_BYTES_MAX)
        return err_set(err, ERR_USAGE, "attach",
                       data.n == 0 ? "The file is empty; attach one that shows something."
                                   : "The file has more than 5 MB; attach what matters of it.");
    digest_of(data, told->digest);
    told->bytes = (int64_t)data.n;
    return keep_file(app, at, data, &why) ||
           err_set(err, ERR_SELF, "attach",
                   "The file could not be kept, so the step is not ticked: %s", why.text);
}

bool attachments_read(struct app *app, struct arena *arena, struct attachment_at at,
                      struct str *out_data, struct err *err)
{
    struct err why = {0};
    struct str data;
    char digest[HASH_HEX_BYTES] = "";
    struct str path = path_of(app, arena, at);
    if (access(path.p, F_OK) != 0 && errno == ENOENT)
        return err_set(err, ERR_USAGE, NULL,
                       "The file is missing beside the ledger; look for it in a backup of runs/.");
    if (file_read(arena, path, ATTACHMENT_BYTES_MAX, &data, &why))
        digest_of(data, digest);
    if (strcmp(digest, at.digest) != 0)
        return err_set(err, ERR_USAGE, NULL,
                       "The file is not what was attached: it was altered. Look for it in a backup "
                       "of runs/.");
    *out_data = data;
    return true;
}

/* Is the file at least there, with its length? */
static bool has_length(struct str path, int64_t bytes)
{
    struct stat about;
    return lstat(path.p, &about) == 0 && S_ISREG(about.st_mode) && (int64_t)about.st_size == bytes;
}

void attachments_look(struct app *app, struct arena *arena, const struct run *run)
{
    struct arena turn;
    struct lost_attachment *lost = NULL;
    size_t count = 0;
    size_t capacity = 0;
    int64_t compared = 0;
    arena_init(&turn);
    for (int i = 0; run && i < run->step_count; i++)
        for (size_t k = 0; k < run->steps[i].attachment_count; k++) {
            const struct run_attachment *attachment = &run->steps[i].attachments[k];
            struct attachment_at at = {run, attachment->digest};
            struct str data;
            struct err err = {0};
            bool many = compared + attachment->bytes > COMPARED_BYTES_MAX;
            if (attachment->erased ||
                (many && has_length(path_of(app, &turn, at), attachment->bytes)))
                continue;
            compared += attachment->bytes;
            if (!attachments_read(app, &turn, at, &data, &err))
                LIST_PUSH(arena, lost, count, capacity) = (struct lost_attachment){
                    run->number, str_of(attachment->digest), str_copy(arena, str_of(err.text))};
            arena_reset(&turn);
        }
    arena_done(&turn);
    app->world.lost = lost;
    app->world.lost_count = count;
}

void attachments_looked(struct app *app)
{
    app->world.lost = NULL;
    app->world.lost_count = 0;
}

void attachments_look_for(struct app *app, struct arena *arena, const struct call *call)
{
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && call->action->arguments[i].name; i++)
        if (call->action->effect == EFFECT_READ &&
            str_is(STR("number"), call->action->arguments[i].name))
            attachments_look(app, arena, run_find(&app->world.runs, call_int(call, "number")));
}

/* Where the call says what is attached; ACTION_ARGUMENTS_MAX: it says nothing. */
static size_t argument_of(const struct call *call)
{
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && call->action->arguments[i].name; i++)
        if (call->action->arguments[i].type == ARGUMENT_FILES && call->given[i] &&
            call->values[i].n > 0)
            return i;
    return ACTION_ARGUMENTS_MAX;
}

bool attachments_check(struct app *app, const struct call *call, struct err *err)
{
    struct arena arena;
    struct attachment_told told;
    struct str data;
    size_t at = argument_of(call);
    struct str reason;
    if (at == ACTION_ARGUMENTS_MAX)
        return true;
    arena_init(&arena);
    if (!permit(&call->caller, call->action->permission, &arena, &reason)) {
        arena_done(&arena);
        return true; /* who performs the call refuses it, and records that */
    }
    const struct run *run = find_open(app, call_int(call, "number"), err);
    struct str rest = call->values[at];
    while (run && attachment_next(&arena, &rest, &told, err)) {
        struct err why = {0};
        if (!attachments_read(app, &arena, (struct attachment_at){run, told.digest}, &data, &why) ||
            (int64_t)data.n != told.bytes)
            (void)err_set(err, ERR_USAGE, "attach",
                          "\"%.*s\" was not handed over whole; nothing was recorded.",
                          STR_ARGS(told.name));
        if (err->kind != ERR_NONE)
            break;
        arena_reset(&arena);
    }
    arena_done(&arena);
    return err->kind == ERR_NONE;
}

/* The daemon keeps it, and answers as to a call. */
static bool hand_over(struct app *app, int64_t run, struct str data,
                      struct attachment_told *out_told, struct err *err)
{
    struct json *answer = NULL;
    struct err unreadable = {0};
    struct str body;
    struct socket_request request = {
        app->socket_path, str_printf(&app->arena, "/attachments?run=%lld", (long long)run), data};
    if (!socket_client_post(&app->arena, &request, &body, err))
        return false;
    if (!json_parse(&app->arena, body, &answer, &unreadable))
        return err_set(err, ERR_OUTSIDE, "attach", "The daemon does not take files: \"%.*s\".",
                       STR_ARGS(str_cut(str_trim(body), 200)));
    struct str error = json_get_str(answer, "error");
    if (error.n > 0)
        return err_set(err, ERR_REFUSED, "attach", "%.*s", STR_ARGS(error));
    str_keep(out_told->digest, sizeof out_told->digest, json_get_str(answer, "digest"));
    out_told->bytes = (int64_t)data.n;
    return true;
}

bool attachments_take(struct app *app, struct call *call, bool has_daemon, struct err *err)
{
    size_t at = argument_of(call);
    struct text lines;
    struct str path;
    if (at == ACTION_ARGUMENTS_MAX)
        return true;
    struct str rest = call->values[at];
    int64_t run = call_int(call, "number");
    text_init(&lines, &app->arena, LINES_BYTES_MAX);
    while (rest.n > 0 && str_split(&rest, '\n', &path)) {
        struct str data;
        struct attachment_told told = {.name = attachment_name(&app->arena, path)};
        if (!file_read(&app->arena, path, ATTACHMENT_BYTES_MAX, &data, err) ||
            !(has_daemon ? hand_over(app, run, data, &told, err)
                         : attachments_keep(app, run, data, &told, err)))
            return false;
        text_printf(&lines, "%s%.*s", lines.n > 0 ? "\n" : "",
                    STR_ARGS(attachment_tell(&app->arena, &told)));
    }
    call->values[at] = text_str(&lines);
    return !text_full(&lines) ||
           err_set(err, ERR_USAGE, "attach", "These are more files than one tick takes.");
}

static void sweep_run(struct app *app, const struct run *run)
{
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < run->step_count; i++)
        for (size_t k = 0; k < run->steps[i].attachment_count; k++) {
            const struct run_attachment *attachment = &run->steps[i].attachments[k];
            if (!attachment->erased || is_needed(run, attachment->digest))
                continue;
            struct str path = path_of(app, &arena, (struct attachment_at){run, attachment->digest});
            struct err err = {0};
            if (unlink(path.p) == 0 || errno == ENOENT)
                continue;
            (void)err_set(&err, ERR_SELF, path.p,
                          "An attachment was erased, and its file cannot be taken away.");
            log_err(LOG_LEVEL_ERROR, path.p, &err);
        }
    arena_done(&arena);
}

/* The run that the entry attached a file to; 0: it is about something else. */
static int64_t run_of_entry(struct app *app, struct arena *arena, int64_t entry)
{
    struct store *store = &app->ledger.store;
    struct ledger_entry *entries = NULL;
    struct event event;
    struct err ignored = {0};
    size_t count = 0;
    if (!store->port->read(store, arena, entry, 1, &entries, &count, &ignored) || count != 1 ||
        !codec_read(arena, &entries[0], &event, &ignored) || event.kind != EVENT_RUN_STEP_ATTACHED)
        return 0;
    return event_int(&event, "number");
}

/* A run that the state has let go of, by its own entries. */
static void sweep_old(struct app *app, int64_t entry)
{
    struct arena arena;
    struct runs ended;
    struct run_story story;
    struct err ignored = {0};
    arena_init(&arena);
    runs_init(&ended, &arena);
    int64_t number = run_of_entry(app, &arena, entry);
    if (number > 0 && !run_find(&app->world.runs, number) &&
        run_story_read(app, &arena, number, &story, &ignored)) {
        const struct run *run = run_story_fold(&story, number, &ended);
        if (run)
            sweep_run(app, run);
    }
    runs_done(&ended);
    arena_done(&arena);
}

void attachments_sweep(struct app *app, const struct call *call)
{
    if (call && !call->action->record_stored)
        return;
    for (size_t i = 0; i < app->world.runs.count; i++)
        sweep_run(app, app->world.runs.items[i]);
    if (call)
        sweep_old(app, call_int(call, "entry"));
}

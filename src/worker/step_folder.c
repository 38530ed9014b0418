/* step_folder.c - the small files of a step's folder. */
#include "worker/step_folder.h"

#include "base/json.h"
#include "os/file.h"
#include "os/process.h"

#include <limits.h>
#include <stdlib.h>

static const char *const outcome_names[STEP_OUTCOMES] = {
    [STEP_DONE] = "done", [STEP_FAILED] = "failed",       [STEP_KILLED] = "killed",
    [STEP_LATE] = "late", [STEP_CANCELLED] = "cancelled", [STEP_REFUSED] = "refused",
};

const char *step_outcome_name(enum step_outcome outcome)
{
    return outcome_names[outcome];
}

bool step_outcome_find(struct str name, enum step_outcome *out_outcome)
{
    for (int i = 0; i < STEP_OUTCOMES; i++) {
        if (!str_is(name, outcome_names[i]))
            continue;
        *out_outcome = (enum step_outcome)i;
        return true;
    }
    return false;
}

struct str step_path(struct arena *arena, struct str folder, const char *name)
{
    return str_printf(arena, "%.*s/%s", STR_ARGS(folder), name);
}

struct str step_holder_write(struct arena *arena, const struct step_holder *holder)
{
    struct text text;
    text_init(&text, arena, STEP_FILE_BYTES);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_str(&w, "boot", holder->boot);
    json_str(&w, "by", holder->shim ? STR("shim") : STR("core"));
    json_int(&w, "pid", holder->pid);
    json_int(&w, "start_ticks", holder->start_ticks);
    json_close_object(&w);
    text_byte(&text, '\n');
    return text_str(&text);
}

struct str step_begun_write(struct arena *arena, const struct step_holder *holder)
{
    struct text text;
    text_init(&text, arena, STEP_FILE_BYTES);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_int(&w, "at_ms", holder->at_ms);
    json_str(&w, "boot", holder->boot);
    json_int(&w, "pid", holder->pid);
    json_int(&w, "start_ticks", holder->start_ticks);
    json_close_object(&w);
    text_byte(&text, '\n');
    return text_str(&text);
}

struct str step_exit_write(struct arena *arena, const struct step_exit *exit)
{
    struct text text;
    char hex[HASH_HEX_BYTES];
    text_init(&text, arena, STEP_FILE_BYTES);
    hash_hex(&exit->digest, hex);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_int(&w, "bytes", exit->bytes);
    json_int(&w, "code", exit->code);
    json_str(&w, "detail", exit->detail);
    json_str(&w, "digest", str_of(hex));
    json_int(&w, "duration_ms", exit->duration_ms);
    json_int(&w, "left_behind", exit->left_behind);
    json_bool(&w, "lost", exit->lost);
    json_str(&w, "outcome", str_of(step_outcome_name(exit->outcome)));
    json_int(&w, "remaining", exit->remaining);
    json_int(&w, "signal", exit->signal);
    json_str(&w, "word", exit->word);
    json_close_object(&w);
    text_byte(&text, '\n');
    return text_str(&text);
}

static const struct json *read_object(struct arena *arena, struct str folder, const char *name)
{
    struct str data;
    struct json *root = NULL;
    if (!file_read(arena, step_path(arena, folder, name), STEP_FILE_BYTES, &data, NULL) ||
        !json_parse(arena, data, &root, NULL))
        return NULL;
    return root;
}

bool step_holder_read(struct arena *arena, struct str folder, const char *name,
                      struct step_holder *out_holder)
{
    const struct json *root = read_object(arena, folder, name);
    struct step_holder holder = {.boot = json_get_str(root, "boot"),
                                 .shim = !str_is(json_get_str(root, "by"), "core")};
    int64_t pid = 0;
    if (!json_get_int(root, "pid", &pid) ||
        !json_get_int(root, "start_ticks", &holder.start_ticks) || pid < 1 || pid > INT32_MAX)
        return false;
    if (!json_get_int(root, "at_ms", &holder.at_ms))
        holder.at_ms = 0;
    holder.pid = (pid_t)pid;
    *out_holder = holder;
    return true;
}

bool step_exit_read(struct arena *arena, struct str folder, struct step_exit *out_exit)
{
    const struct json *root = read_object(arena, folder, "exit");
    const struct json *lost = json_get(root, "lost");
    struct step_exit exit = {.detail = json_get_str(root, "detail"),
                             .word = json_get_str(root, "word")};
    int64_t code = 0;
    int64_t signal = 0;
    if (!step_outcome_find(json_get_str(root, "outcome"), &exit.outcome) ||
        !hash_parse_hex(json_get_str(root, "digest"), &exit.digest) ||
        !json_get_int(root, "bytes", &exit.bytes) || !json_get_int(root, "code", &code) ||
        !json_get_int(root, "duration_ms", &exit.duration_ms) ||
        !json_get_int(root, "left_behind", &exit.left_behind) ||
        !json_get_int(root, "remaining", &exit.remaining) ||
        !json_get_int(root, "signal", &signal) || !lost)
        return false;
    exit.code = (int)code;
    exit.signal = (int)signal;
    exit.lost = lost->type == JSON_TRUE;
    *out_exit = exit;
    return true;
}

/* By the folder's own name, however it is reached from where a core was started. */
uint64_t step_mark(struct str folder)
{
    char full[PATH_MAX];
    return realpath(folder.p, full) ? process_mark(str_of(full)) : 0;
}

bool step_holder_runs(const struct step_holder *holder, struct str boot_id)
{
    return str_equal(holder->boot, boot_id) && process_runs(holder->pid, holder->start_ticks);
}

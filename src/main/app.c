/* app.c - configuration, paths and ledger of one run. */
#include "main/app.h"

#include "main/beats.h"
#include "main/compose.h"
#include "main/socket_client.h"
#include "main/step_outputs.h"
#include "main/worst.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/peer.h"
#include "os/random.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { OUT_BYTES_MAX = 256 * 1024 * 1024, LOCK_WAIT_MS = 2000, LOCK_LOOK_MS = 20 };

void app_init(struct app *app, const char *config_file, bool json)
{
    *app = (struct app){.config_file = config_file, .json = json, .lock = {.fd = -1}};
    arena_init(&app->arena);
    text_init(&app->out, &app->arena, OUT_BYTES_MAX);
}

void app_done(struct app *app)
{
    app_close_ledger(app);
    arena_done(&app->arena);
}

void app_use_ledger(struct app *app, struct str ledger_path)
{
    struct arena *arena = &app->arena;
    app->ledger_path = str_copy(arena, ledger_path);
    size_t slash = ledger_path.n;
    while (slash > 0 && ledger_path.p[slash - 1] != '/')
        slash--;
    app->state_folder = slash > 1    ? str_copy(arena, str_slice(ledger_path, 0, slash - 1))
                        : slash == 1 ? STR("/")
                                     : STR(".");
    const char *folder = app->state_folder.p;
    app->socket_path = str_printf(arena, "%s/reeve.sock", folder);
    app->lock_path = str_printf(arena, "%s/lock", folder);
    app->key_path = str_printf(arena, "%s/key", folder);
    app->public_key_path = str_printf(arena, "%s/key.pub", folder);
    app->token_path = str_printf(arena, "%s/token", folder);
    app->accounts_path = str_printf(arena, "%s/accounts", folder);
    app->seen_path = str_printf(arena, "%s/seen", folder);
    app->force_path = str_printf(arena, "%s/configuration", folder);
    app->history_path = str_printf(arena, "%s/history", folder);
}

bool app_read_config(struct app *app, struct err *err)
{
    if (app->config_known)
        return true;
    struct config_errors errors;
    struct config_input input = {.file =
                                     str_of(app->config_file ? app->config_file : "reeve.yaml")};
    if (!config_load(&app->arena, input, app->config_file == NULL, &app->config, &errors)) {
        for (size_t i = 1; i < errors.count && i < CONFIG_ERRORS_MAX; i++)
            (void)fprintf(stderr, "reeve: %s: %s\n", errors.items[i].place, errors.items[i].text);
        *err = errors.items[0];
        return false;
    }
    struct signals signals;
    if (!compose_signals(&signals, &app->arena, &app->config, err))
        return false;
    app->config_known = true;
    app->runbook_path = app->config.runbook;
    app_use_ledger(app, app->config.ledger);
    return true;
}

void app_guess_paths(struct app *app)
{
    struct str file = str_of(app->config_file ? app->config_file : "reeve.yaml");
    struct str ledger = STR("reeve.db");
    struct str rest = STR("");
    struct str line;
    struct err err = {0};
    if (!file_read(&app->arena, file, LIMIT_CONFIG_BYTES, &rest, &err))
        rest = STR("");
    while (str_split(&rest, '\n', &line)) {
        if (!str_starts(line, "ledger:"))
            continue;
        line = str_from(line, strlen("ledger:"));
        line = str_trim(str_slice(line, 0, str_find(line, " #", 0)));
        bool quoted = line.n > 2 && (line.p[0] == '"' || line.p[0] == '\'');
        ledger = quoted ? str_slice(line, 1, line.n - 1) : line;
    }
    size_t folder = file.n;
    while (folder > 0 && file.p[folder - 1] != '/')
        folder--;
    if (str_starts(ledger, "/"))
        folder = 0;
    app_use_ledger(app, str_printf(&app->arena, "%.*s%.*s", STR_ARGS(str_slice(file, 0, folder)),
                                   STR_ARGS(ledger)));
}

const struct vocabulary *app_vocabulary(const struct app *app)
{
    return app->config_known ? &app->config.vocabulary : NULL;
}

bool app_read_program(struct arena *arena, struct str path, const struct vocabulary *vocabulary,
                      struct program **out_program, struct err *err)
{
    struct program_source from = {.file = path, .vocabulary = vocabulary};
    if (!file_read(arena, path, LIMIT_RUNBOOK_BYTES, &from.text, err))
        return false;
    return program_read_with(arena, &from, out_program, err);
}

bool app_has_ledger(const struct app *app)
{
    return access(app->ledger_path.p, F_OK) == 0;
}

/* Who is on call by calendar files; what is wrong with them is said by whoever shows the rotas. */
static void open_agendas(struct app *app)
{
    agendas_init(&app->agendas, &app->arena, &app->config, &app->world.oncall, app->state_folder);
    agendas_read(&app->agendas, clock_now());
}

static bool open_store(struct app *app, bool write, struct err *err)
{
    bool there = app_has_ledger(app);
    if (!compose_world(&app->world, &app->arena, &app->config, app->program, err))
        return false;
    if (!there && !write)
        return err_set(err, ERR_USAGE, app->ledger_path.p,
                       "There is no ledger yet; \"reeve serve\" begins one.");
    return ledger_sqlite_open(&app->ledger, app->ledger_path, write ? LEDGER_APPEND : LEDGER_READ,
                              err);
}

/* A command holds the lock for a moment only, and a core that begins has no socket yet: both are
 * waited for. A core that can be spoken to keeps the lock, so that nobody need wait. */
static bool take_lock(struct app *app, struct err *err)
{
    struct timespec pause = {.tv_nsec = LOCK_LOOK_MS * 1000000L};
    int64_t until_ms = clock_boot_ms() + LOCK_WAIT_MS;
    for (;;) {
        struct err held = {0};
        if (lock_take(&app->lock, app->lock_path, &held))
            return true;
        if (held.kind != ERR_REFUSED || clock_boot_ms() >= until_ms ||
            socket_client_is_there(app->socket_path)) {
            *err = held;
            return false;
        }
        (void)nanosleep(&pause, NULL);
    }
}

bool app_open_ledger(struct app *app, bool write, struct err *err)
{
    if (!app_read_program(&app->arena, app->runbook_path, app_vocabulary(app), &app->program, err))
        return false;
    if (write && (!folder_enter(app->state_folder, err) || !take_lock(app, err)))
        return false;
    world_init(&app->world);
    if (!open_store(app, write, err)) {
        world_done(&app->world);
        return false;
    }
    app->ledger_open = true;
    open_agendas(app);
    app->world.outputs = (struct step_outputs){step_outputs_read, app};
    app->world.past = (struct past_readings){worst_read, app};
    struct engine_ports ports = {.store = &app->ledger.store, .random = random_bytes};
    engine_init(&app->engine, ports, &app->world);
    if (!engine_replay(&app->engine, err))
        return false;
    beats_look(app);
    return true;
}

bool app_open_runbook(struct app *app, struct err *err)
{
    if (!app_read_program(&app->arena, app->runbook_path, app_vocabulary(app), &app->program, err))
        return false;
    world_init(&app->world);
    app->world_open = true;
    if (!compose_world(&app->world, &app->arena, &app->config, app->program, err))
        return false;
    open_agendas(app);
    return true;
}

void app_close_ledger(struct app *app)
{
    if (app->ledger_open) {
        engine_done(&app->engine);
        ledger_sqlite_close(&app->ledger);
    }
    agendas_done(&app->agendas);
    if (app->ledger_open || app->world_open)
        world_done(&app->world);
    app->ledger_open = app->world_open = false;
    if (app->lock.fd >= 0)
        lock_release(&app->lock);
    app->lock.fd = -1;
}

struct instant app_now(void)
{
    return clock_now();
}

struct caller app_local_caller(struct arena *arena)
{
    struct str name = user_name(arena, getuid());
    return caller_of_user(arena, name);
}

bool app_say(struct str words, bool as_it_is)
{
    struct text text;
    struct arena arena;
    arena_init(&arena);
    text_init(&text, &arena, 8 * words.n + 1);
    if (as_it_is)
        text_add(&text, words);
    else
        text_visible(&text, words, false);
    bool good = fwrite(text.p, 1, text.n, stdout) == text.n && fflush(stdout) == 0;
    arena_done(&arena);
    return good;
}

size_t app_columns(void)
{
    struct winsize size = {0};
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

bool app_say_prose(struct str words)
{
    size_t columns = app_columns();
    struct text text;
    struct arena arena;
    if (columns == 0)
        return app_say(words, false);
    arena_init(&arena);
    text_init(&text, &arena, 40 * words.n + 1); /* a word a line, and its indentation */
    text_wrap(&text, str_visible(&arena, words, false), columns);
    bool good = app_say(text_str(&text), false);
    arena_done(&arena);
    return good;
}

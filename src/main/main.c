/* main.c - the one command: finds the action, the configuration and the process to perform it in.
 *
 * Local actions run here. Reads and records go over the daemon's socket when one is running, else
 * they are performed here under the ledger's lock. */
#include "main/app.h"

#include "action/perform.h"
#include "collect/collect.h"
#include "face/manual.h"
#include "keeper/keeper.h"
#include "main/accounts_file.h"
#include "main/ask_password.h"
#include "main/attachments.h"
#include "main/local.h"
#include "main/socket_client.h"
#include "main/steps_end.h"
#include "os/sandbox.h"
#include "os/spawn.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { AGENDAS_SAID_MAX = 8 };

/* The command line without the options that every action takes. */
struct command_line {
    int count;
    const char **words; /* as many as there were words at all */
    const char *config;
    bool json;
    bool help;
    bool version;
};

static void add_word(struct command_line *line, const char *word)
{
    line->words[line->count++] = word;
}

static bool split_command_line(int argc, char **argv, struct command_line *line, struct err *err)
{
    bool literal = false;
    for (int i = 1; i < argc; i++) {
        struct str word = str_of(argv[i]);
        bool option = !literal && str_starts(word, "-");
        if (option && str_is(word, "--")) {
            literal = true;
        } else if (option && str_is(word, "--json")) {
            line->json = true;
        } else if (option && (str_is(word, "--help") || str_is(word, "-h"))) {
            line->help = true;
        } else if (option && str_is(word, "--version")) {
            line->version = true;
        } else if (option && str_is(word, "--config")) {
            if (++i == argc)
                return err_set(err, ERR_USAGE, "--config", "--config needs a file.");
            line->config = argv[i];
        } else if (option && str_starts(word, "--config=")) {
            line->config = argv[i] + strlen("--config=");
        } else {
            add_word(line, argv[i]);
        }
    }
    return true;
}

static int say_error(const struct err *err)
{
    (void)fprintf(stderr, "reeve: %s%s%s\n", err->place, err->place[0] ? ": " : "", err->text);
    return err_exit_code(err->kind);
}

struct saying { /* how an answer is printed */
    bool as_json, is_prose, is_file;
};

static int say_text(const struct text *text, struct saying saying)
{
    bool good = saying.is_prose && !saying.as_json
                    ? app_say_prose(text_str(text))
                    : app_say(text_str(text), saying.as_json || saying.is_file);
    return good ? 0 : 4;
}

static struct saying saying_of(const struct call *call, bool as_json)
{
    return (struct saying){as_json, call->action->is_prose, call->action->is_file};
}

static int say_help(struct arena *arena, const struct action *action)
{
    struct text text;
    text_init(&text, arena, 1024 * 1024);
    if (action)
        manual_write_action(&text, action);
    else
        manual_write_overview(&text);
    return say_text(&text, (struct saying){0});
}

/* Prints what the daemon answered: its JSON has "text", "json" and, for errors, "error". */
static int say_answer(struct arena *arena, struct str body, struct saying saying, struct err *err)
{
    struct json *answer = NULL;
    if (!json_parse(arena, body, &answer, err))
        return say_error(err);
    int64_t exit_code = 6;
    struct str error = json_get_str(answer, "error");
    if (!json_get_int(answer, "exit_code", &exit_code))
        exit_code = 6;
    if (error.n > 0) {
        (void)fprintf(stderr, "reeve: %.*s\n", STR_ARGS(error));
        return (int)exit_code;
    }
    struct text text;
    text_init(&text, arena, body.n + 1);
    text_add(&text, json_get_str(answer, saying.as_json ? "json" : "text"));
    text_adds(&text, saying.as_json ? "\n" : "");
    int said = say_text(&text, saying);
    return said ? said : (int)exit_code;
}

static int perform_over_socket(struct app *app, struct call *call, bool as_json, struct err *err)
{
    struct text body;
    if (!attachments_take(app, call, true, err))
        return say_error(err);
    text_init(&body, &app->arena, 256 * 1024);
    call_write_json(call, &body);
    struct text path;
    text_init(&path, &app->arena, 256);
    text_adds(&path, "/api/");
    for (const char *c = call->action->name; *c; c++)
        text_byte(&path, (char)(*c == ' ' ? '/' : *c));
    struct socket_request request = {app->socket_path, text_str(&path), text_str(&body)};
    struct str answer;
    if (!socket_client_post(&app->arena, &request, &answer, err))
        return say_error(err);
    return say_answer(&app->arena, answer, saying_of(call, as_json), err);
}

static int say_reply(struct reply *reply, struct saying saying)
{
    if (saying.as_json)
        text_byte(&reply->json, '\n');
    int said = say_text(saying.as_json ? &reply->json : &reply->text, saying);
    return said ? said : reply->exit_code;
}

/* Where no daemon says it: whoever asks who is on must know what the answer stands on. */
static void say_agendas(struct app *app)
{
    struct str sentences[AGENDAS_SAID_MAX];
    size_t count = agendas_say(&app->agendas, &app->arena, app_now(), sentences, AGENDAS_SAID_MAX);
    for (size_t i = 0; i < count; i++)
        (void)fprintf(stderr, "reeve: %.*s\n", STR_ARGS(sentences[i]));
}

/* A fresh checkout: the runbook can be read before anything was served. */
static int read_runbook(struct app *app, struct call *call, bool as_json, struct err *err)
{
    struct reply reply;
    reply_init(&reply, &app->arena);
    bool good =
        app_open_runbook(app, err) && action_read(&app->world, call, app_now(), &reply, err);
    say_agendas(app);
    app_close_ledger(app);
    return good ? say_reply(&reply, saying_of(call, as_json)) : say_error(err);
}

static int perform_here(struct app *app, struct call *call, bool as_json, struct err *err)
{
    struct reply reply;
    bool write = call_changes(call);
    if (!write && call->action->is_of_runbook && !app_has_ledger(app))
        return read_runbook(app, call, as_json, err);
    if (!app_open_ledger(app, write, err)) {
        /* A core that began meanwhile holds the lock, and can be spoken to now. */
        bool began = write && app->lock.fd < 0 && socket_client_is_there(app->socket_path);
        return began ? perform_over_socket(app, call, as_json, err) : say_error(err);
    }
    say_agendas(app);
    reply_init(&reply, &app->arena);
    attachments_look_for(app, &app->arena, call);
    bool good = attachments_take(app, call, false, err) &&
                action_perform(&app->engine, call, app_now(), &reply, err) &&
                accounts_file_keep(app, call, err);
    if (good)
        attachments_sweep(app, call);
    if (good && write)
        steps_end_here(app, call, &reply);
    app_close_ledger(app);
    return good ? say_reply(&reply, saying_of(call, as_json)) : say_error(err);
}

/* A slip in reeve.yaml must not cut people off from the daemon that runs: it is said, and the
 * daemon answers by what it began with. */
static int perform_unconfigured(struct app *app, struct call *call, bool as_json, struct err *err)
{
    int code = say_error(err);
    app_guess_paths(app);
    if (!socket_client_is_there(app->socket_path))
        return code;
    (void)fprintf(stderr,
                  "reeve: The daemon at %.*s runs with what it read before, and is asked.\n",
                  STR_ARGS(app->socket_path));
    *err = (struct err){0};
    return perform_over_socket(app, call, as_json, err);
}

/* The one time that it is shown: what is kept of it is its hash. */
static void say_token(struct str token, bool as_json)
{
    (void)printf(as_json ? "{\"token\":\"%.*s\"}\n" : "%.*s\n", STR_ARGS(token));
    if (!as_json)
        (void)fprintf(stderr, "It is shown this once: keep it where the program finds it.\n");
    (void)fflush(stdout);
}

static const char *find_variable(const char *name)
{
    return getenv(name);
}

static int perform(const struct command_line *line, const struct action *action, int used)
{
    struct err err = {0};
    struct app app;
    struct call call;
    app_init(&app, line->config, line->json);
    call_init(&call, action, app_local_caller(&app.arena));
    int code = 0;
    struct str token = STR("");
    bool local = action->effect == EFFECT_LOCAL;
    struct call_common common = {line->json, line->config != NULL};
    if (!call_parse(&call, &app.arena, line->count - used, line->words + used, &err) ||
        !call_check_npm(&call, &common, find_variable, &err) ||
        !call_check_npm_rest(&call, find_variable("npm_lifecycle_event"),
                             (const char *const *)environ, &err) ||
        !ask_secrets(&app.arena, &call, &token, &err) || !call_check(&call, &err))
        code = say_error(&err);
    else if (!local && !app_read_config(&app, &err))
        code = perform_unconfigured(&app, &call, line->json, &err);
    else if (local)
        code = local_perform(&app, &call, &err) ? app.exit_code : say_error(&err);
    else if (socket_client_is_there(app.socket_path))
        code = perform_over_socket(&app, &call, line->json, &err);
    else
        code = perform_here(&app, &call, line->json, &err);
    if (code == 0 && token.n > 0)
        say_token(token, line->json);
    app_done(&app);
    return code;
}

/* Roles that serve starts for itself; people do not type them. */
static bool private_role(int argc, char **argv, int *out_code)
{
    if (argc == 2 && strcmp(argv[1], "collect") == 0) {
        sandbox_hide_memory(); /* who traces it makes up what is measured */
        *out_code = collect_main(STDIN_FILENO, STDOUT_FILENO);
        return true;
    }
    if (argc == 2 && strcmp(argv[1], "keep") == 0) {
        *out_code = keeper_main(SPAWN_EXTRA_FD);
        return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    int code = 0;
    struct err err = {0};
    struct command_line line = {0};
    if (private_role(argc, argv, &code))
        return code;
    struct arena arena;
    arena_init(&arena);
    line.words = arena_array(&arena, (size_t)argc, sizeof *line.words);
    if (!split_command_line(argc, argv, &line, &err)) {
        arena_done(&arena);
        return say_error(&err);
    }
    if (line.version) {
        arena_done(&arena);
        (void)puts("reeve " REEVE_VERSION);
        return 0;
    }
    if (line.count > 0 && strcmp(line.words[0], "help") == 0) { /* "help check" as "check --help" */
        line.help = true;
        line.words++;
        line.count--;
    }
    int used = 0;
    const struct action *action = action_find(line.count, line.words, &used);
    if (line.help || line.count == 0) {
        code = say_help(&arena, action);
    } else if (!action) {
        struct str sentence = action_unknown(&arena, line.count, line.words);
        (void)err_set(&err, ERR_USAGE, "", "%.*s", STR_ARGS(sentence));
        code = say_error(&err);
    } else {
        code = perform(&line, action, used);
    }
    arena_done(&arena);
    return code;
}

/* local_migrate.c - "db:migrate", "db:rollback", "db:status" and "db:lint": one order for
 * reeve-work, which is asked to end, not killed, when this is stopped. */
#include "main/local_actions.h"
#include "main/local_database.h"
#include "main/migrate_order.h"
#include "os/stop.h"
#include "postgres/report.h"
#include "worker/order_limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    LOCK_MS = 4000,
    HOST_BYTES = 256,
    S_MS = 1000,
    MAJOR = 10000,
    MB = 1024 * 1024,
    ERRORS_BYTES_MAX = 1024 * 1024
};

static bool is_lint(const struct call *call)
{
    return strcmp(call->action->name, "db:lint") == 0;
}

static bool is_long(const struct call *call)
{
    return strcmp(call->action->name, "db:status") != 0 && !is_lint(call);
}

static void write_sizes(struct json_writer *w, const struct call *call)
{
    json_int(w, "large_rows", call_int(call, "large-rows"));
    json_int(w, "large_bytes", call_int(call, "large-mb") * MB);
}

static void write_lint(struct json_writer *w, const struct call *call)
{
    struct str rest = call_str(call, "files");
    struct str path;
    write_sizes(w, call);
    json_bool(w, "offline", call_flag(call, "offline"));
    json_bool(w, "all_rules", call_flag(call, "all-rules"));
    json_int(w, "server_version", call_int(call, "server-version") * MAJOR);
    json_open_array(w, "files");
    while (call_next_path(&rest, &path))
        json_str(w, NULL, path);
    json_close_array(w);
}

static void write_options(struct json_writer *w, const struct call *call)
{
    bool forward = strcmp(call->action->name, "db:migrate") == 0;
    if (is_lint(call))
        write_lint(w, call);
    if (!is_long(call))
        return;
    json_bool(w, "dry", call_flag(call, "dry-run"));
    json_str(w, "settle", call_str(call, "settle"));
    if (!forward) {
        json_str(w, "target", call_str(call, "target"));
        return;
    }
    json_bool(w, "out_of_order", call_flag(call, "out-of-order"));
    json_bool(w, "accept_edited", call_flag(call, "accept-edited"));
    json_bool(w, "take_over", call_flag(call, "take-over"));
    json_bool(w, "lint", !str_is(call_str(call, "lint"), "off"));
    write_sizes(w, call);
}

static struct order order_make(struct app *app, const struct call *call)
{
    struct text body;
    char host[HOST_BYTES] = "";
    struct str actor = call->caller.actor;
    struct str folder = migrations_folder(&app->arena, &app->config, call_str(call, "folder"));
    text_init(&body, &app->arena, WORK_ORDER_BYTES);
    struct json_writer w = {.text = &body};
    (void)gethostname(host, sizeof host - 1);
    json_open_object(&w, NULL);
    json_str(&w, "command", str_from(str_of(call->action->name), strlen("db:")));
    json_str(&w, "folder", folder.n > 0 ? folder : STR("db/migrations"));
    json_str(
        &w, "runner",
        str_printf(&app->arena, "%.*s on %s, process %d", STR_ARGS(actor), host, (int)getpid()));
    json_int(&w, "lock_timeout_ms", is_long(call) ? call_int(call, "lock-timeout") : LOCK_MS);
    json_int(&w, "patience_ms", is_long(call) ? call_int(call, "wait") * S_MS : 0);
    json_bool(&w, "progress", is_long(call) && !app->json);
    write_options(&w, call);
    json_close_object(&w);
    return (struct order){.kind = ORDER_POSTGRES_MIGRATE,
                          .id = STR("db-migrate"),
                          .body_json = text_str(&body),
                          .deadline_ms = WORK_DEADLINE_DAY_MS};
}

/* What is unknown is no pass. */
static int lint_exit_of(const struct json *output)
{
    static const char *const keys[] = {"lint_errors", "lint_warnings", "lint_unknown",
                                       "finding_count"};
    int64_t sum = 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        int64_t count = 0;
        (void)!json_get_int(output, keys[i], &count);
        sum += count;
    }
    return sum > 0 ? EXIT_FOUND : 0;
}

static int exit_of(const struct call *call, const struct order_result *result,
                   const struct json *output)
{
    int64_t pending = 0;
    int64_t half = 0;
    int64_t findings = 0;
    if (result->outcome == ORDER_DOUBTED)
        return EXIT_DOUBT;
    if (result->outcome != ORDER_DONE)
        return result->outcome == ORDER_REFUSED ? EXIT_REFUSED : EXIT_OUTSIDE;
    if (is_long(call))
        return 0;
    if (is_lint(call))
        return lint_exit_of(output);
    (void)!json_get_int(output, "pending", &pending);
    (void)!json_get_int(output, "half", &half);
    (void)!json_get_int(output, "finding_count", &findings);
    return pending + half + findings > 0 || json_get(output, "foreign") ? EXIT_FOUND : 0;
}

/* Files that are named and looked at without a server need no reeve.yaml. */
static bool read_config(struct app *app, const struct call *call, struct err *err)
{
    bool alone = is_lint(call) && call_flag(call, "offline") && call_str(call, "files").n > 0;
    return alone || database_read_config(app, err);
}

static bool check_words(const struct call *call, struct err *err)
{
    if (strcmp(call->action->name, "db:migrate") != 0)
        return true;
    struct str lint = call_str(call, "lint");
    return str_is(lint, "on") || str_is(lint, "off") ||
           err_set(err, ERR_USAGE, "--lint", "It is on or off.");
}

static bool perform(struct app *app, const struct call *call, struct err *err)
{
    SECRET_SCOPED url = {.n = 0};
    struct order_result result;
    struct json *output = NULL;
    struct text errors;
    if (!check_words(call, err) || !read_config(app, call, err))
        return false;
    struct order order = order_make(app, call);
    const struct config_database *database = &app->config.database;
    bool owner = (is_long(call) || is_lint(call)) && database->owner.name.n > 0;
    bool offline = is_lint(call) && call_flag(call, "offline");
    if (!offline &&
        !database_add_address(app, &order, owner ? &database->owner : &database->url, &url, err))
        return false;
    struct foreground foreground = {.order = &order, .secrets = &url, .stop = stop_catch()};
    if (!database_perform(app, foreground, &result, err) ||
        !json_parse(&app->arena, result.output, &output, err))
        return false;
    app->exit_code = exit_of(call, &result, output);
    if (app->json) {
        text_add(&app->out, result.output);
        text_byte(&app->out, '\n');
        return true;
    }
    report_migrate(&app->out, output);
    text_init(&errors, &app->arena, ERRORS_BYTES_MAX);
    report_lint(is_lint(call) ? &app->out : &errors, output);
    report_migrate_errors(&errors, output);
    if (is_lint(call))
        report_lint_sum(&app->out, output);
    (void)fprintf(stderr, "%s", errors.n > 0 ? text_str(&errors).p : "");
    return true;
}

bool local_db_migrate(struct app *app, const struct call *call, struct err *err)
{
    return perform(app, call, err);
}

bool local_db_rollback(struct app *app, const struct call *call, struct err *err)
{
    return perform(app, call, err);
}

bool local_db_status(struct app *app, const struct call *call, struct err *err)
{
    return perform(app, call, err);
}

bool local_db_lint(struct app *app, const struct call *call, struct err *err)
{
    return perform(app, call, err);
}

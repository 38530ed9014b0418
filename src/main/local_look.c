/* local_look.c - "db:locks" and the other looks into the database: an order for reeve-work, and its
 * answer as people or programs read it. */
#include "main/local_actions.h"

#include "main/local_database.h"
#include "main/looks_kept.h"
#include "main/query_order.h"
#include "postgres/grid.h"
#include "postgres/report.h"

#include <stdio.h>

/* Nothing was found and all is known, something was found, or something is not known. */
static int code_of(const struct json *output)
{
    const struct json *findings = json_get(output, "findings");
    const struct json *unknown = json_get(output, "unknown");
    if (!findings)
        return EXIT_OUTSIDE;
    return findings->first ? EXIT_FOUND : unknown && unknown->first ? EXIT_OUTSIDE : 0;
}

static void show(struct app *app, const struct json *output, struct str json)
{
    struct str failure = json_get_str(json_get(output, "failure"), "sentence");
    app->exit_code = code_of(output);
    if (app->json) {
        text_add(&app->out, json);
        text_byte(&app->out, '\n');
    } else if (failure.n > 0) {
        struct text said;
        text_init(&said, &app->arena, 4096);
        grid_cell(&said, failure, ORDER_DETAIL_BYTES);
        (void)fprintf(stderr, "%s\n", text_str(&said).p);
    } else {
        report_look(&app->out, output, app_columns());
    }
}

/* What remains of the answer. That it cannot be kept is said, and no failure: the look was taken.
 */
static struct str keep(struct app *app, struct str json)
{
    struct err err = {0};
    struct str rest = looks_kept_take(&app->arena, app->state_folder, json, &err);
    if (err.text[0])
        (void)fprintf(stderr,
                      "What this look saw could not be kept for the next one, which will not tell "
                      "what was done since: %s\n",
                      err.text);
    return rest;
}

bool local_db_look(struct app *app, const struct call *call, struct err *err)
{
    SECRET_SCOPED url = {.n = 0};
    struct order_result result;
    struct json *output = NULL;
    struct str look = str_of(call->action->name + strlen("db:"));
    if (!database_read_config(app, err))
        return false;
    struct str before =
        str_is(look, "slow") ? looks_kept_read(&app->arena, app->state_folder) : STR("");
    struct order order = look_order(&app->arena, &app->config.database, look, before);
    if (!database_add_address(app, &order, &app->config.database.url, &url, err) ||
        !database_perform(app, (struct foreground){.order = &order, .secrets = &url}, &result,
                          err) ||
        !json_parse(&app->arena, result.output, &output, err))
        return false;
    show(app, output, keep(app, result.output));
    return true;
}

/* "4711", or start and pid in hex as PostgreSQL's own log has a session: "68f1a2b3.1267". */
static bool read_session(struct str said, int64_t *out_pid, struct str *out_id, struct err *err)
{
    size_t dot = str_find_byte(said, '.', 0);
    int64_t pid = 0;
    bool good = dot == said.n ? str_int(said, &pid)
                              : dot > 0 && dot <= 10 && said.n - dot >= 2 && said.n - dot <= 9;
    for (size_t i = 0; good && dot < said.n && i < said.n; i++) {
        char c = said.p[i];
        good = i == dot || byte_is_digit(c) || (c >= 'a' && c <= 'f');
        if (i > dot)
            pid = pid * 16 + (byte_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    if (!good || pid < 1 || pid > INT32_MAX)
        return err_set(err, ERR_USAGE, "db:locks",
                       "\"%.*s\" is no session: give a pid, or start.pid as the table has it.",
                       STR_ARGS(str_cut(said, 40)));
    *out_pid = pid;
    *out_id = dot < said.n ? said : STR("");
    return true;
}

static bool end_session(struct app *app, struct str said, bool terminate, struct err *err)
{
    SECRET_SCOPED url = {.n = 0};
    struct order_result result;
    int64_t pid = 0;
    struct str id;
    if (!read_session(said, &pid, &id, err) || !database_read_config(app, err))
        return false;
    struct order order = end_order(&app->arena, pid, id, terminate);
    if (!database_add_address(app, &order, &app->config.database.url, &url, err) ||
        !database_perform(app, (struct foreground){.order = &order, .secrets = &url}, &result, err))
        return false;
    app->exit_code = result.outcome == ORDER_DONE      ? 0
                     : result.outcome == ORDER_REFUSED ? EXIT_REFUSED
                     : result.outcome == ORDER_FAILED  ? EXIT_OUTSIDE
                                                       : EXIT_DOUBT;
    if (app->json) {
        struct json_writer w = {.text = &app->out};
        json_open_object(&w, NULL);
        json_int(&w, "pid", pid);
        json_str(&w, "outcome", str_of(order_outcome_name(result.outcome)));
        json_str(&w, "detail", result.detail);
        json_close_object(&w);
    } else {
        grid_cell(&app->out, result.detail, ORDER_DETAIL_BYTES);
    }
    text_byte(&app->out, '\n');
    return true;
}

bool local_db_locks(struct app *app, const struct call *call, struct err *err)
{
    struct str cancel = call_str(call, "cancel");
    struct str terminate = call_str(call, "terminate");
    if (cancel.n > 0 && terminate.n > 0)
        return err_set(err, ERR_USAGE, "db:locks", "Give one of --cancel and --terminate.");
    if (cancel.n > 0 || terminate.n > 0)
        return end_session(app, cancel.n > 0 ? cancel : terminate, terminate.n > 0, err);
    return local_db_look(app, call, err);
}

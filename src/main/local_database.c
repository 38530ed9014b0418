/* local_database.c - "db:ping" and "db:query": an order for reeve-work, and its answer as people
 * or programs read it. The secrets are read here and go to reeve-work on its standard input. */
#include "main/local_actions.h"

#include "keeper/keeper_secret.h"
#include "main/local_database.h"
#include "main/local_runbook.h"
#include "main/programs.h"
#include "main/query_order.h"
#include "os/file.h"
#include "postgres/address.h"
#include "postgres/grid.h"
#include "postgres/report.h"
#include "postgres/sql.h"
#include "run/procedure.h"

#include <stdio.h>
#include <unistd.h>

bool database_read_config(struct app *app, struct err *err)
{
    if (!app_read_config(app, err))
        return false;
    return app->config.database.on ||
           err_set(err, ERR_USAGE, app->config.file.n > 0 ? app->config.file.p : "reeve.yaml",
                   "There is no database to ask; write services: { database: { url: "
                   "env:DATABASE_URL } }.");
}

bool database_add_address(struct app *app, struct order *order, const struct config_secret *from,
                          struct secret_value *secret, struct err *err)
{
    struct arena *arena = &app->arena;
    struct address address;
    struct str reference =
        str_printf(arena, "%s:%.*s", from->from_file ? "file" : "env", STR_ARGS(from->source));
    if (!keeper_secret_read(arena, reference, secret, err) ||
        !address_read(arena, from->name.p, secret_value_reveal(secret), &address, err))
        return false;
    order->secret_fields[order->secret_count] = str_ends(from->name, ".pooler") ? "pooler" : "url";
    order->secret_names[order->secret_count++] = from->name;
    return true;
}

/* Direct and pooler, as the order names them. */
struct addresses {
    struct secret_value items[2];
};

static void wipe(struct addresses *addresses)
{
    secret_value_wipe(&addresses->items[0]);
    secret_value_wipe(&addresses->items[1]);
}

bool database_perform(struct app *app, struct foreground foreground,
                      struct order_result *out_result, struct err *err)
{
    struct programs programs;
    if (!programs_find(&app->arena, &programs, err))
        return false;
    struct order_result result;
    foreground.program = programs.worker;
    if (!worker_perform(&app->arena, &foreground, &result, err))
        return false;
    if (result.output.n == 0 && order_has_output(foreground.order->kind))
        return err_set(err, result.outcome == ORDER_REFUSED ? ERR_REFUSED : ERR_OUTSIDE, "", "%.*s",
                       STR_ARGS(result.detail));
    *out_result = result;
    return true;
}

bool local_db_ping(struct app *app, const struct call *call, struct err *err)
{
    (void)call;
    struct addresses secrets __attribute__((cleanup(wipe))) = {0};
    struct order order = ping_order();
    struct order_result result;
    struct json *output = NULL;
    if (!database_read_config(app, err) ||
        !database_add_address(app, &order, &app->config.database.url, &secrets.items[0], err))
        return false;
    const struct config_secret *second = &app->config.database.pooler;
    if (second->name.n > 0 && !database_add_address(app, &order, second, &secrets.items[1], err))
        return false;
    if (!database_perform(app, (struct foreground){.order = &order, .secrets = secrets.items},
                          &result, err) ||
        !json_parse(&app->arena, result.output, &output, err))
        return false;
    app->exit_code = result.outcome == ORDER_DONE ? 0 : EXIT_OUTSIDE;
    if (app->json) {
        text_add(&app->out, result.output);
        text_byte(&app->out, '\n');
    } else {
        report_ping(&app->out, output);
    }
    return true;
}

/* The SQL among a procedure's steps, one behind the other. */
static void add_steps(struct text *text, const struct program *program,
                      const struct procedure *procedure)
{
    for (int i = 0; i < procedure->step_count; i++) {
        const struct procedure_step *step = &procedure->steps[i];
        const struct statement *statement = &program->statements[step->statement];
        if (statement->kind == STATEMENT_COMMAND && statement->command.traits.sql != SQL_NONE)
            text_printf(text, "%s%.*s", text->n > 0 ? ";\n" : "", STR_ARGS(step->command));
    }
}

/* Is name the heading directly above? */
static bool is_below(const struct procedure *procedure, struct str name)
{
    struct str path = procedure->path;
    if (path.n < name.n || name.n == 0)
        return false;
    size_t from = path.n - name.n;
    return str_equal_nocase(str_from(path, from), name) &&
           (from == 0 || str_ends(str_slice(path, 0, from), " / "));
}

/* A procedure of that name, else all SQL below a heading of that name. */
static bool find_sql(struct app *app, struct str name, struct str *out_sql, struct err *err)
{
    struct arena *arena = &app->arena;
    struct program *program = NULL;
    struct text text;
    text_init(&text, arena, SQL_BYTES_MAX);
    if (!app_read_program(arena, app->runbook_path, app_vocabulary(app), &program, err))
        return false;
    struct procedures procedures = procedures_make(arena, program, NULL);
    const struct procedure *procedure = procedure_find(&procedures, name, err);
    if (procedure)
        add_steps(&text, program, procedure);
    for (int i = 0; text.n == 0 && i < procedures.count; i++)
        if (is_below(&procedures.items[i], name))
            for (; i < procedures.count && is_below(&procedures.items[i], name); i++)
                add_steps(&text, program, &procedures.items[i]);
    if (!procedure && text.n == 0)
        return false;
    if (text.n == 0 || text_full(&text))
        return err_set(err, ERR_USAGE, "from",
                       text.n == 0 ? "\"%.*s\" in the runbook holds no SQL."
                                   : "\"%.*s\" in the runbook is too long.",
                       STR_ARGS(name));
    *out_sql = text_str(&text);
    return true;
}

/* name: what the block is called in messages. */
static bool read_sql(struct app *app, const struct call *call, const char **out_name,
                     struct str *out_sql, struct err *err)
{
    struct str sql = call_str(call, "sql");
    struct str file = call_str(call, "file");
    struct str from = call_str(call, "from");
    if ((sql.n > 0) + (file.n > 0) + (from.n > 0) != 1)
        return err_set(err, ERR_USAGE, "db:query",
                       "Give one of three: the SQL itself, --file, or --from.");
    const char *name = "SQL";
    if (file.n > 0) {
        name = file.p;
        if (!file_read(&app->arena, file, SQL_BYTES_MAX, &sql, err))
            return false;
    } else if (from.n > 0) {
        name = from.p;
        if (!find_sql(app, from, &sql, err))
            return false;
    }
    *out_name = name;
    *out_sql = sql;
    return true;
}

static void show_query(struct app *app, const struct json *output,
                       const struct order_result *result, const char *name)
{
    struct text errors;
    text_init(&errors, &app->arena, 1024 * 1024);
    app->exit_code = result->outcome == ORDER_DONE      ? 0
                     : result->outcome == ORDER_REFUSED ? EXIT_REFUSED
                                                        : EXIT_OUTSIDE;
    if (app->json) {
        text_add(&app->out, result->output);
        text_byte(&app->out, '\n');
        return;
    }
    report_query(&app->out, output, app_columns());
    report_errors(&errors, output, name);
    if (result->outcome != ORDER_DONE && errors.n == 0) {
        grid_cell(&errors, result->detail, ORDER_DETAIL_BYTES);
        text_byte(&errors, '\n');
    }
    (void)fprintf(stderr, "%s", errors.n > 0 ? text_str(&errors).p : "");
}

bool local_db_query(struct app *app, const struct call *call, struct err *err)
{
    struct arena *arena = &app->arena;
    SECRET_SCOPED url = {.n = 0};
    struct order order;
    struct order_result result;
    struct json *output = NULL;
    const char *name = NULL;
    struct str sql;
    if (!database_read_config(app, err) || !read_sql(app, call, &name, &sql, err) ||
        !query_order(arena, &app->config.database, sql, &order, err) ||
        !database_add_address(app, &order, &app->config.database.url, &url, err))
        return false;
    if (!database_perform(app, (struct foreground){.order = &order, .secrets = &url}, &result,
                          err) ||
        !json_parse(arena, result.output, &output, err))
        return false;
    show_query(app, output, &result, name);
    return true;
}

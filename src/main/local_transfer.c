/* local_transfer.c - "db:export", "db:import" and "db:verify": one order each for reeve-work, which
 * is asked to end, not killed, when this is stopped. */
#include "keeper/keeper_secret.h"
#include "main/local_actions.h"
#include "main/local_database.h"
#include "os/stop.h"
#include "postgres/report.h"
#include "worker/order_limits.h"

struct transfer_secrets {
    struct secret_value items[2];
};

static void wipe(struct transfer_secrets *secrets)
{
    secret_value_wipe(&secrets->items[0]);
    secret_value_wipe(&secrets->items[1]);
}

static bool add_key(struct app *app, struct order *order, struct transfer_secrets *secrets,
                    struct err *err)
{
    const struct config_secret *key = &app->config.database.export_key;
    if (key->name.n == 0)
        return true;
    struct str reference =
        str_printf(&app->arena, "%s:%.*s", key->from_file ? "file" : "env", STR_ARGS(key->source));
    if (!keeper_secret_read(&app->arena, reference, &secrets->items[order->secret_count], err))
        return false;
    order->secret_fields[order->secret_count] = "export_key";
    order->secret_names[order->secret_count++] = key->name;
    return true;
}

/* "env:NAME" or "file:PATH". */
static bool is_reference(struct str into)
{
    return str_starts(into, "env:") || str_starts(into, "file:");
}

/* An address elsewhere is named, not written: command lines are seen by others. */
static bool add_address(struct app *app, const struct call *call, struct order *order,
                        struct transfer_secrets *secrets, struct err *err)
{
    const struct config_database *database = &app->config.database;
    bool import = strcmp(call->action->name, "db:import") == 0;
    struct str into = import ? call_str(call, "into") : STR("");
    if (str_starts(into, "postgres://") || str_starts(into, "postgresql://"))
        return err_set(
            err, ERR_USAGE, "--into",
            "An address holds a password, which others can see on a command line; put it "
            "into a variable or a file and write --into env:NAME or --into file:PATH.");
    if (!is_reference(into))
        return database_add_address(app, order,
                                    database->owner.name.n > 0 ? &database->owner : &database->url,
                                    &secrets->items[0], err);
    struct config_secret elsewhere = {
        .name = STR("--into"),
        .from_file = str_starts(into, "file:"),
        .source = str_copy(&app->arena, str_from(into, str_find_byte(into, ':', 0) + 1))};
    return database_add_address(app, order, &elsewhere, &secrets->items[0], err);
}

static struct str folder_of(struct arena *arena, struct str file)
{
    size_t end = file.n;
    while (end > 0 && file.p[end - 1] != '/')
        end--;
    return end == 0 ? STR(".") : str_copy(arena, str_slice(file, 0, end));
}

static struct order order_make(struct app *app, const struct call *call)
{
    struct text body;
    bool export = strcmp(call->action->name, "db:export") == 0;
    bool verify = strcmp(call->action->name, "db:verify") == 0;
    text_init(&body, &app->arena, WORK_ORDER_BYTES);
    struct json_writer w = {.text = &body};
    json_open_object(&w, NULL);
    json_str(&w, "file", call_str(call, export ? "to" : "file"));
    json_int(&w, "jobs", verify ? 1 : call_int(call, "jobs"));
    json_bool(&w, "json", app->json);
    if (!export)
        json_bool(&w, "plain", call_flag(call, "plain"));
    if (verify)
        json_bool(&w, "verify", true);
    if (!export && !verify) {
        struct str into = call_str(call, "into");
        struct str scratch = call_str(call, "scratch");
        json_str(&w, "into", is_reference(into) ? STR("") : into);
        json_str(&w, "overwrite", call_str(call, "overwrite"));
        json_bool(&w, "no_owner", call_flag(call, "no-owner"));
        json_str(&w, "scratch",
                 scratch.n > 0 ? scratch : folder_of(&app->arena, call_str(call, "file")));
    }
    json_close_object(&w);
    return (struct order){.kind = export ? ORDER_POSTGRES_EXPORT : ORDER_POSTGRES_IMPORT,
                          .id = STR("db-transfer"),
                          .body_json = text_str(&body),
                          .deadline_ms = WORK_DEADLINE_DAY_MS};
}

static bool perform(struct app *app, const struct call *call, struct err *err)
{
    struct transfer_secrets secrets __attribute__((cleanup(wipe))) = {0};
    struct order order = order_make(app, call);
    struct order_result result;
    struct json *output = NULL;
    bool verify = strcmp(call->action->name, "db:verify") == 0;
    if (!database_read_config(app, err) ||
        (!verify && !add_address(app, call, &order, &secrets, err)) ||
        !add_key(app, &order, &secrets, err))
        return false;
    struct foreground foreground = {
        .order = &order, .secrets = secrets.items, .stop = stop_catch()};
    if (!database_perform(app, foreground, &result, err) ||
        !json_parse(&app->arena, result.output, &output, err))
        return false;
    const struct json *equal = json_get(output, "equal");
    app->exit_code = equal && equal->type == JSON_FALSE ? EXIT_FOUND : 0;
    if (app->json) {
        text_add(&app->out, result.output);
        text_byte(&app->out, '\n');
    } else {
        report_transfer(&app->out, output);
    }
    return true;
}

bool local_db_export(struct app *app, const struct call *call, struct err *err)
{
    return perform(app, call, err);
}

bool local_db_import(struct app *app, const struct call *call, struct err *err)
{
    return perform(app, call, err);
}

bool local_db_verify(struct app *app, const struct call *call, struct err *err)
{
    return perform(app, call, err);
}

/* local_backup.c - "backup:status" and "backup:drill": orders for reeve-work, and their answers as
 * people or programs read them. */
#include "main/local_actions.h"

#include "backup/backup.h"
#include "backup/drill.h"
#include "base/moment.h"
#include "main/local_database.h"
#include "main/query_order.h"
#include "os/clock.h"
#include "worker/order_limits.h"

static struct order drill_order(struct arena *arena, const struct config_backup *backup,
                                struct str target)
{
    struct text body;
    text_init(&body, arena, WORK_ORDER_BYTES);
    struct json_writer w = {.text = &body};
    json_open_object(&w, NULL);
    backup_order_keys(&w, backup);
    json_str(&w, "check", backup->check);
    json_str(&w, "database", backup->database);
    json_int(&w, "rpo_ms", backup->rpo_ms);
    json_int(&w, "rto_ms", backup->rto_ms);
    json_str(&w, "scratch", backup->scratch);
    json_str(&w, "target", target);
    json_str(&w, "user", backup->user);
    json_close_object(&w);
    return (struct order){.kind = ORDER_BACKUP_DRILL,
                          .id = STR("backup-drill"),
                          .body_json = text_str(&body),
                          .deadline_ms = WORK_DEADLINE_DAY_MS};
}

static bool perform(struct app *app, struct order *order,
                    void (*report)(struct text *out, const struct json *output), struct err *err)
{
    const struct config_database *database = &app->config.database;
    struct order_result result;
    struct json *output = NULL;
    SECRET_SCOPED url = {.n = 0};
    if (database->on && !database_add_address(app, order, &database->url, &url, err))
        return false;
    struct foreground foreground = {.order = order, .secrets = &url};
    if (!database_perform(app, foreground, &result, err) ||
        !json_parse(&app->arena, result.output, &output, err))
        return false;
    app->exit_code = result.outcome == ORDER_DONE ? 0 : EXIT_OUTSIDE;
    if (app->json) {
        text_add(&app->out, result.output);
        text_byte(&app->out, '\n');
    } else {
        report(&app->out, output);
    }
    return true;
}

static bool read_backup(struct app *app, struct err *err)
{
    if (!app_read_config(app, err))
        return false;
    return app->config.backup.on ||
           err_set(
               err, ERR_USAGE, app->config.file.n > 0 ? app->config.file.p : "reeve.yaml",
               "There are no backups to look at; write services: { backup: { stanza: main } }.");
}

bool local_backup_status(struct app *app, const struct call *call, struct err *err)
{
    (void)call;
    if (!read_backup(app, err))
        return false;
    struct order order = backup_order(&app->arena, &app->config.backup);
    return perform(app, &order, backup_report, err);
}

bool local_backup_drill(struct app *app, const struct call *call, struct err *err)
{
    struct str time = call_str(call, "time");
    struct str target = STR("");
    char text[INSTANT_TEXT_BYTES];
    struct instant at;
    if (!read_backup(app, err))
        return false;
    if (time.n > 0) {
        if (!moment_parse(time, MOMENT_BEHIND, clock_now(), &at, err))
            return false;
        if (instant_before(clock_now(), at))
            return err_set(err, ERR_USAGE, "time", "%.*s has not been yet.", STR_ARGS(time));
        instant_write(at, text);
        target = str_of(text);
    }
    struct order order = drill_order(&app->arena, &app->config.backup, target);
    return perform(app, &order, drill_report, err);
}

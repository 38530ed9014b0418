/* local.c - finds a local action by name and prints what it wrote. */
#include "main/local.h"

#include "face/manual.h"
#include "main/config_force.h"
#include "main/config_watch.h"
#include "main/local_actions.h"
#include "os/file.h"
#include "os/random.h"

#include <stdio.h>

/* The file is wrong: what the core runs with is all there is to show. */
static bool show_force_only(struct app *app, const struct err *err)
{
    struct config_force force;
    app_guess_paths(app);
    if (app->json || !config_force_read(&app->arena, app->force_path, app->socket_path, &force))
        return false;
    text_printf(&app->out, "# %s: %s\n# Reeve goes on by what it read before, which is:\n",
                err->place, err->text);
    config_force_show(&app->out, &force);
    app->exit_code = 2;
    return true;
}

static bool local_config_show(struct app *app, const struct call *call, struct err *err)
{
    struct config_force force;
    struct arena *arena = &app->arena;
    (void)call;
    if (!app_read_config(app, err))
        return show_force_only(app, err);
    size_t differ = config_force_read(arena, app->force_path, app->socket_path, &force)
                        ? config_force_compare(arena, &force, &app->config)
                        : 0;
    if (differ > 0 && !app->json)
        text_printf(&app->out, "# %.*s\n",
                    STR_ARGS(config_watch_ask(arena, app->socket_path, &app->config, app_now())));
    if (!app->json) {
        config_show(&app->out, &app->config);
        return true;
    }
    struct json_writer w = {.text = &app->out};
    config_show_json(&w, &app->config);
    text_byte(&app->out, '\n');
    return true;
}

static bool local_token_new(struct app *app, const struct call *call, struct err *err)
{
    (void)call;
    struct str token = random_id(&app->arena, 24);
    /* With who made it, for the fact that the daemon records when it sees the file. */
    struct str line = str_printf(&app->arena, "%.*s\n%.*s\n", STR_ARGS(token),
                                 STR_ARGS(app_local_caller(&app->arena).person));
    if (!app_read_config(app, err) || !folder_enter(app->state_folder, err) ||
        !file_write(app->token_path, line, 0600, err))
        return false;
    text_printf(&app->out, "http://%.*s/?token=%.*s\n", STR_ARGS(app->config.listen),
                STR_ARGS(token));
    return true;
}

static bool local_manual(struct app *app, const struct call *call, struct err *err)
{
    (void)call;
    manual_write_markdown(&app->out);
    text_adds(&app->out, "\n# Configuration\n\n");
    config_write_manual(&app->out);
    return !text_full(&app->out) ||
           err_set(err, ERR_SELF, "manual", "The manual is longer than what can be printed.");
}

static const struct {
    const char *name;
    bool (*function)(struct app *app, const struct call *call, struct err *err);
} functions[] = {
    {"serve", local_serve},
    {"check", local_check},
    {"explain", local_explain},
    {"diff", local_diff},
    {"export prometheus", local_export_prometheus},
    {"import", local_import},
    {"alert backtest", local_alert_backtest},
    {"alert test", local_alert_test},
    {"alert why", local_alert_why},
    {"run watch", local_run_watch},
    {"backup:drill", local_backup_drill},
    {"backup:status", local_backup_status},
    {"db:ping", local_db_ping},
    {"db:query", local_db_query},
    {"db:locks", local_db_locks},
    {"db:slow", local_db_look},
    {"db:connections", local_db_look},
    {"db:vacuum", local_db_look},
    {"db:indexes", local_db_look},
    {"db:sequences", local_db_look},
    {"db:replication", local_db_look},
    {"db:settings", local_db_look},
    {"db:bloat", local_db_look},
    {"db:grants", local_db_look},
    {"db:migrate", local_db_migrate},
    {"db:rollback", local_db_rollback},
    {"db:status", local_db_status},
    {"db:lint", local_db_lint},
    {"db:export", local_db_export},
    {"db:import", local_db_import},
    {"db:verify", local_db_verify},
    {"health:check", local_health_check},
    {"metrics:performance", local_metrics_performance},
    {"ledger show", local_ledger_show},
    {"ledger verify", local_ledger_verify},
    {"ledger checkpoint", local_ledger_checkpoint},
    {"ledger backup", local_ledger_backup},
    {"config show", local_config_show},
    {"token new", local_token_new},
    {"manual", local_manual},
};

bool local_perform(struct app *app, const struct call *call, struct err *err)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (strcmp(functions[i].name, call->action->name) != 0)
            continue;
        if (!functions[i].function(app, call, err))
            return false;
        struct str out = text_str(&app->out);
        if (!(call->action->is_prose && !app->json ? app_say_prose(out) : app_say(out, app->json)))
            return err_set(err, ERR_OUTSIDE, "standard output", "The answer could not be written.");
        return true;
    }
    return err_set(err, ERR_SELF, call->action->name, "This action has no function in this build.");
}

/* local_export.c - "export prometheus": the runbook's alerts for those who run Prometheus. */
#include "main/local_actions.h"

#include "face/export.h"
#include "main/compose.h"
#include "main/local_naming.h"
#include "main/local_runbook.h"

bool local_export_prometheus(struct app *app, const struct call *call, struct err *err)
{
    struct arena *arena = &app->arena;
    struct str file = call_str(call, "file");
    struct program *program = NULL;
    struct signals signals;
    struct severity_plan plan;
    const struct config none = {0};
    if (!local_find_config(app, &file, err) ||
        !app_read_program(arena, file, app_vocabulary(app), &program, err))
        return false;
    local_answer(arena, app, program);
    const struct config *config = local_is_configured(app, file) ? &app->config : &none;
    if (!compose_signals(&signals, arena, config, err))
        return false;
    struct rules rules = compose_rules(arena, config, program, &signals);
    struct severity_mapping mapping = compose_mapping(config);
    severity_plan_make(program, &mapping, &plan);
    struct export_source source = {program,  &rules, &plan,
                                   &signals, NULL,   call_flag(call, "quoted")};
    if (config != &none)
        source.namings = local_naming_of_rules(app, &rules);
    if (call_flag(call, "alertmanager"))
        export_write_routes(&app->out, &source);
    else
        export_write_rules(&app->out, &source);
    return true;
}

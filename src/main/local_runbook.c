/* local_runbook.c - which runbook and which configuration a local action is about. */
#include "main/local_runbook.h"

#include "main/config_answer.h"

#include <sys/stat.h>
#include <unistd.h>

bool local_config_is_there(const struct app *app)
{
    return app->config_file || access("reeve.yaml", F_OK) == 0;
}

static bool is_same_file(struct str a, struct str b)
{
    struct stat first;
    struct stat second;
    return stat(a.p, &first) == 0 && stat(b.p, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

bool local_find_config(struct app *app, struct str *file, struct err *err)
{
    struct err absent = {0};
    bool must = file->n == 0 || app->config_file;
    if (!must && !local_config_is_there(app))
        return true;
    if (!app_read_config(app, must ? err : &absent))
        return !must;
    if (file->n == 0)
        *file = app->runbook_path;
    return true;
}

bool local_is_configured(const struct app *app, struct str file)
{
    return app->config_known && (app->config_file || is_same_file(file, app->runbook_path));
}

void local_answer(struct arena *arena, const struct app *app, struct program *program)
{
    if (local_is_configured(app, program->file))
        config_answer(arena, &app->config, program);
}

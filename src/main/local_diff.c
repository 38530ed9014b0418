/* local_diff.c - "diff": what changes in policy from one version of a runbook to another. */
#include "main/local_actions.h"

#include "main/local_runbook.h"
#include "runbook/diff.h"

static void write_json(struct text *out, const struct diff *diff)
{
    struct json_writer w = {.text = out};
    for (size_t i = 0; i < diff->count; i++)
        diff_write_change(&w, &diff->changes[i]);
    w.comma = false;
    json_open_object(&w, NULL);
    json_open_object(&w, "summary");
    json_int(&w, "added", diff->counts[CHANGE_ADDED]);
    json_int(&w, "removed", diff->counts[CHANGE_REMOVED]);
    json_int(&w, "changed", diff->counts[CHANGE_CHANGED]);
    json_close_object(&w);
    json_close_object(&w);
    text_byte(out, '\n');
}

bool local_diff(struct app *app, const struct call *call, struct err *err)
{
    struct program *old = NULL;
    struct program *now = NULL;
    struct str file = call_str(call, "new");
    if (!local_find_config(app, &file, err) ||
        !app_read_program(&app->arena, call_str(call, "old"), app_vocabulary(app), &old, err) ||
        !app_read_program(&app->arena, file, app_vocabulary(app), &now, err))
        return false;
    struct diff diff = diff_make(&app->arena, old, now);
    app->exit_code = diff.count > 0 ? 1 : 0;
    if (app->json) {
        write_json(&app->out, &diff);
        return true;
    }
    for (size_t i = 0; i < diff.count; i++) {
        text_add(&app->out, diff_sentence(&app->arena, &diff.changes[i]));
        text_byte(&app->out, '\n');
    }
    if (diff.count == 0)
        text_adds(&app->out, "Nothing changes in policy.\n");
    return true;
}

/* steps_end.c - ending the commands of a run without a daemon. */
#include "main/steps_end.h"

#include "main/step_outputs.h"
#include "os/clock.h"
#include "worker/step.h"

/* The run that the call is about; NULL: it is about none. */
static const struct run *run_of(const struct app *app, const struct call *call)
{
    const char *name = call->action->arguments[0].name;
    if (!str_starts(str_of(call->action->name), "run ") || !name || strcmp(name, "number") != 0)
        return NULL;
    return run_find(&app->world.runs, call_int(call, "number"));
}

static bool is_to_end(const struct run *run, const struct run_step *step)
{
    return step->does == DOES_COMMAND && step->begun && instant_is_zero(step->ended) &&
           (run->cancelled || step->stopping);
}

static void end_one(struct app *app, const struct run *run, int step, struct reply *reply)
{
    char folder[STEP_PATH_BYTES];
    struct err err = {0};
    struct step_place place = step_place_of(run, step);
    struct str boot_id = clock_boot_id(reply->arena);
    int start = step_place_newest(app, &place, folder);
    struct step_sight sight = {.state = STEP_NOT_BEGUN};
    if (start > 0)
        sight = step_look(reply->arena, str_of(folder), boot_id);
    if (sight.state == STEP_ENDED || sight.state == STEP_LOST) {
        text_printf(&reply->text,
                    "The command of step %d does not run any more; what became of it is recorded "
                    "when \"reeve serve\" starts next.\n",
                    step + 1);
    } else if (start == 0) {
        text_printf(&reply->text, "The command of step %d had not begun, and will not.\n",
                    step + 1);
    } else if (step_cancel(str_of(folder), boot_id, &err)) {
        text_printf(&reply->text,
                    "The command of step %d is being ended now, by force after 5 s; its end is "
                    "recorded when \"reeve serve\" starts next.\n",
                    step + 1);
    } else {
        text_printf(&reply->text,
                    "The command of step %d may still run (%s); it is ended when \"reeve serve\" "
                    "starts next.\n",
                    step + 1, err.text);
    }
}

void steps_end_here(struct app *app, const struct call *call, struct reply *reply)
{
    const struct run *run = run_of(app, call);
    for (int i = 0; run && i < run->step_count; i++)
        if (is_to_end(run, &run->steps[i]))
            end_one(app, run, i, reply);
}

/* read_output.c - "run output": what a step has put out, whole or from where somebody was. */
#include "action/read_output.h"

#include "action/reads.h"

static bool read_of(const struct world *world, struct arena *arena,
                    const struct step_output_ask *ask, struct step_output_view *out_view)
{
    const struct step_outputs *outputs = &world->outputs;
    return outputs->read && outputs->read(outputs->context, arena, ask, out_view);
}

/* The step whose turn it is, else the last one that has put something out; -1: none. */
static int find_step(const struct run *run, int64_t number)
{
    if (number > 0)
        return number <= run->step_count ? (int)number - 1 : -1;
    int current = run_current(run);
    for (int i = run->step_count - 1; current < 0 && i > 0; i--)
        if (run->steps[i].output_bytes > 0)
            return i;
    return current < 0 ? 0 : current;
}

bool read_run_output(const struct call *call, const struct world *world, struct reply *reply,
                     struct err *err)
{
    const struct run *run = read_find_run(world, call_int(call, "number"), err);
    struct step_output_view view = {.text = STR("")};
    struct json_writer w = {.text = &reply->json};
    if (!run)
        return false;
    int step = find_step(run, call_int(call, "step"));
    struct step_output_ask ask = {run, step, -1};
    if (call_str(call, "from").n > 0)
        ask.from = call_int(call, "from");
    if (step < 0)
        return err_set(err, ERR_USAGE, NULL, "Run %lld has no step %lld; it has 1 to %d.",
                       (long long)run->number, (long long)call_int(call, "step"), run->step_count);
    bool there = read_of(world, reply->arena, &ask, &view);
    if (!there && ask.from < 0)
        text_printf(&reply->text, "Step %d of run %lld has put out nothing.\n", step + 1,
                    (long long)run->number);
    text_add(&reply->text, view.text);
    json_open_object(&w, NULL);
    json_int(&w, "step", step + 1);
    json_str(&w, "text", view.text);
    if (view.result.n > 0)
        text_printf(w.text, ",\"result\":%.*s", STR_ARGS(view.result));
    json_int(&w, "bytes", view.bytes);
    json_int(&w, "next", view.next);
    json_close_object(&w);
    return true;
}

void read_add_result(const struct world *world, struct reply *reply, const struct run *run,
                     int step)
{
    struct step_output_ask ask = {run, step, -1};
    struct step_output_view view;
    struct str line;
    int lines = 0;
    if (run->steps[step].does != DOES_QUERY || !read_of(world, reply->arena, &ask, &view))
        return;
    while (view.text.n > 0 && lines < RESULT_LINES && str_split(&view.text, '\n', &line)) {
        text_printf(&reply->text, "       %.*s\n", STR_ARGS(line));
        lines++;
    }
    if (view.text.n > 0)
        text_printf(&reply->text, "       … the rest: reeve run output %lld %d\n",
                    (long long)run->number, step + 1);
}

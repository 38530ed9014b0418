/* view_run.c - runs and procedures as views. */
#include "run/approval.h"
#include "state/world.h"

enum { VALUES_BYTES_MAX = 8 * 1024 };

/* What a person can do about the step now; "" when nothing. */
static struct str ask_of(const struct world *world, struct arena *arena, const struct run *run,
                         int at, enum run_step_state state)
{
    const struct run_step *step = &run->steps[at];
    struct run_world runs = world_runs(world);
    int approved = run_step_approved(&runs, run, at);
    int left = step->approvals - approved;
    switch (state) {
    case RUN_STEP_READY:
        if (step->does == DOES_COMMAND && !world->run_settings.commands)
            return STR("commands are not switched on here: do it by hand, then tick it");
        return step->does == DOES_CHOICE ? STR("run one of its commands, then tick it")
               : step->command.n > 0     ? STR("run its command by hand, then tick it")
                                         : STR("do it, then tick it");
    case RUN_STEP_APPROVAL:
        return left == 1 || approved == 0
                   ? str_printf(arena, "somebody other than %.*s has to approve it",
                                STR_ARGS(actor_name(run->opened_by)))
                   : str_printf(arena, "%d more have to approve it", left);
    case RUN_STEP_FAILED:
        return STR("retry it, skip it, or tick it with a note on how it was done");
    case RUN_STEP_DOUBTED: return STR("look whether it happened; then tick, retry or skip it");
    case RUN_STEP_PLANNED:
    case RUN_STEP_WAITING:
    case RUN_STEP_RUNNING:
    case RUN_STEP_DONE:
    case RUN_STEP_SKIPPED:
    case RUN_STEP_STATES: break;
    }
    return STR("");
}

static void add_approval(struct run_step_view *view, const struct run_world *runs,
                         const struct run *run, int at, struct arena *arena)
{
    const struct run_step *step = &run->steps[at];
    struct approval_words words = approval_words(runs, run, at, arena);
    char digest[HASH_HEX_BYTES];
    char until[INSTANT_TEXT_BYTES];
    struct text approvers;
    run_step_digest(runs, run, at, digest);
    text_init(&approvers, arena, VALUES_BYTES_MAX);
    for (int i = 0; i < step->approver_count; i++) {
        if (!run_approver_counts(runs, &step->approvers[i], digest))
            continue;
        instant_write(step->approvers[i].until, until);
        text_printf(&approvers, "%s%.*s until %.10s %.8s UTC", approvers.n ? ", " : "",
                    STR_ARGS(actor_name(str_of(step->approvers[i].actor))), until, until + 11);
    }
    view->approved = run_step_approved(runs, run, at);
    view->runs = words.runs;
    view->given = words.values;
    view->folder = words.folder;
    view->variables = words.variables;
    view->other = words.other;
    view->problem = words.problem;
    view->agreed_to = str_copy(arena, str_of(digest));
    view->approvers = text_str(&approvers);
}

static struct run_step_view step_view(const struct world *world, struct arena *arena,
                                      const struct run *run, int at)
{
    const struct run_step *step = &run->steps[at];
    struct run_world runs = world_runs(world);
    enum run_step_state state = run_step_state(&runs, run, at);
    struct run_step_view view = {
        .number = at + 1,
        .depth = step->depth,
        .line = step->line,
        .statement = str_of(step->statement),
        .does = str_of(step_does_name(step->does)),
        .is_title = step->does == DOES_GROUP,
        .text = step->text,
        .command = step->command,
        .action = step->action,
        .state = str_of(run_step_state_name(state)),
        .when = str_of(step_when_name(step->when)),
        .time_ms = step->time_ms,
        .time_months = step->time_months,
        .started = step->started,
        .ended = step->ended,
        .due = step->overdue ? run_step_last_date(run, at) : run_step_due(run, at),
        .overdue = step->overdue && state != RUN_STEP_DONE && state != RUN_STEP_SKIPPED,
        .by = str_of(step->by),
        .detail = str_of(step->detail),
        .tries = step->tries,
        .output_bytes = step->output_bytes,
        .approvals = step->approvals,
        .ask = ask_of(world, arena, run, at, state)};
    if (state == RUN_STEP_APPROVAL)
        add_approval(&view, &runs, run, at, arena);
    return view;
}

static struct str values_of(const struct run *run, struct arena *arena)
{
    struct text text;
    text_init(&text, arena, VALUES_BYTES_MAX);
    for (int i = 0; i < run->values.count; i++)
        text_printf(&text, "%s%.*s=%.*s", i ? ", " : "", STR_ARGS(run->values.items[i].name),
                    STR_ARGS(run->values.items[i].value));
    return text_str(&text);
}

struct run_view view_run(const struct world *world, struct arena *arena, const struct run *run)
{
    struct run_world runs = world_runs(world);
    struct run_view view = {.number = run->number,
                            .procedure = run->procedure,
                            .statement = run->statement,
                            .digest = run->digest,
                            .line = run->line,
                            .state = str_of(run_state_name(run->state)),
                            .opened = run->opened,
                            .since = run->opened_base,
                            .ended = run->ended,
                            .opened_by = run->opened_by,
                            .values = values_of(run, arena),
                            .current = run_current(run) + 1,
                            .older = !str_is(run->digest, world->runbook_digest)};
    if (run->state == RUN_STOPPED || run->state == RUN_CANCELLED)
        view.undo_count = run_undo_count(&runs, run);
    view.steps = arena_array(arena, (size_t)run->step_count, sizeof *view.steps);
    for (int i = 0; i < run->step_count; i++) {
        view.steps[i] = step_view(world, arena, run, i);
        view.done_count += !view.steps[i].is_title && (str_is(view.steps[i].state, "done") ||
                                                       str_is(view.steps[i].state, "skipped"));
        view.todo_count += !view.steps[i].is_title;
    }
    view.step_count = (size_t)run->step_count;
    return view;
}

struct run_view *view_runs(const struct world *world, struct arena *arena, bool all,
                           size_t *out_count)
{
    struct run_view *views = arena_array(arena, world->runs.count, sizeof *views);
    size_t count = 0;
    for (size_t i = world->runs.count; i-- > 0;)
        if (all || run_is_open(world->runs.items[i]))
            views[count++] = view_run(world, arena, world->runs.items[i]);
    *out_count = count;
    return views;
}

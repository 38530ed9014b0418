/* view_turn.c - the steps of open runs beside the lines that they come from. */
#include "state/world.h"

/* The newest open run of each procedure, of the runbook in force; the plan of another version has
 * lines of its own. */
static const struct run **find_runs(const struct world *world, struct arena *arena)
{
    const struct procedures *procedures = &world->procedures;
    const struct run **runs = arena_array(arena, (size_t)procedures->count, sizeof *runs);
    for (size_t i = world->runs.count; i-- > 0;) {
        const struct run *run = world->runs.items[i];
        if (!run_is_open(run) || !str_is(run->digest, world->runbook_digest))
            continue;
        for (int k = 0; k < procedures->count; k++) {
            const struct procedure *procedure = &procedures->items[k];
            if (runs[k] ||
                !str_is(run->statement, world->program->statements[procedure->statement].id))
                continue;
            if (str_equal(run->procedure, procedure->name) ||
                str_equal(run->procedure, procedure_title(procedures, procedure, arena)))
                runs[k] = run;
        }
    }
    return runs;
}

static const struct {
    enum mark mark;
    const char *said;
} turns[RUN_STEP_STATES] = {
    [RUN_STEP_WAITING] = {MARK_TURN, "waits for its time"},
    [RUN_STEP_APPROVAL] = {MARK_TURN, "waits for an approval"},
    [RUN_STEP_READY] = {MARK_TURN, "is to be done"},
    [RUN_STEP_RUNNING] = {MARK_TURN, "runs"},
    [RUN_STEP_DONE] = {MARK_OK, "is done"},
    [RUN_STEP_FAILED] = {MARK_OPEN, "failed"},
    [RUN_STEP_DOUBTED] = {MARK_OPEN, "is in doubt"},
    [RUN_STEP_SKIPPED] = {MARK_MANUAL, "was skipped"},
};

static void take_step(const struct world *world, struct arena *arena, const struct run *run,
                      int step, struct line_view *line)
{
    struct run_world runs = world_runs(world);
    enum run_step_state state = run_step_state(&runs, run, step);
    if (!turns[state].said || line->run > run->number)
        return;
    const struct run_step *of = &run->steps[step];
    bool asks = state == RUN_STEP_READY && run_step_asks(of);
    line->mark = turns[state].mark;
    line->state = str_printf(arena, "step %d of run %lld %s", step + 1, (long long)run->number,
                             asks           ? "asks whether it is to be done"
                             : of->left_out ? "does not apply"
                                            : turns[state].said);
    line->run = run->number;
    line->step = step + 1;
}

void view_turns(const struct world *world, struct arena *arena, struct line_view *lines)
{
    if (world->runs.open_count == 0)
        return;
    const struct run **runs = find_runs(world, arena);
    for (int i = 0; i < world->procedures.count; i++) {
        const struct procedure *procedure = &world->procedures.items[i];
        for (int k = 0; runs[i] && k < procedure->step_count && k < runs[i]->step_count; k++) {
            const struct procedure_step *step = &procedure->steps[k];
            if (step->does == DOES_GROUP && step->condition.form == CONDITION_NONE)
                continue;
            take_step(world, arena, runs[i], k, &lines[step->statement]);
            if (step->holder >= 0 && step->holder != step->statement)
                take_step(world, arena, runs[i], k, &lines[step->holder]);
        }
    }
}

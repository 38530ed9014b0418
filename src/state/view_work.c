/* view_work.c - what is done in an incident: the timeline of a breach, and the runs that were begun
 * because of it. */
#include "state/world.h"

struct breach_view *view_breach(struct arena *arena, const struct breach *breach)
{
    struct breach_view *view = arena_make(arena, struct breach_view);
    *view = (struct breach_view){.aware = breach->aware,
                                 .is_stated = breach->is_stated,
                                 .law_due = instant_add_ms(breach->aware, BREACH_LAW_MS),
                                 .law_ended = breach->law_ended,
                                 .law_missed = breach->law_missed,
                                 .is_law_over = breach->is_law_over,
                                 .is_waived = breach->is_waived,
                                 .law_by = str_of(breach->law_by)};
    view->lines = arena_array(arena, BREACH_LINES_MAX, sizeof *view->lines);
    for (int i = 0; i < breach->count; i++) {
        const struct breach_line *line = &breach->lines[i];
        view->lines[view->count++] = (struct breach_line_view){
            .item = i + 1,
            .line = line->line,
            .after_ms = line->after_ms,
            .text = str_of(line->text),
            .after = line->after_ms > 0 ? duration_text(arena, line->after_ms) : STR("at once"),
            .due = breach_line_due(breach, i),
            .done = line->done,
            .missed = line->missed,
            .by = str_of(line->by),
            .how = str_of(line->how)};
    }
    return view;
}

static struct str state_of(const struct world *world, const struct incident_run *from)
{
    const struct run *run = run_find(&world->runs, from->run);
    if (from->is_taken_back)
        return STR("taken back");
    if (!instant_is_zero(from->ended))
        return STR("done");
    if (!run)
        return STR("not known any more");
    return run->state == RUN_GOING ? STR("under way") : str_of(run_state_name(run->state));
}

/* The procedure of the runbook in force that is its undo. */
static void find_undo(const struct world *world, struct linked_run_view *view)
{
    struct err err = {0};
    const struct procedure *procedure = view->undo.n > 0 && !str_is(view->undo, VIEW_OWN_UNDO)
                                            ? procedure_find(&world->procedures, view->undo, &err)
                                            : NULL;
    if (!procedure)
        return;
    view->undo_statement = world->program->statements[procedure->statement].id;
    view->undo_nth = 1;
    for (int i = 0; &world->procedures.items[i] != procedure; i++)
        view->undo_nth += world->procedures.items[i].statement == procedure->statement;
}

void view_add_work(const struct world *world, struct arena *arena, const struct incident *incident,
                   struct incident_view *view)
{
    view->breach = incident->breach ? view_breach(arena, incident->breach) : NULL;
    view->may_be_breach = !incident->breach && !incident->is_no_breach &&
                          incident->state != INCIDENT_RESOLVED &&
                          view_may_be_breach(world, arena, incident);
    view->must_be_meant |= incident->breach && breach_is_open(incident->breach);
    view->runs = arena_array(arena, INCIDENT_RUNS_MAX, sizeof *view->runs);
    for (size_t i = 0; i < incident->run_count; i++) {
        const struct incident_run *run = &incident->runs[i];
        struct linked_run_view *to = &view->runs[view->run_count++];
        *to = (struct linked_run_view){.run = run->run,
                                       .procedure = str_of(run->procedure),
                                       .purpose = str_of(run->purpose),
                                       .state = state_of(world, run),
                                       .undoes = run->undoes,
                                       .undo = str_of(run->undo),
                                       .in_force = incident_run_is_in_force(incident, run)};
        find_undo(world, to);
    }
}

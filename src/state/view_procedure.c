/* view_procedure.c - procedures as views: what a line can start, and the plan of one of them. */
#include "run/overlap.h"
#include "run/rehearsal.h"
#include "run/suspect.h"
#include "state/world.h"

/* Runs keep the name that was unique when they began: "Heading / name" or the name alone. */
static bool has_name(const struct run_view *run, struct str name)
{
    struct str own = run->procedure;
    if (str_equal(own, name))
        return true;
    return own.n > name.n + 3 && str_equal(str_from(own, own.n - name.n), name) &&
           str_equal(str_slice(own, own.n - name.n - 3, own.n - name.n), STR(" / "));
}

static void take_run(struct line_procedures *line, const struct run_view *run)
{
    for (int i = 0; i < line->count; i++) {
        struct line_procedure *procedure = &line->items[i];
        if (line->count > 1 && !has_name(run, procedure->name))
            continue;
        if (!procedure->run)
            procedure->run = run;
        return;
    }
}

struct line_procedures *view_line_procedures(const struct world *world, struct arena *arena,
                                             const struct run_view *runs, size_t run_count)
{
    const struct procedures *all = &world->procedures;
    const struct program *program = world->program;
    struct line_procedures *lines = arena_array(arena, (size_t)program->count, sizeof *lines);
    for (int i = 0; i < all->count; i++)
        lines[all->items[i].statement].count++;
    for (int i = 0; i < program->count; i++) {
        if (lines[i].count > 0)
            lines[i].items = arena_array(arena, (size_t)lines[i].count, sizeof *lines[i].items);
        lines[i].count = 0;
    }
    for (int i = 0; i < all->count; i++) {
        struct line_procedures *line = &lines[all->items[i].statement];
        line->items[line->count] =
            (struct line_procedure){.name = all->items[i].name,
                                    .nth = line->count + 1,
                                    .rehearsal = view_rehearsal(world, arena, &all->items[i])};
        line->count++;
    }
    for (size_t run = 0; run < run_count; run++)
        for (int i = 0; i < program->count; i++)
            if (lines[i].count > 0 && str_is(runs[run].statement, program->statements[i].id))
                take_run(&lines[i], &runs[run]);
    return lines;
}

static struct procedure_step_view step_view(const struct world *world, struct arena *arena,
                                            const struct procedure_step *step, int number)
{
    struct step_lasting lasting = {step->endless,
                                   procedure_step_every_ms(&world->run_settings, step),
                                   procedure_step_deadline_ms(&world->run_settings, step)};
    return (struct procedure_step_view){
        .number = number,
        .depth = step->depth,
        .line = world->program->statements[step->statement].line,
        .does = str_of(step_does_name(step->does)),
        .when = str_of(step_when_name(step->when)),
        .text = step->text,
        .command = step->command,
        .note = step->note,
        .people = step->people,
        .lasting = step->does == DOES_COMMAND ? step_lasting_text(arena, &lasting) : STR(""),
        .is_title = step->does == DOES_GROUP,
        .endless = step->endless,
        .time_ms = step->time_ms,
        .time_months = step->time_months,
        .destroys = step->destroys,
        .warnings = suspect_words(arena, step->text, step->command, &(struct run_values){0}),
        .question = condition_question(arena, &step->condition),
        .user = step->does == DOES_COMMAND ? procedure_user(&world->run_settings, step->action)
                                           : STR(""),
        .approvals = procedure_step_approvals(&world->run_settings, step)};
}

static const char *words_of(enum placeholder_type type)
{
    static const char *const words[] = {[PLACEHOLDER_TEXT] = "a text",
                                        [PLACEHOLDER_ID] = "an id",
                                        [PLACEHOLDER_NAME] = "a name",
                                        [PLACEHOLDER_URL] = "an address like https://\xE2\x80\xA6",
                                        [PLACEHOLDER_EMAIL] = "a mail address",
                                        [PLACEHOLDER_DATE] = "a date",
                                        [PLACEHOLDER_TIME] = "a time",
                                        [PLACEHOLDER_NUMBER] = "a whole number",
                                        [PLACEHOLDER_PATH] = "a path",
                                        [PLACEHOLDER_VERSION] = "a version",
                                        [PLACEHOLDER_SECRET] = "a secret"};
    return words[type];
}

static bool has_place(const struct procedure_view *view, struct str name)
{
    for (int i = 0; i < view->place_count; i++)
        if (str_equal(view->places[i].name, name))
            return true;
    return false;
}

/* Each once; only what Reeve runs itself has to be filled in before the start. */
static void add_places(struct procedure_view *view, const struct procedure_step *step, int number)
{
    for (int i = 0; step->does == DOES_COMMAND && i < step->placeholder_count; i++) {
        const struct placeholder *place = &step->placeholders[i];
        if (view->place_count == LIMIT_RUN_VALUES || has_place(view, place->name))
            continue;
        view->places[view->place_count++] =
            (struct place_view){.name = place->name,
                                .step = number,
                                .is = words_of(place->type),
                                .is_refused = place->type == PLACEHOLDER_SECRET};
    }
}

/* The newest open run of it, and whether that, or anything else, forbids another one. */
static void add_runs(const struct world *world, struct arena *arena,
                     const struct procedure *procedure, struct procedure_view *view)
{
    struct str title = procedure_title(&world->procedures, procedure, arena);
    for (size_t i = 0; i < world->runs.count; i++) {
        const struct run *run = world->runs.items[i];
        if (!run_is_open(run) || !str_is(run->statement, view->statement))
            continue;
        if (str_equal(run->procedure, title) || str_equal(run->procedure, procedure->name))
            view->run = run->number;
    }
    struct run_world runs = world_runs(world);
    struct err err = {0};
    view->is_full = procedure->cut || world->runs.open_count >= LIMIT_RUNS_OPEN;
    if (!overlap_check_open(&runs, procedure, STR(""), &err))
        view->refused = str_copy(arena, str_of(err.text));
}

static void add_environments(const struct world *world, struct arena *arena,
                             struct procedure_view *view)
{
    const struct run_settings *settings = &world->run_settings;
    struct str *names = arena_array(arena, settings->environment_count, sizeof *names);
    for (size_t i = 0; i < settings->environment_count; i++)
        names[i] = settings->environments[i].name;
    view->environments = names;
    view->environment_count = settings->environment_count;
}

static const struct procedure *find(const struct world *world, struct str id, int nth)
{
    int seen = 0;
    for (int i = 0; i < world->procedures.count; i++) {
        const struct procedure *procedure = &world->procedures.items[i];
        if (str_is(id, world->program->statements[procedure->statement].id) && ++seen == nth)
            return procedure;
    }
    return NULL;
}

bool view_procedure(const struct world *world, struct arena *arena, struct str id, int nth,
                    struct procedure_view *out_view)
{
    const struct procedure *procedure = find(world, id, nth);
    if (!procedure)
        return false;
    const struct statement *statement = &world->program->statements[procedure->statement];
    struct procedure_view view = {.title =
                                      procedure_unique_name(&world->procedures, procedure, arena),
                                  .statement = statement->id,
                                  .line = statement->line,
                                  .step_count = procedure->step_count};
    view.steps = arena_array(arena, (size_t)procedure->step_count, sizeof *view.steps);
    view.places = arena_array(arena, LIMIT_RUN_VALUES, sizeof *view.places);
    for (int i = 0; i < procedure->step_count; i++) {
        view.steps[i] = step_view(world, arena, &procedure->steps[i], i + 1);
        add_places(&view, &procedure->steps[i], i + 1);
    }
    add_runs(world, arena, procedure, &view);
    add_environments(world, arena, &view);
    view.rehearsal = view_rehearsal(world, arena, procedure);
    *out_view = view;
    return true;
}

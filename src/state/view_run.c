/* view_run.c - runs and procedures as views. */
#include "run/approval.h"
#include "run/evidence.h"
#include "run/rehearsal.h"
#include "run/suspect.h"
#include "state/world.h"

enum { VALUES_BYTES_MAX = 8 * 1024 };

/* Reeve or the clock does it: it is ready for a moment only. */
static bool begins_itself(const struct run_settings *settings, const struct run_step *step)
{
    return step->does == DOES_HOLD || step->does == DOES_WAIT || step->does == DOES_NOTIFY ||
           (step->does == DOES_COMMAND && settings && settings->commands) ||
           (step->does == DOES_QUERY && run_settings_can_ask(settings, step->command));
}

/* What a person can do about the step now; "" when nothing. */
static struct str ask_of(const struct world *world, struct arena *arena, const struct run *run,
                         int at, enum run_step_state state)
{
    const struct run_step *step = &run->steps[at];
    struct run_world runs = world_runs(world);
    const struct run_settings *settings = run_settings_of(&runs, run);
    struct str problem = run_environment_problem(&runs, arena, run);
    int approved = run_step_approved(&runs, run, at);
    int left = step->approvals - approved;
    struct str other =
        str_equal(run->again_by, run->opened_by) ? STR("") : actor_name(run->again_by);
    if (state == RUN_STEP_READY && run_step_asks(step))
        return str_printf(arena, "answer yes or no: %.*s",
                          STR_ARGS(condition_question(arena, &step->condition)));
    if (run_step_surely_failed(step) && run_step_is_over(run, at))
        return STR("");
    switch (state) {
    case RUN_STEP_READY:
        if (begins_itself(settings, step) && problem.n == 0)
            return STR("");
        if (step->does == DOES_COMMAND && problem.n > 0)
            return str_printf(arena, "%.*s: it does not begin", STR_ARGS(problem));
        if (step->does == DOES_COMMAND && !world->run_settings.commands)
            return STR("commands are not switched on here: do it by hand, then tick it");
        if (step->does == DOES_QUERY && !run_settings_can_ask(settings, step->command))
            return STR("nobody is named here any more who could be asked this: do it by hand, then "
                       "tick it");
        if (run_step_wants_evidence(step) && step->attachment_count == 0)
            return STR("do it, then tick it with a note or a file: it asks for evidence");
        return step->does == DOES_CHOICE ? STR("run one of its commands, then tick it")
               : step->command.n > 0     ? STR("run its command by hand, then tick it")
               : run->environment.n > 0
                   ? str_printf(arena,
                                "do it in %.*s, telling nobody outside of the rehearsal, then tick "
                                "it",
                                STR_ARGS(run->environment))
                   : STR("do it, then tick it");
    case RUN_STEP_APPROVAL:
        return left == 1 || approved == 0
                   ? str_printf(arena, "somebody other than %.*s%s%.*s has to approve it",
                                STR_ARGS(actor_name(run->opened_by)), other.n > 0 ? " and " : "",
                                STR_ARGS(other))
                   : str_printf(arena, "%d more have to approve it", left);
    case RUN_STEP_FAILED:
        if (step->does == DOES_NOTIFY)
            return STR("retry it, which tells only who was not reached, skip it, or tick it with a "
                       "note on how they were told");
        return STR("retry it, skip it, or tick it with a note on how it was done");
    case RUN_STEP_DOUBTED: return STR("look whether it happened; then tick, retry or skip it");
    case RUN_STEP_RUNNING:
        if (step->does != DOES_COMMAND || !step->endless || run->cancelled)
            break;
        return step->stopping ? str_printf(arena, "%.*s ends the watching",
                                           STR_ARGS(actor_name(str_of(step->stopped_by))))
                              : STR("end the watching when enough was seen; it counts as done");
    case RUN_STEP_PLANNED:
    case RUN_STEP_WAITING:
    case RUN_STEP_DONE:
    case RUN_STEP_SKIPPED:
    case RUN_STEP_STATES: break;
    }
    return STR("");
}

static struct str problem_of(const struct world *world, const struct run *run, const char *digest)
{
    for (size_t i = 0; i < world->lost_count; i++)
        if (world->lost[i].run == run->number && str_is(world->lost[i].digest, digest))
            return world->lost[i].problem;
    return STR("");
}

static struct attachment_view *attachments_of(const struct world *world, struct arena *arena,
                                              const struct run *run, const struct run_step *step)
{
    struct attachment_view *views = arena_array(arena, step->attachment_count, sizeof *views);
    for (size_t i = 0; i < step->attachment_count; i++) {
        const struct run_attachment *from = &step->attachments[i];
        views[i] = (struct attachment_view){.name = from->name,
                                            .digest = str_of(from->digest),
                                            .by = str_of(from->by),
                                            .bytes = from->bytes,
                                            .at = from->at,
                                            .problem = problem_of(world, run, from->digest)};
    }
    return views;
}

/* Who agrees to what would run, or agreed to what has begun. */
static void add_approvers(struct run_step_view *view, const struct run_world *runs,
                          const struct run_step *step, struct arena *arena)
{
    bool waits = view->agreed_to.n > 0;
    struct text text;
    text_init(&text, arena, VALUES_BYTES_MAX);
    for (int i = 0; i < step->approver_count; i++) {
        const struct run_approver *approver = &step->approvers[i];
        if (waits ? !run_approver_counts(runs, approver, view->agreed_to.p)
                  : strcmp(approver->digest, step->begun_as) != 0)
            continue;
        text_printf(&text, "%s%.*s", text.n ? ", " : "",
                    STR_ARGS(actor_name(str_of(approver->actor))));
        if (view->approved++ == 0 || instant_before(approver->until, view->approved_until))
            view->approved_until = approver->until;
    }
    view->approvers = text_str(&text);
}

static void add_approval(struct run_step_view *view, const struct run_world *runs,
                         const struct run *run, int at, struct arena *arena)
{
    struct approval_words words = approval_words(runs, run, at, arena);
    char digest[HASH_HEX_BYTES];
    run_step_digest(runs, run, at, digest);
    view->runs = words.runs;
    view->given = words.values;
    view->folder = words.folder;
    view->variables = words.variables;
    view->other = words.other;
    view->problem = words.problem;
    view->refused = words.refused;
    view->asker = run_step_asker(run, at);
    view->agreed_to = str_copy(arena, str_of(digest));
}

static void add_condition(struct run_step_view *view, const struct run_world *runs,
                          const struct run *run, int at, struct arena *arena)
{
    const struct run_step *step = &run->steps[at];
    view->question = condition_question(arena, &step->condition);
    view->asks = run_step_asks(step) && str_is(view->state, "ready");
    view->left_out = step->left_out;
    view->rounds = step->rounds;
    if (view->asks)
        view->why = run_step_unanswered(runs, arena, run, at);
    else if (step->decided)
        view->why = step->why;
    if (step->decided) {
        view->answer = step->holds ? STR("yes") : STR("no");
        view->decided_by = step->decided_by;
    }
    if (run_step_surely_failed(step))
        view->handler = run_step_handler(run, at) + 1;
}

static struct run_step_view step_view(const struct world *world, struct arena *arena,
                                      const struct run *run, int at)
{
    const struct run_step *step = &run->steps[at];
    struct run_world runs = world_runs(world);
    enum run_step_state state = run_step_state(&runs, run, at);
    struct step_lasting lasting = {step->endless, run_step_every_ms(step), step->deadline_ms};
    struct run_step_view view = {
        .number = at + 1,
        .depth = step->depth,
        .line = step->line,
        .statement = str_of(step->statement),
        .does = str_of(step_does_name(step->does)),
        .is_title = step->does == DOES_GROUP,
        .is_watched = state == RUN_STEP_RUNNING && step->does == DOES_COMMAND && step->endless &&
                      !step->stopping && !run->cancelled,
        .text = step->text,
        .command = step->command,
        .action = step->action,
        .note = step->note,
        .people = step->people,
        .lasting = step->does == DOES_COMMAND ? step_lasting_text(arena, &lasting) : STR(""),
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
        .evidence = run_step_wants_evidence(step) ? evidence_asked(step->text) : STR(""),
        .attachments = attachments_of(world, arena, run, step),
        .attachment_count = step->attachment_count,
        .output_bytes = step->output_bytes,
        .approvals = step->approvals,
        .deadline = state == RUN_STEP_RUNNING && step->deadline_ms > 0
                        ? instant_add_ms(step->from, step->deadline_ms)
                        : (struct instant){0},
        .was_refused = step->failed && step->refused,
        .ask = ask_of(world, arena, run, at, state)};
    if (state != RUN_STEP_DONE && state != RUN_STEP_SKIPPED)
        view.warnings = suspect_words(arena, step->text, step->command, &run->values);
    add_condition(&view, &runs, run, at, arena);
    if (state == RUN_STEP_APPROVAL)
        add_approval(&view, &runs, run, at, arena);
    add_approvers(&view, &runs, step, arena);
    return view;
}

static struct str values_of(const struct run *run, struct arena *arena)
{
    struct text text;
    text_init(&text, arena, VALUES_BYTES_MAX);
    for (int i = 0; i < run->values.count; i++)
        text_printf(&text, "%s%.*s=%.*s", i ? ", " : "", STR_ARGS(run->values.items[i].name),
                    STR_ARGS(run->values.items[i].value));
    return str_visible(arena, text_str(&text), true);
}

struct run_view view_run(const struct world *world, struct arena *arena, const struct run *run)
{
    struct run_world runs = world_runs(world);
    struct run_view view = {.number = run->number,
                            .procedure = run->procedure,
                            .statement = run->statement,
                            .digest = run->digest,
                            .environment = run->environment,
                            .line = run->line,
                            .state = str_of(run_state_name(run->state)),
                            .opened = run->opened,
                            .since = run->opened_base,
                            .ended = run->ended,
                            .opened_by = run->opened_by,
                            .again_by = run->again_by,
                            .taken_back = run->taken_back,
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

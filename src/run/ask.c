/* ask.c - what people ask of runs, and why it is refused. */
#include "run/ask.h"

#include "run/command_line.h"
#include "run/evidence.h"
#include "run/overlap.h"
#include "run/rehearsal.h"

struct event *ask_add(const struct run_world *world, const struct run_call *call,
                      enum event_kind kind, int64_t number, struct event_list *out)
{
    struct event *event = event_list_add(out, kind, world->now, call->actor,
                                         str_printf(out->arena, "run:%lld", (long long)number));
    event_set_int(event, "number", number);
    return event;
}

const struct run *ask_find_open(const struct run_world *world, const struct run_call *call,
                                struct err *err)
{
    const struct run *run = run_find(world->runs, call->number);
    if (run && run_is_open(run))
        return run;
    if (!run && (call->number < 1 || call->number > world->runs->last_number))
        err_set(err, ERR_USAGE, NULL,
                "There is no run %lld; \"reeve run list\" shows those that are open.",
                (long long)call->number);
    else
        err_set(err, ERR_REFUSED, NULL, "Run %lld is done; start a new one with \"reeve run\".",
                (long long)call->number);
    return NULL;
}

int ask_find_step(const struct run *run, const struct run_call *call, struct err *err)
{
    int64_t step = call->step > 0 ? call->step - 1 : run_current(run);
    if (step < 0 && call->step == 0) {
        err_set(err, ERR_REFUSED, NULL, "Every step of run %lld is over; nothing is left to do.",
                (long long)run->number);
        return -1;
    }
    if (step < 0 || step >= run->step_count) {
        err_set(err, ERR_USAGE, NULL, "Run %lld has no step %lld; it has 1 to %d.",
                (long long)run->number, (long long)call->step, run->step_count);
        return -1;
    }
    if (run->steps[step].does == DOES_GROUP && !run_step_asks(&run->steps[step])) {
        err_set(err, ERR_USAGE, NULL,
                "Step %lld of run %lld is a title; name one of the steps below it.",
                (long long)step + 1, (long long)run->number);
        return -1;
    }
    return (int)step;
}

/* The value that the caller gives to a name; false: none. */
static bool find_value(struct str values, struct str name, struct str *out_value)
{
    struct str one;
    while (values.n > 0 && str_split(&values, '\n', &one)) {
        size_t equal = str_find_byte(one, '=', 0);
        if (equal == one.n || !str_equal_nocase(str_slice(one, 0, equal), name))
            continue;
        *out_value = str_from(one, equal + 1);
        return true;
    }
    return false;
}

static bool is_set(const struct event_list *out, size_t from, struct str name)
{
    for (size_t i = from; i < out->count; i++)
        if (out->items[i].kind == EVENT_RUN_VALUE_SET &&
            str_equal(event_str(&out->items[i], "name"), name))
            return true;
    return false;
}

/* A run that is being opened. */
struct opening {
    const struct run_world *world;
    const struct run_call *call;
    const struct procedure *procedure;
    const struct procedure *production; /* the same as production has it */
    int64_t number;
    struct event_list *out;
    size_t from; /* its first event */
};

static bool set_value(const struct opening *opening, int step, const struct placeholder *place,
                      struct err *err)
{
    struct str value;
    struct event_list *out = opening->out;
    if (is_set(out, opening->from, place->name))
        return true;
    if (!find_value(opening->call->values, place->name, &value))
        return err_set(err, ERR_USAGE, NULL,
                       "Step %d (\"%.*s\") needs a value for %.*s: say --set %.*s=VALUE.", step + 1,
                       STR_ARGS(str_cut(opening->procedure->steps[step].text, 80)),
                       STR_ARGS(place->name), STR_ARGS(place->name));
    if (!placeholder_check(place, value, err))
        return false;
    struct event *event =
        ask_add(opening->world, opening->call, EVENT_RUN_VALUE_SET, opening->number, out);
    event_set_str(event, "name", place->name);
    event_set_str(event, "value", str_copy(out->arena, value));
    return true;
}

/* A place that cannot be told from the words around it ("--env=xxx") must not be passed over. */
static bool check_used(const struct procedure_step *step, const struct run_values *values,
                       uint32_t used, struct err *err)
{
    for (int k = 0; k < step->placeholder_count; k++) {
        struct str name = step->placeholders[k].name;
        bool found = false;
        for (int v = 0; v < values->count; v++)
            found = found || (str_equal(values->items[v].name, name) && (used >> v & 1));
        if (!found)
            return err_set(err, ERR_REFUSED, NULL,
                           "Where %.*s belongs in \"%.*s\" is not certain; write <%.*s> there.",
                           STR_ARGS(name), STR_ARGS(str_cut(step->command, 80)), STR_ARGS(name));
    }
    return true;
}

/* Each open place of each command needs its value before anything begins, and each command has to
 * take the values that it is given. */
static bool set_values(const struct opening *opening, struct err *err)
{
    const struct procedure *procedure = opening->procedure;
    struct event_list *out = opening->out;
    struct run_values values = {arena_array(out->arena, LIMIT_RUN_VALUES, sizeof *values.items), 0};
    for (int i = 0; i < procedure->step_count; i++)
        for (int k = 0; k < procedure->steps[i].placeholder_count; k++)
            if (procedure->steps[i].does == DOES_COMMAND &&
                !set_value(opening, i, &procedure->steps[i].placeholders[k], err))
                return false;
    for (size_t i = opening->from; i < out->count; i++) {
        if (out->items[i].kind != EVENT_RUN_VALUE_SET)
            continue;
        if (values.count == LIMIT_RUN_VALUES)
            return err_set(err, ERR_REFUSED, NULL, "A run takes at most %d values.",
                           LIMIT_RUN_VALUES);
        values.items[values.count++] = (struct run_value){
            .name = event_str(&out->items[i], "name"), .value = event_str(&out->items[i], "value")};
    }
    for (int i = 0; i < procedure->step_count; i++) {
        struct command_line line;
        struct procedure_step step = procedure->steps[i];
        if (step.does != DOES_COMMAND)
            continue;
        if (!command_line_make(out->arena, step.command, &values, &line, err) ||
            !check_used(&step, &values, line.used, err))
            return false;
        /* Its plan was written before the values were known; they may make it destroy. */
        step.destroys = procedure_step_destroys(out->arena, &step, &values);
        event_set_int(&out->items[opening->from + 1 + (size_t)i], "approvals",
                      procedure_step_approvals(opening->world->settings, &step));
    }
    return true;
}

static bool check_pairs(struct str values, struct err *err)
{
    struct str one;
    while (values.n > 0 && str_split(&values, '\n', &one))
        if (str_find_byte(one, '=', 0) == one.n)
            return err_set(err, ERR_USAGE, NULL, "--set takes NAME=VALUE, not \"%.*s\".",
                           STR_ARGS(str_cut(one, 80)));
    return true;
}

/* A value for a name that no command has is a slip that must not pass. */
static bool check_names(const struct run_call *call, const struct event_list *out, size_t from,
                        struct err *err)
{
    struct str values = call->values;
    struct str one;
    while (values.n > 0 && str_split(&values, '\n', &one)) {
        size_t equal = str_find_byte(one, '=', 0);
        struct str name = str_slice(one, 0, equal);
        bool known = false;
        for (size_t i = from; i < out->count; i++)
            known = known || (out->items[i].kind == EVENT_RUN_VALUE_SET &&
                              str_equal_nocase(event_str(&out->items[i], "name"), name));
        if (!known)
            return err_set(err, ERR_USAGE, NULL,
                           "No command that Reeve runs in this procedure has a place for %.*s; "
                           "what people run they fill in.",
                           STR_ARGS(str_cut(name, 80)));
    }
    return true;
}

static void plan_step(const struct opening *opening, int at)
{
    const struct run_world *world = opening->world;
    const struct procedure *procedure = opening->procedure;
    const struct procedure_step *step = &procedure->steps[at];
    const struct statement *statement = &world->program->statements[step->statement];
    const struct action_binding *binding = action_binding_find(world->settings, step->action);
    struct event *event =
        ask_add(world, opening->call, EVENT_RUN_STEP_PLANNED, opening->number, opening->out);
    event_set_int(event, "step", at + 1);
    event_set_int(event, "depth", step->depth);
    event_set_str(event, "does", str_of(step_does_name(step->does)));
    event_set_str(event, "text", str_cut(step->text, 1000));
    event_set_int(event, "line", statement->line);
    event_set_str(event, "statement", str_of(statement->id));
    event_set_str(event, "action", step->action);
    event_set_str(event, "command", step->command);
    event_set_str(event, "when", str_of(step_when_name(step->when)));
    event_set_int(event, "time_ms", step->time_ms);
    event_set_int(event, "time_months", step->time_months);
    event_set_int(event, "free", step->free);
    event_set_int(event, "approvals", procedure_step_approvals(world->settings, step));
    event_set_int(event, "deadline_ms",
                  step->does == DOES_NOTIFY ? 0
                                            : procedure_step_deadline_ms(world->settings, step));
    event_set_int(event, "endless", step->endless);
    event_set_int(event, "retries", binding ? binding->retries : 0);
    event_set_int(event, "every_ms", binding ? binding->every_ms : 0);
    event_set_str(event, "note", step->note);
    event_set_str(event, "people", step->people);
    event_set_str(event, "condition", condition_write(opening->out->arena, &step->condition));
}

/* The fact that it begins. Of a rehearsal also what production's procedure was at that time. */
static void add_opened(const struct opening *opening)
{
    const struct run_world *world = opening->world;
    const struct procedure *procedure = opening->procedure;
    struct event_list *out = opening->out;
    bool rehearses = opening->call->rehearse.n > 0;
    const struct statement *statement = &world->program->statements[procedure->statement];
    char digest[HASH_HEX_BYTES];
    struct event *event =
        ask_add(world, opening->call, rehearses ? EVENT_RUN_REHEARSAL_OPENED : EVENT_RUN_OPENED,
                opening->number, out);
    hash_hex(&world->program->digest, digest);
    event_set_str(event, "procedure", procedure_title(world->procedures, procedure, out->arena));
    event_set_str(event, "statement", str_of(statement->id));
    event_set_int(event, "line", statement->line);
    event_set_str(event, "digest", str_copy(out->arena, str_of(digest)));
    event_set_int(event, "steps", procedure->step_count);
    event_set_str(event, "behind", str_copy(out->arena, opening->call->behind));
    if (!rehearses)
        return;
    procedure_plan_digest(opening->production, digest);
    event_set_str(event, "environment", str_copy(out->arena, opening->call->rehearse));
    event_set_str(event, "plan", str_copy(out->arena, str_of(digest)));
}

bool run_open(const struct run_world *world, const struct run_call *call, struct event_list *out,
              struct err *err)
{
    struct run_world there;
    if (!run_world_in(world, out->arena, call->rehearse, &there, err))
        return false;
    const struct procedure *procedure = procedure_find(there.procedures, call->name, err);
    if (!procedure ||
        (!call->is_plan && !overlap_check_open(&there, procedure, call->rehearse, err)) ||
        !check_pairs(call->values, err))
        return false;
    struct opening opening = {&there,
                              call,
                              procedure,
                              &world->procedures->items[procedure - there.procedures->items],
                              world->runs->last_number + 1,
                              out,
                              out->count};
    add_opened(&opening);
    for (int i = 0; i < procedure->step_count; i++)
        plan_step(&opening, i);
    if (set_values(&opening, err) && check_names(call, out, opening.from, err))
        return true;
    out->count = opening.from;
    return false;
}

/* Has it an effect that nobody can take back unseen? */
static bool does_outside(const struct run_step *step)
{
    return step->does == DOES_COMMAND || step->does == DOES_NOTIFY;
}

/* Is it decided whether it is to be done at all, and is nothing under way because it failed? */
static bool check_decided(const struct run_world *world, const struct run *run, int step,
                          struct err *err)
{
    struct arena arena;
    const struct run_step *of = &run->steps[step];
    int dealing = run_step_dealing(run, step);
    if (dealing >= 0)
        return err_set(err, ERR_REFUSED, NULL,
                       "Step %d of run %lld has failed, and step %d, which deals with that, has "
                       "begun; go on from there.",
                       step + 1, (long long)run->number, dealing + 1);
    if (!run_step_asks(of) || run_step_state(world, run, step) != RUN_STEP_READY)
        return true;
    arena_init(&arena);
    struct str question = condition_question(&arena, &of->condition);
    (void)err_set(
        err, ERR_REFUSED, NULL,
        "Step %d of run %lld asks first: %.*s Say it with \"reeve run answer %lld %d yes\" "
        "or no.",
        step + 1, (long long)run->number, STR_ARGS(question), (long long)run->number, step + 1);
    arena_done(&arena);
    return false;
}

/* May a person say that this step is done? */
static bool check_tick(const struct run *run, int step, enum run_step_state state, struct err *err)
{
    const struct run_step *of = &run->steps[step];
    bool by_hand = of->does == DOES_MANUAL || of->does == DOES_CHOICE;
    char due[INSTANT_TEXT_BYTES];
    switch (state) {
    case RUN_STEP_READY: /* a command that Reeve may not run is done by hand, too */
    case RUN_STEP_FAILED:
    case RUN_STEP_DOUBTED: return true;
    case RUN_STEP_RUNNING:
        if (of->does == DOES_COMMAND && of->endless)
            return err_set(err, ERR_REFUSED, NULL,
                           "Step %d of run %lld is being watched; end that with \"reeve run stop "
                           "%lld %d\".",
                           step + 1, (long long)run->number, (long long)run->number, step + 1);
        return by_hand || err_set(err, ERR_REFUSED, NULL,
                                  "Step %d of run %lld is running; wait for its end, or stop the "
                                  "run with \"reeve run cancel %lld\".",
                                  step + 1, (long long)run->number, (long long)run->number);
    case RUN_STEP_DONE:
    case RUN_STEP_SKIPPED:
        return err_set(err, ERR_REFUSED, NULL,
                       "Step %d of run %lld is over already; nothing "
                       "changed.",
                       step + 1, (long long)run->number);
    case RUN_STEP_WAITING:
        instant_write(run_step_due(run, step), due);
        return err_set(err, ERR_REFUSED, NULL,
                       "Step %d of run %lld is not to be done before %.16sZ; if it must be, skip "
                       "it and say why.",
                       step + 1, (long long)run->number, due);
    case RUN_STEP_APPROVAL:
        return err_set(err, ERR_REFUSED, NULL, "Step %d of run %lld has to be approved first.",
                       step + 1, (long long)run->number);
    case RUN_STEP_PLANNED:
    case RUN_STEP_STATES: break;
    }
    if (run->cancelled)
        return err_set(err, ERR_REFUSED, NULL,
                       "Run %lld was cancelled; go on with \"reeve run resume %lld\".",
                       (long long)run->number, (long long)run->number);
    return err_set(err, ERR_REFUSED, NULL,
                   "It is not the turn of step %d of run %lld; step %d is "
                   "next.",
                   step + 1, (long long)run->number, run_current(run) + 1);
}

bool run_tick(const struct run_world *world, const struct run_call *call, struct event_list *out,
              struct err *err)
{
    const struct run *run = ask_find_open(world, call, err);
    int step = run ? ask_find_step(run, call, err) : -1;
    if (step < 0 || !check_decided(world, run, step, err))
        return false;
    enum run_step_state state = run_step_state(world, run, step);
    bool watched = state == RUN_STEP_READY &&
                   (run->steps[step].does == DOES_HOLD || run->steps[step].does == DOES_WAIT);
    if (watched)
        state = RUN_STEP_RUNNING;
    if (!check_tick(run, step, state, err))
        return false;
    if ((state == RUN_STEP_FAILED || state == RUN_STEP_DOUBTED) && str_trim(call->text).n == 0)
        return err_set(err, ERR_USAGE, NULL,
                       "Step %d of run %lld is %s: to call it done, say in a note how you know.",
                       step + 1, (long long)run->number, run_step_state_name(state));
    size_t from = out->count;
    if (!evidence_add(&(struct evidence_tick){world, call, run, step}, out, err)) {
        out->count = from;
        return false;
    }
    struct event *event = ask_add(world, call, EVENT_RUN_STEP_DONE, run->number, out);
    event_set_int(event, "step", step + 1);
    event_set_str(event, "text", run->steps[step].text);
    event_set_str(event, "detail", STR("ticked"));
    event_set_str(event, "note", call->text);
    return true;
}

bool ask_reason(const struct run_call *call, const char *what, struct err *err)
{
    return str_trim(call->text).n > 0 ||
           err_set(err, ERR_USAGE, NULL, "Say why you %s: it stands in the record.", what);
}

bool run_skip(const struct run_world *world, const struct run_call *call, struct event_list *out,
              struct err *err)
{
    const struct run *run = ask_find_open(world, call, err);
    int step = run ? ask_find_step(run, call, err) : -1;
    if (step < 0 || !ask_reason(call, "skip it", err))
        return false;
    bool title = run->steps[step].does == DOES_GROUP;
    if ((title || run->steps[step].failed) && !check_decided(world, run, step, err))
        return false;
    enum run_step_state state = run_step_state(world, run, step);
    if (state == RUN_STEP_DONE || state == RUN_STEP_SKIPPED)
        return check_tick(run, step, state, err);
    if (state == RUN_STEP_RUNNING && does_outside(&run->steps[step]))
        return check_tick(run, step, state, err);
    if (state == RUN_STEP_PLANNED && !run_step_is_next(run, step))
        return check_tick(run, step, state, err);
    struct event *event = ask_add(world, call, EVENT_RUN_STEP_SKIPPED, run->number, out);
    event_set_int(event, "step", step + 1);
    event_set_str(event, "reason", call->text);
    return true;
}

bool run_retry(const struct run_world *world, const struct run_call *call, struct event_list *out,
               struct err *err)
{
    const struct run *run = ask_find_open(world, call, err);
    int step = run ? ask_find_step(run, call, err) : -1;
    if (step < 0)
        return false;
    const struct run_step *of = &run->steps[step];
    if (!of->failed && !of->doubted)
        return err_set(err, ERR_REFUSED, NULL,
                       "Step %d of run %lld has not failed, so there is nothing to try again.",
                       step + 1, (long long)run->number);
    if (!check_decided(world, run, step, err))
        return false;
    if (of->doubted && does_outside(of) && str_trim(call->text).n == 0)
        return err_set(err, ERR_REFUSED, NULL,
                       "Step %d of run %lld may have happened: look, then say in a reason why "
                       "doing it (again) is right.",
                       step + 1, (long long)run->number);
    if (of->refused && str_trim(call->text).n == 0)
        return err_set(err, ERR_USAGE, NULL,
                       "%.*s refused step %d of run %lld: say in a reason why it is asked for "
                       "again; whoever approves it reads both.",
                       STR_ARGS(actor_name(str_of(of->by))), step + 1, (long long)run->number);
    struct event *event = ask_add(world, call, EVENT_RUN_STEP_RETRIED, run->number, out);
    event_set_int(event, "step", step + 1);
    event_set_str(event, "reason", call->text);
    event_set_str(event, "behind", str_copy(out->arena, call->behind));
    return true;
}

bool run_stop(const struct run_world *world, const struct run_call *call, struct event_list *out,
              struct err *err)
{
    const struct run *run = ask_find_open(world, call, err);
    int step = run ? ask_find_step(run, call, err) : -1;
    if (step < 0)
        return false;
    const struct run_step *of = &run->steps[step];
    bool runs = run_step_state(world, run, step) == RUN_STEP_RUNNING;
    if (!runs || of->does != DOES_COMMAND || !of->endless)
        return err_set(err, ERR_REFUSED, NULL,
                       runs ? "Step %d of run %lld ends by itself; \"reeve run cancel %lld\" ends "
                              "it before, with the run."
                            : "Step %d of run %lld is not running, so there is no watching to end; "
                              "look with \"reeve run show %lld\".",
                       step + 1, (long long)run->number, (long long)run->number);
    if (of->stopping || run->cancelled)
        return err_set(err, ERR_REFUSED, NULL,
                       "Step %d of run %lld is being ended already; nothing changed.", step + 1,
                       (long long)run->number);
    struct event *event = ask_add(world, call, EVENT_RUN_STEP_STOPPED, run->number, out);
    event_set_int(event, "step", step + 1);
    event_set_str(event, "note", call->text.n > 0 ? call->text : STR("enough was seen"));
    return true;
}

bool run_cancel(const struct run_world *world, const struct run_call *call, struct event_list *out,
                struct err *err)
{
    const struct run *run = ask_find_open(world, call, err);
    if (!run || !ask_reason(call, "cancel it", err))
        return false;
    if (run->cancelled)
        return err_set(err, ERR_REFUSED, NULL, "Run %lld was cancelled already; nothing changed.",
                       (long long)run->number);
    struct event *event = ask_add(world, call, EVENT_RUN_CANCELLED, run->number, out);
    event_set_str(event, "reason", call->text);
    return true;
}

/* What takes a step back that was begun; NULL: nothing. */
static const struct action_binding *undo_of(const struct run_settings *settings,
                                            const struct run_step *step)
{
    const struct action_binding *binding = action_binding_find(settings, step->action);
    if (step->does != DOES_COMMAND || !step->begun || step->skipped || !binding)
        return NULL;
    return action_binding_find(settings, binding->undo);
}

int run_undo_count(const struct run_world *world, const struct run *run)
{
    int count = 0;
    const struct run_settings *settings = run_settings_of(world, run);
    for (int i = 0; i < run->step_count && !run->taken_back; i++)
        count += undo_of(settings, &run->steps[i]) != NULL;
    return count;
}

static void plan_undo(const struct run_world *world, const struct run_call *call,
                      const struct run *run, int at, struct event_list *out)
{
    const struct run_step *step = &run->steps[at];
    const struct run_settings *settings = run_settings_of(world, run);
    const struct action_binding *undo = undo_of(settings, step);
    int planned = 0;
    if (!undo)
        return; /* nothing takes it back */
    for (size_t i = 0; i < out->count; i++)
        planned += out->items[i].kind == EVENT_RUN_STEP_PLANNED;
    struct event *event = ask_add(world, call, EVENT_RUN_STEP_PLANNED, run->number, out);
    event_set_int(event, "step", run->step_count + planned + 1);
    event_set_str(event, "does", str_of(step_does_name(DOES_COMMAND)));
    event_set_str(event, "text",
                  str_printf(out->arena, "Take back: %.*s", STR_ARGS(str_cut(step->text, 900))));
    event_set_int(event, "line", step->line);
    event_set_str(event, "statement", str_copy(out->arena, str_of(step->statement)));
    event_set_str(event, "action", undo->action);
    event_set_str(event, "command", undo->command);
    event_set_int(event, "approvals",
                  undo->approvals >= 0   ? undo->approvals
                  : undo->destroys.n > 0 ? settings->approvals
                                         : 0);
    event_set_int(event, "deadline_ms",
                  undo->deadline_ms > 0 ? undo->deadline_ms : settings->deadline_ms);
    event_set_int(event, "retries", undo->retries);
    event_set_int(event, "every_ms", undo->every_ms);
}

bool run_undo(const struct run_world *world, const struct run_call *call, struct event_list *out,
              struct err *err)
{
    const struct run *run = ask_find_open(world, call, err);
    if (!run || !ask_reason(call, "take it back", err))
        return false;
    int count = run_undo_count(world, run);
    for (int i = 0; i < run->step_count; i++)
        if (run_step_state(world, run, i) == RUN_STEP_RUNNING)
            return err_set(err, ERR_REFUSED, NULL,
                           "Step %d of run %lld is running; cancel the run first, with \"reeve run "
                           "cancel %lld\".",
                           i + 1, (long long)run->number, (long long)run->number);
    if (count == 0)
        return err_set(err, ERR_REFUSED, NULL,
                       run->taken_back
                           ? "Run %lld is being taken back already; nothing changed."
                           : "Nothing that run %lld has done can be taken back: no action of it "
                             "has undo: in reeve.yaml.",
                       (long long)run->number);
    if (!overlap_check_resume(world, run, err))
        return false;
    struct event *event = ask_add(world, call, EVENT_RUN_TAKEN_BACK, run->number, out);
    event_set_int(event, "steps", count);
    event_set_str(event, "reason", call->text);
    event_set_str(event, "behind", str_copy(out->arena, call->behind));
    for (int i = 0; i < run->step_count; i++) {
        const struct run_step *step = &run->steps[i];
        if (step->does == DOES_GROUP || step->finished || step->skipped)
            continue;
        struct event *skip = ask_add(world, call, EVENT_RUN_STEP_SKIPPED, run->number, out);
        event_set_int(skip, "step", i + 1);
        event_set_str(skip, "reason", STR("the run is taken back"));
    }
    for (int i = run->step_count - 1; i >= 0; i--)
        plan_undo(world, call, run, i, out);
    return true;
}

bool run_resume(const struct run_world *world, const struct run_call *call, struct event_list *out,
                struct err *err)
{
    const struct run *run = ask_find_open(world, call, err);
    if (!run)
        return false;
    if (!run->cancelled)
        return err_set(err, ERR_REFUSED, NULL,
                       run->state == RUN_STOPPED
                           ? "Run %lld waits for a decision on a step: retry it, skip it, or tick "
                             "it when it was done."
                           : "Run %lld was not cancelled; nothing changed.",
                       (long long)run->number);
    if (!overlap_check_resume(world, run, err))
        return false;
    struct event *event = ask_add(world, call, EVENT_RUN_RESUMED, run->number, out);
    event_set_str(event, "behind", str_copy(out->arena, call->behind));
    return true;
}

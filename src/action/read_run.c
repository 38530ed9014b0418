/* read_run.c - "procedure list", "procedure show", "run list", "run show", and the plan of a run
 * that is not started. */
#include "action/read_output.h"
#include "action/reads.h"
#include "base/noun.h"
#include "run/approval.h"
#include "run/command_line.h"
#include "run/overlap.h"
#include "run/rehearsal.h"
#include "run/suspect.h"

enum { LINE_BYTES_MAX = 100 };

static struct str first_line(struct str text)
{
    return str_cut(str_slice(text, 0, str_find_byte(text, '\n', 0)), LINE_BYTES_MAX);
}

/* "3 steps: 2 commands, 1 by hand". */
static struct str kinds_of(struct arena *arena, const struct procedure *procedure)
{
    int commands = 0;
    int asked = 0;
    int hands = 0;
    int clocks = 0;
    for (int i = 0; i < procedure->step_count; i++) {
        enum step_does does = procedure->steps[i].does;
        commands += does == DOES_COMMAND || does == DOES_QUERY || does == DOES_NOTIFY;
        hands += does == DOES_MANUAL || does == DOES_CHOICE;
        clocks += does == DOES_HOLD || does == DOES_WAIT;
        asked += procedure->steps[i].condition.form != CONDITION_NONE;
    }
    struct text text;
    text_init(&text, arena, 200);
    if (commands > 0)
        text_printf(&text, "%d by Reeve", commands);
    if (hands > 0)
        text_printf(&text, "%s%d by people", text.n ? ", " : "", hands);
    if (clocks > 0)
        text_printf(&text, "%s%d by the clock", text.n ? ", " : "", clocks);
    if (asked > 0)
        text_printf(&text, "%s%d with a question", text.n ? ", " : "", asked);
    return text_str(&text);
}

static void add_rehearsal(struct reply *reply, const struct rehearsal_view *view,
                          const char *indent)
{
    if (view->said.n > 0)
        text_printf(&reply->text, "%s%.*s\n", indent, STR_ARGS(view->said));
    if (view->warning.n > 0)
        text_printf(&reply->text, "%swarning: %.*s\n", indent, STR_ARGS(view->warning));
}

static void write_rehearsal(struct json_writer *w, const struct rehearsal_view *view)
{
    json_bool(w, "recovers", view->recovers);
    json_str(w, "warning", view->warning);
    if (view->run == 0) {
        json_null(w, "rehearsal");
        return;
    }
    json_open_object(w, "rehearsal");
    json_int(w, "run", view->run);
    reply_instant(w, "at", view->at);
    json_str(w, "environment", view->environment);
    json_str(w, "by", view->by);
    json_str(w, "state", view->state);
    json_bool(w, "whole", view->whole);
    json_int(w, "took_ms", view->took_ms);
    json_int(w, "promised_ms", view->promised_ms);
    json_close_object(w);
}

/* Steps that send to a procedure which is not there. */
static void add_astray(struct reply *reply, const struct procedure *procedure)
{
    for (int i = 0; i < procedure->step_count; i++)
        if (procedure->steps[i].astray)
            text_printf(&reply->text, "           step %d: %.*s\n", i + 1,
                        STR_ARGS(procedure->steps[i].note));
}

static void write_astray(struct json_writer *w, const struct procedure *procedure)
{
    json_open_array(w, "astray");
    for (int i = 0; i < procedure->step_count; i++) {
        if (!procedure->steps[i].astray)
            continue;
        json_open_object(w, NULL);
        json_int(w, "step", i + 1);
        json_str(w, "note", procedure->steps[i].note);
        json_close_object(w);
    }
    json_close_array(w);
}

bool read_procedure_list(const struct call *call, const struct world *world, struct reply *reply,
                         struct err *err)
{
    (void)call;
    (void)err;
    struct json_writer w = {.text = &reply->json};
    json_open_array(&w, NULL);
    for (int i = 0; i < world->procedures.count; i++) {
        const struct procedure *procedure = &world->procedures.items[i];
        const struct statement *statement = &world->program->statements[procedure->statement];
        struct str title = procedure_unique_name(&world->procedures, procedure, reply->arena);
        struct rehearsal_view rehearsal = view_rehearsal(world, reply->arena, procedure);
        text_printf(&reply->text, "line %-5d %-44.*s %.*s\n", statement->line, STR_ARGS(title),
                    STR_ARGS(kinds_of(reply->arena, procedure)));
        add_rehearsal(reply, &rehearsal, "           ");
        add_astray(reply, procedure);
        json_open_object(&w, NULL);
        json_str(&w, "name", title);
        json_str(&w, "command", procedure->command);
        json_int(&w, "line", statement->line);
        json_str(&w, "statement", str_of(statement->id));
        json_int(&w, "steps", procedure->step_count);
        write_astray(&w, procedure);
        write_rehearsal(&w, &rehearsal);
        json_close_object(&w);
    }
    json_close_array(&w);
    if (world->procedures.count == 0)
        text_adds(&reply->text, "The runbook has no procedure.\n");
    return true;
}

/* The name that the procedure has for an open place; a run takes it in capitals or not. */
static struct str spelled(const struct procedure *procedure, struct str name)
{
    for (int i = 0; i < procedure->step_count; i++)
        for (int k = 0; k < procedure->steps[i].placeholder_count; k++)
            if (str_equal_nocase(procedure->steps[i].placeholders[k].name, name))
                return procedure->steps[i].placeholders[k].name;
    return name;
}

/* The values of the call, as a run would keep them. */
static struct run_values values_of(struct arena *arena, const struct procedure *procedure,
                                   struct str pairs)
{
    struct str one;
    struct run_values values = {arena_array(arena, LIMIT_RUN_VALUES, sizeof *values.items), 0};
    while (pairs.n > 0 && values.count < LIMIT_RUN_VALUES && str_split(&pairs, '\n', &one)) {
        size_t equal = str_find_byte(one, '=', 0);
        if (equal < one.n)
            values.items[values.count++] =
                (struct run_value){.name = spelled(procedure, str_slice(one, 0, equal)),
                                   .value = str_from(one, equal + 1)};
    }
    return values;
}

/* The program and its arguments, exactly as they are executed. */
static void add_arguments(const struct run_world *world, struct reply *reply,
                          const struct procedure_step *step, const struct run_values *values)
{
    int64_t every_ms = procedure_step_every_ms(world->settings, step);
    struct command_line line;
    struct err bad = {0};
    if (!command_line_make(reply->arena, step->command, values, &line, &bad)) {
        text_printf(&reply->text, "         cannot be filled in: %s\n", bad.text);
        return;
    }
    if (every_ms > 0)
        command_line_repeat(reply->arena, &line, every_ms);
    text_adds(&reply->text, "         runs ");
    command_line_show(&line, &reply->text);
    text_byte(&reply->text, '\n');
    for (size_t i = 0; i < line.variable_count; i++)
        text_printf(&reply->text, "         with %.*s=%.*s\n", STR_ARGS(line.variables[i].name),
                    STR_ARGS(line.variables[i].value));
}

/* Each line behind a word. */
static void add_lines(struct text *text, const char *what, struct str lines)
{
    struct str line;
    while (lines.n > 0 && str_split(&lines, '\n', &line))
        text_printf(text, "         %s %.*s\n", what, STR_ARGS(line));
}

static const char *does_words(const struct procedure_step *step)
{
    switch (step->does) {
    case DOES_GROUP: return "";
    case DOES_MANUAL: return step->command.n ? "by hand, with the command below" : "by hand";
    case DOES_COMMAND: return "by Reeve";
    case DOES_HOLD: return "by the clock; fails when a rule begins to fire";
    case DOES_WAIT: return "by the clock";
    case DOES_CHOICE: return "by hand: one of a menu";
    case DOES_QUERY: return "by Reeve, which only reads";
    case DOES_NOTIFY: return "by Reeve";
    case STEP_DOES: break;
    }
    return "";
}

static void add_time(struct reply *reply, const struct procedure_step *step)
{
    static const char *const words[STEP_WHENS] = {[WHEN_NONE] = "",
                                                  [WHEN_DUE_AT] = "due after",
                                                  [WHEN_WITHIN] = "due within",
                                                  [WHEN_NOT_BEFORE] = "not before another",
                                                  [WHEN_HOLDS] = "lasts"};
    if (step->when == WHEN_NONE)
        return;
    struct str length = step->time_months > 0
                            ? str_printf(reply->arena, "%d %s", step->time_months,
                                         noun(step->time_months, "month", "months"))
                            : duration_text(reply->arena, step->time_ms);
    if (step->when == WHEN_DUE_AT && step->time_ms == 0 && step->time_months == 0)
        text_adds(&reply->text, "; due at once");
    else
        text_printf(&reply->text, "; %s %.*s", words[step->when], STR_ARGS(length));
}

/* A check is tested again and again, a watch goes on until somebody ends it. */
static void add_lasting(const struct run_world *world, struct reply *reply,
                        const struct procedure_step *step)
{
    struct step_lasting lasting = {step->endless, procedure_step_every_ms(world->settings, step),
                                   procedure_step_deadline_ms(world->settings, step)};
    struct str words = step_lasting_text(reply->arena, &lasting);
    if (step->does == DOES_COMMAND && words.n > 0)
        text_printf(&reply->text, "         %.*s\n", STR_ARGS(words));
}

static void add_step(const struct run_world *world, struct reply *reply,
                     const struct procedure_step *planned, int number,
                     const struct run_values *values)
{
    struct procedure_step filled = *planned;
    const struct procedure_step *step = &filled;
    filled.destroys = procedure_step_destroys(reply->arena, planned, values);
    text_printf(&reply->text, "%4d %*s%.*s", number, 2 * step->depth, "",
                STR_ARGS(first_line(step->text)));
    if (step->does != DOES_GROUP)
        text_printf(&reply->text, "  [%s", does_words(step));
    add_time(reply, step);
    text_adds(&reply->text, step->does == DOES_GROUP ? "\n" : "]\n");
    struct str question = condition_question(reply->arena, &step->condition);
    if (question.n > 0)
        text_printf(&reply->text, "         asks: %.*s\n", STR_ARGS(question));
    if (step->destroys.n > 0)
        text_printf(&reply->text, "         destroys: %.*s\n", STR_ARGS(step->destroys));
    add_lines(&reply->text,
              "warning:", suspect_words(reply->arena, step->text, step->command, values));
    int approvals = procedure_step_approvals(world->settings, step);
    if (approvals > 0)
        text_printf(&reply->text, "         needs the approval of %d %s\n", approvals,
                    noun(approvals, "other", "others"));
    if (step->does == DOES_COMMAND)
        add_arguments(world, reply, step, values);
    else if (step->command.n > 0)
        text_printf(&reply->text, "         %.*s\n",
                    STR_ARGS(str_visible(reply->arena, first_line(step->command), true)));
    if (step->people.n > 0)
        text_printf(&reply->text, "         tells %.*s by mail\n", STR_ARGS(step->people));
    add_lasting(world, reply, step);
    if (step->note.n > 0)
        text_printf(&reply->text, "         note: %.*s\n", STR_ARGS(step->note));
}

/* rehearsal: NULL in the plan of a run; in_the_way: why that could not begin now, NULL else. */
static void write_procedure(const struct run_world *world, struct reply *reply,
                            const struct procedure *procedure,
                            const struct rehearsal_view *rehearsal, const char *in_the_way)
{
    struct json_writer w = {.text = &reply->json};
    json_open_object(&w, NULL);
    json_str(&w, "name", procedure->name);
    json_open_array(&w, "steps");
    for (int i = 0; i < procedure->step_count; i++) {
        const struct procedure_step *step = &procedure->steps[i];
        json_open_object(&w, NULL);
        json_int(&w, "step", i + 1);
        json_int(&w, "depth", step->depth);
        json_str(&w, "text", step->text);
        json_str(&w, "does", str_of(step_does_name(step->does)));
        json_str(&w, "when", str_of(step_when_name(step->when)));
        json_int(&w, "time_ms", step->time_ms);
        json_str(&w, "command", step->command);
        json_str(&w, "action", step->action);
        json_str(&w, "note", step->note);
        json_str(&w, "people", step->people);
        json_str(&w, "question", condition_question(reply->arena, &step->condition));
        json_int(&w, "line", world->program->statements[step->statement].line);
        json_open_array(&w, "places");
        for (int k = 0; k < step->placeholder_count; k++)
            json_str(&w, NULL, step->placeholders[k].name);
        json_close_array(&w);
        json_close_object(&w);
    }
    json_close_array(&w);
    if (rehearsal)
        write_rehearsal(&w, rehearsal);
    if (in_the_way)
        json_str(&w, "in_the_way", str_of(in_the_way));
    json_close_object(&w);
}

/* world: as the environment sees it that it would run in. */
static void show_procedure(const struct call *call, const struct run_world *world,
                           const struct procedure *procedure, struct reply *reply)
{
    struct run_values values = values_of(reply->arena, procedure, call_str(call, "set"));
    const struct statement *statement = &world->program->statements[procedure->statement];
    text_printf(&reply->text, "%.*s (line %d)\n", STR_ARGS(procedure->name), statement->line);
    for (int i = 0; i < procedure->step_count; i++)
        add_step(world, reply, &procedure->steps[i], i + 1, &values);
}

bool read_procedure_show(const struct call *call, const struct world *world, struct reply *reply,
                         struct err *err)
{
    struct run_world view = world_runs(world);
    const struct procedure *procedure =
        procedure_find(view.procedures, call_str(call, "procedure"), err);
    if (!procedure)
        return false;
    struct rehearsal_view rehearsal = view_rehearsal(world, reply->arena, procedure);
    show_procedure(call, &view, procedure, reply);
    write_procedure(&view, reply, procedure, &rehearsal, NULL);
    if (rehearsal.said.n == 0 && !rehearsal.recovers)
        text_adds(&reply->text, "never rehearsed\n");
    add_rehearsal(reply, &rehearsal, "");
    return true;
}

/* What "reeve run" would begin, held to the same rules, and nothing of it done. */
bool read_run_plan(const struct call *call, const struct world *world, struct reply *reply,
                   struct err *err)
{
    struct event_list planned;
    struct err way = {0};
    event_list_init(&planned, reply->arena);
    struct run_world view = world_runs(world);
    struct run_world there;
    struct run_call made = {.actor = call->caller.actor,
                            .name = call_str(call, "procedure"),
                            .rehearse = call_str(call, "rehearse"),
                            .values = call_str(call, "set"),
                            .is_plan = true};
    if (!run_open(&view, &made, &planned, err) ||
        !run_world_in(&view, reply->arena, made.rehearse, &there, err))
        return false;
    const struct procedure *procedure = procedure_find(there.procedures, made.name, err);
    if (!procedure)
        return false;
    show_procedure(call, &there, procedure, reply);
    if (overlap_check_open(&there, procedure, made.rehearse, &way))
        way.text[0] = '\0';
    write_procedure(&there, reply, procedure, NULL, way.text);
    if (made.rehearse.n > 0)
        text_printf(&reply->text, "This is a rehearsal in %.*s.\n", STR_ARGS(made.rehearse));
    if (way.text[0])
        text_printf(&reply->text, "It could not begin now: %s\n", way.text);
    text_adds(&reply->text, "Nothing was started: this is the plan.\n");
    return true;
}

static void write_run(struct json_writer *w, const struct run_view *view)
{
    json_open_object(w, NULL);
    json_int(w, "number", view->number);
    json_str(w, "procedure", view->procedure);
    json_str(w, "state", view->state);
    json_str(w, "environment", view->environment);
    json_str(w, "opened_by", view->opened_by);
    reply_instant(w, "opened", view->opened);
    reply_instant(w, "ended", view->ended);
    json_str(w, "runbook", view->digest);
    json_int(w, "current", view->current);
    json_open_array(w, "steps");
    for (size_t i = 0; i < view->step_count; i++) {
        const struct run_step_view *step = &view->steps[i];
        json_open_object(w, NULL);
        json_int(w, "step", step->number);
        json_str(w, "text", step->text);
        json_str(w, "does", step->does);
        json_str(w, "state", step->state);
        json_str(w, "command", step->command);
        json_str(w, "note", step->note);
        json_str(w, "people", step->people);
        json_str(w, "by", step->by);
        json_str(w, "detail", step->detail);
        json_open_array(w, "last_lines");
        for (size_t k = 0; k < step->last_line_count; k++)
            json_str(w, NULL, step->last_lines[k]);
        json_close_array(w);
        reply_instant(w, "started", step->started);
        reply_instant(w, "ended", step->ended);
        reply_instant(w, "due", step->due);
        json_bool(w, "overdue", step->overdue);
        json_int(w, "tries", step->tries);
        json_str(w, "question", step->question);
        json_bool(w, "asks", step->asks);
        json_str(w, "answer", step->answer);
        json_str(w, "decided_by", step->decided_by);
        json_str(w, "why", step->why);
        json_bool(w, "left_out", step->left_out);
        json_int(w, "rounds", step->rounds);
        json_int(w, "handled_by", step->handler);
        json_str(w, "evidence", step->evidence);
        json_open_array(w, "attachments");
        for (size_t k = 0; k < step->attachment_count; k++) {
            json_open_object(w, NULL);
            json_str(w, "name", step->attachments[k].name);
            json_str(w, "digest", step->attachments[k].digest);
            json_int(w, "bytes", step->attachments[k].bytes);
            json_str(w, "by", step->attachments[k].by);
            json_str(w, "problem", step->attachments[k].problem);
            json_close_object(w);
        }
        json_close_array(w);
        json_int(w, "output_bytes", step->output_bytes);
        json_int(w, "approvals", step->approvals);
        json_int(w, "approved", step->approved);
        json_str(w, "runs", step->runs);
        json_str(w, "folder", step->folder);
        json_str(w, "variables", step->variables);
        json_str(w, "digest", step->agreed_to);
        json_str(w, "warnings", step->warnings);
        json_str(w, "refused", step->refused);
        json_close_object(w);
    }
    json_close_array(w);
    json_close_object(w);
}

bool read_run_list(const struct call *call, const struct world *world, struct reply *reply,
                   struct err *err)
{
    (void)err;
    size_t count = 0;
    struct run_view *views = view_runs(world, reply->arena, call_flag(call, "all"), &count);
    struct json_writer w = {.text = &reply->json};
    json_open_array(&w, NULL);
    for (size_t i = 0; i < count; i++) {
        const struct run_view *view = &views[i];
        const struct run_step_view *step =
            view->current > 0 ? &view->steps[view->current - 1] : NULL;
        text_printf(&reply->text, "%lld  %-9.*s  %d of %d  since %-12.*s  %.*s",
                    (long long)view->number, STR_ARGS(view->state), view->done_count,
                    view->todo_count, STR_ARGS(reply_age(reply, view->since, world->now)),
                    STR_ARGS(view->procedure));
        if (view->environment.n > 0)
            text_printf(&reply->text, "  (rehearsal in %.*s)", STR_ARGS(view->environment));
        if (step)
            text_printf(&reply->text, "  (step %d %.*s: %.*s)", step->number, STR_ARGS(step->state),
                        STR_ARGS(first_line(step->text)));
        text_byte(&reply->text, '\n');
        write_run(&w, view);
    }
    json_close_array(&w);
    if (count == 0)
        text_adds(&reply->text, "No run is open.\n");
    return true;
}

static void add_line(struct text *text, const char *what, struct str words)
{
    if (words.n > 0)
        text_printf(text, "         %s %.*s\n", what, STR_ARGS(words));
}

/* What somebody is asked to agree to, to the letter. */
static void add_approval(struct reply *reply, const struct run_step_view *step)
{
    struct text *text = &reply->text;
    struct str have = str_printf(reply->arena, "%d of %d%s%.*s", step->approved, step->approvals,
                                 step->approvers.n > 0 ? ": " : "", STR_ARGS(step->approvers));
    add_lines(text, "refused before:", step->refused);
    add_line(text, "cannot be filled in:", step->problem);
    add_line(text, "runs", step->runs);
    add_line(text, "with", step->given);
    add_line(text, "in", step->folder);
    add_line(text, "environment:", step->variables);
    add_line(text, "in reeve.yaml by now, and not used by this run:", step->other);
    add_line(text, "approvals:", have);
    add_line(text, "digest", step->agreed_to);
}

/* What it asks, and how that stands. */
static void add_condition(struct reply *reply, const struct run_step_view *step)
{
    struct text *text = &reply->text;
    int indent = 2 * step->depth;
    if (step->question.n > 0 && step->answer.n == 0 && !step->asks)
        text_printf(text, "       %*sasks: %.*s\n", indent, "", STR_ARGS(step->question));
    if (step->answer.n > 0)
        text_printf(text, "       %*s%.*s %.*s (%.*s)\n", indent, "", STR_ARGS(step->question),
                    STR_ARGS(step->answer), STR_ARGS(step->why));
    else if (step->asks && step->why.n > 0)
        text_printf(text, "       %*sReeve cannot say: %.*s\n", indent, "", STR_ARGS(step->why));
    if (step->rounds > 0)
        text_printf(text, "       %*sbegun again %d time%s\n", indent, "", step->rounds,
                    step->rounds > 1 ? "s" : "");
    if (step->handler > 0)
        text_printf(text, "       %*sstep %d deals with that\n", indent, "", step->handler);
}

static void add_state(struct reply *reply, const struct run_step_view *step, struct instant now)
{
    bool waits = str_is(step->state, "waiting");
    bool runs = str_is(step->state, "running");
    text_printf(&reply->text, "  [%.*s", STR_ARGS(step->state));
    if (runs)
        text_printf(&reply->text, " for %.*s", STR_ARGS(reply_age(reply, step->started, now)));
    bool ahead = !instant_is_zero(step->due) && instant_before(now, step->due);
    if (ahead && (waits || runs))
        text_printf(&reply->text, ", %.*s more", STR_ARGS(reply_age(reply, now, step->due)));
    else if (ahead && !str_is(step->state, "done") && !str_is(step->state, "skipped"))
        text_printf(&reply->text, ", due in %.*s", STR_ARGS(reply_age(reply, now, step->due)));
    if (step->overdue)
        text_printf(&reply->text, ", overdue for %.*s", STR_ARGS(reply_age(reply, step->due, now)));
    if (step->by.n > 0)
        text_printf(&reply->text, " by %.*s", STR_ARGS(actor_name(step->by)));
    text_adds(&reply->text, "]");
    if (step->detail.n > 0 && !str_is(step->detail, "ticked"))
        text_printf(&reply->text, " %.*s", STR_ARGS(step->detail));
    text_byte(&reply->text, '\n');
    for (size_t i = 0; i < step->last_line_count; i++)
        text_printf(&reply->text, "       %*s| %.*s\n", 2 * step->depth, "",
                    STR_ARGS(step->last_lines[i]));
    if (step->lasting.n > 0 && runs)
        text_printf(&reply->text, "       %*s%.*s\n", 2 * step->depth, "", STR_ARGS(step->lasting));
    if (step->people.n > 0 && step->detail.n == 0)
        text_printf(&reply->text, "       %*stells %.*s by mail\n", 2 * step->depth, "",
                    STR_ARGS(step->people));
    if (step->note.n > 0)
        text_printf(&reply->text, "       %*s%.*s\n", 2 * step->depth, "", STR_ARGS(step->note));
    add_condition(reply, step);
    if (step->ask.n > 0)
        text_printf(&reply->text, "       %*s→ %.*s\n", 2 * step->depth, "", STR_ARGS(step->ask));
    add_lines(&reply->text, "warning:", step->warnings);
    if (step->agreed_to.n > 0)
        add_approval(reply, step);
}

static void add_attachments(struct reply *reply, const struct run_step_view *step)
{
    for (size_t i = 0; i < step->attachment_count; i++) {
        const struct attachment_view *view = &step->attachments[i];
        text_printf(&reply->text, "       %*sattached by %.*s: ", 2 * step->depth, "",
                    STR_ARGS(actor_name(view->by)));
        if (view->name.n > 0)
            text_printf(&reply->text, "%.*s", STR_ARGS(view->name));
        else
            text_adds(&reply->text, "(erased)");
        text_printf(&reply->text, ", %lld %s, SHA-256 %.*s\n", (long long)view->bytes,
                    noun(view->bytes, "byte", "bytes"), STR_ARGS(view->digest));
        if (view->problem.n > 0)
            text_printf(&reply->text, "       %*s%.*s\n", 2 * step->depth, "",
                        STR_ARGS(view->problem));
    }
}

const struct run *read_find_run(const struct world *world, int64_t number, struct err *err)
{
    const struct run *run = run_find(&world->runs, number);
    if (run)
        return run;
    if (number >= 1 && number <= world->runs.last_number)
        err_set(err, ERR_USAGE, NULL,
                "Run %lld ended some time ago; \"reeve ledger show --subject run:%lld\" has its "
                "story.",
                (long long)number, (long long)number);
    else
        err_set(err, ERR_USAGE, NULL,
                "There is no run %lld; \"reeve run list\" shows those that are open.",
                (long long)number);
    return NULL;
}

bool read_run_show(const struct call *call, const struct world *world, struct reply *reply,
                   struct err *err)
{
    int64_t number = call_int(call, "number");
    const struct run *run = read_find_run(world, number, err);
    struct json_writer w = {.text = &reply->json};
    if (!run)
        return false;
    struct run_view view = view_run(world, reply->arena, run);
    view_run_last_lines(world, reply->arena, run, &view);
    text_printf(&reply->text, "Run %lld: %.*s (line %lld), %.*s, started by %.*s %.*s ago\n",
                (long long)number, STR_ARGS(view.procedure), (long long)view.line,
                STR_ARGS(view.state), STR_ARGS(actor_name(view.opened_by)),
                STR_ARGS(reply_age(reply, view.since, world->now)));
    if (view.again_by.n > 0)
        text_printf(&reply->text, "%s by %.*s\n", view.taken_back ? "taken back" : "resumed",
                    STR_ARGS(actor_name(view.again_by)));
    if (view.environment.n > 0)
        text_printf(&reply->text, "A rehearsal in %.*s, not in production.\n",
                    STR_ARGS(view.environment));
    if (view.values.n > 0)
        text_printf(&reply->text, "with %.*s\n", STR_ARGS(view.values));
    if (view.older)
        text_adds(&reply->text, "The runbook has changed since; this run keeps the steps it began "
                                "with.\n");
    for (size_t i = 0; i < view.step_count; i++) {
        const struct run_step_view *step = &view.steps[i];
        text_printf(&reply->text, "%4d %*s%.*s", step->number, 2 * step->depth, "",
                    STR_ARGS(first_line(step->text)));
        if (step->is_title && step->question.n == 0)
            text_byte(&reply->text, '\n');
        else
            add_state(reply, step, world->now);
        add_attachments(reply, step);
        read_add_result(world, reply, run, (int)i);
    }
    if (view.undo_count > 0)
        text_printf(&reply->text,
                    "What it has done can be taken back by %d %s: reeve run undo %lld REASON\n",
                    view.undo_count, noun(view.undo_count, "step", "steps"), (long long)number);
    write_run(&w, &view);
    return true;
}

/* read_procedure.c - "procedure list", "procedure show", and the plan of a run that is not started.
 */
#include "action/read_output.h"
#include "action/reads.h"
#include "base/noun.h"
#include "run/approval.h"
#include "run/command_line.h"
#include "run/overlap.h"
#include "run/rehearsal.h"
#include "run/suspect.h"

enum { LINE_BYTES_MAX = 100 };

struct str read_first_line(struct str text)
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
void read_add_lines(struct text *text, const char *what, struct str lines)
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
                STR_ARGS(read_first_line(step->text)));
    if (step->does != DOES_GROUP)
        text_printf(&reply->text, "  [%s", does_words(step));
    add_time(reply, step);
    text_adds(&reply->text, step->does == DOES_GROUP ? "\n" : "]\n");
    struct str question = condition_question(reply->arena, &step->condition);
    if (question.n > 0)
        text_printf(&reply->text, "         asks: %.*s\n", STR_ARGS(question));
    if (step->destroys.n > 0)
        text_printf(&reply->text, "         destroys: %.*s\n", STR_ARGS(step->destroys));
    read_add_lines(&reply->text,
                   "warning:", suspect_words(reply->arena, step->text, step->command, values));
    int approvals = procedure_step_approvals(world->settings, step);
    if (approvals > 0)
        text_printf(&reply->text, "         needs the approval of %d %s\n", approvals,
                    noun(approvals, "other", "others"));
    if (step->does == DOES_COMMAND)
        add_arguments(world, reply, step, values);
    else if (step->command.n > 0)
        text_printf(&reply->text, "         %.*s\n",
                    STR_ARGS(str_visible(reply->arena, read_first_line(step->command), true)));
    struct str user = procedure_user(world->settings, step->action);
    if (step->does == DOES_COMMAND && user.n > 0)
        text_printf(&reply->text, "         runs as the user %.*s\n", STR_ARGS(user));
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

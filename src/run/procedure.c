/* procedure.c - from a program's statements to what can be started. */
#include "run/forbidden.h"
#include "run/procedure_condition.h"
#include "run/procedure_refer.h"

#include "run/spelling.h"
#include "run/unread.h"
#include "runbook/command.h"

enum { NAME_BYTES_MAX = 120, LABEL_WORDS_MAX = 6, DEPTH_MAX = 8 };

struct maker {
    struct arena *arena;
    const struct program *program;
    const struct run_settings *settings;
    int *first_child, *next; /* by statement: the tree, -1 at its ends */
    struct procedures made;
    size_t capacity;
};

static bool is_step(const struct statement *statement)
{
    return statement->kind == STATEMENT_STEP || statement->kind == STATEMENT_CHECK;
}

static bool is_shell_language(struct str language)
{
    static const char *const shells[] = {"",        "bash", "sh",       "shell",
                                         "console", "zsh",  "terminal", "shell-session"};
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (str_is_nocase(language, shells[i]))
            return true;
    return false;
}

/* psql -c "SELECT …": SQL in quotation marks, which a shell hands to a program. */
static bool hands_sql_on(struct str text)
{
    for (size_t i = 1; i < text.n; i++)
        if ((text.p[i] == '"' || text.p[i] == '\'') && sql_begins(str_from(text, i + 1)))
            return !sql_begins(text);
    return false;
}

/* Is the command itself SQL, and not one of a shell that holds some? */
static bool is_sql(struct str text, struct str language, const struct command_traits *traits)
{
    return traits->sql != SQL_NONE && (!is_shell_language(language) || !hands_sql_on(text));
}

/* Only what a shell reads; programs of other languages are done by people. */
static bool is_shell(const struct command_statement *command)
{
    return command->text.n <= LIMIT_RUN_COMMAND_BYTES && is_shell_language(command->language) &&
           !is_sql(command->text, command->language, &command->traits);
}

static void make_tree(struct maker *maker)
{
    const struct program *program = maker->program;
    size_t room = (size_t)program->count + 1;
    int *last = arena_array(maker->arena, room, sizeof *last);
    maker->first_child = arena_array(maker->arena, room, sizeof *maker->first_child);
    maker->next = arena_array(maker->arena, room, sizeof *maker->next);
    for (int i = 0; i < program->count; i++)
        maker->first_child[i] = maker->next[i] = last[i] = -1;
    for (int i = 0; i < program->count; i++) {
        int parent = program->statements[i].parent;
        if (parent < 0 || parent >= program->count || parent == i)
            continue;
        if (last[parent] < 0)
            maker->first_child[parent] = i;
        else
            maker->next[last[parent]] = i;
        last[parent] = i;
    }
}

/* The command of the runbook whose own name is the action's, when nothing has to be filled in; the
 * one that says nothing but the name goes before. */
static const struct command_statement *find_command(const struct maker *maker, struct str action)
{
    const struct program *program = maker->program;
    const struct command_statement *longer = NULL;
    for (int i = 0; action.n > 0 && i < program->count; i++) {
        const struct statement *statement = &program->statements[i];
        const struct command_statement *command = &statement->command;
        if (statement->kind != STATEMENT_COMMAND || !is_shell(command) ||
            command->traits.placeholder_count > 0 ||
            spelling_of(maker->arena, command->text).refused ||
            !str_equal(command_own_name(command->text), action))
            continue;
        if (str_equal(str_from(command->text, command->text.n - action.n), action))
            return command;
        longer = command;
    }
    return longer;
}

static void take_traits(struct procedure_step *step, const struct command_traits *traits)
{
    step->destroys = traits->destroys;
    step->endless = traits->endless;
    step->placeholders = traits->placeholders;
    step->placeholder_count = traits->placeholder_count;
}

static void take_time(struct procedure_step *step, const struct step_statement *from)
{
    step->time_ms = from->time_ms;
    step->time_months = from->time_months;
    switch (from->time) {
    case TIME_NONE:
    case TIME_BEFORE: return;
    case TIME_DUE_AT: step->when = WHEN_DUE_AT; return;
    case TIME_WITHIN: step->when = WHEN_WITHIN; return;
    case TIME_NOT_BEFORE: step->when = WHEN_NOT_BEFORE; return;
    case TIME_HOLD: break;
    }
    struct str said = condition_rest(step->text);
    bool waits = str_starts_nocase(said, "wait") || str_starts_nocase(said, "pause") ||
                 str_starts_nocase(said, "sleep");
    step->when = WHEN_HOLDS;
    step->does = waits ? DOES_WAIT : DOES_HOLD;
}

/* SQL that only reads is asked by Reeve itself; the rest, and all where no database is named, by
 * people. */
static void take_query(const struct maker *maker, struct procedure_step *step, struct str sql,
                       const struct command_traits *traits)
{
    struct err err = {0};
    const struct run_settings *settings = maker->settings;
    take_traits(step, traits);
    step->command = sql;
    if (!settings || step->does != DOES_MANUAL)
        return;
    if (!settings->query_check)
        step->note = STR("no database is named that could be asked (services: database: in "
                         "reeve.yaml), so people run this SQL");
    else if (sql.n > LIMIT_RUN_COMMAND_BYTES || traits->placeholder_count > 0)
        step->note = STR("it has open places or is too long: no value becomes part of SQL, so "
                         "people run it");
    else if (!settings->query_check(sql, &err))
        step->note = str_copy(maker->arena, str_of(err.text));
    else if (traits->sql == SQL_CHANGES)
        step->note = STR("Reeve reads only; run it yourself with psql, or as a command by actions: "
                         "in reeve.yaml");
    else
        step->does = DOES_QUERY;
}

/* A command of the runbook as it is run today, or refused with the reason. False: people do it. */
static bool take_spelling(const struct maker *maker, struct procedure_step *step,
                          struct str command)
{
    struct spelling spelling = spelling_of(maker->arena, command);
    step->command = spelling.command;
    step->note = spelling.note;
    step->endless = step->endless || spelling.endless;
    return !spelling.refused;
}

/* False: the binding tells nobody. A rehearsal tells nobody outside: people do it among those who
 * rehearse. */
static bool take_people(const struct maker *maker, struct procedure_step *step,
                        const struct action_binding *binding)
{
    if (!binding || binding->people.n == 0)
        return false;
    if (step->does == DOES_MANUAL && maker->settings->rehearses) {
        step->note = str_printf(maker->arena,
                                "in production this tells %.*s by mail; a rehearsal tells nobody "
                                "outside of it",
                                STR_ARGS(binding->people));
    } else if (step->does == DOES_MANUAL) {
        step->does = DOES_NOTIFY;
        step->people = binding->people;
    }
    return true;
}

/* What stands below the step is done instead, so that nothing of it is passed over in silence. */
static void tell_nobody(struct procedure_step *step)
{
    if (step->does == DOES_NOTIFY)
        step->does = DOES_MANUAL;
    if (step->command.n == 0)
        step->note = STR("");
    step->people = STR("");
}

/* What a line does: what the configuration binds it to, else its own command, else the runbook's
 * command of that name. */
static void take_command(const struct maker *maker, struct procedure_step *step,
                         const struct step_statement *from)
{
    step->action = from->action.n > 0 ? from->action : command_own_name(from->command);
    const struct action_binding *binding = action_binding_find(maker->settings, step->action);
    struct str name = command_own_name(from->command);
    if (!binding && action_binding_find(maker->settings, name)) {
        step->action = name; /* its words are bound to something else, its command by its name */
        binding = action_binding_find(maker->settings, name);
    }
    bool is_own = name.n > 0 && str_equal(step->action, name);
    if (binding && binding->people.n > 0 && from->command.n > 0 && !is_own)
        binding = NULL; /* the line has a command of its own: it is not passed over */
    const struct command_statement *command =
        binding || from->command.n ? NULL : find_command(maker, from->action);
    bool spelt = true;
    if (take_people(maker, step, binding) ||
        procedure_step_ask(maker->arena, maker->settings, step, from->command))
        return;
    if (from->command.n > 0 && spelling_of(maker->arena, from->command).refused) {
        spelt = take_spelling(maker, step, from->command);
    } else if (binding) {
        procedure_step_bind(maker->arena, step, binding,
                            &(struct command_given){from->command, &from->traits});
    } else if (is_sql(from->command, STR(""), &from->traits)) {
        take_query(maker, step, from->command, &from->traits);
        spelt = false;
    } else if (from->command.n > 0 && from->command.n <= LIMIT_RUN_COMMAND_BYTES) {
        take_traits(step, &from->traits);
        spelt = take_spelling(maker, step, from->command);
    } else if (command) {
        take_traits(step, &command->traits);
        spelt = take_spelling(maker, step, command->text);
    }
    bool runs = spelt && maker->settings && maker->settings->commands && step->command.n > 0;
    if (runs && step->does == DOES_MANUAL)
        step->does = DOES_COMMAND;
    unread_tell(maker->arena, step, from);
}

static struct procedure_step *add_step(struct maker *maker, struct procedure *procedure,
                                       const struct procedure_step *parent, int statement)
{
    if (procedure->step_count == LIMIT_RUN_STEPS) {
        procedure->cut = true;
        return NULL;
    }
    if (!procedure->steps)
        procedure->steps = arena_array(maker->arena, LIMIT_RUN_STEPS, sizeof *procedure->steps);
    struct procedure_step *step = &procedure->steps[procedure->step_count++];
    *step = (struct procedure_step){.does = DOES_MANUAL,
                                    .statement = statement,
                                    .holder = -1,
                                    .parent = parent ? (int)(parent - procedure->steps) : -1,
                                    .depth = parent ? parent->depth + 1 : 0,
                                    .text = maker->program->statements[statement].text};
    return step;
}

/* The step is done with this command, or with what reeve.yaml binds its name to. */
static void take_own(const struct maker *maker, struct procedure_step *step,
                     const struct command_statement *command)
{
    struct str name = command_own_name(command->text);
    const struct action_binding *binding = action_binding_find(maker->settings, name);
    if (name.n > 0)
        step->action = name;
    bool spelt = true;
    if (take_people(maker, step, binding) ||
        (is_shell(command) &&
         procedure_step_ask(maker->arena, maker->settings, step, command->text)))
        return;
    if (is_sql(command->text, command->language, &command->traits)) {
        take_query(maker, step, command->text, &command->traits);
        return;
    }
    if (spelling_of(maker->arena, command->text).refused)
        binding = NULL; /* what it would lose, it would lose there too */
    step->command = command->text;
    if (binding) {
        procedure_step_bind(maker->arena, step, binding,
                            &(struct command_given){command->text, &command->traits});
    } else {
        take_traits(step, &command->traits);
        if (is_shell(command))
            spelt = take_spelling(maker, step, command->text);
    }
    if (maker->settings && maker->settings->commands && step->does == DOES_MANUAL && spelt &&
        (binding || is_shell(command)))
        step->does = DOES_COMMAND;
}

static void add_command(struct maker *maker, struct procedure *procedure,
                        const struct procedure_step *parent, int statement)
{
    const struct command_statement *command = &maker->program->statements[statement].command;
    struct procedure_step *step = add_step(maker, procedure, parent, statement);
    if (!step)
        return;
    if (command->title.n > 0)
        step->text = command->title;
    take_own(maker, step, command);
}

/* The commands below a statement, also those below notes between them. */
struct commands_below {
    int steps, commands;
    int last; /* the last one's statement */
    bool menu;
};

static void count_below(const struct maker *maker, int statement, struct commands_below *out)
{
    for (int i = maker->first_child[statement]; i >= 0; i = maker->next[i]) {
        const struct statement *child = &maker->program->statements[i];
        out->steps += is_step(child);
        if (child->kind == STATEMENT_NOTE)
            count_below(maker, i, out); /* a note has no notes below it */
        if (child->kind != STATEMENT_COMMAND)
            continue;
        out->commands++;
        out->last = i;
        out->menu = out->menu || child->command.traits.form == COMMAND_MENU;
    }
}

static void add_script(struct maker *maker, struct procedure *procedure, int statement, int at)
{
    for (int i = maker->first_child[statement]; i >= 0; i = maker->next[i]) {
        enum statement_kind kind = maker->program->statements[i].kind;
        if (kind == STATEMENT_NOTE)
            add_script(maker, procedure, i, at);
        else if (kind == STATEMENT_COMMAND)
            add_command(maker, procedure, &procedure->steps[at], i);
    }
}

/* What stands below a step: more steps, or the commands that it is done with. */
static void add_below(struct maker *maker, struct procedure *procedure, int statement, int at)
{
    struct commands_below below = {.last = -1};
    struct procedure_step *step = &procedure->steps[at];
    count_below(maker, statement, &below);
    if (below.commands == 0)
        return;
    tell_nobody(step);
    if (below.menu) {
        if (step->does == DOES_MANUAL)
            step->does = DOES_CHOICE;
    } else if (below.commands > 1) {
        step->does = DOES_GROUP;
        add_script(maker, procedure, statement, at);
    } else if (below.steps == 0 && step->command.n == 0) {
        step->holder = below.last;
        take_own(maker, step, &maker->program->statements[below.last].command);
    }
}

/* "Database: Add read replicas": a label of few words, and what is to be done. */
static bool has_label(const struct statement *statement, struct str *out_label)
{
    size_t colon = str_find(statement->text, ": ", 0);
    struct str label = str_slice(statement->text, 0, colon);
    int blanks = 0;
    for (size_t i = 0; i < label.n; i++)
        blanks += label.p[i] == ' ';
    *out_label = label;
    return condition_rest(statement->text).p == statement->text.p && colon < statement->text.n &&
           colon > 0 && blanks < LABEL_WORDS_MAX && statement->step.command.n == 0 &&
           statement->step.time == TIME_NONE && !statement->step.checkbox;
}

/* A list in which each line names what it is for: a choice, and no order. */
static bool is_choice(const struct maker *maker, int first, int end)
{
    int count = 0;
    struct str label;
    for (int i = first; i >= 0 && i != end; i = maker->next[i]) {
        if (!is_step(&maker->program->statements[i]))
            continue;
        if (maker->first_child[i] >= 0 || !has_label(&maker->program->statements[i], &label))
            return false;
        count++;
    }
    return count > 0;
}

/* Each statement is visited once: deeper than any list can be is cut. */
static void add_tree(struct maker *maker, struct procedure *procedure,
                     const struct procedure_step *parent, int statement)
{
    const struct statement *from = &maker->program->statements[statement];
    struct procedure_step *step = add_step(maker, procedure, parent, statement);
    bool has_steps = false;
    if (!step)
        return;
    int at = procedure->step_count - 1;
    step->free = from->step.checkbox;
    if (!condition_has_time(step->text))
        take_time(step, &from->step);
    take_command(maker, step, &from->step);
    for (int i = maker->first_child[statement]; i >= 0; i = maker->next[i])
        has_steps = has_steps || is_step(&maker->program->statements[i]);
    add_below(maker, procedure, statement, at);
    if (has_steps)
        tell_nobody(step);
    if (has_steps && is_choice(maker, maker->first_child[statement], -1)) {
        procedure->steps[at].does = DOES_CHOICE;
    } else if (has_steps && step->depth < DEPTH_MAX) {
        step->does = DOES_GROUP;
        for (int i = maker->first_child[statement]; i >= 0; i = maker->next[i])
            if (is_step(&maker->program->statements[i]))
                add_tree(maker, procedure, &procedure->steps[at], i);
    }
}

/* Without pictures and marks in front, without the colon behind. */
static struct str clean_name(struct str text)
{
    size_t from = 0;
    while (from < text.n && !byte_is_alnum(text.p[from]))
        from++;
    struct str name = str_trim(from < text.n ? str_from(text, from) : text);
    while (name.n > 0 && (name.p[name.n - 1] == ':' || byte_is_blank(name.p[name.n - 1])))
        name.n--;
    return str_cut(name, NAME_BYTES_MAX);
}

static struct procedure *add_procedure(struct maker *maker, int statement, struct str name)
{
    size_t count = (size_t)maker->made.count;
    struct procedure *procedure =
        &LIST_PUSH(maker->arena, maker->made.items, count, maker->capacity);
    maker->made.count = (int)count;
    const struct statement *at = &maker->program->statements[statement];
    *procedure = (struct procedure){
        .statement = statement, .name = name, .path = at->path, .line = at->line};
    return procedure;
}

/* "Procedure:" and "Steps:" say nothing that the heading above does not say better. */
static bool is_plain_label(struct str name)
{
    static const char *const words[] = {"procedure", "procedures", "steps",
                                        "process",   "checklist",  "instructions"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is_nocase(name, words[i]))
            return true;
    return false;
}

static struct str name_of(const struct maker *maker, int statement)
{
    const struct statement *owner = &maker->program->statements[statement];
    struct str name = clean_name(owner->text);
    if (owner->heading_level == 0 && is_plain_label(name) && owner->parent >= 0)
        return clean_name(maker->program->statements[owner->parent].text);
    return name;
}

/* The steps of one list, from first to before end. */
static void add_list(struct maker *maker, int owner, struct str name, int first, int end)
{
    struct str label;
    if (is_choice(maker, first, end)) {
        for (int i = first; i >= 0 && i != end; i = maker->next[i]) {
            if (!is_step(&maker->program->statements[i]) ||
                !has_label(&maker->program->statements[i], &label))
                continue;
            struct procedure *one = add_procedure(maker, i, clean_name(label));
            add_tree(maker, one, NULL, i);
        }
        return;
    }
    struct procedure *procedure = add_procedure(maker, owner, name);
    for (int i = first; i >= 0 && i != end; i = maker->next[i])
        if (is_step(&maker->program->statements[i]))
            add_tree(maker, procedure, NULL, i);
}

/* A paragraph that introduces a list begins another one. */
static bool is_list_label(const struct statement *statement)
{
    return !is_step(statement) && statement->kind != STATEMENT_COMMAND &&
           statement->heading_level == 0 && str_ends(str_trim(statement->text), ":");
}

static bool has_step_before(const struct maker *maker, int from, int end)
{
    for (int i = from; i >= 0 && i != end; i = maker->next[i])
        if (is_step(&maker->program->statements[i]))
            return true;
    return false;
}

/* The lists directly below a statement, parted where a label stands between. */
static void add_lists(struct maker *maker, int owner)
{
    int first = maker->first_child[owner];
    struct str name = name_of(maker, owner);
    for (int i = first; i >= 0; i = maker->next[i]) {
        const struct statement *child = &maker->program->statements[i];
        if (!is_list_label(child) || maker->first_child[i] >= 0)
            continue;
        bool before = has_step_before(maker, first, i);
        if (before)
            add_list(maker, owner, name, first, i);
        struct str label = clean_name(child->text);
        if (before || !is_plain_label(label))
            name = label;
        first = i;
    }
    if (has_step_before(maker, first, -1))
        add_list(maker, owner, name, first, -1);
}

/* Commands directly below a statement: a script is one procedure, else each is one. */
static void add_commands(struct maker *maker, int owner)
{
    struct procedure *script = NULL;
    int script_statement = -1;
    for (int i = maker->first_child[owner]; i >= 0; i = maker->next[i]) {
        const struct statement *child = &maker->program->statements[i];
        if (child->kind != STATEMENT_COMMAND)
            continue;
        if (child->command.traits.form == COMMAND_SCRIPT) {
            if (script_statement < 0) {
                struct str name = name_of(maker, owner);
                if (has_step_before(maker, maker->first_child[owner], -1))
                    name = str_printf(maker->arena, "%.*s: commands", STR_ARGS(name));
                script_statement = maker->made.count;
                (void)add_procedure(maker, i, name);
            }
            script = &maker->made.items[script_statement];
            add_command(maker, script, NULL, i);
            continue;
        }
        struct str own = command_own_name(child->command.text);
        struct str name = child->command.title.n ? clean_name(child->command.title)
                          : own.n                ? own
                                                 : str_cut(child->command.text, NAME_BYTES_MAX);
        struct procedure *one = add_procedure(maker, i, name);
        one->command = own;
        add_command(maker, one, NULL, i);
    }
}

/* Is "$NAME" in the command, and will it be in its environment? */
static bool is_variable(const struct maker *maker, struct str command, struct str name)
{
    const struct run_settings *settings = maker->settings;
    bool known = false;
    for (size_t i = 0; settings && i < settings->variable_count; i++)
        known = known || str_equal(settings->variables[i], name);
    if (!known)
        return false;
    struct str plain = str_printf(maker->arena, "$%.*s", STR_ARGS(name));
    struct str braced = str_printf(maker->arena, "${%.*s", STR_ARGS(name));
    return str_find(command, plain.p, 0) < command.n || str_find(command, braced.p, 0) < command.n;
}

/* What the environment gives needs no value from whoever starts the run. */
static void drop_variables(struct maker *maker, struct procedure_step *step)
{
    struct placeholder *left =
        arena_array(maker->arena, (size_t)step->placeholder_count, sizeof *left);
    int count = 0;
    for (int i = 0; i < step->placeholder_count; i++)
        if (!is_variable(maker, step->command, step->placeholders[i].name))
            left[count++] = step->placeholders[i];
    step->placeholders = left;
    step->placeholder_count = count;
}

struct procedures procedures_make(struct arena *arena, const struct program *program,
                                  const struct run_settings *settings)
{
    struct maker maker = {.arena = arena, .program = program, .settings = settings};
    make_tree(&maker);
    for (int i = 0; i < program->count; i++) {
        const struct statement *statement = &program->statements[i];
        if (maker.first_child[i] < 0)
            continue;
        add_lists(&maker, i);
        if (!is_step(statement))
            add_commands(&maker, i);
    }
    for (int i = 0; i < maker.made.count; i++) {
        struct procedure *procedure = &maker.made.items[i];
        for (int k = 0; k < procedure->step_count; k++) {
            drop_variables(&maker, &procedure->steps[k]);
            procedure_step_judge_shell(arena, &procedure->steps[k]);
        }
        if (procedure->step_count > 0)
            procedure->first_line = program->statements[procedure->steps[0].statement].line;
    }
    procedures_refer(arena, program, &maker.made);
    procedures_forbid(arena, program, &maker.made);
    unread_tell_repetitions(arena, settings, &maker.made);
    procedures_ask(arena, program, &maker.made);
    return maker.made;
}

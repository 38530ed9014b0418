/* check_command.c - what a person should know of the commands before they run. */
#include "runbook/check.h"

#include "base/text.h"
#include "runbook/command.h"

enum { SHOWN_BYTES_MAX = 80, NAMES_BYTES_MAX = 400 };

/* The commands of one fence: statements [first, end). */
struct group {
    int first, end;
    int commands;
    bool destroys;
};

static struct str shown(struct str command)
{
    struct str line = str_slice(command, 0, str_find_byte(command, '\n', 0));
    struct str cut = str_cut(line, SHOWN_BYTES_MAX);
    return cut;
}

static void find_destructive(struct builder *builder, const struct statement *at,
                             struct str command, const struct command_traits *traits)
{
    if (traits->destroys.n)
        check_find(builder, at, FINDING_HINT, "destructive",
                   str_printf(builder->arena,
                              "\"%.*s\" %.*s. Say above it when it may run; a person confirms it "
                              "first.",
                              STR_ARGS(shown(command)), STR_ARGS(traits->destroys)));
}

static void find_endless(struct builder *builder, const struct statement *at, struct str command,
                         const struct command_traits *traits)
{
    if (traits->endless)
        check_find(builder, at, FINDING_HINT, "endless",
                   str_printf(builder->arena,
                              "\"%.*s\" runs until it is stopped. In a script give it an end, for "
                              "example \"timeout 60 …\".",
                              STR_ARGS(shown(command))));
}

/* Names to be filled in, each once. */
struct names {
    struct text text;
    struct str at[PLACEHOLDERS_MAX];
    int count;
};

static void add_names(struct names *names, const struct command_traits *traits)
{
    for (int i = 0; i < traits->placeholder_count; i++) {
        struct str name = traits->placeholders[i].name;
        bool known = names->count == PLACEHOLDERS_MAX;
        for (int k = 0; k < names->count; k++)
            known |= str_equal(names->at[k], name);
        if (known)
            continue;
        names->at[names->count++] = name;
        text_printf(&names->text, "%s%.*s", names->text.n ? ", " : "", STR_ARGS(name));
    }
}

static void find_unfilled(struct builder *builder, const struct statement *at,
                          const struct names *names)
{
    if (names->count)
        check_find(builder, at, FINDING_HINT, "placeholder",
                   str_printf(builder->arena, "Must be filled in before it runs: %.*s.",
                              STR_ARGS(text_str(&names->text))));
}

/* A script would run with its placeholders as they are, and what destroys would destroy the wrong
 * thing; a single command is filled in by whoever runs it. */
static void find_placeholders(struct builder *builder, const struct group *group)
{
    const struct statement *statements = builder->program->statements;
    const struct statement *at = NULL;
    struct names names;
    names.count = 0;
    for (int i = group->first; i < group->end; i++) {
        const struct command_traits *traits = &statements[i].command.traits;
        if (statements[i].kind != STATEMENT_COMMAND || traits->placeholder_count == 0 ||
            (traits->form != COMMAND_SCRIPT && traits->destroys.n == 0))
            continue;
        if (!at)
            text_init(&names.text, builder->arena, NAMES_BYTES_MAX);
        at = at ? at : &statements[i];
        add_names(&names, traits);
    }
    if (at)
        find_unfilled(builder, at, &names);
}

static void check_group(struct builder *builder, const struct group *group)
{
    const struct statement *statements = builder->program->statements;
    const struct statement *first = NULL;
    const struct statement *last = NULL;
    struct str reason = {"", 0};
    for (int i = group->first; i < group->end; i++) {
        const struct statement *at = &statements[i];
        if (at->kind != STATEMENT_COMMAND)
            continue;
        const struct command_traits *traits = &at->command.traits;
        first = first ? first : at;
        last = at;
        /* A script that destroys in each of its lines says so once. */
        if (traits->form != COMMAND_SCRIPT || !str_equal(reason, traits->destroys))
            find_destructive(builder, at, at->command.text, traits);
        reason = traits->destroys;
        find_endless(builder, at, at->command.text, traits);
    }
    if (first && first->command.traits.form == COMMAND_MENU && group->destroys)
        check_find(builder, first, FINDING_HINT, "menu",
                   str_printf(builder->arena,
                              "The %d commands on lines %d to %d are a choice and never run as "
                              "one. Number their notes (\"# 1. …\") if they are one script.",
                              group->commands, first->line, last->last_line));
    find_placeholders(builder, group);
}

static void check_step_command(struct builder *builder, const struct statement *at)
{
    const struct step_statement *step = &at->step;
    struct names names = {.count = 0};
    if (step->command.n == 0)
        return;
    find_destructive(builder, at, step->command, &step->traits);
    find_endless(builder, at, step->command, &step->traits);
    text_init(&names.text, builder->arena, NAMES_BYTES_MAX);
    if (step->traits.destroys.n)
        add_names(&names, &step->traits);
    find_unfilled(builder, at, &names);
}

void check_commands(struct builder *builder)
{
    const struct program *program = builder->program;
    struct group group = {0};
    for (int i = 0; i < program->count; i++) {
        const struct statement *at = &program->statements[i];
        if (at->kind == STATEMENT_COMMAND) {
            if (group.commands == 0)
                group.first = i;
            group.commands++;
            group.destroys |= at->command.traits.destroys.n > 0;
            group.end = i + 1;
        } else if (at->kind != STATEMENT_NOTE && at->kind != STATEMENT_LITERAL) {
            if (group.commands)
                check_group(builder, &group);
            group = (struct group){0};
        }
        if (at->kind == STATEMENT_STEP || at->kind == STATEMENT_CHECK)
            check_step_command(builder, at);
    }
    if (group.commands)
        check_group(builder, &group);
}

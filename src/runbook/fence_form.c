/* fence_form.c - how the commands of one fence stand to each other: a script, or a choice. Where
 * nothing says that they are one script, notes of their own make them a choice: a command that is
 * run by itself can be followed by the next, one that was run too many cannot be taken back. */
#include "runbook/builder.h"

#include "runbook/fence_line.h"
#include "runbook/shell.h"

enum { PAIRED_MAX = 32 };

/* What the statements of a fence say of each other. */
struct signs {
    int commands, groups; /* groups: notes with commands under them */
    bool choice;          /* "Option A", "# or", "If …", one that never ends before another */
    bool order;           /* numbered, "then", one transaction, a variable that is used below */
};

static bool begins_any(struct str text, const char *const *list)
{
    for (int i = 0; list[i]; i++) {
        if (text.n == 0 || byte_lower(text.p[0]) != byte_lower(list[i][0]) ||
            !str_starts_nocase(text, list[i]))
            continue;
        size_t n = strlen(list[i]);
        if (text.n == n || !byte_is_alnum(text.p[n]))
            return true;
    }
    return false;
}

static bool is_choice(struct str note)
{
    static const char *const words[] = {"option", "or",      "alternative", "alternatively",
                                        "if",     "either",  "only if",     "variant",
                                        "method", "instead", NULL};
    return begins_any(note, words) || str_find_nocase(note, ", if ", 0) < note.n ||
           str_find_nocase(note, "(if ", 0) < note.n;
}

static bool is_order(struct str note)
{
    static const char *const words[] = {"step",       "first", "then",    "next", "after",
                                        "afterwards", "now",   "finally", "wait", NULL};
    return line_numbered(note).n > 0 || begins_any(note, words);
}

/* What one command does and another undoes: nobody wants both. */
static const struct {
    struct str does, undoes;
} pairs[] = {{STR("migrate"), STR("rollback")},  {STR("export"), STR("import")},
             {STR("backup"), STR("restore")},    {STR("start"), STR("stop")},
             {STR("up"), STR("down")},           {STR("enable"), STR("disable")},
             {STR("apply"), STR("destroy")},     {STR("create"), STR("delete")},
             {STR("install"), STR("uninstall")}, {STR("add"), STR("remove")},
             {STR("resume"), STR("pause")},      {STR("lock"), STR("unlock")}};

/* The words of a command that are of a pair, as bits. */
struct acts {
    unsigned does, undoes;
};

static struct acts acts_of(struct str text)
{
    struct acts acts = {0, 0};
    size_t begin = 0;
    for (size_t i = 0; i <= text.n; i++) {
        if (i < text.n && byte_is_alnum(text.p[i]))
            continue;
        struct str word = str_slice(text, begin, i);
        begin = i + 1;
        for (size_t k = 0; word.n > 1 && k < sizeof pairs / sizeof pairs[0]; k++) {
            if (word.p[0] == pairs[k].does.p[0] && str_equal(word, pairs[k].does))
                acts.does |= 1U << k;
            if (word.p[0] == pairs[k].undoes.p[0] && str_equal(word, pairs[k].undoes))
                acts.undoes |= 1U << k;
        }
    }
    return acts;
}

/* One command undoes what one above it does. */
static bool undo_each_other(const struct statement *statements, int count)
{
    unsigned done = 0;
    for (int i = 0; i < count && i < PAIRED_MAX; i++) {
        if (statements[i].kind != STATEMENT_COMMAND)
            continue;
        struct acts acts = acts_of(statements[i].text);
        if (acts.undoes & done)
            return true;
        done |= acts.does;
    }
    return false;
}

/* "cd /srv", "set -e", "BEGIN;", "NAME=…": what follows needs it. */
static bool prepares(const struct statement *command)
{
    static const char *const words[] = {
        "cd", "set -e", "set -euo", "export", "BEGIN", "START TRANSACTION", "source", "ssh", NULL};
    return begins_any(command->text, words);
}

static bool uses(struct str text, struct str name)
{
    for (size_t at = str_find_byte(text, '$', 0); at < text.n;
         at = str_find_byte(text, '$', at + 1)) {
        struct str rest = str_from(text, at + 1);
        if (str_starts(rest, "{"))
            rest = str_from(rest, 1);
        if (rest.n >= name.n && str_equal(str_slice(rest, 0, name.n), name))
            return true;
    }
    return false;
}

/* Is a variable that one command sets used in a later one? Only whole assignments count. */
static bool hand_on(const struct statement *statements, int count)
{
    for (int i = 0; i < count && i < PAIRED_MAX; i++) {
        struct str text = statements[i].text;
        if (statements[i].kind != STATEMENT_COMMAND || !shell_is_assignment(text))
            continue;
        struct str name = str_slice(text, 0, str_find_byte(text, '=', 0));
        for (int k = i + 1; k < count && k < i + PAIRED_MAX; k++)
            if (statements[k].kind == STATEMENT_COMMAND && uses(statements[k].text, name))
                return true;
    }
    return false;
}

static struct signs find_signs(const struct statement *statements, int count)
{
    struct signs signs = {0};
    const struct statement *note = NULL;
    bool fresh = false;
    bool endless = false;
    for (int i = 0; i < count; i++) {
        const struct statement *at = &statements[i];
        if (at->kind == STATEMENT_NOTE) {
            signs.order |= note == NULL && str_starts(at->text, "#!");
            note = at;
            fresh = true;
        }
        if (at->kind != STATEMENT_COMMAND)
            continue;
        signs.commands++;
        signs.choice |= endless;
        endless = at->command.traits.endless;
        signs.order |= prepares(at);
        if (!fresh || !note)
            continue;
        fresh = false;
        signs.groups++;
        signs.choice |= is_choice(note->text);
        signs.order |= is_order(note->text);
    }
    return signs;
}

void fence_form_commands(struct builder *builder, int first, bool source)
{
    struct statement *statements = builder->program->statements + first;
    int count = builder->program->count - first;
    struct signs signs = find_signs(statements, count);
    enum command_form form = COMMAND_SCRIPT;
    if (signs.commands <= 1)
        form = COMMAND_SINGLE;
    else if (signs.choice || (!source && !signs.order && !hand_on(statements, count) &&
                              (signs.groups > 1 || undo_each_other(statements, count))))
        form = COMMAND_MENU;
    for (int i = 0; i < count; i++)
        if (statements[i].kind == STATEMENT_COMMAND)
            statements[i].command.traits.form = form;
}

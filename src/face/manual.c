/* manual.c - the action table read as help and as the manual page. */
#include "face/manual.h"

static const char *const exit_codes =
    "0 done, 1 findings, 2 wrong use, 3 refused, 4 the outside failed, 5 in doubt, "
    "6 Reeve itself failed";

enum { COLUMNS = 79 };

/* Words from column `column` on, broken before COLUMNS, further lines indented by `indent`. */
static void add_wrapped(struct text *text, const char *words, int column, int indent)
{
    struct str rest = str_of(words);
    struct str word;
    bool first = true;
    while (str_split(&rest, ' ', &word)) {
        if (!first && column + 1 + (int)word.n > COLUMNS) {
            text_printf(text, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            text_byte(text, ' ');
            column++;
        }
        text_add(text, word);
        column += (int)word.n;
        first = false;
    }
    text_byte(text, '\n');
}

static void add_upper(struct text *text, const char *name)
{
    for (; *name; name++)
        text_byte(text, (char)(*name >= 'a' && *name <= 'z' ? *name - 32 : *name));
}

void manual_write_usage(struct text *text, const struct action *action)
{
    text_printf(text, "reeve %s", action->name);
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && action->arguments[i].name; i++) {
        const struct argument *argument = &action->arguments[i];
        text_adds(text, argument->required ? " " : " [");
        if (argument->is_option) {
            text_printf(text, "--%s", argument->name);
            if (argument->type != ARGUMENT_FLAG)
                text_byte(text, ' ');
        }
        if (argument->type != ARGUMENT_FLAG)
            add_upper(text, argument->name);
        if (argument->takes_rest || argument->type == ARGUMENT_PATHS)
            text_adds(text, "…");
        if (!argument->required)
            text_byte(text, ']');
    }
}

static const char *effect_sentence(enum action_effect effect)
{
    switch (effect) {
    case EFFECT_LOCAL: return "Runs here, beside a running daemon or without one.";
    case EFFECT_READ: return "Only reads.";
    case EFFECT_RECORD: return "Writes facts into the ledger.";
    }
    return "";
}

static void add_argument(struct text *text, const struct argument *argument)
{
    int name = (int)strlen(argument->name) + (argument->is_option ? 2 : 0);
    text_printf(text, "  %s%s%*s", argument->is_option ? "--" : "", argument->name,
                name < 14 ? 15 - name : 1, "");
    if (argument->default_value) {
        text_printf(text, "%s (default %s)\n", argument->help, argument->default_value);
        return;
    }
    add_wrapped(text, argument->help, 17, 17);
}

void manual_write_action(struct text *text, const struct action *action)
{
    text_adds(text, "usage: ");
    manual_write_usage(text, action);
    text_adds(text, "\n\n");
    add_wrapped(text, action->summary, 0, 0);
    add_wrapped(text, action->help, 0, 0);
    if (action->arguments[0].name)
        text_byte(text, '\n');
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && action->arguments[i].name; i++)
        add_argument(text, &action->arguments[i]);
    text_printf(text, "\nexample:  %s\n\n", action->example);
    add_wrapped(text, effect_sentence(action->effect), 0, 0);
    text_adds(text, "exit codes: ");
    add_wrapped(text, exit_codes, 12, 12);
}

void manual_write_overview(struct text *text)
{
    size_t count = 0;
    const struct action *table = action_table(&count);
    text_adds(text, "Reeve makes a production runbook run.\n\nusage: reeve ACTION [ARGUMENTS] "
                    "[--config FILE] [--json]\n\n");
    for (size_t i = 0; i < count; i++) {
        text_printf(text, "  %-18s ", table[i].name);
        add_wrapped(text, table[i].summary, 21, 21);
    }
    text_adds(text, "\n\"reeve ACTION --help\" tells more.\nexit codes: ");
    add_wrapped(text, exit_codes, 12, 12);
}

void manual_write_markdown(struct text *text)
{
    size_t count = 0;
    const struct action *table = action_table(&count);
    text_printf(text,
                "# Commands\n\nWritten by `reeve manual`. Every command takes `--json`, "
                "`--help` and `--config FILE`.\n\nExit codes: %s.\n",
                exit_codes);
    for (size_t i = 0; i < count; i++) {
        text_printf(text, "\n## reeve %s\n\n%s\n\n    ", table[i].name, table[i].summary);
        manual_write_usage(text, &table[i]);
        text_printf(text, "\n\n%s %s\n", table[i].help, effect_sentence(table[i].effect));
        if (table[i].arguments[0].name)
            text_adds(text, "\n| argument | meaning | default |\n|---|---|---|\n");
        for (size_t k = 0; k < ACTION_ARGUMENTS_MAX && table[i].arguments[k].name; k++) {
            const struct argument *argument = &table[i].arguments[k];
            text_printf(text, "| `%s%s` | %s | %s |\n", argument->is_option ? "--" : "",
                        argument->name, argument->help,
                        argument->default_value ? argument->default_value : "");
        }
        text_printf(text, "\nExample: `%s`\n", table[i].example);
    }
}

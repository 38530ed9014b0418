/* manual.c - the action table read as help and as the manual page. */
#include "face/manual.h"

static const char *const exit_codes =
    "0 done, 1 findings, 2 wrong use, 3 refused, 4 the outside failed, 5 in doubt, "
    "6 Reeve itself failed";

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
        if (argument->takes_rest)
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

void manual_write_action(struct text *text, const struct action *action)
{
    text_adds(text, "usage: ");
    manual_write_usage(text, action);
    text_printf(text, "\n\n%s\n", action->help);
    if (action->arguments[0].name)
        text_byte(text, '\n');
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && action->arguments[i].name; i++) {
        const struct argument *argument = &action->arguments[i];
        text_printf(text, "  %s%-14s %s", argument->is_option ? "--" : "", argument->name,
                    argument->help);
        if (argument->default_value)
            text_printf(text, " (default %s)", argument->default_value);
        text_byte(text, '\n');
    }
    text_printf(text, "\nexample:  %s\n", action->example);
    text_printf(text, "%s\nexit codes: %s\n", effect_sentence(action->effect), exit_codes);
}

void manual_write_overview(struct text *text)
{
    size_t count = 0;
    const struct action *table = action_table(&count);
    text_adds(text, "Reeve makes a production runbook run.\n\nusage: reeve ACTION [ARGUMENTS] "
                    "[--config FILE] [--json]\n\n");
    for (size_t i = 0; i < count; i++)
        text_printf(text, "  %-20s %s\n", table[i].name, table[i].summary);
    text_printf(text, "\n\"reeve ACTION --help\" tells more. Exit codes: %s.\n", exit_codes);
}

void manual_write_markdown(struct text *text)
{
    size_t count = 0;
    const struct action *table = action_table(&count);
    text_printf(text,
                "# Commands\n\nWritten by `reeve manual`. Every command takes `--json`, "
                "`--help` and `--config FILE`.\nExit codes: %s.\n",
                exit_codes);
    for (size_t i = 0; i < count; i++) {
        text_printf(text, "\n## reeve %s\n\n%s\n\n    ", table[i].name, table[i].summary);
        manual_write_usage(text, &table[i]);
        text_printf(text, "\n\n%s\n%s\n", table[i].help, effect_sentence(table[i].effect));
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

/* command_row.c - commands that stand in the rows of a table: "| View logs | `npm run logs` |". */
#include "runbook/builder.h"

#include "runbook/command.h"

/* The column whose header speaks of commands, or -1. */
static int command_column(const struct piece *head)
{
    static const char *const names[] = {"command", "commands", "cmd", "command line", NULL};
    for (int i = 0; i < head->cell_count; i++)
        for (int k = 0; names[k]; k++)
            if (str_is_nocase(str_trim(head->cells[i]), names[k]))
                return i;
    return -1;
}

/* The command of a cell that is one piece of code, or begins with a program; else "". */
static struct str command_of(struct str cell)
{
    bool code = cell.n > 2 && cell.p[0] == '`' && str_find_byte(cell, '`', 1) == cell.n - 1;
    struct str text = code ? str_trim(str_slice(cell, 1, cell.n - 1)) : cell;
    size_t space = str_find_byte(text, ' ', 0);
    bool program = vocabulary_program(str_slice(text, 0, space)) == PROGRAM_SURE;
    return text.n && (code || (program && space < text.n)) ? text : (struct str){"", 0};
}

bool command_read_row(struct builder *builder, const struct piece *row, const struct piece *head)
{
    int column = command_column(head);
    struct str text = column >= 0 && column < row->cell_count ? command_of(row->cells[column])
                                                              : (struct str){"", 0};
    if (text.n == 0)
        return false;
    struct command_names names = {.count = 0};
    struct str whole = builder->source->lines[row->line - 1];
    size_t at = str_find(whole, str_printf(builder->arena, "%.*s", STR_ARGS(text)).p, 0);
    struct statement statement = {.kind = STATEMENT_COMMAND,
                                  .line = row->line,
                                  .last_line = row->last_line,
                                  .column = at < whole.n ? (int)at + 1 : row->column,
                                  .text = text,
                                  .parent = -1};
    statement.command = (struct command_statement){
        .title = row->cells[column == 0 && row->cell_count > 1], .text = text, .language = {"", 0}};
    command_judge(builder->arena, text, sql_begins(text) ? LANGUAGE_SQL : LANGUAGE_SHELL, &names,
                  &statement.command.traits);
    statement.command.traits.form = COMMAND_MENU; /* the rows of a table are a choice */
    (void)builder_add(builder, statement);
    return true;
}

/* ragged.c - table rows with more or fewer cells than their head. Which column a value of such a
 * row stands in is not certain, so no rule and no contact is made of it. */
#include "runbook/builder.h"

static bool is_bound(enum statement_kind kind)
{
    return kind != STATEMENT_GUIDANCE && kind != STATEMENT_STRUCTURE;
}

static bool is_ragged(const struct builder *builder, const struct piece *row)
{
    return row->head >= 0 && row->written != builder->outline->pieces[row->head].written;
}

static void find_ragged(struct builder *builder, const struct piece *row)
{
    const struct piece *head = &builder->outline->pieces[row->head];
    builder_find(builder,
                 (struct finding){
                     .level = FINDING_ERROR,
                     .line = row->line,
                     .column = row->column,
                     .code = "ragged-row",
                     .text = str_printf(
                         builder->arena,
                         "This row has %d cell%s and the head of its table on line %d has %d, so "
                         "which column a value stands in is not certain. Give it %d cell%s; a bar "
                         "inside of a cell is written \\|.",
                         row->written, row->written == 1 ? "" : "s", head->line, head->written,
                         head->written, head->written == 1 ? "" : "s")});
}

void ragged_read_row(struct builder *builder, const struct piece *piece,
                     const struct sentence_place *place)
{
    int before = builder->program->count;
    builder->ragged = is_ragged(builder, piece);
    table_read_row(builder, piece, place);
    enum statement_kind kind = STATEMENT_GUIDANCE;
    for (int i = before; i < builder->program->count; i++)
        if (is_bound(builder->program->statements[i].kind))
            kind = builder->program->statements[i].kind;
    builder->rows_read[piece - builder->outline->pieces] = kind;
    bool find = builder->ragged && is_bound(kind);
    builder->ragged = false;
    if (find)
        find_ragged(builder, piece);
}

bool ragged_take(struct builder *builder, struct statement *statement)
{
    const struct program *program = builder->program;
    if (!is_bound(statement->kind))
        return true;
    const struct statement *last = program->count ? &program->statements[program->count - 1] : NULL;
    if (last && last->line == statement->line && last->kind == STATEMENT_UNCLEAR)
        return false;
    statement->kind = STATEMENT_UNCLEAR;
    return true;
}

void ragged_check_tables(struct builder *builder)
{
    const struct outline *outline = builder->outline;
    bool *bound = arena_array(builder->arena, outline->count + 1, sizeof(bool)); /* by head */
    for (size_t i = 0; i < outline->count; i++)
        if (outline->pieces[i].head >= 0 && is_bound(builder->rows_read[i]))
            bound[outline->pieces[i].head] = true;
    for (size_t i = 0; i < outline->count; i++) {
        const struct piece *row = &outline->pieces[i];
        if (row->head >= 0 && bound[row->head] && is_ragged(builder, row) &&
            !is_bound(builder->rows_read[i]))
            find_ragged(builder, row);
    }
}

/* structure.c - the lines that no piece covers, put between the statements in order of line. */
#include "runbook/builder.h"

/* A line to be put before the statement that was `before`, under a heading. */
struct gap {
    int line, before;
    int heading; /* where its statement stands in the end, or -1 */
    struct str path;
};

/* Finds the lines; parents are told the places that statements have in the end. */
static int find_gaps(struct builder *builder, struct gap *gaps)
{
    struct program *program = builder->program;
    int *moved = arena_array(builder->arena, (size_t)program->count + 1, sizeof(int));
    struct gap gap = {.heading = -1, .path = {"", 0}};
    int count = 0;
    for (int line = 1; line <= builder->source->line_count; line++) {
        for (; gap.before < program->count && program->statements[gap.before].line <= line;
             gap.before++) {
            struct statement *statement = &program->statements[gap.before];
            if (statement->parent >= 0)
                statement->parent = moved[statement->parent];
            moved[gap.before] = gap.before + count;
            if (statement->heading_level) {
                gap.heading = moved[gap.before];
                gap.path = statement->path;
            }
        }
        if (builder->covered[line] || str_trim(builder->source->lines[line - 1]).n == 0)
            continue;
        builder->covered[line] = true;
        gap.line = line;
        gaps[count++] = gap;
    }
    return count;
}

static struct statement structure_of(const struct builder *builder, const struct gap *gap)
{
    struct str whole = builder->source->lines[gap->line - 1];
    struct str text = str_trim(whole);
    return (struct statement){.kind = STATEMENT_STRUCTURE,
                              .line = gap->line,
                              .last_line = gap->line,
                              .column = (int)(text.p - whole.p) + 1,
                              .text = text,
                              .path = gap->path,
                              .parent = gap->heading};
}

/* From the last one down, so that every statement is moved once, within the room that there is. */
void structure_add(struct builder *builder)
{
    struct program *program = builder->program;
    size_t uncovered = 0;
    for (int line = 1; line <= builder->source->line_count; line++)
        uncovered += !builder->covered[line];
    struct gap *gaps = arena_array(builder->arena, uncovered + 1, sizeof *gaps);
    int count = find_gaps(builder, gaps);
    int from = program->count;
    int to = from + count;
    builder->of_no_piece = arena_array(builder->arena, (size_t)to + 1, sizeof(bool));
    program->statements = arena_grow(builder->arena, program->statements, &builder->capacity,
                                     builder->count, (size_t)to, sizeof *program->statements);
    program->kind_lines[STATEMENT_STRUCTURE] += count;
    builder->count = (size_t)to;
    program->count = to;
    for (const struct gap *gap = gaps + count; gap-- > gaps;) {
        while (from > gap->before)
            program->statements[--to] = program->statements[--from];
        program->statements[--to] = structure_of(builder, gap);
        builder->of_no_piece[to] = true;
    }
}

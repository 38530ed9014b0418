/* builder.c - statements and findings are added to the program here, and nowhere else. */
#include "runbook/builder.h"

#include "runbook/binding.h"
#include "runbook/check.h"

int builder_heading(const struct builder *builder)
{
    for (int level = HEADING_LEVELS; level >= 1; level--)
        if (builder->headings[level] >= 0)
            return builder->headings[level];
    return -1;
}

/* The statement is completed where it stands, and copied once. */
static int put(struct builder *builder, struct statement *statement)
{
    struct program *program = builder->program;
    if (builder->ragged && !ragged_take(builder, statement))
        return program->count - 1;
    if (statement->parent < 0 && statement->heading_level == 0)
        statement->parent = builder_heading(builder);
    statement->path = builder->path;
    binding_make(builder->vocabulary, builder->arena, builder->heading, statement);
    for (int line = statement->line; line <= statement->last_line; line++) {
        if (builder->covered[line] || str_trim(builder->source->lines[line - 1]).n == 0)
            continue;
        builder->covered[line] = true;
        program->kind_lines[statement->kind]++;
    }
    LIST_PUSH(builder->arena, program->statements, builder->count, builder->capacity) = *statement;
    program->count = (int)builder->count;
    return program->count - 1;
}

int builder_add(struct builder *builder, struct statement statement)
{
    return put(builder, &statement);
}

void builder_find(struct builder *builder, struct finding finding)
{
    if (builder->ragged)
        return;
    LIST_PUSH(builder->arena, builder->program->findings, builder->finding_count,
              builder->finding_capacity) = finding;
    builder->program->finding_count = (int)builder->finding_count;
}

void builder_find_unclear(struct builder *builder, const struct statement *statement,
                          const struct sentence_place *place, struct str leftover)
{
    struct str nearest = sentence_nearest(builder->arena, place, statement->text);
    struct str rest = str_cut(leftover.n ? leftover : statement->text, LEFTOVER_BYTES_MAX);
    const char *code = "unclear";
    const char *language = foreign_of(builder, statement->text);
    struct str text = {"", 0};
    if (language) {
        code = "language";
        text = str_printf(builder->arena, "This looks like a rule in %s, and only English is read.",
                          language);
    } else {
        text = unclear_fault(builder->arena, place, statement->text,
                             (struct unclear){leftover, &nearest, &code});
    }
    if (text.n == 0) {
        text = str_printf(builder->arena, "This looks like a rule, but \"%.*s\" is not understood.",
                          STR_ARGS(rest));
    }
    text = str_printf(builder->arena, "%.*s Understood would be, for example: \"%.*s\".",
                      STR_ARGS(text), STR_ARGS(nearest));
    builder_find(builder, (struct finding){.level = FINDING_ERROR,
                                           .line = statement->line,
                                           .column = statement->column,
                                           .code = code,
                                           .text = text,
                                           .suggestion = nearest});
}

/* Does the source speak of the level, which ends in a nought? Noughts are fewer than letters. */
static bool is_in_source(struct str source, struct str level)
{
    for (size_t at = str_find_byte(source, '0', 0); at < source.n;
         at = str_find_byte(source, '0', at + 1))
        if (at + 1 >= level.n &&
            str_equal_nocase(str_slice(source, at + 1 - level.n, at + 1), level))
            return true;
    return false;
}

/* "S2 and above" where the worst is S1: nobody speaks of an S0. */
static bool is_unheard_of(const struct builder *builder, const struct statement *statement)
{
    struct str level = statement->response.level;
    return statement->kind == STATEMENT_RESPONSE && builder->sentence.made_count > 1 &&
           str_ends(level, "0") && !is_in_source(builder->program->source, level);
}

int builder_add_sentence(struct builder *builder)
{
    struct sentence *sentence = &builder->sentence;
    int first = builder->program->count;
    foreign_refuse(builder);
    for (int i = 0; i < sentence->made_count; i++) {
        if (is_unheard_of(builder, &sentence->made[i]))
            continue;
        if (sentence->made[i].kind == STATEMENT_UNCLEAR)
            builder_find_unclear(builder, &sentence->made[i], sentence->place, sentence->leftover);
        (void)put(builder, &sentence->made[i]);
    }
    return first;
}

/* fuzz_runbook.c - any bytes are read as a runbook, with a phrase of the company's own out of them:
 * never a crash, never a line lost. */
#include "fuzz.h"

#include "runbook/binding.h"

#include <stdlib.h>

static void check_text(struct str text)
{
    if (!str_utf8_valid(text, NULL))
        abort();
}

static void check_program(const struct program *program)
{
    int filled = 0;
    int counted = 0;
    for (int i = 0; i < program->line_count; i++)
        filled += str_trim(program->lines[i]).n > 0;
    for (int kind = 0; kind < STATEMENT_KINDS; kind++)
        counted += program->kind_lines[kind];
    if (filled != counted)
        abort();
    for (int i = 0; i < program->count; i++) {
        const struct statement *s = &program->statements[i];
        if (s->parent >= i || s->line < 1 || s->last_line < s->line ||
            s->last_line > program->line_count || strlen(s->id) != 16 || s->column < 1 ||
            (size_t)s->column > program->lines[s->line - 1].n ||
            (i > 0 && program->statements[i - 1].line > s->line))
            abort();
        check_text(s->text);
        check_text(s->meaning);
        check_text(s->path);
        check_text(binding_of(s));
    }
    for (int i = 0; i < program->finding_count; i++)
        check_text(program->findings[i].text);
}

/* The first line is a phrase of every kind. */
static void add_phrases(struct vocabulary *own, struct arena *arena, struct str input)
{
    struct str phrase = str_slice(input, 0, str_find_byte(input, '\n', 0));
    vocabulary_init(own, arena);
    for (int kind = 0; kind < VOCABULARY_KINDS; kind++)
        if (vocabulary_add(own, (enum vocabulary_kind)kind, phrase, STR("own")) ==
                VOCABULARY_TAKEN &&
            !str_is(vocabulary_find(own, (enum vocabulary_kind)kind, STR(""), phrase), "own"))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct err err = {0};
    struct program *program = NULL;
    struct statement statement;
    struct vocabulary own;
    struct str input = {(const char *)data, size};
    struct program_source from = {.file = STR("fuzz.md"), .text = input, .vocabulary = &own};
    arena_init(&arena);
    add_phrases(&own, &arena, input);
    if (program_read_with(&arena, &from, &program, &err))
        check_program(program);
    else if (err.text[0] == '\0' || err.place[0] == '\0')
        abort();
    if (size < 4096 && !sentence_read(&arena, STR("Critical Alerts"), input, &statement, &err) &&
        err.text[0] == '\0')
        abort();
    arena_done(&arena);
    return 0;
}

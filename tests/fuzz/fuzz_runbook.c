/* fuzz_runbook.c - any bytes are read as a runbook: never a crash, never a line lost. */
#include "fuzz.h"

#include "runbook/program.h"

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
    }
    for (int i = 0; i < program->finding_count; i++)
        check_text(program->findings[i].text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct err err = {0};
    struct program *program = NULL;
    struct statement statement;
    struct str input = {(const char *)data, size};
    arena_init(&arena);
    if (program_read(&arena, STR("fuzz.md"), input, &program, &err))
        check_program(program);
    else if (err.text[0] == '\0' || err.place[0] == '\0')
        abort();
    if (size < 4096 && !sentence_read(&arena, STR("Critical Alerts"), input, &statement, &err) &&
        err.text[0] == '\0')
        abort();
    arena_done(&arena);
    return 0;
}

/* outline_answers.c - answers a test with the outline of each document it is given. On stdin stands
 * the number of bytes of a document on a line of its own, then the document, again and again. Each
 * piece is answered with one line of fields between tabs, a refusal with its place and sentence;
 * "end" closes the answer to a document. */
#include "runbook/outline.h"

#include <stdio.h>
#include <stdlib.h>

static void print_field(struct str text)
{
    (void)putchar('\t');
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '\t' || c == '\n' || c == '\\')
            (void)printf("\\%c", c == '\t' ? 't' : c == '\n' ? 'n' : '\\');
        else
            (void)putchar(c);
    }
}

static void print_piece(const struct outline *outline, const struct piece *piece)
{
    static const char *const kinds[] = {
        [PIECE_HEADING] = "heading", [PIECE_TEXT] = "text", [PIECE_HEAD_ROW] = "head",
        [PIECE_ROW] = "row",         [PIECE_CODE] = "code", [PIECE_HTML] = "html"};
    int parent = piece->parent >= 0 ? outline->pieces[piece->parent].line : 0;
    int head = piece->head >= 0 ? outline->pieces[piece->head].line : 0;
    (void)printf("%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d", kinds[piece->kind],
                 piece->line, piece->last_line, piece->column, piece->level, piece->in_list,
                 piece->ordered, piece->number, piece->box, piece->first_in_item, piece->bold,
                 parent, head, piece->fenced);
    print_field(piece->language);
    print_field(piece->text);
    for (int i = 0; i < piece->cell_count; i++)
        print_field(piece->cells[i]);
    (void)putchar('\n');
}

static void answer(struct str bytes)
{
    struct arena arena;
    struct source source;
    struct outline outline;
    struct err err = {0};
    arena_init(&arena);
    if (source_read(&arena, STR("document"), bytes, &source, &err) &&
        outline_read(&arena, &source, &outline, &err)) {
        for (size_t i = 0; i < outline.count; i++)
            print_piece(&outline, &outline.pieces[i]);
    } else {
        (void)printf("refused");
        print_field(str_of(err.place));
        print_field(str_of(err.text));
        (void)putchar('\n');
    }
    (void)printf("end\n");
    arena_done(&arena);
}

int main(void)
{
    struct arena arena;
    char line[32];
    arena_init(&arena);
    char *bytes = arena_alloc(&arena, LIMIT_RUNBOOK_BYTES + 1);
    while (fgets(line, sizeof line, stdin)) {
        size_t n = strtoul(line, NULL, 10);
        if (n > LIMIT_RUNBOOK_BYTES || fread(bytes, 1, n, stdin) != n)
            return 2;
        answer((struct str){bytes, n});
    }
    arena_done(&arena);
    return 0;
}

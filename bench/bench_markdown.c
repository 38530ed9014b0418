/* bench_markdown.c - the bound of "reeve check": the same files read, and md4c alone over them with
 * callbacks that do nothing.
 *
 * It makes no outline, no statement and no finding: less than any reader of runbooks can do.
 * Usage: bench-markdown FOLDER… */
#include "base/limits.h"
#include "os/file.h"
#include "os/tree.h"

#include <md4c.h>
#include <stdio.h>

enum { CHUNK_BYTES = 1024 * 1024 };

struct bound {
    struct arena arena; /* of the file that is read now */
    MD_PARSER parser;
    bool failed;
};

static int on_block(MD_BLOCKTYPE type, void *detail, void *user)
{
    (void)type;
    (void)detail;
    (void)user;
    return 0;
}

static int on_span(MD_SPANTYPE type, void *detail, void *user)
{
    (void)type;
    (void)detail;
    (void)user;
    return 0;
}

static int on_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *user)
{
    (void)type;
    (void)text;
    (void)size;
    (void)user;
    return 0;
}

static bool wants(struct str name, bool is_folder)
{
    return is_folder || str_ends(name, ".md");
}

static bool parse_file(void *context, struct str path)
{
    struct bound *bound = context;
    struct str text;
    struct err err = {0};
    if (!file_read(&bound->arena, path, LIMIT_RUNBOOK_BYTES, &text, &err) ||
        md_parse(text.p, (MD_SIZE)text.n, &bound->parser, NULL) != 0) {
        (void)fprintf(stderr, "bench-markdown: %s: %s\n", path.p, err.text);
        bound->failed = true;
    }
    arena_reset(&bound->arena);
    return !bound->failed;
}

static void pass_over(void *context, struct str path, const char *sentence)
{
    struct bound *bound = context;
    (void)fprintf(stderr, "bench-markdown: %s: %s\n", path.p, sentence);
    bound->failed = true;
}

int main(int argc, char **argv)
{
    struct bound bound = {
        .parser = {.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS,
                   .enter_block = on_block,
                   .leave_block = on_block,
                   .enter_span = on_span,
                   .leave_span = on_span,
                   .text = on_text}};
    struct tree_visitor visitor = {&bound, wants, parse_file, pass_over};
    arena_init_chunks(&bound.arena, CHUNK_BYTES);
    for (int i = 1; i < argc && !bound.failed; i++)
        bound.failed = !tree_walk(str_of(argv[i]), &visitor) || bound.failed;
    arena_done(&bound.arena);
    return bound.failed ? 1 : 0;
}

/* pushed_answers.c - what the decoders of pushed telemetry make of files, for comparing with what
 * another implementation of the protocols wrote.
 * Use: pushed_answers KIND FILE…   KIND: as pushed_body_name, or snappy-1 for a packed body.
 * Prints the lines of each file behind "== FILE", or "error KIND: TEXT". */
#include "harness/pushed_lines.h"
#include "telemetry/remote_write.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_BYTES_MAX = 64 * 1024 * 1024 };

static bool read_file(struct arena *arena, const char *path, struct str *out_bytes)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    char *bytes = arena_alloc(arena, FILE_BYTES_MAX);
    size_t n = fread(bytes, 1, FILE_BYTES_MAX, file);
    bool whole = feof(file) && !ferror(file);
    (void)fclose(file);
    *out_bytes = (struct str){bytes, n};
    return whole;
}

static bool answer(struct arena *arena, const char *kind, const char *path)
{
    struct str body;
    struct err err = {0};
    struct pushed_lines lines;
    bool packed = str_is(str_of(kind), "snappy-1");
    size_t at = 0;
    pushed_lines_init(&lines, arena);
    while (!packed && pushed_body_name(at) && !str_is(str_of(kind), pushed_body_name(at)))
        at++;
    if (!pushed_body_name(at) || !read_file(arena, path, &body))
        return false;
    printf("== %s\n", path);
    if ((packed && !remote_write_unpack(arena, body, FILE_BYTES_MAX, &body, &err)) ||
        !pushed_lines_read(&lines, arena, (enum pushed_body)at, body, &err))
        printf("error %d: %s %s\n", (int)err.kind, err.place, err.text);
    else
        printf("%.*s", STR_ARGS(text_str(&lines.text)));
    return true;
}

int main(int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        struct arena arena;
        arena_init(&arena);
        bool good = answer(&arena, argv[1], argv[i]);
        arena_done(&arena);
        if (!good) {
            (void)fprintf(stderr, "%s: no such kind, or no such file: %s\n", argv[1], argv[i]);
            return 2;
        }
    }
    return 0;
}

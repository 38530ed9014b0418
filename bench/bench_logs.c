/* bench_logs.c - one pass over a file of JSON lines, as the collector makes it: read in pieces of
 * 256 KiB, fields by the map "json", counted by level, status and duration.
 * Use: bench-logs FILE [memchr | index | lines]  (memchr: only line ends are looked for; index:
 * only the first stage; lines: fields, not counted). Prints the lines. */
#include "telemetry/log_map.h"
#include "telemetry/log_tally.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { PIECE_BYTES = 256 * 1024 };

struct rig {
    struct log_map map;
    struct log_lines lines;
    struct log_tally tally;
    char message[LOG_MESSAGE_BYTES];
    bool counts;
};

static void take(void *context, const struct log_line *line)
{
    struct rig *rig = context;
    struct log_entry entry;
    if (!rig->counts)
        return;
    log_map_read(&rig->map, line, rig->message, &entry);
    log_tally_add(&rig->tally, &entry);
}

static int64_t count_ends(struct str bytes)
{
    int64_t lines = 0;
    for (size_t at = 0; (at = str_find_byte(bytes, '\n', at)) < bytes.n; at++)
        lines++;
    return lines;
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct err err;
    arena_init(&arena);
    struct rig *rig = arena_make(&arena, struct rig);
    char *bytes = arena_alloc(&arena, PIECE_BYTES);
    struct str mode = str_of(argc > 2 ? argv[2] : "");
    int file = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0 || !log_map_init(&rig->map, &arena, STR("json"), NULL, &err))
        return 2;
    rig->counts = mode.n == 0;
    log_lines_init(&rig->lines, &arena, &rig->map.paths, (struct log_lines_use){rig, take});
    int64_t lines = 0;
    ssize_t n;
    while ((n = read(file, bytes, PIECE_BYTES)) > 0) {
        struct str piece = {bytes, (size_t)n};
        if (str_is(mode, "memchr"))
            lines += count_ends(piece);
        else if (str_is(mode, "index"))
            for (size_t at = 0; at < piece.n; at += LIMIT_LOG_LINE_BYTES)
                log_index(rig->lines.index_path, piece.p + at,
                          str_slice(piece, at, at + LIMIT_LOG_LINE_BYTES).n, &rig->lines.masks);
        else
            log_lines_feed(&rig->lines, piece);
    }
    (void)close(file);
    printf("%lld\n", (long long)(lines + rig->lines.line_count));
    arena_done(&arena);
    return 0;
}

/* fuzz_log_map.c - any bytes as lines, and as a posted body, in each built-in format: what is read
 * is within its bounds. */
#include "fuzz.h"

#include "telemetry/log_body.h"
#include "telemetry/log_tally.h"

#include <stdlib.h>

struct rig {
    const struct log_map *map;
    struct log_tally tally;
    char buffer[LOG_MESSAGE_BYTES];
    int64_t lines;
};

static void take(void *context, const struct log_line *line)
{
    struct rig *rig = context;
    struct log_entry entry;
    log_map_read(rig->map, line, rig->buffer, &entry);
    if (entry.severity < 0 || entry.severity > ENTRY_SEVERITY_LAST || entry.status < 0 ||
        entry.status > 599 || entry.at.us < 0 || !(entry.duration_s >= -1))
        abort();
    log_tally_add(&rig->tally, &entry);
    rig->lines++;
}

static void count_entry(void *context, const struct log_entry *entry)
{
    int64_t *count = context;
    (void)entry;
    (*count)++;
}

static void take_body(struct arena *arena, const struct log_map *map, struct str body)
{
    int64_t entries = 0;
    struct log_entry_use use = {&entries, count_entry};
    struct log_body_count count = {0};
    bool good = log_body_take(arena, body, map, &use, &count);
    if (entries != count.lines || count.texts > count.lines || good != (count.problem[0] == '\0'))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"json",   "netlify",  "supabase",
                                        "logfmt", "combined", "text"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct arena arena;
        struct err err;
        arena_init(&arena);
        struct log_map *map = arena_make(&arena, struct log_map);
        struct rig *rig = arena_make(&arena, struct rig);
        struct log_lines *lines = arena_make(&arena, struct log_lines);
        if (!log_map_init(map, &arena, str_of(names[i]), NULL, &err))
            abort();
        rig->map = map;
        log_lines_init(lines, &arena, &map->paths, (struct log_lines_use){rig, take});
        log_lines_feed(lines, (struct str){(const char *)data, size});
        log_lines_end(lines);
        int64_t counted = 0;
        for (size_t level = 0; level < LOG_LEVELS; level++)
            counted += rig->tally.totals.levels[level];
        if (counted != rig->lines || counted != lines->line_count)
            abort();
        take_body(&arena, map, (struct str){(const char *)data, size});
        arena_done(&arena);
    }
    return 0;
}

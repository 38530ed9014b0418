/* fuzz_look.c - any bytes as what a look kept, as the answer of one, and as the lock table of a
 * server: what was kept reads back as it was, and each session stands in the tree once. */
#include "fuzz.h"

#include "postgres/lock_tree.h"
#include "postgres/report.h"
#include "postgres/slow_delta.h"

#include <stdlib.h>

enum { ROWS_MAX = 200, COLUMNS = 8 };

static void read_kept(struct arena *arena, const struct json *root)
{
    struct slow_moment moment;
    struct slow_moment again;
    struct json *back = NULL;
    struct text text;
    if (!slow_read(arena, root, &moment))
        return;
    for (size_t i = 0; i < moment.count; i++)
        (void)slow_compare(&moment, &moment, &moment.statements[i]);
    text_init(&text, arena, 1024 * 1024);
    struct json_writer w = {.text = &text};
    slow_write(&w, NULL, &moment);
    if (!json_parse(arena, text_str(&text), &back, NULL) || slow_gone(&moment, &moment) > 0)
        abort();
    if (slow_read(arena, back, &again) && again.count != moment.count)
        abort();
}

static void read_locks(struct arena *arena, struct str text)
{
    static const struct str names[] = {{"pid", 3}, {"granted", 7}, {"mode", 4},     {"object", 6},
                                       {"on", 2},  {"wait_s", 6},  {"blockers", 8}, {"gid", 3}};
    struct str *cells = arena_array(arena, (size_t)ROWS_MAX * COLUMNS, sizeof *cells);
    struct look_table none = {.count = 0};
    struct look_table table = {.names = names, .columns = COLUMNS, .cells = cells};
    struct str row;
    while (text.n > 0 && table.count < ROWS_MAX && str_split(&text, '\n', &row)) {
        for (size_t i = 0; i < COLUMNS; i++)
            if (!str_split(&row, '|', &cells[table.count * COLUMNS + i]))
                cells[table.count * COLUMNS + i] = STR("");
        table.count++;
    }
    struct lock_tree tree = lock_tree_make(arena, &table, &none, &table);
    bool *seen = arena_array(arena, tree.count + 1, sizeof *seen);
    for (size_t i = 0; i < tree.count; i++) {
        const struct lock_session *one = &tree.sessions[tree.order[i]];
        if (tree.order[i] >= tree.count || seen[tree.order[i]] || one->behind >= tree.count ||
            (one->parent != LOCK_NOBODY && !seen[one->parent]))
            abort();
        seen[tree.order[i]] = true;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct text out;
    struct json *root = NULL;
    struct str text = {(const char *)data, size};
    arena_init(&arena);
    read_locks(&arena, text);
    if (json_parse(&arena, text, &root, NULL)) {
        read_kept(&arena, root);
        text_init(&out, &arena, 1024 * 1024);
        report_look(&out, root, 80);
    }
    arena_done(&arena);
    return 0;
}

/* fuzz_log_lines.c - any bytes as JSON lines: every index path and every cutting of the input gives
 * the same lines and fields, and of each line that the JSON reader takes, the same as its tree. */
#include "fuzz.h"

#include "telemetry/log_lines.h"

#include <stdlib.h>

enum { OUTPUT_BYTES_MAX = 1 << 24, TEXT_BYTES = LIMIT_LOG_LINE_BYTES };

static const char *const wanted[] = {"level", "msg", "req.duration", "a.b.c", "a", "a.b", "s"};
enum { WANTED = sizeof wanted / sizeof wanted[0] };

struct seen {
    struct arena *arena;
    struct text text;
    char *buffer;
};

static void note(struct seen *seen, size_t at, enum json_type type, struct str text)
{
    text_printf(&seen->text, "%zu %d ", at, (int)type);
    if (type == JSON_STRING || type == JSON_NUMBER)
        text_add(&seen->text, text);
    text_byte(&seen->text, '\n');
}

/* The last value of each wanted path, in the order of the document. */
static void walk(const struct json *object, const char *prefix, const struct json **found)
{
    for (const struct json *child = object->first; child; child = child->next) {
        size_t before = strlen(prefix);
        for (size_t i = 0; i < WANTED; i++) {
            struct str rest = str_of(wanted[i]);
            if (before > 0 && !(str_starts(rest, prefix) && rest.n > before))
                continue;
            rest = str_from(rest, before);
            if (str_equal(child->key, rest))
                found[i] = child;
        }
        for (size_t i = 0; i < WANTED && child->type == JSON_OBJECT; i++) {
            char path[64] = {0};
            memcpy(path, prefix, before);
            struct str rest = str_of(wanted[i]);
            size_t n = child->key.n;
            if (n == 0 || n + before + 1 >= rest.n || !str_starts(rest, prefix) ||
                rest.p[before + n] != '.' || memcmp(rest.p + before, child->key.p, n) != 0 ||
                memchr(child->key.p, '.', n))
                continue;
            memcpy(path + before, rest.p + before, n + 1);
            walk(child, path, found);
            break;
        }
    }
}

/* Is the line what the JSON reader says of it, where that takes it? */
static void check(struct seen *seen, const struct log_line *line, struct str ours)
{
    struct arena arena;
    struct json *root;
    struct err err;
    const struct json *found[WANTED] = {0};
    arena_init(&arena);
    if (json_parse(&arena, line->text, &root, &err)) {
        if (line->is_object != (root->type == JSON_OBJECT))
            abort();
        struct seen theirs = {.arena = &arena};
        text_init(&theirs.text, &arena, OUTPUT_BYTES_MAX);
        if (root->type == JSON_OBJECT)
            walk(root, "", found);
        for (size_t i = 0; i < WANTED; i++)
            if (found[i])
                note(&theirs, i, found[i]->type, found[i]->text);
        if (!text_full(&seen->text) && !str_equal(text_str(&theirs.text), ours))
            abort();
    }
    arena_done(&arena);
}

static void take(void *context, const struct log_line *line)
{
    struct seen *seen = context;
    size_t before = seen->text.n;
    for (size_t i = 0; i < WANTED; i++)
        if (line->found >> i & 1)
            note(seen, i, line->values[i].type,
                 log_value_text(&line->values[i], seen->buffer, TEXT_BYTES));
    check(seen, line, str_from(text_str(&seen->text), before));
    text_add(&seen->text, line->text);
    text_printf(&seen->text, "|%d\n", line->is_object);
}

static struct str read_all(struct arena *arena, enum log_index_path path, struct str bytes,
                           size_t piece)
{
    struct seen *seen = arena_make(arena, struct seen);
    struct log_paths *paths = arena_make(arena, struct log_paths);
    struct log_lines *lines = arena_make(arena, struct log_lines);
    struct err err;
    size_t at;
    seen->arena = arena;
    seen->buffer = arena_alloc(arena, TEXT_BYTES);
    text_init(&seen->text, arena, OUTPUT_BYTES_MAX);
    log_paths_init(paths, arena);
    for (size_t i = 0; i < WANTED; i++)
        if (!log_paths_add(paths, str_of(wanted[i]), &at, &err) || at != i)
            abort();
    log_lines_init(lines, arena, paths, (struct log_lines_use){seen, take});
    lines->index_path = path;
    for (size_t from = 0; from < bytes.n; from += piece)
        log_lines_feed(lines, str_slice(bytes, from, from + piece));
    log_lines_end(lines);
    text_printf(&seen->text, "%lld %lld %lld", (long long)lines->line_count,
                (long long)lines->text_count, (long long)lines->too_long_count);
    return text_str(&seen->text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena);
    struct str bytes = {(const char *)data, size};
    struct str first = read_all(&arena, LOG_INDEX_SCALAR, bytes, size + 1);
    size_t piece = size > 0 ? data[0] % 97u + 1 : 1;
    for (int path = LOG_INDEX_SCALAR; path <= (int)log_index_best(); path++)
        if (!str_equal(first, read_all(&arena, (enum log_index_path)path, bytes, size + 1)) ||
            !str_equal(first, read_all(&arena, (enum log_index_path)path, bytes, piece)))
            abort();
    arena_done(&arena);
    return 0;
}

/* grid.c - aligned columns. Width is counted by ranges of code points and no locale. */
#include "postgres/grid.h"

#include "base/noun.h"

enum { COLUMN_LEAST = 8, COLUMN_MOST = 4096, GAP = 3 };

struct range {
    uint32_t from, to;
};

/* They take no column, or two: the ranges that names and texts of a company hold. */
static const struct range narrow[] = {
    {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x64b, 0x65f},   {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef},
};
static const struct range wide[] = {
    {0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd},
};
/* Controls, and what hides text or turns its direction around. */
static const struct range hidden[] = {
    {0, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x200b, 0x200f},
    {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
};

static bool is_in(uint32_t code, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].from && code <= ranges[i].to)
            return true;
    return false;
}

#define IS_IN(code, ranges) is_in((code), (ranges), sizeof(ranges) / sizeof *(ranges))

/* The character at *at, which moves past it; a byte that is no UTF-8 counts as a control. */
static uint32_t next_code(struct str s, size_t *at)
{
    unsigned char first = (unsigned char)s.p[*at];
    size_t n = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
    uint32_t code = n <= 1 ? first : first & (0x7fu >> n);
    if (n == 0 || *at + n > s.n) {
        (*at)++;
        return 0;
    }
    for (size_t i = 1; i < n; i++)
        code = code << 6 | ((unsigned char)s.p[*at + i] & 0x3f);
    *at += n;
    return code;
}

static size_t width_of(uint32_t code)
{
    if (code < 0x300 || IS_IN(code, hidden))
        return 1;
    return IS_IN(code, narrow) ? 0 : IS_IN(code, wide) ? 2 : 1;
}

size_t grid_width(struct str s)
{
    size_t width = 0;
    for (size_t at = 0; at < s.n;)
        width += width_of(next_code(s, &at));
    return width;
}

void grid_cell(struct text *out, struct str s, size_t width)
{
    bool cut = grid_width(s) > width;
    size_t room = cut && width > 0 ? width - 1 : width;
    size_t used = 0;
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        uint32_t code = next_code(s, &at);
        used += width_of(code);
        if (used > room)
            break;
        if (IS_IN(code, hidden))
            text_adds(out, "·");
        else
            text_add(out, str_slice(s, from, at));
    }
    if (cut && width > 0)
        text_adds(out, "…");
}

struct column {
    size_t width;
    bool number;
    struct str name;
};

struct layout {
    struct column *columns;
    size_t count;
};

static struct str cell_text(const struct json *cell)
{
    return cell->type == JSON_STRING ? cell->text : STR("NULL");
}

static void widen(struct column *column, struct str s)
{
    size_t width = grid_width(s);
    if (width > COLUMN_MOST)
        width = COLUMN_MOST;
    if (width > column->width)
        column->width = width;
}

static size_t total_width(const struct layout *layout)
{
    size_t total = GAP * (layout->count - 1);
    for (size_t i = 0; i < layout->count; i++)
        total += layout->columns[i].width;
    return total;
}

/* The widest column gives first, none below COLUMN_LEAST. */
static void fit(struct layout *layout, size_t width)
{
    for (size_t total = total_width(layout); total > width; total--) {
        struct column *widest = &layout->columns[0];
        for (size_t i = 1; i < layout->count; i++)
            if (layout->columns[i].width > widest->width)
                widest = &layout->columns[i];
        if (widest->width <= COLUMN_LEAST)
            return;
        widest->width--;
    }
}

static struct layout measure(struct arena *arena, const struct json *result, size_t width)
{
    const struct json *columns = json_get(result, "columns");
    const struct json *rows = json_get(result, "rows");
    struct layout layout = {.columns =
                                arena_array(arena, columns->count + 1, sizeof *layout.columns)};
    for (const struct json *at = columns->first; at; at = at->next) {
        struct column *column = &layout.columns[layout.count++];
        const struct json *number = json_get(at, "number");
        column->name = json_get_str(at, "name");
        column->number = number && number->type == JSON_TRUE;
        widen(column, column->name);
    }
    for (const struct json *row = rows ? rows->first : NULL; row; row = row->next) {
        size_t i = 0;
        for (const struct json *cell = row->first; cell && i < layout.count; cell = cell->next)
            widen(&layout.columns[i++], cell_text(cell));
    }
    if (width > 0 && layout.count > 0)
        fit(&layout, width);
    return layout;
}

static void write_cell(struct text *out, const struct column *column, struct str s, bool last)
{
    size_t width = grid_width(s);
    size_t pad = width < column->width ? column->width - width : 0;
    if (column->number)
        text_printf(out, "%*s", (int)pad, "");
    grid_cell(out, s, column->width);
    if (!column->number && !last)
        text_printf(out, "%*s", (int)pad, "");
    if (!last)
        text_adds(out, " | ");
}

static void write_rule(struct text *out, const struct layout *layout)
{
    for (size_t i = 0; i < layout->count; i++) {
        for (size_t k = 0; k < layout->columns[i].width; k++)
            text_byte(out, '-');
        text_adds(out, i + 1 < layout->count ? "-+-" : "\n");
    }
}

/* "(1,000 of 5,000 rows, 12 ms)" */
static void write_count(struct text *out, const struct json *result)
{
    const struct json *rows = json_get(result, "rows");
    const struct json *ms = json_get(result, "ms");
    const struct json *more = json_get(result, "more");
    int64_t count = 0;
    size_t shown = rows ? rows->count : 0;
    if (!json_get_int(result, "count", &count))
        count = (int64_t)shown;
    text_byte(out, '(');
    if ((size_t)count != shown)
        text_printf(out, "%zu of ", shown);
    text_printf(out, "%s%lld %s", more && more->type == JSON_TRUE ? "more than " : "",
                (long long)count, noun(count, "row", "rows"));
    if (ms && ms->type == JSON_NUMBER)
        text_printf(out, ", %.*s ms", STR_ARGS(ms->text));
    text_adds(out, ")\n");
}

void grid_write(struct text *out, const struct json *result, size_t width)
{
    const struct json *columns = json_get(result, "columns");
    const struct json *rows = json_get(result, "rows");
    struct arena arena;
    if (!columns || columns->type != JSON_ARRAY)
        return;
    arena_init(&arena);
    struct layout layout = measure(&arena, result, width);
    for (size_t i = 0; i < layout.count; i++)
        write_cell(out, &layout.columns[i], layout.columns[i].name, i + 1 == layout.count);
    text_byte(out, '\n');
    write_rule(out, &layout);
    for (const struct json *row = rows ? rows->first : NULL; row; row = row->next) {
        size_t i = 0;
        for (const struct json *cell = row->first; cell && i < layout.count; cell = cell->next) {
            write_cell(out, &layout.columns[i], cell_text(cell), i + 1 == layout.count);
            i++;
        }
        text_byte(out, '\n');
    }
    write_count(out, result);
    arena_done(&arena);
}

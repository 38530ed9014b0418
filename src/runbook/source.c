/* source.c - the bytes of a runbook made fit for the Markdown reader. */
#include "runbook/source.h"

#include <stdio.h>

enum { COLUMNS_MAX = 64, FRONT_MATTER_LINES_MAX = 200, FENCE_INDENT_MAX = 256 };

static bool refuse(const struct source *source, int line, int column, struct err *err,
                   const char *sentence)
{
    char place[256];
    (void)snprintf(place, sizeof place, "%.*s:%d:%d", STR_ARGS(str_slice(source->file, 0, 200)),
                   line, column);
    return err_set(err, ERR_USAGE, place, "%s", sentence);
}

static void place_of(struct str bytes, size_t at, int *out_line, int *out_column)
{
    int line = 1;
    size_t begin = 0;
    for (size_t i = 0; i < at && i < bytes.n; i++)
        if (bytes.p[i] == '\n') {
            line++;
            begin = i + 1;
        }
    *out_line = line;
    *out_column = (int)(at - begin) + 1;
}

static bool check_bytes(const struct source *source, struct str bytes, struct err *err)
{
    int line = 0;
    int column = 0;
    size_t bad = 0;
    if (bytes.n > LIMIT_RUNBOOK_BYTES)
        return refuse(source, 1, 1, err,
                      "The runbook is larger than 4 MB. Split it into several files.");
    size_t nul = bytes.n ? str_find_byte(bytes, '\0', 0) : 0;
    if (nul < bytes.n) {
        place_of(bytes, nul, &line, &column);
        return refuse(
            source, line, column, err,
            "There is a NUL byte here, so this is not a text file. Name a Markdown file.");
    }
    if (!str_utf8_valid(bytes, &bad)) {
        place_of(bytes, bad, &line, &column);
        return refuse(source, line, column, err,
                      "The text is not valid UTF-8 from here on. Save the file as UTF-8.");
    }
    return true;
}

static bool split_lines(struct arena *arena, struct str bytes, struct source *source,
                        struct err *err)
{
    size_t capacity = 0;
    size_t count = 0;
    size_t at = str_starts(bytes, "\xEF\xBB\xBF") ? 3 : 0;
    while (at < bytes.n) {
        size_t end = str_find_byte(bytes, '\n', at);
        struct str line = str_slice(bytes, at, end);
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        LIST_PUSH(arena, source->lines, count, capacity) = line;
        if (count > LIMIT_RUNBOOK_LINES)
            return refuse(source, LIMIT_RUNBOOK_LINES + 1, 1, err,
                          "The runbook has more than 50000 lines. Split it into several files.");
        if (line.n > LIMIT_RUNBOOK_LINE_BYTES)
            return refuse(source, (int)count, LIMIT_RUNBOOK_LINE_BYTES, err,
                          "The line is longer than 64 kB. Break it.");
        at = end + 1;
    }
    source->line_count = (int)count;
    return true;
}

/* The number of list and quote marks at the front of a line, each of which nests one deeper. */
static int nesting_of(struct str line)
{
    int depth = 0;
    size_t i = 0;
    while (i < line.n) {
        char c = line.p[i];
        if (byte_is_blank(c)) {
            i++;
        } else if (c == '>') {
            depth++;
            i++;
        } else if ((c == '-' || c == '*' || c == '+') && i + 1 < line.n &&
                   byte_is_blank(line.p[i + 1])) {
            depth++;
            i += 2;
        } else if (byte_is_digit(c)) {
            size_t end = i;
            while (end < line.n && byte_is_digit(line.p[end]))
                end++;
            if (end + 1 >= line.n || (line.p[end] != '.' && line.p[end] != ')') ||
                !byte_is_blank(line.p[end + 1]))
                return depth;
            depth++;
            i = end + 2;
        } else {
            return depth;
        }
    }
    return depth;
}

/* A rule made of marks ("* * * * *") nests nothing. */
static bool is_rule_of_marks(struct str line)
{
    char mark = 0;
    for (size_t i = 0; i < line.n; i++) {
        if (byte_is_blank(line.p[i]))
            continue;
        if (line.p[i] != '*' && line.p[i] != '-')
            return false;
        if (mark && line.p[i] != mark)
            return false;
        mark = line.p[i];
    }
    return true;
}

static bool is_table_separator(struct str line, int *out_columns)
{
    int bars = 0;
    bool dash = false;
    struct str text = str_trim(line);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '|')
            bars++;
        else if (c == '-')
            dash = true;
        else if (c != ':' && !byte_is_blank(c))
            return false;
    }
    *out_columns = bars;
    return dash && bars > 0;
}

static bool has_bar(struct str line)
{
    return str_find_byte(line, '|', 0) < line.n;
}

char source_fence_mark(struct str line, size_t *out_length, struct str *out_rest)
{
    size_t i = 0;
    while (i < line.n && (byte_is_blank(line.p[i]) || line.p[i] == '>'))
        i++;
    if (i < line.n && (line.p[i] == '-' || line.p[i] == '*') && i + 2 < line.n &&
        byte_is_blank(line.p[i + 1]) && (line.p[i + 2] == '`' || line.p[i + 2] == '~'))
        i += 2;
    char mark = i < line.n ? line.p[i] : 0;
    if (mark != '`' && mark != '~')
        return 0;
    size_t end = i;
    while (end < line.n && line.p[end] == mark)
        end++;
    *out_rest = str_trim(str_from(line, end));
    if (end - i < 3 || (mark == '`' && str_find_byte(*out_rest, '`', 0) < out_rest->n))
        return 0;
    *out_length = end - i;
    return mark;
}

/* Number of lines of front matter ("---", keys, "---") at the top, or 0. */
static int front_matter_lines(const struct source *source)
{
    if (source->line_count < 2 || !str_is(str_trim(source->lines[0]), "---"))
        return 0;
    for (int i = 1; i < source->line_count && i < FRONT_MATTER_LINES_MAX; i++) {
        struct str line = str_trim(source->lines[i]);
        if (i > 1 && (str_is(line, "---") || str_is(line, "...")))
            return i + 1;
        bool key = str_find_byte(line, ':', 0) < line.n && byte_is_alpha(source->lines[i].p[0]);
        if (!key && line.n && !str_starts(line, "-") && !str_starts(line, "#") &&
            !byte_is_blank(source->lines[i].p[0]))
            return 0;
    }
    return 0;
}

struct repair {
    struct arena *arena;
    char *to;
    size_t at;
    char fence; /* the mark of the open fence, or 0 */
    size_t fence_length;
    size_t fence_indent; /* blanks before it: it may stand in a list item */
    int fence_line;
    bool fence_is_text; /* its language is Markdown: marks inside are examples */
};

static void put_line(struct source *source, struct repair *repair, struct str line, int origin)
{
    source->starts[source->repaired_count] = repair->at;
    source->origin[source->repaired_count++] = origin;
    for (size_t i = 0; i < line.n; i++)
        repair->to[repair->at++] = line.p[i] == '\r' ? ' ' : line.p[i];
    repair->to[repair->at++] = '\n';
}

static size_t indent_of(struct str line)
{
    size_t n = 0;
    while (n < line.n && line.p[n] == ' ')
        n++;
    return n;
}

/* A line that leaves its fence's list item by being indented less still belongs to the fence: the
 * missing blanks are put before it, outside of what columns count. */
static void put_missing_indent(struct repair *repair, struct str line)
{
    size_t indent = indent_of(line);
    if (line.n == indent || repair->fence_indent > FENCE_INDENT_MAX)
        return;
    for (; indent < repair->fence_indent; indent++)
        repair->to[repair->at++] = ' ';
}

static bool open_or_close_fence(struct source *source, struct repair *repair, int i,
                                struct err *err)
{
    size_t length = 0;
    struct str rest = {"", 0};
    struct str line = source->lines[i];
    char mark = source_fence_mark(line, &length, &rest);
    if (!mark)
        return true;
    if (!repair->fence) {
        size_t indent = indent_of(line);
        bool item = indent < line.n && (line.p[indent] == '-' || line.p[indent] == '*');
        repair->fence = mark;
        repair->fence_length = length;
        repair->fence_indent = item ? indent + 2 : indent;
        repair->fence_line = i + 1;
        repair->fence_is_text = str_starts_nocase(rest, "markdown") || str_is_nocase(rest, "md");
        return true;
    }
    if (mark != repair->fence || length < repair->fence_length)
        return true;
    if (rest.n == 0)
        repair->fence = 0;
    else if (length == repair->fence_length && !repair->fence_is_text)
        return refuse(source, repair->fence_line, 1, err,
                      "The fence opened here is not closed before another one opens. Add a line of "
                      "``` where it ends.");
    return true;
}

/* The separator row with three dashes a column, which is what the Markdown reader asks for; the
 * colons that align a column stay. */
static struct str widen_separator(struct arena *arena, struct str line)
{
    struct str text = str_trim(line);
    struct str cell;
    size_t indent = (size_t)(text.p - line.p);
    if (text.p[0] == '|')
        text = str_from(text, 1);
    if (text.n && text.p[text.n - 1] == '|')
        text.n--;
    size_t columns = 1;
    for (size_t i = 0; i < text.n; i++)
        columns += text.p[i] == '|';
    char *wide = arena_alloc(arena, indent + columns * 6 + 2);
    memset(wide, ' ', indent);
    size_t n = indent;
    wide[n++] = '|';
    while (columns-- > 0 && str_split(&text, '|', &cell)) {
        cell = str_trim(cell);
        memcpy(wide + n, ":---:|", 6);
        wide[n] = str_starts(cell, ":") ? ':' : '-';
        wide[n + 4] = str_ends(cell, ":") && cell.n > 1 ? ':' : '-';
        n += 6;
    }
    return (struct str){wide, n};
}

static bool repair_line(struct source *source, struct repair *repair, int i, struct err *err)
{
    struct str line = source->lines[i];
    int columns = 0;
    bool outside = !repair->fence;
    if (!outside)
        put_missing_indent(repair, line);
    if (!open_or_close_fence(source, repair, i, err))
        return false;
    if (outside && nesting_of(line) > LIMIT_RUNBOOK_NESTING && !is_rule_of_marks(line))
        return refuse(source, i + 1, 1, err,
                      "Lists and quotes are nested more than 32 deep here. Make them flatter.");
    if (outside && i + 1 < source->line_count && has_bar(line) &&
        is_table_separator(source->lines[i + 1], &columns)) {
        if (columns > COLUMNS_MAX)
            return refuse(source, i + 2, 1, err,
                          "The table has more than 64 columns. Split it into several tables.");
        if (i > 0 && str_trim(source->lines[i - 1]).n && !has_bar(source->lines[i - 1]))
            put_line(source, repair, (struct str){"", 0}, 0);
    }
    bool separator = outside && i > 0 && is_table_separator(line, &columns) &&
                     has_bar(source->lines[i - 1]) &&
                     !is_table_separator(source->lines[i - 1], &columns);
    put_line(source, repair, separator ? widen_separator(repair->arena, line) : line, i + 1);
    return true;
}

bool source_read(struct arena *arena, struct str file, struct str bytes, struct source *out_source,
                 struct err *err)
{
    struct source source = {.file = file};
    if (!check_bytes(&source, bytes, err) || !split_lines(arena, bytes, &source, err))
        return false;
    size_t room = (size_t)source.line_count * 2 + 1;
    size_t blanks = (size_t)source.line_count * FENCE_INDENT_MAX;
    source.starts = arena_array(arena, room, sizeof *source.starts);
    source.origin = arena_array(arena, room, sizeof *source.origin);
    struct repair repair = {.arena = arena, .to = arena_alloc(arena, bytes.n + room + blanks + 1)};
    int front = front_matter_lines(&source);
    for (int i = 0; i < source.line_count; i++) {
        if (i < front)
            put_line(&source, &repair, (struct str){"", 0}, i + 1);
        else if (!repair_line(&source, &repair, i, err))
            return false;
    }
    if (repair.fence)
        return refuse(&source, repair.fence_line, 1, err,
                      "The fence opened here is never closed. Add a line of ``` where it ends.");
    source.repaired = (struct str){repair.to, repair.at};
    *out_source = source;
    return true;
}

int source_repaired_line(const struct source *source, size_t offset)
{
    int low = 0;
    int high = source->repaired_count - 1;
    while (low < high) {
        int middle = low + (high - low + 1) / 2;
        if (source->starts[middle] <= offset)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* source.c - the bytes of a runbook made fit for the Markdown reader. */
#include "runbook/repair.h"

#include <stdio.h>

enum { FRONT_MATTER_LINES_MAX = 200, NEAR_LINES = 8, LINE_BYTES = 32 /* usual */ };

bool source_refuse(const struct source *source, int line, int column, struct err *err,
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
        return source_refuse(source, 1, 1, err,
                             "The runbook is larger than 4 MB. Split it into several files.");
    size_t nul = bytes.n ? str_find_byte(bytes, '\0', 0) : 0;
    if (nul < bytes.n) {
        place_of(bytes, nul, &line, &column);
        return source_refuse(
            source, line, column, err,
            "There is a NUL byte here, so this is not a text file. Name a Markdown file.");
    }
    size_t cr = str_find_byte(bytes, '\r', 0);
    if (cr + 1 < bytes.n && str_find_byte(bytes, '\n', 0) == bytes.n) {
        place_of(bytes, cr, &line, &column);
        return source_refuse(source, line, column, err,
                             "The lines end in carriage returns alone. Save the file with the line "
                             "ends of Unix or Windows.");
    }
    if (!str_utf8_valid(bytes, &bad)) {
        place_of(bytes, bad, &line, &column);
        return source_refuse(source, line, column, err,
                             "The text is not valid UTF-8 from here on. Save the file as UTF-8.");
    }
    return true;
}

static bool split_lines(struct arena *arena, struct str bytes, struct source *source,
                        struct err *err)
{
    size_t capacity = bytes.n / LINE_BYTES + 8;
    size_t count = 0;
    source->lines = arena_array(arena, capacity, sizeof *source->lines);
    size_t at = str_starts(bytes, "\xEF\xBB\xBF") ? 3 : 0;
    while (at < bytes.n) {
        size_t end = str_find_byte(bytes, '\n', at);
        struct str line = str_slice(bytes, at, end);
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        LIST_PUSH(arena, source->lines, count, capacity) = line;
        if (count > LIMIT_RUNBOOK_LINES)
            return source_refuse(
                source, LIMIT_RUNBOOK_LINES + 1, 1, err,
                "The runbook has more than 50000 lines. Split it into several files.");
        if (line.n > LIMIT_RUNBOOK_LINE_BYTES)
            return source_refuse(source, (int)count, LIMIT_RUNBOOK_LINE_BYTES, err,
                                 "The line is longer than 64 kB. Break it.");
        at = end + 1;
    }
    source->line_count = (int)count;
    return true;
}

/* Number of lines of front matter (keys between two marks) at the top, or 0. */
static int front_matter_lines(const struct source *source)
{
    bool toml = source->line_count > 1 && str_is(str_trim(source->lines[0]), "+++");
    if (source->line_count < 2 || (!toml && !str_is(str_trim(source->lines[0]), "---")))
        return 0;
    for (int i = 1; i < source->line_count && i < FRONT_MATTER_LINES_MAX; i++) {
        struct str line = str_trim(source->lines[i]);
        if (i > 1 && (str_is(line, toml ? "+++" : "---") || str_is(line, toml ? "+++" : "...")))
            return i + 1;
        bool key = str_find_byte(line, toml ? '=' : ':', 0) < line.n &&
                   byte_is_alpha(source->lines[i].p[0]);
        if (!key && line.n && !str_starts(line, toml ? "[" : "-") && !str_starts(line, "#") &&
            !byte_is_blank(source->lines[i].p[0]))
            return 0;
    }
    return 0;
}

bool source_read(struct arena *arena, struct str file, struct str bytes, struct source *out_source,
                 struct err *err)
{
    struct source source = {.file = file};
    if (!check_bytes(&source, bytes, err) || !split_lines(arena, bytes, &source, err) ||
        !repair_lines(arena, front_matter_lines(&source), &source, err) ||
        !weigh_paragraphs(&source, err))
        return false;
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

int source_repaired_line_near(const struct source *source, size_t offset, int near)
{
    if (near >= source->repaired_count || source->starts[near] > offset)
        return source_repaired_line(source, offset);
    for (int line = near; line < near + NEAR_LINES; line++)
        if (line + 1 == source->repaired_count || source->starts[line + 1] > offset)
            return line;
    return source_repaired_line(source, offset);
}

int source_column(const struct source *source, size_t offset, int repaired_line)
{
    int column = (int)(offset - source->starts[repaired_line]) + source->moved[repaired_line] + 1;
    return column > 1 ? column : 1; /* what was put in stands behind the first mark */
}

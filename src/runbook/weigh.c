/* weigh.c - a paragraph that would take the Markdown reader seconds.
 *
 * md4c goes through the lines of a paragraph anew for each of its pairs of brackets, so that the
 * two may not both be many. What begins a block of its own, stands between fence marks or is a
 * table's row is no paragraph; the rest is counted as one until a line without words. */
#include "runbook/marks.h"
#include "runbook/repair.h"

/* So few lines cannot make a paragraph that is too much. */
enum { FEW_LINES = 200 };

struct paragraph {
    int64_t lines, brackets;
    int line; /* its first */
    bool table;
};

/* Does a heading or list item begin here, or nothing? */
static bool ends_paragraph(struct str line)
{
    struct front front = marks_front(line);
    struct str words = str_from(line, front.end);
    return words.n == 0 || front.content >= 0 || words.p[0] == '#';
}

static void add_line(struct paragraph *paragraph, int number, struct str line)
{
    if (paragraph->lines++ == 0)
        paragraph->line = number;
    for (size_t at = str_find_byte(line, ']', 0); at < line.n;
         at = str_find_byte(line, ']', at + 1))
        paragraph->brackets++;
}

bool weigh_paragraphs(const struct source *source, struct err *err)
{
    struct paragraph paragraph = {0};
    for (int i = 0; source->line_count > FEW_LINES && i < source->line_count; i++) {
        struct str line = source->lines[i];
        if (source->fence[i] || ends_paragraph(line))
            paragraph = (struct paragraph){0};
        else if (marks_separator(line))
            paragraph.table = true;
        if (source->fence[i] || paragraph.table || str_trim(line).n == 0)
            continue;
        add_line(&paragraph, i + 1, line);
        if (paragraph.lines * paragraph.brackets > LIMIT_RUNBOOK_PARAGRAPH)
            return source_refuse(
                source, paragraph.line, 1, err,
                "The paragraph that begins here has too many lines with too many brackets. Put "
                "blank lines between its parts, or fence marks around it.");
    }
    return true;
}

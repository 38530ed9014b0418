/* repair.c - what Markdown, or the library that reads it, would turn into silent misreadings of a
 * runbook, mended line by line (docs/decisions/0010 says why for each). */
#include "runbook/repair.h"

#include "base/text.h"
#include "runbook/html.h"
#include "runbook/marks.h"

#include <stdio.h>

enum {
    TABLE_COLUMNS_MAX = 64,
    PAD_MAX = 256,
    CODE_COLUMNS = 4,
    COLUMN_BYTES = 6,
    COUNT_LINES_MAX = 20, /* from "a." to "b." */
    REPAIRED_BYTES_MAX =
        LIMIT_RUNBOOK_BYTES * 2 + LIMIT_RUNBOOK_LINES * (PAD_MAX + TABLE_COLUMNS_MAX * COLUMN_BYTES)
};

struct item {
    int indent, content;  /* columns in the source */
    int pad;              /* blanks put before its lines */
    int below, below_pad; /* column of the items too far left that stand below it, and their pad */
};

struct repair {
    struct arena *arena;
    struct source *source;
    struct text to;
    bool blank;                               /* what was put last is empty */
    struct item items[LIMIT_RUNBOOK_NESTING]; /* that the line may stand in */
    int depth;
    char fence; /* the mark of the open fence, or 0 */
    size_t fence_length;
    int fence_column, fence_pad, fence_quotes, fence_line;
    int fence_far;      /* columns left out at the front of its lines */
    bool fence_is_text; /* its language is Markdown: marks inside are examples */
    int comment_line;   /* of the open comment, or 0 */
    int columns;        /* the line before is the head of a table with so many; else 0 */
    bool in_table;
    int table_quotes;
    int box;      /* column of the mark whose box is open, or -1 */
    bool alone;   /* the line before stands for itself */
    bool returns; /* carriage returns stand in the lines */
    int letter;   /* number of the last item that a letter or a key marked, and its column */
    int letter_indent;
};

/* A line on its way: text is the source line without its first `cut` bytes. */
struct line {
    int number; /* from 1 */
    struct str text;
    struct front front;
    int cut, pad;
};

/* Is there more than blanks in the line? Most begin with a word. */
static bool has_words(struct str text)
{
    return text.n && ((unsigned char)text.p[0] > ' ' || str_trim(text).n);
}

/* marks_front of a line; most begin with a letter, and have nothing in front, or with one bullet
 * before words. */
static struct front front_of(struct str line)
{
    if (line.n == 0 || byte_is_alpha(line.p[0]))
        return (struct front){.content = -1};
    bool bullet = line.n > 2 && (line.p[0] == '-' || line.p[0] == '*') && line.p[1] == ' ';
    if (bullet && (byte_is_alpha(line.p[2]) || line.p[2] == '[' || line.p[2] == '`'))
        return (struct front){.end = 2, .column = 2, .content = 2, .marks = 1, .may_nest = true};
    return marks_front(line);
}

/* Nothing but bars, dashes and colons stand in a separator row. */
static int separator_of(struct str line)
{
    size_t i = 0;
    while (i < line.n && (byte_is_blank(line.p[i]) || line.p[i] == '>'))
        i++;
    for (size_t at = i; at < line.n; at++)
        if (line.p[at] != '-' && line.p[at] != '|' && line.p[at] != ':' &&
            (unsigned char)line.p[at] > ' ')
            return 0;
    return i < line.n ? marks_separator(line) : 0;
}

static void put(struct repair *repair, const struct line *line, struct str text, int moved)
{
    struct source *source = repair->source;
    size_t pad = line->pad > 0 ? (size_t)line->pad : 0;
    char *to = text_extend(&repair->to, pad + text.n + 1);
    if (!to)
        return;
    memset(to, ' ', pad);
    to += pad;
    if (text.n)
        memcpy(to, text.p, text.n);
    to[text.n] = '\n';
    source->starts[source->repaired_count] = repair->to.n - text.n - 1;
    source->moved[source->repaired_count] = line->cut + moved;
    source->origin[source->repaired_count++] = line->number;
    struct str put = {to, text.n};
    for (size_t at = repair->returns ? str_find_byte(put, '\r', 0) : put.n; at < put.n;
         at = str_find_byte(put, '\r', at))
        to[at] = ' ';
    repair->blank = !has_words(text);
}

/* An empty line that the source lacks, inside of as many quotes as stand before the line. */
static void put_empty(struct repair *repair, const struct line *line)
{
    static const char quotes[] = ">>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>";
    struct line empty = {.number = 0};
    if (repair->blank)
        return;
    put(repair, &empty, str_slice(str_of(quotes), 0, (size_t)line->front.quotes), 0);
    repair->blank = true;
}

static int item_pad(const struct repair *repair)
{
    return repair->depth ? repair->items[repair->depth - 1].pad : 0;
}

/* Columns by which the line stands to the right of what encloses it. */
static int columns_inside(const struct repair *repair, const struct line *line)
{
    const struct item *item = repair->depth ? &repair->items[repair->depth - 1] : NULL;
    bool own = line->front.content >= 0;
    return own || !item ? (own ? 0 : line->front.indent)
                        : line->front.indent + line->pad - item->content - item->pad;
}

/* Leaves out so many columns of blanks at the front of the line, or as many as there are. */
static void cut_columns(struct line *line, int columns)
{
    size_t n = 0;
    for (; columns > 0 && n < line->text.n && byte_is_blank(line->text.p[n]); n++)
        columns -= line->text.p[n] == '\t' ? CODE_COLUMNS : 1;
    line->cut += (int)n;
    line->text = str_from(line->text, n);
    line->front = front_of(line->text);
}

/* Keeps the list items that the line can stand in. An item indented by two columns or more, yet
 * less than the words of the item above it, is meant to stand below that one: its lines get the
 * missing blanks. */
static void follow_items(struct repair *repair, struct line *line)
{
    int indent = line->front.indent;
    if (line->front.quotes) {
        repair->depth = 0;
        return;
    }
    while (repair->depth && indent <= repair->items[repair->depth - 1].indent)
        repair->depth--;
    struct item *above = repair->depth ? &repair->items[repair->depth - 1] : NULL;
    line->pad = line->front.tabs ? 0 : item_pad(repair);
    if (line->front.content < 0 || repair->depth == LIMIT_RUNBOOK_NESTING)
        return;
    bool left = above && !line->front.tabs && indent >= above->indent + 2 &&
                indent < above->content && line->pad + above->content - indent <= PAD_MAX;
    if (left && (line->front.may_nest || (above->below_pad && above->below == indent))) {
        line->pad += above->content - indent;
        above->below = indent;
        above->below_pad = line->pad;
    }
    repair->items[repair->depth++] =
        (struct item){.indent = indent, .content = line->front.content, .pad = line->pad};
}

static bool refuse_fence(const struct repair *repair, struct err *err, const char *until)
{
    char sentence[200];
    char mark[12];
    size_t n = repair->fence_length < sizeof mark ? repair->fence_length : 3;
    memset(mark, repair->fence, sizeof mark);
    (void)snprintf(sentence, sizeof sentence,
                   "The fence opened here is %s. Add a line of %s%.*s where it ends.", until,
                   repair->fence_quotes ? "> " : "", (int)n, mark);
    return source_refuse(repair->source, repair->fence_line, 1, err, sentence);
}

/* A mark indented by four columns or more is code, or a fence without an end for md4c: it and what
 * stands behind it are put where they count. */
static bool open_fence(struct repair *repair, struct line *line)
{
    size_t length = 0;
    struct str info = {"", 0};
    struct str words = str_from(line->text, line->front.end);
    bool may_begin = words.n && (words.p[0] == '`' || words.p[0] == '~');
    char mark = may_begin ? marks_fence(words, &length, &info) : 0;
    if (!mark)
        return false;
    int far = columns_inside(repair, line);
    repair->fence_far = far >= CODE_COLUMNS ? far : 0;
    if (repair->fence_far)
        cut_columns(line, repair->fence_far);
    repair->fence = mark;
    repair->fence_length = length;
    repair->fence_column = line->front.column + line->pad;
    repair->fence_pad = line->pad;
    repair->fence_quotes = line->front.quotes;
    repair->fence_line = line->number;
    repair->fence_is_text = str_starts_nocase(info, "markdown") || str_is_nocase(info, "md");
    repair->source->fence[line->number - 1] = line->number;
    if (repair->in_table)
        put_empty(repair, line);
    repair->in_table = false;
    put(repair, line, line->text, 0);
    return true;
}

/* A line behind an open fence mark. One that is indented less than the mark still belongs to it
 * and gets the missing blanks; a closing mark that is indented more is put where it counts. */
static bool follow_fence(struct repair *repair, struct line *line, struct err *err)
{
    size_t length = 0;
    struct str info = {"", 0};
    if (repair->fence_far)
        cut_columns(line, repair->fence_far);
    struct str inside = line->text;
    size_t quote = 0;
    for (int quotes = 0; quotes < repair->fence_quotes; quotes++) {
        while (quote < inside.n && byte_is_blank(inside.p[quote]))
            quote++;
        if (quote == inside.n || inside.p[quote++] != '>')
            return refuse_fence(repair, err, "not closed before its quote ends");
    }
    struct str words = str_trim(str_from(inside, quote));
    bool may_end = words.n && words.p[0] == repair->fence;
    bool same = may_end && marks_fence(words, &length, &info) && length >= repair->fence_length;
    if (same && info.n && length == repair->fence_length && !repair->fence_is_text)
        return refuse_fence(repair, err, "not closed before another one opens");
    repair->source->fence[line->number - 1] = repair->fence_line;
    int indent = line->front.indent;
    bool plain = !line->front.tabs && repair->fence_quotes == 0;
    int missing = repair->fence_column - indent;
    if (words.n && plain && missing > repair->fence_pad && missing <= PAD_MAX)
        line->pad = missing;
    else
        line->pad = words.n && plain ? repair->fence_pad : 0;
    if (same && info.n == 0) {
        repair->fence = 0;
        int more = indent + line->pad - repair->fence_column;
        if (plain && more > 0) {
            line->pad = repair->fence_column;
            line->cut += indent;
            line->text = str_from(line->text, (size_t)indent);
        }
    }
    put(repair, line, line->text, 0);
    return true;
}

static bool follow_comment(struct repair *repair, const struct line *line)
{
    struct str words = str_from(line->text, line->front.end);
    if (!repair->comment_line && (words.n == 0 || words.p[0] != '<'))
        return false;
    bool opens = !repair->comment_line && str_starts(words, "<!--") &&
                 columns_inside(repair, line) < CODE_COLUMNS;
    if (!opens && !repair->comment_line)
        return false;
    size_t from = opens ? line->front.end + 4 : 0;
    bool closes = str_find(line->text, "-->", from) < line->text.n;
    repair->comment_line = closes ? 0 : opens ? line->number : repair->comment_line;
    if (opens && repair->in_table)
        put_empty(repair, line);
    repair->in_table = false;
    put(repair, line, line->text, 0);
    return true;
}

/* The separator row with three dashes for each column of the head, which is what the Markdown
 * reader asks for; the colons that align a column stay. */
static struct str widen_separator(struct arena *arena, struct str line, int columns)
{
    size_t indent = 0;
    struct str cell;
    while (indent < line.n && (byte_is_blank(line.p[indent]) || line.p[indent] == '>'))
        indent++;
    struct str text = str_trim(str_from(line, indent));
    if (str_starts(text, "|"))
        text = str_from(text, 1);
    char *wide = arena_alloc(arena, indent + (size_t)columns * COLUMN_BYTES + 2);
    memcpy(wide, line.p, indent);
    size_t n = indent;
    wide[n++] = '|';
    for (int i = 0; i < columns; i++) {
        cell = (struct str){"", 0};
        if (text.n)
            (void)str_split(&text, '|', &cell);
        cell = str_trim(cell);
        memcpy(wide + n, ":---:|", COLUMN_BYTES);
        wide[n] = str_starts(cell, ":") ? ':' : '-';
        wide[n + 4] = str_ends(cell, ":") && cell.n > 1 ? ':' : '-';
        n += COLUMN_BYTES;
    }
    return (struct str){wide, n};
}

/* Number of heading marks that words begin with, or 0. *out_missing: the blank behind them was
 * forgotten ("##Deploy"); one mark alone may be a channel or a ticket. */
static size_t heading_marks(struct str words, bool *out_missing)
{
    size_t marks = 0;
    while (marks < words.n && words.p[marks] == '#')
        marks++;
    bool blank = marks == words.n || byte_is_blank(words.p[marks]);
    bool letter = !blank && (byte_is_alpha(words.p[marks]) || (words.p[marks] & 0x80));
    *out_missing = letter && marks > 1;
    return marks <= 6 && (blank || *out_missing) ? marks : 0;
}

/* Inside a table the Markdown reader takes for a row what begins another block. */
static void follow_table(struct repair *repair, const struct line *line)
{
    struct str words = str_from(line->text, line->front.end);
    bool bar = str_find_byte(line->text, '|', 0) < line->text.n;
    bool missing = false;
    bool closing = false;
    size_t bytes = 0;
    if (words.n == 0 || line->front.content >= 0 || line->front.quotes != repair->table_quotes) {
        repair->in_table = false;
        return;
    }
    bool heading = heading_marks(words, &missing) > 0;
    bool code = !bar && columns_inside(repair, line) >= CODE_COLUMNS;
    enum html_tag tag = html_tag_of(words, &bytes, &closing);
    bool html = !bar && (tag == HTML_COMMENT || tag >= HTML_PART);
    if (!heading && !code && !html)
        return;
    put_empty(repair, line);
    repair->in_table = false;
}

/* Does a table begin with this line? Then a paragraph above it ends. */
static bool begin_table(struct repair *repair, const struct line *line, struct err *err)
{
    const struct source *source = repair->source;
    struct str text = str_from(line->text, line->front.end);
    if (repair->in_table || text.n == 0 || line->number >= source->line_count)
        return true;
    struct str next = source->lines[line->number];
    int columns = separator_of(next);
    if (columns == 0 || separator_of(line->text))
        return true;
    bool bar = str_find_byte(text, '|', 0) < text.n;
    if ((!bar && columns > 1) || marks_front(next).quotes != line->front.quotes ||
        columns_inside(repair, line) >= CODE_COLUMNS ||
        (line->front.content >= 0 && marks_front(next).indent < line->front.content))
        return true;
    repair->columns = marks_cells(line->text);
    repair->table_quotes = line->front.quotes;
    if (columns > TABLE_COLUMNS_MAX || repair->columns > TABLE_COLUMNS_MAX)
        return source_refuse(source, line->number + (columns > TABLE_COLUMNS_MAX), 1, err,
                             "The table has more than 64 columns. Split it into several tables.");
    if (line->front.content < 0)
        put_empty(repair, line);
    return true;
}

static bool put_heading(struct repair *repair, const struct line *line)
{
    bool missing = false;
    size_t at = line->front.end;
    if (at == line->text.n || line->text.p[at] != '#')
        return false;
    at += heading_marks(str_from(line->text, at), &missing);
    if (!missing || at == line->front.end || columns_inside(repair, line) >= CODE_COLUMNS)
        return false;
    struct text whole;
    text_init(&whole, repair->arena, LIMIT_RUNBOOK_LINE_BYTES + 1);
    text_add(&whole, str_slice(line->text, 0, at));
    text_byte(&whole, ' ');
    text_add(&whole, str_from(line->text, at));
    put_empty(repair, line);
    put(repair, line, text_str(&whole), -1);
    return true;
}

/* A separator row below words without a bar: the Markdown reader would make a head of the words. */
static bool is_lone_separator(const struct repair *repair, const struct line *line)
{
    struct str above = {"", 0};
    if (line->number > 1)
        above = repair->source->lines[line->number - 2];
    return !repair->in_table && !repair->blank && separator_of(line->text) > 1 &&
           str_find_byte(above, '|', 0) == above.n;
}

static bool put_plain(struct repair *repair, struct line *line, struct err *err)
{
    struct str words = str_from(line->text, line->front.end);
    bool box = false;
    if (line->front.marks > LIMIT_RUNBOOK_NESTING)
        return source_refuse(repair->source, line->number, 1, err,
                             "Lists and quotes are nested more than 32 deep here. Make them "
                             "flatter.");
    if (repair->in_table)
        follow_table(repair, line);
    if (repair->columns) {
        put(repair, line, widen_separator(repair->arena, line->text, repair->columns), 0);
        repair->columns = 0;
        repair->in_table = true;
        return true;
    }
    if (is_lone_separator(repair, line)) {
        put(repair, line, (struct str){"", 0}, 0);
        return true;
    }
    if (!begin_table(repair, line, err))
        return false;
    if (words.n && !byte_is_alnum(words.p[0]) && strchr("!?[:{\r", words.p[0]) &&
        marks_alone(words, &box)) {
        put_empty(repair, line);
        repair->alone = true;
        if (box && line->front.quotes == 0)
            repair->box = line->front.column;
    } else if (put_heading(repair, line)) {
        return true;
    }
    put(repair, line, line->text, 0);
    return true;
}

/* The lines of a box are indented below its mark; they are read as if they were not. */
static void follow_box(struct repair *repair, struct line *line)
{
    if (repair->box < 0 || !has_words(line->text))
        return;
    if (line->front.indent < repair->box + CODE_COLUMNS) {
        if (repair->fence)
            return;
        repair->box = -1;
        put_empty(repair, line);
        return;
    }
    cut_columns(line, CODE_COLUMNS);
}

/* Does the next line with words go on counting in the same way at the same place? */
static bool counts_on(const struct repair *repair, const struct line *line, int number)
{
    const struct source *source = repair->source;
    for (int i = line->number; i < source->line_count && i < line->number + COUNT_LINES_MAX; i++) {
        int next = 0;
        struct front front = front_of(source->lines[i]);
        struct str text = str_from(source->lines[i], front.end);
        bool here = front.indent == line->front.indent + line->cut;
        if (here && text.n)
            return marks_of_others(text, &next) > 0 && next == number + 1;
    }
    return false;
}

/* List marks that Markdown does not know become those it knows: bullets of other programs; "a." and
 * digits in keys where they count. */
static void take_mark(struct repair *repair, struct line *line)
{
    int number = 0;
    size_t at = line->front.end;
    struct str rest = str_from(line->text, at);
    if (rest.n > 1 && byte_is_alpha(rest.p[0]) && rest.p[1] != '.' && rest.p[1] != ')')
        return; /* as most lines */
    size_t bytes = marks_of_others(rest, &number);
    if (bytes == 0 || columns_inside(repair, line) >= CODE_COLUMNS)
        return;
    bool next = number == repair->letter + 1 && line->front.indent == repair->letter_indent;
    if (number && !(number > 1 && next) && !(number == 1 && counts_on(repair, line, 1)))
        return;
    repair->letter = number;
    repair->letter_indent = line->front.indent;
    struct text text;
    text_init(&text, repair->arena, LIMIT_RUNBOOK_LINE_BYTES + 8);
    text_add(&text, str_slice(line->text, 0, at));
    if (number)
        text_printf(&text, "%d.", number);
    else
        text_byte(&text, '-');
    line->cut += (int)bytes - (int)(text.n - at);
    text_add(&text, str_from(line->text, at + bytes));
    line->text = text_str(&text);
    line->front = marks_front(line->text);
}

static bool repair_line(struct repair *repair, int number, struct err *err)
{
    struct line line = {.number = number, .text = repair->source->lines[number - 1]};
    bool words = has_words(line.text);
    line.front = front_of(line.text);
    follow_box(repair, &line);
    if (repair->fence)
        return follow_fence(repair, &line, err);
    if (!words && repair->blank && repair->depth && !repair->comment_line)
        return true; /* behind two empty lines the Markdown reader loses the item above */
    if (words && !repair->comment_line) {
        take_mark(repair, &line);
        follow_items(repair, &line);
    }
    if (words && repair->alone)
        put_empty(repair, &line);
    repair->alone = repair->alone && !words;
    if (follow_comment(repair, &line) || (words && !repair->columns && open_fence(repair, &line)))
        return true;
    return put_plain(repair, &line, err);
}

bool repair_lines(struct arena *arena, int front, struct source *source, struct err *err)
{
    size_t room = (size_t)source->line_count * 2 + 1;
    struct repair *repair = arena_make(arena, struct repair);
    size_t bytes = 0;
    for (int i = 0; i < source->line_count; i++)
        bytes += source->lines[i].n + 2;
    if (source->line_count) {
        const struct str *last = &source->lines[source->line_count - 1];
        struct str all = {source->lines[0].p, (size_t)(last->p + last->n - source->lines[0].p)};
        repair->returns = str_find_byte(all, '\r', 0) < all.n;
    }
    source->starts = arena_array(arena, room, sizeof *source->starts);
    source->moved = arena_array(arena, room, sizeof *source->moved);
    source->origin = arena_array(arena, room, sizeof *source->origin);
    source->fence = arena_array(arena, (size_t)source->line_count + 1, sizeof *source->fence);
    repair->arena = arena;
    repair->source = source;
    repair->box = -1;
    repair->blank = true;
    text_init(&repair->to, arena, REPAIRED_BYTES_MAX);
    text_reserve(&repair->to, bytes);
    for (int i = 1; i <= source->line_count; i++) {
        struct line empty = {.number = i};
        if (i <= front)
            put(repair, &empty, (struct str){"", 0}, 0);
        else if (!repair_line(repair, i, err))
            return false;
    }
    if (repair->fence)
        return refuse_fence(repair, err, "never closed");
    if (repair->comment_line)
        return source_refuse(source, repair->comment_line, 1, err,
                             "The comment opened here is never closed, so nothing below it would "
                             "be read. Add --> where it ends.");
    source->repaired = text_str(&repair->to);
    return true;
}

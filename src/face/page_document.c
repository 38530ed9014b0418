/* page_document.c - the runbook's own lines as HTML: every source line keeps its place, its words
 * and its number; what Markdown marks it as decides only how it looks. */
#include "base/limits.h"
#include "face/page_internal.h"

enum block { BLOCK_NONE, BLOCK_LIST, BLOCK_TABLE, BLOCK_CODE };

struct document {
    struct text *text;
    const struct page_view *view;
    enum block open;
    int joined_to;    /* lines up to this one stand in a row already */
    struct str fence; /* the marks that opened the fence, or "" */
    int statement;    /* first statement not yet passed */
};

struct item { /* a list item's front */
    bool is_item, ordered, has_box, ticked;
    int indent;
    struct str number, words;
};

static void close_block(struct document *document)
{
    switch (document->open) {
    case BLOCK_LIST:
    case BLOCK_CODE: text_adds(document->text, "</div>"); break;
    case BLOCK_TABLE: text_adds(document->text, "</tbody></table></div>"); break;
    case BLOCK_NONE: break;
    }
    document->open = BLOCK_NONE;
}

static void open_block(struct document *document, enum block block)
{
    if (document->open == block)
        return;
    close_block(document);
    switch (block) {
    case BLOCK_LIST: text_adds(document->text, "<div role=\"list\">"); break;
    case BLOCK_CODE: text_adds(document->text, "<div class=\"fence\">"); break;
    case BLOCK_TABLE:
        text_adds(document->text, "<div class=\"table\" role=\"region\" tabindex=\"0\" "
                                  "aria-label=\"Table\"><table><tbody>");
        break;
    case BLOCK_NONE: break;
    }
    document->open = block;
}

/* The statement that begins on this line, or -1. */
static int statement_at(struct document *document, int line)
{
    const struct program *program = document->view->program;
    while (document->statement < program->count &&
           program->statements[document->statement].line < line)
        document->statement++;
    if (document->statement < program->count &&
        program->statements[document->statement].line == line)
        return document->statement;
    return -1;
}

static void live_cell(struct document *document, int line, int statement)
{
    text_printf(document->text, "<div class=\"live\" id=\"live-%d\">", line);
    if (statement >= 0)
        line_live_write(document->text, document->view, statement);
    text_adds(document->text, "</div>");
}

static struct str trim_start(struct str s, int *out_indent)
{
    size_t at = 0;
    int indent = 0;
    for (; at < s.n && byte_is_blank(s.p[at]); at++)
        indent += s.p[at] == '\t' ? 4 : 1;
    *out_indent = indent;
    return str_from(s, at);
}

static struct item item_parse(struct str line)
{
    struct item item = {0};
    struct str rest = trim_start(line, &item.indent);
    size_t digits = 0;
    while (digits < rest.n && digits < 9 && byte_is_digit(rest.p[digits]))
        digits++;
    size_t front = 0;
    if (digits > 0 && digits + 1 < rest.n && (rest.p[digits] == '.' || rest.p[digits] == ')') &&
        rest.p[digits + 1] == ' ') {
        item.ordered = true;
        item.number = str_slice(rest, 0, digits + 1);
        front = digits + 2;
    } else if (rest.n > 1 && memchr("-*+", rest.p[0], 3) && rest.p[1] == ' ') {
        front = 2;
    }
    item.is_item = front > 0;
    item.words = str_trim(str_from(rest, front));
    if (item.is_item && item.words.n >= 4 && item.words.p[0] == '[' && item.words.p[2] == ']' &&
        memchr(" xX", item.words.p[1], 3)) {
        item.has_box = true;
        item.ticked = item.words.p[1] != ' ';
        item.words = str_trim(str_from(item.words, 3));
    }
    return item;
}

static void row_open(struct document *document, int line, const char *class_name, int indent)
{
    int depth = indent / 2 > 6 ? 6 : indent / 2;
    text_printf(document->text, "<div class=\"row %s in-%d\" id=\"L%d\"", class_name, depth, line);
    if (document->open == BLOCK_LIST)
        text_adds(document->text, " role=\"listitem\"");
    text_adds(document->text, "><div class=\"words\">");
}

static void row_close(struct document *document, int line, int statement)
{
    text_adds(document->text, "</div>");
    live_cell(document, line, statement);
    text_adds(document->text, "</div>\n");
}

static void heading_write(struct document *document, int line, int level, struct str words)
{
    close_block(document);
    int statement = statement_at(document, line);
    row_open(document, line, "heading", 0);
    text_printf(document->text, "<h%d>", level);
    html_inline_write(document->text, words);
    text_printf(document->text, "</h%d>", level);
    row_close(document, line, statement);
}

/* A statement's words may run over several lines; they are shown as one. */
static struct str joined_words(struct document *document, int statement, struct str words)
{
    const struct program *program = document->view->program;
    if (statement < 0)
        return words;
    int first = program->statements[statement].line;
    int last = program->statements[statement].last_line;
    struct text joined;
    text_init(&joined, document->text->arena, LIMIT_RUNBOOK_BYTES);
    text_add(&joined, words);
    for (int line = first + 1; line <= last && line <= program->line_count; line++) {
        struct str more = str_trim(program->lines[line - 1]);
        if (more.n == 0 || statement_at(document, line) >= 0 || item_parse(more).is_item)
            break;
        text_byte(&joined, ' ');
        text_add(&joined, more);
        document->joined_to = line;
    }
    return text_str(&joined);
}

static void item_write(struct document *document, int line, const struct item *item)
{
    struct text *text = document->text;
    open_block(document, BLOCK_LIST);
    int statement = statement_at(document, line);
    int64_t incident = 0;
    const struct tick_view *tick =
        item->has_box ? line_tick_find(document->view, line, &incident) : NULL;
    row_open(document, line, "item", item->indent);
    text_adds(text, "<span class=\"bullet\">");
    if (item->ordered)
        text_html(text, item->number);
    else
        text_adds(text, item->has_box ? "" : "\xE2\x80\xA2");
    text_adds(text, "</span>");
    if (tick)
        line_box_write(text, tick, incident);
    else if (item->has_box)
        text_adds(text, item->ticked ? "<span class=\"still done\">\xE2\x9C\x93</span>"
                                     : "<span class=\"still\"></span>");
    text_adds(text, "<span class=\"said\">");
    html_inline_write(text, joined_words(document, statement, item->words));
    text_adds(text, "</span>");
    row_close(document, line, statement);
}

static bool is_table_rule(struct str row)
{
    for (size_t i = 0; i < row.n; i++) {
        if (!memchr("|-: \t", row.p[i], 5))
            return false;
    }
    return str_find_byte(row, '-', 0) < row.n;
}

/* The next cell of a row; "\|" does not end it. */
static bool next_cell(struct str *rest, struct str *out_cell)
{
    if (rest->n == 0)
        return false;
    size_t end = 0;
    while (end < rest->n && (rest->p[end] != '|' || (end > 0 && rest->p[end - 1] == '\\')))
        end++;
    *out_cell = str_trim(str_slice(*rest, 0, end));
    *rest = str_from(*rest, end + 1);
    return true;
}

static void table_row_write(struct document *document, int line, struct str row, bool is_head)
{
    struct text *text = document->text;
    open_block(document, BLOCK_TABLE);
    int statement = statement_at(document, line);
    struct str rest = str_from(row, 1);
    struct str cell;
    text_printf(text, "<tr id=\"L%d\">", line);
    while (next_cell(&rest, &cell)) {
        text_adds(text, is_head ? "<th scope=\"col\">" : "<td>");
        html_inline_write(text, cell);
        text_adds(text, is_head ? "</th>" : "</td>");
    }
    text_adds(text, is_head ? "<th scope=\"col\" class=\"live-cell\"><span class=\"unseen\">State"
                              "</span>"
                            : "<td class=\"live-cell\">");
    live_cell(document, line, statement);
    text_adds(text, is_head ? "</th></tr>\n" : "</td></tr>\n");
}

static void fence_line_write(struct document *document, int line, struct str words)
{
    open_block(document, BLOCK_CODE);
    int statement = statement_at(document, line);
    row_open(document, line, "code", 0);
    text_adds(document->text, "<code>");
    text_html(document->text, words);
    text_adds(document->text, "</code>");
    row_close(document, line, statement);
}

/* Opens or closes a fence when the line is a fence mark. */
static bool fence_mark(struct document *document, struct str trimmed)
{
    size_t n = 0;
    while (n < trimmed.n && (trimmed.p[n] == '`' || trimmed.p[n] == '~') &&
           trimmed.p[n] == trimmed.p[0])
        n++;
    struct str marks = str_slice(trimmed, 0, n);
    if (document->fence.n == 0) {
        if (n < 3)
            return false;
        document->fence = marks;
        close_block(document);
        return true;
    }
    if (n < document->fence.n || trimmed.p[0] != document->fence.p[0] || n != trimmed.n)
        return false;
    document->fence = STR("");
    close_block(document);
    return true;
}

static void plain_write(struct document *document, int line, struct str words, int indent)
{
    close_block(document);
    bool is_quote = words.p[0] == '>';
    int statement = statement_at(document, line);
    row_open(document, line, is_quote ? "plain quote" : "plain", indent);
    text_adds(document->text, "<p>");
    html_inline_write(document->text, is_quote ? str_trim(str_from(words, 1))
                                               : joined_words(document, statement, words));
    text_adds(document->text, "</p>");
    row_close(document, line, statement);
}

static bool is_rule(struct str s)
{
    return s.n >= 3 && (str_is(s, "---") || str_is(s, "***") || str_is(s, "___"));
}

static void line_write(struct document *document, int line, struct str raw)
{
    const struct program *program = document->view->program;
    int indent = 0;
    struct str words = str_trim(trim_start(raw, &indent));
    if (fence_mark(document, words))
        return;
    if (document->fence.n) {
        fence_line_write(document, line, raw);
        return;
    }
    size_t hashes = 0;
    while (hashes < words.n && words.p[hashes] == '#')
        hashes++;
    struct item item = item_parse(raw);
    if (words.n == 0) {
        if (document->open != BLOCK_LIST)
            close_block(document);
    } else if (hashes >= 1 && hashes <= 6 && hashes < words.n && words.p[hashes] == ' ') {
        heading_write(document, line, (int)hashes, str_trim(str_from(words, hashes)));
    } else if (is_rule(words)) {
        close_block(document);
        text_adds(document->text, "<hr>\n");
    } else if (words.p[0] == '|') {
        bool is_head = line < program->line_count && document->open != BLOCK_TABLE &&
                       is_table_rule(str_trim(program->lines[line]));
        if (document->open != BLOCK_TABLE || !is_table_rule(words))
            table_row_write(document, line, words, is_head);
    } else if (item.is_item) {
        item_write(document, line, &item);
    } else {
        plain_write(document, line, words, indent);
    }
}

void document_write(struct text *text, const struct page_view *view)
{
    struct document document = {.text = text, .view = view};
    for (int line = 1; line <= view->program->line_count; line++) {
        struct str raw = view->program->lines[line - 1];
        if (line == 1 && str_starts(raw, "\xEF\xBB\xBF"))
            raw = str_from(raw, 3);
        if (line > document.joined_to)
            line_write(&document, line, raw);
    }
    close_block(&document);
}

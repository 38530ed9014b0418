/* page_document.c - the runbook as its readers know it from elsewhere, laid out by the Markdown
 * reader that also understands it, with the live state beside each line.
 *
 * Every line with words keeps its number as an address (#L61), also lines that only mark something
 * (fences, rules, definitions of links): their address stands in the row that follows. */
#include "face/page_document.h"

int document_line_of(const struct document *document, const char *p)
{
    const struct source *source = &document->source;
    uintptr_t at = (uintptr_t)p;
    uintptr_t begin = (uintptr_t)source->repaired.p;
    if (at < begin || at >= begin + source->repaired.n)
        return 0;
    int repaired = source_repaired_line(source, (size_t)(at - begin));
    while (repaired > 0 && source->origin[repaired] == 0)
        repaired--;
    return source->origin[repaired];
}

void document_place(struct document *document, struct str words)
{
    int line = words.n ? document_line_of(document, words.p) : 0;
    if (line == 0)
        return;
    if (document->first_line == 0)
        document->first_line = line;
    else if (line > document->last_line)
        text_printf(&document->leaf, "<span id=\"L%d\"></span>", line);
    document->last_line = line;
}

/* Addresses of the lines before this one that no row shows. */
static void write_skipped(struct document *document, int before)
{
    const struct program *program = document->view->program;
    for (int line = document->addressed + 1; line < before && line <= program->line_count; line++)
        if (str_trim(program->lines[line - 1]).n)
            text_printf(document->text, "<span id=\"L%d\"></span>", line);
    if (before > document->addressed + 1)
        document->addressed = before - 1;
}

/* The live cells of the statements that begin at or before this line and have none yet. */
static void write_live(struct document *document, int last_line)
{
    const struct program *program = document->view->program;
    int line_before = 0;
    for (; document->statement < program->count &&
           program->statements[document->statement].line <= last_line;
         document->statement++) {
        int line = program->statements[document->statement].line;
        if (line == line_before)
            continue;
        line_before = line;
        if (!line_has_live(document->view, document->statement))
            continue;
        text_printf(document->text, "<div class=\"live\" id=\"live-%d\">", line);
        line_live_write(document->text, document->view, document->statement);
        text_adds(document->text, "</div>");
    }
}

static void row_open(struct document *document, const char *tag, const char *class_name, int line)
{
    text_printf(document->text, "<%s class=\"row %s\"", tag, class_name);
    if (line > 0)
        text_printf(document->text, " id=\"L%d\"", line);
    text_adds(document->text, "><div class=\"words\">");
    write_skipped(document, line);
    if (line > document->addressed)
        document->addressed = line;
}

static void row_close(struct document *document, const char *tag, int last_line)
{
    text_adds(document->text, "</div>");
    write_live(document, last_line);
    text_printf(document->text, "</%s>\n", tag);
    if (last_line > document->addressed)
        document->addressed = last_line;
}

/* The box of a task: an open incident's tick, or what the document says. */
static void write_box(struct document *document, int line)
{
    int64_t incident = 0;
    const struct tick_view *tick = line_tick_find(document->view, line, &incident);
    if (tick) {
        struct str back = str_printf(document->text->arena, "/#L%d", line);
        line_box_write(document->text, tick, incident, back);
    } else if (document->item.is_ticked) {
        text_adds(document->text,
                  "<span class=\"still done\" role=\"img\" aria-label=\"ticked\">\xE2\x9C\x93"
                  "</span>");
    } else {
        text_adds(document->text,
                  "<span class=\"still\" role=\"img\" aria-label=\"to tick\"></span>");
    }
}

void document_leaf_open(struct document *document, const char *tag, const char *class_name)
{
    text_init(&document->leaf, document->text->arena, document->text->max_bytes);
    document->first_line = document->last_line = 0;
    document->html_end = NULL;
    document->tag = tag;
    document->class_name = class_name;
    document->in_leaf = true;
}

/* No words: nothing, or only addresses of lines, which are given again. */
static bool is_blank(struct str html)
{
    struct str rest = str_trim(html);
    while (str_starts(rest, "<span id=\"L"))
        rest = str_trim(str_from(rest, str_find(rest, "</span>", 0) + strlen("</span>")));
    return rest.n == 0;
}

void document_leaf_close(struct document *document)
{
    if (!document->in_leaf)
        return;
    document->in_leaf = false;
    if (is_blank(text_str(&document->leaf)) && !document->item_waits)
        return;
    row_open(document, "div", document->class_name, document->first_line);
    if (document->item_waits && document->item.is_task)
        write_box(document, document->first_line);
    document->item_waits = false;
    text_printf(document->text, "<%s class=\"said\">", document->tag);
    text_add(document->text, str_trim(text_str(&document->leaf)));
    text_printf(document->text, "</%s>", document->tag);
    row_close(document, "div", document->last_line);
}

static void code_open(struct document *document)
{
    document->in_code = true;
    document->code_count = 0;
    document->code_capacity = 0;
    document->code_first = 0;
    document_leaf_open(document, "code", "code");
    document->in_leaf = false; /* its lines are rows of their own */
}

/* Blank lines of code carry no place: all lines are counted from the first that does. */
static void code_text(struct document *document, struct str words)
{
    struct text *leaf = &document->leaf;
    int line = document_line_of(document, words.p);
    if (document->code_first == 0 && line > 0 && !str_is(words, "\n"))
        document->code_first = line - (int)document->code_count;
    if (!str_is(words, "\n")) {
        text_html(leaf, words);
        return;
    }
    LIST_PUSH(leaf->arena, document->code, document->code_count, document->code_capacity) =
        str_copy(leaf->arena, text_str(leaf));
    text_init(leaf, document->text->arena, document->text->max_bytes);
}

static void code_close(struct document *document)
{
    int first = document->code_first;
    text_adds(document->text, "<div class=\"fence\">");
    for (size_t i = 0; i < document->code_count; i++) {
        int line = first > 0 ? first + (int)i : 0;
        row_open(document, "div", "code", line);
        text_adds(document->text, "<code>");
        text_add(document->text, document->code[i]);
        text_adds(document->text, "</code>");
        row_close(document, "div", line);
    }
    text_adds(document->text, "</div>\n");
    document->in_code = false;
}

static void cell_open(struct document *document, bool is_head, MD_ALIGN align)
{
    static const char *const classes[] = {[MD_ALIGN_DEFAULT] = "",
                                          [MD_ALIGN_LEFT] = "",
                                          [MD_ALIGN_CENTER] = " class=\"center\"",
                                          [MD_ALIGN_RIGHT] = " class=\"right\""};
    text_printf(&document->leaf, is_head ? "<th scope=\"col\"%s>" : "<td%s>", classes[align]);
}

static void table_row_close(struct document *document)
{
    struct text *text = document->text;
    int line = document->first_line;
    document->in_row = document->in_leaf = false;
    text_adds(text, "<tr");
    if (line > 0)
        text_printf(text, " id=\"L%d\"", line);
    text_byte(text, '>');
    text_add(text, text_str(&document->leaf));
    text_adds(text, document->in_head ? "<th scope=\"col\" class=\"live-cell\"><span "
                                        "class=\"unseen\">State</span>"
                                      : "<td class=\"live-cell\">");
    write_skipped(document, line);
    write_live(document, line);
    text_adds(text, document->in_head ? "</th></tr>\n" : "</td></tr>\n");
    if (line > document->addressed)
        document->addressed = line;
}

static void heading_open(struct document *document, unsigned level)
{
    static const char *const tags[] = {"h1", "h1", "h2", "h3", "h4", "h5", "h6"};
    document_leaf_open(document, tags[level <= 6 ? level : 6], "heading");
}

static void item_open(struct document *document, const MD_BLOCK_LI_DETAIL *detail)
{
    bool is_task = detail->is_task != 0;
    text_adds(document->text, is_task ? "<li class=\"task\">" : "<li>");
    document->item = (struct document_item){is_task, detail->task_mark != ' '};
    document->item_waits = true;
}

static void list_open(struct document *document, const MD_BLOCK_OL_DETAIL *detail)
{
    if (detail->start != 1)
        text_printf(document->text, "<ol start=\"%u\">", detail->start);
    else
        text_adds(document->text, "<ol>");
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *user)
{
    struct document *document = user;
    struct text *text = document->text;
    if (!document->in_row)
        document_leaf_close(document);
    switch (type) {
    case MD_BLOCK_DOC: break;
    case MD_BLOCK_QUOTE: text_adds(text, "<blockquote>"); break;
    case MD_BLOCK_UL: text_adds(text, "<ul>"); break;
    case MD_BLOCK_OL: list_open(document, detail); break;
    case MD_BLOCK_LI: item_open(document, detail); break;
    case MD_BLOCK_HR: text_adds(text, "<hr>\n"); break;
    case MD_BLOCK_H: heading_open(document, ((MD_BLOCK_H_DETAIL *)detail)->level); break;
    case MD_BLOCK_CODE: code_open(document); break;
    case MD_BLOCK_HTML: document_leaf_open(document, "div", "html"); break;
    case MD_BLOCK_P: document_leaf_open(document, "p", "plain"); break;
    case MD_BLOCK_TABLE:
        text_adds(text, "<div class=\"table\" role=\"region\" tabindex=\"0\" "
                        "aria-label=\"Table\"><table>");
        break;
    case MD_BLOCK_THEAD:
        document->in_head = true;
        text_adds(text, "<thead>");
        break;
    case MD_BLOCK_TBODY: text_adds(text, "<tbody>"); break;
    case MD_BLOCK_TR:
        document_leaf_open(document, "tr", "");
        document->in_row = true;
        break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
        cell_open(document, type == MD_BLOCK_TH, ((MD_BLOCK_TD_DETAIL *)detail)->align);
        break;
    }
    return 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *user)
{
    (void)detail;
    struct document *document = user;
    struct text *text = document->text;
    if (!document->in_row)
        document_leaf_close(document);
    switch (type) {
    case MD_BLOCK_QUOTE: text_adds(text, "</blockquote>\n"); break;
    case MD_BLOCK_UL: text_adds(text, "</ul>\n"); break;
    case MD_BLOCK_OL: text_adds(text, "</ol>\n"); break;
    case MD_BLOCK_LI:
        text_adds(text, "</li>\n");
        document->item_waits = false;
        break;
    case MD_BLOCK_CODE: code_close(document); break;
    case MD_BLOCK_TABLE: text_adds(text, "</table></div>\n"); break;
    case MD_BLOCK_THEAD:
        document->in_head = false;
        text_adds(text, "</thead>");
        break;
    case MD_BLOCK_TBODY: text_adds(text, "</tbody>"); break;
    case MD_BLOCK_TR: table_row_close(document); break;
    case MD_BLOCK_TH: text_adds(&document->leaf, "</th>"); break;
    case MD_BLOCK_TD: text_adds(&document->leaf, "</td>"); break;
    case MD_BLOCK_DOC:
    case MD_BLOCK_HR:
    case MD_BLOCK_H:
    case MD_BLOCK_HTML:
    case MD_BLOCK_P: break;
    }
    return 0;
}

/* The words of a tight list item come without a paragraph. */
static void need_leaf(struct document *document)
{
    if (!document->in_leaf)
        document_leaf_open(document, "div", "item");
}

static int enter_span(MD_SPANTYPE type, void *detail, void *user)
{
    struct document *document = user;
    need_leaf(document);
    inline_enter(document, type, detail);
    return document->too_many_spans;
}

static int leave_span(MD_SPANTYPE type, void *detail, void *user)
{
    (void)detail;
    inline_leave(user, type);
    return 0;
}

static int add_text(MD_TEXTTYPE type, const MD_CHAR *p, MD_SIZE size, void *user)
{
    struct document *document = user;
    struct str words = {p, size};
    if (document->in_code) {
        code_text(document, words);
        return 0;
    }
    need_leaf(document);
    inline_text(document, type, words);
    return 0;
}

/* What cannot be laid out is shown as it is written. */
static void plain_write(struct text *text, const struct page_view *view)
{
    const struct program *program = view->program;
    for (int line = 1; line <= program->line_count; line++) {
        text_printf(text, "<div class=\"row code\" id=\"L%d\"><div class=\"words\"><code>", line);
        text_html(text, program->lines[line - 1]);
        text_adds(text, "</code></div></div>\n");
    }
}

void document_write(struct text *text, const struct page_view *view)
{
    struct err err = {0};
    struct text laid_out;
    struct document *document = arena_make(text->arena, struct document);
    static const MD_PARSER parser = {.flags = MD_DIALECT_GITHUB,
                                     .enter_block = enter_block,
                                     .leave_block = leave_block,
                                     .enter_span = enter_span,
                                     .leave_span = leave_span,
                                     .text = add_text};
    text_init(&laid_out, text->arena, text->max_bytes);
    document->text = &laid_out;
    document->view = view;
    bool good = source_read(text->arena, view->program->file, view->program->source,
                            &document->source, &err) &&
                md_parse(document->source.repaired.p, (MD_SIZE)document->source.repaired.n, &parser,
                         document) == 0 &&
                !document->too_many_spans;
    if (!good) {
        plain_write(text, view);
        return;
    }
    write_skipped(document, view->program->line_count + 1);
    write_live(document, view->program->line_count);
    text_add(text, text_str(&laid_out));
}

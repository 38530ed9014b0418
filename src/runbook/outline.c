/* outline.c - the Markdown structure of a runbook, by md4c. Its callbacks hand out pointers into
 * the text they were given; places are computed from those and from nothing else. */
#include "runbook/outline.h"

#include "base/text.h"
#include "runbook/html.h"
#include "runbook/marks.h"

#include <md4c.h>

enum { TEXT_MAX_BYTES = LIMIT_RUNBOOK_BYTES * 2, FRAMES_MAX = LIMIT_RUNBOOK_NESTING * 4 };
enum { NUMBER_MAX = 999 };

struct list_frame {
    bool item;    /* a list item, else a list */
    bool ordered; /* list */
    int count;    /* list: number of the last item */
    int number;   /* item */
    bool box;     /* item */
    int piece;    /* item: the piece that holds its words, -1 until there is one */
};

struct outliner {
    struct arena *arena;
    const struct source *source;
    struct outline *outline;
    size_t capacity;
    struct list_frame frames[FRAMES_MAX];
    int depth;
    /* the piece being collected */
    bool open;
    struct piece piece;
    struct str run;   /* its text while that is one run of the source, which is not copied then */
    struct text text; /* its text otherwise */
    size_t first_offset, last_offset;
    bool placed;
    size_t strong_bytes, struck_bytes;
    int strong_depth, struck_depth;
    /* table */
    bool in_row;
    size_t cell_capacity;
    int head;
    bool in_cell;
    /* code */
    bool footnotes; /* there may be a mark of a footnote somewhere */
    bool in_code, in_html;
    int code_newlines, code_first_newlines;
    int last_repaired;   /* last repaired line known to be covered */
    bool code_opens;     /* a code span begins: its marks stand before the next text */
    size_t link_begin;   /* length of the text where the innermost link begins */
    const char *tag_end; /* what closes the tag that the line before left open, or NULL */
    const char *refuse;  /* why reading stops, and the source line */
    int refuse_line;
};

static bool offset_of(const struct outliner *o, const char *p, size_t *out_offset)
{
    uintptr_t at = (uintptr_t)p;
    uintptr_t begin = (uintptr_t)o->source->repaired.p;
    if (at < begin || at >= begin + o->source->repaired.n)
        return false;
    *out_offset = (size_t)(at - begin);
    return true;
}

static void begin_text(struct outliner *o)
{
    o->run = (struct str){"", 0};
    o->text = (struct text){0};
}

/* Copies the run, so that what is none of the source can be added. */
static struct text *own_text(struct outliner *o)
{
    if (!o->text.p)
        text_init(&o->text, o->arena, TEXT_MAX_BYTES);
    text_add(&o->text, o->run);
    o->run = (struct str){"", 0};
    return &o->text;
}

static struct str text_of(const struct outliner *o)
{
    return o->text.p ? text_str(&o->text) : o->run;
}

/* Adds words, as the run of the source that they are or that they go on. */
static void add_run(struct outliner *o, struct str words)
{
    size_t offset = 0;
    bool goes_on = o->run.n && o->run.p + o->run.n == words.p;
    if (goes_on || (!o->text.p && o->run.n == 0 && offset_of(o, words.p, &offset)))
        o->run = (struct str){goes_on ? o->run.p : words.p, o->run.n + words.n};
    else
        text_add(own_text(o), words);
}

static void begin_piece(struct outliner *o, enum piece_kind kind)
{
    o->open = true;
    o->placed = false;
    o->strong_bytes = 0;
    o->struck_bytes = 0;
    o->piece = (struct piece){.kind = kind, .parent = -1, .head = -1};
    begin_text(o);
}

static int line_of(const struct outliner *o, int repaired)
{
    while (repaired > 0 && o->source->origin[repaired] == 0)
        repaired--;
    return o->source->origin[repaired];
}

static void set_list_place(struct outliner *o, struct piece *piece)
{
    for (int i = o->depth - 1; i >= 0; i--) {
        struct list_frame *frame = &o->frames[i];
        if (!frame->item)
            continue;
        if (!piece->in_list) {
            piece->in_list = true;
            piece->ordered = i > 0 && o->frames[i - 1].ordered;
            piece->number = frame->number;
            if (frame->piece < 0 && piece->kind == PIECE_TEXT) {
                piece->box = frame->box;
                piece->first_in_item = true;
                frame->piece = (int)o->outline->count;
                continue;
            }
        }
        if (frame->piece >= 0 && frame->piece != (int)o->outline->count) {
            piece->parent = frame->piece;
            return;
        }
    }
}

/* The text without marks of footnotes ("[^1]"), which stand behind words and say nothing. */
static struct str without_footnotes(struct outliner *o, struct str text)
{
    size_t mark = o->footnotes ? str_find(text, "[^", 0) : text.n;
    if (mark == text.n)
        return text;
    char *plain = arena_alloc(o->arena, text.n + 1);
    size_t n = 0;
    bool code = false;
    for (size_t i = 0; i < text.n; i++) {
        code ^= text.p[i] == '`';
        size_t close = i == mark && !code ? str_find_byte(text, ']', i) : text.n;
        if (i == mark)
            mark = code ? str_find(text, "[^", i + 2) : str_find(text, "[^", close);
        if (close < text.n) {
            i = close + (i == 0 && close + 1 < text.n && text.p[close + 1] == ':');
            continue;
        }
        plain[n++] = text.p[i];
    }
    return str_trim((struct str){plain, n});
}

static void end_piece(struct outliner *o)
{
    if (!o->open)
        return;
    o->open = false;
    struct str text = without_footnotes(o, str_trim(text_of(o)));
    if (!o->placed ||
        (text.n == 0 && o->piece.kind != PIECE_ROW && o->piece.kind != PIECE_HEAD_ROW))
        return;
    while (o->first_offset < o->last_offset &&
           byte_is_blank(o->source->repaired.p[o->first_offset]))
        o->first_offset++;
    int first = source_repaired_line_near(o->source, o->first_offset, o->last_repaired);
    int last = source_repaired_line_near(o->source, o->last_offset, first);
    o->piece.line = line_of(o, first);
    o->piece.repaired = first;
    o->piece.last_line = line_of(o, last);
    o->piece.column = source_column(o->source, o->first_offset, first);
    o->piece.text = text;
    o->piece.bold = o->piece.cell_count == 0 && o->strong_bytes > 0 && o->strong_bytes >= text.n;
    o->piece.struck = o->struck_bytes > 0 && o->struck_bytes >= text.n;
    o->piece.partly_struck = o->struck_bytes > 0 && !o->piece.struck;
    o->last_repaired = last;
    set_list_place(o, &o->piece);
    if (o->piece.kind == PIECE_ROW)
        o->piece.head = o->head;
    if (o->piece.kind == PIECE_HEAD_ROW)
        o->head = (int)o->outline->count;
    LIST_PUSH(o->arena, o->outline->pieces, o->outline->count, o->capacity) = o->piece;
}

static void place(struct outliner *o, const char *p, size_t n)
{
    size_t offset = 0;
    if (!offset_of(o, p, &offset))
        return;
    if (!o->placed)
        o->first_offset = offset;
    o->placed = true;
    o->last_offset = offset + (n ? n - 1 : 0);
}

static void push_frame(struct outliner *o, struct list_frame frame)
{
    if (o->depth >= FRAMES_MAX) {
        o->refuse = "Lists are nested too deep after this line. Make them flatter.";
        o->refuse_line = line_of(o, o->last_repaired);
        return;
    }
    o->frames[o->depth++] = frame;
}

/* A list that goes on behind a fence or a paragraph says the number it goes on with. */
static void enter_ordered(struct outliner *o, const MD_BLOCK_OL_DETAIL *detail)
{
    int before = detail->start > 1 && detail->start <= NUMBER_MAX ? (int)detail->start - 1 : 0;
    push_frame(o, (struct list_frame){.ordered = true, .count = before, .piece = -1});
}

static void enter_item(struct outliner *o, const MD_BLOCK_LI_DETAIL *detail)
{
    struct list_frame *list = o->depth ? &o->frames[o->depth - 1] : NULL;
    int number = list ? ++list->count : 1;
    push_frame(o, (struct list_frame){
                      .item = true, .number = number, .box = detail->is_task != 0, .piece = -1});
}

static struct str language_of(struct outliner *o, const MD_BLOCK_CODE_DETAIL *detail)
{
    struct str lang = {detail->lang.text ? detail->lang.text : "", detail->lang.size};
    size_t end = 0;
    while (end < lang.n && (byte_is_alnum(lang.p[end]) || lang.p[end] == '-' || lang.p[end] == '+'))
        end++;
    return str_lower(o->arena, str_slice(lang, 0, end));
}

static void enter_code(struct outliner *o, const MD_BLOCK_CODE_DETAIL *detail)
{
    begin_piece(o, PIECE_CODE);
    o->piece.fenced = detail->fence_char != 0;
    o->piece.language = language_of(o, detail);
    o->in_code = true;
    o->code_newlines = 0;
    o->code_first_newlines = 0;
}

/* The repairs and md4c must mean the same fence: what only one of them takes for closed would be
 * swallowed silently. */
static void check_fence(struct outliner *o, const struct piece *piece)
{
    const int *fence = o->source->fence;
    for (int line = piece->line; line <= piece->last_line; line++)
        if (fence[line - 1] == 0 || fence[line - 1] != fence[piece->line - 1]) {
            o->refuse = "Which lines stand inside of this fence is not certain. Indent its first "
                        "and its last mark alike.";
            o->refuse_line = piece->line > 1 ? piece->line - 1 : 1;
            return;
        }
}

/* The lines of a code block are counted by its line ends: blank ones carry no pointer. */
static void leave_code(struct outliner *o)
{
    o->in_code = false;
    if (!o->open || !o->placed) {
        o->open = false;
        return;
    }
    int near = o->last_repaired;
    int first =
        source_repaired_line_near(o->source, o->first_offset, near) - o->code_first_newlines;
    int last = source_repaired_line_near(o->source, o->last_offset, near);
    size_t before = o->outline->count;
    text_byte(own_text(o), '.'); /* a code block is its lines; its text is not used */
    end_piece(o);
    if (o->outline->count == before)
        return;
    struct piece *piece = &o->outline->pieces[before];
    piece->line = line_of(o, first < 0 ? 0 : first);
    piece->last_line = line_of(o, last);
    piece->column = 1;
    piece->text = (struct str){"", 0};
    if (piece->fenced)
        check_fence(o, piece);
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *user)
{
    struct outliner *o = user;
    if (!o->in_row)
        end_piece(o);
    switch (type) {
    case MD_BLOCK_UL: push_frame(o, (struct list_frame){.piece = -1}); break;
    case MD_BLOCK_OL: enter_ordered(o, detail); break;
    case MD_BLOCK_LI: enter_item(o, detail); break;
    case MD_BLOCK_H:
        begin_piece(o, PIECE_HEADING);
        o->piece.level = (int)((MD_BLOCK_H_DETAIL *)detail)->level;
        break;
    case MD_BLOCK_P: begin_piece(o, PIECE_TEXT); break;
    case MD_BLOCK_CODE: enter_code(o, detail); break;
    case MD_BLOCK_HTML:
        begin_piece(o, PIECE_HTML);
        o->in_html = true;
        break;
    case MD_BLOCK_TR:
        begin_piece(o, PIECE_ROW);
        o->in_row = true;
        o->cell_capacity = 0;
        break;
    case MD_BLOCK_TH: o->piece.kind = PIECE_HEAD_ROW; __attribute__((fallthrough));
    case MD_BLOCK_TD:
        o->in_cell = true;
        begin_text(o);
        break;
    case MD_BLOCK_TABLE:
    case MD_BLOCK_THEAD:
    case MD_BLOCK_TBODY:
    case MD_BLOCK_DOC:
    case MD_BLOCK_QUOTE:
    case MD_BLOCK_HR: break;
    }
    return o->refuse != NULL;
}

static void end_cell(struct outliner *o)
{
    size_t count = (size_t)o->piece.cell_count;
    LIST_PUSH(o->arena, o->piece.cells, count, o->cell_capacity) =
        without_footnotes(o, str_trim(text_of(o)));
    o->piece.cell_count = (int)count;
    o->in_cell = false;
}

static void end_row(struct outliner *o)
{
    struct text whole;
    if (o->placed) {
        int line = line_of(o, source_repaired_line(o->source, o->first_offset));
        o->piece.written = marks_cells(o->source->lines[line - 1]);
    }
    text_init(&whole, o->arena, TEXT_MAX_BYTES);
    for (int i = 0; i < o->piece.cell_count; i++) {
        if (i)
            text_adds(&whole, " | ");
        text_add(&whole, o->piece.cells[i]);
    }
    o->run = (struct str){"", 0};
    o->text = whole;
    o->in_row = false;
    end_piece(o);
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *user)
{
    (void)detail;
    struct outliner *o = user;
    if (type == MD_BLOCK_TH || type == MD_BLOCK_TD) {
        end_cell(o);
    } else if (type == MD_BLOCK_TR) {
        end_row(o);
    } else if (type == MD_BLOCK_CODE) {
        leave_code(o);
    } else if (!o->in_row) {
        end_piece(o);
    }
    o->in_html = false;
    if ((type == MD_BLOCK_UL || type == MD_BLOCK_OL || type == MD_BLOCK_LI) && o->depth > 0)
        o->depth--;
    return 0;
}

static void add_words(struct outliner *o, struct str words)
{
    add_run(o, words);
    if (o->strong_depth > 0)
        o->strong_bytes += words.n;
    if (o->struck_depth > 0)
        o->struck_bytes += words.n;
}

static void add_entity(struct outliner *o, struct str entity)
{
    struct text *text = own_text(o);
    size_t before = text->n;
    html_add_entity(text, entity);
    if (o->strong_depth > 0)
        o->strong_bytes += text->n - before;
}

static void break_line(struct outliner *o)
{
    if (o->in_row) {
        text_byte(own_text(o), ' ');
        return;
    }
    enum piece_kind kind = o->open ? o->piece.kind : PIECE_TEXT;
    int level = o->piece.level;
    end_piece(o);
    begin_piece(o, kind);
    o->piece.level = level;
}

static int enter_span(MD_SPANTYPE type, void *detail, void *user)
{
    (void)detail;
    struct outliner *o = user;
    if (type == MD_SPAN_STRONG)
        o->strong_depth++;
    if (type == MD_SPAN_DEL)
        o->struck_depth++;
    if (!o->open && !o->in_row)
        begin_piece(o, PIECE_TEXT);
    if (type == MD_SPAN_CODE)
        add_words(o, STR("`"));
    o->code_opens = type == MD_SPAN_CODE;
    if (type == MD_SPAN_A)
        o->link_begin = text_of(o).n;
    return 0;
}

/* The marks around a code span belong to its piece, also where they stand on lines of their own. */
static void place_code_mark(struct outliner *o, bool opening)
{
    struct str repaired = o->source->repaired;
    size_t at = opening ? o->first_offset : o->last_offset + 1;
    if (opening)
        while (at > 0 && repaired.p[at] != '`')
            at--;
    else
        at = str_find_byte(repaired, '`', at);
    if (at >= repaired.n || repaired.p[at] != '`')
        return;
    while (opening && at > 0 && repaired.p[at - 1] == '`')
        at--;
    if (opening)
        o->first_offset = at;
    else
        o->last_offset = at;
}

static int leave_span(MD_SPANTYPE type, void *detail, void *user)
{
    (void)detail;
    struct outliner *o = user;
    if (type == MD_SPAN_STRONG)
        o->strong_depth--;
    if (type == MD_SPAN_DEL)
        o->struck_depth--;
    if (type == MD_SPAN_CODE) {
        add_words(o, STR("`"));
        if (o->placed)
            place_code_mark(o, false);
    }
    /* "[^1]" whose footnote is an address reads as a link. */
    struct str text = text_of(o);
    if (type == MD_SPAN_A && o->link_begin < text.n && text.p[o->link_begin] == '^')
        own_text(o)->n = o->link_begin;
    return 0;
}

static int code_text(struct outliner *o, const char *p, size_t n)
{
    bool was_placed = o->placed;
    place(o, p, n);
    if (o->placed && !was_placed)
        o->code_first_newlines = o->code_newlines;
    if (n == 1 && p[0] == '\n')
        o->code_newlines++;
    return 0;
}

/* A tag of HTML inside of a sentence: what it does to the words, never its name. "<table>" without
 * attributes is no tag there but a placeholder. */
/* "<del>", "<s>", "<strike>" and their ends. */
static void strike(struct outliner *o, struct str markup)
{
    static const char *const names[] = {"del>", "s>", "strike>"};
    bool closing = str_starts(markup, "</");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_is_nocase(str_from(markup, closing ? 2 : 1), names[i]))
            o->struck_depth += closing ? (o->struck_depth > 0 ? -1 : 0) : 1;
}

static void add_tag(struct outliner *o, struct str markup)
{
    size_t bytes = 0;
    bool closing = false;
    enum html_tag tag = HTML_NONE;
    strike(o, markup);
    if (o->tag_end) { /* a tag over several lines goes on */
        if (o->placed)
            place(o, markup.p, markup.n);
        if (str_ends(markup, o->tag_end))
            o->tag_end = NULL;
        return;
    }
    tag = html_tag_of(markup, &bytes, &closing);
    if (tag >= HTML_BLOCK && !closing && str_find_byte(markup, ' ', 0) == markup.n)
        tag = HTML_NONE;
    const char *end = str_starts(markup, "<!--") ? "-->" : ">";
    if (tag != HTML_NONE && !str_ends(markup, end))
        o->tag_end = end;
    if (tag == HTML_NONE || o->placed)
        place(o, markup.p, markup.n);
    if (tag == HTML_NONE)
        add_words(o, markup);
    else if (tag == HTML_BREAK)
        break_line(o);
    else if (tag == HTML_CODE)
        add_words(o, STR("`"));
}

/* In a table a bar inside of code is escaped. */
static void add_code_of_cell(struct outliner *o, struct str text)
{
    for (size_t at = 0; at < text.n;) {
        size_t bar = str_find(text, "\\|", at);
        add_words(o, str_slice(text, at, bar));
        if (bar < text.n)
            add_words(o, STR("|"));
        at = bar + 2;
    }
}

static int add_text(MD_TEXTTYPE type, const MD_CHAR *p, MD_SIZE size, void *user)
{
    struct outliner *o = user;
    struct str piece = {p, size};
    if (o->in_code)
        return code_text(o, p, size);
    if (type == MD_TEXT_BR) {
        break_line(o);
        return 0;
    }
    if (!o->open && !o->in_row)
        begin_piece(o, PIECE_TEXT);
    if (type == MD_TEXT_SOFTBR) {
        add_words(o, STR(" "));
        return 0;
    }
    if (type == MD_TEXT_HTML && !o->in_html) {
        add_tag(o, piece);
        return 0;
    }
    bool first = !o->placed;
    place(o, p, size);
    if (first && o->placed && o->code_opens)
        place_code_mark(o, true);
    o->code_opens = false;
    if (type == MD_TEXT_ENTITY)
        add_entity(o, piece);
    else if (type == MD_TEXT_CODE && o->in_row)
        add_code_of_cell(o, piece);
    else if (type == MD_TEXT_NULLCHAR)
        add_words(o, STR("\xEF\xBF\xBD"));
    else
        add_words(o, piece);
    return 0;
}

bool outline_read(struct arena *arena, const struct source *source, struct outline *out_outline,
                  struct err *err)
{
    struct outliner *o = arena_make(arena, struct outliner);
    struct outline outline = {0};
    o->arena = arena;
    o->source = source;
    o->outline = &outline;
    o->head = -1;
    o->footnotes = str_find_byte(source->repaired, '^', 0) < source->repaired.n ||
                   str_find(source->repaired, "&#", 0) < source->repaired.n;
    o->capacity = (size_t)source->repaired_count / 2 + 8;
    outline.pieces = arena_array(arena, o->capacity, sizeof *outline.pieces);
    MD_PARSER parser = {.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS,
                        .enter_block = enter_block,
                        .leave_block = leave_block,
                        .enter_span = enter_span,
                        .leave_span = leave_span,
                        .text = add_text};
    int result = md_parse(source->repaired.p, (MD_SIZE)source->repaired.n, &parser, o);
    /* md4c does not pass on every answer of a callback. */
    if (o->refuse)
        return source_refuse(source, o->refuse_line, 1, err, o->refuse);
    if (result != 0)
        return source_refuse(source, 1, 1, err,
                             "The Markdown reader ran out of memory. Make the file smaller.");
    *out_outline = outline;
    return true;
}

/* outline.c - the Markdown structure of a runbook, by md4c. Its callbacks hand out pointers into
 * the text they were given; places are computed from those and from nothing else. */
#include "runbook/outline.h"

#include "base/text.h"

#include <md4c.h>
#include <stdio.h>

enum { TEXT_MAX_BYTES = LIMIT_RUNBOOK_BYTES * 2, FRAMES_MAX = LIMIT_RUNBOOK_NESTING * 4 };

struct list_frame {
    bool item;    /* a list item, else a list */
    bool ordered; /* list */
    int count;    /* list: items so far */
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
    struct text text;
    size_t first_offset, last_offset;
    bool placed;
    size_t strong_bytes;
    int strong_depth;
    /* table */
    bool in_row;
    size_t cell_capacity;
    int head;
    bool in_cell;
    /* code */
    bool in_code, in_html;
    int code_newlines, code_first_newlines;
    int last_repaired; /* last repaired line known to be covered */
    bool too_deep;
    int too_deep_line;
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

static void begin_piece(struct outliner *o, enum piece_kind kind)
{
    o->open = true;
    o->placed = false;
    o->strong_bytes = 0;
    o->piece = (struct piece){.kind = kind, .parent = -1, .head = -1};
    text_init(&o->text, o->arena, TEXT_MAX_BYTES);
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

static void end_piece(struct outliner *o)
{
    if (!o->open)
        return;
    o->open = false;
    struct str text = str_trim(text_str(&o->text));
    if (!o->placed ||
        (text.n == 0 && o->piece.kind != PIECE_ROW && o->piece.kind != PIECE_HEAD_ROW))
        return;
    int first = source_repaired_line(o->source, o->first_offset);
    int last = source_repaired_line(o->source, o->last_offset);
    o->piece.line = line_of(o, first);
    o->piece.last_line = line_of(o, last);
    o->piece.column = (int)(o->first_offset - o->source->starts[first]) + 1;
    o->piece.text = text;
    o->piece.bold = o->strong_bytes > 0 && o->strong_bytes >= text.n;
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
        o->too_deep = true;
        o->too_deep_line = line_of(o, o->last_repaired);
        return;
    }
    o->frames[o->depth++] = frame;
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

/* The lines of a code block are counted by its line ends: blank ones carry no pointer. */
static void leave_code(struct outliner *o)
{
    o->in_code = false;
    if (!o->open || !o->placed) {
        o->open = false;
        return;
    }
    int first = source_repaired_line(o->source, o->first_offset) - o->code_first_newlines;
    int last = source_repaired_line(o->source, o->last_offset);
    size_t before = o->outline->count;
    text_byte(&o->text, '.'); /* a code block is its lines; its text is not used */
    end_piece(o);
    if (o->outline->count == before)
        return;
    struct piece *piece = &o->outline->pieces[before];
    piece->line = line_of(o, first < 0 ? 0 : first);
    piece->last_line = line_of(o, last);
    piece->column = 1;
    piece->text = (struct str){"", 0};
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *user)
{
    struct outliner *o = user;
    if (!o->in_row)
        end_piece(o);
    switch (type) {
    case MD_BLOCK_UL: push_frame(o, (struct list_frame){.piece = -1}); break;
    case MD_BLOCK_OL: push_frame(o, (struct list_frame){.ordered = true, .piece = -1}); break;
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
        text_init(&o->text, o->arena, TEXT_MAX_BYTES);
        break;
    case MD_BLOCK_TABLE:
    case MD_BLOCK_THEAD:
    case MD_BLOCK_TBODY:
    case MD_BLOCK_DOC:
    case MD_BLOCK_QUOTE:
    case MD_BLOCK_HR: break;
    }
    return o->too_deep;
}

static void end_cell(struct outliner *o)
{
    size_t count = (size_t)o->piece.cell_count;
    LIST_PUSH(o->arena, o->piece.cells, count, o->cell_capacity) = str_trim(text_str(&o->text));
    o->piece.cell_count = (int)count;
    o->in_cell = false;
}

static void end_row(struct outliner *o)
{
    struct text whole;
    text_init(&whole, o->arena, TEXT_MAX_BYTES);
    for (int i = 0; i < o->piece.cell_count; i++) {
        if (i)
            text_adds(&whole, " | ");
        text_add(&whole, o->piece.cells[i]);
    }
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

static int enter_span(MD_SPANTYPE type, void *detail, void *user)
{
    (void)detail;
    struct outliner *o = user;
    if (type == MD_SPAN_STRONG)
        o->strong_depth++;
    if (!o->open && !o->in_row)
        begin_piece(o, PIECE_TEXT);
    if (type == MD_SPAN_CODE)
        text_byte(&o->text, '`');
    return 0;
}

static int leave_span(MD_SPANTYPE type, void *detail, void *user)
{
    (void)detail;
    struct outliner *o = user;
    if (type == MD_SPAN_STRONG)
        o->strong_depth--;
    if (type == MD_SPAN_CODE)
        text_byte(&o->text, '`');
    return 0;
}

static void add_entity(struct outliner *o, struct str entity)
{
    static const struct {
        const char *name, *text;
    } entities[] = {{"&gt;", ">"},           {"&lt;", "<"},   {"&amp;", "&"},
                    {"&quot;", "\""},        {"&nbsp;", " "}, {"&ge;", "\xE2\x89\xA5"},
                    {"&le;", "\xE2\x89\xA4"}};
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
        if (str_is(entity, entities[i].name)) {
            text_adds(&o->text, entities[i].text);
            return;
        }
    text_add(&o->text, entity);
}

static void break_line(struct outliner *o)
{
    if (o->in_row) {
        text_byte(&o->text, ' ');
        return;
    }
    enum piece_kind kind = o->open ? o->piece.kind : PIECE_TEXT;
    int level = o->piece.level;
    end_piece(o);
    begin_piece(o, kind);
    o->piece.level = level;
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
        text_byte(&o->text, ' ');
        return 0;
    }
    place(o, p, size);
    if (o->strong_depth > 0)
        o->strong_bytes += size;
    if (type == MD_TEXT_ENTITY)
        add_entity(o, piece);
    else
        text_add(&o->text, piece);
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
    MD_PARSER parser = {.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS,
                        .enter_block = enter_block,
                        .leave_block = leave_block,
                        .enter_span = enter_span,
                        .leave_span = leave_span,
                        .text = add_text};
    int result = md_parse(source->repaired.p, (MD_SIZE)source->repaired.n, &parser, o);
    /* md4c does not pass on every answer of a callback. */
    if (result != 0 || o->too_deep) {
        char place_text[256];
        (void)snprintf(place_text, sizeof place_text, "%.*s:%d:1",
                       STR_ARGS(str_slice(source->file, 0, 200)),
                       o->too_deep ? o->too_deep_line : 1);
        return err_set(err, ERR_USAGE, place_text,
                       o->too_deep
                           ? "Lists are nested too deep after this line. Make them flatter."
                           : "The Markdown reader ran out of memory. Make the file smaller.");
    }
    *out_outline = outline;
    return true;
}

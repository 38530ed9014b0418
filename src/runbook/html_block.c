/* html_block.c - blocks of HTML. What they show is no Markdown, so nothing in them is enforced:
 * their words are guidance, or unclear where they look like rules. A table that holds levels or
 * limits is unclear in every cell, with one finding. */
#include "runbook/builder.h"
#include "runbook/html.h"
#include "runbook/marks.h"

enum { LINE_BYTES_MAX = 2 * LIMIT_RUNBOOK_LINE_BYTES };

/* What a block shows, line by line; what is open goes on from line to line. */
struct view {
    const struct source *source;
    int repaired, last; /* the next line and the last one, as repaired */
    int shown_from;     /* no line behind it closes a script or a style */
    int heads, hidden;  /* open tags */
    bool comment, open_cell;
    /* the line as it stands in the source: repairs meant for Markdown change no HTML */
    int number;
    struct str whole, line; /* with and without marks of lists and quotes */
    struct text words;      /* that people see */
    size_t first;           /* index in line of the first of them */
    bool head, cell;        /* they stand in a head, or in a cell of a table */
};

static struct view view_of(const struct builder *builder, const struct piece *piece)
{
    const struct source *source = builder->source;
    struct view view = {.source = source, .repaired = piece->repaired, .last = piece->repaired};
    for (int i = piece->repaired; i < source->repaired_count; i++) {
        int line = source->origin[i];
        if (line > piece->last_line)
            break;
        struct str whole = line ? source->lines[line - 1] : (struct str){"", 0};
        if (str_find_nocase(whole, "</script", 0) < whole.n ||
            str_find_nocase(whole, "</style", 0) < whole.n)
            view.shown_from = i;
        view.last = i;
    }
    return view;
}

static void see_word(struct view *view, size_t at, size_t bytes)
{
    struct str word = str_slice(view->line, at, at + bytes);
    if (view->words.n == 0 && str_trim(word).n == 0)
        return;
    if (view->words.n == 0)
        view->first = at;
    if (view->words.n == 0 || view->heads <= 0)
        view->head = view->heads > 0;
    view->cell |= view->open_cell;
    if (html_entity_bytes(word) == bytes)
        html_add_entity(&view->words, word);
    else
        text_add(&view->words, word);
}

/* The tag at a place of the line, with its length; 0 when there is none. */
static size_t see_tag(struct view *view, size_t at)
{
    size_t bytes = 0;
    bool closing = false;
    struct str rest = str_from(view->line, at);
    enum html_tag tag = html_tag_of(rest, &bytes, &closing);
    int step = closing ? -1 : 1;
    if (tag == HTML_HEAD)
        view->heads += step;
    if (tag == HTML_HIDDEN && (closing || view->repaired - 1 <= view->shown_from))
        view->hidden += step;
    if (tag == HTML_CELL)
        view->open_cell = !closing;
    if (str_starts(rest, "<!--"))
        view->comment = !str_ends(str_slice(rest, 0, bytes), "-->");
    if (tag == HTML_CODE && view->hidden <= 0) {
        view->first = view->words.n ? view->first : at;
        text_byte(&view->words, '`');
    }
    bool parted = view->words.n == 0 || byte_is_blank(view->words.p[view->words.n - 1]);
    if ((tag == HTML_BREAK || tag >= HTML_PART) && !parted)
        text_byte(&view->words, ' ');
    return bytes;
}

/* Reads the next line of the block; false after the last one. */
static bool see_line(struct view *view, struct arena *arena)
{
    do {
        if (view->repaired > view->last)
            return false;
        view->number = view->source->origin[view->repaired++];
    } while (view->number == 0);
    view->whole = view->source->lines[view->number - 1];
    view->line = str_from(view->whole, marks_front(view->whole).end);
    text_init(&view->words, arena, LINE_BYTES_MAX);
    view->first = 0;
    view->head = view->cell = false;
    for (size_t at = 0; at < view->line.n;) {
        if (view->comment) {
            size_t end = str_find(view->line, "-->", at);
            view->comment = end == view->line.n;
            at = end == view->line.n ? end : end + 3;
            continue;
        }
        size_t bytes = view->line.p[at] == '<' ? see_tag(view, at) : 0;
        if (bytes == 0) {
            size_t entity = html_entity_bytes(str_from(view->line, at));
            bytes = entity ? entity : 1;
            if (view->hidden <= 0)
                see_word(view, at, bytes);
        }
        at += bytes;
    }
    return true;
}

static void read_sentence(struct builder *builder, const struct piece *piece,
                          const struct sentence_place *place, const struct view *view)
{
    struct sentence *sentence = &builder->sentence;
    sentence_begin(sentence, builder->arena, place, str_trim(text_str(&view->words)));
    sentence->base.line = sentence->base.last_line = view->number;
    sentence->base.column = (int)(view->line.p - view->whole.p + (ptrdiff_t)view->first) + 1;
    if (piece->parent >= 0)
        sentence->base.parent = builder->statement_of[piece->parent];
    sentence_net(sentence);
}

/* Does a cell of the block look like a rule, or name a level? */
static bool holds_rules(struct builder *builder, const struct piece *piece,
                        const struct sentence_place *place)
{
    struct view view = view_of(builder, piece);
    while (see_line(&view, builder->arena)) {
        if (!view.cell || str_trim(text_str(&view.words)).n == 0)
            continue;
        read_sentence(builder, piece, place, &view);
        if (builder->sentence.made[0].kind == STATEMENT_UNCLEAR)
            return true;
    }
    return false;
}

static void find_table(struct builder *builder, const struct statement *first)
{
    builder_find(
        builder,
        (struct finding){
            .level = FINDING_ERROR,
            .line = first->line,
            .column = first->column,
            .code = "html-table",
            .text = STR("A table in HTML that looks like rules begins here, and nothing in it is "
                        "enforced. Write it as a Markdown table, for example \"| Severity | "
                        "Description | Response time |\".")});
}

void html_read(struct builder *builder, const struct piece *piece)
{
    struct sentence_place place = {.path = builder->path, .heading = builder->heading};
    bool rules = holds_rules(builder, piece, &place);
    bool found = false;
    struct view view = view_of(builder, piece);
    while (see_line(&view, builder->arena)) {
        if (str_trim(text_str(&view.words)).n == 0)
            continue;
        read_sentence(builder, piece, &place, &view);
        struct statement *made = &builder->sentence.made[0];
        if (view.head && made->kind == STATEMENT_GUIDANCE)
            made->kind = STATEMENT_STRUCTURE;
        if (!rules || !view.cell) {
            (void)builder_add_sentence(builder);
            continue;
        }
        made->kind = STATEMENT_UNCLEAR;
        if (!found)
            find_table(builder, made);
        found = true;
        (void)builder_add(builder, *made);
    }
}

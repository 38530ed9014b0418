/* page_inline.c - words within a block as HTML: emphasis, code, links, pictures, references. Links
 * lead to http, https, mailto or a heading of the document; every other address is only told. */
#include "face/page_document.h"

enum { ADDRESS_BYTES_MAX = 4096 };

static bool is_safe_address(struct str address)
{
    return str_starts_nocase(address, "http://") || str_starts_nocase(address, "https://") ||
           str_starts_nocase(address, "mailto:");
}

/* Letters and digits of both are the same: GitHub's anchors drop and change everything else. */
static bool names_heading(struct str anchor, struct str heading)
{
    size_t a = 0;
    size_t h = 0;
    bool any = false;
    for (;;) {
        while (a < anchor.n && !byte_is_alnum(anchor.p[a]))
            a += anchor.p[a] == '%' ? 3 : 1;
        while (h < heading.n && !byte_is_alnum(heading.p[h]))
            h++;
        if (a >= anchor.n || h >= heading.n)
            return any && a >= anchor.n && h >= heading.n;
        if (byte_lower(anchor.p[a++]) != byte_lower(heading.p[h++]))
            return false;
        any = true;
    }
}

/* Line of the heading that "#anchor" means, or 0. */
static int heading_line(const struct program *program, struct str anchor)
{
    for (int i = 0; i < program->count; i++) {
        const struct statement *statement = &program->statements[i];
        if (statement->heading_level > 0 && names_heading(anchor, statement->text))
            return statement->line;
    }
    return 0;
}

/* The opening tag of a link; words without one when the address is not for following. */
static struct open_span link_span(struct document *document, const MD_ATTRIBUTE *attribute)
{
    struct text tag;
    struct str address = {attribute->text ? attribute->text : "", attribute->size};
    text_init(&tag, document->text->arena, 6 * ADDRESS_BYTES_MAX);
    address = str_slice(address, 0, ADDRESS_BYTES_MAX);
    int line =
        str_starts(address, "#") ? heading_line(document->view->program, str_from(address, 1)) : 0;
    bool may_link = document->links == 0;
    if (may_link && line > 0) {
        text_printf(&tag, "<a href=\"#L%d\">", line);
    } else if (may_link && is_safe_address(address)) {
        text_adds(&tag, "<a rel=\"noreferrer noopener\" href=\"");
        text_html(&tag, address);
        text_adds(&tag, "\">");
    } else {
        text_adds(&tag, "<span class=\"address\" title=\"");
        text_html(&tag, address);
        text_adds(&tag, "\">");
        return (struct open_span){text_str(&tag), "</span>"};
    }
    return (struct open_span){text_str(&tag), "</a>"};
}

static void push_span(struct document *document, struct open_span span)
{
    if (document->span_count == SPANS_MAX) {
        document->too_many_spans = true;
        return;
    }
    document->spans[document->span_count++] = span;
    text_add(&document->leaf, span.tag);
}

/* A picture is told and linked, not loaded. */
static void enter_image(struct document *document, const MD_SPAN_IMG_DETAIL *detail)
{
    if (document->images++ > 0)
        return;
    struct open_span span = link_span(document, &detail->src);
    push_span(document, span);
    document->links++;
    text_adds(&document->leaf, "Picture: ");
}

void inline_enter(struct document *document, MD_SPANTYPE type, void *detail)
{
    if (type == MD_SPAN_IMG) {
        enter_image(document, detail);
        return;
    }
    if (document->images > 0)
        return;
    switch (type) {
    case MD_SPAN_EM: push_span(document, (struct open_span){STR("<em>"), "</em>"}); break;
    case MD_SPAN_STRONG:
        push_span(document, (struct open_span){STR("<strong>"), "</strong>"});
        break;
    case MD_SPAN_CODE: push_span(document, (struct open_span){STR("<code>"), "</code>"}); break;
    case MD_SPAN_DEL: push_span(document, (struct open_span){STR("<del>"), "</del>"}); break;
    case MD_SPAN_A:
        push_span(document, link_span(document, &((MD_SPAN_A_DETAIL *)detail)->href));
        document->links++;
        break;
    case MD_SPAN_IMG:
    case MD_SPAN_LATEXMATH:
    case MD_SPAN_LATEXMATH_DISPLAY:
    case MD_SPAN_WIKILINK:
    case MD_SPAN_U: break;
    }
}

void inline_leave(struct document *document, MD_SPANTYPE type)
{
    if (type == MD_SPAN_IMG && --document->images > 0)
        return;
    if (document->images > 0)
        return;
    if (type == MD_SPAN_A || type == MD_SPAN_IMG)
        document->links--;
    if (document->span_count > 0)
        text_adds(&document->leaf, document->spans[--document->span_count].end);
}

/* A hard break begins a row of its own, which may have its own state; what was marked stays
 * marked. Within a heading it is only a break. */
static void break_row(struct document *document)
{
    const char *tag = document->tag;
    if (document->in_row || tag[0] == 'h') {
        text_adds(&document->leaf, "<br>");
        return;
    }
    for (int i = document->span_count - 1; i >= 0; i--)
        text_adds(&document->leaf, document->spans[i].end);
    document_leaf_close(document);
    document_leaf_open(document, tag, "again");
    for (int i = 0; i < document->span_count; i++)
        text_add(&document->leaf, document->spans[i].tag);
}

/* Is this the name of an element of HTML? Others, such as <service-name>, are words of the document
 * that want to be read. */
static bool is_element(struct str name)
{
    static const char *const names[] = {
        "a",      "abbr",   "article", "aside",    "audio",  "b",       "blockquote", "body",
        "br",     "button", "caption", "center",   "cite",   "code",    "col",        "colgroup",
        "dd",     "del",    "details", "dfn",      "div",    "dl",      "dt",         "em",
        "figure", "font",   "footer",  "form",     "h1",     "h2",      "h3",         "h4",
        "h5",     "h6",     "head",    "header",   "hr",     "html",    "i",          "iframe",
        "img",    "input",  "ins",     "kbd",      "label",  "li",      "link",       "main",
        "mark",   "meta",   "nav",     "noscript", "object", "ol",      "p",          "picture",
        "pre",    "q",      "s",       "samp",     "script", "section", "small",      "source",
        "span",   "strike", "strong",  "style",    "sub",    "summary", "sup",        "svg",
        "table",  "tbody",  "td",      "tfoot",    "th",     "thead",   "tr",         "tt",
        "u",      "ul",     "var",     "video"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is_nocase(name, names[i]))
            return true;
    return false;
}

static struct str element_name(struct str tag)
{
    size_t from = tag.n > 1 && tag.p[1] == '/' ? 2 : 1;
    size_t to = from;
    while (to < tag.n && byte_is_alnum(tag.p[to]))
        to++;
    bool ends = to >= tag.n || byte_is_blank(tag.p[to]) || tag.p[to] == '>' || tag.p[to] == '/' ||
                tag.p[to] == '\n';
    return ends ? str_slice(tag, from, to) : STR("");
}

/* What ends the tag or comment at the front of s, or NULL when it is neither. */
static const char *end_of_tag(struct document *document, struct str s)
{
    if (str_starts(s, "<!--"))
        return "-->";
    struct str name = element_name(s);
    if (s.p[0] != '<' || !is_element(name))
        return NULL;
    if (str_is_nocase(name, "br"))
        text_adds(&document->leaf, "<br>");
    return ">";
}

/* Of blanks and line ends between tags one is left. */
static void add_words(struct text *leaf, struct str words)
{
    bool was_blank = leaf->n == 0 || leaf->p[leaf->n - 1] == '\n' || leaf->p[leaf->n - 1] == ' ' ||
                     str_ends(text_str(leaf), "</span>");
    if (str_trim(words).n > 0)
        text_html_visible(leaf, words);
    else if (!was_blank)
        text_byte(leaf, words.p[words.n - 1]);
}

/* Of HTML only the words are shown. A tag may go on in the next piece of text. */
static void html_text(struct document *document, struct str words)
{
    struct str rest = words;
    while (rest.n > 0) {
        if (!document->html_end)
            document->html_end = end_of_tag(document, rest);
        if (document->html_end) {
            size_t end = str_find(rest, document->html_end, 0);
            if (end >= rest.n)
                return;
            rest = str_from(rest, end + strlen(document->html_end));
            document->html_end = NULL;
            continue;
        }
        size_t next = str_find_byte(rest, '<', 1);
        add_words(&document->leaf, str_slice(rest, 0, next));
        rest = str_from(rest, next);
    }
}

void inline_text(struct document *document, MD_TEXTTYPE type, struct str words)
{
    document_place(document, words);
    switch (type) {
    case MD_TEXT_BR: break_row(document); break;
    case MD_TEXT_SOFTBR: text_byte(&document->leaf, '\n'); break;
    case MD_TEXT_HTML: html_text(document, words); break;
    case MD_TEXT_ENTITY: text_add(&document->leaf, words); break;
    case MD_TEXT_NULLCHAR: break;
    case MD_TEXT_NORMAL:
    case MD_TEXT_CODE:
    case MD_TEXT_LATEXMATH: text_html_visible(&document->leaf, words); break;
    }
}

void html_inline_write(struct text *text, struct str words)
{
    bool in_code = false;
    size_t ticks = 0;
    for (size_t i = 0; i < words.n; i++)
        ticks += words.p[i] == '`';
    struct str rest = words;
    struct str part;
    for (size_t left = ticks; str_split(&rest, '`', &part); left--) {
        text_html_visible(text, part);
        if (left == 0)
            break;
        bool opens = !in_code && left > 1;
        if (!opens && !in_code) {
            text_byte(text, '`');
            continue;
        }
        text_adds(text, in_code ? "</code>" : "<code>");
        in_code = !in_code;
    }
}

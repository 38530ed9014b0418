/* page_document.h - what the two halves of the document's writer share: blocks and words.
 *
 * Promises: nothing of the runbook reaches the page unescaped except character references, which
 * are text. Refuses: use outside of page_document.c and page_inline.c. */
#ifndef FACE_PAGE_DOCUMENT_H
#define FACE_PAGE_DOCUMENT_H

#include "face/page_internal.h"
#include "runbook/source.h"

#include <md4c.h>

enum { SPANS_MAX = 64, LISTS_MAX = 4 * LIMIT_RUNBOOK_NESTING };

struct open_span {
    struct str tag; /* as opened, for opening it again after a line break */
    const char *end;
};

struct document_item { /* a list item whose first words are still to come */
    bool is_task, is_ticked;
};

struct document {
    struct text *text;
    const struct page_view *view;
    struct source source;
    struct text leaf;          /* the words being collected, as HTML */
    int first_line, last_line; /* of the leaf; 0: nothing placed yet */
    bool in_leaf;
    const char *tag; /* of the leaf: "p", "h2", "div" */
    const char *class_name;
    int addressed; /* lines up to this one have an id */
    int statement; /* first one without its live cell */

    struct open_span spans[SPANS_MAX];
    int span_count;
    int links, images; /* open ones */
    bool too_many_spans;

    struct document_item item;
    bool item_waits;

    bool in_row, in_head;
    const char *html_end; /* what ends the tag or comment that is open, or NULL */

    bool in_code;
    struct str *code; /* lines so far */
    size_t code_count, code_capacity;
    int code_first; /* source line of code[0], or 0 */
};

/* Begins and ends the words of a block (page_document.c). */
void document_leaf_open(struct document *document, const char *tag, const char *class_name);
void document_leaf_close(struct document *document);

/* Words within a block (page_inline.c): the callbacks' halves. */
void inline_enter(struct document *document, MD_SPANTYPE type, void *detail);
void inline_leave(struct document *document, MD_SPANTYPE type);
void inline_text(struct document *document, MD_TEXTTYPE type, struct str words);
/* Source line of a pointer into the text that is parsed; 0 when it points elsewhere. */
int document_line_of(const struct document *document, const char *p);
void document_place(struct document *document, struct str words);

#endif

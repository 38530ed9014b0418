/* html.h - the HTML that stands in Markdown: its tags, its named characters.
 *
 * Promises: a tag of HTML is told from a placeholder in angle brackets ("<pod-name>").
 * Refuses: unknown names: they stay as they are written. */
#ifndef RUNBOOK_HTML_H
#define RUNBOOK_HTML_H

#include "base/text.h"

enum html_tag {
    HTML_NONE,    /* no tag: a placeholder, a sign */
    HTML_COMMENT, /* also declarations: nothing that people see */
    HTML_BREAK,
    HTML_CODE,
    HTML_WORDS,  /* stands inside of sentences */
    HTML_PART,   /* parts a page, and is written inside of sentences too */
    HTML_BLOCK,  /* from here on: never inside of a sentence */
    HTML_HEAD,   /* head cells, titles and summaries: what stands inside is no sentence */
    HTML_HIDDEN, /* styles and scripts */
    HTML_CELL
};

/* What the markup that text begins with is; *out_bytes is its length, *out_closing tells "</td>"
 * from "<td>". A tag that text does not end takes all of it. */
enum html_tag html_tag_of(struct str text, size_t *out_bytes, bool *out_closing);
/* Adds the character that an entity ("&ge;", "&#62;") stands for, or the entity as written. */
void html_add_entity(struct text *text, struct str entity);
/* Length of the entity that text begins with, or 0. */
size_t html_entity_bytes(struct str text);

#endif

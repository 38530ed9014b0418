/* outline.h - the Markdown structure of a runbook as a flat list of pieces with places.
 *
 * Promises: headings, paragraphs, list items with nesting and boxes, table rows with cells and
 * fenced lines, each with its source lines and column; emphasis and list marks are gone, code spans
 * keep their backticks. A fence that is never closed is an error that names where it opens.
 * Refuses: meaning. What no piece covers (rules, fence marks, separators) is structure. */
#ifndef RUNBOOK_OUTLINE_H
#define RUNBOOK_OUTLINE_H

#include "runbook/source.h"

enum piece_kind { PIECE_HEADING, PIECE_TEXT, PIECE_HEAD_ROW, PIECE_ROW, PIECE_CODE, PIECE_HTML };

struct piece {
    enum piece_kind kind;
    int line, last_line, column; /* source lines from 1; column in bytes from 1 */
    int repaired;                /* index of the first line in source->origin */
    struct str text;
    int level; /* PIECE_HEADING */
    bool in_list, ordered, box;
    bool first_in_item; /* the item's own words, not a later paragraph of it */
    bool bold;          /* every word stands in bold */
    bool struck;        /* every word is struck out, or some are: */
    bool partly_struck;
    int number;        /* order within its list, from the number that the list begins with */
    int parent;        /* piece that holds the enclosing list item's words, or -1 */
    struct str *cells; /* PIECE_HEAD_ROW, PIECE_ROW */
    int cell_count;
    int written; /* cells of the row in the source: it is ragged when its head has others */
    int head;    /* PIECE_ROW: the piece of its header row */
    struct str
        language; /* PIECE_CODE: lower case; its lines are line..last_line, without the marks */
    bool fenced;  /* PIECE_CODE: between fence marks, not merely indented */
};

struct outline {
    struct piece *pieces;
    size_t count;
};

MUST_USE bool outline_read(struct arena *arena, const struct source *source,
                           struct outline *out_outline, struct err *err);

#endif

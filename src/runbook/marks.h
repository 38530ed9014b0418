/* marks.h - what a single line of Markdown begins with, before anything is known of its place.
 *
 * Promises: one pass over the line, nothing kept. Refuses: saying what the line is; that depends on
 * the lines above it. */
#ifndef RUNBOOK_MARKS_H
#define RUNBOOK_MARKS_H

#include "base/str.h"

/* The marks of lists and quotes at the front of a line. Columns count from 0, tabs to the next
 * fourth. */
struct front {
    size_t end;    /* index behind the last mark and the blanks after it */
    int indent;    /* column of the first mark or word */
    int column;    /* column of what stands at end */
    int content;   /* column of what stands behind the first list mark; -1 without one */
    int quotes;    /* quote marks */
    int marks;     /* quote and list marks */
    bool may_nest; /* the first list mark is a bullet or the number one */
    bool tabs;     /* a tab stands among the blanks */
};

struct front marks_front(struct str line);
/* A rule made of marks ("* * * * *") is no list. */
bool marks_are_rule(struct str line);
/* The fence mark that text begins with: its character and length, or 0. *out_info gets the rest. */
char marks_fence(struct str text, size_t *out_length, struct str *out_info);
/* Number of columns of a table's separator row, or 0 when the line is none. */
int marks_separator(struct str line);
/* Number of cells of a table row: bars that are escaped or stand in a code span part none. */
int marks_cells(struct str line);
/* A list mark that Markdown does not know, at the front of text and followed by a blank: a bullet,
 * a digit in a key, "a." Its bytes, or 0; *out_number is the number it says, 0 for a bullet. */
size_t marks_of_others(struct str text, int *out_number);
/* A line that stands for itself whatever follows it: "!!! note", "[!NOTE]", ":::", a template's
 * tag. *out_box: lines indented below it belong to it. */
bool marks_alone(struct str text, bool *out_box);

#endif

/* lines.h - the content lines of a calendar file (RFC 5545, 3.1): unfolded, with name, parameters
 * and value.
 *
 * Promises: CRLF and LF end a line, a line that begins with a blank or a tab goes on from the one
 * before, also in the middle of a name; reads nothing beyond the text; a line of over
 * ICAL_LINE_BYTES is cut and says so. Refuses: to know what lines mean. */
#ifndef ICAL_LINES_H
#define ICAL_LINES_H

#include "base/str.h"

enum { ICAL_LINE_BYTES = 64 * 1024 };

struct ical_line {
    struct str name;   /* "DTSTART" */
    struct str params; /* ";TZID=Europe/Berlin", or "" */
    struct str value;
    size_t number; /* of its first line in the file, from 1 */
    bool is_cut;
};

struct ical_lines {
    struct arena *arena; /* of lines that are folded */
    struct str rest;
    size_t number; /* of lines read */
};

/* Empty lines are passed over. False: there are no more. A line without ":" has an empty name. */
MUST_USE bool ical_next_line(struct ical_lines *lines, struct ical_line *out_line);
/* The value of a parameter, its quotes taken off; "": it has none. Names in any case. */
struct str ical_param(const struct ical_line *line, const char *name);
/* TEXT as it is meant: \n, \; \, and \\ undone, control characters as blanks, what is no UTF-8 as
 * question marks; at most max_bytes. */
struct str ical_text(struct arena *arena, struct str value, size_t max_bytes);

#endif

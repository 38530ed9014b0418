/* text.h - building a text with a stated maximum.
 *
 * Promises: what was written is NUL-terminated and at most max_bytes long; a text that met its
 * maximum stays whole up to the last complete call and says so (text_full).
 * Refuses: escaping by the caller: html and json escaping live with their writers here. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/str.h"

struct text {
    struct arena *arena;
    char *p;
    size_t n;
    size_t capacity;
    size_t max_bytes;
    bool full;
};

void text_init(struct text *text, struct arena *arena, size_t max_bytes);
void text_add(struct text *text, struct str s);
/* Makes room for size_bytes more at once; only a saving, never a limit. */
void text_reserve(struct text *text, size_t size_bytes);
/* Lengthens the text by size_bytes that the caller fills now; NULL when they do not fit. */
char *text_extend(struct text *text, size_t size_bytes);
void text_adds(struct text *text, const char *s);
void text_byte(struct text *text, char c);
void text_printf(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
void text_int(struct text *text, int64_t value); /* decimal */
/* Escapes & < > " ' for HTML text and attribute values. */
void text_html(struct text *text, struct str s);
/* What nobody sees, and yet changes what is seen, becomes <U+202E>: what a terminal obeys, what
 * turns the writing round, what has no width. Line ends and tabs stay. In prose, joiners and
 * variation selectors stay where they belong, beside a letter or sign that is not ASCII; with all
 * (commands, values) they do not, and blanks that are no blank of a command line are shown, too. */
enum { TEXT_VISIBLE_GROWS = 9 }; /* times as long, at most: "<U+0001>" */
void text_visible(struct text *text, struct str s, bool all);
/* The same for HTML. */
void text_html_visible(struct text *text, struct str s);
/* The same; s itself where nothing is hidden. */
struct str str_visible(struct arena *arena, struct str s, bool all);
/* Of one line, whatever others wrote into it: line ends and tabs become <U+000A>, too, so that
 * nobody can forge the next line. What is hidden is shown as in prose. */
struct str str_visible_line(struct arena *arena, struct str s);
/* Is there anything in it that text_visible would write otherwise? */
bool str_has_hidden(struct str s, bool all);
/* Where the first of that stands from from on, and what it is; s.n: nowhere. */
size_t str_find_hidden(struct str s, size_t from, bool all, unsigned *out_code, size_t *out_bytes);
/* The character at the byte at, which must be below s.n; gives its bytes. Of UTF-8. */
size_t str_code(struct str s, size_t at, unsigned *out_code);
/* Shortest decimal form that reads back as the same double ("5", "0.1", "1e+30"). */
void text_real(struct text *text, double value);
/* Lines of more than columns characters are broken at blanks, and go on 4 further in than they
 * began; a word stays whole, where it is when no line has room for it. */
void text_wrap(struct text *text, struct str s, size_t columns);
struct str text_str(const struct text *text); /* valid until the arena is reset */
bool text_full(const struct text *text);      /* something did not fit */

#endif

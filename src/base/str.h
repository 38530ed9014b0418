/* str.h - text as pointer and length.
 *
 * Promises: functions here never read beyond n and never allocate unless they take an arena.
 * Strings made in an arena are also NUL-terminated; slices are not. ASCII case only: no locale. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t n;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
/* For printf: "%.*s", STR_ARGS(s) */
#define STR_ARGS(s) (int)((s).n > 1000000 ? 1000000 : (s).n), ((s).p ? (s).p : "")

/* A view of a C string; NULL gives the empty string. */
static inline struct str str_of(const char *text)
{
    return (struct str){text ? text : "", text ? strlen(text) : 0};
}
static inline bool str_equal(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool str_is(struct str a, const char *text)
{
    return str_equal(a, str_of(text));
}
bool str_equal_nocase(struct str a, struct str b);
bool str_is_nocase(struct str a, const char *text);
int str_compare(struct str a, struct str b); /* bytewise: <0, 0, >0 */
static inline bool str_starts(struct str s, const char *prefix)
{
    size_t n = strlen(prefix);
    return s.n >= n && (n == 0 || memcmp(s.p, prefix, n) == 0);
}
bool str_starts_nocase(struct str s, const char *prefix);
static inline bool str_ends(struct str s, const char *suffix)
{
    size_t n = strlen(suffix);
    return s.n >= n && (n == 0 || memcmp(s.p + s.n - n, suffix, n) == 0);
}
/* Index of the first occurrence at or after from, or s.n when there is none. */
size_t str_find(struct str s, const char *needle, size_t from);
size_t str_find_nocase(struct str s, const char *needle, size_t from);
static inline size_t str_find_byte(struct str s, char byte, size_t from)
{
    const char *at =
        from < s.n ? (const char *)memchr(s.p + from, (unsigned char)byte, s.n - from) : NULL;
    return at ? (size_t)(at - s.p) : s.n;
}
/* [from, to), clamped. */
static inline struct str str_slice(struct str s, size_t from, size_t to)
{
    if (to > s.n)
        to = s.n;
    if (from > to)
        from = to;
    return (struct str){from ? s.p + from : s.p, to - from}; /* NULL has no byte to pass over */
}
static inline struct str str_from(struct str s, size_t from)
{
    return str_slice(s, from, s.n);
}
struct str str_trim(struct str s); /* blanks, tabs, CR and LF at both ends */
/* Takes the part before the first separator off the front of *rest. False when *rest is used up
 * (rest->p becomes NULL after the last part). */
bool str_split(struct str *rest, char separator, struct str *out_part);

struct str str_copy(struct arena *arena, struct str s);
/* Keeps s in an array of size_bytes with NUL, cut between characters. */
void str_keep(char *to, size_t size_bytes, struct str s);
/* As much of s as max_bytes hold, cut between characters. */
struct str str_cut(struct str s, size_t max_bytes);
/* How many characters valid UTF-8 has; the first most of them. */
size_t str_characters(struct str s);
struct str str_cut_characters(struct str s, size_t most);
struct str str_lower(struct arena *arena, struct str s);
struct str str_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/* Whole string is one number; no sign before '-', no blanks. False on overflow, outputs untouched.
 */
MUST_USE bool str_int(struct str s, int64_t *out_value);
/* Decimal number with optional fraction and exponent, rounded to the nearest double; "inf"/"nan"
 * and what needs more than 2048 digits are refused. Locale-free. */
MUST_USE bool str_real(struct str s, double *out_value);

/* Is s valid UTF-8 (no surrogates, no overlong forms)? *out_bad_at (may be NULL) gets the byte
 * index. */
MUST_USE bool str_utf8_valid(struct str s, size_t *out_bad_at);
/* How many letters must be changed, added, dropped or swapped to make b of a, in any case; most + 1
 * when it is more than most, or a text is longer than STR_DISTANCE_BYTES_MAX. */
enum { STR_DISTANCE_BYTES_MAX = 63 };
size_t str_distance(struct str a, struct str b, size_t most);
bool str_is_ascii(struct str s);
uint64_t str_hash(struct str s); /* FNV-1a, for tables whose keys are limited in number */

static inline bool byte_is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static inline bool byte_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline bool byte_is_alnum(char c)
{
    return byte_is_digit(c) || byte_is_alpha(c);
}
static inline bool byte_is_blank(char c)
{
    return c == ' ' || c == '\t';
}
static inline char byte_lower(char c)
{
    return (c >= 'A' && c <= 'Z') ? (char)(c + 32) : c;
}

#endif

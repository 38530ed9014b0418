/* str.c - text as pointer and length. */
#include "base/str.h"

#include <endian.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The longest decimal of a double, 1e-323 in full, has fewer. */
enum { REAL_BYTES_MAX = 2048, PRINTF_FIRST_BYTES = 512 };

static bool equal_nocase(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (byte_lower(a[i]) != byte_lower(b[i]))
            return false;
    return true;
}

bool str_equal_nocase(struct str a, struct str b)
{
    return a.n == b.n && equal_nocase(a.p, b.p, a.n);
}

/* Is text the prefix of s? *out_bytes is its length then. Most differ in their first byte, before
 * the length of text need be known. */
static bool begins_nocase(struct str s, const char *text, size_t *out_bytes)
{
    size_t i = 0;
    for (; text[i]; i++)
        if (i == s.n || byte_lower(s.p[i]) != byte_lower(text[i]))
            return false;
    *out_bytes = i;
    return true;
}

bool str_is_nocase(struct str a, const char *text)
{
    size_t n = 0;
    return text ? begins_nocase(a, text, &n) && n == a.n : a.n == 0;
}

int str_compare(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    if (order != 0)
        return order;
    return a.n < b.n ? -1 : a.n > b.n;
}

bool str_starts_nocase(struct str s, const char *prefix)
{
    size_t n = 0;
    return begins_nocase(s, prefix, &n);
}

size_t str_find(struct str s, const char *needle, size_t from)
{
    size_t n = strlen(needle);
    if (n == 0)
        return from < s.n ? from : s.n;
    for (size_t i = str_find_byte(s, needle[0], from); i + n <= s.n;
         i = str_find_byte(s, needle[0], i + 1))
        if (memcmp(s.p + i, needle, n) == 0)
            return i;
    return s.n;
}

/* The first place from i on, and before end, where the byte with the bits of small is first; eight
 * bytes at a time. */
static size_t pass_others(struct str s, size_t i, size_t end, char first, char small)
{
    const uint64_t ones = 0x0101010101010101u;
    for (; i + 8 <= end; i += 8) {
        uint64_t eight;
        memcpy(&eight, s.p + i, 8);
        eight = (le64toh(eight) | ones * (unsigned char)small) ^ ones * (unsigned char)first;
        uint64_t zero = (eight - ones) & ~eight & ones << 7;
        if (zero)
            return i + (size_t)__builtin_ctzll(zero) / 8;
    }
    while (i < end && (s.p[i] | small) != first)
        i++;
    return i;
}

size_t str_find_nocase(struct str s, const char *needle, size_t from)
{
    size_t n = strlen(needle);
    char first = byte_lower(needle[0]);
    char small = byte_is_alpha(first) ? 0x20 : 0; /* the bit that makes a letter small */
    if (n == 0)
        return from <= s.n ? from : s.n;
    for (size_t i = from; i + n <= s.n; i++) {
        i = pass_others(s, i, s.n - n + 1, first, small);
        if (i + n <= s.n && equal_nocase(s.p + i + 1, needle + 1, n - 1))
            return i;
    }
    return s.n;
}

static bool is_space(char c)
{
    const uint64_t spaces = (uint64_t)1 << ' ' | 1 << '\t' | 1 << '\r' | 1 << '\n';
    return (unsigned char)c <= ' ' && (spaces >> c & 1);
}

struct str str_trim(struct str s)
{
    size_t from = 0;
    size_t to = s.n;
    while (from < to && is_space(s.p[from]))
        from++;
    while (to > from && is_space(s.p[to - 1]))
        to--;
    return str_slice(s, from, to);
}

bool str_split(struct str *rest, char separator, struct str *out_part)
{
    if (!rest->p)
        return false;
    size_t at = str_find_byte(*rest, separator, 0);
    *out_part = str_slice(*rest, 0, at);
    *rest = at < rest->n ? str_from(*rest, at + 1) : (struct str){NULL, 0};
    return true;
}

struct str str_copy(struct arena *arena, struct str s)
{
    char *copy = arena_alloc(arena, s.n + 1);
    if (s.n)
        memcpy(copy, s.p, s.n);
    return (struct str){copy, s.n};
}

struct str str_cut(struct str s, size_t max_bytes)
{
    size_t n = s.n < max_bytes ? s.n : max_bytes;
    while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xC0) == 0x80)
        n--;
    return str_slice(s, 0, n);
}

static bool begins_character(char byte)
{
    return ((unsigned char)byte & 0xC0) != 0x80;
}

size_t str_characters(struct str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++)
        count += begins_character(s.p[i]);
    return count;
}

struct str str_cut_characters(struct str s, size_t most)
{
    size_t count = 0;
    size_t n = 0;
    while (n < s.n && count + begins_character(s.p[n]) <= most)
        count += begins_character(s.p[n++]);
    return str_slice(s, 0, n);
}

void str_keep(char *to, size_t size_bytes, struct str s)
{
    struct str kept = str_cut(s, size_bytes - 1);
    if (kept.p && kept.n)
        memcpy(to, kept.p, kept.n);
    to[kept.n] = '\0';
}

struct str str_lower(struct arena *arena, struct str s)
{
    char *copy = arena_alloc(arena, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        copy[i] = byte_lower(s.p[i]);
    return (struct str){copy, s.n};
}

struct str str_printf(struct arena *arena, const char *format, ...)
{
    char first[PRINTF_FIRST_BYTES]; /* most fit, and are written once */
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(first, sizeof first, format, args);
    va_end(args);
    size_t size = n > 0 ? (size_t)n : 0;
    char *copy = arena_alloc(arena, size + 1);
    if (size < sizeof first)
        memcpy(copy, first, size);
    else
        (void)vsnprintf(copy, size + 1, format, again);
    va_end(again);
    return (struct str){copy, size};
}

bool str_int(struct str s, int64_t *out_value)
{
    bool negative = s.n > 0 && s.p[0] == '-';
    size_t i = negative ? 1 : 0;
    if (i == s.n)
        return false;
    int64_t value = 0;
    for (; i < s.n; i++) {
        if (!byte_is_digit(s.p[i]))
            return false;
        int digit = s.p[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    if (!negative && __builtin_sub_overflow(0, value, &value))
        return false;
    *out_value = value;
    return true;
}

/* digits × 10^scale; inexact: digits beyond the nineteenth were left out. */
struct decimal {
    uint64_t digits;
    int scale;
    bool inexact;
};

/* Reads digits, counting those after the point; false when there is none. */
static bool read_digits(struct str s, size_t *i, struct decimal *decimal, bool fraction)
{
    size_t start = *i;
    for (; *i < s.n && byte_is_digit(s.p[*i]); (*i)++) {
        uint64_t digit = (uint64_t)(s.p[*i] - '0');
        if (decimal->digits < 1000000000000000000u) {
            decimal->digits = decimal->digits * 10 + digit;
            decimal->scale -= fraction ? 1 : 0;
        } else {
            decimal->inexact = decimal->inexact || digit != 0;
            decimal->scale += fraction ? 0 : 1;
        }
    }
    return *i > start;
}

static bool read_exponent(struct str s, size_t *i, int *scale)
{
    (*i)++;
    int sign = 1;
    if (*i < s.n && (s.p[*i] == '-' || s.p[*i] == '+')) {
        sign = s.p[*i] == '-' ? -1 : 1;
        (*i)++;
    }
    int exponent = 0;
    size_t start = *i;
    while (*i < s.n && byte_is_digit(s.p[*i])) {
        if (exponent < 10000)
            exponent = exponent * 10 + (s.p[*i] - '0');
        (*i)++;
    }
    *scale += sign * exponent;
    return *i > start;
}

/* The number nearest to digits that are already known to be a decimal number. */
static bool round_exactly(struct str s, struct decimal decimal, double *out_value)
{
    /* Both factors are exact, so that the one operation rounds once. */
    static const double exact[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (!decimal.inexact && decimal.digits <= (uint64_t)1 << 53 && decimal.scale >= -22 &&
        decimal.scale <= 22) {
        double value = (double)decimal.digits;
        *out_value =
            decimal.scale < 0 ? value / exact[-decimal.scale] : value * exact[decimal.scale];
        return true;
    }
    char copy[REAL_BYTES_MAX + 1];
    if (s.n > REAL_BYTES_MAX)
        return false;
    memcpy(copy, s.p, s.n);
    copy[s.n] = '\0';
    *out_value = strtod(copy, NULL);
    return isfinite(*out_value);
}

bool str_real(struct str s, double *out_value)
{
    if (!s.p)
        return false;
    bool negative = s.n > 0 && s.p[0] == '-';
    if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
        s = (struct str){s.p + 1, s.n - 1};
    size_t i = 0;
    struct decimal decimal = {0};
    bool digits = read_digits(s, &i, &decimal, false);
    if (i < s.n && s.p[i] == '.') {
        i++;
        digits = read_digits(s, &i, &decimal, true) || digits;
    }
    if (!digits)
        return false;
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E') && !read_exponent(s, &i, &decimal.scale))
        return false;
    double value;
    if (i != s.n || !round_exactly(s, decimal, &value))
        return false;
    *out_value = negative ? -value : value;
    return true;
}

/* Length of the valid UTF-8 character at i, or 0. */
static size_t utf8_length(struct str s, size_t i)
{
    unsigned char c = (unsigned char)s.p[i];
    if (c < 0x80)
        return 1;
    size_t n = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    if (c < 0xC2 || c > 0xF4 || i + n > s.n)
        return 0;
    for (size_t k = 1; k < n; k++)
        if (((unsigned char)s.p[i + k] & 0xC0) != 0x80)
            return 0;
    unsigned char d = (unsigned char)s.p[i + 1];
    bool overlong = (c == 0xE0 && d < 0xA0) || (c == 0xF0 && d < 0x90);
    bool outside = (c == 0xED && d > 0x9F) || (c == 0xF4 && d > 0x8F);
    return overlong || outside ? 0 : n;
}

bool str_utf8_valid(struct str s, size_t *out_bad_at)
{
    for (size_t i = 0; i < s.n;) {
        uint64_t many[4];
        while (i + sizeof many <= s.n) { /* over what is ASCII */
            memcpy(many, s.p + i, sizeof many);
            if ((many[0] | many[1] | many[2] | many[3]) & 0x8080808080808080u)
                break;
            i += sizeof many;
        }
        if (i == s.n)
            break;
        if (i + 8 <= s.n) {
            uint64_t eight;
            memcpy(&eight, s.p + i, 8);
            uint64_t high = le64toh(eight) & 0x8080808080808080u;
            i += high ? (size_t)__builtin_ctzll(high) / 8 : 8;
            if (!high)
                continue;
        }
        size_t n = utf8_length(s, i);
        if (n == 0) {
            if (out_bad_at)
                *out_bad_at = i;
            return false;
        }
        i += n;
    }
    return true;
}

bool str_is_ascii(struct str s)
{
    const uint64_t high = 0x8080808080808080u;
    uint64_t all = 0;
    uint64_t eight;
    size_t i = 0;
    for (; i + 8 <= s.n; i += 8) {
        memcpy(&eight, s.p + i, 8);
        all |= eight;
    }
    for (; i < s.n; i++)
        all |= (uint64_t)(s.p[i] & 0x80);
    return (all & high) == 0;
}

uint64_t str_hash(struct str s)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < s.n; i++) {
        hash ^= (unsigned char)s.p[i];
        hash *= 1099511628211u;
    }
    return hash;
}

static size_t distance(struct str a, struct str b, size_t most)
{
    size_t rows[3][STR_DISTANCE_BYTES_MAX + 1] = {{0}};
    for (size_t j = 0; j <= b.n; j++)
        rows[0][j] = j;
    size_t least_above = 0;
    for (size_t i = 1; i <= a.n; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        size_t least = row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            bool same = byte_lower(a.p[i - 1]) == byte_lower(b.p[j - 1]);
            size_t best = above[j - 1] + (same ? 0 : 1);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && byte_lower(a.p[i - 1]) == byte_lower(b.p[j - 2]) &&
                byte_lower(a.p[i - 2]) == byte_lower(b.p[j - 1])) {
                size_t swapped = rows[(i + 1) % 3][j - 2] + 1;
                best = swapped < best ? swapped : best;
            }
            row[j] = best;
            least = best < least ? best : least;
        }
        if (least > most && least_above > most)
            return most + 1; /* a swap reaches two rows up */
        least_above = least;
    }
    size_t edits = rows[a.n % 3][b.n];
    return edits > most ? most + 1 : edits;
}

size_t str_distance(struct str a, struct str b, size_t most)
{
    size_t apart = a.n > b.n ? a.n - b.n : b.n - a.n;
    if (a.n > STR_DISTANCE_BYTES_MAX || b.n > STR_DISTANCE_BYTES_MAX || apart > most)
        return most + 1;
    return distance(a, b, most);
}

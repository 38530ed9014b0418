/* text.c - building a text with a stated maximum. */
#include "base/text.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

void text_init(struct text *text, struct arena *arena, size_t max_bytes)
{
    *text = (struct text){.arena = arena, .max_bytes = max_bytes};
    text->capacity = max_bytes < 64 ? max_bytes + 1 : 64;
    text->p = arena_alloc(arena, text->capacity);
}

/* Room for extra more bytes and the NUL, or the mark that the text is full. */
static bool make_room(struct text *text, size_t extra)
{
    if (text->full || extra > text->max_bytes - text->n) {
        text->full = true;
        return false;
    }
    size_t want = text->n + extra + 1;
    if (want > text->capacity)
        text->p = arena_grow(text->arena, text->p, &text->capacity, text->n + 1, want, 1);
    return true;
}

void text_reserve(struct text *text, size_t size_bytes)
{
    if (!text->full && size_bytes <= text->max_bytes - text->n)
        (void)make_room(text, size_bytes);
}

char *text_extend(struct text *text, size_t size_bytes)
{
    if (!make_room(text, size_bytes))
        return NULL;
    char *added = text->p + text->n;
    text->n += size_bytes;
    text->p[text->n] = '\0';
    return added;
}

void text_add(struct text *text, struct str s)
{
    if (s.n == 0 || !make_room(text, s.n))
        return;
    memcpy(text->p + text->n, s.p, s.n);
    text->n += s.n;
    text->p[text->n] = '\0';
}

void text_adds(struct text *text, const char *s)
{
    text_add(text, str_of(s));
}

void text_byte(struct text *text, char c)
{
    if (!make_room(text, 1))
        return;
    text->p[text->n++] = c;
    text->p[text->n] = '\0';
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    /* Where it fits into the room at hand it is written in one go. */
    size_t room = text->full ? 0 : text->capacity - text->n;
    int n = vsnprintf(room ? text->p + text->n : NULL, room, format, args);
    va_end(args);
    size_t added = n > 0 ? (size_t)n : 0;
    bool written = added < room;
    if (!make_room(text, added))
        added = 0;
    else if (!written)
        (void)vsnprintf(text->p + text->n, added + 1, format, again);
    text->n += added;
    text->p[text->n] = '\0';
    va_end(again);
}

void text_int(struct text *text, int64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        digits[--at] = '-';
    text_add(text, (struct str){digits + at, sizeof digits - at});
}

void text_html(struct text *text, struct str s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *name = NULL;
        switch (s.p[i]) {
        case '&': name = "&amp;"; break;
        case '<': name = "&lt;"; break;
        case '>': name = "&gt;"; break;
        case '"': name = "&quot;"; break;
        case '\'': name = "&#39;"; break;
        default: break;
        }
        if (!name)
            continue;
        text_add(text, str_slice(s, from, i));
        text_adds(text, name);
        from = i + 1;
    }
    text_add(text, str_from(s, from));
}

struct code_range {
    unsigned from, to;
};

static bool is_within(const struct code_range *ranges, size_t count, unsigned code)
{
    for (size_t i = 0; i < count && code >= ranges[i].from; i++)
        if (code <= ranges[i].to)
            return true;
    return false;
}

/* What a terminal obeys, what turns the writing round, and what has no width; in order. */
static const struct code_range unseen[] = {
    {0, 8},           {0xb, 0x1f},      {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},
    {0x61c, 0x61c},   {0x115f, 0x1160}, {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},
    {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
    {0xffa0, 0xffa0}, {0xfff9, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};
/* What is taken for a blank and parts no words. */
static const struct code_range blanks[] = {{0xa0, 0xa0},     {0x1680, 0x1680}, {0x2000, 0x200a},
                                           {0x202f, 0x202f}, {0x205f, 0x205f}, {0x2800, 0x2800},
                                           {0x3000, 0x3000}};

/* In prose: joins letters of scripts that need it, or makes a picture of several; says how the sign
 * before it is drawn. It hides nothing there. */
static bool belongs(struct str s, size_t at, size_t bytes, unsigned code)
{
    bool behind = at > 0 && (unsigned char)s.p[at - 1] >= 0x80;
    bool before = at + bytes < s.n && (unsigned char)s.p[at + bytes] >= 0x80;
    if (code == 0x200c || code == 0x200d)
        return behind && before;
    return code >= 0xfe00 && code <= 0xfe0f && (behind || before);
}

size_t str_code(struct str s, size_t at, unsigned *out_code)
{
    unsigned char first = (unsigned char)s.p[at];
    size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    if (bytes > s.n - at)
        bytes = 1;
    unsigned code = bytes > 1 ? first & (0x7fu >> bytes) : first;
    for (size_t k = 1; k < bytes; k++)
        code = code << 6 | ((unsigned char)s.p[at + k] & 0x3f);
    *out_code = code;
    return bytes;
}

size_t str_find_hidden(struct str s, size_t from, bool all, unsigned *out_code, size_t *out_bytes)
{
    for (size_t i = from; i < s.n; i += *out_bytes) {
        *out_bytes = str_code(s, i, out_code);
        bool is_unseen = is_within(unseen, sizeof unseen / sizeof *unseen, *out_code);
        if (all && (is_unseen || is_within(blanks, sizeof blanks / sizeof *blanks, *out_code)))
            return i;
        if (is_unseen && !belongs(s, i, *out_bytes, *out_code))
            return i;
    }
    return s.n;
}

bool str_has_hidden(struct str s, bool all)
{
    unsigned code = 0;
    size_t bytes = 0;
    return str_find_hidden(s, 0, all, &code, &bytes) < s.n;
}

void text_visible(struct text *text, struct str s, bool all)
{
    unsigned code = 0;
    size_t bytes = 0;
    for (size_t from = 0; from < s.n; from += bytes) {
        size_t at = str_find_hidden(s, from, all, &code, &bytes);
        text_add(text, str_slice(s, from, at));
        if (at == s.n)
            return;
        text_printf(text, "<U+%04X>", code);
        from = at;
    }
}

void text_html_visible(struct text *text, struct str s)
{
    struct text shown;
    if (!str_has_hidden(s, false)) {
        text_html(text, s);
        return;
    }
    text_init(&shown, text->arena, TEXT_VISIBLE_GROWS * s.n);
    text_visible(&shown, s, false);
    text_html(text, text_str(&shown));
}

struct str str_visible(struct arena *arena, struct str s, bool all)
{
    struct text shown;
    if (!str_has_hidden(s, all))
        return s;
    text_init(&shown, arena, TEXT_VISIBLE_GROWS * s.n);
    text_visible(&shown, s, all);
    return text_str(&shown);
}

struct str str_visible_line(struct arena *arena, struct str s)
{
    struct text shown;
    struct str rest = s;
    if (str_find_byte(s, '\n', 0) == s.n && str_find_byte(s, '\t', 0) == s.n)
        return str_visible(arena, s, false);
    text_init(&shown, arena, TEXT_VISIBLE_GROWS * s.n);
    for (size_t end = 0; rest.n > 0; rest = str_from(rest, end)) {
        for (end = 0; end < rest.n && rest.p[end] != '\n' && rest.p[end] != '\t';)
            end++;
        text_visible(&shown, str_slice(rest, 0, end), false);
        if (end < rest.n)
            text_printf(&shown, "<U+%04X>", (unsigned)rest.p[end++]);
    }
    return text_str(&shown);
}

static size_t count_characters(struct str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++)
        count += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return count;
}

static void wrap_line(struct text *text, struct str line, size_t columns)
{
    enum { FURTHER = 4, LEAST = 20 };
    size_t indent = 0;
    while (indent < line.n && line.p[indent] == ' ')
        indent++;
    size_t column = 0;
    bool wraps = indent + FURTHER + LEAST <= columns && count_characters(line) > columns;
    for (size_t at = 0; wraps && at < line.n;) {
        size_t word = at;
        while (word < line.n && line.p[word] == ' ')
            word++;
        size_t end = str_find_byte(line, ' ', word);
        size_t width = count_characters(str_slice(line, at, end));
        bool fits = indent + FURTHER + width - (word - at) <= columns;
        if (column > indent && column + width > columns && fits && word < line.n) {
            text_printf(text, "\n%*s", (int)(indent + FURTHER), "");
            column = indent + FURTHER;
            width -= word - at;
            at = word;
        }
        text_add(text, str_slice(line, at, end));
        column += width;
        at = end;
    }
    if (!wraps)
        text_add(text, line);
}

void text_wrap(struct text *text, struct str s, size_t columns)
{
    for (size_t at = 0; at < s.n;) {
        size_t end = str_find_byte(s, '\n', at);
        wrap_line(text, str_slice(s, at, end), columns);
        if (end < s.n)
            text_byte(text, '\n');
        at = end + 1;
    }
}

/* A value of up to six decimals: whole / 10^places is rounded once, as reading the decimal is, so
 * where it gives the value, the decimal reads back as it; with at most 15 digits and no zero at the
 * end it is the shortest. */
static bool add_short_decimal(struct text *text, double value)
{
    static const int64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    double size = fabs(value);
    if (!(size >= 1e-4 && size < 1e8))
        return false;
    size_t places = 1;
    double whole = round(size * 10);
    while (whole / (double)powers[places] != size) {
        if (++places > 6)
            return false;
        whole = round(size * (double)powers[places]);
    }
    if (value < 0)
        text_byte(text, '-');
    text_int(text, (int64_t)whole / powers[places]);
    int64_t fraction = (int64_t)whole % powers[places];
    char *digits = text_extend(text, places + 1);
    if (!digits)
        return true;
    digits[0] = '.';
    for (; places > 0; places--, fraction /= 10)
        digits[places] = (char)('0' + fraction % 10);
    return true;
}

static bool write_digits(char out_digits[40], int precision, double value)
{
    double again;
    (void)snprintf(out_digits, 40, "%.*g", precision, value);
    return str_real(str_of(out_digits), &again) && again == value;
}

/* %g leaves out zeros at the end, and of at most 15 digits only one decimal reads back as a normal
 * double: so 15 give the shortest form of all that have fewer. Subnormals have fewer digits. */
void text_real(struct text *text, double value)
{
    char digits[40];
    if (value == floor(value) && fabs(value) < 1e15) {
        text_int(text, (int64_t)value);
        return;
    }
    if (add_short_decimal(text, value))
        return;
    int precision = fabs(value) < DBL_MIN ? 1 : write_digits(digits, 16, value) ? 15 : 17;
    while (!write_digits(digits, precision, value) && precision < 17)
        precision++;
    text_adds(text, digits);
}

struct str text_str(const struct text *text)
{
    return (struct str){text->p, text->n};
}

bool text_full(const struct text *text)
{
    return text->full;
}

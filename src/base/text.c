/* text.c - building a text with a stated maximum. */
#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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
    text->p =
        arena_grow(text->arena, text->p, &text->capacity, text->n + 1, text->n + extra + 1, 1);
    return true;
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
    text_add(text, (struct str){&c, 1});
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n > 0 && make_room(text, (size_t)n)) {
        (void)vsnprintf(text->p + text->n, (size_t)n + 1, format, again);
        text->n += (size_t)n;
    }
    va_end(again);
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

void text_real(struct text *text, double value)
{
    char digits[40];
    if (value == floor(value) && fabs(value) < 1e15) {
        (void)snprintf(digits, sizeof digits, "%.0f", value == 0 ? 0.0 : value);
        text_adds(text, digits);
        return;
    }
    for (int precision = 1; precision <= 17; precision++) {
        (void)snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
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

/* work.c - results of an order: a detail is one clean line. */
#include "run/work.h"

#include <stdarg.h>
#include <stdio.h>

enum { DETAIL_BYTES = 400 };

struct str work_clean(struct arena *arena, struct str s)
{
    s = str_slice(str_trim(s), 0, DETAIL_BYTES);
    struct str copy = str_copy(arena, s);
    char *p = arena_alloc(arena, copy.n + 1);
    size_t bad = 0;
    memcpy(p, copy.p, copy.n);
    while (!str_utf8_valid((struct str){p, copy.n}, &bad)) {
        if (copy.n - bad < 4 && s.n == DETAIL_BYTES)
            copy.n = bad; /* a character that was cut in two */
        else
            p[bad] = '?';
    }
    for (size_t i = 0; i < copy.n; i++)
        if ((unsigned char)p[i] < 0x20 || p[i] == 0x7f)
            p[i] = ' ';
    while (copy.n > 0 && p[copy.n - 1] == ' ')
        copy.n--;
    p[copy.n] = '\0';
    return (struct str){p, copy.n};
}

struct order_result work_result(struct arena *arena, enum order_outcome outcome, const char *format,
                                ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    return (struct order_result){.outcome = outcome, .detail = work_clean(arena, str_of(line))};
}

/* err.c - filling and mapping errors. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Cuts at the last whole UTF-8 character when a text filled its buffer. */
static void trim_utf8(char *text, size_t size)
{
    size_t n = strlen(text);
    if (n + 1 < size)
        return;
    while (n > 0 && ((unsigned char)text[n - 1] & 0xC0) == 0x80)
        n--;
    if (n > 0 && (unsigned char)text[n - 1] >= 0xC0)
        n--;
    text[n] = '\0';
}

bool(err_set)(struct err *err, enum err_kind kind, const char *place, const char *format, ...)
{
    if (!err)
        return false;
    char text[sizeof err->text];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    trim_utf8(text, sizeof text);
    char at[sizeof err->place];
    (void)snprintf(at, sizeof at, "%s", place ? place : "");
    trim_utf8(at, sizeof at);
    memcpy(err->text, text, sizeof text);
    memcpy(err->place, at, sizeof at);
    err->kind = kind;
    return false;
}

int err_exit_code(enum err_kind kind)
{
    switch (kind) {
    case ERR_NONE: return 0;
    case ERR_USAGE: return 2;
    case ERR_REFUSED: return 3;
    case ERR_OUTSIDE: return 4;
    case ERR_DOUBT: return 5;
    case ERR_SELF: return 6;
    }
    return 6;
}

/* sentence_text.c - a text as its words are cut: without the picture that opens it, with the signs
 * of plain English. */
#include "runbook/sentence.h"

struct str text_without_picture(struct str text)
{
    size_t n = 0;
    /* Pictures and symbols begin with these bytes in UTF-8; words of no alphabet do. */
    while (n < text.n && ((unsigned char)text.p[n] == 0xF0 || (unsigned char)text.p[n] == 0xE2)) {
        size_t one = (unsigned char)text.p[n] == 0xF0 ? 4 : 3;
        if (one == 3 && (n + 1 >= text.n || (unsigned char)text.p[n + 1] < 0x8C))
            break; /* a dash, a quotation mark, an arrow or a comparison */
        n += one;
        if (str_starts(str_from(text, n), "\xEF\xB8\x8F"))
            n += 3; /* shown as a picture */
    }
    return n > 0 && n < text.n && text.p[n] == ' ' ? str_trim(str_from(text, n)) : text;
}

enum { DROPPED = '\x01' }; /* has no width: a break that nobody sees */

struct str text_plain(struct arena *arena, struct str text)
{
#define SIGN(bytes, to)                                                                            \
    {                                                                                              \
        bytes, sizeof(bytes) - 1, to                                                               \
    }
    static const struct {
        char bytes[4];
        unsigned char n;
        char to;
    } signs[] = {SIGN("\xC2\xA0", ' '),      SIGN("\xE2\x80\xAF", ' '),
                 SIGN("\xE2\x80\x89", ' '),  SIGN("\xE3\x80\x80", ' '),
                 SIGN("\xE2\x88\x92", '-'),  SIGN("\xE2\x80\x91", '-'),
                 SIGN("\xE2\x80\x99", '\''), SIGN("\xE2\x80\x8B", DROPPED),
                 SIGN("\xC2\xAD", DROPPED),  SIGN("\xEF\xBB\xBF", DROPPED)};
#undef SIGN
    if (str_is_ascii(text))
        return text;
    char *plain = arena_alloc(arena, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n;) {
        struct str rest = str_from(text, i);
        const unsigned char *p = (const unsigned char *)rest.p;
        size_t used = 1;
        char c = rest.p[0];
        if (!(c & 0x80)) {
            plain[n++] = c;
            i++;
            continue;
        }
        for (size_t k = 0; k < sizeof signs / sizeof signs[0]; k++)
            if (signs[k].bytes[0] == c && rest.n >= signs[k].n &&
                memcmp(rest.p, signs[k].bytes, signs[k].n) == 0) {
                c = signs[k].to;
                used = signs[k].n;
            }
        /* U+FF01 to U+FF5E are the printable letters once more, wide. */
        bool wide = used == 1 && rest.n >= 3 && p[0] == 0xEF && (p[1] == 0xBC || p[1] == 0xBD) &&
                    (p[1] == 0xBC ? p[2] >= 0x81 : p[2] <= 0x9E);
        if (wide) {
            c = (char)(p[2] - (p[1] == 0xBC ? 0x60 : 0x20));
            used = 3;
        }
        if (c != DROPPED)
            plain[n++] = c;
        i += used;
    }
    plain[n] = '\0';
    return (struct str){plain, n};
}

/* log_value.c - the escapes of a JSON string, resolved (RFC 8259, section 7). */
#include "telemetry/log_lines.h"

struct writer {
    char *p;
    size_t n, size;
};

static bool put(struct writer *w, const char *bytes, size_t n)
{
    if (w->size - w->n < n)
        return false;
    memcpy(w->p + w->n, bytes, n);
    w->n += n;
    return true;
}

static bool put_code(struct writer *w, uint32_t code)
{
    char bytes[4];
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (n == 1) {
        bytes[0] = (char)code;
        return put(w, bytes, 1);
    }
    for (size_t i = n; i-- > 1; code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    static const unsigned char first[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    bytes[0] = (char)(first[n] | code);
    return put(w, bytes, n);
}

/* Four hexadecimal digits at a place. */
static bool read_hex4(struct str s, size_t at, uint32_t *out_code)
{
    uint32_t code = 0;
    if (s.n < at + 4)
        return false;
    for (size_t i = at; i < at + 4; i++) {
        char c = byte_lower(s.p[i]);
        if (!byte_is_digit(c) && (c < 'a' || c > 'f'))
            return false;
        code = code * 16 + (uint32_t)(byte_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    *out_code = code;
    return true;
}

/* Behind "\u": writes the character; the bytes used, 0 when it is none. */
static size_t put_unicode(struct writer *w, struct str s, size_t at, bool *out_fits)
{
    uint32_t code;
    uint32_t low;
    if (!read_hex4(s, at, &code))
        return 0;
    size_t used = 4;
    if (code >= 0xd800 && code < 0xdc00 && s.n > at + 5 && s.p[at + 4] == '\\' &&
        s.p[at + 5] == 'u' && read_hex4(s, at + 6, &low) && low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        used = 10;
    } else if (code >= 0xd800 && code < 0xe000) {
        code = '?';
    }
    *out_fits = put_code(w, code);
    return used;
}

struct str log_value_text(const struct log_value *value, char *buffer, size_t size_bytes)
{
    struct str s = value->text;
    if (value->type != JSON_STRING || !value->escaped)
        return s;
    struct writer w = {.p = buffer, .size = size_bytes};
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    size_t at = 0;
    bool fits = true;
    while (at < s.n && fits) {
        size_t end = str_find_byte(s, '\\', at);
        size_t n = end - at < w.size - w.n ? end - at : w.size - w.n;
        fits = put(&w, s.p + at, n) && n == end - at;
        at = end + 1;
        if (!fits || at >= s.n)
            break;
        char c = s.p[at++];
        const char *known = memchr(from, c, sizeof from - 1);
        if (known) {
            fits = put(&w, &to[known - from], 1);
            continue;
        }
        size_t used = c == 'u' ? put_unicode(&w, s, at, &fits) : 0;
        if (used == 0)
            fits = put(&w, "?", 1);
        at += used;
    }
    return (struct str){buffer, w.n};
}

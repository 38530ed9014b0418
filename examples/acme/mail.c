/* mail.c - reading a received mail well enough to show it (RFC 5322, 2045, 2047). */
#include "mail.h"

enum { MAIL_PARTS_DEEP = 4 };

static size_t find_body(struct str raw, size_t *out_head_end)
{
    size_t crlf = str_find(raw, "\r\n\r\n", 0);
    size_t lf = str_find(raw, "\n\n", 0);
    *out_head_end = crlf < lf ? crlf + 2 : lf < raw.n ? lf + 1 : raw.n;
    return crlf < lf ? crlf + 4 : lf < raw.n ? lf + 2 : raw.n;
}

struct str mail_header(struct arena *arena, struct str head, const char *name)
{
    struct text value;
    text_init(&value, arena, head.n + 1);
    bool inside = false;
    struct str line;
    struct str rest = head;
    while (str_split(&rest, '\n', &line)) {
        bool folded = line.n > 0 && byte_is_blank(line.p[0]);
        if (inside && !folded)
            break;
        size_t colon = str_find_byte(line, ':', 0);
        if (inside) {
            text_byte(&value, ' ');
            text_add(&value, str_trim(line));
        } else if (!folded && str_is_nocase(str_slice(line, 0, colon), name)) {
            inside = true;
            text_add(&value, str_trim(str_from(line, colon + 1)));
        }
    }
    return text_str(&value);
}

static int hex_value(char c)
{
    if (byte_is_digit(c))
        return c - '0';
    char low = byte_lower(c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* underscores: in headers they stand for blanks. */
static void decode_quoted(struct text *out, struct str s, bool underscores)
{
    for (size_t i = 0; i < s.n; i++) {
        int high = i + 2 < s.n && s.p[i] == '=' ? hex_value(s.p[i + 1]) : -1;
        int low = high >= 0 ? hex_value(s.p[i + 2]) : -1;
        if (low >= 0) {
            text_byte(out, (char)(high * 16 + low));
            i += 2;
        } else if (s.p[i] == '=' && i + 1 < s.n && s.p[i + 1] == '\n') {
            i += 1;
        } else if (s.p[i] == '=' && i + 2 < s.n && s.p[i + 1] == '\r' && s.p[i + 2] == '\n') {
            i += 2;
        } else {
            text_byte(out, underscores && s.p[i] == '_' ? ' ' : s.p[i]);
        }
    }
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (byte_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static void decode_base64(struct text *out, struct str s)
{
    unsigned bits = 0;
    int held = 0;
    for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
        int value = base64_value(s.p[i]);
        if (value < 0)
            continue;
        bits = (bits << 6 | (unsigned)value) & 0xFFFFFF;
        held += 6;
        if (held >= 8) {
            held -= 8;
            text_byte(out, (char)(bits >> held & 0xFF));
        }
    }
}

/* Decodes one "=?charset?B|Q?text?=" that starts at from; returns the index behind it, or from. */
static size_t decode_word(struct text *out, struct str s, size_t from)
{
    size_t charset = str_find_byte(s, '?', from + 2);
    size_t coding = str_find_byte(s, '?', charset + 1);
    size_t end = str_find(s, "?=", coding + 1);
    if (end >= s.n || coding != charset + 2)
        return from;
    struct str inner = str_slice(s, coding + 1, end);
    if (byte_lower(s.p[charset + 1]) == 'b')
        decode_base64(out, inner);
    else
        decode_quoted(out, inner, true);
    return end + 2;
}

static struct str decode_header(struct arena *arena, struct str s)
{
    struct text out;
    text_init(&out, arena, s.n + 1);
    size_t at = 0;
    while (at < s.n) {
        size_t word = str_find(s, "=?", at);
        struct str between = str_slice(s, at, word);
        if (at == 0 || word >= s.n || str_trim(between).n > 0)
            text_add(&out, between); /* blanks between two words are not part of the text */
        if (word >= s.n)
            break;
        at = decode_word(&out, s, word);
        if (at == word) {
            text_adds(&out, "=?");
            at = word + 2;
        }
    }
    return text_str(&out);
}

static struct str decode_body(struct arena *arena, struct str body, struct str encoding)
{
    struct text out;
    text_init(&out, arena, body.n + 1);
    if (str_is_nocase(encoding, "quoted-printable"))
        decode_quoted(&out, body, false);
    else if (str_is_nocase(encoding, "base64"))
        decode_base64(&out, body);
    else
        return body;
    return text_str(&out);
}

/* The boundary of a multipart type, or "". */
static struct str find_boundary(struct str type)
{
    size_t at = str_find_nocase(type, "boundary=", 0);
    if (!str_starts_nocase(type, "multipart/") || at >= type.n)
        return (struct str){0};
    struct str value = str_from(type, at + strlen("boundary="));
    if (value.n > 0 && value.p[0] == '"')
        return str_slice(value, 1, str_find_byte(value, '"', 1));
    return str_trim(str_slice(value, 0, str_find_byte(value, ';', 0)));
}

static struct str read_part(struct arena *arena, struct str raw, int depth, bool *out_plain);

static struct str read_parts(struct arena *arena, struct str body, struct str boundary, int depth,
                             bool *out_plain)
{
    const char *mark = str_printf(arena, "--%.*s", STR_ARGS(boundary)).p;
    struct str found = body;
    size_t at = str_find(body, mark, 0);
    for (bool first = true; at < body.n && !*out_plain; first = false) {
        size_t from = str_find_byte(body, '\n', at) + 1;
        size_t next = str_find(body, mark, from);
        struct str part = str_slice(body, from, next);
        if (from > body.n || str_starts(str_from(body, at + strlen(mark)), "--"))
            break;
        struct str text = read_part(arena, part, depth + 1, out_plain);
        if (first || *out_plain)
            found = text;
        at = next;
    }
    return found;
}

static struct str read_part(struct arena *arena, struct str raw, int depth, bool *out_plain)
{
    size_t head_end;
    struct str body = str_from(raw, find_body(raw, &head_end));
    struct str head = str_slice(raw, 0, head_end);
    struct str type = mail_header(arena, head, "Content-Type");
    struct str boundary = find_boundary(type);
    if (boundary.n > 0 && depth < MAIL_PARTS_DEEP)
        return read_parts(arena, body, boundary, depth, out_plain);
    *out_plain = type.n == 0 || str_starts_nocase(type, "text/plain");
    return decode_body(arena, body, mail_header(arena, head, "Content-Transfer-Encoding"));
}

struct mail mail_parse(struct arena *arena, struct str raw)
{
    size_t head_end;
    (void)find_body(raw, &head_end);
    struct str head = str_slice(raw, 0, head_end);
    bool plain = false;
    return (struct mail){
        .from = decode_header(arena, mail_header(arena, head, "From")),
        .to = decode_header(arena, mail_header(arena, head, "To")),
        .subject = decode_header(arena, mail_header(arena, head, "Subject")),
        .date = mail_header(arena, head, "Date"),
        .body = read_part(arena, raw, 0, &plain),
    };
}

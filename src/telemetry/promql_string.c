/* promql_string.c - reading and writing them as Prometheus's own lexer does. */
#include "telemetry/promql_string.h"

enum { SHOWN_BYTES = 120, CODE_POINTS = 0x110000, SURROGATES = 0xd800, SURROGATES_END = 0xe000 };

struct reader {
    struct str text;
    size_t at;
    char quote;
    struct text value;
    struct err *err;
};

static bool fail(const struct reader *reader, size_t at, size_t length, const char *words)
{
    return err_set(reader->err, ERR_USAGE, NULL, "the escape %.*s %s, at byte %zu of \"%.*s\"",
                   STR_ARGS(str_cut(str_slice(reader->text, at, at + length), SHOWN_BYTES)), words,
                   at + 1, STR_ARGS(str_cut(reader->text, SHOWN_BYTES)));
}

static int digit_of(char c)
{
    if (byte_is_digit(c))
        return c - '0';
    c = byte_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static void add_code(struct text *text, uint32_t code)
{
    static const struct {
        uint32_t below;
        unsigned char lead;
        int more;
    } lengths[] = {{0x80, 0, 0}, {0x800, 0xc0, 1}, {0x10000, 0xe0, 2}, {CODE_POINTS, 0xf0, 3}};
    size_t i = 0;
    while (code >= lengths[i].below)
        i++;
    text_byte(text, (char)(lengths[i].lead | code >> (6 * lengths[i].more)));
    for (int k = lengths[i].more; k > 0; k--)
        text_byte(text, (char)(0x80 | (code >> (6 * (k - 1)) & 0x3f)));
}

/* Digits from reader->at on; begin is where the backslash stands. */
static bool read_number(struct reader *reader, size_t begin, size_t digits, int base)
{
    uint32_t code = 0;
    for (size_t i = 0; i < digits; i++, reader->at++) {
        int digit = reader->at < reader->text.n ? digit_of(reader->text.p[reader->at]) : base;
        if (digit >= base)
            return fail(reader, begin, reader->at - begin,
                        base == 8     ? "has fewer than three octal digits"
                        : digits == 2 ? "has fewer than two hexadecimal digits"
                        : digits == 4 ? "has fewer than four hexadecimal digits"
                                      : "has fewer than eight hexadecimal digits");
        code = code * (uint32_t)base + (uint32_t)digit;
    }
    if (digits < 4 && code > 0xff)
        return fail(reader, begin, reader->at - begin, "is no byte: the last one is \\377");
    if (code >= CODE_POINTS || (code >= SURROGATES && code < SURROGATES_END))
        return fail(reader, begin, reader->at - begin, "is no code point of Unicode");
    if (digits < 4)
        text_byte(&reader->value, (char)code);
    else
        add_code(&reader->value, code);
    return true;
}

/* What one letter behind a backslash stands for; '\0': nothing. */
static char simple(char c, char quote)
{
    static const char letters[] = "abfnrtv\\";
    static const char bytes[] = "\a\b\f\n\r\t\v\\";
    for (size_t i = 0; i + 1 < sizeof letters; i++)
        if (c == letters[i])
            return bytes[i];
    return c == quote ? c : '\0';
}

static bool refuse(const struct reader *reader, size_t begin)
{
    size_t length = 1;
    unsigned code = 0;
    char c = reader->text.p[begin + 1];
    if (c == '"' || c == '\'')
        return fail(reader, begin, 2,
                    "is unknown to PromQL; this quote stands without a backslash");
    if (str_utf8_valid(reader->text, NULL))
        length = str_code(reader->text, begin + 1, &code);
    return fail(
        reader, begin, 1 + length,
        "is unknown to PromQL; write \\\\ for a backslash, or put the value in back quotes");
}

static bool read_escape(struct reader *reader)
{
    size_t begin = reader->at;
    if (begin + 1 >= reader->text.n)
        return fail(reader, begin, 1, "has no end");
    char c = reader->text.p[begin + 1];
    char plain = simple(c, reader->quote);
    if (c >= '0' && c <= '7') {
        reader->at++;
        return read_number(reader, begin, 3, 8);
    }
    reader->at += 2;
    switch (c) {
    case 'x': return read_number(reader, begin, 2, 16);
    case 'u': return read_number(reader, begin, 4, 16);
    case 'U': return read_number(reader, begin, 8, 16);
    default: break;
    }
    if (plain == '\0')
        return refuse(reader, begin);
    text_byte(&reader->value, plain);
    return true;
}

bool promql_string_begins(struct str text, size_t at)
{
    return at < text.n && (text.p[at] == '"' || text.p[at] == '\'' || text.p[at] == '`');
}

static bool fail_end(const struct reader *reader, size_t begin, const char *words)
{
    return err_set(reader->err, ERR_USAGE, NULL, "the quote at byte %zu of \"%.*s\" %s", begin + 1,
                   STR_ARGS(str_cut(reader->text, SHOWN_BYTES)), words);
}

bool promql_string_read(struct arena *arena, struct str text, size_t *at, struct str *out_value,
                        struct err *err)
{
    struct reader reader = {.text = text, .at = *at + 1, .quote = text.p[*at], .err = err};
    text_init(&reader.value, arena, text.n + 1);
    while (reader.at < text.n && text.p[reader.at] != reader.quote) {
        char c = text.p[reader.at];
        if (c == '\n' && reader.quote != '`')
            return fail_end(&reader, *at,
                            "is not closed on its line; write \\n for the end of a line");
        if (c == '\\' && reader.quote != '`') {
            if (!read_escape(&reader))
                return false;
            continue;
        }
        text_byte(&reader.value, c);
        reader.at++;
    }
    if (reader.at >= text.n)
        return fail_end(&reader, *at, "is not closed");
    *out_value = text_str(&reader.value);
    *at = reader.at + 1;
    return true;
}

static void write_valid(struct text *text, struct str value)
{
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        switch (c) {
        case '"': text_adds(text, "\\\""); break;
        case '\\': text_adds(text, "\\\\"); break;
        case '\n': text_adds(text, "\\n"); break;
        case '\r': text_adds(text, "\\r"); break;
        case '\t': text_adds(text, "\\t"); break;
        default:
            if ((unsigned char)c < ' ' || c == 0x7f)
                text_printf(text, "\\x%02x", (unsigned)(unsigned char)c);
            else
                text_byte(text, c);
        }
    }
}

void promql_string_write(struct text *text, struct str value)
{
    size_t bad = 0;
    text_byte(text, '"');
    while (!str_utf8_valid(value, &bad)) {
        write_valid(text, str_slice(value, 0, bad));
        text_printf(text, "\\x%02x", (unsigned)(unsigned char)value.p[bad]);
        value = str_from(value, bad + 1);
    }
    write_valid(text, value);
    text_byte(text, '"');
}

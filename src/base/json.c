/* json.c - reading and writing JSON. */
#include "base/json.h"

#include "base/instant.h"
#include "base/limits.h"

#include <endian.h>
#include <math.h>
#include <stdio.h>

struct reader {
    struct arena *arena;
    struct str in;
    size_t at;
    size_t depth;
    struct err *err;
};

static bool fail(struct reader *r, size_t at, const char *what)
{
    size_t line = 1;
    size_t column = 1;
    for (size_t i = 0; i < at && i < r->in.n; i++) {
        column++;
        if (r->in.p[i] == '\n') {
            line++;
            column = 1;
        }
    }
    char place[48];
    (void)snprintf(place, sizeof place, "%zu:%zu", line, column);
    return err_set(r->err, ERR_USAGE, place, "The JSON is not valid here: %s.", what);
}

static void skip_blank(struct reader *r)
{
    while (r->at < r->in.n &&
           (byte_is_blank(r->in.p[r->at]) || r->in.p[r->at] == '\n' || r->in.p[r->at] == '\r'))
        r->at++;
}

static bool hex4(struct reader *r, size_t at, uint32_t *out)
{
    uint32_t value = 0;
    if (at + 4 > r->in.n)
        return false;
    for (size_t i = at; i < at + 4; i++) {
        char c = byte_lower(r->in.p[i]);
        if (byte_is_digit(c))
            value = value * 16 + (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value * 16 + (uint32_t)(c - 'a') + 10;
        else
            return false;
    }
    *out = value;
    return true;
}

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* The escape behind the backslash at r->at; writes up to 4 bytes. */
static bool read_escape(struct reader *r, char *out, size_t *out_n)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    size_t at = r->at + 1;
    if (at >= r->in.n)
        return fail(r, r->at, "a string does not end");
    const char *simple = memchr(from, r->in.p[at], sizeof from - 1);
    if (simple) {
        out[0] = to[simple - from];
        *out_n = 1;
        r->at += 2;
        return true;
    }
    uint32_t c = 0;
    if (r->in.p[at] != 'u' || !hex4(r, at + 1, &c))
        return fail(r, r->at, "an unknown escape");
    r->at += 6;
    if (c >= 0xD800 && c < 0xDC00) {
        uint32_t low = 0;
        if (r->at + 6 > r->in.n || r->in.p[r->at] != '\\' || r->in.p[r->at + 1] != 'u' ||
            !hex4(r, r->at + 2, &low) || low < 0xDC00 || low > 0xDFFF)
            return fail(r, r->at, "half of a surrogate pair");
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        r->at += 6;
    } else if (c >= 0xDC00 && c < 0xE000) {
        return fail(r, r->at, "half of a surrogate pair");
    }
    *out_n = put_utf8(out, c);
    return true;
}

static bool read_string(struct reader *r, struct str *out)
{
    size_t start = ++r->at;
    size_t end = start;
    bool escaped = false;
    while (end < r->in.n && r->in.p[end] != '"') {
        if ((unsigned char)r->in.p[end] < 0x20)
            return fail(r, end, "a control character in a string");
        if (r->in.p[end] == '\\') {
            escaped = true;
            end++;
        }
        end++;
    }
    if (end >= r->in.n)
        return fail(r, start, "a string does not end");
    if (!escaped) {
        *out = str_slice(r->in, start, end);
        r->at = end + 1;
        return true;
    }
    char *copy = arena_alloc(r->arena, end - start + 1);
    size_t n = 0;
    while (r->at < end) {
        size_t more = 1;
        if (r->in.p[r->at] == '\\') {
            if (!read_escape(r, copy + n, &more))
                return false;
        } else {
            copy[n] = r->in.p[r->at++];
        }
        n += more;
    }
    r->at = end + 1;
    *out = (struct str){copy, n};
    return true;
}

static size_t skip_digits(struct str s, size_t at)
{
    while (at < s.n && byte_is_digit(s.p[at]))
        at++;
    return at;
}

static bool read_number(struct reader *r, struct json *value)
{
    size_t start = r->at;
    size_t at = start;
    if (r->in.p[at] == '-')
        at++;
    size_t digits = at;
    at = skip_digits(r->in, at);
    if (at == digits || (r->in.p[digits] == '0' && at > digits + 1))
        return fail(r, start, "a number must have digits and no leading zero");
    if (at < r->in.n && r->in.p[at] == '.') {
        size_t fraction = at + 1;
        at = skip_digits(r->in, fraction);
        if (at == fraction)
            return fail(r, start, "digits are missing after the point");
    }
    if (at < r->in.n && byte_lower(r->in.p[at]) == 'e') {
        size_t exponent = at + 1;
        if (exponent < r->in.n && (r->in.p[exponent] == '+' || r->in.p[exponent] == '-'))
            exponent++;
        at = skip_digits(r->in, exponent);
        if (at == exponent)
            return fail(r, start, "digits are missing in the exponent");
    }
    value->type = JSON_NUMBER;
    value->text = str_slice(r->in, start, at);
    if (!str_real(value->text, &value->number))
        return fail(r, start, "a number out of range");
    r->at = at;
    return true;
}

static bool read_value(struct reader *r, struct json *value);

/* Refuses a second member of the same name; small objects by looking, large ones by a map. */
static bool has_key(const struct json *object, struct str key)
{
    for (const struct json *c = object->first; c; c = c->next)
        if (str_equal(c->key, key))
            return true;
    return false;
}

static bool read_key(struct reader *r, const struct json *object, struct json *child)
{
    size_t at = r->at;
    if (at >= r->in.n || r->in.p[at] != '"')
        return fail(r, at, "a member name in quotes is wanted");
    if (!read_string(r, &child->key))
        return false;
    if (object->count >= LIMIT_JSON_MEMBERS)
        return fail(r, at, "an object has too many members");
    if (has_key(object, child->key))
        return fail(r, at, "a member name stands twice");
    skip_blank(r);
    if (r->at >= r->in.n || r->in.p[r->at] != ':')
        return fail(r, r->at, "a colon is wanted");
    r->at++;
    return true;
}

static bool read_children(struct reader *r, struct json *parent, char close)
{
    struct json **tail = &parent->first;
    r->at++;
    skip_blank(r);
    if (r->at < r->in.n && r->in.p[r->at] == close) {
        r->at++;
        return true;
    }
    for (;;) {
        struct json *child = arena_make(r->arena, struct json);
        skip_blank(r);
        if (close == '}' && !read_key(r, parent, child))
            return false;
        if (!read_value(r, child))
            return false;
        *tail = child;
        tail = &child->next;
        parent->count++;
        skip_blank(r);
        if (r->at < r->in.n && r->in.p[r->at] == close) {
            r->at++;
            return true;
        }
        if (r->at >= r->in.n || r->in.p[r->at] != ',')
            return fail(r, r->at,
                        close == '}' ? "a comma or } is wanted" : "a comma or ] is wanted");
        r->at++;
    }
}

static bool read_word(struct reader *r, struct json *value)
{
    static const struct {
        const char *word;
        enum json_type type;
    } words[] = {{"null", JSON_NULL}, {"true", JSON_TRUE}, {"false", JSON_FALSE}};
    for (size_t i = 0; i < 3; i++) {
        if (!str_starts(str_from(r->in, r->at), words[i].word))
            continue;
        value->type = words[i].type;
        r->at += strlen(words[i].word);
        return true;
    }
    return fail(r, r->at, "a value is wanted");
}

static bool read_value(struct reader *r, struct json *value)
{
    skip_blank(r);
    if (r->at >= r->in.n)
        return fail(r, r->at, "the text ends where a value is wanted");
    value->offset = r->at;
    char c = r->in.p[r->at];
    if (c == '{' || c == '[') {
        if (++r->depth > LIMIT_JSON_DEPTH)
            return fail(r, r->at, "it is nested too deeply");
        value->type = c == '{' ? JSON_OBJECT : JSON_ARRAY;
        bool done = read_children(r, value, c == '{' ? '}' : ']');
        r->depth--;
        return done;
    }
    if (c == '"') {
        value->type = JSON_STRING;
        return read_string(r, &value->text);
    }
    if (c == '-' || byte_is_digit(c))
        return read_number(r, value);
    return read_word(r, value);
}

bool json_parse(struct arena *arena, struct str input, struct json **out_root, struct err *err)
{
    struct reader r = {.arena = arena, .in = input, .err = err};
    size_t bad = 0;
    if (!str_utf8_valid(input, &bad))
        return fail(&r, bad, "the text is not UTF-8");
    struct json *root = arena_make(arena, struct json);
    if (!read_value(&r, root))
        return false;
    skip_blank(&r);
    if (r.at != input.n)
        return fail(&r, r.at, "text follows after the value");
    *out_root = root;
    return true;
}

const struct json *json_get(const struct json *object, const char *key)
{
    if (!object || object->type != JSON_OBJECT)
        return NULL;
    for (const struct json *c = object->first; c; c = c->next)
        if (str_is(c->key, key))
            return c;
    return NULL;
}

struct str json_get_str(const struct json *object, const char *key)
{
    const struct json *value = json_get(object, key);
    return value && value->type == JSON_STRING ? value->text : STR("");
}

bool json_get_int(const struct json *object, const char *key, int64_t *out_value)
{
    const struct json *value = json_get(object, key);
    if (!value || value->type != JSON_NUMBER)
        return false;
    if (str_int(value->text, out_value))
        return true;
    if (value->number != floor(value->number) || fabs(value->number) > 9e15)
        return false;
    *out_value = (int64_t)value->number;
    return true;
}

static const bool must_escape[256] = {[0 ... 0x1F] = true, ['"'] = true, ['\\'] = true};

/* Marks the high bit of zero bytes; may mark those above 0x7F and those behind a marked one too. */
static uint64_t mark_zero(uint64_t eight)
{
    return (eight - 0x0101010101010101u) & 0x8080808080808080u;
}

/* Index of the first byte at or after from that must be escaped, or s.n: eight at a time, with a
 * closer look at the first that is marked. */
static size_t plain_until(struct str s, size_t from)
{
    while (from + 8 <= s.n) {
        uint64_t eight;
        memcpy(&eight, s.p + from, 8);
        eight = le64toh(eight);
        uint64_t below_blank = (eight - 0x2020202020202020u) & 0x8080808080808080u;
        uint64_t marks = below_blank | mark_zero(eight ^ 0x2222222222222222u) |
                         mark_zero(eight ^ 0x5C5C5C5C5C5C5C5Cu);
        from += marks ? (size_t)__builtin_ctzll(marks) / 8 : 8;
        if (marks && must_escape[(unsigned char)s.p[from]])
            return from;
        from += marks ? 1 : 0;
    }
    while (from < s.n && !must_escape[(unsigned char)s.p[from]])
        from++;
    return from;
}

static void add_escape(struct text *text, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    static const char names[] = "\b\t\n\f\r\"\\";
    static const char letters[] = "btnfr\"\\";
    const char *named = c ? memchr(names, c, sizeof names - 1) : NULL;
    if (named)
        text_add(text, (struct str){(char[]){'\\', letters[named - names]}, 2});
    else
        text_add(text,
                 (struct str){(char[]){'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]}, 6});
}

/* s in quotes between what stands before and behind it, in one piece: nothing needs an escape. */
static void add_plain(struct text *text, bool comma, struct str s, bool colon)
{
    char *at = text_extend(text, comma + s.n + 2 + colon);
    if (!at)
        return;
    if (comma)
        *at++ = ',';
    *at++ = '"';
    if (s.n)
        memcpy(at, s.p, s.n);
    at[s.n] = '"';
    if (colon)
        at[s.n + 1] = ':';
}

void json_quote(struct text *text, struct str s)
{
    size_t at = plain_until(s, 0);
    if (at == s.n) {
        add_plain(text, false, s, false);
        return;
    }
    text_byte(text, '"');
    for (size_t from = 0;;) {
        text_add(text, str_slice(s, from, at));
        if (at == s.n)
            break;
        add_escape(text, (unsigned char)s.p[at]);
        from = at + 1;
        at = plain_until(s, from);
    }
    text_byte(text, '"');
}

static void begin(struct json_writer *w, const char *key)
{
    struct str name = str_of(key);
    bool comma = w->comma;
    w->comma = true;
    if (key && plain_until(name, 0) == name.n) {
        add_plain(w->text, comma, name, true);
        return;
    }
    if (comma)
        text_byte(w->text, ',');
    if (key) {
        json_quote(w->text, name);
        text_byte(w->text, ':');
    }
}

void json_open_object(struct json_writer *w, const char *key)
{
    begin(w, key);
    text_byte(w->text, '{');
    w->comma = false;
}

void json_close_object(struct json_writer *w)
{
    text_byte(w->text, '}');
    w->comma = true;
}

void json_open_array(struct json_writer *w, const char *key)
{
    begin(w, key);
    text_byte(w->text, '[');
    w->comma = false;
}

void json_close_array(struct json_writer *w)
{
    text_byte(w->text, ']');
    w->comma = true;
}

void json_str(struct json_writer *w, const char *key, struct str value)
{
    begin(w, key);
    json_quote(w->text, value);
}

void json_int(struct json_writer *w, const char *key, int64_t value)
{
    begin(w, key);
    text_int(w->text, value);
}

void json_real(struct json_writer *w, const char *key, double value)
{
    begin(w, key);
    if (isfinite(value))
        text_real(w->text, value);
    else
        text_adds(w->text, "null");
}

void json_bool(struct json_writer *w, const char *key, bool value)
{
    begin(w, key);
    text_adds(w->text, value ? "true" : "false");
}

void json_null(struct json_writer *w, const char *key)
{
    begin(w, key);
    text_adds(w->text, "null");
}

void json_instant_us(struct json_writer *w, const char *key, int64_t us)
{
    char at[INSTANT_TEXT_BYTES];
    instant_write((struct instant){us}, at);
    begin(w, key);
    add_plain(w->text, false, (struct str){at, sizeof at - 1}, false);
}

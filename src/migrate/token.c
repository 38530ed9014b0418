/* token.c - the tokens of SQL, as PostgreSQL's scanner parts them. */
#include "migrate/token.h"

static bool is_name_start(char c)
{
    return byte_is_alpha(c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_name_byte(char c)
{
    return is_name_start(c) || byte_is_digit(c) || c == '$';
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

size_t sql_comment_end(struct str text, size_t at)
{
    if (str_starts(str_from(text, at), "--")) {
        while (at < text.n && text.p[at] != '\n' && text.p[at] != '\r')
            at++;
        return at;
    }
    if (!str_starts(str_from(text, at), "/*"))
        return at;
    size_t depth = 0;
    while (at < text.n) {
        if (str_starts(str_from(text, at), "/*")) {
            depth++;
            at += 2;
        } else if (str_starts(str_from(text, at), "*/")) {
            depth--;
            at += 2;
            if (depth == 0)
                return at;
        } else {
            at++;
        }
    }
    return text.n + 1;
}

static size_t skip_blank(struct str text, size_t at)
{
    while (text.p && at < text.n) {
        size_t behind = is_space(text.p[at]) ? at + 1 : sql_comment_end(text, at);
        if (behind == at)
            break;
        at = behind;
    }
    return at;
}

/* Behind the closing quote, which stands twice when it is meant; text.n + 1 when there is none. */
static size_t skip_quoted(struct str text, size_t at, bool escapes)
{
    char quote = text.p[at];
    for (at++; at < text.n; at++) {
        if (escapes && text.p[at] == '\\') {
            at++;
        } else if (text.p[at] == quote) {
            if (at + 1 == text.n || text.p[at + 1] != quote)
                return at + 1;
            at++;
        }
    }
    return text.n + 1;
}

/* A string goes on behind a line break, in the way in which it began. */
static size_t skip_string(struct str text, size_t at, bool escapes)
{
    at = skip_quoted(text, at, escapes);
    while (at < text.n) {
        size_t next = skip_blank(text, at);
        bool line = next <= text.n && str_find_byte(str_slice(text, at, next), '\n', 0) < next - at;
        if (!line || next >= text.n || text.p[next] != '\'')
            break;
        at = skip_quoted(text, next, escapes);
    }
    return at;
}

/* Behind "$tag$ … $tag$"; at when none begins here, text.n + 1 when it does not end. */
static size_t skip_dollars(struct str text, size_t at)
{
    size_t end = at + 1;
    if (end < text.n && is_name_start(text.p[end]))
        while (end < text.n && is_name_byte(text.p[end]) && text.p[end] != '$')
            end++;
    if (end >= text.n || text.p[end] != '$')
        return at;
    struct str tag = str_slice(text, at, end + 1);
    for (size_t i = end + 1; i + tag.n <= text.n; i++)
        if (str_equal(str_slice(text, i, i + tag.n), tag))
            return i + tag.n;
    return text.n + 1;
}

static struct sql_token token_of(enum sql_token_kind kind, size_t from, size_t to, struct str text)
{
    if (to > text.n)
        return (struct sql_token){.kind = SQL_OPEN_END, .from = from, .to = text.n};
    return (struct sql_token){.kind = kind, .from = from, .to = to};
}

/* E'…', N'…', B'…', X'…', U&'…', U&"…": a letter that belongs to the quote behind it; how many
 * bytes, else 0. */
static size_t prefix_of(struct str rest)
{
    char first = byte_lower(rest.p[0]);
    if (first == 'u' && rest.n > 2 && rest.p[1] == '&' && (rest.p[2] == '\'' || rest.p[2] == '"'))
        return 2;
    return rest.n > 1 && rest.p[1] == '\'' && memchr("enbx", first, 4) ? 1 : 0;
}

static struct sql_token next_name(struct str text, size_t at)
{
    struct str rest = str_from(text, at);
    size_t prefix = prefix_of(rest);
    if (prefix > 0 && rest.p[prefix] == '\'')
        return token_of(SQL_STRING, at,
                        skip_string(text, at + prefix, byte_lower(rest.p[0]) == 'e'), text);
    if (prefix > 0) {
        struct sql_token token =
            token_of(SQL_NAME, at, skip_quoted(text, at + prefix, false), text);
        token.quoted = token.unicode = true;
        return token;
    }
    size_t end = at;
    while (end < text.n && is_name_byte(text.p[end]))
        end++;
    return token_of(SQL_NAME, at, end, text);
}

struct sql_token sql_next(struct str text, size_t at)
{
    at = skip_blank(text, at);
    if (at > text.n)
        return (struct sql_token){.kind = SQL_OPEN_END, .from = text.n, .to = text.n};
    if (at == text.n || !text.p)
        return (struct sql_token){.kind = SQL_END, .from = at, .to = at};
    char c = text.p[at];
    if (is_name_start(c))
        return next_name(text, at);
    if (c == '\'')
        return token_of(SQL_STRING, at, skip_string(text, at, false), text);
    if (c == '"') {
        struct sql_token token = token_of(SQL_NAME, at, skip_quoted(text, at, false), text);
        token.quoted = true;
        return token;
    }
    size_t behind = c == '$' ? skip_dollars(text, at) : at;
    if (behind > at)
        return token_of(SQL_STRING, at, behind, text);
    size_t end = at + 1;
    if (byte_is_digit(c)) /* 1e5, 0x1f: letters in it are no name */
        while (end < text.n && (is_name_byte(text.p[end]) || text.p[end] == '.'))
            end++;
    return token_of(SQL_OTHER, at, end, text);
}

struct sql_place sql_place_of(struct str block, size_t byte)
{
    struct sql_place place = {1, 1};
    for (size_t i = 0; i < byte && i < block.n; i++) {
        if (block.p[i] == '\n')
            place = (struct sql_place){place.line + 1, 1};
        else if (((unsigned char)block.p[i] & 0xC0) != 0x80)
            place.column++;
    }
    return place;
}

size_t sql_byte_of(struct str s, size_t character)
{
    size_t seen = 0;
    for (size_t i = 0; i < s.n; i++) {
        seen += ((unsigned char)s.p[i] & 0xC0) != 0x80;
        if (seen == character)
            return i;
    }
    return s.n;
}

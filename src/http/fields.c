/* fields.c - looking things up in a request: headers, cookies, form fields, where it came from. */
#include "http/request.h"

bool http_header_find(const struct http_request *request, const char *name, struct str *out_value)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (str_is_nocase(request->headers[i].name, name)) {
            *out_value = request->headers[i].value;
            return true;
        }
    }
    return false;
}

bool http_cookie_find(const struct http_request *request, const char *name, struct str *out_value)
{
    struct str rest;
    if (!http_header_find(request, "Cookie", &rest))
        return false;
    struct str part;
    while (str_split(&rest, ';', &part)) {
        part = str_trim(part);
        size_t equals = str_find_byte(part, '=', 0);
        if (equals < part.n && str_is(str_slice(part, 0, equals), name)) {
            *out_value = str_from(part, equals + 1);
            return true;
        }
    }
    return false;
}

static int hex_value(char c)
{
    if (byte_is_digit(c))
        return c - '0';
    c = byte_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool http_decode(struct arena *arena, struct str s, bool plus_is_blank, struct str *out_decoded)
{
    char *decoded = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%') {
            if (i + 2 >= s.n || hex_value(s.p[i + 1]) < 0 || hex_value(s.p[i + 2]) < 0)
                return false;
            c = (char)(hex_value(s.p[i + 1]) * 16 + hex_value(s.p[i + 2]));
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        bool is_control = (unsigned char)c < ' ' || c == 0x7f;
        if (is_control && !(plus_is_blank && (c == '\t' || c == '\r' || c == '\n')))
            return false;
        decoded[n++] = c;
    }
    struct str result = {decoded, n};
    if (!str_utf8_valid(result, NULL))
        return false;
    *out_decoded = result;
    return true;
}

bool http_form_find(struct arena *arena, struct str form, const char *name, struct str *out_value)
{
    struct str pair;
    while (str_split(&form, '&', &pair)) {
        size_t equals = str_find_byte(pair, '=', 0);
        struct str key;
        if (http_decode(arena, str_slice(pair, 0, equals), true, &key) && str_is(key, name))
            return http_decode(arena, str_from(pair, equals + 1), true, out_value);
    }
    return false;
}

bool http_is_way(struct str path)
{
    if (path.n > HTTP_WAY_BYTES || !str_starts(path, "/") || str_starts(path, "//") ||
        str_starts(path, "/\\"))
        return false;
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] <= ' ' || path.p[i] >= 127)
            return false;
    return true;
}

bool http_form_next(struct arena *arena, struct str *rest, struct str *out_name,
                    struct str *out_value)
{
    struct str pair;
    while (rest->n > 0 && str_split(rest, '&', &pair)) {
        size_t equals = str_find_byte(pair, '=', 0);
        if (http_decode(arena, str_slice(pair, 0, equals), true, out_name) &&
            http_decode(arena, str_from(pair, equals + 1), true, out_value))
            return true;
    }
    return false;
}

struct str http_host_name(struct str host)
{
    struct str name;
    struct str rest;
    if (host.n && host.p[0] == '[') {
        size_t end = str_find_byte(host, ']', 0);
        if (end == host.n)
            return STR("");
        name = str_slice(host, 1, end);
        rest = str_from(host, end + 1);
    } else {
        size_t end = str_find_byte(host, ':', 0);
        name = str_slice(host, 0, end);
        rest = str_from(host, end);
    }
    if (rest.n && rest.p[0] != ':')
        return STR("");
    for (size_t i = 1; i < rest.n; i++) {
        if (!byte_is_digit(rest.p[i]))
            return STR("");
    }
    return name;
}

bool http_request_is_cross_site(const struct http_request *request)
{
    struct str value;
    if (http_header_find(request, "Sec-Fetch-Site", &value))
        return !str_is(value, "same-origin") && !str_is(value, "none");
    if (!http_header_find(request, "Origin", &value))
        return false;
    size_t at = str_find(value, "://", 0);
    return at == value.n || !str_equal_nocase(str_from(value, at + 3), request->host);
}

/* resp.c - the replies of Redis. */
#include "probe/resp.h"

static enum resp_state read_bulk(struct str read, size_t line, struct resp_reply *reply)
{
    int64_t n = 0;
    if (!str_int(str_slice(read, 1, line), &n) || n < -1 || n > RESP_BYTES_MAX)
        return RESP_BAD;
    if (n == -1) {
        reply->is_null = true;
        reply->bytes = line + 2;
        return RESP_WHOLE;
    }
    size_t end = line + 2 + (size_t)n;
    if (read.n < end + 2)
        return RESP_MORE;
    if (!str_is(str_slice(read, end, end + 2), "\r\n"))
        return RESP_BAD;
    reply->text = str_slice(read, line + 2, end);
    reply->bytes = end + 2;
    return RESP_WHOLE;
}

enum resp_state resp_read(struct str read, struct resp_reply *out_reply)
{
    struct resp_reply reply = {.text = STR("")};
    enum resp_state state = RESP_WHOLE;
    if (read.n == 0)
        return RESP_MORE;
    if (!strchr("+-:$", read.p[0]) || read.p[0] == '\0')
        return RESP_BAD;
    size_t line = str_find(read, "\r\n", 0);
    if (line == read.n)
        return read.n > RESP_BYTES_MAX ? RESP_BAD : RESP_MORE;
    if (read.p[0] == '$') {
        state = read_bulk(read, line, &reply);
    } else {
        reply.is_error = read.p[0] == '-';
        reply.text = str_slice(read, 1, line);
        reply.bytes = line + 2;
    }
    if (state == RESP_WHOLE)
        *out_reply = reply;
    return state;
}

void resp_write(struct text *text, const struct str *words, size_t count)
{
    text_printf(text, "*%zu\r\n", count);
    for (size_t i = 0; i < count; i++) {
        text_printf(text, "$%zu\r\n", words[i].n);
        text_add(text, words[i]);
        text_adds(text, "\r\n");
    }
}

static int digit_of(char c)
{
    if (byte_is_digit(c))
        return c - '0';
    c = byte_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %40 and the like; false for what is none. */
static bool decode(struct arena *arena, struct str text, struct str *out_text)
{
    char *p = arena_alloc(arena, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        p[n++] = text.p[i];
        if (text.p[i] != '%')
            continue;
        int high = i + 2 < text.n ? digit_of(text.p[i + 1]) : -1;
        int low = i + 2 < text.n ? digit_of(text.p[i + 2]) : -1;
        if (high < 0 || low < 0 || high * 16 + low == 0)
            return false;
        p[n - 1] = (char)(high * 16 + low);
        i += 2;
    }
    p[n] = '\0';
    *out_text = (struct str){p, n};
    return true;
}

static bool read_place(struct arena *arena, struct str rest, struct resp_address *address)
{
    int64_t port = 6379;
    int64_t number = 0;
    size_t slash = str_find_byte(rest, '/', 0);
    struct str place = str_slice(rest, 0, slash);
    struct str path = str_from(rest, slash + 1);
    size_t from = str_starts(place, "[") ? str_find_byte(place, ']', 0) : 0;
    size_t colon = str_find_byte(place, ':', from);
    if (colon < place.n &&
        (!str_int(str_from(place, colon + 1), &port) || port < 1 || port > 65535))
        return false;
    if (path.n > 0 && (!str_int(path, &number) || number < 0 || number > 100000))
        return false;
    struct str host = str_slice(place, 0, colon);
    if (from > 0)
        host = str_slice(host, 1, host.n - 1);
    address->host = str_copy(arena, host);
    address->port = str_printf(arena, "%lld", (long long)port);
    address->number = path.n > 0 ? str_copy(arena, path) : STR("");
    return host.n > 0;
}

bool resp_read_address(struct arena *arena, struct str text, struct resp_address *out_address,
                       struct err *err)
{
    struct resp_address address = {.user = STR(""), .password = STR("")};
    text = str_trim(text);
    address.tls = str_starts_nocase(text, "rediss://");
    if (!address.tls && !str_starts_nocase(text, "redis://"))
        return err_set(err, ERR_USAGE, NULL,
                       "it is not of the form redis://host:6379, or rediss://host:6379 with TLS");
    struct str rest = str_from(text, address.tls ? 9 : 8);
    size_t at = str_find_byte(rest, '@', 0);
    if (at < rest.n) {
        struct str who = str_slice(rest, 0, at);
        size_t colon = str_find_byte(who, ':', 0);
        rest = str_from(rest, at + 1);
        if (!decode(arena, str_slice(who, 0, colon), &address.user) ||
            !decode(arena, str_from(who, colon + 1), &address.password))
            return err_set(err, ERR_USAGE, NULL,
                           "behind a %% there are no two hexadecimal digits; write %% as %%25");
    }
    if (str_find_byte(rest, '@', 0) < rest.n)
        return err_set(err, ERR_USAGE, NULL,
                       "there is an @ too many; write one of a password as "
                       "%%40");
    for (size_t i = 0; i < rest.n; i++)
        if ((unsigned char)rest.p[i] <= ' ' || rest.p[i] == '?' || rest.p[i] == '#')
            return err_set(err, ERR_USAGE, NULL, "it is not of the form redis://host:6379");
    if (!read_place(arena, rest, &address))
        return err_set(err, ERR_USAGE, NULL,
                       "host, port or number behind redis:// cannot be read; write "
                       "redis://host:6379/0");
    *out_address = address;
    return true;
}

struct str resp_info(struct str info, const char *name)
{
    struct str line;
    while (str_split(&info, '\n', &line)) {
        size_t colon = str_find_byte(line, ':', 0);
        if (colon < line.n && str_is(str_slice(line, 0, colon), name))
            return str_trim(str_from(line, colon + 1));
    }
    return STR("");
}

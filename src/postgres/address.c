/* address.c - where a database is: an address like postgresql://user:password@host:5432/database.
 */
#include "postgres/address.h"

enum { PORT_MAX = 65535, PASSWORD_BYTES_SCRUBBED = 3 };

#define DEFAULT_PORT "5432"

struct reader {
    struct arena *arena;
    const char *name;
    struct err *err;
};

static int hex_digit(char c)
{
    if (byte_is_digit(c))
        return c - '0';
    c = byte_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "%40" is "@". Refused without the text: it may be a password. */
static bool decode(const struct reader *reader, struct str s, const char *part, struct str *out)
{
    struct text text;
    text_init(&text, reader->arena, ADDRESS_BYTES_MAX);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%') {
            int high = i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
            int low = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;
            if (high < 0 || low < 0 || (high == 0 && low == 0))
                return err_set(reader->err, ERR_USAGE, reader->name,
                               "The %s has a %% that is not followed by two hexadecimal digits; "
                               "write %%25 for a plain %%.",
                               part);
            c = (char)(high * 16 + low);
            i += 2;
        }
        text_byte(&text, c);
    }
    *out = text_str(&text);
    return true;
}

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
            return false;
    return true;
}

/* One "host:port" of the list. */
static bool read_host(const struct reader *reader, struct str part, struct text *hosts,
                      struct text *ports)
{
    struct str host = part;
    struct str port = STR(DEFAULT_PORT);
    int64_t number = 0;
    size_t close = str_starts(part, "[") ? str_find_byte(part, ']', 0) : 0;
    size_t colon = str_find_byte(part, ':', close);
    if (close == part.n && part.n > 0)
        return err_set(reader->err, ERR_USAGE, reader->name,
                       "A host that begins with [ must end with ].");
    if (colon < part.n) {
        host = str_slice(part, 0, colon);
        if (colon + 1 < part.n)
            port = str_from(part, colon + 1);
    }
    if (close > 0)
        host = str_slice(host, 1, close);
    if (!str_int(port, &number) || number < 1 || number > PORT_MAX)
        return err_set(reader->err, ERR_USAGE, reader->name,
                       "The port must be a number from 1 to %d. If it is a part of the password "
                       "that is read as one, write %%2F for /, %%3A for : and %%40 for @ in it.",
                       PORT_MAX);
    struct str decoded;
    if (!decode(reader, host, "host", &decoded))
        return false;
    if (hosts->n + ports->n > 0) {
        text_byte(hosts, ',');
        text_byte(ports, ',');
    }
    text_add(hosts, decoded);
    text_int(ports, number);
    return true;
}

static bool read_hosts(const struct reader *reader, struct str list, struct address *address)
{
    struct text hosts;
    struct text ports;
    struct str part;
    text_init(&hosts, reader->arena, ADDRESS_BYTES_MAX);
    text_init(&ports, reader->arena, ADDRESS_BYTES_MAX);
    do {
        size_t comma = str_find_byte(list, ',', 0);
        part = str_slice(list, 0, comma);
        list = comma < list.n ? str_from(list, comma + 1) : (struct str){0};
        if (!read_host(reader, part, &hosts, &ports))
            return false;
    } while (list.p);
    address->host = text_str(&hosts);
    address->port = text_str(&ports);
    return true;
}

/* What an option names once more takes the place of what stands before it, as in libpq. */
static bool take_option(struct address *address, struct str name, struct str value)
{
    const struct {
        const char *name;
        struct str *place;
    } places[] = {{"user", &address->user},
                  {"password", &address->password},
                  {"host", &address->host},
                  {"port", &address->port},
                  {"dbname", &address->database}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!str_is(name, places[i].name))
            continue;
        *places[i].place = value;
        return true;
    }
    if (address->option_count == ADDRESS_OPTIONS_MAX)
        return false;
    address->options[address->option_count++] = (struct address_option){name, value};
    return true;
}

static bool read_options(const struct reader *reader, struct str query, struct address *address)
{
    struct str pair;
    while (query.n > 0 && str_split(&query, '&', &pair)) {
        size_t equal = str_find_byte(pair, '=', 0);
        struct str name;
        struct str value;
        if (equal == pair.n)
            return err_set(reader->err, ERR_USAGE, reader->name,
                           "What follows the ? must be name=value, parted by &.");
        if (!decode(reader, str_slice(pair, 0, equal), "name of an option", &name) ||
            !decode(reader, str_from(pair, equal + 1), "value of an option", &value))
            return false;
        if (!take_option(address, name, value))
            return err_set(reader->err, ERR_USAGE, reader->name, "It has more than %d options.",
                           ADDRESS_OPTIONS_MAX);
    }
    return true;
}

static bool read_user(const struct reader *reader, struct str info, struct address *address)
{
    size_t colon = str_find_byte(info, ':', 0);
    return decode(reader, str_slice(info, 0, colon), "user", &address->user) &&
           decode(reader, str_from(info, colon + 1), "password", &address->password);
}

bool address_read(struct arena *arena, const char *name, struct str text,
                  struct address *out_address, struct err *err)
{
    struct reader reader = {arena, name, err};
    struct address address = {.user = STR("")};
    struct str rest = str_trim(text);
    size_t front = str_starts(rest, "postgresql://") ? strlen("postgresql://")
                   : str_starts(rest, "postgres://") ? strlen("postgres://")
                                                     : 0;
    if (front == 0 || rest.n > ADDRESS_BYTES_MAX || !is_plain(rest))
        return err_set(err, ERR_USAGE, name,
                       "This is not the address of a database; write it like "
                       "postgresql://user:password@host:5432/database.");
    rest = str_from(rest, front);
    size_t end = 0;
    while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?')
        end++;
    struct str authority = str_slice(rest, 0, end);
    size_t at = str_find_byte(authority, '@', 0);
    if (str_find_byte(rest, '@', at == authority.n ? 0 : at + 1) < rest.n)
        return err_set(err, ERR_USAGE, name,
                       "There is an @ too many, or a / or ? in the password; write %%40 for @, "
                       "%%2F for / and %%3F for ? in it.");
    size_t mark = str_find_byte(rest, '?', end);
    size_t slash = end < rest.n && rest.p[end] == '/' ? end + 1 : mark;
    if (at < authority.n && !read_user(&reader, str_slice(authority, 0, at), &address))
        return false;
    if (!read_hosts(&reader, at < authority.n ? str_from(authority, at + 1) : authority,
                    &address) ||
        !decode(&reader, str_slice(rest, slash, mark), "database", &address.database) ||
        !read_options(&reader, str_from(rest, mark + 1), &address))
        return false;
    *out_address = address;
    return true;
}

struct str address_option(const struct address *address, const char *name)
{
    for (size_t i = address->option_count; i > 0; i--)
        if (str_is(address->options[i - 1].name, name))
            return address->options[i - 1].value;
    return STR("");
}

struct str address_place(struct arena *arena, const struct address *address)
{
    struct text text;
    struct str hosts = address->host;
    struct str ports = address->port;
    struct str host;
    text_init(&text, arena, 2 * ADDRESS_BYTES_MAX + 16);
    if (hosts.n == 0)
        return STR("the socket of this machine");
    while (str_split(&hosts, ',', &host)) {
        struct str port = STR("");
        if (!ports.p || !str_split(&ports, ',', &port))
            port = STR("");
        bool six = str_find_byte(host, ':', 0) < host.n;
        text_printf(&text, "%s%s%.*s%s", text.n > 0 ? ", " : "", six ? "[" : "", STR_ARGS(host),
                    six ? "]" : "");
        if (port.n > 0)
            text_printf(&text, ":%.*s", STR_ARGS(port));
    }
    return text_str(&text);
}

struct str address_shown(struct arena *arena, const struct address *address)
{
    struct text text;
    text_init(&text, arena, 4 * ADDRESS_BYTES_MAX);
    text_add(&text, address_place(arena, address));
    struct str database = address->database.n > 0 ? address->database : address->user;
    if (database.n > 0)
        text_printf(&text, ", database %.*s", STR_ARGS(database));
    if (address->user.n > 0)
        text_printf(&text, ", user %.*s", STR_ARGS(address->user));
    return text_str(&text);
}

/* Behind "PASSWORD '", else 0. */
static size_t password_front(struct str s)
{
    size_t at = strlen("password");
    if (!str_starts_nocase(s, "password"))
        return 0;
    while (at < s.n && (byte_is_blank(s.p[at]) || s.p[at] == '\n' || s.p[at] == '='))
        at++;
    if (at + 1 < s.n && byte_lower(s.p[at]) == 'e' && s.p[at + 1] == '\'')
        at++;
    return at < s.n && s.p[at] == '\'' ? at + 1 : 0;
}

/* Behind the text in quotes that begins at at; two quotes in it are one. */
static size_t password_end(struct str s, size_t at)
{
    for (; at < s.n; at++) {
        bool twice = s.p[at] == '\'' && at + 1 < s.n && s.p[at + 1] == '\'';
        if (s.p[at] == '\\' || twice)
            at++;
        else if (s.p[at] == '\'')
            return at;
    }
    return s.n;
}

struct str address_hide(struct arena *arena, const struct address *address, struct str s)
{
    struct str password = address->password;
    bool known = password.n >= PASSWORD_BYTES_SCRUBBED;
    struct text text;
    size_t copied = 0;
    if (str_find_nocase(s, "password", 0) == s.n &&
        (!known || str_find(s, str_copy(arena, password).p, 0) == s.n))
        return s;
    text_init(&text, arena, 4 * s.n + 64);
    for (size_t i = 0; i < s.n;) {
        struct str rest = str_from(s, i);
        size_t front = password_front(rest);
        bool own = known && str_equal(str_slice(rest, 0, password.n), password);
        if (front == 0 && !own) {
            i++;
            continue;
        }
        text_add(&text, str_slice(s, copied, i + front));
        text_adds(&text, "(secret)");
        i = own ? i + password.n : password_end(s, i + front);
        copied = i;
    }
    text_add(&text, str_from(s, copied));
    return text_str(&text);
}

struct str address_scrub(struct arena *arena, const struct address *address, struct str s)
{
    struct text text;
    text_init(&text, arena, 32 * 1024);
    s = address_hide(arena, address, str_cut(s, 4096));
    for (size_t i = 0; i < s.n; i++)
        text_byte(&text, (unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f ? ' ' : s.p[i]);
    return str_trim(text_str(&text));
}

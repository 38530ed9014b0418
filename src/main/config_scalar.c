/* config_scalar.c - single values: addresses, lengths of time, references to secrets. */
#include "base/mail.h"
#include "base/moment.h"
#include "main/baselines.h"
#include "main/config_inside.h"

enum { PORT_MAX = 65535, SEVERITY_BYTES = 16 };

static bool is_host(struct str host)
{
    bool six = str_starts(host, "[") && str_ends(host, "]");
    if (six)
        host = str_slice(host, 1, host.n - 1);
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        bool good = six ? byte_is_alnum(c) || c == ':' || c == '.'
                        : byte_is_alnum(c) || c == '.' || c == '-' || c == '_';
        if (!good)
            return false;
    }
    return host.n > 0;
}

static bool is_host_and_port(struct str s, bool port_needed)
{
    size_t colon = s.n;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == ':')
            colon = i;
        else if (s.p[i] == ']')
            colon = s.n;
    int64_t port = 0;
    if (colon == s.n)
        return !port_needed && is_host(s);
    return str_int(str_from(s, colon + 1), &port) && port >= (port_needed ? 0 : 1) &&
           port <= PORT_MAX && is_host(str_slice(s, 0, colon));
}

/* Scheme, host and port; the rest must be printable ASCII without blanks. */
static bool check_url(struct config_reader *reader, const struct config_node *node)
{
    bool mail = node->row->type == TYPE_MAIL_URL;
    struct str url = node->text;
    bool plain = str_starts(url, mail ? "smtp://" : "http://");
    bool secure = str_starts(url, mail ? "smtps://" : "https://");
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= ' ' || (unsigned char)url.p[i] >= 0x7f)
            plain = secure = false;
    if (!plain && !secure)
        return false;
    struct str rest = str_from(url, str_find(url, "//", 0) + 2);
    size_t end = 0;
    while (end < rest.n && !memchr("/?#", rest.p[end], 3))
        end++;
    struct str host = str_slice(rest, 0, end);
    if (str_find_byte(host, '@', 0) < host.n) {
        config_error(reader, node->place, "An address must not hold a name or password; %s.",
                     mail ? "write user and password: env:NAME beside it"
                          : "the part before @ must go");
        return true;
    }
    return is_host_and_port(host, false);
}

/* A whole number and what stands behind it; false when it is none, or too large for any unit. */
static bool split_amount(struct str s, int64_t *out_number, struct str *out_unit)
{
    size_t digits = 0;
    while (digits < s.n && byte_is_digit(s.p[digits]))
        digits++;
    *out_unit = str_trim(str_from(s, digits));
    return str_int(str_slice(s, 0, digits), out_number) && *out_number <= 100000000;
}

struct unit {
    const char *word;
    int64_t times;
};

static bool read_amount(struct str s, const struct unit *units, size_t count, int64_t *out_amount)
{
    int64_t number = 0;
    struct str unit;
    if (!split_amount(s, &number, &unit))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!str_is(unit, units[i].word))
            continue;
        /* Beyond what any row takes, so that it cannot run over. */
        bool huge = number > INT64_MAX / units[i].times;
        *out_amount = huge ? INT64_MAX : number * units[i].times;
        return true;
    }
    return false;
}

bool config_duration(struct str s, int64_t *out_ms)
{
    return span_parse(s, out_ms);
}

static bool read_size(struct str s, int64_t *out_bytes)
{
    static const struct unit units[] = {{"bytes", 1},
                                        {"kB", 1024},
                                        {"MB", 1024 * 1024},
                                        {"GB", 1024 * 1024 * 1024},
                                        {"TB", INT64_C(1024) * 1024 * 1024 * 1024}};
    return read_amount(s, units, sizeof units / sizeof *units, out_bytes);
}

static bool is_variable(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!byte_is_alnum(name.p[i]) && name.p[i] != '_')
            return false;
    return name.n > 0 && !byte_is_digit(name.p[0]);
}

/* The sentence never repeats the text: it may be the secret itself. */
static void check_secret(struct config_reader *reader, const struct config_node *node)
{
    struct str s = node->text;
    if (str_starts(s, "vault:"))
        config_error(reader, node->place,
                     "Secrets from Vault: not yet; use env:NAME or file:PATH.");
    else if (str_starts(s, "env:") && !is_variable(str_from(s, 4)))
        config_error(reader, node->place,
                     "After env: the name of a variable is wanted: letters, digits and _.");
    else if (str_is(s, "file:"))
        config_error(reader, node->place, "After file: the path of a file is wanted.");
    else if (!str_starts(s, "env:") && !str_starts(s, "file:"))
        config_error(reader, node->place,
                     "A secret must not stand in the configuration; write env:NAME or file:PATH. "
                     "What stands here should be replaced, because others may have read it.");
}

/* E.164: a plus sign and 8 to 15 digits, of which the first is no 0. */
static bool is_phone(struct str s)
{
    for (size_t i = 1; i < s.n; i++)
        if (!byte_is_digit(s.p[i]))
            return false;
    return s.n >= 9 && s.n <= 16 && s.p[0] == '+' && s.p[1] != '0';
}

static bool is_printable(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    return true;
}

/* Without TLS, and with one token for everybody, the page is for this machine. */
static void check_loopback(struct config_reader *reader, const struct config_node *node)
{
    struct str s = node->text;
    bool four = str_starts(s, "127.");
    for (size_t i = 0; i < s.n; i++)
        four = four && (byte_is_digit(s.p[i]) || s.p[i] == '.' || s.p[i] == ':');
    if (!four && !str_starts(s, "[::1]:"))
        config_error(reader, node->place,
                     "Reeve listens on this machine only, like 127.0.0.1:7333; to reach it from "
                     "elsewhere, put a reverse proxy with TLS in front or open an SSH tunnel.");
}

static struct str size_text(struct arena *arena, int64_t bytes)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    while (unit + 1 < sizeof units / sizeof *units && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    return str_printf(arena, "%lld %s", (long long)bytes, units[unit]);
}

static bool is_right(struct config_reader *reader, struct config_node *node)
{
    struct str s = node->text;
    switch (node->row->type) {
    case TYPE_ADDRESS:
        if (!is_host_and_port(s, true))
            return false;
        check_loopback(reader, node);
        return true;
    case TYPE_URL:
    case TYPE_MAIL_URL: return check_url(reader, node);
    case TYPE_MAIL: return mail_is_address(s);
    case TYPE_PHONE: return is_phone(s);
    case TYPE_TLS: return str_is(s, "none") || str_is(s, "starttls") || str_is(s, "tls");
    case TYPE_TOKEN_USE: return str_is(s, "first") || str_is(s, "always");
    case TYPE_DURATION: return config_duration(s, &node->number);
    case TYPE_COUNT: return str_int(s, &node->number);
    case TYPE_SIZE: return read_size(s, &node->number);
    case TYPE_YES_NO: return str_is(s, "yes") || str_is(s, "no");
    case TYPE_MISSING: return str_is(s, "unknown") || str_is(s, "fires") || str_is(s, "stays");
    case TYPE_ALERT:
    case TYPE_SEVERITY:
        for (size_t i = 0; i < s.n; i++)
            if (!byte_is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
                return false;
        return s.n > 0 && s.n <= SEVERITY_BYTES;
    case TYPE_BASELINE: return baseline_kind_find(s) != BASELINE_NONE;
    case TYPE_SECRET: check_secret(reader, node); return true;
    case TYPE_LEDGER:
        if (str_starts(s, "postgresql://") || str_starts(s, "postgres://"))
            config_error(reader, node->place,
                         "A ledger in PostgreSQL: not yet; give the path of a file.");
        return is_printable(s);
    case TYPE_TEXT:
    case TYPE_PATH:
    case TYPE_MAP:
    case TYPE_LIST:
    case TYPE_NAMES:
    case TYPE_ROTA:
    case TYPE_SLOTS:
    case TYPE_LATER: return is_printable(s);
    }
    return false;
}

void config_check_scalar(struct config_reader *reader, struct config_node *node)
{
    const struct config_key *row = node->row;
    size_t before = reader->errors->count;
    if (!is_right(reader, node)) {
        config_error(reader, node->place, "\"%.*s\" is not %s.",
                     STR_ARGS(str_slice(node->text, 0, 80)), config_type_text(row->type));
        return;
    }
    if (reader->errors->count > before)
        return;
    bool number = row->type == TYPE_DURATION || row->type == TYPE_COUNT || row->type == TYPE_SIZE;
    int64_t measured = number ? node->number : (int64_t)node->text.n;
    if (row->type == TYPE_SEVERITY || row->type == TYPE_ALERT ||
        (measured >= row->least && measured <= row->most))
        return;
    if (row->type == TYPE_DURATION)
        config_error(reader, node->place, "It must be from %s to %s.",
                     duration_text(reader->arena, row->least).p,
                     duration_text(reader->arena, row->most).p);
    else if (row->type == TYPE_SIZE)
        config_error(reader, node->place, "It must be from %s to %s.",
                     size_text(reader->arena, row->least).p, size_text(reader->arena, row->most).p);
    else
        config_error(reader, node->place, "It must %s from %lld to %lld%s.", number ? "be" : "have",
                     (long long)row->least, (long long)row->most, number ? "" : " bytes");
}

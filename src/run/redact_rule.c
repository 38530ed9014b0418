/* redact_rule.c - secrets known by their look.
 *
 * A byte that ends a front ("://", "token=", "ghp_") is looked at with what stands before it; then
 * a small machine takes the bytes behind. Only a machine that may still find that it was none of it
 * holds something back. */
#include "run/redact_internal.h"

enum { TOKEN_GIVES_UP = 64, URL_GIVES_UP = 256, BLANKS_MAX = 8, NAME_MAX_BYTES = 48 };

static const struct front {
    const char *text; /* ? is any byte */
    int least;        /* bytes behind it that make it a token */
    bool digit_wanted;
} fronts[] = {{"AKIA", 16, false},    {"ASIA", 16, false},    {"sk_live_", 8, false},
              {"sk_test_", 8, false}, {"rk_live_", 8, false}, {"sk-", 16, true},
              {"ghp_", 16, false},    {"gho_", 16, false},    {"ghu_", 16, false},
              {"ghs_", 16, false},    {"ghr_", 16, false},    {"github_pat_", 16, false},
              {"glpat-", 16, false},  {"xox?-", 10, false}};

static const char *const names[] = {"password", "passwd", "passphrase", "pwd",    "token",
                                    "secret",   "apikey", "api_key",    "api-key"};

const bool redact_rule_fronts[256] = {['='] = true, [':'] = true, ['/'] = true, [' '] = true,
                                      ['-'] = true, ['_'] = true, ['A'] = true, ['\t'] = true};

static bool is_token_byte(char c)
{
    return byte_is_alnum(c) || c == '_' || c == '-';
}

static bool is_bearer_byte(char c)
{
    return is_token_byte(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

/* What stands before the byte at pos; bytes counts that byte in when it is 1. */
static struct str before(const struct redact *redact, size_t bytes)
{
    size_t n = redact->pos - redact->origin + bytes;
    size_t from = n > REDACT_LOOK_BACK ? n - REDACT_LOOK_BACK : 0;
    return (struct str){redact->data + from, n - from};
}

static bool ends_nocase(struct str s, const char *end)
{
    size_t n = strlen(end);
    return s.n >= n && str_is_nocase(str_from(s, s.n - n), end);
}

static struct str without_end(struct str s, const char *bytes)
{
    while (s.n > 0 && s.p[s.n - 1] && strchr(bytes, s.p[s.n - 1]))
        s.n--;
    return s;
}

/* A machine that can be at rest is. */
static void set_any(struct redact_rules *rules)
{
    rules->any =
        rules->value.active || rules->token.active || rules->url.active || rules->pem.active;
}

/* --- name=value ------------------------------------------------------------------------------ */

static bool name_says_secret(struct str name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);
        for (size_t at = str_find_nocase(name, names[i], 0); at < name.n;
             at = str_find_nocase(name, names[i], at + 1))
            if (at + n == name.n || name.p[at + n] == '_' || name.p[at + n] == '-')
                return true;
    }
    return false;
}

static void begin_value(struct redact *redact, char byte)
{
    struct str text = without_end(before(redact, 0), " \t");
    bool quoted = text.n > 0 && is_quote(text.p[text.n - 1]);
    /* A colon alone is how people write sentences. */
    if (byte == ':' && !quoted)
        return;
    if (quoted)
        text.n--;
    if (quoted && text.n > 0 && text.p[text.n - 1] == '\\')
        text.n--;
    size_t from = text.n;
    while (from > 0 && text.n - from < NAME_MAX_BYTES &&
           (is_token_byte(text.p[from - 1]) || text.p[from - 1] == '.'))
        from--;
    if (!name_says_secret(str_from(text, from)))
        return;
    memset(&redact->rules.value, 0, sizeof redact->rules.value);
    redact->rules.value.active = true;
}

static bool ends_value(const struct redact_rules *rules, char byte)
{
    if (byte == '\n' || byte == '\r')
        return true;
    if (rules->value.quoted)
        return byte == (rules->value.twice ? '\\' : rules->value.quote);
    return is_quote(byte) || byte_is_blank(byte) || (byte && strchr("&;,)}]<>|\\", byte));
}

static void take_value(struct redact *redact, char byte)
{
    struct redact_rules *rules = &redact->rules;
    if (rules->value.begun) {
        /* A quote behind a backslash is part of the text in quotes. */
        bool escaped =
            rules->value.backslash && rules->value.quoted && is_quote(byte) && !rules->value.twice;
        rules->value.backslash = byte == '\\' && !rules->value.backslash;
        rules->value.active = escaped || !ends_value(rules, byte);
    } else if (byte_is_blank(byte) || byte == '>' || byte == '\\') {
        rules->value.active = ++rules->value.blanks <= BLANKS_MAX;
        rules->value.twice = byte == '\\';
        return;
    } else if (is_quote(byte) && !rules->value.quoted) {
        rules->value.quoted = true;
        rules->value.quote = byte;
        return;
    } else {
        rules->value.begun = true;
        rules->value.backslash = byte == '\\';
        rules->value.active = byte != '=' && !ends_value(rules, byte);
    }
    if (rules->value.active)
        redact_cover(redact, redact->pos);
}

/* --- ghp_…, Bearer … ------------------------------------------------------------------------- */

static bool ends_with_front(struct str text, const char *front, size_t n)
{
    if (text.n < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (front[i] != '?' && front[i] != text.p[text.n - n + i])
            return false;
    return text.n == n || !is_token_byte(text.p[text.n - n - 1]);
}

static void begin_token(struct redact *redact)
{
    struct str text = before(redact, 1);
    for (size_t i = 0; i < sizeof fronts / sizeof *fronts; i++) {
        if (!ends_with_front(text, fronts[i].text, strlen(fronts[i].text)))
            continue;
        memset(&redact->rules.token, 0, sizeof redact->rules.token);
        redact->rules.token.active = true;
        redact->rules.token.least = fronts[i].least;
        redact->rules.token.digit_wanted = fronts[i].digit_wanted;
        redact->rules.token.start = redact->pos + 1;
        return;
    }
}

static void begin_bearer(struct redact *redact)
{
    static const char *const schemes[] = {"bearer", "basic", "token"};
    struct str text = before(redact, 0);
    char last = text.n > 0 ? byte_lower(text.p[text.n - 1]) : '\0';
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(schemes[i]);
        if (last != schemes[i][n - 1])
            continue;
        if (!ends_nocase(text, schemes[i]) || (text.n > n && is_token_byte(text.p[text.n - n - 1])))
            continue;
        struct str front = without_end(str_slice(text, 0, text.n - n), " \t:=\"'\\");
        bool named = ends_nocase(front, "authorization");
        if (!named && i > 0)
            return;
        memset(&redact->rules.token, 0, sizeof redact->rules.token);
        redact->rules.token.active = true;
        redact->rules.token.bearer = true;
        redact->rules.token.least = named ? 1 : 16;
        redact->rules.token.start = redact->pos + 1;
        return;
    }
}

static void take_token(struct redact *redact, char byte)
{
    struct redact_rules *rules = &redact->rules;
    if (!(rules->token.bearer ? is_bearer_byte(byte) : is_token_byte(byte))) {
        rules->token.active = false;
        return;
    }
    if (byte_is_digit(byte))
        rules->token.digit_wanted = false;
    if (rules->token.count < TOKEN_GIVES_UP)
        rules->token.count++;
    else if (rules->token.digit_wanted)
        rules->token.active = false;
    if (rules->token.active && rules->token.count >= rules->token.least &&
        !rules->token.digit_wanted)
        redact_cover(redact, rules->token.start);
}

/* --- scheme://user:PASSWORD@ ----------------------------------------------------------------- */

static void begin_url(struct redact *redact)
{
    if (!ends_nocase(before(redact, 1), "://"))
        return;
    memset(&redact->rules.url, 0, sizeof redact->rules.url);
    redact->rules.url.active = true;
}

/* A password may have an @ itself, so the last one before the address ends counts. */
static void take_url(struct redact *redact, char byte)
{
    struct redact_rules *rules = &redact->rules;
    bool ends = is_quote(byte) || (byte && strchr(" \t\r\n/?#<>", byte));
    if (ends || ++rules->url.count > URL_GIVES_UP || (!rules->url.password && byte == '@')) {
        rules->url.active = false;
    } else if (!rules->url.password && byte == ':') {
        rules->url.password = true;
        rules->url.start = redact->pos + 1;
    } else if (rules->url.password && byte == '@') {
        if (rules->url.start < redact->pos)
            redact_cover_before(redact, rules->url.start);
        rules->url.start = redact->pos;
    }
}

/* --- PEM ------------------------------------------------------------------------------------- */

/* Does a line "-----BEGIN … PRIVATE KEY…-----" end here? */
static bool is_pem_line(struct str text, const char *front)
{
    if (!ends_nocase(text, "-----"))
        return false;
    text.n -= 5;
    size_t from = text.n;
    while (from > 0 && (byte_is_alnum(text.p[from - 1]) || text.p[from - 1] == ' '))
        from--;
    struct str label = str_from(text, from);
    return ends_nocase(str_slice(text, 0, from), "-----") && str_starts(label, front) &&
           str_find(label, "PRIVATE KEY", 0) < label.n;
}

static void take_pem(struct redact *redact, char byte)
{
    struct redact_rules *rules = &redact->rules;
    redact_cover(redact, redact->pos);
    if ((byte == '-' && is_pem_line(before(redact, 1), "END ")) ||
        ++rules->pem.count >= REDACT_PEM_MAX)
        rules->pem.active = false;
}

static void begin_pem(struct redact *redact)
{
    if (!is_pem_line(before(redact, 1), "BEGIN "))
        return;
    redact->rules.pem.active = true;
    redact->rules.pem.count = 0;
}

/* --------------------------------------------------------------------------------------------- */

static void go_on(struct redact *redact, char byte)
{
    if (redact->rules.url.active)
        take_url(redact, byte);
    if (redact->rules.value.active)
        take_value(redact, byte);
    if (redact->rules.token.active)
        take_token(redact, byte);
    if (redact->rules.pem.active)
        take_pem(redact, byte);
}

void redact_rule(struct redact *redact, char byte)
{
    struct redact_rules *rules = &redact->rules;
    if (rules->any)
        go_on(redact, byte);
    if (!rules->value.active && (byte == '=' || byte == ':'))
        begin_value(redact, byte);
    if (!rules->token.active && (byte == '-' || byte == '_' || byte == 'A'))
        begin_token(redact);
    if (!rules->token.active && byte_is_blank(byte))
        begin_bearer(redact);
    if (!rules->pem.active && byte == '-')
        begin_pem(redact);
    if (byte == '/')
        begin_url(redact);
    set_any(rules);
}

uint64_t redact_rule_hold(const struct redact *redact)
{
    const struct redact_rules *rules = &redact->rules;
    uint64_t hold = redact->pos;
    if (rules->token.active &&
        (rules->token.count < rules->token.least || rules->token.digit_wanted))
        hold = rules->token.start;
    if (rules->url.active && rules->url.password && rules->url.start < hold)
        hold = rules->url.start;
    return hold;
}

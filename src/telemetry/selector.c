/* selector.c - PromQL selectors, compiled into the arena of their owner. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "telemetry/selector.h"

#include "telemetry/promql_string.h"

#include <pcre2.h>

enum {
    MATCH_STEPS_MAX = 100000,
    MATCH_DEPTH_MAX = 1000,
    MATCH_HEAP_KB = 256,
    PATTERN_BYTES_MAX = 1024
};

/* PCRE2 keeps its compiled pattern where we keep everything else: in the arena. */
static void *take_memory(size_t size_bytes, void *arena)
{
    return arena_alloc(arena, size_bytes);
}

static void leave_memory(void *memory, void *arena)
{
    (void)memory;
    (void)arena;
}

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
};

static bool compile(struct arena *arena, struct matcher *matcher, struct err *err)
{
    if (matcher->value.n > PATTERN_BYTES_MAX)
        return err_set(err, ERR_USAGE, NULL,
                       "the regular expression for label %.*s is longer than "
                       "%d bytes",
                       STR_ARGS(matcher->label), PATTERN_BYTES_MAX);
    pcre2_general_context *general = pcre2_general_context_create(take_memory, leave_memory, arena);
    pcre2_compile_context *context = pcre2_compile_context_create(general);
    int code;
    PCRE2_SIZE at;
    struct regex *regex = arena_make(arena, struct regex);
    regex->code = pcre2_compile((PCRE2_SPTR)matcher->value.p, matcher->value.n,
                                PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOTALL | PCRE2_UTF |
                                    PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C,
                                &code, &at, context);
    if (!regex->code) {
        PCRE2_UCHAR message[128] = {0};
        (void)pcre2_get_error_message(code, message, sizeof message);
        return err_set(err, ERR_USAGE, NULL,
                       "the regular expression \"%.*s\" is wrong at byte %zu: %s",
                       STR_ARGS(matcher->value), (size_t)at + 1, (const char *)message);
    }
    regex->data = pcre2_match_data_create_from_pattern(regex->code, general);
    regex->limits = pcre2_match_context_create(general);
    (void)pcre2_set_match_limit(regex->limits, MATCH_STEPS_MAX);
    (void)pcre2_set_depth_limit(regex->limits, MATCH_DEPTH_MAX);
    (void)pcre2_set_heap_limit(regex->limits, MATCH_HEAP_KB);
    matcher->compiled = regex;
    return true;
}

static struct str skip_blanks(struct str s)
{
    while (s.n > 0 && (byte_is_blank(s.p[0]) || s.p[0] == '\n'))
        s = str_from(s, 1);
    return s;
}

static bool is_label_byte(char c, bool first)
{
    return byte_is_alpha(c) || c == '_' || (!first && byte_is_digit(c));
}

static bool read_operator(struct str *rest, enum matcher_kind *out_kind)
{
    static const struct {
        const char *text;
        enum matcher_kind kind;
    } operators[] = {
        {"=~", MATCH_REGEX}, {"!~", MATCH_NOT_REGEX}, {"!=", MATCH_NOT_EQUAL}, {"=", MATCH_EQUAL}};
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (!str_starts(*rest, operators[i].text))
            continue;
        *rest = skip_blanks(str_from(*rest, strlen(operators[i].text)));
        *out_kind = operators[i].kind;
        return true;
    }
    return false;
}

/* A string at the front of *rest, which is the end of text. */
static bool read_string(struct arena *arena, struct str text, struct str *rest,
                        struct str *out_value, struct err *err)
{
    size_t at = text.n - rest->n;
    if (!promql_string_read(arena, text, &at, out_value, err))
        return false;
    *rest = skip_blanks(str_from(text, at));
    return true;
}

static bool stands_in_quotes(struct str rest)
{
    return promql_string_begins(rest, 0);
}

/* Such a name is of UTF-8 for Prometheus, too. */
static bool read_quoted_name(struct arena *arena, struct str text, struct str *rest,
                             struct str *out_name, struct err *err)
{
    return read_string(arena, text, rest, out_name, err) &&
           (str_utf8_valid(*out_name, NULL) ||
            err_set(err, ERR_USAGE, NULL, "a name in quotes is no UTF-8"));
}

static bool read_label(struct arena *arena, struct str text, struct str *rest,
                       struct matcher *matcher, struct err *err)
{
    size_t n = 0;
    if (stands_in_quotes(*rest)) {
        if (!read_quoted_name(arena, text, rest, &matcher->label, err))
            return false;
    } else {
        while (n < rest->n && is_label_byte(rest->p[n], n == 0))
            n++;
        matcher->label = str_copy(arena, str_slice(*rest, 0, n));
        *rest = skip_blanks(str_from(*rest, n));
    }
    return (matcher->label.n > 0 && read_operator(rest, &matcher->kind)) ||
           err_set(err, ERR_USAGE, NULL,
                   "a matcher is not written label=\"value\" (also !=, =~, !~) near \"%.*s\"",
                   STR_ARGS(str_slice(*rest, 0, 40)));
}

static bool read_matcher(struct arena *arena, struct str text, struct str *rest,
                         struct selector *selector, struct err *err)
{
    if (selector->matcher_count == MATCHERS_MAX)
        return err_set(err, ERR_USAGE, NULL, "a selector has more than %d matchers", MATCHERS_MAX);
    struct matcher *matcher = &selector->matchers[selector->matcher_count];
    struct err inner = {0};
    if (!read_label(arena, text, rest, matcher, err))
        return false;
    if (str_is(matcher->label, "__name__"))
        return err_set(err, ERR_USAGE, NULL,
                       "the selector names its metric twice, as %.*s and by __name__; leave "
                       "__name__ out",
                       STR_ARGS(selector->metric));
    if (!stands_in_quotes(*rest))
        return err_set(err, ERR_USAGE, NULL, "the value of label %.*s is not in quotes",
                       STR_ARGS(matcher->label));
    if (!read_string(arena, text, rest, &matcher->value, &inner))
        return err_set(err, ERR_USAGE, NULL, "the value of label %.*s: %s",
                       STR_ARGS(matcher->label), inner.text);
    selector->matcher_count++;
    if (matcher->kind == MATCH_REGEX || matcher->kind == MATCH_NOT_REGEX)
        return compile(arena, matcher, err);
    return true;
}

static bool read_matchers(struct arena *arena, struct str text, struct str *rest,
                          struct selector *selector, struct err *err)
{
    while (rest->n > 0 && rest->p[0] != '}') {
        if (!read_matcher(arena, text, rest, selector, err))
            return false;
        if (rest->n > 0 && rest->p[0] == ',')
            *rest = skip_blanks(str_from(*rest, 1));
        else if (rest->n == 0 || rest->p[0] != '}')
            break;
    }
    if (rest->n == 0 || rest->p[0] != '}')
        return err_set(err, ERR_USAGE, NULL, "the matchers of %.*s have no closing brace",
                       STR_ARGS(selector->metric));
    *rest = skip_blanks(str_from(*rest, 1));
    return true;
}

/* Does it begin with {"my.metric", as PromQL writes a name that is no identifier? */
static bool begins_quoted(struct str text)
{
    return text.n > 0 && text.p[0] == '{' && stands_in_quotes(skip_blanks(str_from(text, 1)));
}

/* *rest is behind the name and its comma then. */
static bool read_quoted_metric(struct arena *arena, struct str *rest, struct str *out_metric,
                               struct err *err)
{
    struct str text = *rest;
    struct str inside = skip_blanks(str_from(text, 1));
    struct str name;
    if (!read_quoted_name(arena, text, &inside, &name, err))
        return false;
    if (name.n == 0 || inside.n == 0 || (inside.p[0] != ',' && inside.p[0] != '}'))
        return err_set(err, ERR_USAGE, NULL,
                       "\"%.*s\" is no selector: its braces begin with the name of a metric and a "
                       "comma, such as {\"http.requests\", status=~\"5..\"}",
                       STR_ARGS(str_slice(text, 0, 100)));
    *out_metric = name;
    *rest = inside.p[0] == ',' ? skip_blanks(str_from(inside, 1)) : inside;
    return true;
}

bool selector_parse(struct arena *arena, struct str text, struct selector *out_selector,
                    struct err *err)
{
    struct selector selector = {0};
    struct str rest = text = str_trim(text);
    size_t n = 0;
    while (n < rest.n && (is_label_byte(rest.p[n], n == 0) || rest.p[n] == ':'))
        n++;
    selector.metric = str_copy(arena, str_slice(rest, 0, n));
    bool quoted = n == 0 && begins_quoted(rest);
    if (quoted && !read_quoted_metric(arena, &rest, &selector.metric, err))
        return false;
    if (selector.metric.n == 0)
        return err_set(
            err, ERR_USAGE, NULL,
            "\"%.*s\" is no selector: it begins with a metric name, such as "
            "http_requests_total{status=~\"5..\"} or {\"http.requests\", status=~\"5..\"}",
            STR_ARGS(str_slice(rest, 0, 100)));
    if (!quoted)
        rest = skip_blanks(str_from(rest, n));
    bool braces = !quoted && rest.n > 0 && rest.p[0] == '{';
    if (braces)
        rest = skip_blanks(str_from(rest, 1));
    if ((braces || quoted) && !read_matchers(arena, text, &rest, &selector, err))
        return false;
    if (rest.n > 0)
        return err_set(err, ERR_USAGE, NULL,
                       "behind the selector %.*s stands \"%.*s\"; only a metric name and matchers "
                       "in braces are understood here",
                       STR_ARGS(selector.metric), STR_ARGS(str_slice(rest, 0, 40)));
    *out_selector = selector;
    return true;
}

static struct str label_value(const struct label *labels, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(labels[i].name, name))
            return labels[i].value;
    return STR("");
}

/* A pattern that runs into its limit does not match. */
static bool regex_match(const struct matcher *matcher, struct str value)
{
    const struct regex *regex = matcher->compiled;
    return pcre2_match(regex->code, (PCRE2_SPTR)(value.p ? value.p : ""), value.n, 0, 0,
                       regex->data, regex->limits) >= 0;
}

static bool matcher_holds(const struct matcher *matcher, struct str value)
{
    switch (matcher->kind) {
    case MATCH_EQUAL: return str_equal(value, matcher->value);
    case MATCH_NOT_EQUAL: return !str_equal(value, matcher->value);
    case MATCH_REGEX: return regex_match(matcher, value);
    case MATCH_NOT_REGEX: return !regex_match(matcher, value);
    }
    return false;
}

bool selector_match(const struct selector *selector, const struct label *labels, size_t count)
{
    for (size_t i = 0; i < selector->matcher_count; i++) {
        const struct matcher *matcher = &selector->matchers[i];
        if (!matcher_holds(matcher, label_value(labels, count, matcher->label)))
            return false;
    }
    return true;
}

static bool is_plain(struct str name, bool colons)
{
    for (size_t i = 0; i < name.n; i++)
        if (!is_label_byte(name.p[i], i == 0) && !(colons && name.p[i] == ':'))
            return false;
    return name.n > 0;
}

bool selector_is_quoted(const struct selector *selector)
{
    bool plain = is_plain(selector->metric, true);
    for (size_t i = 0; i < selector->matcher_count; i++)
        plain = plain && is_plain(selector->matchers[i].label, false);
    return !plain;
}

struct str selector_write(struct arena *arena, const struct selector *selector, const char *suffix)
{
    static const char *const operators[] = {"=", "!=", "=~", "!~"};
    struct text text;
    bool quoted = !is_plain(selector->metric, true);
    size_t room = 4 * selector->metric.n + strlen(suffix) + 16;
    for (size_t i = 0; i < selector->matcher_count; i++)
        room += 4 * (selector->matchers[i].label.n + selector->matchers[i].value.n) + 16;
    text_init(&text, arena, room);
    if (quoted)
        text_byte(&text, '{');
    if (quoted)
        promql_string_write(&text, str_printf(arena, "%.*s%s", STR_ARGS(selector->metric), suffix));
    else
        text_printf(&text, "%.*s%s", STR_ARGS(selector->metric), suffix);
    for (size_t i = 0; i < selector->matcher_count; i++) {
        const struct matcher *matcher = &selector->matchers[i];
        text_adds(&text, i == 0 && !quoted ? "{" : ",");
        if (is_plain(matcher->label, false))
            text_add(&text, matcher->label);
        else
            promql_string_write(&text, matcher->label);
        text_adds(&text, operators[matcher->kind]);
        promql_string_write(&text, matcher->value);
    }
    if (quoted || selector->matcher_count > 0)
        text_byte(&text, '}');
    return text_str(&text);
}

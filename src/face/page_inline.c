/* page_inline.c - Markdown within a line, clocks, and the frame around every page. */
#include "face/page_internal.h"

enum { INLINE_NESTING_MAX = 8 };

static void inline_write(struct text *text, struct str s, int depth);

static bool is_safe_address(struct str address)
{
    return str_starts_nocase(address, "http://") || str_starts_nocase(address, "https://") ||
           str_starts_nocase(address, "mailto:");
}

/* [words](address) at the front of s: returns its length, or 0 when there is none. */
static size_t link_write(struct text *text, struct str s, int depth)
{
    size_t end = str_find(s, "](", 1);
    size_t close = str_find_byte(s, ')', end);
    if (end >= s.n || close >= s.n)
        return 0;
    struct str address = str_slice(s, end + 2, close);
    struct str words = str_slice(s, 1, end);
    if (!is_safe_address(address))
        return 0;
    text_adds(text, "<a rel=\"noreferrer noopener\" href=\"");
    text_html(text, address);
    text_adds(text, "\">");
    inline_write(text, words, depth + 1);
    text_adds(text, "</a>");
    return close + 1;
}

/* What stands between two equal marks: returns the length with marks, or 0. */
static size_t span_write(struct text *text, struct str s, int depth)
{
    static const struct {
        const char *mark, *tag;
    } spans[] = {{"**", "strong"}, {"__", "strong"}, {"~~", "del"}, {"*", "em"}, {"_", "em"}};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        size_t n = strlen(spans[i].mark);
        if (!str_starts(s, spans[i].mark) || s.n <= 2 * n || byte_is_blank(s.p[n]))
            continue;
        size_t end = str_find(s, spans[i].mark, n + 1);
        bool inside_word = spans[i].mark[0] == '_' && end + n < s.n && byte_is_alnum(s.p[end + n]);
        if (end >= s.n || byte_is_blank(s.p[end - 1]) || inside_word)
            continue;
        text_printf(text, "<%s>", spans[i].tag);
        inline_write(text, str_slice(s, n, end), depth + 1);
        text_printf(text, "</%s>", spans[i].tag);
        return end + n;
    }
    return 0;
}

static size_t code_write(struct text *text, struct str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] == '`')
        n++;
    for (size_t at = n; at + n <= s.n; at++) {
        size_t run = 0;
        while (at + run < s.n && s.p[at + run] == '`')
            run++;
        if (run == n) {
            text_adds(text, "<code>");
            text_html(text, str_slice(s, n, at));
            text_adds(text, "</code>");
            return at + n;
        }
        at += run;
    }
    return 0;
}

static void inline_write(struct text *text, struct str s, int depth)
{
    size_t plain = 0;
    for (size_t at = 0; depth < INLINE_NESTING_MAX && at < s.n;) {
        struct str rest = str_from(s, at);
        char c = s.p[at];
        bool in_word = at > 0 && byte_is_alnum(s.p[at - 1]);
        if (c == '\\' && rest.n > 1 && memchr("\\`*_{}[]()#+-.!|~<>", rest.p[1], 19)) {
            text_html(text, str_slice(s, plain, at));
            text_html(text, str_slice(rest, 1, 2));
            at += 2;
            plain = at;
            continue;
        }
        bool may_begin = c == '`' || c == '[' || c == '*' || c == '~' || (c == '_' && !in_word);
        if (!may_begin) {
            at++;
            continue;
        }
        text_html(text, str_slice(s, plain, at));
        size_t n = c == '`'   ? code_write(text, rest)
                   : c == '[' ? link_write(text, rest, depth)
                              : span_write(text, rest, depth);
        plain = at + n;
        at += n ? n : 1;
    }
    text_html(text, str_from(s, plain));
}

void html_inline_write(struct text *text, struct str words)
{
    inline_write(text, words, 0);
}

void html_time_write(struct text *text, struct instant at)
{
    char whole[INSTANT_TEXT_BYTES];
    instant_write(at, whole);
    text_printf(text, "<time datetime=\"%s\" title=\"%.10s\">%.8s UTC</time>", whole, whole,
                whole + 11);
}

void html_clock_write(struct text *text, const char *kind, struct instant at, struct instant now)
{
    int64_t ms = instant_ms_between(at, now);
    bool until = kind[0] == 'u';
    bool late = until && ms > 0;
    text_printf(text, "<span class=\"clock%s\" data-%s=\"%lld\">", late ? " late" : "", kind,
                (long long)(at.us / 1000));
    text_add(text, duration_text(text->arena, (ms < 0 ? -ms : ms) / 1000 * 1000));
    text_adds(text, until ? (late ? " late" : " left") : "");
    text_adds(text, "</span>");
}

void html_head_write(struct text *text, struct str title, bool is_living)
{
    text_adds(text, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                    "<meta name=\"color-scheme\" content=\"light dark\"><title>");
    text_html(text, title);
    text_adds(text, " \xC2\xB7 Reeve</title>"
                    "<link rel=\"icon\" href=\"/assets/reeve.svg\" type=\"image/svg+xml\">"
                    "<link rel=\"stylesheet\" href=\"/assets/reeve.css\">");
    if (is_living)
        text_adds(text, "<script src=\"/assets/reeve.js\" defer></script>");
    text_adds(text, "</head>\n");
}

void html_foot_write(struct text *text)
{
    text_adds(text, "</body></html>\n");
}

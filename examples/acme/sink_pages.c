/* sink_pages.c - what the sink received, as one page for people and as JSON for programs. */
#include "sink.h"

#include "base/json.h"

static struct sink *sink_of(struct exchange *exchange)
{
    return exchange->owner;
}

/* JSON and HTML are UTF-8: anything else is shown with a question mark for each strange byte. */
static struct str readable(struct arena *arena, struct str s)
{
    if (str_utf8_valid(s, NULL))
        return s;
    struct text out;
    text_init(&out, arena, s.n);
    for (size_t i = 0; i < s.n; i++)
        text_byte(&out, (unsigned char)s.p[i] < 0x80 ? s.p[i] : '?');
    return text_str(&out);
}

static bool starts_link(struct str s)
{
    return str_starts(s, "http://") || str_starts(s, "https://");
}

/* The length of the address at the front of s, without the sentence's punctuation. */
static size_t link_length(struct str s)
{
    size_t n = 0;
    while (n < s.n && (unsigned char)s.p[n] > ' ' && !strchr("<>\"'`", s.p[n]))
        n++;
    while (n > 0 && strchr(".,;:!?)", s.p[n - 1]))
        n--;
    return n;
}

static void write_with_links(struct text *text, struct str s)
{
    size_t from = 0;
    size_t at = 0;
    while (at < s.n) {
        if (!starts_link(str_from(s, at))) {
            at++;
            continue;
        }
        text_html(text, str_slice(s, from, at));
        struct str address = str_slice(s, at, at + link_length(str_from(s, at)));
        text_adds(text, "<a href=\"");
        text_html(text, address);
        text_adds(text, "\">");
        text_html(text, address);
        text_adds(text, "</a>");
        at += address.n;
        from = at;
    }
    text_html(text, str_from(s, from));
}

static void write_ago(struct text *text, int64_t at_ms)
{
    text_printf(text, "%.1f s ago", (double)(web_unix_ms() - at_ms) / 1000);
}

static void write_heartbeat(struct text *text, const struct sink *sink)
{
    if (sink->heartbeats == 0) {
        text_adds(text, "<p class=bad>No heartbeat has come yet.");
        return;
    }
    double silent_s = (double)(web_monotonic_us() - sink->heartbeat_us) / 1e6;
    text_printf(text, "<p%s>%lld heartbeats, silent for %.1f s.", silent_s > 15 ? " class=bad" : "",
                (long long)sink->heartbeats, silent_s);
}

static void write_mails(struct exchange *exchange, struct text *text)
{
    struct sink *sink = sink_of(exchange);
    text_printf(text, "<h2>%lld mails</h2>", (long long)sink->mail_count);
    for (int64_t n = sink->mail_count; n > 0 && n > sink->mail_count - SINK_KEPT; n--) {
        const struct sink_mail *mail = &sink->mails[n % SINK_KEPT];
        text_adds(text, "<article><b>");
        text_html(text, readable(&exchange->memory, mail->mail.subject));
        text_adds(text, "</b><br><small>to ");
        text_html(text, readable(&exchange->memory, mail->recipients));
        text_adds(text, ", ");
        write_ago(text, mail->at_ms);
        text_adds(text, "</small><pre>");
        write_with_links(text, readable(&exchange->memory, mail->mail.body));
        text_adds(text, "</pre></article>");
    }
}

static void write_hooks(struct exchange *exchange, struct text *text)
{
    struct sink *sink = sink_of(exchange);
    text_printf(text, "<h2>%lld webhooks</h2>", (long long)sink->hook_count);
    for (int64_t n = sink->hook_count; n > 0 && n > sink->hook_count - SINK_KEPT; n--) {
        const struct sink_hook *hook = &sink->hooks[n % SINK_KEPT];
        text_adds(text, "<article><b>POST ");
        text_html(text, readable(&exchange->memory, hook->path));
        text_printf(text, "</b> <small>answered %d, ", hook->status);
        write_ago(text, hook->at_ms);
        text_adds(text, "</small><pre>");
        write_with_links(text, readable(&exchange->memory, hook->body));
        text_adds(text, "</pre></article>");
    }
}

void sink_show_page(struct exchange *exchange)
{
    struct text text = web_text(exchange);
    text_adds(&text,
              "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
              "content='width=device-width'><meta http-equiv=refresh content=5><title>Acme: what "
              "arrived</title><style>:root{color-scheme:light dark;font:16px/1.5 system-ui,"
              "sans-serif}body{max-width:48rem;margin:2rem auto;padding:0 1rem}article{border:1px "
              "solid #8886;border-radius:.5rem;padding:.7rem 1rem;margin:.7rem 0}pre{white-space:"
              "pre-wrap;overflow-wrap:anywhere;margin:.5rem 0 0}.bad{color:#d33}</style>"
              "<h1>What arrived</h1><p>Mails and webhooks end here and go nowhere else.");
    write_heartbeat(&text, sink_of(exchange));
    write_mails(exchange, &text);
    write_hooks(exchange, &text);
    text_adds(&text, "</html>");
    web_answer(exchange, 200, "text/html; charset=utf-8", text_str(&text));
}

static void answer_json(struct exchange *exchange, const struct text *text)
{
    if (text_full(text))
        web_answer(exchange, 500, "text/plain", STR("What arrived is larger than 8 MB.\n"));
    else
        web_answer(exchange, 200, "application/json", text_str(text));
}

void sink_show_mails(struct exchange *exchange)
{
    struct sink *sink = sink_of(exchange);
    struct arena *arena = &exchange->memory;
    struct text text = web_text(exchange);
    struct json_writer w = {.text = &text};
    int64_t oldest = sink->mail_count > SINK_KEPT ? sink->mail_count - SINK_KEPT : 0;
    json_open_array(&w, NULL);
    for (int64_t n = oldest + 1; n <= sink->mail_count; n++) {
        const struct sink_mail *mail = &sink->mails[n % SINK_KEPT];
        json_open_object(&w, NULL);
        json_int(&w, "at_ms", mail->at_ms);
        json_str(&w, "body", readable(arena, mail->mail.body));
        json_str(&w, "from", readable(arena, mail->mail.from));
        json_int(&w, "number", mail->number);
        json_str(&w, "raw", readable(arena, mail->raw));
        json_str(&w, "recipients", readable(arena, mail->recipients));
        json_str(&w, "sender", readable(arena, mail->sender));
        json_str(&w, "subject", readable(arena, mail->mail.subject));
        json_str(&w, "to", readable(arena, mail->mail.to));
        json_close_object(&w);
    }
    json_close_array(&w);
    answer_json(exchange, &text);
}

void sink_show_hooks(struct exchange *exchange)
{
    struct sink *sink = sink_of(exchange);
    struct arena *arena = &exchange->memory;
    struct text text = web_text(exchange);
    struct json_writer w = {.text = &text};
    int64_t oldest = sink->hook_count > SINK_KEPT ? sink->hook_count - SINK_KEPT : 0;
    json_open_array(&w, NULL);
    for (int64_t n = oldest + 1; n <= sink->hook_count; n++) {
        const struct sink_hook *hook = &sink->hooks[n % SINK_KEPT];
        json_open_object(&w, NULL);
        json_int(&w, "at_ms", hook->at_ms);
        json_str(&w, "body", readable(arena, hook->body));
        json_open_array(&w, "headers");
        for (int i = 0; i < hook->header_count; i++) {
            json_open_array(&w, NULL);
            json_str(&w, NULL, readable(arena, hook->headers[i].name));
            json_str(&w, NULL, readable(arena, hook->headers[i].value));
            json_close_array(&w);
        }
        json_close_array(&w);
        json_int(&w, "number", hook->number);
        json_str(&w, "path", readable(arena, hook->path));
        json_int(&w, "status", hook->status);
        json_close_object(&w);
    }
    json_close_array(&w);
    answer_json(exchange, &text);
}

void sink_show_heartbeat(struct exchange *exchange)
{
    struct sink *sink = sink_of(exchange);
    struct text text = web_text(exchange);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_int(&w, "count", sink->heartbeats);
    if (sink->heartbeats > 0) {
        json_int(&w, "last_ms", sink->heartbeat_ms);
        json_int(&w, "silent_ms", (web_monotonic_us() - sink->heartbeat_us) / 1000);
    }
    json_close_object(&w);
    answer_json(exchange, &text);
}

/* page_frame.c - the frame around every page, and moments of time in it. */
#include "face/page_internal.h"

void html_time_write(struct text *text, struct instant at)
{
    char whole[INSTANT_TEXT_BYTES];
    if (instant_is_zero(at))
        return;
    instant_write(at, whole);
    text_printf(text, "<time datetime=\"%s\" title=\"%.10s %.8s UTC\">%.8s UTC</time>", whole,
                whole, whole + 11, whole + 11);
}

void html_date_write(struct text *text, struct instant at)
{
    char whole[INSTANT_TEXT_BYTES];
    if (instant_is_zero(at))
        return;
    instant_write(at, whole);
    text_printf(text, "<time datetime=\"%s\" title=\"%.10s %.8s UTC\">%.10s %.5s UTC</time>", whole,
                whole, whole + 11, whole, whole + 11);
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
    csrf_meta_write(text);
    if (is_living)
        text_adds(text, "<script src=\"/assets/reeve.js\" defer></script>");
    text_adds(text, "</head>\n");
}

void html_foot_write(struct text *text)
{
    text_adds(text, "</body></html>\n");
}

void html_voices_write(struct text *text)
{
    text_adds(text, "<p class=\"lost\" id=\"lost\" role=\"alert\" hidden></p>"
                    "<p class=\"unseen\" id=\"news\" role=\"status\"></p>");
}

void single_open(struct text *text, struct str title, struct instant now)
{
    html_head_write(text, title, true);
    text_printf(text,
                "<body class=\"single\" data-now=\"%lld\"><header class=\"top\"><a class=\"brand\" "
                "href=\"/\">Reeve</a><p class=\"sum\"><a href=\"/\">Back to the runbook</a></p>"
                "<a class=\"who\" href=\"/account\">Account</a>"
                "<p class=\"link\" id=\"link\" role=\"status\"><noscript>Reload for newer values"
                "</noscript></p></header>",
                (long long)(now.us / 1000));
    html_voices_write(text);
    text_adds(text, "<main id=\"subject\">");
}

void single_close(struct text *text)
{
    text_adds(text, "</main>");
    html_foot_write(text);
}

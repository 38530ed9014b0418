/* page_small.c - the pages with one thing on them: a button, a question, a sentence. */
#include "face/page_internal.h"

void card_open(struct text *text, struct str title)
{
    html_head_write(text, title, false);
    text_adds(text, "<body class=\"small\"><main class=\"card\"><p class=\"brand\">Reeve</p><h1>");
    text_html(text, title);
    text_adds(text, "</h1>");
}

void card_close(struct text *text)
{
    text_adds(text, "</main>");
    html_foot_write(text);
}

void page_acknowledge_write(struct text *text, const struct acknowledge_page *page)
{
    card_open(text, page->title);
    text_adds(text, "<p><span class=\"severity\">");
    text_html(text, page->severity);
    text_printf(text, "</span> Incident %lld</p>", (long long)page->number);
    if (page->merged)
        text_printf(text, "<p>Incident %lld, which you were told of, was merged into it.</p>",
                    (long long)page->merged);
    if (page->done.n) {
        text_adds(text, "<p class=\"warn\">");
        text_html(text, page->done);
        text_printf(text, "</p><p><a href=\"/incidents/%lld\">Open incident %lld</a></p>",
                    (long long)page->number, (long long)page->number);
    } else {
        text_adds(text, "<p>You take it on as <strong>");
        text_html(text, page->person);
        text_adds(text, "</strong>; the paging stops.</p><form method=\"post\" action=\"");
        text_html(text, page->action);
        text_adds(text, "\"><button class=\"main\">Acknowledge</button></form>");
    }
    text_adds(text, "<p><a href=\"/\">Open the runbook</a></p>");
    card_close(text);
}

void page_problem_write(struct text *text, int status, struct str sentence)
{
    struct str title = status == 404   ? STR("Nothing is here")
                       : status == 403 ? STR("Not allowed")
                       : status >= 500 ? STR("Reeve could not do that")
                                       : STR("That did not work");
    card_open(text, title);
    text_adds(text, "<p>");
    text_html(text, sentence);
    text_printf(text,
                "</p><p class=\"faint\">Status %d</p><p><a href=\"/\">Open the runbook</a>"
                "</p>",
                status);
    card_close(text);
}

void page_entry_write(struct text *text, const struct entry_page *page)
{
    struct str title = str_printf(text->arena, "Ledger entry %lld", (long long)page->sequence);
    single_open(text, title, page->now);
    text_printf(text, "<h1>Ledger entry %lld</h1><p class=\"entry-words\">",
                (long long)page->sequence);
    text_html(text, page->sentence);
    text_adds(text, "</p><dl class=\"facts\"><dt>When</dt><dd>");
    html_time_write(text, page->at);
    text_adds(text, "</dd><dt>Who</dt><dd>");
    text_html(text, page->actor);
    text_adds(text, "</dd><dt>About</dt><dd>");
    text_html(text, page->subject);
    text_adds(text, "</dd></dl><h2>As recorded</h2><pre tabindex=\"0\">");
    text_html(text, page->leaf);
    text_adds(text, "</pre><p class=\"faint\">Hash of the entry: <code>");
    text_html(text, page->hash);
    text_adds(text, "</code></p>");
    single_close(text);
}

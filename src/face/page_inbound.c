/* page_inbound.c - alerts of other systems, kept apart from our own. */
#include "base/noun.h"
#include "face/page_internal.h"

static void close_form(struct text *text, const struct inbound_view *inbound)
{
    text_adds(text, "<details class=\"close-alert\"><summary>Close</summary><form method=\"post\" "
                    "action=\"/do/alert/close\" class=\"say\"><input type=\"hidden\" "
                    "name=\"sender\" value=\"");
    text_html(text, inbound->sender);
    text_adds(text, "\"><input type=\"hidden\" name=\"key\" value=\"");
    text_html(text, inbound->key);
    text_adds(text, "\">");
    back_write(text, STR("/"));
    text_adds(text, "<label><span class=\"unseen\">Why ");
    text_html_visible(text, inbound->name);
    text_adds(text, " is over</span><input name=\"reason\" required maxlength=\"400\" "
                    "autocomplete=\"off\" placeholder=\"How do you know that it is over?\">"
                    "</label><button>Close it</button></form></details>");
}

static void item_write(struct text *text, const struct inbound_view *inbound, struct instant now)
{
    text_adds(text, "<li><p><strong>");
    text_html_visible(text, inbound->sender);
    text_adds(text, "</strong> ");
    if (inbound->severity.n > 0) {
        text_adds(text, "<span class=\"severity\">");
        text_html_visible(text, inbound->severity);
        text_adds(text, "</span> ");
    }
    if (inbound->url.n > 0) {
        text_adds(text, "<a rel=\"noreferrer noopener\" href=\"");
        text_html(text, inbound->url);
        text_adds(text, "\">");
    }
    text_html_visible(text, inbound->name);
    text_adds(text, inbound->url.n > 0 ? "</a></p>" : "</p>");
    if (inbound->summary.n > 0) {
        text_adds(text, "<p>");
        text_html_visible(text, inbound->summary);
        text_adds(text, "</p>");
    }
    text_adds(text, "<p class=\"facts\">since ");
    html_time_write(text, inbound->starts);
    text_adds(text, ", last heard ");
    html_clock_write(text, "since", inbound->heard, now);
    text_adds(text, " ago");
    if (inbound->incident > 0)
        text_printf(text, ", in <a href=\"/incidents/%lld\">incident %lld</a>",
                    (long long)inbound->incident, (long long)inbound->incident);
    text_adds(text, "</p>");
    silence_form_write(text, &(struct silence_form){.silence = inbound->silence,
                                                    .muted = inbound->muted,
                                                    .sender = inbound->sender,
                                                    .key = inbound->key,
                                                    .name = inbound->name});
    close_form(text, inbound);
    text_adds(text, "</li>");
}

void inbounds_write(struct text *text, const struct page_view *view)
{
    if (view->inbound_count == 0)
        return;
    text_adds(text, "<section class=\"runs elsewhere\" aria-labelledby=\"inbound-head\">"
                    "<h2 id=\"inbound-head\">Alerts from elsewhere</h2><ul>");
    for (size_t i = 0; i < view->inbound_count; i++)
        item_write(text, &view->inbounds[i], view->now);
    text_adds(text, "</ul>");
    if (view->inbound_more > 0)
        text_printf(text,
                    "<p class=\"facts\">%zu more %s open; <code>reeve alert inbound</code> lists "
                    "all.</p>",
                    view->inbound_more, noun((int64_t)view->inbound_more, "is", "are"));
    text_adds(text, "</section>");
}

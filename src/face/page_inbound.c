/* page_inbound.c - alerts of other systems, kept apart from our own. */
#include "base/noun.h"
#include "face/page_internal.h"

#include <inttypes.h>

enum { SHOWN = 10 }; /* the others are folded: the runbook is not to be far below */

static void close_form(struct text *text, const struct inbound_view *inbound)
{
    text_adds(text, "<details class=\"close-alert\"><summary>Close<span class=\"unseen\"> ");
    text_html_visible(text, inbound->name);
    text_adds(text, "</span></summary><form method=\"post\" action=\"/do/alert/close\" "
                    "class=\"say\"><input type=\"hidden\" name=\"sender\" value=\"");
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

/* Known by its id, so that what somebody types stays with the alert that it is about while others
 * come and go. */
static void item_write(struct text *text, const struct inbound_view *inbound, struct instant now)
{
    struct str known =
        str_printf(text->arena, "%.*s %.*s", STR_ARGS(inbound->sender), STR_ARGS(inbound->key));
    text_printf(text, "<li id=\"in-%016" PRIx64 "\"><p><strong>", str_hash(known));
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
    if (instant_before(now, inbound->starts))
        text_adds(text, " (in the future by its sender's clock)");
    if (instant_is_zero(inbound->heard)) {
        text_adds(text, ", not heard since the start at ");
        html_time_write(text, inbound->started);
    } else {
        text_adds(text, ", last heard ");
        html_clock_write(text, "since", inbound->heard, now);
        text_adds(text, " ago");
    }
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
    for (size_t i = 0; i < view->inbound_count; i++) {
        if (i == SHOWN)
            text_printf(text, "</ul><details id=\"inbound-rest\"><summary>%zu newer</summary><ul>",
                        view->inbound_count - SHOWN);
        item_write(text, &view->inbounds[i], view->now);
    }
    text_adds(text, view->inbound_count > SHOWN ? "</ul></details>" : "</ul>");
    if (view->inbound_more > 0)
        text_printf(text,
                    "<p class=\"facts\">%zu more %s open; <code>reeve alert inbound</code> lists "
                    "all.</p>",
                    view->inbound_more, noun((int64_t)view->inbound_more, "is", "are"));
    text_adds(text, "</section>");
}

/* page_ways.c - who was reached last by which way, on the main page. */
#include "face/page_internal.h"

static void way_write(struct text *text, const struct way_view *way, struct instant now)
{
    const char *mark = way->problem.n > 0           ? "firing"
                       : instant_is_zero(way->sent) ? "unknown"
                                                    : "ok";
    text_printf(text, "<li><span class=\"mark %s\">%s</span> <strong>", mark,
                way->problem.n > 0           ? "fails"
                : instant_is_zero(way->sent) ? "not proved"
                                             : "ok");
    text_html(text, way->person);
    text_adds(text, "</strong> by ");
    text_html(text, way->way);
    if (!instant_is_zero(way->sent)) {
        text_adds(text, ", reached ");
        html_clock_write(text, "since", way->sent, now);
        text_adds(text, " ago (");
        text_html_visible(text, way->detail);
        text_adds(text, ")");
    }
    if (way->problem.n > 0) {
        text_adds(text, "<p>The newest page by it was given up: ");
        text_html_visible(text, way->problem);
        text_adds(text, "</p>");
    }
    text_adds(text, "</li>");
}

void ways_write(struct text *text, const struct page_view *view)
{
    if (view->way_count == 0)
        return;
    text_adds(text, "<section class=\"targets\" aria-labelledby=\"ways-head\">"
                    "<h2 id=\"ways-head\">Who can be reached</h2><ul>");
    for (size_t i = 0; i < view->way_count; i++)
        way_write(text, &view->ways[i], view->now);
    text_adds(text, "</ul></section>");
}

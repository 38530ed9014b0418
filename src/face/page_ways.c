/* page_ways.c - who was reached last by which way, on the main page. */
#include "face/page_internal.h"

static void way_write(struct text *text, const struct way_view *way, struct instant now)
{
    bool old = way->problem.n == 0 && !instant_is_zero(way->sent) && way->warning.n > 0;
    const char *mark = way->problem.n > 0                  ? "firing"
                       : instant_is_zero(way->sent) || old ? "unknown"
                                                           : "ok";
    text_printf(text, "<li><span class=\"mark %s\">%s</span> <strong>", mark,
                way->problem.n > 0           ? "fails"
                : instant_is_zero(way->sent) ? "not proved"
                : old                        ? "not proved for 90 days"
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
        if (way->failures > 1)
            text_printf(text, "<p>%lld pages in a row by it were given up, the newest ",
                        (long long)way->failures);
        else
            text_adds(text, "<p>The newest page by it was given up ");
        html_clock_write(text, "since", way->failed, now);
        text_adds(text, " ago: ");
        text_html_visible(text, way->problem);
        text_adds(text, "</p>");
    }
    text_adds(text, "</li>");
}

static void off_write(struct text *text, const struct switch_view *view)
{
    text_adds(text, "<li><span class=\"mark unknown\">off</span> ");
    text_html_visible(text, view->words);
    text_adds(text, "<form method=\"post\" action=\"/do/switch/on\" class=\"say\"><input "
                    "type=\"hidden\" name=\"name\" value=\"");
    text_html(text, view->name);
    text_adds(text, "\">");
    back_write(text, STR("/"));
    text_adds(text, "<button>Switch ");
    text_html_visible(text, view->name);
    text_adds(text, " on</button></form></li>");
}

static void switches_write(struct text *text, const struct page_view *view)
{
    text_adds(text, "<ul>");
    for (size_t i = 0; i < view->switch_count; i++)
        if (view->switches[i].off)
            off_write(text, &view->switches[i]);
    text_adds(text, "</ul><details class=\"silence\"><summary>Switch something off</summary><form "
                    "method=\"post\" action=\"/do/switch/off\" class=\"say\"><label>What <select "
                    "name=\"name\">");
    for (size_t i = 0; i < view->switch_count; i++) {
        if (view->switches[i].off)
            continue;
        text_adds(text, "<option>");
        text_html(text, view->switches[i].name);
        text_adds(text, "</option>");
    }
    text_adds(text, "</select></label>");
    back_write(text, STR("/"));
    text_adds(text, "<label><span class=\"unseen\">Why it is switched off</span><input "
                    "name=\"reason\" required maxlength=\"250\" autocomplete=\"off\" "
                    "placeholder=\"Why?\"></label><button>Switch it off</button></form></details>");
}

void ways_write(struct text *text, const struct page_view *view)
{
    if (view->way_count == 0 && view->switch_count == 0)
        return;
    text_adds(text, "<section class=\"targets\" aria-labelledby=\"ways-head\">"
                    "<h2 id=\"ways-head\">Who can be reached</h2><ul>");
    for (size_t i = 0; i < view->way_count; i++)
        way_write(text, &view->ways[i], view->now);
    text_adds(text, "</ul>");
    if (view->switch_count > 0)
        switches_write(text, view);
    text_adds(text, "</section>");
}

/* page_oncall.c - who is on call in the coming two weeks: a table for each rota, in words. */
#include "face/page_internal.h"

enum { GAPS_SHOWN = 3 };

static void shift_write(struct text *text, const struct shift_view *shift)
{
    text_adds(text, shift->is_now ? "<tr aria-current=\"time\"><th scope=\"row\">"
                                  : "<tr><th scope=\"row\">");
    text_html_visible(text, shift->from);
    text_adds(text, "</th><td>");
    if (shift->is_gap)
        text_adds(text, "<strong>Gap:</strong> ");
    else if (shift->is_now)
        text_adds(text, "<strong>Now:</strong> ");
    text_html_visible(text, shift->who);
    text_adds(text, shift->is_gap ? ", so a page goes to others <span class=\"seen\">"
                                  : " <span class=\"seen\">");
    text_html_visible(text, shift->until);
    text_adds(text, ", ");
    text_html_visible(text, shift->why);
    text_adds(text, "</span></td></tr>");
}

static void rota_write(struct text *text, const struct rota_view *rota)
{
    text_adds(text, "<h2>");
    text_html_visible(text, rota->name);
    text_adds(text, "</h2><div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"Shifts "
                    "of ");
    text_html_visible(text, rota->name);
    text_adds(text, "\"><table><thead><tr><th scope=\"col\">From</th><th scope=\"col\">On "
                    "call</th></tr></thead><tbody>");
    for (size_t i = 0; i < rota->shift_count; i++)
        shift_write(text, &rota->shifts[i]);
    text_adds(text, "</tbody></table></div><p class=\"faint\">Times by the clock of ");
    text_html_visible(text, rota->zone);
    text_adds(text, rota->is_cut ? "; there are more shifts, which <code>reeve oncall --for</code> "
                                   "lists.</p>"
                                 : ".</p>");
}

static void gap_list_write(struct text *text, const struct oncall_view *view)
{
    if (view->double_duty.n > 0) {
        text_adds(text, "<p class=\"warn\"><strong>Double duty:</strong> ");
        text_html_visible(text, view->double_duty);
        text_adds(text, "</p>");
    }
    if (view->gap_count == 0)
        return;
    text_adds(text, "<h2>Nobody is on</h2><ul>");
    for (size_t i = 0; i < view->gap_count; i++) {
        text_adds(text, "<li>");
        text_html_visible(text, view->gaps[i]);
        text_adds(text, "</li>");
    }
    text_adds(text, "</ul>");
}

static void unproved_write(struct text *text, const struct oncall_view *view)
{
    for (size_t i = 0; i < view->unproved_count; i++) {
        const struct unproved_view *unproved = &view->unproved[i];
        text_adds(text, unproved->by_none
                            ? "<p class=\"warn\"><strong>On call and not proved:</strong> "
                            : "<p class=\"warn\"><strong>On call, some ways not proved:</strong> ");
        text_html_visible(text, unproved->sentence);
        text_adds(text, "</p>");
    }
}

static void change_write(struct text *text, const struct change_view *change)
{
    text_adds(text, "<li>");
    text_html_visible(text, change->sentence);
    text_printf(text,
                "<form method=\"post\" action=\"/do/oncall/undo\" class=\"say\"><input "
                "type=\"hidden\" name=\"number\" value=\"%lld\">",
                (long long)change->number);
    back_write(text, STR("/oncall"));
    text_printf(text, "<button>Take change %lld back</button></form></li>",
                (long long)change->number);
}

static void option_write(struct text *text, struct str name)
{
    text_adds(text, "<option>");
    text_html(text, name);
    text_adds(text, "</option>");
}

/* Somebody is put on a rota from now on: what is wanted of a telephone in the night. */
static void override_write(struct text *text, const struct oncall_view *view)
{
    text_adds(text, "<h2>Put somebody on from now</h2><form method=\"post\" "
                    "action=\"/do/oncall/override\" class=\"say put-on\"><label>Rota <select "
                    "name=\"rota\">");
    for (size_t i = 0; i < view->rota_count; i++)
        option_write(text, view->rotas[i].name);
    text_adds(text, "</select></label> <label>Person <select name=\"person\">");
    for (size_t i = 0; i < view->people_count; i++)
        option_write(text, view->people[i]);
    text_adds(text, "</select></label> <label>For <input name=\"for\" required maxlength=\"20\" "
                    "value=\"8h\"></label> <label>Why <input name=\"reason\" required "
                    "maxlength=\"400\" autocomplete=\"off\"></label>");
    back_write(text, STR("/oncall"));
    text_adds(text, "<button>Put on</button></form>");
}

static void changes_write(struct text *text, const struct oncall_view *view)
{
    if (view->change_count == 0)
        return;
    text_adds(text, "<h2>Overrides, swaps and leave</h2><ul>");
    for (size_t i = 0; i < view->change_count; i++)
        change_write(text, &view->changes[i]);
    text_adds(text, "</ul>");
}

void page_oncall_write(struct text *text, const struct oncall_view *view, struct instant now)
{
    single_open(text, STR("On call"), now);
    text_adds(text, "<h1>On call</h1>");
    if (view->rota_count == 0)
        text_adds(text, "<p>There is no on_call: in reeve.yaml; every responder is paged.</p>");
    unproved_write(text, view);
    gap_list_write(text, view);
    for (size_t i = 0; i < view->rota_count; i++)
        rota_write(text, &view->rotas[i]);
    changes_write(text, view);
    if (view->rota_count > 0)
        override_write(text, view);
    text_adds(text, "<p class=\"faint\">As a calendar: <a href=\"/oncall.ics\">oncall.ics</a>, and "
                    "<code>/oncall.ics?person=NAME</code>. To change who is on: <code>reeve oncall "
                    "override</code>, <code>swap</code> and <code>leave</code>.</p>");
    single_close(text);
}

void oncall_write(struct text *text, const struct page_view *view)
{
    if (view->rota_count == 0)
        return;
    text_adds(text, "<section class=\"targets\" aria-labelledby=\"oncall-head\"><h2 "
                    "id=\"oncall-head\">On call</h2><ul>");
    for (size_t i = 0; i < view->rota_count; i++) {
        const struct rota_now_view *rota = &view->rotas[i];
        text_adds(text, rota->is_gap ? "<li><span class=\"mark firing\">gap</span> <strong>"
                                     : "<li><span class=\"mark ok\">on</span> <strong>");
        text_html_visible(text, rota->name);
        text_adds(text, "</strong> ");
        text_html_visible(text, rota->words);
        text_adds(text, "</li>");
    }
    for (size_t i = 0; i < view->gap_count && i < GAPS_SHOWN; i++) {
        text_adds(text, "<li><span class=\"mark pending\">ahead</span> ");
        text_html_visible(text, view->gaps[i]);
        text_adds(text, "</li>");
    }
    text_adds(text, "</ul><p class=\"faint\"><a href=\"/oncall\">The coming two weeks</a>");
    if (view->gap_count > GAPS_SHOWN)
        text_printf(text, ", with %zu more times at which nobody is on",
                    view->gap_count - GAPS_SHOWN);
    text_adds(text, "</p></section>");
}

void gaps_write(struct text *text, const struct page_view *view)
{
    if (view->gap_near.n == 0)
        return;
    text_adds(text, "<p class=\"trouble\"><strong>On call.</strong> ");
    text_html_visible(text, view->gap_near);
    text_adds(text, "</p>");
}

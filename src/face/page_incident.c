/* page_incident.c - incidents: the card on top of the page, and the page of one incident. */
#include "face/page_internal.h"

static void hidden_number(struct text *text, int64_t number)
{
    text_printf(text, "<input type=\"hidden\" name=\"number\" value=\"%lld\">", (long long)number);
}

static bool is_open(const struct incident_view *incident)
{
    return instant_is_zero(incident->resolved);
}

static void clocks_write(struct text *text, const struct incident_view *incident,
                         struct instant now)
{
    text_adds(text, "<ul class=\"clocks\"><li><span class=\"name\">Open for</span> ");
    html_clock_write(text, "since", incident->opened, is_open(incident) ? now : incident->resolved);
    text_adds(text, "</li>");
    for (size_t i = 0; i < incident->clock_count; i++) {
        const struct clock_view *clock = &incident->clocks[i];
        text_printf(text, "<li%s><span class=\"name\">", clock->missed ? " class=\"missed\"" : "");
        text_html(text, clock->name);
        text_adds(text, "</span> ");
        if (!instant_is_zero(clock->met)) {
            bool answer = str_is(clock->name, "Response");
            text_adds(text, clock->missed ? "late, at " : answer ? "in time, at " : "done at ");
            html_time_write(text, clock->met);
        } else if (!instant_is_zero(clock->due)) {
            html_clock_write(text, "until", clock->due, now);
        } else {
            text_adds(text, "no time set");
        }
        text_adds(text, "</li>");
    }
    text_adds(text, "</ul>");
}

static void ticks_write(struct text *text, const struct incident_view *incident)
{
    size_t done = 0;
    for (size_t i = 0; i < incident->tick_count; i++)
        done += incident->ticks[i].done;
    if (incident->tick_count == 0)
        return;
    text_printf(text,
                "<details class=\"checklist\"%s><summary>Checklist <span class=\"count\">%zu of "
                "%zu ticked</span></summary><ol>",
                done < incident->tick_count ? " open" : "", done, incident->tick_count);
    for (size_t i = 0; i < incident->tick_count; i++) {
        const struct tick_view *tick = &incident->ticks[i];
        text_printf(text, "<li%s>", tick->done ? " class=\"done\"" : "");
        line_box_write(text, tick, incident->number);
        text_adds(text, "<span class=\"said\">");
        html_inline_write(text, tick->text);
        text_adds(text, "</span>");
        if (tick->done && tick->by.n) {
            text_adds(text, "<span class=\"by\">");
            text_html(text, tick->by);
            text_adds(text, ", ");
            html_time_write(text, tick->at);
            text_adds(text, "</span>");
        }
        text_adds(text, "</li>");
    }
    text_adds(text, "</ol></details>");
}

static void words_form(struct text *text, const struct incident_view *incident, const char *action,
                       const char *label)
{
    text_printf(text, "<form method=\"post\" action=\"/do/incident/%s\" class=\"say\">", action);
    hidden_number(text, incident->number);
    text_printf(text,
                "<label><span class=\"unseen\">%s for incident %lld</span><input name=\"note\" "
                "required maxlength=\"4000\" autocomplete=\"off\" placeholder=\"%s\"></label>"
                "<button>%s</button></form>",
                label, (long long)incident->number,
                action[0] == 'r' ? "What ended it?" : "What did you see or do?", label);
}

static void actions_write(struct text *text, const struct incident_view *incident)
{
    if (!is_open(incident))
        return;
    text_adds(text, "<div class=\"actions\">");
    if (instant_is_zero(incident->acknowledged)) {
        text_adds(text, "<form method=\"post\" action=\"/do/incident/ack\">");
        hidden_number(text, incident->number);
        text_adds(text, "<button class=\"main\">Acknowledge</button></form>");
    }
    words_form(text, incident, "note", "Note");
    words_form(text, incident, "resolve", "Resolve");
    text_adds(text, "</div>");
}

static void title_write(struct text *text, const struct incident_view *incident, const char *tag)
{
    text_printf(text, "<%s><span class=\"severity\">", tag);
    text_html(text, incident->severity);
    if (incident->word.n) {
        text_adds(text, " ");
        text_html(text, incident->word);
    }
    text_printf(text, "</span> <a href=\"/incidents/%lld\">", (long long)incident->number);
    text_html(text, incident->title);
    text_printf(text, "</a></%s><p class=\"facts\">Incident %lld, <strong>", tag,
                (long long)incident->number);
    text_html(text, incident->state);
    text_adds(text, "</strong>, since ");
    html_time_write(text, incident->opened);
    if (incident->acknowledged_by.n) {
        text_adds(text, ", acknowledged by ");
        text_html(text, incident->acknowledged_by);
    }
    text_adds(text, "</p>");
}

static void paragraph(struct text *text, const char *class_name, struct str words)
{
    if (words.n == 0)
        return;
    text_printf(text, "<p class=\"%s\">", class_name);
    text_html(text, words);
    text_adds(text, "</p>");
}

void incident_card_write(struct text *text, const struct incident_view *incident,
                         struct instant now)
{
    bool is_calm = !instant_is_zero(incident->mitigated) || !is_open(incident);
    text_printf(text, "<section class=\"incident%s\" id=\"incident-%lld\">", is_calm ? " calm" : "",
                (long long)incident->number);
    title_write(text, incident, incident->timeline ? "h1" : "h2");
    paragraph(text, "cause", incident->cause);
    paragraph(text, "warn", incident->note);
    clocks_write(text, incident, now);
    actions_write(text, incident);
    ticks_write(text, incident);
    text_adds(text, "</section>");
}

void incidents_write(struct text *text, const struct page_view *view)
{
    for (size_t i = 0; i < view->incident_count; i++)
        incident_card_write(text, &view->incidents[i], view->now);
}

void page_incident_write(struct text *text, const struct incident_view *incident,
                         struct instant now)
{
    struct str title = str_printf(text->arena, "Incident %lld: %.*s", (long long)incident->number,
                                  STR_ARGS(incident->title));
    html_head_write(text, title, true);
    text_printf(text,
                "<body class=\"single\" data-now=\"%lld\"><header class=\"top\"><a class=\"brand\" "
                "href=\"/\">Reeve</a><p class=\"sum\"><a href=\"/\">Back to the runbook</a></p>"
                "<p class=\"link\" id=\"link\" role=\"status\"></p></header><main>",
                (long long)(now.us / 1000));
    incident_card_write(text, incident, now);
    text_adds(text, "<section class=\"timeline\"><h2>Timeline</h2><ol>");
    for (size_t i = 0; i < incident->timeline_count; i++) {
        const struct timeline_view *entry = &incident->timeline[i];
        text_printf(text, "<li id=\"entry-%lld\">", (long long)entry->sequence);
        html_time_write(text, entry->at);
        text_adds(text, "<span class=\"said\">");
        text_html(text, entry->sentence);
        text_printf(text, "</span><span class=\"entry\">entry %lld</span></li>",
                    (long long)entry->sequence);
    }
    text_adds(text, "</ol></section></main>");
    html_foot_write(text);
}

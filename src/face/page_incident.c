/* page_incident.c - incidents: the card on top of the page, and the page of one incident. */
#include "face/page_internal.h"

enum {
    OVERDUE_SHOWN = 5,
    CARD_READINGS = 20
}; /* on the main page; all stand on the incident's own, and by their lines */

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
    text_printf(text, "<ul class=\"clocks\"><li><span class=\"name\">%s for</span> ",
                is_open(incident) ? "Open" : "Was open");
    if (is_open(incident)) {
        html_clock_write(text, "since", incident->since, now);
    } else { /* a clock would go on */
        int64_t open_ms = instant_ms_between(incident->since, incident->resolved);
        text_adds(text, "<span class=\"clock\">");
        text_add(text, duration_text(text->arena, open_ms / 1000 * 1000));
        text_adds(text, "</span>");
    }
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
        } else if (clock->stopped) {
            text_adds(text, "stopped");
        } else if (!instant_is_zero(clock->due)) {
            html_clock_write(text, "until", clock->due, now);
        } else {
            text_adds(text, "no time set");
        }
        text_adds(text, "</li>");
    }
    text_adds(text, "</ul>");
}

/* A tick by an action is taken back with a reason; the severity is confirmed with a button. */
static void tick_forms(struct text *text, const struct incident_view *incident,
                       const struct tick_view *tick, struct str back)
{
    bool takes_back = tick->done && tick->because.n > 0;
    if (!incident->timeline || !is_open(incident) ||
        (!takes_back && (tick->done || !tick->confirms)))
        return;
    text_printf(text,
                "<div class=\"by\">%s<form method=\"post\" action=\"/do/incident/%s\" "
                "class=\"say\">",
                takes_back ? "<details><summary>Take it back</summary>" : "",
                takes_back ? "tick" : "severity");
    hidden_number(text, incident->number);
    back_write(text, back);
    if (takes_back) {
        text_printf(text,
                    "<input type=\"hidden\" name=\"item\" value=\"%d\"><input type=\"hidden\" "
                    "name=\"undo\" value=\"true\"><label><span class=\"unseen\">Why item %d is not "
                    "done</span><input name=\"reason\" required maxlength=\"2000\" "
                    "autocomplete=\"off\" placeholder=\"Why does that not count?\"></label>"
                    "<button>Take it back</button></form></details></div>",
                    tick->item, tick->item);
        return;
    }
    text_adds(text, "<input type=\"hidden\" name=\"confirm\" value=\"true\"><button>It is a ");
    text_html(text, incident->severity);
    text_adds(text, "</button></form></div>");
}

static void ticks_write(struct text *text, const struct incident_view *incident, struct str back)
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
        line_box_write(text, tick, incident->number, back);
        text_adds(text, "<span class=\"said\">");
        html_inline_write(text, tick->text);
        text_adds(text, "</span>");
        if (tick->done && tick->by.n) {
            text_adds(text, " <span class=\"by\">");
            text_html_visible(text, tick->because.n > 0 ? tick->because : tick->by);
            text_adds(text, ", ");
            html_time_write(text, tick->at);
            text_adds(text, "</span>");
        } else if (tick->bound.n > 0 && is_open(incident)) {
            text_adds(text, " <span class=\"by\">");
            text_html(text, tick->bound);
            text_adds(text, "</span>");
        }
        tick_forms(text, incident, tick, back);
        text_adds(text, "</li>");
    }
    text_adds(text, "</ol></details>");
}

static void words_form(struct text *text, const struct incident_view *incident, const char *action,
                       const char *label, struct str back)
{
    bool resolves = action[0] == 'r';
    text_printf(text, "<form method=\"post\" action=\"/do/incident/%s\" class=\"say\">", action);
    hidden_number(text, incident->number);
    back_write(text, back);
    text_printf(text,
                "<label><span class=\"unseen\">%s for incident %lld</span><input name=\"note\" "
                "id=\"%s-%lld\" required maxlength=\"4000\" autocomplete=\"off\" "
                "placeholder=\"%s\"></label><button>%s</button>",
                label, (long long)incident->number, action, (long long)incident->number,
                resolves ? "What ended it?" : "What did you see or do?", label);
    if (resolves && incident->must_be_meant)
        text_printf(
            text,
            "<label class=\"anyway\"><input type=\"checkbox\" name=\"anyway\" "
            "id=\"anyway-%lld\" value=\"true\"> although it is not known to be over</label>",
            (long long)incident->number);
    text_adds(text, "</form>");
}

static void actions_write(struct text *text, const struct incident_view *incident, struct str back)
{
    if (!is_open(incident))
        return;
    text_adds(text, "<div class=\"actions\">");
    if (instant_is_zero(incident->acknowledged)) {
        text_adds(text, "<form method=\"post\" action=\"/do/incident/ack\">");
        hidden_number(text, incident->number);
        back_write(text, back);
        text_adds(text, "<button class=\"main\">Acknowledge</button></form>");
    }
    words_form(text, incident, "note", "Note", back);
    words_form(text, incident, "resolve", "Resolve", back);
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
    text_html_visible(text, incident->title);
    text_printf(text, "</a></%s><p class=\"facts\">Incident %lld, <strong>", tag,
                (long long)incident->number);
    text_html(text, incident->state);
    text_adds(text, is_open(incident) ? "</strong>, since " : "</strong>, from ");
    html_time_write(text, incident->opened);
    if (!is_open(incident)) {
        text_adds(text, " to ");
        html_time_write(text, incident->resolved);
    }
    if (incident->acknowledged_by.n) {
        text_adds(text, ", acknowledged by ");
        text_html(text, incident->acknowledged_by);
    }
    if (incident->commander.n) {
        text_adds(text, ", commander ");
        text_html(text, incident->commander);
    }
    text_adds(text, "</p>");
}

static void paragraph(struct text *text, const char *class_name, struct str words)
{
    if (words.n == 0)
        return;
    text_printf(text, "<p class=\"%s\">", class_name);
    text_html_visible(text, words);
    text_adds(text, "</p>");
}

/* What the rules read runs like a clock: at the zero moment it is left out, so that it alone is no
 * change of the card. */
static void readings_write(struct text *text, const struct incident_view *incident,
                           struct instant now)
{
    size_t most = incident->timeline ? incident->reading_count : CARD_READINGS;
    if (incident->reading_count == 0)
        return;
    text_adds(text, "<ul class=\"readings\">");
    for (size_t i = 0; i < incident->reading_count && i < most; i++) {
        const struct rule_reading *reading = &incident->readings[i];
        text_printf(text, "<li><a href=\"/#L%lld\">", (long long)reading->line);
        text_html_visible(text, reading->title);
        text_printf(text, "</a>: <strong data-of=\"%s\">", reading->statement);
        if (!instant_is_zero(now))
            text_html_visible(text, reading->value);
        text_adds(text, "</strong></li>");
    }
    if (incident->reading_count > most)
        text_printf(text, "<li><a href=\"/incidents/%lld\">and %zu more</a></li>",
                    (long long)incident->number, incident->reading_count - most);
    text_adds(text, "</ul>");
}

static void labelled(struct text *text, const char *label, struct str words)
{
    if (words.n == 0)
        return;
    text_printf(text, "<p class=\"facts\">%s: ", label);
    text_html_visible(text, words);
    text_adds(text, "</p>");
}

/* What other systems say of it, with the way to where they say more. */
static void said_write(struct text *text, const struct incident_view *incident)
{
    if (incident->said_count == 0)
        return;
    text_adds(text, "<ul class=\"readings\">");
    for (size_t i = 0; i < incident->said_count; i++) {
        const struct said_view *said = &incident->said[i];
        text_adds(text, "<li>");
        text_html_visible(text, said->sender);
        text_adds(text, " ");
        if (said->url.n > 0) {
            text_adds(text, "<a rel=\"noreferrer noopener\" href=\"");
            text_html(text, said->url);
            text_adds(text, "\">");
        }
        text_html_visible(text, said->name);
        text_adds(text, said->url.n > 0 ? "</a>" : "");
        if (said->summary.n > 0) {
            text_adds(text, ": <strong>");
            text_html_visible(text, said->summary);
            text_adds(text, "</strong>");
        }
        text_adds(text, "</li>");
    }
    if (incident->said_more > 0)
        text_printf(text, "<li>and %zu more alerts</li>", incident->said_more);
    text_adds(text, "</ul>");
}

void incident_card_write(struct text *text, const struct incident_view *incident,
                         struct instant now, struct str back)
{
    bool is_calm = !instant_is_zero(incident->mitigated) || !is_open(incident);
    text_printf(text, "<section class=\"incident%s\" id=\"incident-%lld\">", is_calm ? " calm" : "",
                (long long)incident->number);
    title_write(text, incident, incident->timeline ? "h1" : "h2");
    if (incident->cause.n > 0 && str_find(incident->note, incident->cause.p, 0) == incident->note.n)
        labelled(text, "Cause", incident->cause);
    readings_write(text, incident, now);
    said_write(text, incident);
    paragraph(text, "warn", incident->note);
    if (is_open(incident))
        incident_proposal_write(text, incident, now, back);
    clocks_write(text, incident, now);
    labelled(text, "Told", incident->paged);
    labelled(text, "Channel", incident->channel);
    actions_write(text, incident, back);
    ticks_write(text, incident, back);
    text_adds(text, "</section>");
}

/* What somebody owes since an incident, and has not done in time. */
static void overdue_write(struct text *text, const struct page_view *view)
{
    if (view->overdue_count == 0)
        return;
    text_printf(text,
                "<section class=\"overdue\"><p class=\"warn\">%zu %s overdue:", view->overdue_count,
                view->overdue_count == 1 ? "follow-up is" : "follow-ups are");
    for (size_t i = 0; i < view->overdue_count && i < OVERDUE_SHOWN; i++) {
        const struct follow_up_view *follow_up = &view->overdue[i];
        text_printf(text, "%s <a href=\"/incidents/%lld\">%lld</a> ", i ? ";" : "",
                    (long long)follow_up->incident, (long long)follow_up->number);
        text_html_visible(text, follow_up->text);
        text_adds(text, " (");
        text_html_visible(text, follow_up->owner);
        text_adds(text, ")");
    }
    text_adds(text,
              view->overdue_count > OVERDUE_SHOWN ? "; and more</p></section>" : "</p></section>");
}

void incidents_write(struct text *text, const struct page_view *view)
{
    for (size_t i = 0; i < view->incident_count; i++) {
        struct str back =
            str_printf(text->arena, "/#incident-%lld", (long long)view->incidents[i].number);
        incident_card_write(text, &view->incidents[i], view->now, back);
    }
    overdue_write(text, view);
}

void page_incident_write(struct text *text, const struct incident_view *incident,
                         struct instant now)
{
    struct str title = str_printf(text->arena, "Incident %lld: %.*s", (long long)incident->number,
                                  STR_ARGS(incident->title));
    struct str back = str_printf(text->arena, "/incidents/%lld", (long long)incident->number);
    single_open(text, title, now);
    incident_card_write(text, incident, now, back);
    incident_work_write(text, incident, now, back);
    incident_life_write(text, incident, back);
    text_adds(text, "<section class=\"timeline\"><h2>Timeline</h2>");
    events_write(text, incident->timeline, incident->timeline_count);
    text_adds(text, "</section>");
    single_close(text);
}

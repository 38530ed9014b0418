/* page_incident_life.c - of one incident's own page: what is proposed and offered, who does what,
 * what is left to do, what it has to do with others, and its end.
 *
 * Each form is one command of the shell; nothing here happens by looking. */
#include "face/page_internal.h"

#include "base/noun.h"

struct sheet {
    struct text *text;
    const struct incident_view *incident;
    struct str back;
};

void incident_form_open(struct text *text, int64_t number, const char *action, struct str back)
{
    text_printf(text,
                "<form method=\"post\" action=\"/do/incident/%s\" class=\"say\"><input "
                "type=\"hidden\" name=\"number\" value=\"%lld\">",
                action, (long long)number);
    back_write(text, back);
}

void incident_field_write(struct text *text, const char *name, const char *label, const char *more)
{
    text_printf(text,
                "<label><span class=\"unseen\">%s</span><input name=\"%s\" autocomplete=\"off\" "
                "placeholder=\"%s\" %s></label>",
                label, name, label, more);
}

static void form_open(const struct sheet *sheet, const char *action)
{
    incident_form_open(sheet->text, sheet->incident->number, action, sheet->back);
}

static void form_close(const struct sheet *sheet, const char *button)
{
    text_printf(sheet->text, "<button>%s</button></form>", button);
}

static void people_write(const struct sheet *sheet)
{
    text_adds(sheet->text, "<datalist id=\"people\">");
    for (size_t i = 0; i < sheet->incident->people_count; i++) {
        text_adds(sheet->text, "<option value=\"");
        text_html(sheet->text, sheet->incident->people[i]);
        text_adds(sheet->text, "\">");
    }
    text_adds(sheet->text, "</datalist>");
}

/* Its numbers run like a clock: at the zero moment they are left out, as those of the rules. */
void incident_proposal_write(struct text *text, const struct incident_view *incident,
                             struct instant now, struct str back)
{
    const struct proposal_view *proposal = &incident->proposal;
    if (proposal->severity.n == 0)
        return;
    text_adds(text, "<div class=\"proposal\"><p><strong>Proposed: ");
    text_html(text, proposal->severity);
    text_adds(text, "</strong>, because ");
    if (!instant_is_zero(now))
        text_html_visible(text, proposal->why);
    text_printf(text,
                ".</p><form method=\"post\" action=\"/do/incident/severity\"><input "
                "type=\"hidden\" name=\"number\" value=\"%lld\"><input type=\"hidden\" "
                "name=\"proposed\" value=\"true\">",
                (long long)incident->number);
    back_write(text, back);
    text_adds(text, "<button>Make it ");
    text_html(text, proposal->severity);
    text_adds(text, "</button></form></div>");
}

static void offers_write(const struct sheet *sheet)
{
    const struct incident_view *incident = sheet->incident;
    struct text *text = sheet->text;
    if (incident->offer_count == 0)
        return;
    text_adds(text, "<section class=\"life\"><h2>What the runbook has for it</h2><ul>");
    for (size_t i = 0; i < incident->offer_count; i++) {
        const struct offer_view *offer = &incident->offers[i];
        text_printf(text, "<li><a href=\"/procedures/%s/%d?incident=%lld\">Run ", offer->statement,
                    offer->nth, (long long)incident->number);
        text_html_visible(text, offer->name);
        text_adds(text, "</a>: <span class=\"seen\">");
        text_html_visible(text, offer->why);
        text_printf(text, " (line %lld)", (long long)offer->line);
        if (offer->run > 0)
            text_printf(text, "; <a href=\"/runs/%lld\">run %lld of it</a> is open",
                        (long long)offer->run, (long long)offer->run);
        text_adds(text, "</span>");
        if (offer->undo.n > 0) {
            text_adds(text, "<span class=\"seen\">; taken back by: ");
            text_html_visible(text, str_is(offer->undo, "reeve run undo")
                                        ? STR("the run's own Undo")
                                        : offer->undo);
            text_adds(text, "</span>");
        }
        text_adds(text, "</li>");
    }
    text_adds(text, "</ul></section>");
}

static void vendor_write(struct text *text, const struct vendor_view *vendor)
{
    text_adds(text, "<li><strong>");
    text_html_visible(text, vendor->who);
    text_adds(text, "</strong> for ");
    text_html_visible(text, vendor->service);
    text_adds(text, ": ");
    if (vendor->mailto.n > 0) {
        text_adds(text, "<a href=\"");
        text_html(text, vendor->mailto);
        text_adds(text, "\">write to ");
        text_html_visible(text, vendor->address);
        text_adds(text, "</a>");
    } else {
        text_html_visible(text, vendor->address);
    }
    if (vendor->escalation.n > 0) {
        text_adds(text, " <span class=\"seen\">(");
        text_html_visible(text, vendor->escalation);
        text_adds(text, ")</span>");
    }
    text_adds(text, "<details><summary>The text to copy</summary><pre>");
    text_html_visible(text, vendor->subject);
    text_adds(text, "\n\n");
    text_html_visible(text, vendor->body);
    text_adds(text, "</pre></details></li>");
}

static void vendors_write(const struct sheet *sheet)
{
    const struct incident_view *incident = sheet->incident;
    if (incident->vendor_count == 0)
        return;
    text_adds(sheet->text, "<section class=\"life\"><h2>Whom to ask outside</h2><ul>");
    for (size_t i = 0; i < incident->vendor_count; i++)
        vendor_write(sheet->text, &incident->vendors[i]);
    text_adds(sheet->text, "</ul></section>");
}

static void roles_write(const struct sheet *sheet, bool is_open)
{
    const struct incident_view *incident = sheet->incident;
    struct text *text = sheet->text;
    if (incident->role_count == 0 && !is_open)
        return;
    text_adds(text, "<section class=\"life\"><h2>Who does what</h2>");
    text_adds(text, incident->role_count ? "<ul>"
                                         : "<p class=\"seen\">Nobody yet: whoever "
                                           "acknowledges is commander.</p>");
    for (size_t i = 0; i < incident->role_count; i++) {
        const struct role_view *role = &incident->roles[i];
        text_adds(text, "<li><strong>");
        text_html_visible(text, role->person);
        text_adds(text, "</strong> is ");
        text_html_visible(text, role->name);
        text_adds(text, " <span class=\"seen\">since ");
        html_time_write(text, role->since);
        text_adds(text, "</span></li>");
    }
    text_adds(text, incident->role_count ? "</ul>" : "");
    if (is_open) {
        form_open(sheet, "role");
        incident_field_write(sheet->text, "role", "Role",
                             "required maxlength=\"39\" value=\"commander\"");
        incident_field_write(sheet->text, "person", "Who",
                             "required maxlength=\"64\" list=\"people\"");
        form_close(sheet, "Give or hand over");
    }
    text_adds(text, "</section>");
}

static void follow_up_write(const struct sheet *sheet, const struct follow_up_view *view)
{
    struct text *text = sheet->text;
    bool done = !instant_is_zero(view->done);
    text_printf(text, "<li%s><span class=\"said\">%lld: ", done ? " class=\"done\"" : "",
                (long long)view->number);
    text_html_visible(text, view->text.n ? view->text : STR("(erased)"));
    text_adds(text, "</span> <span class=\"seen\">");
    text_html_visible(text, view->owner);
    if (done)
        text_adds(text, ", done");
    else if (!instant_is_zero(view->due)) {
        text_printf(text, ", %s",
                    view->is_overdue ? "<strong class=\"missed\">overdue</strong> since " : "due ");
        html_date_write(text, view->due);
    }
    text_adds(text, "</span>");
    text_printf(text,
                "<form method=\"post\" action=\"/do/incident/follow-up/%s\" class=\"say\"><input "
                "type=\"hidden\" name=\"follow-up\" value=\"%lld\">",
                done ? "reopen" : "done", (long long)view->number);
    back_write(text, sheet->back);
    text_printf(text,
                "<label><span class=\"unseen\">%s %lld</span><input name=\"%s\" required "
                "maxlength=\"4000\" autocomplete=\"off\" placeholder=\"%s\"></label>"
                "<button>%s</button></form></li>",
                done ? "Why it is not done:" : "What was done:", (long long)view->number,
                done ? "reason" : "note", done ? "Why is it not done?" : "What was done?",
                done ? "Reopen" : "Done");
}

static void follow_ups_write(const struct sheet *sheet)
{
    const struct incident_view *incident = sheet->incident;
    struct text *text = sheet->text;
    text_adds(text, "<section class=\"life\"><h2>Follow-ups</h2>");
    if (incident->follow_up_count > 0)
        text_adds(text, "<ul>");
    for (size_t i = 0; i < incident->follow_up_count; i++)
        follow_up_write(sheet, &incident->follow_ups[i]);
    text_adds(text, incident->follow_up_count > 0 ? "</ul>" : "");
    form_open(sheet, "follow-up");
    incident_field_write(sheet->text, "text", "What is to be done?", "required maxlength=\"240\"");
    incident_field_write(sheet->text, "owner", "Who owes it", "maxlength=\"64\" list=\"people\"");
    incident_field_write(sheet->text, "due", "Due, like 14d", "maxlength=\"40\"");
    form_close(sheet, "Add");
    text_adds(text, "</section>");
}

static void links_write(const struct sheet *sheet)
{
    const struct incident_view *incident = sheet->incident;
    struct text *text = sheet->text;
    if (incident->merged_into > 0)
        text_printf(text,
                    "<p class=\"facts\">It went on as <a href=\"/incidents/%lld\">incident "
                    "%lld</a>.</p>",
                    (long long)incident->merged_into, (long long)incident->merged_into);
    if (incident->link_count == 0)
        return;
    text_adds(text, "<p class=\"facts\">Has to do with");
    for (size_t i = 0; i < incident->link_count; i++)
        text_printf(text, "%s <a href=\"/incidents/%lld\">incident %lld</a>", i ? "," : "",
                    (long long)incident->links[i], (long long)incident->links[i]);
    text_adds(text, ".</p>");
}

/* What is seldom needed, and changes what the incident is. */
static void changes_write(const struct sheet *sheet)
{
    struct text *text = sheet->text;
    text_adds(text, "<section class=\"life\"><details><summary>Severity, merge, split, link"
                    "</summary>");
    form_open(sheet, "severity");
    incident_field_write(sheet->text, "severity", "Another severity, like P0",
                         "required maxlength=\"20\"");
    form_close(sheet, "Change severity");
    form_open(sheet, "merge");
    incident_field_write(sheet->text, "into", "Into incident number",
                         "required inputmode=\"numeric\"");
    incident_field_write(sheet->text, "reason", "Why are they one?", "required maxlength=\"4000\"");
    form_close(sheet, "Merge into that one");
    form_open(sheet, "split");
    incident_field_write(sheet->text, "rule", "Line of the rule, or its words",
                         "required maxlength=\"200\"");
    incident_field_write(sheet->text, "reason", "Why are they two?", "required maxlength=\"4000\"");
    incident_field_write(sheet->text, "severity", "Its severity, if not what the rule opens",
                         "maxlength=\"20\"");
    form_close(sheet, "Split out");
    form_open(sheet, "link");
    incident_field_write(sheet->text, "other", "With incident number",
                         "required inputmode=\"numeric\"");
    form_close(sheet, "Link");
    text_adds(text, "</details></section>");
}

static void close_write(const struct sheet *sheet)
{
    struct text *text = sheet->text;
    if (!instant_is_zero(sheet->incident->closed) || sheet->incident->merged_into > 0)
        return;
    text_adds(text, "<section class=\"life\"><h2>Close it</h2>");
    form_open(sheet, "close");
    incident_field_write(sheet->text, "postmortem", "Where is its postmortem?",
                         "required maxlength=\"2000\"");
    form_close(sheet, "Close");
    form_open(sheet, "close");
    incident_field_write(sheet->text, "waive", "Why is there none?", "required maxlength=\"2000\"");
    form_close(sheet, "Close without one");
    text_adds(text, "</section>");
}

static void picture_write(const struct sheet *sheet)
{
    struct text *text = sheet->text;
    text_adds(text, "<section class=\"life\"><h2>Over time</h2>");
    if (sheet->incident->picture.n > 0) {
        text_adds(text, "<figure class=\"picture\" tabindex=\"0\">");
        text_add(text, sheet->incident->picture);
        text_adds(text, "</figure>");
    }
    text_printf(text,
                "<p><a href=\"/incidents/%lld/postmortem.md\">Draft of the postmortem</a> "
                "<span class=\"seen\">(Markdown, from the ledger)</span></p></section>",
                (long long)sheet->incident->number);
}

void incident_life_write(struct text *text, const struct incident_view *incident, struct str back)
{
    struct sheet sheet = {text, incident, back};
    bool is_open = instant_is_zero(incident->resolved) && incident->merged_into == 0;
    people_write(&sheet);
    links_write(&sheet);
    if (is_open) {
        offers_write(&sheet);
        vendors_write(&sheet);
    }
    roles_write(&sheet, is_open);
    follow_ups_write(&sheet);
    if (is_open)
        changes_write(&sheet);
    else
        close_write(&sheet);
    picture_write(&sheet);
}

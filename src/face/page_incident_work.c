/* page_incident_work.c - of one incident's own page: the timeline of a breach with its legal clock,
 * and the runs that were begun because of it, each with what takes it back.
 *
 * Each form is one command of the shell; nothing here happens by looking. */
#include "face/page_internal.h"

#include "incident/breach.h"

struct sheet {
    struct text *text;
    const struct incident_view *incident;
    struct instant now;
    struct str back;
    bool is_open;
};

static void form_open(const struct sheet *sheet, const char *action)
{
    incident_form_open(sheet->text, sheet->incident->number, action, sheet->back);
}

/* The words about a line of the timeline, or, of 0, about the legal clock. */
static void note_write(const struct sheet *sheet, const char *label, int item)
{
    text_printf(sheet->text, "<label><span class=\"unseen\">%s: ", label);
    if (item > 0)
        text_printf(sheet->text, "line %d", item);
    else
        text_adds(sheet->text, "the legal clock");
    text_printf(sheet->text,
                "</span><input name=\"note\" autocomplete=\"off\" placeholder=\"%s\" required "
                "maxlength=\"4000\"></label>",
                label);
}

/* The timeline and the legal clock of one that is resolved run on: what is left is still owed. */
static bool runs_on(const struct sheet *sheet)
{
    return sheet->incident->merged_into == 0;
}

static void due_write(const struct sheet *sheet, struct instant due, struct instant missed)
{
    struct text *text = sheet->text;
    bool late = !instant_is_zero(missed);
    text_adds(text, late ? "<strong class=\"missed\">late</strong>, was due " : "due ");
    html_date_write(text, due);
    if (late || !runs_on(sheet))
        return;
    text_adds(text, ", ");
    html_clock_write(text, "until", due, sheet->now);
}

static void ended_write(const struct sheet *sheet, struct str how, struct str by, struct instant at)
{
    struct text *text = sheet->text;
    text_html_visible(text, how);
    text_adds(text, ", ");
    text_html_visible(text, by);
    text_adds(text, ", ");
    html_time_write(text, at);
}

/* Done, not required, or not after all. */
static void deed_forms(const struct sheet *sheet, const char *action, int item, bool done)
{
    struct text *text = sheet->text;
    if (!runs_on(sheet))
        return;
    if (done)
        text_adds(text, "<details><summary>Not done after all</summary>");
    form_open(sheet, action);
    if (item > 0)
        text_printf(text, "<input type=\"hidden\" name=\"item\" value=\"%d\">", item);
    if (done)
        text_adds(text, "<input type=\"hidden\" name=\"undo\" value=\"true\">");
    note_write(sheet, done ? "Why it is not done" : "What was done, or why it need not be", item);
    text_adds(text, done ? "<button>Take it back</button></form></details>"
                         : "<button>Done</button><button name=\"not-required\" "
                           "value=\"true\">Not required</button></form>");
}

static void line_write(const struct sheet *sheet, const struct breach_line_view *line)
{
    struct text *text = sheet->text;
    bool done = !instant_is_zero(line->done);
    text_printf(text, "<li class=\"%s\"><span class=\"after\">", done ? "done" : "open");
    text_html_visible(text, line->after);
    text_printf(text, "</span> <span class=\"said\"><a href=\"/#L%lld\">", (long long)line->line);
    text_html_visible(text, line->text);
    text_adds(text, "</a></span> <span class=\"seen\">");
    if (done)
        ended_write(sheet, line->how, line->by, line->done);
    else
        due_write(sheet, line->due, line->missed);
    text_adds(text, done && !instant_is_zero(line->missed)
                        ? ", <strong class=\"missed\">late</strong></span>"
                        : "</span>");
    deed_forms(sheet, "deed", line->item, done);
    text_adds(text, "</li>");
}

static void law_write(const struct sheet *sheet)
{
    const struct breach_view *breach = sheet->incident->breach;
    struct text *text = sheet->text;
    text_printf(
        text,
        "<li class=\"law %s\"><span class=\"after\">72 h</span> <span class=\"said\">Notify "
        "the supervisory authority</span> <span class=\"seen\">",
        breach->is_law_over ? "done" : "open");
    text_adds(text, BREACH_LAW_SOURCE ", from awareness; ");
    if (breach->is_law_over)
        ended_write(sheet, breach->is_waived ? STR("not required") : STR("done"), breach->law_by,
                    breach->law_ended);
    else
        due_write(sheet, breach->law_due, breach->law_missed);
    text_adds(text, "</span>");
    deed_forms(sheet, "authority", 0, breach->is_law_over);
    text_adds(text, "</li>");
}

static void aware_write(const struct sheet *sheet)
{
    struct text *text = sheet->text;
    text_adds(text, "<details><summary>It was known of at another time, or is no breach"
                    "</summary>");
    form_open(sheet, "breach");
    incident_field_write(sheet->text, "aware", "Since when: 2h (ago), 2026-11-01T08:00:00Z",
                         "required maxlength=\"40\"");
    incident_field_write(sheet->text, "reason", "Who saw what", "required maxlength=\"4000\"");
    text_adds(text, "<button>Count from then</button></form>");
    form_open(sheet, "breach");
    text_adds(text, "<input type=\"hidden\" name=\"no\" value=\"true\">");
    incident_field_write(sheet->text, "reason", "Why it is no breach",
                         "required maxlength=\"4000\"");
    text_adds(text, "<button>It is no breach</button></form></details>");
}

static void breach_write(const struct sheet *sheet)
{
    const struct breach_view *breach = sheet->incident->breach;
    struct text *text = sheet->text;
    text_adds(text, "<section class=\"life breach\"><h2>Breach timeline</h2><p class=\"facts\">"
                    "Counted from awareness, ");
    html_time_write(text, breach->aware);
    text_adds(text, breach->is_stated ? " (as a person said).</p><ol>" : " (the opening).</p><ol>");
    for (int i = 0; i < breach->count; i++)
        line_write(sheet, &breach->lines[i]);
    law_write(sheet);
    text_adds(text, "</ol>");
    if (breach->count == 0)
        text_adds(text, "<p class=\"seen\">The runbook has no breach procedure with times.</p>");
    if (sheet->is_open)
        aware_write(sheet);
    text_adds(text, "</section>");
}

/* Nothing begins by itself where the words only may mean it. */
static void question_write(const struct sheet *sheet)
{
    struct text *text = sheet->text;
    text_adds(text, "<section class=\"life\"><details><summary>Is it a breach? Begin its timeline"
                    "</summary>");
    form_open(sheet, "breach");
    incident_field_write(sheet->text, "reason", "Who saw what", "required maxlength=\"4000\"");
    text_adds(text, "<button>It is a breach</button></form></details></section>");
}

static void undo_write(const struct sheet *sheet, const struct linked_run_view *run)
{
    struct text *text = sheet->text;
    if (!run->in_force || run->undo.n == 0)
        return;
    text_adds(text, "<span class=\"undo\">in force; ");
    if (run->undo_statement)
        text_printf(text, "<a href=\"/procedures/%s/%d?incident=%lld\">Take it back: ",
                    run->undo_statement, run->undo_nth, (long long)sheet->incident->number);
    else
        text_printf(text, "<a href=\"/runs/%lld\">Take it back: ", (long long)run->run);
    if (str_is(run->undo, "reeve run undo"))
        text_adds(text, "Undo of the run");
    else
        text_html_visible(text, run->undo);
    text_adds(text, "</a></span>");
}

static void linked_write(const struct sheet *sheet)
{
    const struct incident_view *incident = sheet->incident;
    struct text *text = sheet->text;
    if (incident->run_count == 0)
        return;
    text_adds(text, "<section class=\"life linked\"><h2>Runs for it</h2><ul>");
    for (size_t i = 0; i < incident->run_count; i++) {
        const struct linked_run_view *run = &incident->runs[i];
        text_printf(text, "<li><a href=\"/runs/%lld\">Run %lld</a>: ", (long long)run->run,
                    (long long)run->run);
        text_html_visible(text, run->procedure);
        text_adds(text, " <span class=\"seen\">");
        text_html_visible(text, run->purpose);
        if (run->undoes > 0)
            text_printf(text, " of run %lld", (long long)run->undoes);
        text_adds(text, ", ");
        text_html_visible(text, run->state);
        text_adds(text, "</span> ");
        undo_write(sheet, run);
        text_adds(text, "</li>");
    }
    text_adds(text, "</ul></section>");
}

void incident_work_write(struct text *text, const struct incident_view *incident,
                         struct instant now, struct str back)
{
    struct sheet sheet = {.text = text,
                          .incident = incident,
                          .now = now,
                          .back = back,
                          .is_open =
                              instant_is_zero(incident->resolved) && incident->merged_into == 0};
    if (incident->breach)
        breach_write(&sheet);
    else if (incident->may_be_breach && sheet.is_open)
        question_write(&sheet);
    linked_write(&sheet);
}

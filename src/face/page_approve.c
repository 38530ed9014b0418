/* page_approve.c - what an approval would let happen, beside the button and behind a mail's link.
 */
#include "face/page_run.h"

void approval_write(struct text *text, const struct run_step_view *step, struct instant now)
{
    struct str refused = step->refused;
    struct str line;
    while (refused.n > 0 && str_split(&refused, '\n', &line)) {
        text_adds(text, "<p class=\"reason bad\"><strong>Refused before:</strong> ");
        text_html_visible(text, line);
        text_adds(text, "</p>");
    }
    if (step->problem.n > 0) {
        text_adds(text, "<p class=\"reason bad\">It cannot be filled in: ");
        text_html_visible(text, step->problem);
        text_adds(text, "</p>");
    }
    text_adds(text, "<dl class=\"facts approval\">");
    fact_write(text, "Runs", step->runs);
    fact_write(text, "With", step->given);
    fact_write(text, "In", step->folder);
    fact_write(text, "Environment", step->variables);
    fact_write(text, "In reeve.yaml by now, and not used by this run", step->other);
    text_printf(text, "<dt>Approvals</dt><dd>%d of %d", step->approved, step->approvals);
    if (step->approvers.n > 0) {
        text_adds(text, ": ");
        text_html_visible(text, step->approvers);
        text_adds(text, "; good until ");
        html_time_write(text, step->approved_until);
        text_adds(text, ", ");
        html_clock_write(text, "until", step->approved_until, now);
    }
    text_adds(text, "</dd>");
    fact_write(text, "Digest", step->agreed_to);
    text_adds(text, "</dl>");
}

static void forms_write(struct text *text, const struct approve_page *page)
{
    char until[INSTANT_TEXT_BYTES]; /* with the date: it is tomorrow */
    instant_write(page->until, until);
    text_adds(text, "<p>You answer as <strong>");
    text_html_visible(text, page->person);
    text_adds(text, "</strong>; an approval holds for an hour, for exactly this. This link is good "
                    "once, until ");
    text_printf(text, "%.10s %.8s UTC", until, until + 11);
    text_adds(text, ".</p><form method=\"post\" action=\"");
    text_html(text, page->action);
    text_adds(text, "\"><input type=\"hidden\" name=\"decision\" value=\"approve\"><button "
                    "class=\"main\">Approve</button></form><form method=\"post\" action=\"");
    text_html(text, page->action);
    text_adds(text,
              "\"><input type=\"hidden\" name=\"decision\" value=\"refuse\"><label>Why not? <input "
              "name=\"reason\" required maxlength=\"4000\" autocomplete=\"off\"></label><button>"
              "Refuse</button></form>");
}

void page_approve_write(struct text *text, const struct approve_page *page)
{
    struct str title =
        str_printf(text->arena, "Run %lld, step %d", (long long)page->number, page->step);
    card_open(text, title);
    if (page->run && page->step >= 1 && (size_t)page->step <= page->run->step_count) {
        const struct run_step_view *step = &page->run->steps[page->step - 1];
        text_adds(text, "<p>");
        who_write(text, page->run->opened_by);
        text_adds(text, " started <strong>");
        text_html_visible(text, page->run->procedure);
        text_adds(text, "</strong>; ");
        if (page->run->again_by.n > 0) {
            who_write(text, page->run->again_by);
            text_adds(text, page->run->taken_back ? " took it back; " : " resumed it; ");
        }
        text_printf(text, "step %d, line %lld of the runbook:</p><p class=\"said\">", step->number,
                    (long long)step->line);
        html_inline_write(text, step->text);
        text_adds(text, "</p>");
        if (page->done.n == 0)
            warnings_write(text, step->warnings);
        if (page->done.n == 0)
            approval_write(text, step, page->now);
    }
    if (page->done.n > 0) {
        text_adds(text, "<p class=\"warn\">");
        text_html_visible(text, page->done);
        text_adds(text, "</p>");
    } else {
        forms_write(text, page);
    }
    text_printf(text, "<p><a href=\"/runs/%lld\">Open the run</a></p>", (long long)page->number);
    card_close(text);
}

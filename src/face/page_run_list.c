/* page_run_list.c - all runs that are remembered, as a list that leads to their pages. */
#include "face/page_run.h"

enum { LISTED = 200 };

static void row_write(struct text *text, const struct run_view *run, struct instant now)
{
    text_printf(text,
                "<tr><th scope=\"row\"><a href=\"/runs/%lld\">Run %lld: ", (long long)run->number,
                (long long)run->number);
    text_html_visible(text, run->procedure);
    text_adds(text, "</a></th><td>");
    state_mark_write(text, run_words(run->state));
    text_printf(text, "</td><td>%d of %d</td><td>", run->done_count, run->todo_count);
    who_write(text, run->opened_by);
    text_adds(text, ", ");
    html_time_write(text, run->opened);
    text_adds(text, "</td><td>");
    if (instant_is_zero(run->ended)) {
        text_adds(text, "open for ");
        html_clock_write(text, "since", run->since, now);
    } else {
        text_add(text, duration_text(text->arena,
                                     instant_ms_between(run->opened, run->ended) / 1000 * 1000));
    }
    text_adds(text, "</td></tr>");
}

void page_runs_write(struct text *text, const struct run_view *runs, size_t count,
                     struct instant now)
{
    single_open(text, STR("Runs"), now);
    text_adds(text, "<h1>Runs</h1>");
    if (count == 0)
        text_adds(text, "<p>Nothing has been run yet. On the runbook's page, Run beside a line "
                        "leads to what would be done.</p>");
    else
        text_adds(text, "<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"Runs\">"
                        "<table class=\"run-list\"><thead><tr><th scope=\"col\">Run</th><th "
                        "scope=\"col\">State</th><th scope=\"col\">Steps</th><th "
                        "scope=\"col\">Started</th><th scope=\"col\">Took</th></tr></thead>"
                        "<tbody>");
    for (size_t i = 0; i < count && i < LISTED; i++)
        row_write(text, &runs[i], now);
    text_adds(text, count == 0 ? "" : "</tbody></table></div>");
    text_printf(text,
                "<p class=\"faint\">%s ended longer ago stand in the ledger: <code>reeve ledger "
                "show --subject run:NUMBER</code>, and on /runs/NUMBER.</p>",
                count > LISTED ? "Older ones, and those that" : "Runs that");
    single_close(text);
}

/* page_proof.c - what a run's page says as evidence: who approved, until when, and where in the
 * ledger all of it stands. */
#include "face/page_run.h"

void proof_write(struct text *text, const struct run_page *page, const struct run_step_view *step)
{
    if (step->approved > 0 && !str_is(step->state, "approval")) {
        text_adds(text, "<p class=\"facts approvals\"><span>approved by ");
        text_html_visible(text, step->approvers);
        text_printf(text, " (%d of %d)</span></p>", step->approved, step->approvals);
    }
    if (!instant_is_zero(step->deadline)) {
        text_adds(text, "<p class=\"facts\"><span class=\"due\">ended at the latest at ");
        html_time_write(text, step->deadline);
        text_adds(text, ", ");
        html_clock_write(text, "until", step->deadline, page->now);
        text_adds(text, "</span></p>");
    }
}

void fact_write(struct text *text, const char *name, struct str value)
{
    if (value.n == 0)
        return;
    text_printf(text, "<dt>%s</dt><dd><code>", name);
    text_html_visible(text, value);
    text_adds(text, "</code></dd>");
}

void record_write(struct text *text, const struct run_page *page)
{
    const struct run_view *run = page->run;
    text_adds(text, "<section class=\"record\" aria-labelledby=\"record-head\"><h2 "
                    "id=\"record-head\">Record</h2><dl class=\"facts\">");
    fact_write(text, "Runbook (SHA-256)", run->digest);
    fact_write(text, "Environment", run->environment.n > 0 ? run->environment : STR("production"));
    fact_write(text, "Ledger subject", str_printf(text->arena, "run:%lld", (long long)run->number));
    if (run->last_entry > 0)
        text_printf(text,
                    "<dt>Ledger entries</dt><dd>from <a href=\"/entries/%lld\">%lld</a> to "
                    "<a href=\"/entries/%lld\">%lld</a></dd>",
                    (long long)run->first_entry, (long long)run->first_entry,
                    (long long)run->last_entry, (long long)run->last_entry);
    fact_write(text, "Hash of the last", run->last_hash);
    text_adds(text, "<dt>Page of</dt><dd>");
    html_time_write(text, page->now);
    text_adds(text, "</dd></dl>");
    if (run->checkpoint.n > 0) {
        text_adds(text, "<p class=\"faint\">Newest signed checkpoint of the ledger: origin, number "
                        "of entries, root, signature.</p><pre tabindex=\"0\" role=\"region\" "
                        "aria-label=\"Newest signed checkpoint\">");
        text_html(text, run->checkpoint);
        text_adds(text, "</pre>");
    }
    text_adds(text, "</section>");
}

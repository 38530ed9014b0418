/* page_run.c - the page of one run. */
#include "face/page_run.h"

#include "base/noun.h"

#include <inttypes.h>

enum { HASHED_BYTES_MAX = 16 << 20 };

static bool is_cancelled(const struct run_view *run)
{
    return str_is(run->state, "cancelled");
}

/* What is asked of a person now, with the way to where it is done. */
static void now_write(struct text *text, const struct run_view *run)
{
    if (run->current < 1 || is_cancelled(run))
        return;
    const struct run_step_view *step = &run->steps[run->current - 1];
    text_printf(text, "<p class=\"ask\"><strong>Now:</strong> <a href=\"#step-%d\">step %d, ",
                step->number, step->number);
    text_html_visible(text, first_words(step->text));
    text_printf(text, "</a>, <strong>%.*s</strong>", STR_ARGS(state_said(step->state)));
    if (step->ask.n > 0) {
        text_adds(text, ": ");
        text_html_visible(text, step->ask);
    }
    text_adds(text, ".</p>");
}

/* What the run has done can be taken back: how much, and why it is. */
static void undo_write(struct text *text, const struct run_page *page)
{
    int count = page->run->undo_count;
    if (count == 0)
        return;
    text_printf(text,
                "<details class=\"other\" id=\"undo\"><summary>Take back what it has done (%d "
                "%s)</summary>",
                count, noun(count, "step", "steps"));
    run_form_open(text, page, "run/undo", 0);
    text_adds(text,
              "<label><span class=\"unseen\">Why is it taken back?</span><input name=\"reason\" "
              "id=\"undo-reason\" required maxlength=\"4000\" autocomplete=\"off\" "
              "placeholder=\"Why is it taken back?\"></label><button>Take it back</button>"
              "</form><p class=\"faint\">The way back becomes further steps, the last one "
              "first; what is still to be done is skipped.</p></details>");
}

static void actions_write(struct text *text, const struct run_page *page)
{
    const struct run_view *run = page->run;
    if (str_is(run->state, "done"))
        return;
    text_adds(text, "<div class=\"actions\" id=\"do-run\">");
    if (is_cancelled(run)) {
        run_form_open(text, page, "run/resume", 0);
        text_adds(text, "<button class=\"main\">Resume the run</button></form>");
    } else {
        text_adds(text, "<details class=\"other\" id=\"stop\"><summary>Cancel this run</summary>");
        run_form_open(text, page, "run/cancel", 0);
        text_adds(text, "<label><span class=\"unseen\">Why is the run cancelled?</span><input "
                        "name=\"reason\" id=\"reason\" required maxlength=\"4000\" "
                        "autocomplete=\"off\" placeholder=\"Why is it cancelled?\"></label>"
                        "<button>Cancel the run</button></form><p class=\"faint\">A command that "
                        "runs is ended, nothing more begins; the run can be resumed.</p>"
                        "</details>");
    }
    undo_write(text, page);
    text_adds(text, "</div>");
}

static void head_write(struct text *text, const struct run_page *page)
{
    const struct run_view *run = page->run;
    bool is_done = str_is(run->state, "done");
    text_printf(text,
                "<section class=\"run-card %.*s\" id=\"run\" data-run=\"%lld\" "
                "data-seen=\"%016" PRIx64 "\"><h1>",
                STR_ARGS(run->state), (long long)run->number, page->hash);
    text_html_visible(text, run->procedure);
    text_adds(text, "</h1><p class=\"facts\">");
    state_mark_write(text, run_words(run->state));
    text_adds(text, " ");
    environment_write(text, run->environment);
    text_printf(text,
                "<span>Run %lld, <strong>%d of %d</strong> steps done</span><span>started "
                "by ",
                (long long)run->number, run->done_count, run->todo_count);
    who_write(text, run->opened_by);
    text_adds(text, ", ");
    html_time_write(text, run->opened);
    text_printf(text, "</span><span>%s ", is_done ? "took" : "open for");
    if (is_done)
        text_add(text, duration_text(text->arena,
                                     instant_ms_between(run->opened, run->ended) / 1000 * 1000));
    else
        html_clock_write(text, "since", run->since, page->now);
    text_printf(text, "</span><a href=\"/#L%lld\">line %lld of the runbook</a></p>",
                (long long)run->line, (long long)run->line);
    if (run->environment.n > 0) {
        text_adds(text, "<p class=\"warn\"><strong>A rehearsal in ");
        text_html_visible(text, run->environment);
        text_adds(text, ", not in production.</strong> Nobody outside of it is told; holds watch "
                        "none of production's rules.</p>");
    }
    if (run->values.n > 0) {
        text_adds(text, "<p class=\"facts\">With <code>");
        text_html_visible(text, run->values);
        text_adds(text, "</code></p>");
    }
    if (run->older)
        text_adds(text, "<p class=\"warn\">The runbook has changed since; this run keeps the steps "
                        "it began with, and its lines are those of then.</p>");
    now_write(text, run);
    actions_write(text, page);
    text_adds(text, "</section>");
}

static void steps_write(struct text *text, const struct run_page *page)
{
    struct step_list list = {.text = text};
    text_adds(text, "<section aria-labelledby=\"steps-head\"><h2 id=\"steps-head\">Steps</h2>");
    for (size_t i = 0; i < page->run->step_count; i++) {
        step_list_next(&list, page->run->steps[i].depth);
        step_write(text, page, &page->run->steps[i]);
    }
    step_list_end(&list);
    text_adds(text, "</section>");
}

/* The whole page as written at a fixed moment for nobody: with what may change it but the story,
 * which changes with something else, and the outputs, which are sent piece by piece. */
uint64_t page_run_hash(struct arena *arena, const struct run_view *run)
{
    struct text text;
    struct run_view still = *run;
    struct run_page page = {.run = &still, .viewer = STR("")};
    still.steps = arena_array(arena, run->step_count, sizeof *still.steps);
    for (size_t i = 0; i < run->step_count; i++) {
        still.steps[i] = run->steps[i];
        still.steps[i].output = STR("");
        still.steps[i].output_end = 0;
    }
    text_init(&text, arena, HASHED_BYTES_MAX);
    head_write(&text, &page);
    steps_write(&text, &page);
    return str_hash(text_str(&text)) | 1;
}

void page_run_write(struct text *text, const struct run_view *run, struct str viewer,
                    struct instant now)
{
    struct run_page page = {run, viewer, now, page_run_hash(text->arena, run)};
    single_open(
        text,
        str_printf(text->arena, "Run %lld: %.*s", (long long)run->number, STR_ARGS(run->procedure)),
        now);
    head_write(text, &page);
    steps_write(text, &page);
    chart_write(text, &page);
    text_adds(text, "<section class=\"timeline\"><h2>Story</h2>");
    events_write(text, run->timeline, run->timeline_count);
    text_adds(text, "</section>");
    record_write(text, &page);
    single_close(text);
}

/* page_runs.c - runs on the main page: those that are open, on top, and beside the lines what can
 * be started and what of it runs. */
#include "face/page_run.h"

#include "base/noun.h"

enum { RUNS_SHOWN = 30 };

static int count_overdue(const struct run_view *run)
{
    int count = 0;
    for (size_t i = 0; i < run->step_count; i++)
        count += run->steps[i].overdue;
    return count;
}

/* The step that the run waits for. */
static void current_write(struct text *text, const struct run_view *run, struct instant now)
{
    if (run->current < 1)
        return;
    const struct run_step_view *step = &run->steps[run->current - 1];
    text_printf(text, "<p class=\"facts\">Step %d, ", step->number);
    text_html_visible(text, first_words(step->text));
    text_printf(text, ": <strong>%s</strong>", step_words(step->state)->word);
    if (step_has_due(step) && !step->overdue) {
        text_adds(text, ", ");
        html_clock_write(text, "until", step->due, now);
    }
    text_adds(text, "</p>");
}

static void run_write(struct text *text, const struct run_view *run, struct instant now)
{
    long long number = (long long)run->number;
    int overdue = count_overdue(run);
    text_printf(text, "<li class=\"run\" id=\"run-%lld\"><p class=\"run-name\">", number);
    state_mark_write(text, run_words(run->state));
    text_printf(text, " <a href=\"/runs/%lld\">", number);
    text_html_visible(text, run->procedure);
    text_adds(text, "</a> ");
    environment_write(text, run->environment);
    text_printf(text, "<span class=\"count\">run %lld, %d of %d, open for ", number,
                run->done_count, run->todo_count);
    html_clock_write(text, "since", run->since, now);
    text_adds(text, "</span></p>");
    current_write(text, run, now);
    if (overdue > 0)
        text_printf(text, "<p class=\"facts missed\">%d %s overdue</p>", overdue,
                    noun(overdue, "step is", "steps are"));
    if (str_is(run->state, "cancelled")) {
        text_adds(text, "<p class=\"ask\"><strong>Now:</strong> resume it when it shall go "
                        "on.</p>");
    } else if (run->current > 0 && run->steps[run->current - 1].ask.n > 0) {
        text_adds(text, "<p class=\"ask\"><strong>Now:</strong> ");
        text_html_visible(text, run->steps[run->current - 1].ask);
        text_adds(text, ".</p>");
    }
    text_adds(text, "</li>");
}

void runs_write(struct text *text, const struct page_view *view)
{
    if (view->run_count == 0)
        return;
    text_adds(text, "<section class=\"runs\" aria-labelledby=\"runs-head\"><h2 id=\"runs-head\">"
                    "Runs</h2><ul>");
    for (size_t i = 0; i < view->run_count && i < RUNS_SHOWN; i++)
        run_write(text, &view->runs[i], view->now);
    text_adds(text, "</ul>");
    if (view->run_count > RUNS_SHOWN)
        text_printf(text,
                    "<p class=\"faint\">%zu older ones are open, too; <code>reeve run list</code> "
                    "shows them all.</p>",
                    view->run_count - RUNS_SHOWN);
    text_adds(text, "<p class=\"faint\"><a href=\"/runs\">All runs</a></p></section>");
}

/* The newest open run of a procedure, in a few words. */
static void going_write(struct text *text, const struct run_view *run)
{
    text_printf(text, "<a class=\"going\" href=\"/runs/%lld\">", (long long)run->number);
    state_mark_write(text, run_words(run->state));
    environment_write(text, run->environment);
    text_printf(text, "<span class=\"reading\">run %lld, %d of %d", (long long)run->number,
                run->done_count, run->todo_count);
    if (run->current > 0) {
        const struct run_step_view *step = &run->steps[run->current - 1];
        text_printf(text, ", step %d %.*s", step->number,
                    STR_ARGS(str_lower(text->arena, str_of(step_words(step->state)->word))));
    }
    text_adds(text, "</span></a>");
}

/* When it was rehearsed last, and why it should be. */
static void rehearsal_write(struct text *text, const struct rehearsal_view *view)
{
    if (view->said.n > 0) {
        text_adds(text, "<span class=\"rehearsed\">");
        text_html_visible(text, view->said);
        text_adds(text, "</span>");
    }
    if (view->warning.n > 0) {
        text_adds(text, "<span class=\"rehearsed lacking\">To be rehearsed: ");
        text_html_visible(text, view->warning);
        text_adds(text, "</span>");
    }
}

void line_procedures_write(struct text *text, const struct page_view *view, int index)
{
    const struct line_procedures *line = &view->procedures[index];
    const char *id = view->program->statements[index].id;
    for (int i = 0; i < line->count; i++) {
        const struct line_procedure *procedure = &line->items[i];
        if (procedure->run)
            going_write(text, procedure->run);
        text_printf(text, "<a class=\"start\" href=\"/procedures/%s", id);
        if (procedure->nth > 1)
            text_printf(text, "/%d", procedure->nth);
        text_printf(text, "\">Run%s", line->count > 1 ? " " : "<span class=\"unseen\"> ");
        text_html_visible(text, procedure->name);
        text_adds(text, line->count > 1 ? "</a>" : "</span></a>");
        rehearsal_write(text, &procedure->rehearsal);
    }
}

/* page_times.c - the times of a run's steps as a table: what its picture shows, in words. */
#include "face/page_chart.h"

/* What a step was, and for how long: "needs approval for 3 min". */
static void span_write(struct text *text, const struct run_span *span)
{
    struct str state = span->state;
    bool is_bad = str_is(state, "failed") || str_is(state, "doubted");
    const char *said = str_is(state, "running")    ? "ran"
                       : str_is(state, "approval") ? "waited for an approval"
                       : str_is(state, "waiting")  ? "waited"
                       : str_is(state, "ready")    ? "waited for a person"
                       : str_is(state, "failed")   ? "failed"
                                                   : "was in doubt";
    int64_t whole_ms = instant_ms_between(span->from, span->to) / 1000 * 1000;
    struct str length = whole_ms > 0 ? duration_text(text->arena, whole_ms) : STR("less than 1 s");
    text_printf(text, "%s %s%.*s", said, is_bad ? "and stood so for " : "for ", STR_ARGS(length));
}

static void words_write(struct text *text, const struct chart *chart, int step)
{
    const struct run_history *history = &chart->run->history;
    const char *between = "";
    for (size_t i = 0; i < history->span_count; i++) {
        if (history->spans[i].step != step || !chart_span_shows(&history->spans[i]))
            continue;
        text_adds(text, between);
        span_write(text, &history->spans[i]);
        between = ", ";
    }
    for (size_t i = 0; i < history->mark_count; i++) {
        const struct run_mark *mark = &history->marks[i];
        if (mark->step != step || !str_is(mark->kind, "overdue"))
            continue;
        text_printf(text, "%sits last date passed at ", between);
        html_time_write(text, mark->at);
        between = ", ";
    }
}

/* When its turn came: the beginning of its first span. */
static struct instant turn_of(const struct run_history *history, int step)
{
    for (size_t i = 0; i < history->span_count; i++)
        if (history->spans[i].step == step)
            return history->spans[i].from;
    return (struct instant){0};
}

static void row_write(struct text *text, const struct chart *chart,
                      const struct run_step_view *step)
{
    text_printf(text, "<tr><th scope=\"row\">%d ", step->number);
    html_inline_write(text, first_words(step->text));
    text_printf(text, "</th><td>%s</td><td>", step_words(step->state)->word);
    html_time_write(text, turn_of(&chart->run->history, step->number));
    text_adds(text, "</td><td>");
    html_time_write(text, step->ended);
    text_adds(text, "</td><td>");
    who_write(text, step->by);
    text_adds(text, "</td><td>");
    words_write(text, chart, step->number);
    text_adds(text, "</td></tr>");
}

/* What happened to the run as a whole. */
static void whole_write(struct text *text, const struct chart *chart)
{
    const struct run_history *history = &chart->run->history;
    for (size_t i = 0; i < history->mark_count; i++) {
        const struct run_mark *mark = &history->marks[i];
        if (mark->step != 0)
            continue;
        text_printf(text, "<p class=\"facts\">The run was %s at ",
                    str_is(mark->kind, "taken-back") ? "taken back" : mark->kind.p);
        html_time_write(text, mark->at);
        text_adds(text, ".</p>");
    }
}

void times_write(struct text *text, const struct chart *chart)
{
    const struct run_view *run = chart->run;
    text_adds(text, "<details class=\"times\" id=\"times\"><summary>The same as a table</summary>"
                    "<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"Times of "
                    "the steps\"><table><thead><tr><th scope=\"col\">Step</th><th "
                    "scope=\"col\">State</th><th scope=\"col\">Its turn came</th><th "
                    "scope=\"col\">Ended</th><th scope=\"col\">By</th><th scope=\"col\">What took "
                    "the time</th></tr></thead><tbody>");
    for (size_t i = 0; i < run->step_count; i++)
        if (!run->steps[i].is_title)
            row_write(text, chart, &run->steps[i]);
    text_adds(text, "</tbody></table></div>");
    whole_write(text, chart);
    text_adds(text, "</details>");
}

/* page_chart.c - a run over time: a bar for each step that has begun, as one picture that is also
 * said in words. Lengths are shares of the width, so the words in it keep their size on every
 * screen. */
#include "face/page_run.h"

enum { ROW_HEIGHT = 34, AXIS_HEIGHT = 24, LABEL_Y = 13, BAR_Y = 18, BAR_HEIGHT = 9 };

struct bar {
    const struct run_step_view *step;
    struct instant from, to;
    bool is_wait; /* a person's turn, not a thing that ran */
};

/* A step that a person ticks has no beginning of its own: it was their turn since the step that
 * ended last before. */
static struct instant turn_of(const struct run_page *page, struct instant end)
{
    struct instant at = page->run->opened;
    for (size_t i = 0; i < page->run->step_count; i++) {
        const struct run_step_view *step = &page->run->steps[i];
        if (!step->is_title && instant_before(step->ended, end) && instant_before(at, step->ended))
            at = step->ended;
    }
    return at;
}

static bool is_at_work(const struct run_page *page, const struct run_step_view *step)
{
    return !instant_is_zero(step->started) || page->run->current == step->number;
}

static bool find_bar(const struct run_page *page, const struct run_step_view *step,
                     struct bar *out_bar)
{
    struct instant last = instant_is_zero(page->run->ended) ? page->now : page->run->ended;
    if (step->is_title || (instant_is_zero(step->ended) && !is_at_work(page, step)))
        return false;
    struct bar bar = {.step = step, .from = step->started, .to = step->ended};
    if (instant_is_zero(bar.to))
        bar.to = last;
    if (instant_is_zero(bar.from)) {
        bar.from = turn_of(page, bar.to);
        bar.is_wait = true;
    }
    if (instant_before(bar.to, bar.from)) /* the clock was set back in it */
        bar.to = bar.from;
    *out_bar = bar;
    return true;
}

static struct str length_of(const struct text *text, struct instant from, struct instant to)
{
    return duration_text(text->arena, instant_ms_between(from, to) / 1000 * 1000);
}

/* "Step 4, running for 3 min" */
static void label_write(struct text *text, const struct bar *bar)
{
    const struct run_step_view *step = bar->step;
    struct str length = length_of(text, bar->from, bar->to);
    text_printf(text, "Step %d, ", step->number);
    if (str_is(step->state, "done") || str_is(step->state, "skipped") ||
        str_is(step->state, "failed"))
        text_printf(text, "%.*s after %.*s", STR_ARGS(step->state), STR_ARGS(length));
    else
        text_printf(text, "%.*s for %.*s", STR_ARGS(state_said(step->state)), STR_ARGS(length));
    text_adds(text, ": ");
    text_html(text, first_words(step->text));
}

static double share(int64_t part, int64_t whole)
{
    double percent = 100.0 * (double)part / (double)whole;
    return percent < 0 ? 0 : percent > 100 ? 100 : percent;
}

static void bar_write(struct text *text, const struct bar *bar, struct instant opened,
                      int64_t whole_ms, int row)
{
    double from = share(instant_ms_between(opened, bar->from), whole_ms);
    double width = share(instant_ms_between(bar->from, bar->to), whole_ms);
    int y = row * ROW_HEIGHT;
    if (width < 0.6)
        width = 0.6;
    if (from > 100 - width)
        from = 100 - width;
    text_printf(text, "<text x=\"0\" y=\"%d\">", y + LABEL_Y);
    label_write(text, bar);
    text_printf(text,
                "</text><rect class=\"track\" x=\"0\" y=\"%d\" width=\"100%%\" height=\"%d\"/>"
                "<rect class=\"bar %.*s%s\" x=\"%.2f%%\" y=\"%d\" width=\"%.2f%%\" height=\"%d\" "
                "rx=\"2\"/>",
                y + BAR_Y, BAR_HEIGHT, STR_ARGS(bar->step->state), bar->is_wait ? " hand" : "",
                from, y + BAR_Y, width, BAR_HEIGHT);
}

static void words_write(struct text *text, const struct run_page *page, const struct bar *bars,
                        size_t count)
{
    text_printf(text,
                "<title id=\"chart-title\">Run %lld over time</title><desc id=\"chart-words\">",
                (long long)page->run->number);
    for (size_t i = 0; i < count; i++) {
        label_write(text, &bars[i]);
        text_adds(text, ". ");
    }
    text_adds(text, "</desc>");
}

void chart_write(struct text *text, const struct run_page *page)
{
    const struct run_view *run = page->run;
    struct bar *bars = arena_array(text->arena, run->step_count, sizeof *bars);
    struct instant last = instant_is_zero(run->ended) ? page->now : run->ended;
    size_t count = 0;
    for (size_t i = 0; i < run->step_count; i++)
        if (find_bar(page, &run->steps[i], &bars[count])) {
            if (instant_before(last, bars[count].to))
                last = bars[count].to;
            count++;
        }
    if (count == 0)
        return;
    int64_t whole_ms = instant_ms_between(run->opened, last);
    int height = (int)count * ROW_HEIGHT + AXIS_HEIGHT;
    text_printf(text,
                "<section class=\"over-time\" aria-labelledby=\"chart-head\"><h2 "
                "id=\"chart-head\">Over time</h2><svg class=\"chart\" width=\"100%%\" "
                "height=\"%d\" role=\"img\" aria-labelledby=\"chart-title chart-words\">",
                height);
    words_write(text, page, bars, count);
    for (size_t i = 0; i < count; i++)
        bar_write(text, &bars[i], run->opened, whole_ms > 0 ? whole_ms : 1, (int)i);
    struct str whole = length_of(text, run->opened, last);
    text_printf(text,
                "<text class=\"axis\" x=\"0\" y=\"%d\">begin</text><text class=\"axis end\" "
                "x=\"100%%\" y=\"%d\">%.*s later</text></svg><p class=\"faint\">Full bars ran; "
                "outlined bars waited for a person.</p></section>",
                height - 6, height - 6, STR_ARGS(whole));
}

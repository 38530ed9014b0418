/* page_chart.c - a run over time: one row a step, a bar for each state that took time, marks for
 * what happened to it, and the same as a table for those who do not see it (page_times.c).
 *
 * Places are shares of the width, so that the words keep their size on every screen. Its moments
 * are in UTC; the script puts them, like all moments, into the reader's zone (data-at). */
#include "face/page_chart.h"

#include "base/noun.h"

enum {
    ROW_HEIGHT = 38,
    LABEL_Y = 14,
    BAR_Y = 20,
    BAR_HEIGHT = 11,
    THIN_HEIGHT = 5,
    AXIS_HEIGHT = 24,
    LABEL_BYTES_MAX = 46,
    TICKS_MAX = 4,
    EDGE = 9, /* percent: half of a label on a telephone */
    SECOND_MS = 1000,
    MINUTE_MS = 60 * SECOND_MS,
    HOUR_MS = 60 * MINUTE_MS,
    DAY_MS = 24 * HOUR_MS
};

struct look { /* how a span is drawn, and said in the legend */
    const char *name, *said;
    bool is_thin, is_hatched;
};
static const struct look looks[] = {
    {"run", "ran", false, false},
    {"hold", "the clock held it", false, true},
    {"hand", "a person's turn", false, false},
    {"approval", "waited for an approval", false, false},
    {"wait", "waited for its time", true, false},
    {"stuck", "failed or in doubt, until somebody decided", true, false},
};

static const struct look *look_of(const struct run_span *span, struct str does)
{
    bool by_clock = str_is(does, "hold") || str_is(does, "wait");
    if (str_is(span->state, "running"))
        return &looks[by_clock ? 1 : 0];
    return &looks[str_is(span->state, "approval")  ? 3
                  : str_is(span->state, "waiting") ? 4
                  : str_is(span->state, "ready")   ? 2
                                                   : 5];
}

static const struct {
    const char *kind, *said, *path;
} marks[] = {
    {"failed", "failed", "M-4-4 4 4M4-4-4 4"},
    {"doubted", "in doubt", "M-3-3C-3-7 4-6 3-2 2 0 0 0 0 2M0 4V5"},
    {"retried", "tried again", "M-3-5 5 0-3 5Z"},
    {"approved", "approved", "M-5 0-1 4 5-4"},
    {"overdue", "its last date passed", "M0-6V1M0 4V5"},
    {"skipped", "skipped", "M-4-4 0 0-4 4M1-4 5 0 1 4"},
    {"cancelled", "the run was cancelled", "M-4-4H4V4H-4Z"},
    {"resumed", "the run was resumed", "M-3-5 5 0-3 5Z"},
    {"taken-back", "the run was taken back", "M4-5-4 0 4 5Z"},
};

static size_t mark_index(struct str kind)
{
    size_t i = 0;
    while (i + 1 < sizeof marks / sizeof *marks && !str_is(kind, marks[i].kind))
        i++;
    return i;
}

/* A state that was gone in the turn in which it came was seen by nobody. */
bool chart_span_shows(const struct run_span *span)
{
    return span->from.us != span->to.us || span->is_open || str_is(span->state, "running");
}

static double share(const struct chart *chart, struct instant at)
{
    double percent = 100.0 * (double)instant_ms_between(chart->from, at) /
                     (double)instant_ms_between(chart->from, chart->to);
    return percent < 0 ? 0 : percent > 100 ? 100 : percent;
}

/* The rows, from 1, of the steps that something happened to. */
static int number_rows(struct chart *chart)
{
    const struct run_view *run = chart->run;
    bool *has = arena_array(chart->arena, run->step_count + 1, sizeof *has);
    for (size_t i = 0; i < run->history.span_count; i++)
        has[run->history.spans[i].step] |= chart_span_shows(&run->history.spans[i]);
    for (size_t i = 0; i < run->history.mark_count; i++)
        has[run->history.marks[i].step] = true;
    chart->row_of = arena_array(chart->arena, run->step_count + 1, sizeof *chart->row_of);
    for (size_t i = 0; i < run->step_count; i++) {
        const struct run_step_view *step = &run->steps[i];
        if (step->is_title || !(has[step->number] || !instant_is_zero(step->ended)))
            continue;
        chart->row_of[step->number] = ++chart->row_count;
    }
    return chart->row_count;
}

static void frame(struct chart *chart, struct instant now)
{
    const struct run_view *run = chart->run;
    chart->from = run->opened;
    chart->to = instant_is_zero(run->ended) ? now : run->ended;
    for (size_t i = 0; i < run->history.span_count; i++)
        if (instant_before(chart->to, run->history.spans[i].to))
            chart->to = run->history.spans[i].to;
    if (instant_ms_between(chart->from, chart->to) < SECOND_MS)
        chart->to = instant_add_ms(chart->from, SECOND_MS);
}

static int64_t tick_of(int64_t whole_ms)
{
    static const int64_t steps[] = {SECOND_MS,      2 * SECOND_MS,  5 * SECOND_MS,  10 * SECOND_MS,
                                    15 * SECOND_MS, 30 * SECOND_MS, MINUTE_MS,      2 * MINUTE_MS,
                                    5 * MINUTE_MS,  10 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS,
                                    HOUR_MS,        2 * HOUR_MS,    3 * HOUR_MS,    6 * HOUR_MS,
                                    12 * HOUR_MS,   DAY_MS,         2 * DAY_MS};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (whole_ms / steps[i] <= TICKS_MAX)
            return steps[i];
    return (whole_ms / TICKS_MAX / DAY_MS + 1) * DAY_MS;
}

static void ticks_write(struct text *text, const struct chart *chart)
{
    int64_t step_ms = tick_of(instant_ms_between(chart->from, chart->to));
    int64_t from_ms = chart->from.us / 1000;
    int height = chart->row_count * ROW_HEIGHT;
    int part = step_ms < MINUTE_MS ? 8 : 5; /* "12:03:20" or "12:03" */
    for (int64_t ms = (from_ms / step_ms + 1) * step_ms; ms * 1000 <= chart->to.us; ms += step_ms) {
        char whole[INSTANT_TEXT_BYTES];
        struct instant at = {ms * 1000};
        double x = share(chart, at);
        instant_write(at, whole);
        text_printf(text, "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"%d\"/>",
                    x, x, height + 4);
        if (x < EDGE || x > 100 - EDGE)
            continue; /* its words would be cut off; where the picture begins and ends is said */
        text_printf(text,
                    "<text class=\"tick\" x=\"%.2f%%\" y=\"%d\" data-at=\"%lld\" "
                    "data-part=\"%s\">%.*s</text>",
                    x, height + AXIS_HEIGHT - 6, (long long)ms, step_ms >= DAY_MS ? "day" : "time",
                    part, step_ms >= DAY_MS ? whole + 5 : whole + 11);
    }
}

static void label_write(struct text *text, const struct chart *chart,
                        const struct run_step_view *step)
{
    struct str words = first_words(step->text);
    struct str cut = str_cut(words, LABEL_BYTES_MAX);
    bool is_cut = cut.n < words.n;
    text_printf(text, "<text class=\"name\" x=\"0\" y=\"%d\"><tspan class=\"nth\">%d</tspan> ",
                (chart->row_of[step->number] - 1) * ROW_HEIGHT + LABEL_Y, step->number);
    for (struct str part; cut.n > 0; cut = str_from(cut, part.n + 1)) {
        part = str_slice(cut, 0, str_find_byte(cut, '`', 0)); /* only marks what is code */
        text_html(text, part);
        if (part.n == cut.n)
            break;
    }
    text_adds(text, is_cut ? "\xE2\x80\xA6</text>" : "</text>");
}

static void span_write(struct text *text, const struct chart *chart, const struct run_span *span)
{
    const struct look *look = look_of(span, chart->run->steps[span->step - 1].does);
    int row = chart->row_of[span->step];
    int height = look->is_thin ? THIN_HEIGHT : BAR_HEIGHT;
    double from = share(chart, span->from);
    double width = share(chart, span->to) - from;
    if (row == 0 || !chart_span_shows(span))
        return;
    if (width < 0.5)
        width = 0.5;
    if (from > 100 - width)
        from = 100 - width;
    text_printf(text,
                "<rect class=\"bar %s\" x=\"%.2f%%\" y=\"%d\" width=\"%.2f%%\" height=\"%d\"%s/>",
                look->name, from, (row - 1) * ROW_HEIGHT + BAR_Y + (BAR_HEIGHT - height) / 2, width,
                height, look->is_hatched ? " fill=\"url(#hatch)\"" : "");
}

static void mark_write(struct text *text, const struct chart *chart, const struct run_mark *mark)
{
    const char *kind = marks[mark_index(mark->kind)].kind;
    double x = share(chart, mark->at);
    int row = chart->row_of[mark->step];
    if (mark->step == 0)
        text_printf(text,
                    "<line class=\"whole %s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"%d\"/>"
                    "<use class=\"sign %s\" href=\"#m-%s\" x=\"%.2f%%\" y=\"%d\"/>",
                    kind, x, x, chart->row_count * ROW_HEIGHT + 4, kind, kind, x,
                    chart->row_count * ROW_HEIGHT);
    else if (row > 0)
        text_printf(text, "<use class=\"sign %s\" href=\"#m-%s\" x=\"%.2f%%\" y=\"%d\"/>", kind,
                    kind, x, (row - 1) * ROW_HEIGHT + BAR_Y + BAR_HEIGHT / 2);
}

/* Which looks and which signs it has: bits. */
struct used {
    unsigned looks, signs;
};

static struct used find_used(const struct chart *chart)
{
    const struct run_history *history = &chart->run->history;
    struct used used = {0};
    for (size_t i = 0; i < history->span_count; i++) {
        const struct run_span *span = &history->spans[i];
        if (chart_span_shows(span))
            used.looks |= 1U << (look_of(span, chart->run->steps[span->step - 1].does) - looks);
    }
    for (size_t i = 0; i < history->mark_count; i++)
        used.signs |= 1U << mark_index(history->marks[i].kind);
    return used;
}

static void shapes_write(struct text *text, struct used used)
{
    text_adds(text, "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" "
                    "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
                    "<rect class=\"hatch-back\" width=\"6\" height=\"6\"/>"
                    "<rect class=\"hatch-line\" width=\"3\" height=\"6\"/></pattern>");
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (used.signs & 1U << i)
            text_printf(text, "<g id=\"m-%s\"><circle class=\"halo\" r=\"7\"/><path d=\"%s\"/></g>",
                        marks[i].kind, marks[i].path);
    text_adds(text, "</defs>");
}

static void legend_write(struct text *text, struct used used)
{
    text_adds(text, "<ul class=\"legend\">");
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
        if (used.looks & 1U << i)
            text_printf(text,
                        "<li><svg class=\"key\" width=\"20\" height=\"14\" aria-hidden=\"true\">"
                        "<rect class=\"bar %s\" x=\"1\" y=\"%d\" width=\"18\" height=\"%d\"%s/>"
                        "</svg>%s</li>",
                        looks[i].name, looks[i].is_thin ? 5 : 2,
                        looks[i].is_thin ? THIN_HEIGHT : BAR_HEIGHT,
                        looks[i].is_hatched ? " fill=\"url(#hatch)\"" : "", looks[i].said);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (used.signs & 1U << i)
            text_printf(text,
                        "<li><svg class=\"key\" width=\"20\" height=\"14\" aria-hidden=\"true\">"
                        "<use class=\"sign %s\" href=\"#m-%s\" x=\"10\" y=\"7\"/></svg>%s</li>",
                        marks[i].kind, marks[i].kind, marks[i].said);
    text_adds(text, "</ul>");
}

static void picture_write(struct text *text, const struct chart *chart)
{
    const struct run_view *run = chart->run;
    text_printf(text,
                "<svg class=\"chart\" width=\"100%%\" height=\"%d\" role=\"img\" "
                "aria-labelledby=\"chart-title\" aria-describedby=\"chart-words\"><title "
                "id=\"chart-title\">Run %lld over time</title><desc id=\"chart-words\">%d of its "
                "steps have begun; the table below says the same in words.</desc>",
                chart->row_count * ROW_HEIGHT + AXIS_HEIGHT, (long long)run->number,
                chart->row_count);
    shapes_write(text, find_used(chart));
    ticks_write(text, chart);
    for (size_t i = 0; i < run->step_count; i++) {
        int row = chart->row_of[run->steps[i].number];
        if (row == 0)
            continue;
        label_write(text, chart, &run->steps[i]);
        text_printf(text, "<rect class=\"track\" x=\"0\" y=\"%d\" width=\"100%%\" height=\"1\"/>",
                    (row - 1) * ROW_HEIGHT + BAR_Y + BAR_HEIGHT / 2);
    }
    for (size_t i = 0; i < run->history.span_count; i++)
        span_write(text, chart, &run->history.spans[i]);
    for (size_t i = 0; i < run->history.mark_count; i++)
        mark_write(text, chart, &run->history.marks[i]);
    text_adds(text, "</svg>");
}

static void ends_write(struct text *text, const struct chart *chart)
{
    const struct run_view *run = chart->run;
    text_adds(text, "<p class=\"facts\"><span>from ");
    html_time_write(text, chart->from);
    text_adds(text, "</span><span>to ");
    html_time_write(text, chart->to);
    text_printf(text, "%s</span><span>times in <span class=\"zone\">UTC</span></span></p>",
                instant_is_zero(run->ended) ? ", now" : "");
}

void chart_write(struct text *text, const struct run_page *page)
{
    struct chart chart = {.arena = text->arena, .run = page->run};
    int waiting = page->run->todo_count;
    if (number_rows(&chart) == 0)
        return;
    frame(&chart, page->now);
    text_adds(text, "<section class=\"over-time\" aria-labelledby=\"chart-head\"><h2 "
                    "id=\"chart-head\">Over time</h2>");
    ends_write(text, &chart);
    picture_write(text, &chart);
    legend_write(text, find_used(&chart));
    waiting -= chart.row_count;
    if (waiting > 0)
        text_printf(text, "<p class=\"faint\">%d %s not begun.</p>", waiting,
                    noun(waiting, "step has", "steps have"));
    if (page->run->history.is_cut)
        text_adds(text, "<p class=\"faint\">More happened than is drawn; the story has it "
                        "all.</p>");
    times_write(text, &chart);
    text_adds(text, "</section>");
}

/* page_rule.c - a rule over time: its values against its limit, where it fired and what nobody
 * knows, as a picture and as a table. */
#include "face/page_internal.h"

#include <math.h>

enum {
    PLOT_HEIGHT = 150,
    PLOT_Y = 8,
    HEIGHT = PLOT_Y + PLOT_HEIGHT + 24,
    TICKS = 4,
    ROWS = 24,
    COLUMNS_A_ROW = CHART_COLUMNS / ROWS
};

static double height_of(const struct rule_chart *chart, double value)
{
    double share = (value - chart->bottom) / (chart->top - chart->bottom);
    return PLOT_HEIGHT * (1 - (share < 0 ? 0 : share > 1 ? 1 : share));
}

static double share(size_t columns)
{
    return 100.0 * (double)columns / CHART_COLUMNS;
}

/* Stretches of neighbours that are alike, as boxes from top to bottom. */
static void boxes_write(struct text *text, const struct rule_chart *chart, const char *name,
                        bool (*is)(const struct rule_column *column))
{
    for (size_t i = 0; i < CHART_COLUMNS; i++) {
        size_t from = i;
        while (i < CHART_COLUMNS && is(&chart->columns[i]))
            i++;
        if (i > from)
            text_printf(
                text, "<rect class=\"%s\" x=\"%.2f%%\" y=\"%d\" width=\"%.2f%%\" height=\"%d\"%s/>",
                name, share(from), PLOT_Y, share(i - from), PLOT_HEIGHT,
                strcmp(name, "dark") == 0 ? " fill=\"url(#unknown)\"" : "");
    }
}

static bool is_firing(const struct rule_column *column)
{
    return column->is_firing;
}

static bool is_unknown(const struct rule_column *column)
{
    return column->is_unknown;
}

/* The line of the highest, and the lowest below it where they differ. */
static void line_write(struct text *text, const struct rule_chart *chart, bool low)
{
    bool drawing = false;
    text_printf(text, "<path class=\"%s\" d=\"", low ? "values low" : "values");
    for (size_t i = 0; i < CHART_COLUMNS; i++) {
        const struct rule_column *column = &chart->columns[i];
        if (!column->is_known) {
            drawing = false;
            continue;
        }
        double y = height_of(chart, low ? column->low : column->high);
        text_printf(text, "%c%zu %.1fh1", drawing ? 'L' : 'M', i, y);
        drawing = true;
    }
    text_adds(text, "\"/>");
}

/* Lines are stretched to the width; boxes are not, so that their hatching stays as it is. */
static void plot_write(struct text *text, const struct rule_chart *chart)
{
    boxes_write(text, chart, "fired", is_firing);
    boxes_write(text, chart, "dark", is_unknown); /* over it: what fires may be unknown */
    text_printf(text,
                "<svg x=\"0\" y=\"%d\" width=\"100%%\" height=\"%d\" viewBox=\"0 0 %d %d\" "
                "preserveAspectRatio=\"none\">",
                PLOT_Y, PLOT_HEIGHT, CHART_COLUMNS, PLOT_HEIGHT);
    line_write(text, chart, true);
    line_write(text, chart, false);
    text_adds(text, "</svg>");
}

/* A line across with its words above it. */
static void level_write(struct text *text, const struct rule_chart *chart, double value,
                        struct str words, const char *name)
{
    double y = PLOT_Y + height_of(chart, value);
    text_printf(text,
                "<line class=\"%s\" x1=\"0\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\"/>"
                "<text class=\"level%s\" x=\"%s\" y=\"%.1f\">",
                name, y, y, strcmp(name, "limit") == 0 ? " bound" : "",
                strcmp(name, "limit") == 0 ? "100%" : "0", y < PLOT_Y + 14 ? y + 13 : y - 3);
    text_adds(text, strcmp(name, "limit") == 0 ? "limit " : "");
    text_html(text, words);
    text_adds(text, "</text>");
}

static void ticks_write(struct text *text, const struct rule_chart *chart)
{
    int64_t whole_ms = instant_ms_between(chart->from, chart->to);
    bool days = whole_ms > INT64_C(2) * 24 * 3600 * 1000;
    for (int i = 0; i < TICKS; i++) {
        char at_text[INSTANT_TEXT_BYTES];
        struct instant at = instant_add_ms(chart->from, whole_ms * (2 * i + 1) / (2 * TICKS));
        double x = 100.0 * (2 * i + 1) / (2 * TICKS);
        instant_write(at, at_text);
        text_printf(text,
                    "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>"
                    "<text class=\"tick\" x=\"%.2f%%\" y=\"%d\" data-at=\"%lld\" data-part=\"%s\">"
                    "%.5s</text>",
                    x, x, PLOT_Y, PLOT_Y + PLOT_HEIGHT + 4, x, HEIGHT - 6,
                    (long long)(at.us / 1000), days ? "day" : "time",
                    days ? at_text + 5 : at_text + 11);
    }
}

static void picture_write(struct text *text, const struct rule_chart *chart)
{
    text_printf(
        text,
        "<svg class=\"chart over\" width=\"100%%\" height=\"%d\" role=\"img\" "
        "aria-labelledby=\"rule-title\" aria-describedby=\"rule-said\">"
        "<title id=\"rule-title\">Its values over time</title><defs><pattern "
        "id=\"unknown\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(45)\"><rect class=\"dark-back\" width=\"7\" "
        "height=\"7\"/><rect class=\"dark-line\" width=\"2\" height=\"7\"/></pattern></defs>",
        HEIGHT);
    ticks_write(text, chart);
    level_write(text, chart, chart->top, chart->top_words, "grid");
    level_write(text, chart, (chart->top + chart->bottom) / 2, chart->middle_words, "grid");
    level_write(text, chart, chart->bottom, chart->bottom_words, "grid");
    plot_write(text, chart);
    if (isfinite(chart->limit))
        level_write(text, chart, chart->limit, chart->limit_words, "limit");
    text_adds(text, "</svg>");
}

/* One row of the legend: what is drawn, and what it says. */
static void key_write(struct text *text, bool has, const char *shape, const char *said)
{
    if (has)
        text_printf(text,
                    "<li><svg class=\"key over\" width=\"20\" height=\"14\" "
                    "aria-hidden=\"true\">%s</svg>%s</li>",
                    shape, said);
}

static void legend_write(struct text *text, const struct rule_chart *chart)
{
    bool known = false, apart = false, fired = false, dark = false, missing = false;
    for (size_t i = 0; i < CHART_COLUMNS; i++) {
        const struct rule_column *column = &chart->columns[i];
        known |= column->is_known;
        apart |= column->is_known && column->low < column->high;
        fired |= is_firing(column);
        dark |= is_unknown(column);
        missing |= !column->is_known && !column->is_unknown;
    }
    text_adds(text, "<ul class=\"legend\">");
    key_write(text, known, "<path class=\"values\" d=\"M1 7h18\"/>", apart ? "highest" : "value");
    key_write(text, apart, "<path class=\"values low\" d=\"M1 7h18\"/>", "lowest");
    key_write(text, isfinite(chart->limit),
              "<line class=\"limit\" x1=\"1\" x2=\"19\" y1=\"7\" y2=\"7\"/>", "limit");
    key_write(text, fired, "<rect class=\"fired\" x=\"1\" y=\"1\" width=\"18\" height=\"12\"/>",
              chart->is_heard ? "was firing" : "would fire");
    key_write(text, dark,
              "<rect class=\"dark\" x=\"1\" y=\"1\" width=\"18\" height=\"12\" "
              "fill=\"url(#unknown)\"/>",
              "unknown");
    if (missing)
        text_adds(text, "<li>nothing drawn: nothing was kept</li>");
    text_adds(text, "</ul>");
}

static void ends_write(struct text *text, const struct rule_chart *chart)
{
    text_adds(text, "<p class=\"facts\"><span>from ");
    html_time_write(text, chart->from);
    text_adds(text, "</span><span>to ");
    html_time_write(text, chart->to);
    text_adds(text, ", now</span><span>times in <span class=\"zone\">UTC</span></span></p>");
}

static void ranges_write(struct text *text, const struct rule_chart *chart)
{
    static const char *const ranges[][2] = {
        {"1h", "1 hour"}, {"24h", "1 day"}, {"30d", "30 days"}, {"365d", "1 year"}};
    text_adds(text, "<nav class=\"ranges\" aria-label=\"How long\">");
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        bool here = str_is(chart->range, ranges[i][0]);
        text_printf(text, "<a href=\"?range=%s\"%s>%s</a>", ranges[i][0],
                    here ? " aria-current=\"true\"" : "", ranges[i][1]);
    }
    text_adds(text, "</nav>");
}

static void row_write(struct text *text, const struct rule_chart *chart, size_t row)
{
    int64_t whole_ms = instant_ms_between(chart->from, chart->to);
    struct rule_column sum = {0};
    for (size_t i = row * COLUMNS_A_ROW; i < (row + 1) * COLUMNS_A_ROW; i++) {
        const struct rule_column *column = &chart->columns[i];
        sum.is_firing |= column->is_firing;
        sum.is_unknown |= column->is_unknown;
        if (column->is_known && (!sum.is_known || column->high > sum.high))
            sum.high = column->high;
        if (column->is_known && (!sum.is_known || column->low < sum.low))
            sum.low = column->low;
        sum.is_known |= column->is_known;
    }
    text_adds(text, "<tr><td>");
    html_time_write(text, instant_add_ms(chart->from, whole_ms * (int64_t)row / ROWS));
    if (sum.is_known)
        text_printf(text, "</td><td>%.4g%s</td><td>%.4g%s</td><td>", sum.low * chart->scale,
                    chart->unit, sum.high * chart->scale, chart->unit);
    else
        text_adds(text, "</td><td></td><td></td><td>");
    text_printf(text, "%s</td></tr>",
                sum.is_firing && sum.is_unknown ? "firing, partly unknown"
                : sum.is_firing                 ? "firing"
                : sum.is_unknown                ? "unknown"
                : sum.is_known                  ? ""
                                                : "not kept");
}

static void table_write(struct text *text, const struct rule_chart *chart)
{
    text_adds(text, "<details class=\"other\"><summary>The same as a table</summary><table><thead>"
                    "<tr><th scope=\"col\">From</th><th scope=\"col\">Lowest</th>"
                    "<th scope=\"col\">Highest</th><th scope=\"col\">State</th></tr></thead>"
                    "<tbody>");
    for (size_t row = 0; row < ROWS; row++)
        row_write(text, chart, row);
    text_adds(text, "</tbody></table></details>");
}

void rule_chart_write(struct text *text, const struct rule_chart *chart)
{
    text_adds(text, "<section class=\"over-time\" aria-labelledby=\"rule-head\"><h2 "
                    "id=\"rule-head\">Over time</h2>");
    ranges_write(text, chart);
    if (chart->title.n > 0) {
        text_adds(text, "<p>Of its budget's rules the one that says most now: ");
        text_html_visible(text, chart->title);
        text_adds(text, "</p>");
    }
    if (chart->columns) {
        ends_write(text, chart);
        picture_write(text, chart);
        legend_write(text, chart);
        text_adds(text, "<p id=\"rule-said\">");
        text_html(text, chart->said);
        text_adds(text, "</p>");
    }
    text_adds(text, "<p class=\"faint\">");
    text_html(text, chart->basis);
    if (chart->link.n > 0) {
        text_adds(text, " <a href=\"");
        text_html(text, chart->link);
        text_adds(text, "\" rel=\"noreferrer\">The same in the engine\xE2\x80\x99s own graph</a>");
    }
    text_adds(text, "</p>");
    if (chart->columns)
        table_write(text, chart);
    text_adds(text, "</section>");
}

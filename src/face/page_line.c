/* page_line.c - the live cell beside a line: its mark, its words, its sparkline, its detail. */
#include "face/page_internal.h"

#include <math.h>

enum { SPARK_WIDTH = 96, SPARK_HEIGHT = 22 };

const char *mark_word(enum mark mark)
{
    static const char *const words[] = {
        [MARK_NONE] = "none",       [MARK_OK] = "ok",           [MARK_MANUAL] = "manual",
        [MARK_UNBOUND] = "unbound", [MARK_PENDING] = "pending", [MARK_UNKNOWN] = "unknown",
        [MARK_FINDING] = "finding", [MARK_FIRING] = "firing",
    };
    return words[mark];
}

const char *mark_label(enum mark mark)
{
    static const char *const labels[] = {
        [MARK_NONE] = "",
        [MARK_OK] = "OK",
        [MARK_MANUAL] = "By people",
        [MARK_UNBOUND] = "Not bound",
        [MARK_PENDING] = "Pending",
        [MARK_UNKNOWN] = "Unknown",
        [MARK_FINDING] = "Look here",
        [MARK_FIRING] = "Firing",
    };
    return labels[mark];
}

enum mark mark_below(const struct page_view *view, int statement)
{
    const struct program *program = view->program;
    int level = program->statements[statement].heading_level;
    enum mark worst = view->lines[statement].mark;
    if (level == 0)
        return worst;
    for (int i = statement + 1; i < program->count; i++) {
        int other = program->statements[i].heading_level;
        if (other > 0 && other <= level)
            break;
        if (view->lines[i].mark > worst)
            worst = view->lines[i].mark;
    }
    return worst;
}

static double highest(const struct spark *spark)
{
    double top = isfinite(spark->limit) && spark->limit > 0 ? spark->limit * 1.15 : 0;
    for (size_t i = 0; i < spark->count; i++) {
        if (isfinite(spark->values[i]) && spark->values[i] > top)
            top = spark->values[i];
    }
    return top > 0 ? top : 1;
}

static double height_of(double value, double top)
{
    double share = value < 0 ? 0 : value / top;
    return (SPARK_HEIGHT - 2) * (1 - (share > 1 ? 1 : share)) + 1;
}

/* A line with gaps where the value was unknown, and the limit as a dashed line. */
static void spark_write(struct text *text, const struct spark *spark)
{
    double top = highest(spark);
    double step = spark->count > 1 ? (double)SPARK_WIDTH / (double)(spark->count - 1) : 0;
    text_printf(text,
                "<svg class=\"spark\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
                "aria-hidden=\"true\" focusable=\"false\">",
                SPARK_WIDTH, SPARK_HEIGHT, SPARK_WIDTH, SPARK_HEIGHT);
    if (isfinite(spark->limit)) {
        double y = height_of(spark->limit, top);
        text_printf(text, "<line class=\"limit\" x1=\"0\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>",
                    SPARK_WIDTH, y, y);
    }
    text_adds(text, "<path d=\"");
    bool drawing = false;
    for (size_t i = 0; i < spark->count; i++) {
        if (!isfinite(spark->values[i])) {
            drawing = false;
            continue;
        }
        text_printf(text, "%c%.1f %.1f", drawing ? 'L' : 'M', step * (double)i,
                    height_of(spark->values[i], top));
        drawing = true;
    }
    text_adds(text, "\"/></svg>");
}

static void fact_write(struct text *text, const char *name, struct str value)
{
    if (value.n == 0)
        return;
    text_printf(text, "<dt>%s</dt><dd>", name);
    text_html(text, value);
    text_adds(text, "</dd>");
}

static void findings_write(struct text *text, const struct page_view *view,
                           const struct statement *statement)
{
    const struct program *program = view->program;
    for (int i = 0; i < program->finding_count; i++) {
        const struct finding *finding = &program->findings[i];
        if (finding->line >= statement->line && finding->line <= statement->last_line)
            fact_write(text, finding->level == FINDING_ERROR ? "Error" : "Finding", finding->text);
    }
}

static void detail_write(struct text *text, const struct page_view *view, int index)
{
    const struct statement *statement = &view->program->statements[index];
    const struct line_view *line = &view->lines[index];
    text_adds(text, "<dl>");
    fact_write(text, "Meaning", statement->meaning);
    fact_write(text, "State", line->state);
    fact_write(text, "Since", line->detail);
    findings_write(text, view, statement);
    if (statement->last_line > statement->line)
        text_printf(text, "<dt>Lines</dt><dd>%d to %d", statement->line, statement->last_line);
    else
        text_printf(text, "<dt>Line</dt><dd>%d", statement->line);
    text_printf(text, ", %s</dd>", statement_kind_name(statement->kind));
    if (line->incident)
        text_printf(text, "<dt>Incident</dt><dd><a href=\"/incidents/%lld\">Incident %lld</a></dd>",
                    (long long)line->incident, (long long)line->incident);
    text_printf(text, "<dt>Ledger</dt><dd><code>reeve ledger show --subject rule:%s</code></dd>",
                statement->id);
    text_adds(text, "</dl>");
}

void line_live_write(struct text *text, const struct page_view *view, int index)
{
    const struct statement *statement = &view->program->statements[index];
    const struct line_view *line = &view->lines[index];
    if (statement->kind == STATEMENT_STRUCTURE && line->mark == MARK_NONE)
        return;
    const char *word = mark_word(line->mark);
    text_printf(text, "<details class=\"state %s\"><summary>", word);
    if (line->mark == MARK_NONE) {
        text_printf(text, "<span class=\"kind\">%s</span>", statement_kind_name(statement->kind));
    } else {
        text_printf(text, "<span class=\"mark %s\">%s</span>", word, mark_label(line->mark));
        if (line->spark.count > 0)
            spark_write(text, &line->spark);
        text_adds(text, "<span class=\"reading\"><span class=\"value\">");
        text_html(text, line->state);
        text_adds(text, "</span>");
        if (line->detail.n) {
            text_adds(text, "<span class=\"more\">");
            text_html(text, line->detail);
            text_adds(text, "</span>");
        }
        text_adds(text, "</span>");
    }
    text_adds(text, "</summary>");
    detail_write(text, view, index);
    text_adds(text, "</details>");
}

const struct tick_view *line_tick_find(const struct page_view *view, int line,
                                       int64_t *out_incident)
{
    for (size_t i = 0; i < view->incident_count; i++) {
        const struct incident_view *incident = &view->incidents[i];
        for (size_t k = 0; k < incident->tick_count; k++) {
            if (incident->ticks[k].line == line) {
                *out_incident = incident->number;
                return &incident->ticks[k];
            }
        }
    }
    return NULL;
}

void line_box_write(struct text *text, const struct tick_view *tick, int64_t incident)
{
    text_adds(text, "<form class=\"box\" method=\"post\" action=\"/do/incident/tick\">");
    text_printf(text,
                "<input type=\"hidden\" name=\"number\" value=\"%lld\">"
                "<input type=\"hidden\" name=\"item\" value=\"%d\">",
                (long long)incident, tick->item);
    if (tick->done)
        text_adds(text, "<input type=\"hidden\" name=\"undo\" value=\"true\">");
    text_printf(text, "<button class=\"tick%s\" aria-pressed=\"%s\" aria-label=\"",
                tick->done ? " done" : "", tick->done ? "true" : "false");
    text_html(text, tick->text);
    text_printf(text, ", incident %lld\">%s</button></form>", (long long)incident,
                tick->done ? "\xE2\x9C\x93" : "");
}

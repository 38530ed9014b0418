/* page_line.c - the live cell beside a line: its mark, its words, its sparkline, its detail. */
#include "face/page_internal.h"

#include <math.h>

enum { SPARK_WIDTH = 96, SPARK_HEIGHT = 22 };

const char *mark_word(enum mark mark)
{
    static const char *const words[] = {
        [MARK_NONE] = "none",       [MARK_OK] = "ok",           [MARK_MANUAL] = "manual",
        [MARK_RUN] = "manual",      [MARK_UNBOUND] = "unbound", [MARK_TURN] = "turn",
        [MARK_PENDING] = "pending", [MARK_UNKNOWN] = "unknown", [MARK_FINDING] = "finding",
        [MARK_OPEN] = "open",       [MARK_FIRING] = "firing",
    };
    return words[mark];
}

const char *mark_label(enum mark mark)
{
    static const char *const labels[] = {
        [MARK_NONE] = "",
        [MARK_OK] = "OK",
        [MARK_MANUAL] = "By people",
        [MARK_RUN] = "In a run",
        [MARK_UNBOUND] = "Not bound",
        [MARK_TURN] = "Now",
        [MARK_PENDING] = "Pending",
        [MARK_UNKNOWN] = "Unknown",
        [MARK_FINDING] = "Look here",
        [MARK_OPEN] = "Open",
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
    bool known = false;
    double top = highest(spark);
    for (size_t i = 0; i < spark->count; i++)
        known |= isfinite(spark->values[i]);
    if (!known)
        return; /* of what nobody knows there is no picture */
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
    text_html_visible(text, value);
    text_adds(text, "</dd>");
}

/* They stand in order of line. */
static int first_finding(const struct program *program, int line)
{
    int low = 0;
    int high = program->finding_count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (program->findings[middle].line < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void findings_write(struct text *text, const struct page_view *view,
                           const struct statement *statement)
{
    static const char *const names[] = {"Error", "Open decision", "Hint"};
    const struct program *program = view->program;
    for (int i = first_finding(program, statement->line);
         i < program->finding_count && program->findings[i].line <= statement->last_line; i++) {
        const struct finding *finding = &program->findings[i];
        bool is_answered = finding->answer.n > 0;
        fact_write(text, is_answered ? "Decided" : names[finding->level], finding->text);
        fact_write(text, "Answer", finding->answer);
    }
}

static void place_write(struct text *text, const struct program *program,
                        const struct statement *statement)
{
    size_t name = program->file.n;
    while (name > 0 && program->file.p[name - 1] != '/')
        name--;
    text_adds(text, "<dt>Place</dt><dd title=\"");
    text_html(text, program->file);
    text_adds(text, "\">");
    text_html(text, str_from(program->file, name));
    text_printf(text, ":%d", statement->line);
    if (statement->last_line > statement->line)
        text_printf(text, "-%d", statement->last_line);
    text_printf(text, " (%s)", statement_kind_name(statement->kind));
    if (statement->path.n) {
        text_adds(text, ", under ");
        text_html(text, statement->path);
    }
    text_adds(text, "</dd>");
}

/* What does not change from second to second. */
static void detail_write(struct text *text, const struct page_view *view, int index)
{
    const struct statement *statement = &view->program->statements[index];
    const struct line_detail *detail = &view->details[index];
    text_adds(text, "<dl>");
    fact_write(text, "Meaning", detail->meaning.n ? detail->meaning : statement->meaning);
    bool is_rule = statement->kind == STATEMENT_ALERT || statement->kind == STATEMENT_OBJECTIVE;
    fact_write(text, is_rule ? "Then" : "Who", detail->answers);
    fact_write(text, "Bound to", detail->binding);
    fact_write(text, "Read from", detail->targets);
    fact_write(text, "In PromQL", detail->promql);
    fact_write(text, "Its metric", detail->naming);
    findings_write(text, view, statement);
    place_write(text, view->program, statement);
    text_adds(text, "</dl>");
}

void events_write(struct text *text, const struct timeline_view *events, size_t count)
{
    text_adds(text, "<ol class=\"events\">");
    for (size_t i = 0; i < count; i++) {
        const struct timeline_view *event = &events[i];
        text_printf(text, "<li id=\"entry-%lld\">", (long long)event->sequence);
        html_time_write(text, event->at);
        text_adds(text, "<span class=\"said\">");
        text_html_visible(text, event->sentence);
        text_printf(text, "</span><a class=\"entry\" href=\"/entries/%lld\">entry %lld</a></li>",
                    (long long)event->sequence, (long long)event->sequence);
    }
    text_adds(text, "</ol>");
}

/* What can be done with a rule: silenced, or its silence ended. */
static void silence_write(struct text *text, const struct line_view *line, struct str id)
{
    struct str back = str_printf(text->arena, "/lines/%.*s", STR_ARGS(id));
    if (line->rule.n == 0)
        return;
    if (line->silence > 0) {
        text_printf(text,
                    "<form method=\"post\" action=\"/do/silence/end\" class=\"say\"><input "
                    "type=\"hidden\" name=\"number\" value=\"%lld\">",
                    (long long)line->silence);
        back_write(text, back);
        text_printf(text, "<button>End silence %lld</button></form>", (long long)line->silence);
        return;
    }
    text_printf(text,
                "<form method=\"post\" action=\"/do/silence/add\" class=\"say\"><input "
                "type=\"hidden\" name=\"what\" value=\"%.*s\">",
                STR_ARGS(line->rule));
    back_write(text, back);
    text_printf(text,
                "<label><span class=\"unseen\">Why it is silenced</span><input name=\"reason\" "
                "id=\"silence-reason-%.*s\" required maxlength=\"400\" autocomplete=\"off\" "
                "placeholder=\"Why is it silenced?\"></label><label class=\"length\">for <input "
                "name=\"for\" id=\"silence-for-%.*s\" required maxlength=\"20\" "
                "value=\"2h\"></label><button>Silence it</button></form>",
                STR_ARGS(id), STR_ARGS(id));
}

void line_history_write(struct text *text, const struct page_view *view, int index)
{
    const struct line_view *line = &view->lines[index];
    const struct line_detail *detail = &view->details[index];
    bool has_facts = line->incident || line->run || detail->values.n;
    text_adds(text, has_facts ? "<dl>" : "");
    fact_write(text, "Values", detail->values);
    if (line->incident)
        text_printf(text, "<dt>Incident</dt><dd><a href=\"/incidents/%lld\">Incident %lld</a></dd>",
                    (long long)line->incident, (long long)line->incident);
    if (line->run)
        text_printf(text,
                    "<dt>Run</dt><dd><a href=\"/runs/%lld#step-%d\">Step %d of run %lld</a></dd>",
                    (long long)line->run, line->step, line->step, (long long)line->run);
    text_adds(text, has_facts ? "</dl>" : "");
    silence_write(text, line, str_of(view->program->statements[index].id));
    if (detail->event_count > 0)
        events_write(text, detail->events, detail->event_count);
    else
        text_adds(text, "<p class=\"faint\">No ledger entry is about this line yet.</p>");
}

bool line_has_state(const struct page_view *view, int index)
{
    return view->program->statements[index].kind != STATEMENT_STRUCTURE ||
           view->lines[index].mark != MARK_NONE;
}

bool line_has_live(const struct page_view *view, int index)
{
    return line_has_state(view, index) || (view->procedures && view->procedures[index].count > 0);
}

void line_summary_write(struct text *text, const struct page_view *view, int index)
{
    const struct line_view *line = &view->lines[index];
    if (line->mark == MARK_NONE) {
        text_printf(text, "<span class=\"kind\">%s</span>",
                    statement_kind_name(view->program->statements[index].kind));
        return;
    }
    text_printf(text, "<span class=\"mark %s\">%s</span>", mark_word(line->mark),
                mark_label(line->mark));
    if (line->spark.count > 0)
        spark_write(text, &line->spark);
    text_adds(text, "<span class=\"reading\"><span class=\"value\">");
    text_html_visible(text, line->state);
    text_adds(text, "</span>");
    if (line->detail.n) {
        text_adds(text, "<span class=\"more\">");
        text_html_visible(text, line->detail);
        text_adds(text, "</span>");
    }
    text_adds(text, "</span>");
}

void line_live_write(struct text *text, const struct page_view *view, int index)
{
    const struct program *program = view->program;
    int line = program->statements[index].line;
    for (int i = index; i < program->count && program->statements[i].line == line; i++) {
        const struct statement *statement = &program->statements[i];
        if (!line_has_state(view, i))
            continue;
        text_printf(text, "<details class=\"state %s\" id=\"s-%s\" data-kind=\"%s\"><summary>",
                    mark_word(view->lines[i].mark), statement->id,
                    statement_kind_name(statement->kind));
        line_summary_write(text, view, i);
        text_adds(text, "</summary><div class=\"detail\">");
        detail_write(text, view, i);
        text_printf(text,
                    "<div class=\"history\" data-line=\"%s\"><a href=\"/lines/%s\">Values and "
                    "history</a></div></div></details>",
                    statement->id, statement->id);
    }
    for (int i = index; i < program->count && program->statements[i].line == line; i++)
        if (view->procedures && view->procedures[i].count > 0) {
            text_printf(text, "<div class=\"proc\" id=\"p-%s\">", program->statements[i].id);
            line_procedures_write(text, view, i);
            text_adds(text, "</div>");
        }
}

void page_line_write(struct text *text, const struct page_view *view, int index, bool is_part)
{
    const struct statement *statement = &view->program->statements[index];
    if (is_part) {
        line_history_write(text, view, index);
        return;
    }
    struct str title = str_printf(text->arena, "Line %d: %.*s", statement->line,
                                  STR_ARGS(str_slice(statement->text, 0, 200)));
    single_open(text, title, view->now);
    text_adds(text, "<h1>");
    html_inline_write(text, statement->text);
    text_printf(text, "</h1><p class=\"facts\"><a href=\"/#L%d\">Line %d of the runbook</a></p>",
                statement->line, statement->line);
    text_printf(text, "<div class=\"state now %s\">", mark_word(view->lines[index].mark));
    line_summary_write(text, view, index);
    text_adds(text, "</div><div class=\"detail\">");
    detail_write(text, view, index);
    text_adds(text, "</div>");
    if (view->details[index].chart)
        rule_chart_write(text, view->details[index].chart);
    text_adds(text, "<section class=\"timeline\"><h2>Values and history</h2>");
    line_history_write(text, view, index);
    text_adds(text, "</section>");
    single_close(text);
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

void back_write(struct text *text, struct str back)
{
    text_adds(text, "<input type=\"hidden\" name=\"back\" value=\"");
    text_html(text, back);
    text_adds(text, "\">");
    csrf_write(text);
}

void line_box_write(struct text *text, const struct tick_view *tick, int64_t incident,
                    struct str back)
{
    if (tick->done && tick->because.n > 0) { /* taken back on the incident's page, with a reason */
        text_printf(text, "<a class=\"tick done\" href=\"/incidents/%lld\" aria-label=\"ticked: ",
                    (long long)incident);
        text_html(text, tick->text);
        text_printf(text, ", incident %lld\">\xE2\x9C\x93</a>", (long long)incident);
        return;
    }
    text_adds(text, "<form class=\"box\" method=\"post\" action=\"/do/incident/tick\">");
    text_printf(text,
                "<input type=\"hidden\" name=\"number\" value=\"%lld\">"
                "<input type=\"hidden\" name=\"item\" value=\"%d\">",
                (long long)incident, tick->item);
    back_write(text, back);
    if (tick->done)
        text_adds(text, "<input type=\"hidden\" name=\"undo\" value=\"true\">");
    text_printf(text, "<button class=\"tick%s\" aria-pressed=\"%s\" aria-label=\"",
                tick->done ? " done" : "", tick->done ? "true" : "false");
    text_html(text, tick->text);
    text_printf(text, ", incident %lld\">%s</button></form>", (long long)incident,
                tick->done ? "\xE2\x9C\x93" : "");
}

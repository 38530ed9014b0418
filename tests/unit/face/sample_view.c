/* sample_view.c - a fabricated state of the acme runbook, for the page's tests and pictures. */
#include "sample_view.h"

#include <math.h>

static const struct instant now = {1795435200LL * 1000000}; /* 2026-11-23T12:00:00Z */

static struct spark rising(struct arena *arena, double limit, double last)
{
    double *values = arena_array(arena, 60, sizeof *values);
    for (int i = 0; i < 60; i++) {
        double wave = sin(i * 0.7) * 0.06 + sin(i * 2.3) * 0.04;
        double climb = i < 38 ? 0.15 : 0.15 + (i - 38) / 21.0 * 0.85;
        values[i] = last * (climb + wave * climb);
    }
    values[12] = values[13] = NAN;
    return (struct spark){values, 60, limit};
}

static void alert_line(struct arena *arena, struct line_view *line, const struct statement *s,
                       int nth, bool is_calm)
{
    double limit = s->alert.value;
    *line = (struct line_view){.mark = MARK_OK,
                               .state = STR("0.4 % of 1,204 requests in 1 min"),
                               .spark = rising(arena, limit, limit * 0.4)};
    if (is_calm)
        return;
    if (nth == 0) {
        line->mark = MARK_FIRING;
        line->state = STR("7.1 % of 1,204 requests in 1 min");
        line->detail = STR("true for 3 min 20 s, held 10 s");
        line->spark = rising(arena, limit, limit * 1.42);
        line->incident = 12;
    } else if (nth == 1) {
        line->mark = MARK_PENDING;
        line->state = STR("1.3 s at p95");
        line->detail = STR("true for 6 s of 10 s");
        line->spark = rising(arena, limit, limit * 1.3);
    } else if (nth == 2) {
        *line = (struct line_view){.mark = MARK_UNBOUND,
                                   .state = STR("no signal \xE2\x80\x9Ctoken usage\xE2\x80\x9D")};
    } else if (nth == 4) {
        line->mark = MARK_UNKNOWN;
        line->state = STR("no scrape of postgres for 42 s");
    }
}

static void set_lines(struct arena *arena, const struct program *program, struct line_view *lines,
                      bool is_calm)
{
    int alerts = 0;
    for (int i = 0; i < program->count; i++) {
        const struct statement *s = &program->statements[i];
        if (s->kind == STATEMENT_ALERT)
            alert_line(arena, &lines[i], s, alerts++, is_calm);
        else if (s->kind == STATEMENT_CHECK || s->kind == STATEMENT_STEP)
            lines[i] = (struct line_view){.mark = MARK_MANUAL};
        else if (s->kind == STATEMENT_SCHEDULE)
            lines[i] = (struct line_view){.mark = MARK_OK, .state = STR("due in 23 d")};
        else if (s->kind == STATEMENT_CONTACT && s->contact.placeholder)
            lines[i] = (struct line_view){.mark = MARK_FINDING, .state = STR("not filled in")};
    }
}

static void add_ticks(struct arena *arena, const struct program *program,
                      struct incident_view *incident)
{
    size_t capacity = 0;
    for (int i = 0; i < program->count && incident->tick_count < 8; i++) {
        const struct statement *s = &program->statements[i];
        if (s->kind != STATEMENT_CHECK && !(s->kind == STATEMENT_STEP && s->step.checkbox))
            continue;
        struct tick_view tick = {
            .item = (int)incident->tick_count + 1, .line = s->line, .text = s->text};
        if (incident->tick_count < 2) {
            tick.done = true;
            tick.by = STR("ana");
            tick.at = instant_add_ms(now, -120000);
        }
        LIST_PUSH(arena, incident->ticks, incident->tick_count, capacity) = tick;
    }
}

static void add_reading(struct arena *arena, const struct program *program,
                        struct incident_view *incident)
{
    incident->paged = STR("ana by smtp (sent), ben by webhook (fails)");
    for (int i = 0; i < program->count && incident->reading_count == 0; i++) {
        const struct statement *s = &program->statements[i];
        if (s->kind != STATEMENT_ALERT)
            continue;
        incident->readings = arena_make(arena, struct rule_reading);
        incident->must_be_meant = true;
        incident->readings[incident->reading_count++] =
            (struct rule_reading){.statement = s->id,
                                  .line = s->line,
                                  .title = s->text,
                                  .value = STR("7.1 % of 1,204 requests in 1 min")};
    }
}

static void set_incident(struct arena *arena, const struct program *program,
                         struct incident_view *incident)
{
    static struct clock_view clocks[] = {
        {.name = {"Response", 8}, .due = {1795435055LL * 1000000}, .missed = true},
        {.name = {"Escalation to CTO", 17}, .due = {1795435290LL * 1000000}},
    };
    static struct timeline_view timeline[] = {
        {48, {1795435140LL * 1000000}, {"Webhook to on-call delivered (HTTP 202).", 40}},
        {47, {1795435055LL * 1000000}, {"The response time of 30 seconds was missed.", 43}},
        {45, {1795435020LL * 1000000}, {"Mail to ana sent.", 17}},
        {44,
         {1795435000LL * 1000000},
         {"Incident 12 opened as P1: Error rate > 5% for 10 seconds.", 57}},
    };
    *incident = (struct incident_view){
        .number = 12,
        .severity = STR("P1"),
        .word = STR("High"),
        .state = STR("open"),
        .title = STR("Error rate > 5% for 10 seconds"),
        .cause = STR("7.1 % of 1,204 requests failed in 1 min; the limit is 5 %."),
        .opened = instant_add_ms(now, -200000),
        .since = instant_add_ms(now, -200000),
        .clocks = clocks,
        .clock_count = 2,
        .note = STR("1 of its 2 rules is unknown: no scrape of postgres for 42 s."),
        .timeline = timeline,
        .timeline_count = 4,
    };
    add_ticks(arena, program, incident);
    add_reading(arena, program, incident);
}

/* What a line opens to, the first alert with its history. */
static struct line_detail *details_of(struct arena *arena, const struct program *program)
{
    static struct timeline_view fired[] = {
        {44, {1795434990LL * 1000000}, {"Rule on line 9 fired: <b>Error rate</b>.", 40}}};
    struct line_detail *details = arena_array(arena, (size_t)program->count, sizeof *details);
    bool first = true;
    for (int i = 0; i < program->count; i++) {
        details[i].meaning = program->statements[i].meaning;
        if (program->statements[i].kind != STATEMENT_ALERT)
            continue;
        details[i].binding = STR("signal \"error rate\": failures requests{code=~\"5..\"}");
        details[i].targets = STR("shop (http://127.0.0.1:8080/metrics)");
        details[i].answers = STR("opens an incident of P1");
        if (first) {
            details[i].values = STR("lowest 0.2 %, highest 7.1 % of the last 60 readings");
            details[i].events = fired;
            details[i].event_count = 1;
        }
        first = false;
    }
    return details;
}

struct page_view sample_view(struct arena *arena, const struct program *program, bool is_calm)
{
    static struct target_view targets[] = {
        {.name = {"shop", 4}, .url = {"http://127.0.0.1:8080/metrics", 29}, .up = true},
        {.name = {"postgres", 8},
         .url = {"http://127.0.0.1:9187/metrics", 29},
         .problem = {"Connection refused; start the exporter or mend its address.", 59}},
    };
    targets[0].last = instant_add_ms(now, -1000);
    targets[1].last = instant_add_ms(now, -42000);
    struct line_view *lines = arena_array(arena, (size_t)program->count, sizeof *lines);
    set_lines(arena, program, lines, is_calm);
    struct page_view view = {.now = now,
                             .title = STR("Acme Shop"),
                             .program = program,
                             .lines = lines,
                             .details = details_of(arena, program),
                             .targets = targets,
                             .target_count = 2,
                             .sequence = 48};
    if (is_calm)
        return view;
    struct incident_view *incident = arena_make(arena, struct incident_view);
    set_incident(arena, program, incident);
    view.incidents = incident;
    view.incident_count = 1;
    view.refused = STR("RUNBOOK.md:61:3: \xE2\x80\x9C"
                       "Eror rate > 5%\xE2\x80\x9D is not "
                       "understood; did you mean \xE2\x80\x9C"
                       "Error rate > 5%\xE2\x80\x9D?");
    view.checkpoint = STR("reeve/acme\n48\nq83vEjRWeJCrze8SNFZ4kA==\n");
    return view;
}

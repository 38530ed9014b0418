/* view_lines.c - the live state beside each statement of the runbook. */
#include "state/world.h"

#include <math.h>
#include <stdlib.h>

/* The rule of a statement, or SIZE_MAX. Rules stand in order of line. */
static size_t find_rule(const struct rules *rules, const struct statement *statement)
{
    for (size_t i = 0; i < rules->count; i++)
        if (str_is(rules->items[i].id, statement->id))
            return i;
    return SIZE_MAX;
}

static enum mark mark_of_rule(const struct alert *alert, const struct evaluation *evaluation)
{
    bool firing = alert && alert->state == ALERT_FIRING;
    if (firing)
        return MARK_FIRING;
    if (evaluation->truth == TRUTH_UNKNOWN)
        return MARK_UNKNOWN;
    if (alert && alert->state == ALERT_PENDING)
        return MARK_PENDING;
    return MARK_OK;
}

/* Number of the incident, not resolved, that the rule belongs to; 0: none. */
static int64_t incident_of_rule(const struct world *world, struct str rule)
{
    const struct incident_rule *joined = map_find(&world->incidents.rules, rule);
    if (!joined || !joined->incident || joined->incident->state == INCIDENT_RESOLVED)
        return 0;
    return joined->incident->number;
}

static void view_rule(const struct world *world, struct arena *arena, size_t index,
                      struct line_view *out_line)
{
    const struct rule *rule = &world->rules.items[index];
    const struct alert *alert = alert_find(&world->alerts, rule->id);
    struct evaluation none = {.truth = TRUTH_UNKNOWN, .reason = STR("not read yet")};
    const struct evaluation *evaluation = world->evaluations ? &world->evaluations[index] : &none;
    bool unbound = !rule->signal || rule->signal->kind == SIGNAL_NONE || rule->problem.n > 0;
    out_line->mark = unbound && !(alert && alert->state == ALERT_FIRING)
                         ? MARK_UNBOUND
                         : mark_of_rule(alert, evaluation);
    bool known = evaluation->truth == TRUTH_TRUE || evaluation->truth == TRUTH_FALSE;
    out_line->state =
        known || evaluation->reason.n == 0 ? evaluation->value_text : evaluation->reason;
    out_line->detail = alert ? alert_progress(arena, alert, rule, world->now) : STR("");
    out_line->spark.values =
        history_values(arena, &world->histories[index], &out_line->spark.count);
    out_line->spark.limit = rule->limit;
    out_line->incident = incident_of_rule(world, rule->id);
}

/* Open incidents of one severity. */
static size_t count_open(const struct world *world, struct str severity)
{
    size_t count = 0;
    for (size_t i = 0; i < world->incidents.count; i++)
        if (world->incidents.items[i]->state != INCIDENT_RESOLVED &&
            str_equal_nocase(str_of(world->incidents.items[i]->severity), severity))
            count++;
    return count;
}

static void view_severity(const struct world *world, struct arena *arena,
                          const struct statement *statement, struct line_view *out_line)
{
    struct str id =
        statement->kind == STATEMENT_SEVERITY ? statement->severity.id : statement->response.level;
    size_t open = count_open(world, id);
    out_line->mark = MARK_OK;
    if (statement->kind == STATEMENT_SEVERITY)
        out_line->state = open ? str_printf(arena, "%zu open", open) : STR("none open");
    else
        out_line->state = open ? STR("clock running") : STR("in force");
}

/* The open incidents' ticks of a checklist line: "ticked in 3, open in 4". */
static void view_checklist(const struct world *world, struct arena *arena, int item,
                           struct line_view *out_line)
{
    struct text text;
    text_init(&text, arena, 400);
    for (size_t i = 0; i < world->incidents.count; i++) {
        const struct incident *incident = world->incidents.items[i];
        if (incident->state == INCIDENT_RESOLVED)
            continue;
        text_printf(&text, "%s%s in incident %lld", text.n ? ", " : "",
                    incident->ticks[item - 1].done ? "ticked" : "open",
                    (long long)incident->number);
    }
    out_line->mark = MARK_MANUAL;
    out_line->state = text.n ? text_str(&text) : STR("ready");
}

/* Item of the response checklist that stands on this line, from 1; 0: none. */
static int checklist_item_of(const struct world *world, int line)
{
    for (int i = 0; i < world->plan.checklist_count; i++)
        if (world->plan.checklist[i].line == line)
            return i + 1;
    return 0;
}

static const struct {
    enum mark mark;
    const char *state;
} standing[STATEMENT_KINDS] = {
    [STATEMENT_OBJECTIVE] = {MARK_UNBOUND, "understood, not measured"},
    [STATEMENT_SCHEDULE] = {MARK_UNBOUND, "understood, no clock runs on it"},
    [STATEMENT_STEP] = {MARK_MANUAL, "a manual step"},
    [STATEMENT_CHECK] = {MARK_MANUAL, "a manual check"},
    [STATEMENT_CONTACT] = {MARK_UNBOUND, "understood, not called by itself"},
    [STATEMENT_COMMAND] = {MARK_UNBOUND, "not bound"},
    [STATEMENT_PRACTICE] = {MARK_UNBOUND, "no check bound"},
    [STATEMENT_UNCLEAR] = {MARK_FINDING, "not understood"},
};

static void view_statement(const struct world *world, struct arena *arena,
                           const struct statement *statement, struct line_view *out_line)
{
    size_t rule =
        statement->kind == STATEMENT_ALERT ? find_rule(&world->rules, statement) : SIZE_MAX;
    int item = statement->kind == STATEMENT_STEP ? checklist_item_of(world, statement->line) : 0;
    if (rule != SIZE_MAX) {
        view_rule(world, arena, rule, out_line);
    } else if (statement->kind == STATEMENT_SEVERITY || statement->kind == STATEMENT_RESPONSE) {
        view_severity(world, arena, statement, out_line);
    } else if (item > 0) {
        view_checklist(world, arena, item, out_line);
    } else {
        out_line->mark = standing[statement->kind].mark;
        out_line->state = str_of(standing[statement->kind].state);
    }
}

/* Errors mark their line; open decisions are told beside what the line does. */
static void add_findings(const struct world *world, struct line_view *lines)
{
    const struct program *program = world->program;
    int at = 0;
    for (int i = 0; i < program->finding_count; i++) {
        const struct finding *finding = &program->findings[i];
        while (at < program->count && program->statements[at].last_line < finding->line)
            at++;
        if (at == program->count)
            return;
        if (finding->level == FINDING_ERROR)
            lines[at].mark = MARK_FINDING;
        if (finding->level != FINDING_HINT && lines[at].detail.n == 0)
            lines[at].detail = finding->text;
    }
}

struct line_view *view_lines(const struct world *world, struct arena *arena)
{
    const struct program *program = world->program;
    struct line_view *lines = arena_array(arena, (size_t)program->count, sizeof *lines);
    for (int i = 0; i < program->count; i++)
        view_statement(world, arena, &program->statements[i], &lines[i]);
    add_findings(world, lines);
    return lines;
}

/* view_lines.c - the live state beside each statement of the runbook. */
#include "state/world.h"

#include "alert/burn.h"
#include "base/noun.h"

#include <math.h>
#include <stdlib.h>

/* Rules stand in order of line. */
size_t view_rule_index(const struct world *world, const struct statement *statement)
{
    size_t low = 0;
    size_t high = statement->kind == STATEMENT_ALERT ? world->rules.written : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (world->rules.items[middle].line < statement->line)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < world->rules.written && world->rules.items[low].line == statement->line; low++)
        if (str_is(world->rules.items[low].id, statement->id))
            return low;
    return SIZE_MAX;
}

/* How much a rule has to say: fires, true, unknown, or how near to its limit it is. */
static double weight_of(const struct world *world, size_t index)
{
    const struct rule *rule = &world->rules.items[index];
    const struct alert *alert = alert_find(&world->alerts, rule->id);
    const struct evaluation *now = world->evaluations ? &world->evaluations[index] : NULL;
    if (alert && alert->state == ALERT_FIRING)
        return HUGE_VAL;
    if (!now || now->truth == TRUTH_UNKNOWN || rule->limit <= 0 || !isfinite(now->value))
        return now && now->truth == TRUTH_UNKNOWN ? 2 : 0;
    return now->value / rule->limit < 1 ? now->value / rule->limit : 1;
}

size_t view_objective_rule(const struct world *world, const struct statement *statement)
{
    size_t found = SIZE_MAX;
    double most = -1;
    for (size_t i = world->rules.written; i < world->rules.count; i++) {
        double weight = burn_is_of(&world->rules.items[i], statement) ? weight_of(world, i) : -1;
        if (weight > most) {
            most = weight;
            found = i;
        }
    }
    return found;
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

/* "unknown for 40 s: target shop …" without why, which the state says as it is now. */
static struct str without_reason(struct str progress)
{
    size_t unknown = str_find(progress, "unknown for", 0);
    size_t colon = str_find(progress, ": ", unknown);
    return str_slice(progress, 0, colon);
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
    out_line->detail = alert ? alert_progress(arena, alert, rule, evaluation, world->now) : STR("");
    if (evaluation->truth == TRUTH_UNKNOWN)
        out_line->detail = without_reason(out_line->detail);
    out_line->detail = view_aside(world, arena, rule, out_line->detail);
    const struct silence *silence = silence_of_rule(&world->alerts.silences, rule);
    out_line->silence = silence ? silence->number : 0;
    out_line->rule = rule->id;
    out_line->spark.values =
        history_values(arena, &world->histories[index], &out_line->spark.count);
    out_line->spark.limit = view_rule_limit(rule);
    out_line->incident = incident_of_rule(world, rule->id);
}

/* The open incidents of one severity, by number: "incident 3", "incidents 3, 4". */
static size_t list_open(const struct world *world, struct str severity, struct text *text,
                        int64_t *out_first)
{
    size_t count = 0;
    for (size_t i = 0; i < world->incidents.count; i++) {
        const struct incident *incident = world->incidents.items[i];
        if (incident->state == INCIDENT_RESOLVED ||
            !str_equal_nocase(str_of(incident->severity), severity))
            continue;
        if (count == 0)
            *out_first = incident->number;
        text_printf(text, "%s%lld", count == 0 ? "" : ", ", (long long)incident->number);
        count++;
    }
    return count;
}

static void view_severity(const struct world *world, struct arena *arena,
                          const struct statement *statement, struct line_view *out_line)
{
    struct text numbers;
    text_init(&numbers, arena, 200);
    size_t open = list_open(world, statement->severity.id, &numbers, &out_line->incident);
    out_line->mark = open ? MARK_OPEN : MARK_OK;
    out_line->state =
        !open ? STR("none open")
              : str_printf(arena, "%s %.*s", noun((int64_t)open, "incident", "incidents"),
                           STR_ARGS(text_str(&numbers)));
}

/* The index of the plan's step that this line says, or -1. */
static int step_of_line(const struct severity_level *level, int line)
{
    for (int i = 0; i < level->step_count; i++)
        if (level->steps[i].line == line)
            return i;
    return -1;
}

/* The rhythm of updates, or the target of the resolution. */
static enum mark target_mark(const struct world *world, const struct statement *statement,
                             const struct incident *incident, const char **out_words)
{
    bool update = statement->response.act == DUTY_UPDATE;
    struct instant due = update ? incident_update_due(incident, &world->plan)
                                : incident_resolution_due(incident, &world->plan);
    bool missed =
        !instant_is_zero(update ? incident->update_missed_at : incident->resolution_missed_at);
    if (instant_is_zero(due))
        return MARK_OK;
    *out_words = missed ? "late" : "clock running";
    return missed ? MARK_OPEN : MARK_PENDING;
}

static enum mark response_mark(const struct world *world, const struct statement *statement,
                               const struct incident *incident, const char **out_words)
{
    const struct severity_level *level = severity_get(&world->plan, str_of(incident->severity));
    if (statement->response.act == DUTY_RESPOND) {
        bool answered = !instant_is_zero(incident->acknowledged);
        bool stopped = !answered && !incident->response_missed && incident->state != INCIDENT_OPEN;
        *out_words = incident->response_missed ? answered ? "answered late" : "missed"
                     : answered                ? "answered in time"
                     : stopped                 ? "clock stopped"
                                               : "clock running";
        return answered || stopped ? MARK_OK : MARK_OPEN;
    }
    if (statement->line == level->update_line || statement->line == level->resolve_line)
        return target_mark(world, statement, incident, out_words);
    int step = step_of_line(level, statement->line);
    if (step < 0)
        return MARK_OK;
    bool done = incident_step_is_done(incident, &world->plan, step);
    bool over = incident_step_is_over(incident, &world->plan, step);
    *out_words = done ? "escalated" : over ? "answered before" : "clock running";
    return over ? MARK_OK : MARK_PENDING;
}

/* Adds "open in incident 3", or only the number where the same was said before. */
static void add_said(struct text *text, const char *words, int64_t number, const char **before)
{
    if (*before && strcmp(*before, words) == 0)
        text_printf(text, ", %lld", (long long)number);
    else
        text_printf(text, "%s%s in incident %lld", text->n ? "; " : "", words, (long long)number);
    *before = words;
}

/* What the line does in the open incidents of its severity: "missed in incident 3". */
static void view_response(const struct world *world, struct arena *arena,
                          const struct statement *statement, struct line_view *out_line)
{
    struct text text;
    const char *before = NULL;
    struct str level = statement->response.level;
    text_init(&text, arena, 400);
    out_line->mark = MARK_OK;
    for (size_t i = 0; i < world->incidents.count; i++) {
        const char *words = NULL;
        const struct incident *incident = world->incidents.items[i];
        if (incident->state == INCIDENT_RESOLVED ||
            (level.n && !str_equal_nocase(str_of(incident->severity), level)))
            continue;
        enum mark mark = response_mark(world, statement, incident, &words);
        if (!words)
            continue;
        if (mark > out_line->mark)
            out_line->mark = mark;
        if (out_line->incident == 0)
            out_line->incident = incident->number;
        add_said(&text, words, incident->number, &before);
    }
    out_line->state = text.n ? text_str(&text) : STR("in force");
}

/* The open incidents' ticks of a checklist line: "ticked in 3, open in 4". */
static void view_checklist(const struct world *world, struct arena *arena, int item,
                           struct line_view *out_line)
{
    struct text text;
    const char *before = NULL;
    text_init(&text, arena, 400);
    for (size_t i = 0; i < world->incidents.count; i++) {
        const struct incident *incident = world->incidents.items[i];
        if (incident->state == INCIDENT_RESOLVED)
            continue;
        bool done = incident_find_tick(incident, &world->plan, item - 1)->done;
        add_said(&text, done ? "ticked" : "open", incident->number, &before);
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
    [STATEMENT_COMMAND] = {MARK_MANUAL, "run by people"},
    [STATEMENT_PRACTICE] = {MARK_UNBOUND, "no check bound"},
    [STATEMENT_UNCLEAR] = {MARK_FINDING, "not understood"},
};

/* The budget, and the rule that says most: the first that fires, else the one nearest to it. */
static void view_objective(const struct world *world, struct arena *arena,
                           const struct statement *statement, struct line_view *out_line)
{
    struct objective objective = objective_make(arena, statement, &world->signals);
    out_line->mark = MARK_UNBOUND;
    out_line->state = str_of(standing[STATEMENT_OBJECTIVE].state);
    if (!objective.is_share)
        return;
    size_t index = view_objective_rule(world, statement);
    out_line->state = objective.problem;
    if (objective.problem.n > 0)
        return;
    out_line->state = burn_budget_text(arena, &objective, &world->telemetry, world->now);
    out_line->mark = MARK_OK;
    if (index == SIZE_MAX)
        return;
    struct line_view rule = {.mark = MARK_OK};
    view_rule(world, arena, index, &rule);
    out_line->mark = rule.mark;
    out_line->incident = rule.incident;
    out_line->spark = rule.spark;
    out_line->detail = str_printf(arena, "%.*s%s%.*s", STR_ARGS(rule.state),
                                  rule.detail.n ? "; " : "", STR_ARGS(rule.detail));
}

static void view_statement(const struct world *world, struct arena *arena,
                           const struct statement *statement, struct line_view *out_line)
{
    size_t rule = statement->kind == STATEMENT_ALERT ? view_rule_index(world, statement) : SIZE_MAX;
    int item = statement->kind == STATEMENT_STEP ? checklist_item_of(world, statement->line) : 0;
    if (rule != SIZE_MAX) {
        view_rule(world, arena, rule, out_line);
    } else if (statement->kind == STATEMENT_OBJECTIVE) {
        view_objective(world, arena, statement, out_line);
    } else if (statement->kind == STATEMENT_SEVERITY) {
        view_severity(world, arena, statement, out_line);
    } else if (statement->kind == STATEMENT_RESPONSE) {
        view_response(world, arena, statement, out_line);
    } else if (item > 0) {
        view_checklist(world, arena, item, out_line);
    } else {
        out_line->mark = standing[statement->kind].mark;
        out_line->state = str_of(standing[statement->kind].state);
    }
}

/* Errors mark their line; what nobody has decided yet is told beside what the line does. The whole
 * sentences stand in its detail. */
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
        if (finding->level == FINDING_HINT || finding->answer.n > 0 || lines[at].detail.n > 0)
            continue;
        lines[at].detail =
            finding->level == FINDING_ERROR ? finding->text : STR("an open decision");
    }
}

/* What Reeve or the clock does of the procedures' steps; the response checklist has its own words.
 */
static void add_steps(const struct world *world, struct line_view *lines)
{
    static const char *const states[STEP_DOES] = {[DOES_COMMAND] = "by Reeve",
                                                  [DOES_QUERY] = "by Reeve",
                                                  [DOES_NOTIFY] = "by Reeve",
                                                  [DOES_HOLD] = "by the clock",
                                                  [DOES_WAIT] = "by the clock"};
    for (int i = 0; i < world->procedures.count; i++) {
        const struct procedure *procedure = &world->procedures.items[i];
        for (int k = 0; k < procedure->step_count; k++) {
            const struct procedure_step *step = &procedure->steps[k];
            struct line_view *line = &lines[step->statement];
            bool said = checklist_item_of(world, world->program->statements[step->statement].line);
            if (!states[step->does] || said)
                continue;
            line->mark = MARK_RUN;
            line->state = str_of(states[step->does]);
            if (step->holder >= 0)
                lines[step->holder] = *line;
        }
    }
}

struct line_view *view_lines(const struct world *world, struct arena *arena)
{
    const struct program *program = world->program;
    struct line_view *lines = arena_array(arena, (size_t)program->count, sizeof *lines);
    for (int i = 0; i < program->count; i++)
        view_statement(world, arena, &program->statements[i], &lines[i]);
    add_steps(world, lines);
    view_turns(world, arena, lines);
    add_findings(world, lines);
    return lines;
}

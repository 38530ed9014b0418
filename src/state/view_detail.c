/* view_detail.c - what a line opens to: its meaning, what it is bound to, who is told by it. */
#include "state/world.h"

#include "alert/ask.h"
#include "alert/burn.h"
#include "alert/evaluate.h"
#include "alert/naming.h"
#include "base/noun.h"

#include <math.h>
#include <stdlib.h>

enum { DETAIL_BYTES_MAX = 4096, TARGETS_NAMED = 6 };

/* "failures a{…} of b; or histogram c": the alternatives are tried in order. */
static struct str binding_of(struct arena *arena, const struct rule *rule)
{
    struct text text;
    const struct signal *signal = rule->signal;
    if (rule->problem.n)
        return rule->problem;
    if (!signal)
        return str_printf(arena,
                          "not bound: no signal is called \"%.*s\"; name one under signals: in "
                          "reeve.yaml",
                          STR_ARGS(rule->signal_name));
    if (signal->alternative_count == 0)
        return signal_missing(arena, signal);
    text_init(&text, arena, DETAIL_BYTES_MAX);
    text_printf(&text, "signal \"%.*s\": ", STR_ARGS(signal->name));
    for (size_t i = 0; i < signal->alternative_count; i++) {
        const struct alternative *alternative = &signal->alternatives[i];
        text_adds(&text, i == 0 ? "" : "; or ");
        text_add(&text, alternative_words(arena, alternative));
    }
    text_adds(&text,
              signal->from_user ? " (signals: in reeve.yaml)" : " (usual names, by default)");
    return text_str(&text);
}

static struct str targets_of(const struct world *world, struct arena *arena)
{
    struct text text;
    const struct target_status *target;
    size_t at = 0;
    size_t count = 0;
    text_init(&text, arena, DETAIL_BYTES_MAX);
    while ((target = telemetry_next_target(&world->telemetry, &at))) {
        if (count < TARGETS_NAMED)
            text_printf(&text, "%s%.*s (%.*s)", count == 0 ? "" : ", ", STR_ARGS(target->name),
                        STR_ARGS(target->url));
        count++;
    }
    if (count > TARGETS_NAMED)
        text_printf(&text, " and %zu %s", count - TARGETS_NAMED,
                    noun((int64_t)(count - TARGETS_NAMED), "other", "others"));
    return text_str(&text);
}

struct str view_value_words(struct arena *arena, const struct rule *rule, double value)
{
    enum signal_kind kind = rule->signal ? rule->signal->kind : SIGNAL_NONE;
    if (kind == SIGNAL_RATIO || kind == SIGNAL_GAUGE_RATIO || str_is(rule->unit, "%"))
        return str_printf(arena, "%.3g %%", value * 100);
    if (kind == SIGNAL_QUANTILE)
        return value < 1 ? str_printf(arena, "%.3g ms", value * 1000)
                         : str_printf(arena, "%.3g s", value);
    return value_number_text(arena, rule, value);
}

/* The last minutes in words, for those who do not see the line drawn. */
static struct str values_of(const struct world *world, struct arena *arena, size_t index)
{
    const struct rule *rule = &world->rules.items[index];
    size_t count = 0;
    size_t known = 0;
    double low = INFINITY;
    double high = -INFINITY;
    const double *values = history_values(arena, &world->histories[index], &count);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i]))
            continue;
        known++;
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    if (known == 0)
        return STR("");
    struct str words = str_printf(arena, "lowest %.*s, highest %.*s of the last %zu %s",
                                  STR_ARGS(view_value_words(arena, rule, low)),
                                  STR_ARGS(view_value_words(arena, rule, high)), known,
                                  noun((int64_t)known, "reading", "readings"));
    if (isfinite(rule->limit) && rule->limit > 0)
        words = str_printf(arena, "%.*s; the limit is %.*s", STR_ARGS(words),
                           STR_ARGS(view_value_words(arena, rule, rule->limit)));
    return words;
}

/* Names of a party, as reeve.yaml has them today. */
static struct str names_of(const struct world *world, struct arena *arena, struct str party)
{
    struct text text;
    const struct person **people = arena_array(arena, LIMIT_PEOPLE, sizeof(const struct person *));
    struct str asked = party.n ? party : oncall_fallback(&world->oncall);
    size_t count = oncall_party(&world->oncall, asked, people);
    text_init(&text, arena, DETAIL_BYTES_MAX);
    text_printf(&text, "%.*s: ", STR_ARGS(asked));
    for (size_t i = 0; i < count; i++)
        text_printf(&text, "%s%.*s", i == 0 ? "" : ", ", STR_ARGS(people[i]->id));
    if (count == 0)
        text_adds(&text, "nobody can be reached");
    return text_str(&text);
}

/* What each rule of an objective opens, and when. */
static struct str burns_of(const struct world *world, struct arena *arena,
                           const struct statement *statement)
{
    struct text text;
    text_init(&text, arena, DETAIL_BYTES_MAX);
    for (size_t i = world->rules.written; i < world->rules.count; i++) {
        const struct rule *rule = &world->rules.items[i];
        if (!burn_is_of(rule, statement))
            continue;
        text_printf(&text, "%s%.*s at %.3g× over %.*s and %.*s",
                    text.n ? ", " : "opens an incident of ",
                    STR_ARGS(severity_of_alert(&world->plan, rule->level)->id), rule->burn->factor,
                    STR_ARGS(duration_text(arena, rule->burn->long_ms)),
                    STR_ARGS(duration_text(arena, rule->burn->short_ms)));
    }
    return text_str(&text);
}

static struct str answers_of(const struct world *world, struct arena *arena,
                             const struct statement *statement)
{
    if (statement->kind == STATEMENT_ALERT)
        return str_printf(arena, "opens an incident of %.*s",
                          STR_ARGS(severity_of_alert(&world->plan, statement->alert.level)->id));
    if (statement->kind == STATEMENT_OBJECTIVE)
        return burns_of(world, arena, statement);
    if (statement->kind == STATEMENT_SEVERITY)
        return STR("alerts and people open incidents of it");
    if (statement->kind != STATEMENT_RESPONSE)
        return STR("");
    enum duty_act act = statement->response.act;
    bool names_party = act == DUTY_ESCALATE || act == DUTY_NOTIFY;
    return names_of(world, arena, names_party ? statement->response.to : STR(ONCALL_PRIMARY));
}

static void describe_rule(const struct world *world, struct arena *arena, size_t index,
                          struct line_detail *out_detail)
{
    const struct rule *rule = &world->rules.items[index];
    out_detail->meaning = rule->meaning;
    out_detail->binding = binding_of(arena, rule);
    /* All the questions of an objective would fill pages: its condition says the same. */
    bool is_asked = rule->question_count > 0 && !rule->burn;
    struct naming naming = naming_find(rule, &world->telemetry);
    struct rule named = *rule;
    naming_apply(arena, &naming, &named);
    out_detail->promql = is_asked ? rule->questions[0].words : named.promql;
    out_detail->naming =
        is_asked || named.promql.n == 0 ? STR("") : naming_note(arena, &naming, rule);
    out_detail->values = values_of(world, arena, index);
}

struct line_detail *view_details(const struct world *world, struct arena *arena)
{
    const struct program *program = world->program;
    struct line_detail *details = arena_array(arena, (size_t)program->count, sizeof *details);
    struct str targets = targets_of(world, arena);
    for (int i = 0; i < program->count; i++) {
        const struct statement *statement = &program->statements[i];
        size_t rule = view_rule_index(world, statement);
        details[i].meaning = statement->meaning;
        details[i].answers = answers_of(world, arena, statement);
        if (statement->kind == STATEMENT_OBJECTIVE)
            rule = view_objective_rule(world, statement);
        if (rule == SIZE_MAX)
            continue;
        describe_rule(world, arena, rule, &details[i]);
        struct str asked = ask_words(arena, &world->rules.items[rule], &world->telemetry);
        details[i].targets = asked.n > 0 ? asked : targets;
    }
    return details;
}

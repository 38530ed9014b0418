/* rule_findings.c - the alerts of a runbook against what their signals can say. */
#include "main/rule_findings.h"

#include "main/probe_order.h"

/* Behind those of the lines above and of the line itself. */
static void insert(struct arena *arena, struct program *program, const struct finding *finding)
{
    int count = program->finding_count;
    struct finding *items = arena_array(arena, (size_t)count + 1, sizeof *items);
    int at = 0;
    for (; at < count && program->findings[at].line <= finding->line; at++)
        items[at] = program->findings[at];
    items[at] = *finding;
    for (; at < count; at++)
        items[at + 1] = program->findings[at];
    program->findings = items;
    program->finding_count = count + 1;
}

static void check_rate(struct arena *arena, const struct rule *rule, struct program *program)
{
    struct str problem = rule_rate_problem(rule);
    struct finding finding = {
        .level = FINDING_ERROR, .line = rule->line, .column = 1, .code = "unit"};
    if (problem.n == 0)
        return;
    finding.text = str_printf(arena, "\"%.*s\" is never decided: %.*s.",
                              STR_ARGS(str_cut(rule->title, 100)), STR_ARGS(problem));
    insert(arena, program, &finding);
}

/* What Reeve measures itself is of a probe, with an interval of its own. */
static bool is_of_targets(const struct config *config, const struct rule *rule)
{
    const struct signal *signal = rule->signal;
    if (!signal || signal->alternative_count == 0 || rule->burn || rule->problem.n > 0 ||
        str_starts(signal->alternatives[0].parts[0].metric, "reeve_"))
        return false;
    for (size_t i = 0; config->ask.on && i < config->ask.signals.count; i++)
        if (str_equal_nocase(config->ask.signals.items[i], rule->signal_name))
            return false;
    return signal->kind == SIGNAL_COUNT || signal->kind == SIGNAL_RATIO ||
           signal->kind == SIGNAL_QUANTILE;
}

struct str rule_window_problem(struct arena *arena, const struct config *config,
                               const struct rule *rule)
{
    struct str slowest = STR("");
    int64_t every_ms = 0;
    if (!is_of_targets(config, rule))
        return STR("");
    for (size_t i = 0; i < config->target_count; i++) {
        if (config->targets[i].every_ms <= every_ms)
            continue;
        slowest = config->targets[i].name;
        every_ms = config->targets[i].every_ms;
    }
    for (size_t i = 0; i < config->probe_count; i++) {
        if (!str_is(config->probes[i].kind, PROBE_PAGE) || config->probes[i].every_ms <= every_ms)
            continue;
        slowest = config->probes[i].name;
        every_ms = config->probes[i].every_ms;
    }
    if (every_ms <= rule->statistic_ms)
        return STR("");
    struct str window = duration_text(arena, rule->statistic_ms);
    struct str every = duration_text(arena, every_ms);
    return str_printf(arena,
                      "Of target %.*s, read every %.*s, what happened in %.*s is taken for that of "
                      "%.*s. Give it every: %.*s or less in reeve.yaml, or the rule %.*s or more.",
                      STR_ARGS(slowest), STR_ARGS(every), STR_ARGS(every), STR_ARGS(window),
                      STR_ARGS(window), STR_ARGS(every));
}

static void check_window(struct arena *arena, const struct config *config, const struct rule *rule,
                         struct program *program)
{
    struct finding finding = {.level = FINDING_HINT,
                              .line = rule->line,
                              .column = 1,
                              .code = "short-window",
                              .text = rule_window_problem(arena, config, rule)};
    if (finding.text.n > 0)
        insert(arena, program, &finding);
}

/* Words that the vocabulary takes for one signal, and reeve.yaml for another. */
static void check_binding(struct arena *arena, const struct config *config, const struct rule *rule,
                          const struct alert_statement *alert, struct program *program)
{
    struct str else_for = vocabulary_signal(NULL, alert->metric);
    struct finding finding = {
        .level = FINDING_HINT, .line = rule->line, .column = 1, .code = "own-signal"};
    if (else_for.n == 0 || !rule->signal || str_equal_nocase(else_for, rule->signal_name))
        return;
    for (size_t i = 0; i < config->signal_count; i++) {
        const struct config_signal *own = &config->signals[i];
        if (!str_equal_nocase(own->name, rule->signal_name))
            continue;
        finding.text =
            str_printf(arena,
                       "\"%.*s\" is measured by the signal \"%.*s\" of %.*s:%zu, not by \"%.*s\", "
                       "for which these words stand where no configuration says otherwise.",
                       STR_ARGS(str_cut(alert->metric, 100)), STR_ARGS(own->name),
                       STR_ARGS(config->file), own->place.line, STR_ARGS(else_for));
        insert(arena, program, &finding);
        return;
    }
}

/* What was found by another configuration. */
static void drop_earlier(struct program *program)
{
    static const char *const ours[] = {"unit", "short-window", "own-signal"};
    int kept = 0;
    for (int i = 0; i < program->finding_count; i++) {
        bool is_ours = false;
        for (size_t k = 0; k < sizeof ours / sizeof *ours; k++)
            is_ours = is_ours || strcmp(program->findings[i].code, ours[k]) == 0;
        if (!is_ours)
            program->findings[kept++] = program->findings[i];
    }
    program->finding_count = kept;
}

void rule_findings_add(struct arena *arena, const struct config *config,
                       const struct signals *signals, struct program *program)
{
    drop_earlier(program);
    for (int i = 0; i < program->count; i++) {
        if (program->statements[i].kind != STATEMENT_ALERT)
            continue;
        struct rule rule = rule_make(arena, &program->statements[i], signals);
        check_rate(arena, &rule, program);
        if (!config)
            continue;
        check_window(arena, config, &rule, program);
        check_binding(arena, config, &rule, &program->statements[i].alert, program);
    }
}

/* rule_findings.c - the alerts of a runbook against what their signals can say. */
#include "main/rule_findings.h"

#include "alert/rule.h"

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

void rule_findings_add(struct arena *arena, const struct signals *signals, struct program *program)
{
    for (int i = 0; i < program->count; i++) {
        if (program->statements[i].kind != STATEMENT_ALERT)
            continue;
        struct rule rule = rule_make(arena, &program->statements[i], signals);
        check_rate(arena, &rule, program);
    }
}

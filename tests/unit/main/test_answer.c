/* test_answer.c - open decisions: each is answered by its own key, and by nothing else. */
#include "harness/test.h"
#include "main/config_answer.h"

static const char runbook[] = "# Shop\n"
                              "\n"
                              "### Severity Levels\n"
                              "- **P0 (Critical)**: Nobody can buy\n"
                              "  - Escalation: Immediate to CTO\n"
                              "- **P1 (High)**: Some cannot buy\n"
                              "  - Escalation: After 1 hour\n"
                              "\n"
                              "### Critical Alerts\n"
                              "- Token usage > 90% of limit\n"
                              "- Failed auth attempts > 10 in 5 minutes\n"
                              "- Database connection pool exhausted\n"
                              "- Disk usage > 90% for 5 minutes\n"
                              "\n"
                              "### Warning Alerts\n"
                              "- Error rate > 1% for 10 minutes\n";

/* "code=answer" of every finding that has one, a line each. */
static struct str answers(struct arena *arena, const char *yaml)
{
    struct config config;
    struct config_errors errors;
    struct err err = {0};
    struct program *program = NULL;
    struct text text;
    struct config_input input = {.file = STR("reeve.yaml"), .text = str_of(yaml)};
    text_init(&text, arena, 4096);
    if (!config_read(arena, &input, &config, &errors))
        test_fail(__FILE__, __LINE__, "%.*s", STR_ARGS(config_errors_text(arena, &errors)));
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(runbook), &program, &err), &err);
    config_answer(arena, &config, program);
    for (int i = 0; i < program->finding_count; i++)
        if (program->findings[i].answer.n > 0)
            text_printf(&text, "%d %s = %.*s\n", program->findings[i].line,
                        program->findings[i].code, STR_ARGS(program->findings[i].answer));
    return text_str(&text);
}

TEST(defaults_answer_nothing)
{
    CHECK_STR(answers(arena, "runbook: RUNBOOK.md\n"), "");
}

TEST(a_party_is_answered_by_its_role)
{
    CHECK_STR(answers(arena, "people: { ana: { email: a@acme.example, roles: [tech boss] } }\n"
                             "vocabulary: { parties: { cto: tech boss } }\n"),
              "5 who-is = people.ana.roles: tech boss (reeve.yaml:1)\n");
    CHECK_STR(answers(arena, "people: { ana: { email: a@acme.example } }\n"
                             "on_call: { primary: ana, secondary: ana }\n"
                             "vocabulary: { parties: { cto: primary } }\n"),
              "5 who-is = on_call.primary: ana (reeve.yaml:2)\n"
              "7 nobody-named = on_call.secondary: ana (reeve.yaml:2)\n");
}

TEST(each_decision_is_answered_by_its_key)
{
    CHECK_STR(answers(arena, "alerts: { warning: P2 }\n"),
              "16 which-severity = alerts.warning: P2 (reeve.yaml:1)\n");
    CHECK_STR(answers(arena, "alerts:\n  critical: P0\n"),
              "10 which-severity = alerts.critical: P0 (reeve.yaml:2)\n");
    CHECK_STR(answers(arena, "people:\n"
                             "  ana: { email: ana@acme.example, roles: [cto] }\n"
                             "  ben: { email: ben@acme.example }\n"
                             "on_call: { primary: ana, secondary: ben }\n"
                             "smtp: { url: \"smtp://127.0.0.1:25\", from: reeve@acme.example }\n"),
              "5 who-is = people.ana.roles: cto (reeve.yaml:2)\n"
              "7 nobody-named = on_call.secondary: ben (reeve.yaml:4)\n");
    CHECK_STR(answers(arena, "signals:\n"
                             "  token usage: { used: u, limit: v }\n"
                             "  failed auth attempts: { count: a }\n"
                             "  database connection pool: { used: p, limit: q }\n"
                             "  Disk usage: { used: d, limit: e }\n"),
              "10 which-limit = signals.token usage.limit: v (reeve.yaml:2)\n"
              "11 which-scope = signals.failed auth attempts.count: a (reeve.yaml:3)\n"
              "12 state-signal = signals.database connection pool.used: p (reeve.yaml:4)\n"
              "13 which-hosts = signals.Disk usage.used: d (reeve.yaml:5)\n");
}

TEST(a_key_answers_only_what_it_says)
{
    CHECK_STR(answers(arena, "signals:\n  token usage: { gauge: u }\n"), "");
    CHECK_STR(answers(arena, "people: { cto2: { email: c@acme.example, roles: [ct] } }\n"
                             "smtp: { url: \"smtp://127.0.0.1:25\", from: reeve@acme.example }\n"
                             "on_call: { primary: cto2 }\n"),
              "");
}

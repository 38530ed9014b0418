/* test_severity.c - the plan read off real runbook text, its defaults and its limits. */
#include "base/text.h"
#include "harness/test.h"
#include "incident/severity.h"

static void make_plan(struct arena *arena, const char *source, struct severity_mapping mapping,
                      struct severity_plan *out_plan)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(source), &program, &err), &err);
    severity_plan_make(program, &mapping, out_plan);
}

static const char acme[] = "## Incident Response\n\n### Severity Levels\n"
                           "- **P0 (Critical)**: Complete outage\n"
                           "  - Response time: 15 minutes\n"
                           "  - Escalation: Immediate to CTO\n\n"
                           "- **P1 (High)**: Partial outage\n"
                           "  - Response time: 30 minutes\n"
                           "  - Escalation: After 1 hour\n\n"
                           "### Response Checklist\n"
                           "1. [ ] Acknowledge alert\n"
                           "2. [ ] Update status page\n\n"
                           "### Release Checklist\n"
                           "1. [ ] Tests passing\n";

TEST(severities_clocks_and_checklist_are_read_off_the_runbook)
{
    struct severity_plan plan;
    make_plan(arena, acme, (struct severity_mapping){0}, &plan);
    CHECK_INT(plan.level_count, 2);
    CHECK_STR(plan.levels[0].id, "P0");
    CHECK_INT(plan.levels[0].rank, 0);
    CHECK_INT(plan.levels[0].respond_ms, 15 * 60 * 1000);
    CHECK(!plan.levels[0].respond_is_default);
    CHECK_INT(plan.levels[0].step_count, 1);
    CHECK_INT(plan.levels[0].steps[0].after_ms, 0);
    CHECK_STR(plan.levels[0].steps[0].to, "CTO");
    CHECK_INT(plan.levels[1].respond_ms, 30 * 60 * 1000);
    CHECK_INT(plan.levels[1].steps[0].after_ms, 60 * 60 * 1000);
    CHECK_STR(plan.levels[1].steps[0].to, "");
    CHECK_INT(plan.levels[1].steps[0].line, 10);
    CHECK_INT(plan.checklist_count, 2);
    CHECK_INT(plan.checklist[1].line, 14);
    CHECK_STR(plan.checklist[1].text, "Update status page");
}

TEST(a_silent_runbook_gets_the_defaults)
{
    struct severity_plan plan;
    make_plan(arena, "# Nothing here\n", (struct severity_mapping){0}, &plan);
    CHECK_INT(plan.level_count, 4);
    CHECK_STR(plan.levels[3].id, "P3");
    CHECK(plan.levels[3].respond_is_default);
    CHECK_INT(plan.levels[3].respond_ms, 24 * 60 * 60 * 1000);
    CHECK_INT(plan.checklist_count, 0);
    severity_plan_make(NULL, &(struct severity_mapping){0}, &plan);
    CHECK_INT(plan.level_count, 4);
}

TEST(alerts_open_what_the_mapping_says)
{
    struct severity_plan plan;
    make_plan(arena, "# None\n", (struct severity_mapping){0}, &plan);
    CHECK_STR(severity_of_alert(&plan, STR("critical"))->id, "P1");
    CHECK_STR(severity_of_alert(&plan, STR("Warning"))->id, "P3");
    CHECK_STR(severity_of_alert(&plan, STR("p0"))->id, "P0");
    CHECK_STR(severity_of_alert(&plan, STR("odd"))->id, "P1");
    make_plan(arena, "# None\n",
              (struct severity_mapping){.critical = STR("P0"), .warning = STR("P2")}, &plan);
    CHECK_STR(severity_of_alert(&plan, STR("critical"))->id, "P0");
    CHECK_STR(severity_of_alert(&plan, STR("warning"))->id, "P2");
}

TEST(a_mapping_the_document_lacks_takes_the_nearest_milder_one)
{
    struct severity_plan plan;
    make_plan(arena, acme, (struct severity_mapping){0}, &plan);
    CHECK_STR(severity_of_alert(&plan, STR("warning"))->id, "P1"); /* P3 is not there */
    make_plan(arena, acme, (struct severity_mapping){.critical = STR("SEV9"), .warning = STR("")},
              &plan);
    CHECK_STR(severity_of_alert(&plan, STR("critical"))->id, "P0");
    make_plan(arena,
              "## Severity Levels\n\n- **SEV1 (Critical)**: a\n- **SEV2 (High)**: b\n"
              "- **SEV3 (Low)**: c\n",
              (struct severity_mapping){0}, &plan);
    CHECK_STR(severity_of_alert(&plan, STR("P3"))->id, "SEV3"); /* of one sentence alone */
    make_plan(arena, acme, (struct severity_mapping){.critical = STR("SEV9"), .warning = STR("")},
              &plan);
    CHECK(severity_find(&plan, STR("P7")) == NULL);
    CHECK_STR(severity_get(&plan, STR("P7"))->id, "P0");
}

TEST(a_severity_that_is_gone_keeps_its_rank_and_goes_by_the_next_graver_clocks)
{
    struct severity_plan plan;
    make_plan(arena,
              "## Severity Levels\n\n- **P1 (High)**: a\n  - Response time: 10 minutes\n"
              "- **P2 (Medium)**: b\n  - Response time: 1 hour\n  - Updates: every 2 hours\n",
              (struct severity_mapping){0}, &plan);
    const struct severity_level *mild = severity_get(&plan, STR("P3"));
    CHECK(severity_find(&plan, STR("P3")) == NULL);
    CHECK_STR(mild->id, "P2");
    CHECK_STR(mild->word, "");
    CHECK_INT(mild->rank, 3);
    CHECK_INT(mild->respond_ms, 60 * 60 * 1000);
    CHECK_INT(mild->update_ms, 2 * 60 * 60 * 1000);
    /* Nothing graver is left: the gravest that there is. */
    CHECK_STR(severity_get(&plan, STR("p0"))->id, "P1");
    CHECK_INT(severity_get(&plan, STR("p0"))->rank, 0);
    CHECK_INT(severity_get(&plan, STR("P2"))->rank, 2);
    CHECK_STR(severity_get(&plan, STR("P2"))->word, "Medium");
    CHECK_STR(severity_get(&plan, STR("SEV9"))->id, "P1");
}

TEST(levels_and_checklists_beyond_the_limit_are_cut)
{
    struct text text;
    struct severity_plan plan;
    text_init(&text, arena, 100000);
    text_adds(&text, "## Severity Levels\n\n");
    for (int i = 0; i < 10; i++)
        text_printf(&text, "- **%s%d**: kind %d\n  - Response time: 15 minutes\n",
                    i < 5 ? "P" : "SEV", 5 - i % 5, i);
    text_adds(&text, "\n## Response Checklist\n\n");
    for (int i = 0; i < 40; i++)
        text_printf(&text, "%d. [ ] Update page %d\n", i + 1, i);
    make_plan(arena, text_str(&text).p, (struct severity_mapping){0}, &plan);
    CHECK_INT(plan.level_count, SEVERITY_LEVELS_MAX);
    for (int i = 1; i < plan.level_count; i++)
        CHECK(plan.levels[i - 1].rank <= plan.levels[i].rank);
    CHECK_INT(plan.checklist_count, CHECKLIST_ITEMS_MAX);
}

TEST(the_projects_own_runbook_gives_a_whole_plan)
{
    struct severity_plan plan;
    struct str path = test_source_path(arena, "examples/acme/RUNBOOK.md");
    make_plan(arena, test_read_file(arena, path).p, (struct severity_mapping){0}, &plan);
    CHECK_INT(plan.level_count, 4);
    CHECK_INT(plan.checklist_count, 8);
    for (int i = 0; i < plan.level_count; i++) {
        CHECK(!plan.levels[i].respond_is_default);
        CHECK_INT(plan.levels[i].step_count, 1);
    }
    CHECK_INT(plan.levels[0].respond_ms, 20 * 1000);
    CHECK_STR(plan.levels[0].steps[0].to, "CTO");
}

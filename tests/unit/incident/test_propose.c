/* test_propose.c - the words of severities as conditions, and numbers held against them. */
#include "harness/test.h"
#include "incident/propose.h"

#include <math.h>

static const char seed[] = "### Severity Levels\n"
                           "- **P0 (Critical)**: Complete outage, data breach, security incident\n"
                           "- **P1 (High)**: Partial outage, performance degradation >50%\n"
                           "- **P2 (Medium)**: Feature unavailable, performance degradation <50%\n"
                           "- **P3 (Low)**: Minor issues, cosmetic bugs\n";

static void check_clause(const char *words, enum propose_part part, double limit, bool below)
{
    struct propose_clause clauses[PROPOSE_CLAUSES_MAX];
    CHECK_INT(propose_read(str_of(words), clauses), 1);
    CHECK_INT(clauses[0].part, part);
    CHECK_INT(clauses[0].below, below);
    if (part == PROPOSE_OUTAGE || part == PROPOSE_SLOWER)
        CHECK(fabs(clauses[0].limit - limit) < 1e-9);
}

TEST(each_part_of_the_words_says_what_meets_it)
{
    check_clause("Complete outage", PROPOSE_OUTAGE, PROPOSE_COMPLETE, false);
    check_clause("Partial outage", PROPOSE_OUTAGE, PROPOSE_PARTIAL, false);
    check_clause("more than 20 % of requests fail", PROPOSE_OUTAGE, 0.2, false);
    check_clause("performance degradation >50%", PROPOSE_SLOWER, 0.5, false);
    check_clause("performance degradation <50%", PROPOSE_SLOWER, 0.5, true);
    check_clause("requests slower by up to 12.5 percent", PROPOSE_SLOWER, 0.125, true);
    check_clause("data breach", PROPOSE_BREACH, 0, false);
    check_clause("security incident", PROPOSE_BREACH, 0, false);
    /* What no number says is for people, also when it sounds like one. */
    check_clause("Feature unavailable", PROPOSE_PEOPLE, 0, false);
    check_clause("a slow afternoon", PROPOSE_PEOPLE, 0, false);
    check_clause("cosmetic bugs", PROPOSE_PEOPLE, 0, false);
    check_clause("99.9.9 %", PROPOSE_PEOPLE, 0, false);
}

TEST(parts_are_parted_by_commas_semicolons_and_or)
{
    struct propose_clause clauses[PROPOSE_CLAUSES_MAX];
    CHECK_INT(propose_read(STR("Complete outage, data breach; some errors or a leak"), clauses), 4);
    CHECK_STR(clauses[1].words, "data breach");
    CHECK_STR(clauses[3].words, "a leak");
    CHECK_INT(propose_read(STR(", ;  or ,"), clauses), 0);
    CHECK_INT(propose_read(STR(""), clauses), 0);
    CHECK_INT(propose_read(STR("a,b,c,d,e,f,g,h,i,j"), clauses), PROPOSE_CLAUSES_MAX);
}

static void make_plan(struct arena *arena, struct severity_plan *out_plan)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(seed), &program, &err), &err);
    severity_plan_make(program, &(struct severity_mapping){0}, out_plan);
}

static void check_proposal(struct arena *arena, double failing, double slower, const char *want)
{
    struct severity_plan plan;
    struct propose_facts facts = {failing, slower};
    make_plan(arena, &plan);
    struct proposal proposal = propose(&plan, &facts);
    CHECK_STR(proposal.level ? proposal.level->id : STR("none"), want);
    CHECK_INT(proposal.wants_failing, isnan(failing));
    CHECK_INT(proposal.wants_slower, isnan(slower));
}

TEST(numbers_speak_for_the_worst_severity_that_they_meet)
{
    check_proposal(arena, 0.9, NAN, "P0");
    check_proposal(arena, 0.5, 0, "P0");
    check_proposal(arena, 0.49, 0, "P1");
    check_proposal(arena, 0.049, 0, "none");
    check_proposal(arena, 0, 0.7, "P1");
    /* Exactly the limit is named by neither: the graver one is proposed. */
    check_proposal(arena, 0, 0.5, "P1");
    check_proposal(arena, 0, 0.3, "P2");
    check_proposal(arena, 0, 0.01, "none");
    check_proposal(arena, 0, -0.4, "none");
}

TEST(what_is_not_measured_speaks_for_nothing)
{
    check_proposal(arena, NAN, NAN, "none");
    check_proposal(arena, NAN, 0.6, "P1");
}

TEST(a_breach_is_known_by_its_words_only)
{
    struct severity_plan plan;
    make_plan(arena, &plan);
    CHECK(propose_is_breach(&plan.levels[0]));
    CHECK(!propose_is_breach(&plan.levels[1]));
}

TEST(times_of_the_runbook_win_over_those_of_reeve_yaml)
{
    static const char text[] = "### Severity Levels\n"
                               "- **SEV1 (Critical)**: All is lost\n"
                               "  - Updates: every 30 minutes\n"
                               "- **SEV2 (High)**: Some is\n"
                               "  - Resolution time: 8 hours\n";
    static const struct severity_time times[] = {{{"SEV1", 4}, 60000, 0},
                                                 {{"P1", 2}, 120000, 0},
                                                 {{"sev2", 4}, 0, 180000},
                                                 {{"SEV1", 4}, 0, 240000},
                                                 {{"SEV9", 4}, 1, 1}};
    struct severity_mapping mapping = {.times = times, .time_count = 5};
    struct program *program = NULL;
    struct severity_plan plan;
    struct err err = {0};
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(text), &program, &err), &err);
    severity_plan_make(program, &mapping, &plan);
    CHECK_INT(plan.levels[0].update_ms, 30 * 60 * 1000);
    CHECK_INT(plan.levels[0].update_line, 3);
    CHECK_INT(plan.levels[0].resolve_ms, 240000);
    CHECK_INT(plan.levels[0].resolve_line, 0);
    CHECK_INT(plan.levels[1].resolve_ms, 8 * 60 * 60 * 1000);
}

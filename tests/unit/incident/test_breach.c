/* test_breach.c - words that name a breach, and the times of its timeline. */
#include "incident/breach.h"

#include "harness/test.h"

TEST(only_what_says_it_is_a_breach)
{
    static const char *const yes[] = {"Data breach: orders are for sale", "A SECURITY INCIDENT",
                                      "Personal data was leaked by mail", "possible data leak"};
    static const char *const no[] = {"Breach of the response time", "SLA breached",
                                     "Memory leak in the shop", "Data is late", ""};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        CHECK(breach_is_named(str_of(yes[i])));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        CHECK(!breach_is_named(str_of(no[i])));
}

static struct program *read_program(struct arena *arena, const char *source)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK(program_read(arena, STR("a.md"), str_of(source), &program, &err));
    return program;
}

TEST(the_plan_is_the_first_procedure_that_names_a_breach_and_has_times)
{
    struct breach_plan plan;
    breach_plan_read(read_program(arena, "# Security\n\n## Breach contacts\n- Ana\n\n"
                                         "## Data Breach Response\n"
                                         "1. **Immediate**: Isolate\n"
                                         "2. **15 min**: Assess\n"
                                         "3. Stay calm\n"
                                         "4. **4 hours**: Prepare\n\n"
                                         "## Another Breach\n1. **1 hour**: Nothing\n"),
                     &plan);
    CHECK_INT(plan.count, 3);
    CHECK_INT(plan.line, 6);
    CHECK_INT(plan.lines[0].after_ms, 0);
    CHECK_INT(plan.lines[1].after_ms, 15 * 60 * 1000);
    CHECK_INT(plan.lines[2].line, 10);
    breach_plan_read(read_program(arena, "# Security\n\n## Data Breach\n1. Isolate\n"), &plan);
    CHECK_INT(plan.count, 0);
    CHECK_INT(plan.line, 0);
}

TEST(at_once_is_late_with_the_next_line)
{
    struct breach breach = {.aware = {1000000}, .count = 2};
    breach.lines[1].after_ms = 5 * 60 * 1000;
    CHECK_INT(instant_ms_between(breach.aware, breach_line_due(&breach, 0)), 5 * 60 * 1000);
    CHECK_INT(instant_ms_between(breach.aware, breach_line_due(&breach, 1)), 5 * 60 * 1000);
    breach.count = 1;
    CHECK_INT(instant_ms_between(breach.aware, breach_line_due(&breach, 0)), BREACH_AT_ONCE_MS);
    CHECK(breach_is_open(&breach));
    breach.lines[0].done = breach.aware;
    CHECK(breach_is_open(&breach));
    breach.is_law_over = true;
    CHECK(!breach_is_open(&breach));
}

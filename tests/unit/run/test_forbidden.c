/* test_forbidden.c - words that forbid what a step would do. */
#include "harness/test.h"
#include "run/forbidden.h"

struct row {
    const char *text, *command;
};

static struct str judged(struct arena *arena, const struct row *row)
{
    bool forbids = forbidden_by_words(arena, str_of(row->text), str_of(row->command));
    return str_printf(arena, "%s: %s", row->text, forbids ? "forbidden" : "an order");
}

TEST(words_that_forbid_or_leave_it)
{
    static const struct row rows[] = {{"Do not run `npm run x`", "npm run x"},
                                      {"Don't run `npm run x`", "npm run x"},
                                      {"Don\xE2\x80\x99t run `npm run x`", "npm run x"},
                                      {"Do **not** run `npm run x`", "npm run x"},
                                      {"NEVER run `npm run x` on a Friday", "npm run x"},
                                      {"Avoid `npm run x`", "npm run x"},
                                      {"Do not: npm run x", "npm run x"},
                                      {"Look first. Never use `npm run X` here", "npm run X"},
                                      {"If it is slow, do not run `npm run x`", "npm run x"},
                                      {"Migrations must not be run: `npm run x`", "npm run x"},
                                      {"`npm run x` must never be run here", "npm run x"},
                                      {"Running `npm run x` is forbidden", "npm run x"},
                                      {"Ask the DBA to run `npm run x`", "npm run x"},
                                      {"Use the page instead of `npm run x`", "npm run x"},
                                      {"Skip migrations: `npm run x`", "npm run x"},
                                      {"Was `npm run x` run?", "npm run x"},
                                      {"There is no need to run `npm run x`", "npm run x"},
                                      {"Do not do this", ""},
                                      {"Never do this: it is slow. Really", ""},
                                      {"If it is slow, never do this:", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_STR(judged(arena, &rows[i]), str_printf(arena, "%s: forbidden", rows[i].text).p);
}

TEST(orders_are_not_forbidden)
{
    static const struct row rows[] = {
        {"Run `npm run x`", "npm run x"},
        {"", ""},
        {"Run `test ! -f /never || do not`", "test ! -f /never || do not"},
        {"Don't forget to run `npm run x`", "npm run x"},
        {"Do not hesitate to run `npm run x`", "npm run x"},
        {"If it does not answer, run `npm run x`", "npm run x"},
        {"When the workers do not answer, run `npm run x`", "npm run x"},
        {"Never panic. Run `npm run x`", "npm run x"},
        {"Is it slow? Run `npm run x`", "npm run x"},
        {"Run `npm run x`, which must not take long", "npm run x"},
        {"Run `npm run x`. Never do it twice", "npm run x"},
        {"Tell the team: `npm run x`", "npm run x"},
        {"Avoidance: run `npm run x`", "npm run x"},
        {"Restart the workers, do not stop the shop", ""},
        {"An open ` alone", "npm run x"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_STR(judged(arena, &rows[i]), str_printf(arena, "%s: an order", rows[i].text).p);
}

TEST(forbidden_steps_are_for_people)
{
    static const char source[] = "# R\n\n## Go\n1. Do not run `rm -rf <dir>`\n2. Never do this:\n"
                                 "   - Run `npm run a`\n   - Run `npm run b`\n3. Don't do it\n"
                                 "   ```bash\n   npm run c\n   ```\n4. Run `npm run d`\n"
                                 "5. Never migrate\n\n## Reset\n```bash\n# Do not do this\n"
                                 "npm run e\n```\n";
    struct program *program = NULL;
    struct err err = {0};
    struct run_settings settings = {.commands = true};
    CHECK_OK(program_read(arena, STR("r.md"), str_of(source), &program, &err), &err);
    struct procedures procedures = procedures_make(arena, program, &settings);
    const struct procedure_step *steps = procedures.items[0].steps;
    CHECK_INT(procedures.items[0].step_count, 7);
    for (int i = 0; i < 7; i++)
        CHECK_INT(steps[i].does, i == 5 ? DOES_COMMAND : i == 1 ? DOES_GROUP : DOES_MANUAL);
    CHECK_STR(steps[0].note, "its words, or those above it, forbid \"rm -rf <dir>\" or leave it to "
                             "somebody, so Reeve does not do it; write it as an order in a step of "
                             "its own to have Reeve do it");
    CHECK(steps[0].command.n == 0 && steps[0].placeholder_count == 0 && steps[0].destroys.n == 0);
    CHECK(steps[2].note.n > 0 && steps[3].note.n > 0 && steps[4].note.n > 0);
    CHECK(steps[5].note.n == 0 && steps[6].note.n == 0);
    /* Who starts it by its own name has picked it. */
    const struct procedure *picked = &procedures.items[procedures.count - 1];
    CHECK_STR(picked->name, "Do not do this");
    CHECK_INT(picked->steps[0].does, DOES_COMMAND);
    /* Without commands: nothing says "run its command by hand". */
    procedures = procedures_make(arena, program, NULL);
    CHECK(procedures.items[0].steps[0].command.n == 0 && procedures.items[0].steps[0].note.n == 0);
}

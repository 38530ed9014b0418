/* test_spelling.c - command lines that are translated, refused, or left as they are. */
#include "harness/test.h"
#include "run/procedure.h"
#include "run/spelling.h"

TEST(npm_swallows_what_stands_before_two_dashes)
{
    static const struct {
        const char *line, *right;
    } rows[] = {
        {"npm run db:rollback --target=V3", "npm run db:rollback -- --target=V3"},
        {"npm run db:rollback -t V3", "npm run db:rollback -- -t V3"},
        {"npm --prefix app run x --dry-run", "npm --prefix app run x -- --dry-run"},
        {"npm run x --silent --dry-run", "npm run x --silent -- --dry-run"},
        {"npm run x one --dry-run -- --more", "npm run x one -- --dry-run --more"},
        {"npm test --coverage", "npm test -- --coverage"},
        {"cd app && A=1 npm run x --all; echo --done",
         "cd app && A=1 npm run x -- --all; echo --done"},
        {"sudo npm run-script x --all", "sudo npm run-script x -- --all"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct spelling spelling = spelling_of(arena, str_of(rows[i].line));
        CHECK(spelling.refused);
        CHECK_STR(spelling.command, rows[i].line);
        CHECK(str_ends(spelling.note, rows[i].right));
    }
}

TEST(what_npm_passes_on_stays_as_it_is)
{
    static const char *const lines[] = {"npm run db:rollback -- --target=V3",
                                        "npm run gdpr:export USER_ID",
                                        "npm run --silent x",
                                        "npm run x --if-present",
                                        "npm run x && ls -l",
                                        "npm run x | grep --count a",
                                        "npm install --global x",
                                        "echo 'npm run x --all'",
                                        "npm run x \"a --b\"",
                                        "npm",
                                        "npm run",
                                        ""};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct spelling spelling = spelling_of(arena, str_of(lines[i]));
        CHECK(!spelling.refused && spelling.note.n == 0);
        CHECK_STR(spelling.command, lines[i]);
    }
}

TEST(netlify_is_said_as_it_is_said_today)
{
    static const struct {
        const char *line, *today;
        bool endless;
    } rows[] = {
        {"netlify functions:log FUNCTION_NAME --tail",
         "netlify logs --source functions --function FUNCTION_NAME --follow", true},
        {"ntl functions:log --tail hello", "ntl logs --source functions --function hello --follow",
         true},
        {"netlify functions:log <name> --tail",
         "netlify logs --source functions --function <name> --follow", true},
        {"netlify functions:log hello", "netlify logs --source functions --function hello", false},
        {"netlify logs:function hello", "netlify logs --source functions --function hello --follow",
         true},
        {"netlify dev --inspect", "NODE_OPTIONS=--inspect netlify dev", true},
        {"netlify dev --inspect=9230 --offline",
         "NODE_OPTIONS=--inspect=9230 netlify dev --offline", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct spelling spelling = spelling_of(arena, str_of(rows[i].line));
        CHECK_STR(spelling.command, rows[i].today);
        CHECK_INT(spelling.endless, rows[i].endless);
        CHECK(!spelling.refused);
        CHECK(str_find(spelling.note, rows[i].line, 0) < spelling.note.n);
    }
    static const char *const same[] = {"netlify logs --follow",
                                       "netlify dev",
                                       "netlify dev --edge-inspect",
                                       "netlify functions:log a b",
                                       "netlify functions:log a --level error",
                                       "netlify functions:log a --tail | head",
                                       "netlify functions:log <a --tail",
                                       "netlify deploy --prod",
                                       "echo netlify dev --inspect"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        CHECK_STR(spelling_of(arena, str_of(same[i])).command, same[i]);
}

static struct procedures make(struct arena *arena, const char *source)
{
    static const struct action_binding bound[] = {
        {.action = {"db:rollback", 11}, .command = {"./migrate down", 14}, .approvals = -1}};
    struct program *program = NULL;
    struct err err = {0};
    struct run_settings *settings = arena_make(arena, struct run_settings);
    settings->commands = true;
    settings->actions = bound;
    settings->action_count = 1;
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(source), &program, &err), &err);
    return procedures_make(arena, program, settings);
}

TEST(steps_are_done_as_they_are_spelt_today)
{
    struct procedures procedures =
        make(arena,
             "# R\n\n## Debug\n```bash\n# Logs\nnetlify functions:log FUNCTION_NAME --tail\n```\n\n"
             "## Go back\n```bash\nnpm run db:rollback --target=VERSION\n```\n\n"
             "## By name\n```bash\nnpm run db:rollback\n```\n\n"
             "## In a line\n1. Tidy: `npm run tidy --all`\n");
    CHECK_INT(procedures.count, 4);
    const struct procedure_step *logs = &procedures.items[0].steps[0];
    CHECK_STR(logs->command, "netlify logs --source functions --function FUNCTION_NAME --follow");
    CHECK(logs->does == DOES_COMMAND && logs->endless && logs->placeholder_count == 1);
    CHECK(str_find(logs->note, "refuses", 0) < logs->note.n);
    const struct procedure_step *back = &procedures.items[1].steps[0];
    CHECK(back->does == DOES_MANUAL);
    CHECK(str_ends(back->note, "npm run db:rollback -- --target=VERSION"));
    const struct procedure_step *named = &procedures.items[2].steps[0];
    CHECK(named->does == DOES_COMMAND && named->note.n == 0);
    CHECK_STR(named->command, "./migrate down");
    const struct procedure_step *tidy = &procedures.items[3].steps[0];
    CHECK(tidy->does == DOES_MANUAL);
    CHECK(str_ends(tidy->note, "npm run tidy -- --all"));
}

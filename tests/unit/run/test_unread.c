/* test_unread.c - what looks like a command in a sentence and is not run. */
#include "harness/test.h"
#include "run/unread.h"

TEST(what_looks_like_a_command_is_told)
{
    static const char *const cases[][2] = {
        {"Run `./deploy.sh`", "./deploy.sh"},
        {"Execute: `true`", "true"},
        {"Run the script `tidy-up --all`.", "tidy-up --all"},
        {"`./deploy.sh --now`", "./deploy.sh --now"},
        {"`whatever`", "whatever"},
        {"Start the app: `./bin/start --port 80`", "./bin/start --port 80"},
        {"Look with `kubectl get pods` first", "kubectl get pods"},
        {"./deploy.sh --prod", "./deploy.sh --prod"},
        {"Run ./deploy.sh now.", "./deploy.sh now"},
        {"Run the script: ./deploy.sh", "./deploy.sh"},
        {"Then this: ../bin/x", "../bin/x"},
        {"Run make release", "make release"},
        {"Re-run `checks`", "checks"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_STR(unread_command(str_of(cases[i][0])), cases[i][1]);
}

TEST(words_for_people_are_not)
{
    static const char *const none[] = {"",
                                       "Run",
                                       "Run the tests",
                                       "Run smoke tests",
                                       "Run Migrations",
                                       "Check that `feature_x` is on",
                                       "Set `DEBUG` in the environment",
                                       "Create incident channel `#incident`",
                                       "make sure that it runs",
                                       "Make release notes",
                                       "Wait: it takes a while",
                                       "Restart `checkout`",
                                       "An open ` alone",
                                       "Run ``",
                                       "./",
                                       "true"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        CHECK_STR(unread_command(str_of(none[i])), "");
    char large[700];
    memset(large, 'x', sizeof large);
    memcpy(large, "Run ./", 6);
    CHECK(unread_command((struct str){large, sizeof large}).n <= sizeof large);
}

TEST(a_second_command_in_a_line_is_left_over)
{
    struct str build = STR("npm run build");
    CHECK_STR(unread_second(STR("Run `npm run build` and then `npm run deploy`"), build),
              "npm run deploy");
    CHECK_STR(unread_second(STR("Run `npm run build`, then `./deploy.sh`"), build), "./deploy.sh");
    CHECK_STR(unread_second(STR("Run `npm run build` in `web`"), build), "");
    CHECK_STR(unread_second(STR("Run `npm run build`; `npm` must be there"), build), "");
    CHECK_STR(unread_second(STR("Build: npm run build"), build), "");
}

TEST(words_that_ask_for_more_than_once_are_found)
{
    static const char *const cases[][2] = {
        {"Run until it works: `npm run one`", "until it works"},
        {"Run `npm run one` until it works.", "until it works"},
        {"Run `npm run one` twice", "twice"},
        {"Retry `npm run one` up to 3 times", "3 times"},
        {"Run `npm run one` every 5 minutes", "every 5 minutes"},
        {"Run `npm run one` on each server", "on each server"},
        {"Wait until `npm run one` is up", "until `npm run one` is up"},
        {"Run it until `npm run one", "until `npm run one"},
        {"Run it on every server", "on every server"},
        {"Run `x --until now`", ""},
        {"Run `x` 1 times", ""},
        {"Run `x` and see that everything is up", ""},
        {"Run `x` for the 3rd timeslot", ""},
        {"", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_STR(unread_repetition(str_of(cases[i][0])), cases[i][1]);
}

static const struct procedure_step *first_step(struct arena *arena, const char *source,
                                               const struct run_settings *settings)
{
    struct program *program = NULL;
    struct err err = {0};
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(source), &program, &err), &err);
    return procedures_make(arena, program, settings).items[0].steps;
}

TEST(a_step_says_why_people_do_it_and_what_to_write)
{
    static const struct action_binding bound[] = {
        {.action = {"service:start", 13}, .command = {"./up", 4}, .approvals = -1}};
    struct run_settings settings = {.commands = true};
    const struct procedure_step *steps =
        first_step(arena,
                   "# R\n\n## Go\n1. Run `./deploy.sh`\n2. Run `npm run build` and then `npm run "
                   "deploy`\n3. Start the app: `./up`\n4. Run `./deploy.sh`\n   ```bash\n   "
                   "./deploy.sh\n   ```\n5. Look at it\n",
                   &settings);
    CHECK_STR(steps[0].note, "it is not certain that \"./deploy.sh\" is a command, so people do "
                             "this; to have Reeve run it, write it in a ```bash block below the "
                             "step");
    CHECK(steps[0].does == DOES_MANUAL && steps[0].command.n == 0);
    CHECK_STR(steps[1].note,
              "of this line \"npm run build\" is the command, and \"npm run deploy\" "
              "is left to people: write each in a step of its own");
    CHECK(steps[1].does == DOES_COMMAND);
    CHECK_STR(steps[2].note, "it is not certain that \"./up\" is a command, so people do this; to "
                             "have Reeve do it, write \"service:start\" with the command under "
                             "actions: in reeve.yaml");
    /* As the note says. */
    CHECK(steps[3].does == DOES_COMMAND && steps[3].note.n == 0);
    CHECK_STR(steps[4].note, "");
    settings.actions = bound;
    settings.action_count = 1;
    steps = first_step(arena, "# R\n\n## Go\n1. Start the app: `./up`\n", &settings);
    CHECK(steps[0].does == DOES_COMMAND && steps[0].note.n == 0);
}

TEST(a_command_that_is_begun_once_says_so)
{
    static const struct action_binding bound[] = {
        {.action = {"b", 1}, .command = {"./b", 3}, .approvals = -1, .every_ms = 5000}};
    struct run_settings settings = {.commands = true, .actions = bound, .action_count = 1};
    const struct procedure_step *steps =
        first_step(arena,
                   "# R\n\n## Go\n1. Run `npm run a` until it works\n2. Run `npm run b` until it "
                   "works\n3. Without a backup run `npm run c`\n4. Never wait 5 minutes\n5. Wait 5 "
                   "minutes\n",
                   &settings);
    CHECK(steps[0].does == DOES_COMMAND);
    CHECK_STR(steps[0].note,
              "Reeve begins \"npm run a\" once; \"until it works\" is left to people, "
              "who can begin the step again, or write retries: or every: for its "
              "action in reeve.yaml");
    CHECK(steps[1].does == DOES_COMMAND && steps[1].note.n == 0);
    CHECK(steps[2].does == DOES_MANUAL && steps[2].note.n > 0);
    CHECK(steps[3].does == DOES_MANUAL);
    CHECK_STR(steps[3].note, "its words, or those above it, say not to wait, so the clock does not "
                             "hold the run here; people tick it");
    CHECK(steps[4].does == DOES_WAIT && steps[4].note.n == 0);
}

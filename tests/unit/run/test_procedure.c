/* test_procedure.c - what of a runbook can be started, and what its steps do. */
#include "harness/test.h"
#include "run/procedure.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

static struct procedures make(struct arena *arena, struct str source, bool commands)
{
    struct program *program = NULL;
    struct err err = {0};
    struct run_settings *settings = arena_make(arena, struct run_settings);
    settings->commands = commands;
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), source, &program, &err), &err);
    return procedures_make(arena, program, settings);
}

/* "Name: text[does] text[does]" for each procedure. */
static struct str told(struct arena *arena, const struct procedures *procedures)
{
    struct text text;
    text_init(&text, arena, 64 * 1024);
    for (int i = 0; i < procedures->count; i++) {
        const struct procedure *procedure = &procedures->items[i];
        text_printf(&text, "%.*s:", STR_ARGS(procedure_title(procedures, procedure, arena)));
        for (int k = 0; k < procedure->step_count; k++) {
            const struct procedure_step *step = &procedure->steps[k];
            text_printf(&text, " %.*s%.*s[%s%s%s]", step->depth, ">>>>>>>>", STR_ARGS(step->text),
                        step_does_name(step->does), step->when ? " " : "",
                        step_when_name(step->when));
        }
        text_byte(&text, '\n');
    }
    return text_str(&text);
}

TEST(lists_fences_and_labels)
{
    struct procedures procedures =
        make(arena,
             STR("# R\n\n## Deploy\n1. **Staging**\n   - Deploy to staging\n   - Run the tests\n"
                 "2. Monitor for 15 minutes\n3. Wait 5 minutes\n\n"
                 "## Keys\n```bash\n# Mail key\n1. Create a key\n"
                 "2. Revoke the old key after 24 hours\n\n# Pay key\n1. Create a key\n```\n\n"
                 "## Commands\n```bash\n# Look\ncat log\n\n# Remove\nrm -rf /srv/old\n```\n\n"
                 "## Script\n```bash\ncd /srv\ngit pull\nmake install\n```\n\n"
                 "## Scaling\n- Database: Add read replicas\n- Redis: Add cluster nodes\n"),
             true);
    CHECK_STR(
        told(arena, &procedures),
        "Deploy: Staging[group] >Deploy to staging[manual] >Run the tests[manual] Monitor for "
        "15 minutes[hold for] Wait 5 minutes[wait for]\n"
        "Staging: Deploy to staging[manual] Run the tests[manual]\n"
        "Mail key: Create a key[manual] Revoke the old key after 24 hours[manual after]\n"
        "Pay key: Create a key[manual]\n"
        "Look: Look[command]\nRemove: Remove[command]\n"
        "Script: cd /srv[command] git pull[command] make install[command]\n"
        "Database: Database: Add read replicas[manual]\n"
        "Redis: Redis: Add cluster nodes[manual]\n");
}

TEST(labels_between_part_the_lists)
{
    struct procedures procedures = make(
        arena,
        STR("# R\n\n## Restore\nBefore you begin:\n\n1. Stop the traffic\n2. Call the owner\n\n"
            "To go back:\n\n1. Start the traffic\n\n"
            "## Maintenance\n- Procedure:\n  1. Enable maintenance mode\n"
            "  2. Disable maintenance mode\n"),
        false);
    CHECK_STR(told(arena, &procedures),
              "Before you begin: Stop the traffic[manual] Call the owner[manual]\n"
              "To go back: Start the traffic[manual]\n"
              "Maintenance: Enable maintenance mode[manual] Disable maintenance mode[manual]\n");
}

TEST(commands_belong_to_the_step_above)
{
    struct procedures procedures = make(
        arena,
        STR("# R\n\n## Restart\n1. Stop it\n   ```bash\n   systemctl stop shop\n   ```\n"
            "2. Clean up\n   ```bash\n   cd /srv/shop\n   rm -rf cache\n   ```\n"
            "3. Look at it\n   ```bash\n   # Either\n   cat log\n\n   # Or\n   less log\n   ```\n"),
        true);
    CHECK_STR(told(arena, &procedures),
              "Restart: Stop it[command] Clean up[group] >cd /srv/shop[command] >rm -rf "
              "cache[command] Look at it[choice]\n"
              "Either: Either[command]\nOr: Or[command]\n");
    CHECK_STR(procedures.items[0].steps[0].command, "systemctl stop shop");
}

/* Another procedure's steps stand below the line that sends to it, as deep as it goes. */
TEST(a_step_may_be_another_procedure)
{
    struct procedures procedures = make(
        arena,
        STR("# R\n\n## Outage\n1. Tell the team\n2. Follow the "
            "[Database recovery](#database-recovery) procedure\n3. Execute the rollback plan.\n"
            "4. See Switching back below\n\n"
            "## Database recovery\n1. Stop the traffic\n2. Run the Restore steps\n\n"
            "## Restore\n- [ ] Take the newest copy\n- [ ] Look at it\n\n"
            "## Rollback\n1. Announce it\n\n"
            "## Switching back\n```bash\n# Code\ngit revert HEAD\n\n# Schema\nmake down\n```\n"),
        true);
    CHECK_STR(told(arena, &procedures),
              "Outage: Tell the team[manual] Follow the Database recovery procedure[group] "
              ">Stop the traffic[manual] >Run the Restore steps[group] "
              ">>Take the newest copy[manual] >>Look at it[manual] Execute the rollback "
              "plan.[group] >Announce it[manual] See Switching back below[choice]\n"
              "Database recovery: Stop the traffic[manual] Run the Restore steps[group] >Take the "
              "newest copy[manual] >Look at it[manual]\n"
              "Restore: Take the newest copy[manual] Look at it[manual]\n"
              "Rollback: Announce it[manual]\n"
              "Code: Code[command]\nSchema: Schema[command]\n");
    CHECK_INT(procedures.items[0].steps[4].parent, 3);
}

/* What cannot be told, or leads back to itself, stays what it says: something that people do. */
TEST(a_step_that_sends_to_no_one_procedure_is_done_by_people)
{
    struct procedures procedures =
        make(arena,
             STR("# R\n\n## First\n1. Follow the Second procedure\n2. Restart Redis\n3. Use Redis\n"
                 "4. After 2 hours, follow the Third procedure\n5. Follow the First procedure\n\n"
                 "## Second\n1. Follow the First procedure\n2. Run the third\n\n"
                 "## Third\n1. Look\n\n# A\n\n## Twice\n1. One\n\n# B\n\n## Twice\n1. Two\n"
                 "2. Follow Twice\n\n"
                 "## Scaling\n- Redis: Add nodes\n- Web: Add more\n"),
             true);
    CHECK_STR(told(arena, &procedures),
              "First: Follow the Second procedure[group] >Follow the First procedure[manual] >Run "
              "the third[manual] Restart Redis[manual] Use Redis[manual] After 2 hours, follow "
              "the Third procedure[manual after] Follow the First procedure[manual]\n"
              "Second: Follow the First procedure[group] >Follow the Second procedure[manual] "
              ">Restart Redis[manual] >Use Redis[manual] >After 2 hours, follow the Third "
              "procedure[manual after] >Follow the First procedure[manual] Run the third[manual]\n"
              "Third: Look[manual]\n"
              "A / Twice: One[manual]\nB / Twice: Two[manual] Follow Twice[manual]\n"
              "Redis: Redis: Add nodes[manual]\nWeb: Web: Add more[manual]\n");
}

/* What stands behind the name in the runbook reaches the action's command, as by npm. */
TEST(an_action_is_handed_what_the_runbook_gives_it)
{
    static const struct placeholder open = {.name = {"region", 6}};
    static const struct action_binding actions[] = {
        {.action = {"db:rollback", 11}, .command = {"./migrate down", 14}, .approvals = -1},
        {.action = {"db:migrate", 10},
         .command = {"./migrate up <region>", 21},
         .placeholders = &open,
         .placeholder_count = 1,
         .approvals = -1}};
    struct run_settings settings = {.commands = true, .actions = actions, .action_count = 2};
    struct program *program = NULL;
    struct err err = {0};
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"),
                          STR("# R\n\n## Commands\n```bash\n# Back\nnpm run db:rollback -- "
                              "--target=VERSION\n\n# Plain\nnpm run db:rollback\n\n# Up\nreeve "
                              "db:migrate --fast\n```\n\n## Release\n1. Run migrations\n2. Go back "
                              "with `npm run db:rollback -- --target=VERSION`\n"),
                          &program, &err),
             &err);
    struct procedures made = procedures_make(arena, program, &settings);
    CHECK_INT(made.count, 4);
    const struct procedure_step *back = made.items[0].steps;
    CHECK_STR(back->command, "./migrate down --target=VERSION");
    CHECK_INT(back->placeholder_count, 1);
    CHECK_STR(back->placeholders[0].name, "VERSION");
    CHECK_STR(made.items[1].steps[0].command, "./migrate down");
    CHECK_INT(made.items[1].steps[0].placeholder_count, 0);
    CHECK_STR(made.items[2].steps[0].command, "./migrate up <region> --fast");
    CHECK_INT(made.items[2].steps[0].placeholder_count, 1);
    CHECK_STR(made.items[3].steps[0].command, "./migrate up <region>");
    CHECK_STR(made.items[3].steps[0].placeholders[0].name, "region");
    CHECK_STR(made.items[3].steps[1].command, "./migrate down --target=VERSION");
}

TEST(without_commands_people_run_them)
{
    struct procedures procedures =
        make(arena, STR("# R\n\n## One\n```bash\nsystemctl restart shop\n```\n"), false);
    CHECK_STR(told(arena, &procedures), "systemctl restart shop: systemctl restart shop[manual]\n");
}

/* The mission's runbook, by hand. */
TEST(the_missions_runbook)
{
    struct str path = test_source_path(arena, "../shared/runbooks/production.md");
    FILE *file = fopen(path.p, "rb");
    if (!file)
        SKIP("the shared runbooks are absent");
    (void)fclose(file);
    struct procedures procedures = make(arena, test_read_file(arena, path), true);
    struct err err = {0};
    CHECK_INT(procedures.count, 49);
    static const struct {
        const char *name;
        int steps;
    } wanted[] = {{"Response Checklist", 8},
                  {"OpenAI API Key", 4},
                  {"Stripe Keys", 7},
                  {"Database Encryption Keys", 4},
                  {"Data Breach Response", 7},
                  {"GDPR Data Request", 6},
                  {"Database recovery", 5},
                  {"Full disaster recovery", 6},
                  {"Horizontal Scaling / Database", 1},
                  {"Vertical Scaling / Database", 1},
                  {"Scheduled Maintenance", 5},
                  {"db:migrate", 1},
                  {"Rollback Procedures / Database rollback", 1},
                  {"Pre-deployment Checklist", 6},
                  {"Deployment Steps", 15},
                  {"Production Deployment", 5},
                  {"Right to erasure", 1},
                  {"High Error Rate", 5}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const struct procedure *procedure =
            procedure_find(&procedures, str_of(wanted[i].name), &err);
        CHECK_OK(procedure != NULL, &err);
        CHECK_INT(procedure->step_count, wanted[i].steps);
    }
    /* A fence that is a menu cannot be started as one. */
    static const char *const menus[] = {"Database Operations",   "Security Operations",
                                        "Monitoring Operations", "Rollback Procedures",
                                        "Function Debugging",    "Quarterly Rotation",
                                        "Recovery Procedures"};
    for (size_t i = 0; i < sizeof menus / sizeof *menus; i++)
        CHECK(!procedure_find(&procedures, str_of(menus[i]), &err));
    CHECK(!procedure_find(&procedures, STR("db:rollback"), &err));
    CHECK_STR(str_of(err.text),
              "\"db:rollback\" stands in the runbook more than once; say which: \"Rollback "
              "migration\", \"Database rollback\".");
}

/* What stands in the quotation marks of a shell is judged, too. */
TEST(a_shell_that_is_handed_what_destroys_asks_for_approval)
{
    static const char *const lines[] = {"sh -c 'rm -rf build'", "bash -lc \"rm -rf build\"",
                                        "bash -c 'echo rm'", "sh build.sh 'rm -rf x'"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct str source =
            str_printf(arena, "# Ours\n\n## Clean\n1. Clean: `%s`\n2. Look\n", lines[i]);
        struct procedures procedures = make(arena, source, true);
        CHECK_INT(procedures.count, 1);
        CHECK_STR(procedures.items[0].steps[0].command, lines[i]);
        CHECK_INT(procedures.items[0].steps[0].destroys.n > 0, i < 2);
    }
}

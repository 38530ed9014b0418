/* test_environments.c - environments: where rehearsals run, and what of it is refused. */
#include "harness/test.h"
#include "main/config.h"

static struct config_errors errors;

static bool read_text(struct arena *arena, const char *text, struct config *out_config)
{
    struct config_input input = {.file = STR("reeve.yaml"), .text = str_of(text)};
    return config_read(arena, &input, out_config, &errors);
}

TEST(an_environment_has_its_own_variables_folder_and_commands)
{
    struct config c = {0};
    bool read =
        read_text(arena,
                  "commands: { directory: /srv/shop, environment: { URL: env:URL, LEVEL: info },\n"
                  "  rehearsed_within: 30 days }\n"
                  "actions: { 'db:restore': { run: ./restore } }\n"
                  "environments:\n"
                  "  staging: { directory: /srv/trial, environment: { URL: env:TRIAL_URL },\n"
                  "             actions: { 'db:restore': ./restore --trial } }\n"
                  "  lab: {}\n",
                  &c);
    CHECK_STR(config_errors_text(arena, &errors), "");
    CHECK(read);
    CHECK_INT(c.commands.environment_count, 2);
    const struct config_environment *staging = &c.commands.environments[0];
    CHECK_STR(staging->name, "staging");
    CHECK_STR(staging->directory, "/srv/trial");
    CHECK_INT(staging->variable_count, 1);
    CHECK_STR(staging->variables[0].secret.name, "environments.staging.environment.URL");
    CHECK_STR(staging->variables[0].secret.source, "TRIAL_URL");
    CHECK_STR(staging->actions[0].key, "db:restore");
    CHECK_STR(staging->actions[0].value, "./restore --trial");
    CHECK_STR(c.commands.environments[1].directory, "/srv/shop");
    CHECK_INT(c.commands.environments[1].variable_count, 0);
    CHECK_INT(c.secret_count, 2);
    CHECK_INT(c.commands.rehearsed_within_ms, INT64_C(30) * 24 * 60 * 60 * 1000);
    CHECK(read_text(arena, "runbook: RUNBOOK.md\n", &c));
    CHECK_INT(c.commands.rehearsed_within_ms, INT64_C(90) * 24 * 60 * 60 * 1000);
}

TEST(an_environment_has_a_database_of_its_own_or_none)
{
    struct config c = {0};
    CHECK(read_text(
        arena,
        "services: { database: { url: env:DB, statement_timeout: 2 s } }\n"
        "environments: { lab: {}, trial: { database: { url: env:A, pooler: file:b } } }\n",
        &c));
    const struct config_environment *at = c.commands.environments;
    CHECK(!at[0].database.on && at[1].database.on);
    CHECK_STR(at[1].database.url.name, "environments.trial.database.url");
    CHECK_STR(at[1].database.pooler.name, "environments.trial.database.pooler");
    CHECK_INT(at[1].database.statement_timeout_ms, 2000);
    CHECK_INT(c.secret_count, 3);
}

TEST(what_would_be_no_rehearsal_is_refused)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"commands: { environment: { URL: env:URL } }\n"
         "environments: { staging: { environment: { URL: env:URL } } }\n",
         "reeve.yaml:2:48: env:URL is a secret of production's commands; a rehearsal needs one of "
         "its own."},
        {"commands: { environment: { URL: env:URL } }\n"
         "environments: { staging: { environment: { URL: file:URL } } }\n",
         ""},
        {"environments: { Production: {} }\n",
         "reeve.yaml:1:17: Rehearsals are not held in production; commands: says what runs there."},
        {"environments: { \"stag ing\": {} }\n",
         "reeve.yaml:1:17: \"stag ing\" is no name of an environment: 1 to 40 letters, digits, _ "
         "and -."},
        {"commands: {}\nactions: { 'db:a': { run: ./a } }\n"
         "environments: { lab: { actions: { 'db:b': ./b } } }\n",
         "reeve.yaml:3:35: \"db:b\" is no action; only what stands under actions: can be done "
         "otherwise here."},
        {"environments: { lab: { environment: { LD_PRELOAD: x } } }\n",
         "reeve.yaml:1:39: LD_PRELOAD changes what commands mean; it must not be set here."},
        {"services: { database: { url: env:DB } }\n"
         "environments: { a: { database: { url: env:DB } } }\n",
         "reeve.yaml:2:39: env:DB is the address of production's database; a rehearsal needs one "
         "of its own."},
        {"environments: { a: { database: { pooler: env:P } } }\n",
         "reeve.yaml:1:34: \"url\" is missing here: Its address, as that of services:, and never "
         "production's."},
        {"environments: { a: {}, b: {}, c: {}, d: {}, e: {} }\n",
         "reeve.yaml:1:17: There must be 0 to 4 entries here, not 5."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct config c = {0};
        CHECK(read_text(arena, cases[i].text, &c) == (cases[i].said[0] == '\0'));
        CHECK_STR(str_trim(config_errors_text(arena, &errors)), cases[i].said);
    }
}

/* test_npm.c - options that npm kept for itself are refused with the line to write. */
#include "action/action.h"
#include "harness/test.h"

/* The environment of the test: names and values, as npm 11 sets them. */
static const char *const *variables;

static const char *find(const char *name)
{
    for (const char *const *at = variables; *at; at += 2)
        if (strcmp(*at, name) == 0)
            return at[1];
    return NULL;
}

/* The sentence of the refusal; "" when nothing is refused. */
static struct str said(struct arena *arena, const char *action, const char *const *words,
                       const char *const *environment)
{
    struct call call;
    struct err err = {0};
    struct call_common common = {false, false};
    int argc = 0;
    while (words[argc])
        argc++;
    call_init(&call, action_find_name(str_of(action)), caller_of_token());
    CHECK_OK(call_parse(&call, arena, argc, words, &err), &err);
    variables = environment;
    if (call_check_npm(&call, &common, find, &err))
        return STR("");
    CHECK_INT(err.kind, ERR_USAGE);
    return str_copy(arena, str_of(err.text));
}

#define WORDS(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

TEST(what_npm_kept_is_said_with_the_right_line)
{
    CHECK_STR(said(arena, "ledger show", WORDS(NULL),
                   WORDS("npm_lifecycle_event", "ledger show", "npm_config_last", "5")),
              "npm has kept --last=5 for itself, and nothing was done. Options of a script stand "
              "behind two dashes: npm run ledger show -- --last=5");
    CHECK_STR(said(arena, "db:query", WORDS("SELECT 1"),
                   WORDS("npm_lifecycle_event", "db:query", "npm_config_from", "true",
                         "npm_config_json", "true")),
              "npm has kept --from=FROM --json for itself, and nothing was done. Options of a "
              "script stand behind two dashes: npm run db:query -- --from=FROM --json");
    CHECK_STR(said(arena, "db:ping", WORDS(NULL),
                   WORDS("npm_lifecycle_event", "db:ping", "npm_config_config", "my file.yaml")),
              "npm has kept --config=\"my file.yaml\" for itself, and nothing was done. Options of "
              "a script stand behind two dashes: npm run db:ping -- --config=\"my file.yaml\"");
}

/* "db:rollback": "reeve run db:rollback" - a dry run that is none would roll back. */
TEST(a_script_named_after_what_it_runs_is_held_to_the_same)
{
    CHECK_STR(
        said(arena, "run", WORDS("db:rollback"),
             WORDS("npm_lifecycle_event", "db:rollback", "npm_config_dry_run", "true",
                   "npm_config_set", "true\n\ntrue")),
        "npm has kept --set=NAME=VALUE --dry-run for itself, and nothing was done. Options of "
        "a script stand behind two dashes: npm run db:rollback -- --set=NAME=VALUE "
        "--dry-run");
    CHECK_STR(said(arena, "run", WORDS("db:rollback"),
                   WORDS("npm_lifecycle_event", "release", "npm_config_dry_run", "true")),
              "");
}

TEST(what_was_given_or_is_npms_own_is_not_refused)
{
    static const char *const every[] = {"npm_lifecycle_event",
                                        "run",
                                        "npm_config_user_agent",
                                        "npm/11",
                                        "npm_config_prefix",
                                        "/usr",
                                        "npm_config_cache",
                                        "/root/.npm",
                                        "npm_config_yes",
                                        "",
                                        "npm_config_dry_run",
                                        "",
                                        "npm_config_rehearse",
                                        "false",
                                        "npm_config_target",
                                        "7",
                                        NULL};
    CHECK_STR(said(arena, "run", WORDS("Release"), every), "");
    CHECK_STR(said(arena, "ledger show", WORDS("--last=7"),
                   WORDS("npm_lifecycle_event", "ledger show", "npm_config_last", "5")),
              "");
    CHECK_STR(said(arena, "ledger show", WORDS(NULL), WORDS("npm_config_last", "5")), "");
    CHECK_STR(said(arena, "ledger show", WORDS(NULL),
                   WORDS("npm_lifecycle_event", "test", "npm_config_last", "5")),
              "");
}

/* What may be a secret is not repeated. */
TEST(a_password_is_not_said)
{
    struct str sentence = said(arena, "account add", WORDS("ana"),
                               WORDS("npm_lifecycle_event", "account add", "npm_config_role",
                                     "reader", "npm_config_password", "swordfish"));
    CHECK(str_find(sentence, "--role=reader", 0) < sentence.n);
    CHECK(str_find(sentence, "swordfish", 0) == sentence.n);
}

/* What is refused before something is started by a script "db:back": "reeve run db:back". */
static struct str rest(struct arena *arena, const char *action, const char *script,
                       const char *const *environment)
{
    struct call call;
    struct err err = {0};
    call_init(&call, action_find_name(str_of(action)), caller_of_token());
    if (call_check_npm_rest(&call, script, environment, &err))
        return STR("");
    return str_copy(arena, str_of(err.text));
}

TEST(options_that_the_action_has_not_are_not_lost_before_something_starts)
{
    CHECK_STR(rest(arena, "run", "db:back", WORDS("HOME=/root", "npm_config_target=5")),
              "npm has kept --target for itself (or .npmrc sets it), and nothing was done. Options "
              "of a script stand behind two dashes: npm run db:back -- --target");
    CHECK_STR(rest(arena, "run", "db:back",
                   WORDS("npm_config_registry=x", "npm_config_node_gyp=/x", "npm_config_force=true",
                         "npm_config_@a:registry=x", "npm_config_//r/:_authToken=x",
                         "npm_config_init.author.name=x", "npm_config_user_agent=npm/11")),
              "");
    CHECK_STR(rest(arena, "run", NULL, WORDS("npm_config_target=5")), "");
    CHECK_STR(rest(arena, "run list", "runs", WORDS("npm_config_target=5")), "");
}

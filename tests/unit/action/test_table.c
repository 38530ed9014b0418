/* test_table.c - every row of the table: what it must have, and that its example is a call. */
#include "action/action.h"
#include "harness/test.h"

enum { WORDS_MAX = 32 };

/* Words as a shell would part them: blanks, and double quotes around a word. */
static int split_words(struct arena *arena, const char *line, const char **out_words)
{
    int count = 0;
    const char *at = line;
    while (*at) {
        const char *from = at;
        char end = ' ';
        if (*at == '"') {
            end = '"';
            from = ++at;
        }
        while (*at && *at != end)
            at++;
        CHECK(count < WORDS_MAX);
        out_words[count++] = str_copy(arena, (struct str){from, (size_t)(at - from)}).p;
        if (end == '"')
            at++;
        while (*at == ' ')
            at++;
    }
    return count;
}

static void check_arguments(const struct action *action)
{
    bool rest = false;
    bool optional = false;
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && action->arguments[i].name; i++) {
        const struct argument *argument = &action->arguments[i];
        CHECK(argument->help && argument->help[0]);
        CHECK(argument->min <= argument->max);
        CHECK(argument->type != ARGUMENT_FLAG || (argument->is_option && !argument->required));
        CHECK(!(argument->required && argument->default_value));
        for (size_t k = 0; k < i; k++)
            CHECK(strcmp(action->arguments[k].name, argument->name) != 0);
        if (argument->is_option) {
            CHECK(argument->type != ARGUMENT_PATHS);
            continue;
        }
        CHECK(!rest); /* nothing by position after the rest of the line */
        CHECK(!(optional && argument->required));
        rest = argument->takes_rest || argument->type == ARGUMENT_PATHS;
        /* A number that is left out is told from a word behind it. */
        optional = !argument->required && argument->type != ARGUMENT_INT;
    }
}

static bool has_argument(const struct action *action, const char *name)
{
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && action->arguments[i].name; i++)
        if (strcmp(action->arguments[i].name, name) == 0)
            return true;
    return false;
}

TEST(each_row_is_whole)
{
    size_t count = 0;
    const struct action *table = action_table(&count);
    CHECK(count > 10);
    for (size_t i = 0; i < count; i++) {
        const struct action *action = &table[i];
        CHECK(action->name[0] && action->summary[0] && action->help[0] && action->example[0]);
        CHECK(str_ends(str_of(action->summary), "."));
        CHECK((action->read != NULL) ==
              (action->effect == EFFECT_READ ||
               (action->effect == EFFECT_RECORD && has_argument(action, "dry-run"))));
        CHECK((action->record != NULL) + (action->record_stored != NULL) ==
              (action->effect == EFFECT_RECORD));
        /* Who has an account, and which programs come in, is not for everybody. */
        CHECK(action->effect != EFFECT_READ || action->permission == PERMISSION_READ ||
              action->permission == PERMISSION_OWN);
        CHECK(action->effect != EFFECT_RECORD || action->permission != PERMISSION_READ);
        for (size_t k = 0; k < i; k++)
            CHECK(strcmp(table[k].name, action->name) != 0);
        check_arguments(action);
    }
}

/* What the command line asks for or makes. */
static void give_secrets(struct call *call)
{
    struct err err = {0};
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && call->action->arguments[i].name; i++) {
        const struct argument *argument = &call->action->arguments[i];
        if (argument->type == ARGUMENT_PASSWORD)
            CHECK_OK(call_set(call, str_of(argument->name),
                              STR("$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA"), &err),
                     &err);
        if (argument->type == ARGUMENT_DIGEST)
            CHECK_OK(
                call_set(call, str_of(argument->name),
                         STR("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                         &err),
                &err);
    }
}

TEST(each_example_is_a_call_of_its_own_action)
{
    size_t count = 0;
    const struct action *table = action_table(&count);
    for (size_t i = 0; i < count; i++) {
        const char *words[WORDS_MAX];
        struct err err = {0};
        struct call call;
        int used = 0;
        int argc = split_words(arena, table[i].example, words);
        CHECK(strcmp(words[0], "reeve") == 0);
        CHECK(action_find(argc - 1, (const char *const *)words + 1, &used) == &table[i]);
        call_init(&call, &table[i], caller_of_user(arena, STR("ana")));
        /* --config is the program's, not the action's. */
        if (argc > 2 && strcmp(words[argc - 2], "--config") == 0)
            argc -= 2;
        CHECK_OK(
            call_parse(&call, arena, argc - 1 - used, (const char *const *)words + 1 + used, &err),
            &err);
        give_secrets(&call);
        CHECK_OK(call_check(&call, &err), &err);
    }
}

TEST(names_are_found_by_words_and_by_path)
{
    const char *const words[] = {"incident", "ack", "1"};
    int used = 0;
    const struct action *found = action_find(3, words, &used);
    CHECK(found && strcmp(found->name, "incident ack") == 0);
    CHECK_INT(used, 2);
    CHECK(action_find(1, words, &used) == NULL);
    CHECK(action_find(0, words, &used) == NULL);
    CHECK(action_find_name(STR("incident/ack")) == found);
    CHECK(action_find_name(STR("incident ack")) == found);
    CHECK(action_find_name(STR("incident_ack")) == NULL);
    CHECK(action_find_name(STR("incident/ac")) == NULL);
    CHECK(action_find_name(STR("incident/ack/")) == NULL);
    CHECK(action_find_name(STR("")) == NULL);
}

static struct str unknown(struct arena *arena, const char *first, const char *second)
{
    const char *const words[] = {first, second};
    return action_unknown(arena, second ? 2 : 1, words);
}

TEST(a_near_name_is_told_else_what_there_is)
{
    CHECK_STR(unknown(arena, "STATSU", NULL),
              "\"statsu\" is no command; the nearest is \"status\". See \"reeve --help\".");
    CHECK_STR(
        unknown(arena, "leger", "verify"),
        "\"leger verify\" is no command; the nearest is \"ledger verify\". See \"reeve --help\".");
    CHECK_STR(
        unknown(arena, "incident", "akc"),
        "\"incident akc\" is no command; the nearest is \"incident ack\". See \"reeve --help\".");
    CHECK_STR(unknown(arena, "stauts", "now"),
              "\"stauts\" is no command; the nearest is \"status\". See \"reeve --help\".");
    CHECK_STR(unknown(arena, "list", "incidents"),
              "\"list incidents\" is no command; the nearest is \"incident list\". See \"reeve "
              "--help\".");
    CHECK_STR(unknown(arena, "incident", "acknowledge"),
              "\"incident acknowledge\" is no command; the nearest is \"incident ack\". See "
              "\"reeve --help\".");
    CHECK_STR(unknown(arena, "ping", NULL),
              "\"ping\" is no command; the nearest is \"db:ping\". See \"reeve --help\".");
    CHECK_STR(
        unknown(arena, "incident", "3"),
        "\"incident 3\" is no command; behind \"incident\" stands one of: list, show, "
        "declare, ack, note, tick, severity, "
        "breach, deed, authority, run, role, page, merge, split, link, resolve, follow-up done, "
        "follow-up reopen, follow-up list, follow-up, close, postmortem.");
    CHECK_STR(unknown(arena, "ledgers", NULL),
              "\"ledgers\" is no command; behind \"ledger\" stands "
              "one of: show, verify, checkpoint, backup, erase.");
    CHECK_STR(unknown(arena, "page", "delete"),
              "\"page delete\" is no command; behind \"page\" stands one of: test, ways.");
    CHECK_STR(unknown(arena, "security:report", NULL),
              "\"security:report\" is no command of Reeve; where the runbook has a line of that "
              "name, \"reeve run security:report\" runs it.");
    CHECK_STR(
        unknown(arena, "frobnicate", "all"),
        "\"frobnicate\" is no command; there are: serve, check, explain, diff, export, status, "
        "alert, logs:errors, heartbeat, import, incident, oncall, silence, switch, procedure, run, "
        "approve, refuse, health:check, metrics:performance, backup:drill, backup:status, "
        "db:ping, db:query, db:locks, "
        "db:slow, db:connections, db:vacuum, db:indexes, db:sequences, db:replication, "
        "db:settings, db:bloat, db:grants, "
        "db:migrate, db:rollback, db:status, db:lint, "
        "db:export, db:import, db:verify, "
        "page, drill, "
        "ledger, config, token, account, api-token, manual. See \"reeve --help\".");
    char longer[2000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    struct str said = unknown(arena, longer, NULL);
    CHECK(said.n < sizeof longer);
    CHECK(action_nearest(STR("")) == NULL);
    CHECK(action_nearest(STR("a")) == NULL);
}

/* package.json has a script for each of the runbook's names that is an action, and no other. */
TEST(npm_runs_what_the_runbook_names_and_reeve_has)
{
    static const char *const names[] = {"db:migrate",
                                        "db:rollback",
                                        "db:ping",
                                        "db:export",
                                        "db:import",
                                        "security:rotate-keys",
                                        "security:report",
                                        "security:check-api-keys",
                                        "security:audit-users",
                                        "health:check",
                                        "logs:errors",
                                        "metrics:performance",
                                        "report:usage",
                                        "deploy:rollback",
                                        "config:rollback",
                                        "gdpr:export"};
    struct json *root = NULL;
    struct err err = {0};
    struct str text = test_read_file(arena, test_source_path(arena, "package.json"));
    CHECK_OK(json_parse(arena, text, &root, &err), &err);
    const struct json *scripts = json_get(root, "scripts");
    size_t count = 0;
    CHECK(scripts != NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct str script = json_get_str(scripts, names[i]);
        bool is_action = action_find_name(str_of(names[i])) != NULL;
        CHECK_INT(script.n > 0, is_action);
        if (is_action)
            CHECK_STR(script, str_printf(arena, "reeve %s", names[i]).p);
        count += is_action;
    }
    CHECK_INT(scripts->count, count);
}

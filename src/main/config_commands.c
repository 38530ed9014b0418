/* config_commands.c - commands: and actions:, what Reeve may run and with what around it. */
#include "main/config_inside.h"

#include "run/spelling.h"

enum { ENVIRONMENT_NAME_BYTES = 40 };
enum { NOTIFY_NAME_BYTES = 64, NOTIFY_BYTES_MAX = CONFIG_NOTIFY_MAX * (NOTIFY_NAME_BYTES + 2) + 1 };

static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!byte_is_alnum(name.p[i]) && name.p[i] != '_')
            return false;
    return name.n > 0 && !byte_is_digit(name.p[0]);
}

/* "postgres://user:password@host": what stands here is read by others, too. */
static bool has_password(struct str value)
{
    size_t scheme = str_find(value, "://", 0);
    size_t at = str_find_byte(value, '@', scheme);
    size_t colon = scheme < value.n ? str_find_byte(value, ':', scheme + 3) : value.n;
    return at < value.n && colon < at;
}

/* owner: "commands", or "environments.staging". */
static void bind_variable(struct config_reader *reader, struct config *config, const char *owner,
                          const struct config_node *node, struct config_variable *variable)
{
    variable->name = node->key;
    if (!is_name(node->key))
        config_error(reader, node->key_place,
                     "\"%.*s\" is no name of a variable: letters, digits and _.",
                     STR_ARGS(str_cut(node->key, 60)));
    if (str_starts(node->key, "LD_") || str_starts(node->key, "REEVE_") ||
        str_is(node->key, "BASH_ENV") || str_is(node->key, "ENV") || str_is(node->key, "IFS"))
        config_error(reader, node->key_place,
                     "%.*s changes what commands mean; it must not be set here.",
                     STR_ARGS(node->key));
    if (str_starts(node->text, "env:") || str_starts(node->text, "file:")) {
        variable->secret = config_add_secret(
            reader, config, node,
            str_printf(reader->arena, "%s.environment.%.*s", owner, STR_ARGS(node->key)));
        return;
    }
    if (has_password(node->text))
        config_error(reader, node->place,
                     "An address with a password must not stand in the configuration; write "
                     "env:NAME or file:PATH.");
    variable->value = node->text;
}

/* "none" and "anywhere" stand alone; what else is written there are paths. */
static void bind_writes(struct config_reader *reader, struct config *config,
                        const struct config_node *node, struct config_walls *walls)
{
    const struct config_node *item = node->type == NODE_LIST ? node->first : node;
    walls->writes = WRITES_BELOW;
    walls->path_count = 0;
    walls->paths = arena_array(reader->arena, node->count + 1, sizeof *walls->paths);
    for (; item; item = node->type == NODE_LIST ? item->next : NULL) {
        bool anywhere = str_is(item->text, "anywhere");
        if (!anywhere && !str_is(item->text, "none")) {
            walls->paths[walls->path_count++] = config_path_in(reader, config, item->text);
            continue;
        }
        if (node->type == NODE_LIST)
            config_error(reader, item->place,
                         "\"%.*s\" stands alone, without a list; a path of that name is ./%.*s.",
                         STR_ARGS(item->text), STR_ARGS(item->text));
        else if (anywhere)
            walls->writes = WRITES_ANYWHERE;
    }
}

/* Like the walls: what an action does not say stays that of commands:. Whether there is such a user
 * is looked at where commands run (users.h). */
static void bind_user(const struct config_node *map, struct config_user *user)
{
    const struct config_node *node = config_find(map, "user");
    if (node)
        *user = (struct config_user){node->text, node->place};
}

/* Of commands: or of an action; what it does not say stays as it is. */
static void bind_walls(struct config_reader *reader, struct config *config,
                       const struct config_node *map, struct config_walls *walls)
{
    const struct config_node *network = config_find(map, "network");
    const struct config_node *writes = config_find(map, "writes");
    if (network)
        walls->no_network = str_is(network->text, "no");
    if (writes)
        bind_writes(reader, config, writes, walls);
}

static int64_t limit_at(const struct config_node *limits, const char *key)
{
    const struct config_node *node = config_find(limits, key);
    return node ? node->number : 0;
}

static void bind_limits(const struct config_node *limits, struct config_commands *commands)
{
    commands->memory_bytes = limit_at(limits, "memory");
    commands->processes = limit_at(limits, "processes");
    commands->open_files = limit_at(limits, "files");
    commands->file_bytes = limit_at(limits, "file_size");
}

static const struct config_person *find_person(const struct config *config, struct str name)
{
    for (size_t i = 0; i < config->person_count; i++)
        if (str_equal_nocase(config->people[i].name, name))
            return &config->people[i];
    return NULL;
}

static bool is_told(const struct config_node *first, const struct config_node *item)
{
    for (const struct config_node *node = first; node != item; node = node->next)
        if (str_equal_nocase(node->text, item->text))
            return true;
    return false;
}

/* Names as people: has them. */
static struct str bind_notify(struct config_reader *reader, const struct config *config,
                              const struct config_node *node)
{
    const struct config_node *item = node->type == NODE_LIST ? node->first : node;
    struct text names;
    text_init(&names, reader->arena, NOTIFY_BYTES_MAX);
    for (; item; item = node->type == NODE_LIST ? item->next : NULL) {
        const struct config_person *person = find_person(config, item->text);
        if (!person)
            config_error(reader, item->place, "\"%.*s\" is nobody of people:.",
                         STR_ARGS(item->text));
        else if (person->name.n > NOTIFY_NAME_BYTES ||
                 str_find_byte(person->name, ',', 0) < person->name.n)
            config_error(reader, item->place,
                         "A name that is told has at most %d bytes and no comma.",
                         NOTIFY_NAME_BYTES);
        else if (person->reach[METHOD_SMTP].n == 0 || config->smtp_url.n == 0)
            config_error(reader, item->place, "%.*s cannot be told: there is no %s.",
                         STR_ARGS(person->name),
                         person->reach[METHOD_SMTP].n == 0 ? "email: for them under people:"
                                                           : "smtp: to send mails by");
        else if (node->type == NODE_LIST && is_told(node->first, item))
            config_error(reader, item->place, "%.*s stands here twice.", STR_ARGS(person->name));
        else
            text_printf(&names, "%s%.*s", names.n > 0 ? ", " : "", STR_ARGS(person->name));
    }
    return text_str(&names);
}

/* Either a command or people, and nothing beside people that speaks of commands. */
static void check_kind(struct config_reader *reader, const struct config_node *node,
                       bool has_commands)
{
    static const char *const of_commands[] = {"undo",      "deadline", "retries", "every",
                                              "approvals", "network",  "writes",  "user"};
    bool runs = config_find(node, "run") != NULL;
    bool tells = config_find(node, "notify") != NULL;
    if (runs == tells)
        config_error(reader, node->key_place,
                     runs ? "\"%.*s\" has both run: and notify:; write one of them."
                          : "\"%.*s\" has neither run:, a shell command, nor notify:, the names of "
                            "those who are told.",
                     STR_ARGS(node->key));
    for (size_t i = 0; tells && !runs && i < sizeof of_commands / sizeof *of_commands; i++) {
        const struct config_node *other = config_find(node, of_commands[i]);
        if (other)
            config_error(reader, other->key_place,
                         "%s: is for what runs a command; notify: does "
                         "not.",
                         of_commands[i]);
    }
    if (runs && !has_commands)
        config_error(reader, node->key_place,
                     "Actions are run only when commands: is there; write \"commands: {}\".");
}

static void bind_actions(struct config_reader *reader, const struct config_node *root,
                         struct config *config)
{
    const struct config_node *map = config_find(root, "actions");
    struct config_commands *commands = &config->commands;
    if (!map)
        return;
    commands->actions = arena_array(reader->arena, map->count, sizeof *commands->actions);
    for (const struct config_node *node = map->first; node; node = node->next) {
        struct config_action *action = &commands->actions[commands->action_count++];
        const struct config_node *deadline = config_find(node, "deadline");
        const struct config_node *approvals = config_find(node, "approvals");
        const struct config_node *retries = config_find(node, "retries");
        const struct config_node *every = config_find(node, "every");
        const struct config_node *notify = config_find(node, "notify");
        *action =
            (struct config_action){.name = node->key,
                                   .run = config_text_at(node, "run"),
                                   .undo = config_text_at(node, "undo"),
                                   .notify = notify ? bind_notify(reader, config, notify) : STR(""),
                                   .deadline_ms = deadline ? deadline->number : 0,
                                   .approvals = approvals ? approvals->number : -1,
                                   .retries = retries ? retries->number : 0,
                                   .every_ms = every ? every->number : 0,
                                   .walls = commands->walls,
                                   .user = commands->user,
                                   .place = node->key_place};
        struct spelling spelling = spelling_of(reader->arena, action->run);
        if (spelling.refused)
            config_error(reader, node->key_place, "\"%.*s\" would not do what it says: %.*s.",
                         STR_ARGS(action->name), STR_ARGS(spelling.note));
        bind_walls(reader, config, node, &action->walls);
        bind_user(node, &action->user);
        check_kind(reader, node, commands->on);
    }
    for (size_t i = 0; i < commands->action_count; i++) {
        const struct config_action *action = &commands->actions[i];
        bool known = action->undo.n == 0;
        for (size_t k = 0; k < commands->action_count; k++)
            known = known || (str_equal(commands->actions[k].name, action->undo) &&
                              commands->actions[k].notify.n == 0);
        if (!known)
            config_error(reader, action->place,
                         "\"%.*s\", which takes \"%.*s\" back, is no action that runs a command.",
                         STR_ARGS(action->undo), STR_ARGS(action->name));
    }
}

/* A rehearsal with production's secret would be no rehearsal. */
static void check_secret(struct config_reader *reader, const struct config *config,
                         const struct config_node *node, const struct config_variable *variable)
{
    const struct config_commands *commands = &config->commands;
    for (size_t i = 0; variable->secret.name.n > 0 && i < commands->variable_count; i++) {
        const struct config_secret *own = &commands->variables[i].secret;
        if (own->name.n > 0 && own->from_file == variable->secret.from_file &&
            str_equal(own->source, variable->secret.source))
            config_error(reader, node->place,
                         "%.*s is a secret of production's commands; a rehearsal needs one of its "
                         "own.",
                         STR_ARGS(node->text));
    }
}

static void bind_overrides(struct config_reader *reader, const struct config_node *map,
                           const struct config *config, struct config_environment *environment)
{
    environment->actions =
        arena_array(reader->arena, map ? map->count : 0, sizeof *environment->actions);
    for (const struct config_node *node = map ? map->first : NULL; node; node = node->next) {
        bool known = false;
        for (size_t i = 0; i < config->commands.action_count; i++)
            known = known || str_equal(config->commands.actions[i].name, node->key);
        if (!known)
            config_error(reader, node->key_place,
                         "\"%.*s\" is no action; only what stands under actions: can be done "
                         "otherwise here.",
                         STR_ARGS(str_cut(node->key, 60)));
        environment->actions[environment->action_count++] =
            (struct config_option){node->key, node->text};
    }
}

/* Another server than production's, as far as its reference says. */
static struct config_secret bind_address(struct config_reader *reader, struct config *config,
                                         const struct config_node *node, struct str name)
{
    struct config_secret secret = config_add_secret(reader, config, node, name);
    const struct config_secret *const own[] = {&config->database.url, &config->database.pooler};
    for (size_t i = 0; secret.name.n > 0 && i < 2; i++)
        if (own[i]->name.n > 0 && own[i]->from_file == secret.from_file &&
            str_equal(own[i]->source, secret.source))
            config_error(reader, node->place,
                         "%.*s is the address of production's database; a rehearsal needs one of "
                         "its own.",
                         STR_ARGS(node->text));
    return secret;
}

static void bind_database(struct config_reader *reader, struct config *config,
                          const struct config_node *map, struct config_environment *to)
{
    struct str front = str_printf(reader->arena, "environments.%.*s.database", STR_ARGS(to->name));
    to->database = (struct config_database){
        .on = map != NULL, .statement_timeout_ms = config->database.statement_timeout_ms};
    to->database.url = bind_address(reader, config, config_find(map, "url"),
                                    str_printf(reader->arena, "%.*s.url", STR_ARGS(front)));
    to->database.pooler = bind_address(reader, config, config_find(map, "pooler"),
                                       str_printf(reader->arena, "%.*s.pooler", STR_ARGS(front)));
}

static void check_name(struct config_reader *reader, const struct config_node *node)
{
    static const char *const real[] = {"production", "prod", "live"};
    bool good = node->key.n > 0 && node->key.n <= ENVIRONMENT_NAME_BYTES;
    for (size_t i = 0; i < node->key.n; i++)
        good = good && (byte_is_alnum(node->key.p[i]) || strchr("_-", node->key.p[i]));
    if (!good)
        config_error(reader, node->key_place,
                     "\"%.*s\" is no name of an environment: 1 to %d letters, digits, _ and -.",
                     STR_ARGS(str_cut(node->key, 60)), ENVIRONMENT_NAME_BYTES);
    for (size_t i = 0; i < sizeof real / sizeof *real; i++)
        if (str_is_nocase(node->key, real[i]))
            config_error(reader, node->key_place,
                         "Rehearsals are not held in production; commands: says what runs there.");
}

static void bind_environments(struct config_reader *reader, const struct config_node *root,
                              struct config *config)
{
    const struct config_node *map = config_find(root, "environments");
    struct config_commands *commands = &config->commands;
    commands->environments =
        arena_array(reader->arena, map ? map->count : 0, sizeof *commands->environments);
    for (const struct config_node *node = map ? map->first : NULL; node; node = node->next) {
        struct config_environment *to = &commands->environments[commands->environment_count++];
        const struct config_node *variables = config_find(node, "environment");
        const char *owner = str_printf(reader->arena, "environments.%.*s", STR_ARGS(node->key)).p;
        struct str directory = config_text_at(node, "directory");
        check_name(reader, node);
        to->name = node->key;
        to->place = node->key_place;
        to->directory =
            directory.n > 0 ? config_path_in(reader, config, directory) : commands->directory;
        to->variables = arena_array(reader->arena, CONFIG_VARIABLES_MAX, sizeof *to->variables);
        for (const struct config_node *one = variables ? variables->first : NULL;
             one && to->variable_count < CONFIG_VARIABLES_MAX; one = one->next) {
            struct config_variable *variable = &to->variables[to->variable_count++];
            bind_variable(reader, config, owner, one, variable);
            check_secret(reader, config, one, variable);
        }
        bind_overrides(reader, config_find(node, "actions"), config, to);
        bind_database(reader, config, config_find(node, "database"), to);
    }
}

void config_bind_commands(struct config_reader *reader, const struct config_node *root,
                          struct config *config)
{
    const struct config_node *map = config_find(root, "commands");
    const struct config_node *environment = config_find(map, "environment");
    struct config_commands *commands = &config->commands;
    struct str directory = config_text_at(map, "directory");
    commands->on = map != NULL;
    commands->place = map ? map->key_place : (struct config_place){0, 0};
    bind_walls(reader, config, map, &commands->walls);
    bind_user(map, &commands->user);
    bind_limits(config_find(map, "limits"), commands);
    commands->directory = config_path_in(reader, config, directory.n > 0 ? directory : STR("."));
    commands->deadline_ms = config_number_at(reader, map, "deadline", "commands.deadline");
    commands->approvals = config_number_at(reader, map, "approvals", "commands.approvals");
    commands->rehearsed_within_ms =
        config_number_at(reader, map, "rehearsed_within", "commands.rehearsed_within");
    commands->variables =
        arena_array(reader->arena, CONFIG_VARIABLES_MAX, sizeof *commands->variables);
    for (const struct config_node *node = environment ? environment->first : NULL;
         node && commands->variable_count < CONFIG_VARIABLES_MAX; node = node->next)
        bind_variable(reader, config, "commands", node,
                      &commands->variables[commands->variable_count++]);
    bind_actions(reader, root, config);
    bind_environments(reader, root, config);
}

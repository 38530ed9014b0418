/* config_bind.c - from the checked tree to the structure, and what does not fit together. */
#include "main/config_inside.h"

struct str config_text_at(const struct config_node *map, const char *key)
{
    const struct config_node *node = config_find(map, key);
    return node ? node->text : STR("");
}

const char *config_fallback(const char *name)
{
    for (size_t i = 0; i < config_key_count; i++)
        if (strcmp(config_keys[i].name, name) == 0)
            return config_keys[i].fallback;
    return NULL;
}

/* The number behind a key: a default is read by the same code as a written value. */
int64_t config_number_at(struct config_reader *reader, const struct config_node *map,
                         const char *key, const char *name)
{
    const struct config_node *node = config_find(map, key);
    if (node)
        return node->number;
    for (size_t i = 0; i < config_key_count; i++) {
        if (strcmp(config_keys[i].name, name) != 0)
            continue;
        struct config_node fallback = {.text = str_of(config_keys[i].fallback),
                                       .row = &config_keys[i]};
        config_check_scalar(reader, &fallback);
        return fallback.number;
    }
    return 0;
}

struct str config_path_in(struct config_reader *reader, const struct config *config,
                          struct str path)
{
    if (str_starts(path, "/") || str_is(config->folder, "."))
        return str_copy(reader->arena, path);
    return str_printf(reader->arena, "%.*s/%.*s", STR_ARGS(config->folder), STR_ARGS(path));
}

/* Everything written in the file is relative to it; flags are relative to where one stands. */
static struct str path_of(struct config_reader *reader, const struct config *config,
                          const struct config_node *root, const char *key)
{
    const struct config_node *node = config_find(root, key);
    if (!node)
        return config_path_in(reader, config, str_of(config_fallback(key)));
    if (node->place.line == 0)
        return str_copy(reader->arena, node->text);
    return config_path_in(reader, config, node->text);
}

struct config_secret config_add_secret(struct config_reader *reader, struct config *config,
                                       const struct config_node *node, struct str name)
{
    struct config_secret secret = {.name = STR("")};
    if (!node)
        return secret;
    secret.name = name;
    secret.place = node->place;
    secret.from_file = str_starts(node->text, "file:");
    secret.source = str_copy(reader->arena, str_from(node->text, secret.from_file ? 5 : 4));
    if (secret.from_file)
        secret.source = config_path_in(reader, config, secret.source);
    config->secrets[config->secret_count++] = secret;
    return secret;
}

static void bind_targets(struct config_reader *reader, const struct config_node *root,
                         struct config *config)
{
    const struct config_node *list = config_find(root, "targets");
    if (!list)
        return;
    config->targets = arena_array(reader->arena, list->count, sizeof *config->targets);
    for (const struct config_node *node = list->first; node; node = node->next) {
        if (config_is_secure(node))
            continue; /* a worker reads it, as what is probed: config_bind_probes */
        struct config_target *target = &config->targets[config->target_count++];
        target->name = config_text_at(node, "name");
        target->url = config_text_at(node, "url");
        if (config_find(node, "ca"))
            config_error(reader, config_find(node, "ca")->key_place,
                         "ca: is of targets whose url begins with https://.");
        target->every_ms = config_number_at(reader, node, "every", "targets.-.every");
        target->place = node->place;
        for (size_t i = 0; i + 1 < config->target_count; i++)
            if (str_equal(config->targets[i].name, target->name))
                config_error(reader, node->place, "The target \"%.*s\" stands twice.",
                             STR_ARGS(target->name));
    }
}

static void check_log(struct config_reader *reader, const struct config *config,
                      const struct config_log *log)
{
    struct arena scratch;
    struct err err;
    arena_init(&scratch);
    struct log_map *map = arena_make(&scratch, struct log_map);
    if (!log_map_init(map, &scratch, log->format, &log->own, &err))
        config_error(reader, log->place, "The log \"%.*s\": %s.", STR_ARGS(log->source), err.text);
    arena_done(&scratch);
    bool twice = false;
    for (size_t i = 0; i + 1 < config->log_count; i++)
        twice = twice || str_equal(config->logs[i].source, log->source) ||
                str_equal(config->logs[i].file, log->file);
    for (size_t i = 0; i < config->target_count; i++)
        twice = twice || str_equal(config->targets[i].name, log->source);
    if (twice)
        config_error(reader, log->place,
                     "The log \"%.*s\" has the file or the name of another one, or of a target.",
                     STR_ARGS(log->source));
}

static void bind_logs(struct config_reader *reader, const struct config_node *root,
                      struct config *config)
{
    const struct config_node *list = config_find(root, "logs");
    if (!list)
        return;
    config->logs = arena_array(reader->arena, list->count, sizeof *config->logs);
    for (const struct config_node *node = list->first; node; node = node->next) {
        struct config_log *log = &config->logs[config->log_count++];
        const struct config_node *format = config_find(node, "format");
        log->file = config_path_in(reader, config, config_text_at(node, "file"));
        log->format = format ? format->text : STR("json");
        log->source = config_text_at(node, "source");
        log->every_ms = config_number_at(reader, node, "every", "logs.-.every");
        for (int role = 0; role < LOG_ROLES; role++)
            log->own.names[role] = config_text_at(node, log_role_name((enum log_role)role));
        log->place = node->place;
        check_log(reader, config, log);
    }
}

static void bind_signals(struct config_reader *reader, const struct config_node *root,
                         struct config *config)
{
    const struct config_node *map = config_find(root, "signals");
    if (!map)
        return;
    config->signals = arena_array(reader->arena, map->count, sizeof *config->signals);
    for (const struct config_node *node = map->first; node; node = node->next) {
        struct config_signal *signal = &config->signals[config->signal_count++];
        signal->name = node->key;
        signal->place = node->key_place;
        for (const struct config_node *option = node->first; option; option = option->next) {
            if (str_is(option->key, "at_least")) {
                signal->at_least = option->number;
                continue;
            }
            struct str key = str_is(option->key, "limit") ? STR("of") : option->key;
            signal->options[signal->option_count++] = (struct config_option){key, option->text};
        }
    }
}

struct config_names config_names_at(struct config_reader *reader, const struct config_node *map,
                                    const char *key)
{
    const struct config_node *node = config_find(map, key);
    struct config_names names = {0};
    if (!node)
        return names;
    names.items = arena_array(reader->arena, node->count + 1, sizeof *names.items);
    if (node->type == NODE_SCALAR)
        names.items[names.count++] = node->text;
    for (const struct config_node *item = node->first; item; item = item->next)
        names.items[names.count++] = item->text;
    return names;
}

static void bind_baselines(struct config_reader *reader, const struct config_node *root,
                           struct config *config)
{
    const struct config_node *map = config_find(root, "baselines");
    config->baselines =
        arena_array(reader->arena, (map ? map->count : 0) + 1, sizeof *config->baselines);
    for (const struct config_node *node = map ? map->first : NULL; node; node = node->next)
        config->baselines[config->baseline_count++] = (struct config_alert){
            .sentence = node->key, .severity = node->text, .place = node->key_place};
}

/* "127.0.0.1:80/x", not "127.example.com". */
static bool is_loopback(struct str host)
{
    size_t at = 0;
    while (at < host.n && (byte_is_digit(host.p[at]) || host.p[at] == '.'))
        at++;
    return str_starts(host, "127.") && (at == host.n || host.p[at] == ':' || host.p[at] == '/');
}

bool config_is_here(struct str url)
{
    struct str host = str_from(url, str_find(url, "//", 0) + 2);
    return is_loopback(host) || str_starts(host, "localhost:") || str_starts(host, "localhost/") ||
           str_is(host, "localhost") || str_starts(host, "[::1]");
}

static void bind_smtp(struct config_reader *reader, const struct config_node *root,
                      struct config *config)
{
    const struct config_node *smtp = config_find(root, "smtp");
    if (!smtp)
        return;
    const struct config_node *password = config_find(smtp, "password");
    config->smtp_url = config_text_at(smtp, "url");
    config->smtp_from = config_text_at(smtp, "from");
    config->smtp_user = config_text_at(smtp, "user");
    config->smtp_tls = config_text_at(smtp, "tls");
    config->smtp_password = config_add_secret(reader, config, password, STR("smtp.password"));
    bool secure = str_starts(config->smtp_url, "smtps://");
    if (config->smtp_tls.n == 0)
        config->smtp_tls = secure                             ? STR("tls")
                           : config_is_here(config->smtp_url) ? STR("none")
                                                              : STR("starttls");
    if (secure && !str_is(config->smtp_tls, "tls"))
        config_error(reader, smtp->place, "An smtps:// address goes with tls: tls only.");
    if ((config->smtp_user.n > 0) != (password != NULL))
        config_error(reader, smtp->place, "user and password belong together; \"%s\" is missing.",
                     password ? "user" : "password");
    if (password && str_is(config->smtp_tls, "none") && !config_is_here(config->smtp_url))
        config_error(reader, smtp->place,
                     "A password is not sent without TLS to another machine; write tls: starttls.");
}

static void bind_database(struct config_reader *reader, const struct config_node *root,
                          struct config *config)
{
    const struct config_node *map = config_find(config_find(root, "services"), "database");
    struct config_database *database = &config->database;
    database->on = map != NULL;
    database->url =
        config_add_secret(reader, config, config_find(map, "url"), STR("services.database.url"));
    database->pooler = config_add_secret(reader, config, config_find(map, "pooler"),
                                         STR("services.database.pooler"));
    database->owner = config_add_secret(reader, config, config_find(map, "owner"),
                                        STR("services.database.owner"));
    if (config_text_at(map, "migrations").n > 0)
        database->migrations = config_path_in(reader, config, config_text_at(map, "migrations"));
    database->export_key = config_add_secret(reader, config, config_find(map, "export_key"),
                                             STR("services.database.export_key"));
    database->statement_timeout_ms =
        config_number_at(reader, map, "statement_timeout", "services.database.statement_timeout");
}

static struct str text_or(const struct config_node *map, const char *key, const char *name)
{
    struct str text = config_text_at(map, key);
    return text.n > 0 ? text : str_of(config_fallback(name));
}

static void bind_backup(struct config_reader *reader, const struct config_node *root,
                        struct config *config)
{
    const struct config_node *map = config_find(config_find(root, "services"), "backup");
    struct config_backup *backup = &config->backup;
    struct str path = config_text_at(map, "config");
    backup->on = map != NULL;
    backup->stanza = text_or(map, "stanza", "services.backup.stanza");
    backup->program = text_or(map, "program", "services.backup.program");
    backup->config = path.n > 0 ? config_path_in(reader, config, path) : path;
    backup->encrypted = !str_is(config_text_at(map, "encrypted"), "no");
    struct str scratch = text_or(map, "scratch", "services.backup.scratch");
    backup->scratch = config_path_in(reader, config, scratch);
    backup->user = text_or(map, "user", "services.backup.user");
    backup->database = text_or(map, "database", "services.backup.database");
    backup->check = config_text_at(map, "check");
    backup->rto_ms = config_find(map, "rto") ? config_find(map, "rto")->number : 0;
    backup->rpo_ms = config_find(map, "rpo") ? config_find(map, "rpo")->number : 0;
    backup->newest_ms = config_number_at(reader, map, "newest", "services.backup.newest");
    backup->wal_ms = config_number_at(reader, map, "wal", "services.backup.wal");
}

/* incidents: updates: and resolution:, a row for each severity that they name. */
static void bind_times(struct config_reader *reader, const struct config_node *incidents,
                       struct config *config)
{
    static const char *const keys[] = {"updates", "resolution"};
    size_t room = 0;
    for (size_t i = 0; i < 2; i++) {
        const struct config_node *map = config_find(incidents, keys[i]);
        room += map ? map->count : 0;
    }
    config->incident_times = arena_array(reader->arena, room, sizeof *config->incident_times);
    config->incident_time_places =
        arena_array(reader->arena, room, sizeof *config->incident_time_places);
    for (size_t i = 0; i < 2; i++) {
        const struct config_node *map = config_find(incidents, keys[i]);
        for (const struct config_node *node = map ? map->first : NULL; node; node = node->next) {
            size_t at = config->incident_time_count++;
            config->incident_time_places[at] = node->key_place;
            config->incident_times[at] =
                (struct severity_time){.severity = node->key,
                                       .update_ms = i == 0 ? node->number : 0,
                                       .resolve_ms = i == 1 ? node->number : 0};
        }
    }
}

void config_bind(struct config_reader *reader, const struct config_node *root,
                 struct config *config)
{
    const struct config_node *people = config_find(root, "people");
    const struct config_node *heartbeat = config_find(root, "heartbeat");
    config->secrets = arena_array(
        reader->arena,
        (people ? people->count : 0) * METHODS + 2 * CONFIG_PROVIDERS_MAX + 6 + 2 * LIMIT_SENDERS +
            2 * LIMIT_PROBES + LIMIT_HEARTBEATS +
            CONFIG_VARIABLES_MAX * (1 + CONFIG_ENVIRONMENTS_MAX) + 2 * CONFIG_ENVIRONMENTS_MAX,
        sizeof *config->secrets);
    config->runbook = path_of(reader, config, root, "runbook");
    config->ledger = path_of(reader, config, root, "ledger");
    config->listen = config_text_at(root, "listen");
    if (config->listen.n == 0)
        config->listen = str_of(config_fallback("listen"));
    config->public_url = config_text_at(root, "public_url");
    while (str_ends(config->public_url, "/"))
        config->public_url =
            str_copy(reader->arena, str_slice(config->public_url, 0, config->public_url.n - 1));
    bind_database(reader, root, config);
    bind_backup(reader, root, config);
    config->page_token_always =
        str_is(config_text_at(config_find(root, "access"), "page_token"), "always");
    bind_targets(reader, root, config);
    config_bind_senders(reader, root, config);
    bind_logs(reader, root, config);
    config_bind_probes(reader, root, config);
    config_bind_ask(reader, root, config);
    config_bind_heartbeats(reader, root, config);
    bind_signals(reader, root, config);
    bind_smtp(reader, root, config);
    config_bind_providers(reader, root, config);
    config_bind_channels(reader, root, config);
    config_bind_people(reader, root, config);
    config_bind_commands(reader, root, config);
    config_bind_rotas(reader, root, config);
    config_bind_vocabulary(reader, root, config);
    config_bind_alerts(reader, root, config);
    bind_baselines(reader, root, config);
    config->incident_repeat_ms =
        config_number_at(reader, config_find(root, "incidents"), "repeat", "incidents.repeat");
    config->incident_group_ms =
        config_number_at(reader, config_find(root, "incidents"), "group", "incidents.group");
    config->incident_bundle_ms =
        config_number_at(reader, config_find(root, "incidents"), "bundle", "incidents.bundle");
    const struct config_node *every = config_find(config_find(root, "drill"), "every");
    config->drill_every_ms = every ? every->number : 0;
    bind_times(reader, config_find(root, "incidents"), config);
    config->heartbeat_to = config_text_at(heartbeat, "to");
    config->heartbeat_every_ms = config_number_at(reader, heartbeat, "every", "heartbeat.every");
}

/* compose.c - from configuration and runbook to the world that the decisions read. */
#include "main/compose.h"

#include "alert/burn.h"
#include "main/baselines.h"
#include "main/config_answer.h"
#include "main/config_people.h"
#include "main/migrate_order.h"
#include "main/probe_order.h"
#include "main/query_order.h"
#include "main/rule_findings.h"
#include "os/user.h"
#include "run/rehearsal.h"
#include "runbook/command.h"

#include <limits.h>
#include <stdlib.h>

enum { CONTEXT_BYTES_MAX = 256 * 1024 };

struct str compose_origin(void)
{
    return STR("reeve");
}

struct str compose_public_host(const struct config *config)
{
    struct str url = config->public_url;
    size_t at = str_find(url, "://", 0);
    if (at == url.n)
        return STR("");
    struct str rest = str_from(url, at + 3);
    size_t end = 0;
    while (end < rest.n && rest.p[end] != '/' && rest.p[end] != ':')
        end++;
    return str_slice(rest, 0, end);
}

bool compose_signals(struct signals *signals, struct arena *arena, const struct config *config,
                     struct err *err)
{
    signals_init(signals, arena);
    for (size_t i = 0; i < config->signal_count; i++) {
        const struct config_signal *from = &config->signals[i];
        struct signal_option options[CONFIG_SIGNAL_OPTIONS_MAX];
        struct err bad = {0};
        for (size_t k = 0; k < from->option_count; k++)
            options[k] = (struct signal_option){from->options[k].key, from->options[k].value};
        if (signal_bind(signals, from->name, options, from->option_count, &bad)) {
            continue;
        }
        struct str place = str_printf(arena, "%.*s:%zu:%zu", STR_ARGS(config->file),
                                      from->place.line, from->place.column);
        return err_set(err, ERR_USAGE, place.p, "%s", bad.text);
    }
    return true;
}

/* Without smtp nobody is reachable by mail, without a provider by no message: nobody shall count on
 * it. */
static bool make_channels(struct world *world, struct arena *arena, const struct config *config,
                          struct err *err)
{
    const struct config_channels *channels = &config->channels;
    struct channel_settings settings = {.kind = channels->kind};
    if (channels->zone.n > 0 && !compose_zone(arena, channels->zone, &settings.zone, err)) {
        str_keep(err->place, sizeof err->place,
                 str_printf(arena, "%.*s:%zu:%zu", STR_ARGS(config->file),
                            channels->zone_place.line, channels->zone_place.column));
        return false;
    }
    settings.from = channels->from;
    settings.name_bytes = 49; /* what servers of IRC take at least, until this one has said it */
    world->channel_settings = settings;
    return true;
}

static bool make_people(struct world *world, struct arena *arena, const struct config *config,
                        struct err *err)
{
    struct person *people = arena_array(arena, config->person_count, sizeof *people);
    for (size_t i = 0; i < config->person_count; i++) {
        const struct config_person *from = &config->people[i];
        people[i] = (struct person){.id = from->name,
                                    .contacts = from->contacts,
                                    .contact_count = from->contact_count,
                                    .roles = from->roles,
                                    .role_count = from->role_count};
        for (int method = 0; method < METHODS; method++)
            people[i].reach[method] = config_carries(config, from, (enum method)method)
                                          ? config_address(from, (enum method)method)
                                          : STR("");
        people[i].quiet = (struct quiet_hours){from->quiet_from, from->quiet_to, NULL};
        if (from->quiet_zone.n > 0 &&
            !compose_zone(arena, from->quiet_zone, &people[i].quiet.zone, err)) {
            str_keep(err->place, sizeof err->place,
                     str_printf(arena, "%.*s:%zu:%zu", STR_ARGS(config->file),
                                from->quiet_place.line, from->quiet_place.column));
            return false;
        }
    }
    world->people = (struct people){people, config->person_count};
    world->persons = people;
    world->oncall = (struct oncall){.people = &world->people,
                                    .changes = &world->oncall_changes,
                                    .vocabulary = &config->vocabulary};
    world->find_zone = compose_zone;
    world->look_ahead_ms = config->look_ahead_ms;
    world->handover_rules = config->handovers;
    world->public_url = config->public_url;
    world->repeat_ms = config->incident_repeat_ms;
    world->group_ms = config->incident_group_ms;
    world->bundle_ms = config->incident_bundle_ms;
    world->drill_ms = config->drill_every_ms;
    return make_channels(world, arena, config, err);
}

static struct str severity_name(const struct config *config, const char *level)
{
    for (size_t i = 0; i < config->alert_count; i++)
        if (str_is_nocase(config->alerts[i].sentence, level))
            return config->alerts[i].severity;
    return STR("");
}

struct severity_mapping compose_mapping(const struct config *config)
{
    return (struct severity_mapping){.critical = severity_name(config, "critical"),
                                     .warning = severity_name(config, "warning"),
                                     .times = config->incident_times,
                                     .time_count = config->incident_time_count};
}

struct named_severity {
    struct str id;
    struct config_place place;
};

static bool check_severity(struct arena *arena, const struct config *config,
                           const struct severity_plan *plan, struct named_severity named,
                           struct err *err)
{
    struct str id = named.id;
    struct text known;
    bool usual = id.n == 2 && id.p[0] == 'P' && id.p[1] >= '0' && id.p[1] <= '3';
    if (usual || severity_find(plan, id))
        return true;
    text_init(&known, arena, 1024);
    for (int i = 0; i < plan->level_count; i++)
        text_printf(&known, "%s%.*s", i > 0 ? ", " : "", STR_ARGS(plan->levels[i].id));
    struct str place = str_printf(arena, "%.*s:%zu:%zu", STR_ARGS(config->file), named.place.line,
                                  named.place.column);
    return err_set(err, ERR_USAGE, place.p, "The runbook has no severity \"%.*s\"; it has %.*s.",
                   STR_ARGS(id), STR_ARGS(text_str(&known)));
}

static bool check_opens(struct arena *arena, const struct config *config,
                        const struct severity_plan *plan, struct named_severity named,
                        struct err *err)
{
    return named.id.n == 0 || str_is(named.id, "critical") || str_is(named.id, "warning") ||
           check_severity(arena, config, plan, named, err);
}

bool compose_check_severities(struct arena *arena, const struct config *config,
                              const struct severity_plan *plan, struct err *err)
{
    for (size_t i = 0; i < config->alert_count; i++)
        if (config->alerts[i].severity.n > 0 &&
            !check_severity(
                arena, config, plan,
                (struct named_severity){config->alerts[i].severity, config->alerts[i].place}, err))
            return false;
    for (size_t i = 0; i < config->incident_time_count; i++)
        if (!check_severity(arena, config, plan,
                            (struct named_severity){config->incident_times[i].severity,
                                                    config->incident_time_places[i]},
                            err))
            return false;
    for (size_t i = 0; i < config->inbound_count; i++) {
        const struct config_inbound *sender = &config->inbounds[i];
        if (!check_opens(arena, config, plan,
                         (struct named_severity){sender->opens, sender->opens_place}, err))
            return false;
        for (size_t k = 0; k < sender->by_count; k++)
            if (!check_opens(arena, config, plan,
                             (struct named_severity){sender->by[k].opens, sender->by[k].place},
                             err))
                return false;
    }
    for (size_t i = 0; i < config->heartbeat_count; i++) {
        struct str opens = config->heartbeats[i].opens;
        if (!str_is(opens, "critical") && !str_is(opens, "warning") &&
            !check_severity(arena, config, plan,
                            (struct named_severity){opens, config->heartbeats[i].place}, err))
            return false;
    }
    return true;
}

bool compose_check_next(const struct world *world, const struct program *next, struct err *err)
{
    return next->count > 0 || world->rules.count == 0 ||
           err_set(err, ERR_REFUSED, next->file.p,
                   "The runbook is empty; the last good one stays in force.");
}

static void add_part(struct text *text, struct str part)
{
    text_printf(text, "%zu:", part.n);
    text_add(text, part); /* a fingerprint is any bytes */
}

static void add_walls(struct text *text, struct str name, const struct config_walls *walls)
{
    if (!walls->no_network && walls->writes == WRITES_NOT_SAID)
        return;
    add_part(text, name);
    text_printf(text, "network %s, writes %d, %zu paths:", walls->no_network ? "no" : "yes",
                (int)walls->writes, walls->path_count);
    for (size_t i = 0; i < walls->path_count; i++)
        add_part(text, walls->paths[i]);
}

/* Each that is set, by its name: what a command may use up decides whether it comes to its end. */
static void add_limits(struct text *text, const struct config_commands *commands)
{
    const struct {
        const char *name;
        int64_t most;
    } limits[] = {{"memory", commands->memory_bytes},
                  {"processes", commands->processes},
                  {"files", commands->open_files},
                  {"file_size", commands->file_bytes}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (limits[i].most > 0)
            text_printf(text, "limit %s %lld:", limits[i].name, (long long)limits[i].most);
}

/* By name and by number: a name can become somebody else's. */
static void add_user(struct text *text, struct arena *arena, struct str name,
                     const struct config_user *given)
{
    struct user user;
    struct err err = {0};
    if (given->name.n == 0)
        return;
    add_part(text, name);
    add_part(text, given->name);
    if (user_find(arena, given->name, &user, &err))
        text_printf(text, "user %lu, group %lu:", (unsigned long)user.uid, (unsigned long)user.gid);
}

/* What is around the commands of production (name "") or of the rehearsals in an environment. */
struct surrounding {
    const struct config_commands *commands;
    struct str name;
    const struct config_variable *variables;
    size_t variable_count;
};

/* What approvals are bound to beside the command: the environment, the walls, the limits and the
 * users, each part behind its length. A secret is in it by its fingerprint, which the keeper makes
 * with a key that only it has. */
static void take_context(struct run_settings *settings, struct arena *arena,
                         const struct surrounding *of)
{
    struct text text;
    text_init(&text, arena, CONTEXT_BYTES_MAX);
    add_part(&text, of->name);
    settings->context_unknown = false;
    for (size_t i = 0; i < of->variable_count; i++) {
        const struct config_variable *variable = &of->variables[i];
        bool is_secret = variable->secret.name.n > 0;
        add_part(&text, variable->name);
        add_part(&text, is_secret ? variable->secret.source : variable->value);
        add_part(&text, variable->fingerprint);
        settings->context_unknown =
            settings->context_unknown || (is_secret && variable->fingerprint.n == 0);
    }
    add_walls(&text, STR("commands"), &of->commands->walls);
    add_limits(&text, of->commands);
    add_user(&text, arena, STR("commands"), &of->commands->user);
    for (size_t i = 0; i < of->commands->action_count; i++) {
        add_walls(&text, of->commands->actions[i].name, &of->commands->actions[i].walls);
        add_user(&text, arena, of->commands->actions[i].name, &of->commands->actions[i].user);
    }
    settings->context = text_str(&text);
}

struct str compose_absolute(struct arena *arena, struct str path)
{
    char full[PATH_MAX];
    return realpath(path.p, full) ? str_copy(arena, str_of(full)) : path;
}

/* What is known of the command that an action runs. */
static struct command_traits traits_of(struct arena *arena, struct str command)
{
    struct command_names names = {.count = 0};
    struct command_traits traits = {.destroys = STR("")};
    command_judge(arena, command, LANGUAGE_SHELL, &names, &traits);
    return traits;
}

static struct str *names_of(struct arena *arena, const struct config_variable *variables,
                            size_t count)
{
    struct str *names = arena_array(arena, count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = variables[i].name;
    return names;
}

/* Everything that is not named in the environment is as in production, but for the variables: of
 * those it has its own and no other. Its name is part of what is approved. */
static void make_environments(struct arena *arena, const struct config_commands *commands,
                              struct run_settings *settings)
{
    struct run_environment *made = arena_array(arena, commands->environment_count, sizeof *made);
    for (size_t i = 0; i < commands->environment_count; i++) {
        const struct config_environment *from = &commands->environments[i];
        struct action_binding *actions =
            arena_array(arena, settings->action_count, sizeof *actions);
        made[i] = (struct run_environment){.name = from->name, .settings = *settings};
        for (size_t k = 0; k < settings->action_count; k++) {
            actions[k] = settings->actions[k];
            for (size_t a = 0; a < from->action_count; a++) {
                if (!str_equal(from->actions[a].key, actions[k].action))
                    continue;
                actions[k].command = from->actions[a].value;
                actions[k].people = STR("");
                struct command_traits traits = traits_of(arena, actions[k].command);
                actions[k].destroys = traits.destroys;
                actions[k].endless = traits.endless;
                actions[k].placeholders = traits.placeholders;
                actions[k].placeholder_count = traits.placeholder_count;
            }
        }
        made[i].settings.actions = actions;
        made[i].settings.variables = names_of(arena, from->variables, from->variable_count);
        made[i].settings.variable_count = from->variable_count;
        made[i].settings.query_check = from->database.on ? query_check : NULL;
        made[i].settings.directory = compose_absolute(arena, from->directory);
        struct surrounding there = {commands, from->name, from->variables, from->variable_count};
        take_context(&made[i].settings, arena, &there);
    }
    /* All fingerprints come at once: nothing is compared before they are there. */
    for (size_t i = 0; i < commands->environment_count; i++)
        settings->context_unknown = settings->context_unknown || made[i].settings.context_unknown;
    settings->environments = made;
    settings->environment_count = commands->environment_count;
}

static struct run_settings compose_run_settings(struct arena *arena, const struct config *config)
{
    const struct config_commands *commands = &config->commands;
    struct run_settings settings = {.commands = commands->on,
                                    .query_check = config->database.on ? query_check : NULL,
                                    .database = config->database.on,
                                    .backup = config->backup.on,
                                    .migrations = migrations_folder(arena, config, STR("")).n > 0,
                                    .action_count = commands->action_count,
                                    .deadline_ms = commands->deadline_ms,
                                    .approvals = (int)commands->approvals,
                                    .user = commands->user.name,
                                    .directory = compose_absolute(arena, commands->directory),
                                    .rehearsed_within_ms = commands->rehearsed_within_ms};
    struct surrounding here = {commands, STR(""), commands->variables, commands->variable_count};
    take_context(&settings, arena, &here);
    struct action_binding *actions = arena_array(arena, commands->action_count, sizeof *actions);
    for (size_t i = 0; i < commands->action_count; i++) {
        struct command_traits traits = traits_of(arena, commands->actions[i].run);
        actions[i] = (struct action_binding){.destroys = traits.destroys,
                                             .endless = traits.endless,
                                             .placeholders = traits.placeholders,
                                             .placeholder_count = traits.placeholder_count,
                                             .action = commands->actions[i].name,
                                             .command = commands->actions[i].run,
                                             .people = commands->actions[i].notify,
                                             .undo = commands->actions[i].undo,
                                             .deadline_ms = commands->actions[i].deadline_ms,
                                             .retries = (int)commands->actions[i].retries,
                                             .every_ms = commands->actions[i].every_ms,
                                             .approvals = (int)commands->actions[i].approvals,
                                             .user = commands->actions[i].user.name};
    }
    settings.actions = actions;
    settings.variables = names_of(arena, commands->variables, commands->variable_count);
    settings.variable_count = commands->variable_count;
    make_environments(arena, commands, &settings);
    return settings;
}

void compose_fingerprints(struct world *world, struct arena *arena, const struct config *config)
{
    world->run_settings = compose_run_settings(arena, config);
}

/* What is no longer asked is forgotten. */
static void ask_rules(struct world *world, struct arena *arena, const struct config *config)
{
    struct telemetry *telemetry = &world->telemetry;
    struct asked_wanted *wanted = NULL;
    size_t count = 0;
    size_t capacity = 0;
    if (!config->ask.on)
        return;
    if (!telemetry->asked) {
        telemetry->asked = arena_make(telemetry->arena, struct asked);
        asked_init(telemetry->asked, telemetry->arena);
    }
    telemetry->asked->engine = config->ask.url;
    telemetry->asked->every_ms = config->ask.every_ms;
    telemetry->asked->stale_ms = config->ask.stale_ms;
    for (size_t i = 0; i < world->rules.count; i++)
        for (size_t k = 0; k < world->rules.items[i].question_count; k++)
            LIST_PUSH(arena, wanted, count, capacity) = world->rules.items[i].questions[k];
    asked_set(telemetry->asked, wanted, count);
}

bool compose_program(struct world *world, struct arena *arena, const struct config *config,
                     struct program *program, struct err *err)
{
    world->mapping = compose_mapping(config);
    config_answer(arena, config, program);
    rule_findings_add(arena, config, &world->signals, program);
    world->program = program;
    world->rules = compose_rules(arena, config, program, &world->signals);
    rules_retain(&world->rules, &world->telemetry);
    ask_rules(world, arena, config);
    world->histories = arena_array(arena, world->rules.count, sizeof *world->histories);
    severity_plan_make(program, &world->mapping, &world->plan);
    world->run_settings = compose_run_settings(arena, config);
    world->procedures = procedures_make(arena, program, &world->run_settings);
    if (world->plan.level_count == 0)
        return err_set(err, ERR_USAGE, program->file.p, "The runbook names no severity.");
    return compose_check_severities(arena, config, &world->plan, err) &&
           compose_check_rules(arena, config, program, &world->signals, err);
}

void compose_targets(struct world *world, const struct config *config)
{
    struct arena arena;
    size_t count = 0;
    arena_init(&arena);
    struct str *names = arena_array(&arena,
                                    config->target_count + config->sender_count +
                                        config->log_count + config->probe_count + 1,
                                    sizeof *names);
    for (size_t i = 0; i < config->target_count; i++)
        names[count++] = config->targets[i].name;
    for (size_t i = 0; i < config->sender_count; i++)
        names[count++] = config->senders[i].name;
    for (size_t i = 0; i < config->log_count; i++)
        names[count++] = config->logs[i].source;
    for (size_t i = 0; i < config->probe_count; i++)
        names[count++] = config->probes[i].name;
    if (config->ask.on)
        names[count++] = config->ask.name;
    telemetry_set_targets(&world->telemetry, names, count);
    arena_done(&arena);
}

void compose_expect(struct world *world, const struct config *config, struct instant now)
{
    struct telemetry *telemetry = &world->telemetry;
    struct arena arena;
    arena_init(&arena);
    struct target_status status = {.since = now};
    for (size_t i = 0; i < config->target_count; i++) {
        status.name = config->targets[i].name;
        status.url = config->targets[i].url;
        status.interval_ms = config->targets[i].every_ms;
        telemetry_expect(telemetry, &status);
    }
    for (size_t i = 0; i < config->probe_count; i++) {
        status.name = config->probes[i].name;
        status.url = probe_place(&arena, &config->probes[i]);
        status.interval_ms = config->probes[i].every_ms;
        telemetry_expect(telemetry, &status);
    }
    status.url = str_printf(&arena, "pushes to %.*s", STR_ARGS(config->collect_listen));
    for (size_t i = 0; i < config->sender_count; i++) {
        status.name = config->senders[i].name;
        status.interval_ms = config->senders[i].every_ms;
        telemetry_expect(telemetry, &status);
    }
    arena_done(&arena);
}

bool compose_world(struct world *world, struct arena *arena, const struct config *config,
                   struct program *program, struct err *err)
{
    if (!compose_signals(&world->signals, arena, config, err))
        return false;
    compose_targets(world, config);
    if (!make_people(world, arena, config, err) ||
        !compose_rotas(arena, config, &world->oncall, err) ||
        !compose_beats(world, arena, config, err))
        return false;
    compose_switches(world, arena, config);
    struct str *senders = arena_array(arena, config->inbound_count, sizeof *senders);
    for (size_t i = 0; i < config->inbound_count; i++)
        senders[i] = config->inbounds[i].name;
    world->alert_senders = senders;
    world->alert_sender_count = config->inbound_count;
    return compose_program(world, arena, config, program, err);
}

/* One whose token is not known yet, because the keeper is away, or that is switched off, is left
 * out: nobody gets in. */
static void add_senders(struct collector_spec *spec, struct arena *arena,
                        const struct config *config, const struct switches *switches)
{
    spec->listen = config->collect_listen;
    spec->hosts = arena_array(arena, 1, sizeof *spec->hosts);
    spec->hosts[0] = compose_public_host(config);
    spec->host_count = spec->hosts[0].n > 0;
    spec->senders = arena_array(arena, config->sender_count, sizeof *spec->senders);
    for (size_t i = 0; i < config->sender_count; i++) {
        const struct config_sender *sender = &config->senders[i];
        struct collector_sender told = {.name = sender->name,
                                        .open = sender->token.name.n == 0,
                                        .interval_ms = sender->every_ms,
                                        .accepts = sender->accepts,
                                        .format = sender->format,
                                        .own = sender->own};
        if (!switch_find(switches, SWITCH_SENDER, sender->name) &&
            (told.open || hash_parse_hex(sender->token_digest, &told.token)))
            spec->senders[spec->sender_count++] = told;
    }
}

static void add_targets(struct collector_spec *spec, struct arena *arena,
                        const struct config *config)
{
    spec->targets =
        arena_array(arena, config->target_count + config->probe_count, sizeof *spec->targets);
    for (size_t i = 0; i < config->target_count; i++)
        spec->targets[spec->target_count++] =
            (struct collector_target){.name = config->targets[i].name,
                                      .url = config->targets[i].url,
                                      .interval_ms = config->targets[i].every_ms};
    for (size_t i = 0; i < config->probe_count; i++)
        spec->targets[spec->target_count++] =
            (struct collector_target){.name = config->probes[i].name,
                                      .url = probe_place(arena, &config->probes[i]),
                                      .interval_ms = config->probes[i].every_ms,
                                      .probed = true};
}

/* Only a signal that a rule looks at: what nobody asks for is not kept. */
static bool is_wanted(const struct world *world, const struct signal *signal)
{
    for (size_t i = 0; i < world->rules.count; i++)
        if (world->rules.items[i].signal == signal && world->rules.items[i].question_count == 0)
            return true;
    return false;
}

struct config_names compose_metrics(struct arena *arena, const struct world *world)
{
    struct config_names names = {0};
    names.items =
        arena_array(arena, 2 * ALTERNATIVES_MAX * world->signals.count + 1, sizeof *names.items);
    for (size_t i = 0; i < world->signals.count; i++) {
        const struct signal *signal = &world->signals.items[i];
        const char *suffix = signal->kind == SIGNAL_QUANTILE ? "_bucket" : "";
        for (size_t a = 0; is_wanted(world, signal) && a < signal->alternative_count; a++)
            for (size_t part = 0; part < signal->alternatives[a].part_count; part++)
                names.items[names.count++] = str_printf(
                    arena, "%.*s%s", STR_ARGS(signal->alternatives[a].parts[part].metric), suffix);
    }
    return names;
}

struct str compose_collector_spec(struct arena *arena, const struct world *world,
                                  const struct config *config, struct str history_folder)
{
    struct collector_spec spec = {.history_dir = history_folder};
    add_targets(&spec, arena, config);
    add_senders(&spec, arena, config, &world->switches);
    spec.logs = arena_array(arena, config->log_count, sizeof *spec.logs);
    spec.log_count = config->log_count;
    for (size_t i = 0; i < config->log_count; i++)
        spec.logs[i] = (struct log_spec){.file = config->logs[i].file,
                                         .format = config->logs[i].format,
                                         .source = config->logs[i].source,
                                         .interval_ms = config->logs[i].every_ms,
                                         .own = config->logs[i].own};
    spec.signals = (struct signals){.arena = arena};
    for (size_t i = 0; i < world->signals.count; i++) {
        if (is_wanted(world, &world->signals.items[i]))
            LIST_PUSH(arena, spec.signals.items, spec.signals.count, spec.signals.capacity) =
                world->signals.items[i];
    }
    return collector_spec_write(arena, &spec);
}

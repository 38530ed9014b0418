/* serve_reload.c - targets: and probes: of a reeve.yaml that was changed. */
#include "main/serve_reload.h"

#include "main/compose.h"
#include "main/config_force.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/log.h"

#include <stdio.h>

enum { LOOK_MS = 1000, KEEPER_WAIT_MS = 10000 };

struct serve_reload {
    struct arena arenas[2]; /* of what is in force, and of the next */
    int turn;
    int64_t looked_ms;
    struct hash seen; /* at the last look */
    uint64_t stamp;
    struct hash judged; /* taken, refused, or waiting for its keeper */
    struct config next; /* waits */
    bool waits;
    int64_t waits_since_ms;
};

static bool is_ours(struct str path)
{
    return str_starts(path, "targets.") || str_starts(path, "probes.");
}

static const struct config_value *next_other(const struct config *config, size_t *at)
{
    while (*at < config->value_count && is_ours(config->values[*at].path))
        (*at)++;
    return *at < config->value_count ? &config->values[(*at)++] : NULL;
}

/* Is everything that is not put in force here the same as Reeve was started with? */
static bool is_all(const struct config *running, const struct config *next)
{
    size_t at = 0;
    size_t next_at = 0;
    for (;;) {
        const struct config_value *a = next_other(running, &at);
        const struct config_value *b = next_other(next, &next_at);
        if (!a || !b)
            return !a && !b;
        if (!str_equal(a->path, b->path) || !str_equal(a->text, b->text))
            return false;
    }
}

static bool is_probes(const struct config_secret *secret)
{
    return str_starts(secret->name, "probes.");
}

/* Those of the configuration in force, but for the probes', which are the next one's. */
static void take_secrets(struct arena *arena, const struct config *running, struct config *next)
{
    size_t count = 0;
    struct config_secret *secrets =
        arena_array(arena, running->secret_count + next->secret_count, sizeof *secrets);
    for (size_t i = 0; i < running->secret_count; i++)
        if (!is_probes(&running->secrets[i]))
            secrets[count++] = running->secrets[i];
    for (size_t i = 0; i < next->secret_count; i++)
        if (is_probes(&next->secrets[i]))
            secrets[count++] = next->secrets[i];
    next->secrets = secrets;
    next->secret_count = count;
}

static bool has_secret(const struct config *config, const struct config_secret *secret)
{
    for (size_t i = 0; i < config->secret_count; i++)
        if (str_equal(config->secrets[i].name, secret->name) &&
            str_equal(config->secrets[i].source, secret->source) &&
            config->secrets[i].from_file == secret->from_file)
            return true;
    return false;
}

static bool keeper_has_all(const struct config *running, const struct config *next)
{
    for (size_t i = 0; i < next->secret_count; i++)
        if (!has_secret(running, &next->secrets[i]))
            return false;
    return true;
}

/* Names that are taken by what stays in force, whatever the file says of it now. */
static bool check_name(const struct config *running, struct str name, struct config_place place,
                       struct err *err)
{
    bool taken = running->ask.on && str_equal(running->ask.name, name);
    char at[64];
    for (size_t i = 0; i < running->sender_count; i++)
        taken = taken || str_equal(running->senders[i].name, name);
    for (size_t i = 0; i < running->log_count; i++)
        taken = taken || str_equal(running->logs[i].source, name);
    (void)snprintf(at, sizeof at, "line %zu", place.line);
    return !taken || err_set(err, ERR_USAGE, at,
                             "The name \"%.*s\" is that of a sender, a log or an engine until "
                             "Reeve is restarted; choose another one, or restart it.",
                             STR_ARGS(name));
}

static bool check_names(const struct config *running, const struct config *next, struct err *err)
{
    for (size_t i = 0; i < next->target_count; i++)
        if (!check_name(running, next->targets[i].name, next->targets[i].place, err))
            return false;
    for (size_t i = 0; i < next->probe_count; i++)
        if (!check_name(running, next->probes[i].name, next->probes[i].place, err))
            return false;
    return true;
}

static void refuse(struct serve *serve, const struct err *err)
{
    struct config_watch *watch = &serve->config_watch;
    (void)snprintf(watch->refused, sizeof watch->refused, "%s%s%s", err->place,
                   err->place[0] ? ": " : "", err->text);
    watch->refused_digest = serve->reload->judged;
    log_line(LOG_LEVEL_WARNING, "configuration",
             "The changed %.*s is not taken, and all goes on as before: %s",
             STR_ARGS(serve->app->config.file), watch->refused);
    serve->reload->waits = false;
    serve_drop_tried_keeper(serve);
}

static bool read_next(struct serve *serve, struct arena *arena, struct str text,
                      struct config *out_config, struct err *err)
{
    const struct config *running = &serve->app->config;
    struct config_errors *errors = arena_make(arena, struct config_errors);
    struct config_input input = {.file = running->file, .text = str_copy(arena, text)};
    struct signals signals;
    if (!config_read(arena, &input, out_config, errors)) {
        *err = errors->items[0];
        return false;
    }
    return compose_signals(&signals, arena, out_config, err) &&
           check_names(running, out_config, err);
}

/* Those in force, but for what is taken here. */
static void take_values(struct arena *arena, struct config *running, const struct config *next)
{
    size_t count = 0;
    struct config_value *values =
        arena_array(arena, running->value_count + next->value_count, sizeof *values);
    for (size_t i = 0; i < running->value_count; i++)
        if (!is_ours(running->values[i].path))
            values[count++] = running->values[i];
    for (size_t i = 0; i < next->value_count; i++)
        if (is_ours(next->values[i].path))
            values[count++] = next->values[i];
    running->values = values;
    running->value_count = count;
}

/* It is only told to those who look: nothing depends on it. */
void serve_tell_force(struct serve *serve)
{
    struct arena arena;
    struct err err = {0};
    arena_init(&arena);
    if (!config_force_write(&arena, serve->app->force_path, &serve->app->config, &err))
        log_err(LOG_LEVEL_WARNING, "configuration", &err);
    arena_done(&arena);
}

/* From here on it is in force. */
static void take(struct serve *serve)
{
    struct serve_reload *reload = serve->reload;
    struct config *config = &serve->app->config;
    const struct config *next = &reload->next;
    struct config former = *config;
    struct err err = {0};
    config->targets = next->targets;
    config->target_count = next->target_count;
    config->probes = next->probes;
    config->probe_count = next->probe_count;
    config->secrets = next->secrets;
    config->secret_count = next->secret_count;
    if (is_all(config, next))
        config->digest = next->digest;
    take_values(&reload->arenas[reload->turn ^ 1], config, next);
    serve_tell_force(serve);
    serve_take_probes(serve, &former);
    compose_targets(&serve->app->world, config);
    compose_expect(&serve->app->world, config, clock_now());
    if (serve->collector && !serve_tell_collector(serve, &err))
        log_err(LOG_LEVEL_ERROR, "collector", &err);
    log_line(LOG_LEVEL_INFO, "configuration", "%.*s was changed: %zu targets and %zu probes now.",
             STR_ARGS(config->file), config->target_count, config->probe_count);
    reload->turn ^= 1;
    reload->waits = false;
    serve->config_watch.refused[0] = '\0';
    serve->config_watch.looked = (struct instant){0};
}

/* The keeper reads its secrets once: others need another one, and until it is ready nothing is
 * taken. */
static void wait_for_keeper(struct serve *serve)
{
    struct serve_reload *reload = serve->reload;
    struct err err = {0};
    if (serve_tried_keeper(serve, &err)) {
        take(serve);
        serve_adopt_keeper(serve);
        return;
    }
    if (err.kind == ERR_NONE && clock_boot_ms() - reload->waits_since_ms > KEEPER_WAIT_MS)
        (void)err_set(&err, ERR_SELF, "keeper", "A keeper for its secrets does not get ready.");
    if (err.kind != ERR_NONE)
        refuse(serve, &err);
}

static void judge(struct serve *serve, struct str text)
{
    struct serve_reload *reload = serve->reload;
    const struct config *running = &serve->app->config;
    struct arena *arena = &reload->arenas[reload->turn ^ 1];
    struct err err = {0};
    reload->waits = false;
    serve_drop_tried_keeper(serve);
    arena_reset(arena);
    if (!read_next(serve, arena, text, &reload->next, &err)) {
        refuse(serve, &err);
        return;
    }
    take_secrets(arena, running, &reload->next);
    if (keeper_has_all(running, &reload->next)) {
        take(serve);
        return;
    }
    reload->waits = serve_try_keeper(serve, &reload->next, &err);
    reload->waits_since_ms = clock_boot_ms();
    if (!reload->waits)
        refuse(serve, &err);
}

static void look(struct serve *serve)
{
    struct serve_reload *reload = serve->reload;
    const struct config *running = &serve->app->config;
    struct arena arena;
    struct str text;
    arena_init(&arena);
    /* Before it is read: what is written meanwhile has another stamp at the next look. */
    uint64_t stamp = file_stamp(running->file);
    if (file_read(&arena, running->file, LIMIT_CONFIG_BYTES, &text, NULL)) {
        struct hash digest = hash_of(text);
        bool settled = hash_equal(&digest, &reload->seen) && stamp == reload->stamp;
        reload->seen = digest;
        reload->stamp = stamp;
        if (settled && !hash_equal(&digest, &reload->judged)) {
            reload->judged = digest;
            judge(serve, text);
        }
    }
    arena_done(&arena);
}

void serve_reload(struct serve *serve)
{
    const struct config_watch *watch = &serve->config_watch;
    int64_t now_ms = clock_boot_ms();
    if (!serve->reload && (instant_is_zero(watch->changed) || watch->gone))
        return;
    if (!serve->reload) {
        serve->reload = arena_make(&serve->app->arena, struct serve_reload);
        arena_init(&serve->reload->arenas[0]);
        arena_init(&serve->reload->arenas[1]);
        serve->reload->judged = serve->app->config.digest;
    }
    if (serve->reload->waits)
        wait_for_keeper(serve);
    if (now_ms - serve->reload->looked_ms < LOOK_MS)
        return;
    serve->reload->looked_ms = now_ms;
    look(serve);
}

void serve_close_reload(struct serve *serve)
{
    serve_drop_tried_keeper(serve);
    if (!serve->reload)
        return;
    arena_done(&serve->reload->arenas[0]);
    arena_done(&serve->reload->arenas[1]);
}

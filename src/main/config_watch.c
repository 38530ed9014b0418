/* config_watch.c - the digest of the file against that of what Reeve was started with. */
#include "main/config_watch.h"

#include "main/socket_client.h"
#include "os/file.h"

#include <sys/stat.h>

enum { LOOK_MS = 1000 };

static struct instant written_at(struct str file, struct instant otherwise)
{
    struct stat info;
    if (stat(file.p, &info) != 0)
        return otherwise;
    return (struct instant){(int64_t)info.st_mtim.tv_sec * 1000000 + info.st_mtim.tv_nsec / 1000};
}

void config_watch_look(struct config_watch *watch, const struct config *config, struct instant now)
{
    struct arena arena;
    struct str text;
    int64_t since_ms = instant_ms_between(watch->looked, now);
    if (config->file.n == 0 || (since_ms >= 0 && since_ms < LOOK_MS))
        return;
    watch->looked = now;
    arena_init(&arena);
    bool read = file_read(&arena, config->file, LIMIT_CONFIG_BYTES, &text, NULL);
    struct hash digest = hash_of(read ? text : STR(""));
    watch->digest = digest;
    if (read && hash_equal(&digest, &config->digest))
        watch->changed = (struct instant){0};
    else if (read)
        watch->changed = written_at(config->file, now);
    else if (watch->seen && !watch->gone)
        watch->changed = now;
    watch->gone = !read && watch->seen;
    watch->seen = watch->seen || read;
    arena_done(&arena);
}

static struct str sentence(struct arena *arena, struct str file, struct str at)
{
    return str_printf(
        arena,
        "%.*s was changed at %.*s; but for targets: and probes:, what it says now is in "
        "force after a restart.",
        STR_ARGS(file), STR_ARGS(at));
}

struct str config_watch_text(struct arena *arena, const struct config_watch *watch,
                             const struct config *config, struct instant now)
{
    if (instant_is_zero(watch->changed))
        return STR("");
    struct str at = instant_words(arena, watch->changed, now);
    if (watch->gone)
        return str_printf(arena,
                          "%.*s cannot be read since %.*s; without it Reeve does not start again.",
                          STR_ARGS(config->file), STR_ARGS(at));
    if (watch->refused[0] != '\0' && hash_equal(&watch->refused_digest, &watch->digest))
        return str_printf(arena,
                          "%.*s was changed at %.*s and is wrong, so all goes on by what it said "
                          "before: %s",
                          STR_ARGS(config->file), STR_ARGS(at), watch->refused);
    return sentence(arena, config->file, at);
}

/* Whoever may not ask, or asks an older core, is told nothing. */
const struct json *config_watch_status(struct arena *arena, struct str socket_path)
{
    struct socket_request request = {socket_path, STR("/api/status"), STR("{}")};
    struct str answer;
    struct json *root = NULL;
    struct json *status = NULL;
    struct err err = {0};
    if (!socket_client_is_there(socket_path) ||
        !socket_client_post(arena, &request, &answer, &err) ||
        !json_parse(arena, answer, &root, &err) ||
        !json_parse(arena, json_get_str(root, "json"), &status, &err))
        return NULL;
    return status;
}

struct str config_watch_said(struct arena *arena, const struct json *status,
                             const struct config *config, struct instant now)
{
    char digest[HASH_HEX_BYTES];
    if (!status)
        return STR("");
    struct str in_force = json_get_str(status, "configuration");
    hash_hex(&config->digest, digest);
    struct str said = json_get_str(status, "configuration_changed");
    if (in_force.n == 0 || str_is(in_force, digest))
        return STR("");
    if (said.n > 0) /* it knows whether what it saw is taken */
        return said;
    return sentence(arena, config->file, instant_words(arena, written_at(config->file, now), now));
}

struct str config_watch_ask(struct arena *arena, struct str socket_path,
                            const struct config *config, struct instant now)
{
    return config_watch_said(arena, config_watch_status(arena, socket_path), config, now);
}

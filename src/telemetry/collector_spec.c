/* collector_spec.c - the collector's orders as JSON. */
#include "telemetry/collector_spec.h"

struct str collector_spec_write(struct arena *arena, const struct collector_spec *spec)
{
    struct text text;
    text_init(&text, arena, SPEC_BYTES_MAX);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_str(&w, "history_dir", spec->history_dir);
    log_specs_write(&w, spec->logs, spec->log_count);
    signals_write(&spec->signals, &w, "signals");
    json_open_array(&w, "targets");
    for (size_t i = 0; i < spec->target_count; i++) {
        json_open_object(&w, NULL);
        json_int(&w, "interval_ms", spec->targets[i].interval_ms);
        json_str(&w, "name", spec->targets[i].name);
        json_str(&w, "url", spec->targets[i].url);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    text_byte(&text, '\n');
    return text_str(&text);
}

static bool parse_target(const struct json *object, struct collector_target *target,
                         struct err *err)
{
    target->name = json_get_str(object, "name");
    target->url = json_get_str(object, "url");
    if (target->name.n == 0 || target->url.n == 0 ||
        !json_get_int(object, "interval_ms", &target->interval_ms) ||
        target->interval_ms < INTERVAL_LEAST_MS)
        return err_set(err, ERR_USAGE, NULL,
                       "a target needs a name, a url and an interval of at least %d ms",
                       INTERVAL_LEAST_MS);
    return true;
}

bool collector_spec_parse(struct arena *arena, struct str line, struct collector_spec *out_spec,
                          struct err *err)
{
    struct json *root;
    if (!json_parse(arena, str_trim(line), &root, err))
        return false;
    struct collector_spec spec = {.history_dir =
                                      str_copy(arena, json_get_str(root, "history_dir"))};
    const struct json *signals = json_get(root, "signals");
    const struct json *targets = json_get(root, "targets");
    if (!signals || !targets)
        return err_set(err, ERR_USAGE, NULL, "the collector's line has no signals or no targets");
    if (targets->count > LIMIT_TARGETS)
        return err_set(err, ERR_USAGE, NULL, "there are more than %d targets", LIMIT_TARGETS);
    if (!signals_parse(arena, signals, &spec.signals, err))
        return false;
    struct text digest;
    text_init(&digest, arena, SPEC_BYTES_MAX);
    struct json_writer w = {.text = &digest};
    signals_write(&spec.signals, &w, NULL);
    spec.signals_digest = hash_of(text_str(&digest));
    spec.targets = arena_array(arena, targets->count, sizeof *spec.targets);
    for (const struct json *item = targets->first; item; item = item->next) {
        struct collector_target *target = &spec.targets[spec.target_count++];
        if (!parse_target(item, target, err))
            return false;
        target->name = str_copy(arena, target->name);
        target->url = str_copy(arena, target->url);
    }
    if (!log_specs_parse(arena, root, &spec.logs, &spec.log_count, err))
        return false;
    *out_spec = spec;
    return true;
}

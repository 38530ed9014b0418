/* collector_spec.c - the collector's orders as JSON. */
#include "telemetry/collector_spec.h"

static const struct {
    const char *name;
    unsigned bit;
} protocols[] = {{"exposition", ACCEPTS_EXPOSITION},
                 {"logs", ACCEPTS_LOGS},
                 {"otlp", ACCEPTS_OTLP},
                 {"remote_write", ACCEPTS_REMOTE_WRITE}};

enum { PROTOCOLS = sizeof protocols / sizeof protocols[0] };

unsigned accepts_of(struct str name)
{
    for (size_t i = 0; i < PROTOCOLS; i++)
        if (str_is(name, protocols[i].name))
            return protocols[i].bit;
    return 0;
}

static void write_senders(struct json_writer *w, const struct collector_spec *spec)
{
    json_open_array(w, "hosts");
    for (size_t i = 0; i < spec->host_count; i++)
        json_str(w, NULL, spec->hosts[i]);
    json_close_array(w);
    json_str(w, "listen", spec->listen);
    json_open_array(w, "senders");
    for (size_t i = 0; i < spec->sender_count; i++) {
        const struct collector_sender *sender = &spec->senders[i];
        char token[HASH_HEX_BYTES] = "";
        if (!sender->open)
            hash_hex(&sender->token, token);
        json_open_object(w, NULL);
        json_open_array(w, "accepts");
        for (size_t k = 0; k < PROTOCOLS; k++)
            if (sender->accepts & protocols[k].bit)
                json_str(w, NULL, str_of(protocols[k].name));
        json_close_array(w);
        json_str(w, "format", sender->format);
        json_int(w, "interval_ms", sender->interval_ms);
        log_own_write(w, &sender->own);
        json_str(w, "name", sender->name);
        json_str(w, "token", str_of(token));
        json_close_object(w);
    }
    json_close_array(w);
}

struct str collector_spec_write(struct arena *arena, const struct collector_spec *spec)
{
    struct text text;
    text_init(&text, arena, SPEC_BYTES_MAX);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_str(&w, "history_dir", spec->history_dir);
    log_specs_write(&w, spec->logs, spec->log_count);
    write_senders(&w, spec);
    signals_write(&spec->signals, &w, "signals");
    json_open_array(&w, "targets");
    for (size_t i = 0; i < spec->target_count; i++) {
        json_open_object(&w, NULL);
        json_int(&w, "interval_ms", spec->targets[i].interval_ms);
        json_str(&w, "name", spec->targets[i].name);
        if (spec->targets[i].probed)
            json_bool(&w, "probed", true);
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
    const struct json *probed = json_get(object, "probed");
    target->url = json_get_str(object, "url");
    target->probed = probed && probed->type == JSON_TRUE;
    if (target->name.n == 0 || target->url.n == 0 ||
        !json_get_int(object, "interval_ms", &target->interval_ms) ||
        target->interval_ms < INTERVAL_LEAST_MS)
        return err_set(err, ERR_USAGE, NULL,
                       "a target needs a name, a url and an interval of at least %d ms",
                       INTERVAL_LEAST_MS);
    return true;
}

static bool parse_sender(struct arena *arena, const struct json *object,
                         struct collector_sender *sender, struct err *err)
{
    struct str token = json_get_str(object, "token");
    const struct json *accepts = json_get(object, "accepts");
    sender->name = str_copy(arena, json_get_str(object, "name"));
    sender->format = str_copy(arena, json_get_str(object, "format"));
    if (sender->format.n == 0)
        sender->format = STR("json");
    log_own_parse(arena, object, &sender->own);
    sender->open = token.n == 0;
    for (const struct json *item = accepts ? accepts->first : NULL; item; item = item->next)
        sender->accepts |= item->type == JSON_STRING ? accepts_of(item->text) : 0;
    if (sender->name.n == 0 || (!sender->open && !hash_parse_hex(token, &sender->token)) ||
        !json_get_int(object, "interval_ms", &sender->interval_ms) ||
        sender->interval_ms < INTERVAL_LEAST_MS)
        return err_set(err, ERR_USAGE, NULL,
                       "a sender needs a name, a token's digest and an interval of at least %d ms",
                       INTERVAL_LEAST_MS);
    return true;
}

static bool parse_senders(struct arena *arena, const struct json *root, struct collector_spec *spec,
                          struct err *err)
{
    const struct json *hosts = json_get(root, "hosts");
    const struct json *senders = json_get(root, "senders");
    spec->listen = str_copy(arena, json_get_str(root, "listen"));
    spec->hosts = arena_array(arena, hosts ? hosts->count : 0, sizeof *spec->hosts);
    for (const struct json *item = hosts ? hosts->first : NULL; item; item = item->next)
        if (item->type == JSON_STRING)
            spec->hosts[spec->host_count++] = str_copy(arena, item->text);
    if (senders && senders->count > LIMIT_SENDERS)
        return err_set(err, ERR_USAGE, NULL, "there are more than %d senders", LIMIT_SENDERS);
    spec->senders = arena_array(arena, senders ? senders->count : 0, sizeof *spec->senders);
    for (const struct json *item = senders ? senders->first : NULL; item; item = item->next)
        if (!parse_sender(arena, item, &spec->senders[spec->sender_count++], err))
            return false;
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
    if (targets->count > LIMIT_TARGETS + LIMIT_PROBES)
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
    if (!parse_senders(arena, root, &spec, err))
        return false;
    if (!log_specs_parse(arena, root, &spec.logs, &spec.log_count, err))
        return false;
    *out_spec = spec;
    return true;
}

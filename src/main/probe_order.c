/* probe_order.c - the order with which reeve-work looks at one thing of probes:. */
#include "main/probe_order.h"

#include "base/text.h"
#include "worker/order_limits.h"

static void want_secret(struct order *order, const char *field, const struct config_secret *secret)
{
    if (secret->name.n == 0)
        return;
    order->secret_fields[order->secret_count] = field;
    order->secret_names[order->secret_count++] = secret->name;
}

struct order probe_order(struct arena *arena, const struct config_probe *probe)
{
    struct text body;
    text_init(&body, arena, WORK_ORDER_BYTES);
    struct json_writer w = {.text = &body};
    json_open_object(&w, NULL);
    if (probe->ca.n > 0)
        json_str(&w, "ca", probe->ca);
    if (probe->certificate.n > 0)
        json_str(&w, "certificate", probe->certificate);
    if (probe->components.count > 0) {
        json_open_array(&w, "components");
        for (size_t i = 0; i < probe->components.count; i++)
            json_str(&w, NULL, probe->components.items[i]);
        json_close_array(&w);
    }
    if (probe->contains.n > 0)
        json_str(&w, "contains", probe->contains);
    if (probe->etag.n > 0)
        json_str(&w, "etag", probe->etag);
    json_str(&w, "kind", probe->kind);
    if (probe->limit > 0)
        json_int(&w, "limit", probe->limit);
    if (probe->metrics.count > 0) {
        json_open_array(&w, "names");
        for (size_t i = 0; i < probe->metrics.count; i++)
            json_str(&w, NULL, probe->metrics.items[i]);
        json_close_array(&w);
    }
    json_open_array(&w, "paths");
    for (size_t i = 0; i < probe->path_count; i++)
        json_str(&w, NULL, probe->paths[i]);
    json_close_array(&w);
    if (probe->status > 0)
        json_int(&w, "status", probe->status);
    if (probe->token_limit > 0)
        json_int(&w, "token_limit", probe->token_limit);
    json_str(&w, "url", probe->url);
    json_close_object(&w);
    struct order order = {.kind = ORDER_PROBE,
                          .id = str_printf(arena, "probe-%.*s", STR_ARGS(probe->name)),
                          .body_json = text_str(&body),
                          .deadline_ms = probe->deadline_ms};
    want_secret(&order, "url", &probe->address);
    want_secret(&order, "key", &probe->key);
    return order;
}

struct config_probe probe_of_target(const struct config_target *target)
{
    enum { TARGET_MS = 10000 };
    return (struct config_probe){.name = target->name,
                                 .kind = STR("http"),
                                 .url = target->url,
                                 .every_ms = target->every_ms,
                                 .deadline_ms = TARGET_MS,
                                 .status = 200,
                                 .place = target->place};
}

struct str probe_place(struct arena *arena, const struct config_probe *probe)
{
    if (probe->url.n > 0)
        return str_copy(arena, probe->url);
    struct text text;
    text_init(&text, arena, 1024);
    text_add(&text, probe->kind);
    for (size_t i = 0; i < probe->path_count; i++)
        text_printf(&text, "%s%.*s", i == 0 ? ", " : " ", STR_ARGS(probe->paths[i]));
    return text_str(&text);
}

struct probe_line probe_line_of(struct arena *arena, const struct config_probe *probe,
                                const struct order_result *result, struct instant at)
{
    struct json *output = NULL;
    struct err err = {0};
    struct probe_line line = {.name = probe->name,
                              .at = at,
                              .up = result->outcome == ORDER_DONE,
                              .note = STR(""),
                              .problem = STR(""),
                              .samples = STR("")};
    if (!line.up)
        line.problem = result->detail;
    if (result->outcome == ORDER_DOUBTED)
        line.problem = str_printf(
            arena,
            "gave nothing within %.*s, not even a reason (%.*s); look at what "
            "it waits for: a name server, or a disk that hangs",
            STR_ARGS(duration_text(arena, probe->deadline_ms)), STR_ARGS(result->detail));
    if (result->output.n > 0 && json_parse(arena, result->output, &output, &err)) {
        line.note = str_copy(arena, json_get_str(output, "note"));
        line.samples = str_copy(arena, json_get_str(output, "samples"));
    }
    return line;
}

bool probe_answer_holds(struct arena *arena, const struct order_result *result,
                        struct str *out_etag)
{
    struct json *output = NULL;
    struct err err = {0};
    *out_etag = STR("");
    if (result->outcome != ORDER_DONE || result->output.n == 0 ||
        !json_parse(arena, result->output, &output, &err))
        return false;
    const struct json *unchanged = json_get(output, "unchanged");
    *out_etag = str_copy(arena, json_get_str(output, "etag"));
    return unchanged && unchanged->type == JSON_TRUE;
}

/* read_cloudevents.c - CloudEvents 1.0 as alerts, by a mapping of ours: the specification knows no
 * alerts. docs/manual/alerts-from-elsewhere.md has it. */
#include "inbound/read.h"

static bool is_one_of(struct str word, const char *const *words)
{
    for (; *words; words++)
        if (str_is_nocase(word, *words))
            return true;
    return false;
}

static const char *const firing[] = {"firing", "fired",  "alerting", "triggered", "trigger", "open",
                                     "opened", "raised", "critical", "warning",   "problem", NULL};
static const char *const resolved[] = {"resolved", "resolve",   "closed",   "cleared", "ok",
                                       "normal",   "recovered", "inactive", NULL};

/* The part of a type behind its last dot, and what stands before it. */
static size_t last_dot(struct str type)
{
    size_t at = type.n;
    while (at > 0 && type.p[at - 1] != '.')
        at--;
    return at;
}

static bool find_change(const struct json *data, struct str type, enum inbound_change *out_change,
                        struct err *err)
{
    static const char *const members[] = {"status", "state", NULL};
    struct str said = inbound_first(data, members);
    struct str word = said.n > 0 ? said : str_from(type, last_dot(type));
    if (!is_one_of(word, firing) && !is_one_of(word, resolved))
        return err_set(err, ERR_USAGE, NULL,
                       "The event does not say whether its alert fires: \"%.*s\" is neither one of "
                       "firing, fired, triggered, open, raised nor one of resolved, closed, "
                       "cleared, ok, recovered; say it as data.status.",
                       STR_ARGS(str_cut(word, 80)));
    *out_change = is_one_of(word, firing) ? INBOUND_FIRES : INBOUND_RESOLVES;
    return true;
}

static bool check_attributes(const struct inbound_attributes *of, struct err *err)
{
    const struct {
        const char *name;
        struct str value;
    } required[] = {{"id", of->id}, {"source", of->source}, {"type", of->type}};
    if (!str_is(of->specversion, "1.0"))
        return err_set(err, ERR_USAGE, NULL,
                       "The event has the specversion \"%.*s\"; 1.0 is read here.",
                       STR_ARGS(str_cut(of->specversion, 40)));
    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        if (str_trim(required[i].value).n == 0)
            return err_set(err, ERR_USAGE, NULL, "The event has no attribute \"%s\".",
                           required[i].name);
    return true;
}

static struct str or_else(struct str first, struct str second)
{
    return first.n > 0 ? first : second;
}

static bool read_one(struct arena *arena, const struct inbound_attributes *of,
                     const struct json *data, struct inbound_batch *batch, struct err *err)
{
    static const char *const keys[] = {"key", "fingerprint", "dedup_key", NULL};
    static const char *const names[] = {"name", "title", "alertname", NULL};
    static const char *const summaries[] = {"summary", "message", "description", NULL};
    static const char *const severities[] = {"severity", "level", NULL};
    static const char *const urls[] = {"url", "link", NULL};
    static const char *const starts[] = {"starts_at", "startsAt", NULL};
    static const char *const groups[] = {"group", NULL};
    struct inbound_alert alert = {0};
    if (!check_attributes(of, err) || !find_change(data, of->type, &alert.change, err))
        return false;
    size_t dot = last_dot(of->type);
    struct str kind = dot > 1 ? str_slice(of->type, 0, dot - 1) : of->type;
    struct str name = or_else(inbound_first(data, names), or_else(of->subject, kind));
    struct str key = or_else(inbound_first(data, keys),
                             or_else(of->subject, or_else(inbound_first(data, names), kind)));
    struct str group = inbound_first(data, groups);
    alert.key = inbound_key(arena, of->source, key);
    alert.group = group.n > 0 ? str_printf(arena, "group %.*s", STR_ARGS(group)) : alert.key;
    alert.name = inbound_line(arena, name, INBOUND_NAME_BYTES - 1);
    alert.severity =
        inbound_line(arena, inbound_first(data, severities), INBOUND_SEVERITY_BYTES - 1);
    alert.summary = inbound_line(arena, or_else(inbound_first(data, summaries), of->source),
                                 INBOUND_SUMMARY_BYTES - 1);
    alert.url = inbound_url(arena, inbound_first(data, urls));
    alert.starts = inbound_time(or_else(inbound_first(data, starts), of->time));
    return inbound_add(arena, batch, &alert, err);
}

static bool read_structured(struct arena *arena, const struct json *json,
                            struct inbound_batch *batch, struct err *err)
{
    struct inbound_attributes attributes = {.id = json_get_str(json, "id"),
                                            .source = json_get_str(json, "source"),
                                            .type = json_get_str(json, "type"),
                                            .specversion = json_get_str(json, "specversion"),
                                            .subject = json_get_str(json, "subject"),
                                            .time = json_get_str(json, "time")};
    if (json->type != JSON_OBJECT)
        return err_set(err, ERR_USAGE, NULL, "An event of the batch is no JSON object.");
    return read_one(arena, &attributes, json_get(json, "data"), batch, err);
}

bool read_cloudevents(struct arena *arena, const struct inbound_body *body, const struct json *root,
                      struct inbound_batch *batch, struct err *err)
{
    bool batched = str_starts_nocase(body->content_type, "application/cloudevents-batch+json");
    bool structured = !batched && str_starts_nocase(body->content_type, "application/cloudevents");
    if (!batched && !structured)
        return read_one(arena, &body->attributes, root, batch, err);
    if (batched != (root->type == JSON_ARRAY))
        return err_set(err, ERR_USAGE, NULL,
                       batched ? "A batch of events is a JSON array."
                               : "An event is a JSON object; several of them are a batch, with "
                                 "the type application/cloudevents-batch+json.");
    if (structured)
        return read_structured(arena, root, batch, err);
    for (const struct json *json = root->first; json; json = json->next)
        if (!read_structured(arena, json, batch, err))
            return false;
    return true;
}

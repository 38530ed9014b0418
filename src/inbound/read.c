/* read.c - what the readers share, and the webhooks of Alertmanager and Grafana. */
#include "inbound/read.h"

#include "base/hash.h"

static const char *const forms[INBOUND_FORMS] = {"alertmanager", "grafana", "pagerduty",
                                                 "cloudevents"};

const char *inbound_form_name(enum inbound_form form)
{
    return forms[form];
}

enum inbound_form inbound_form_find(struct str name)
{
    for (int form = 0; form < INBOUND_FORMS; form++)
        if (str_is(name, forms[form]))
            return (enum inbound_form)form;
    return INBOUND_FORMS;
}

struct str inbound_line(struct arena *arena, struct str s, size_t max_bytes)
{
    struct str cut = str_cut(str_trim(s), max_bytes);
    char *line = arena_alloc(arena, cut.n + 1);
    for (size_t i = 0; i < cut.n; i++)
        line[i] = (unsigned char)cut.p[i] < ' ' || cut.p[i] == 127 ? ' ' : cut.p[i];
    return (struct str){line, cut.n};
}

struct str inbound_summary(struct arena *arena, struct str s)
{
    struct str cut = str_cut_characters(str_trim(s), INBOUND_SUMMARY_CHARACTERS);
    return inbound_line(arena, cut, INBOUND_SUMMARY_BYTES - 1);
}

struct str inbound_key(struct arena *arena, struct str a, struct str b)
{
    char hex[HASH_HEX_BYTES];
    struct str key = b.n == 0 ? a : str_printf(arena, "%.*s %.*s", STR_ARGS(a), STR_ARGS(b));
    struct str line = inbound_line(arena, key, SIZE_MAX);
    if (str_equal(line, key) && key.n < INBOUND_KEY_BYTES)
        return line;
    struct hash hash = hash_of(key);
    hash_hex(&hash, hex);
    return str_printf(arena, "sha256:%s", hex);
}

struct str inbound_first(const struct json *object, const char *const *keys)
{
    for (; object && object->type == JSON_OBJECT && *keys; keys++) {
        struct str value = json_get_str(object, *keys);
        if (str_trim(value).n > 0)
            return value;
    }
    return STR("");
}

struct str inbound_url(struct arena *arena, struct str s)
{
    if (!str_starts_nocase(s, "http://") && !str_starts_nocase(s, "https://"))
        return STR("");
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 127)
            return STR("");
    return s.n < INBOUND_URL_BYTES ? str_copy(arena, s) : STR("");
}

struct instant inbound_time(struct str s)
{
    struct instant at;
    return instant_parse(s, &at) && at.us > 0 ? at : (struct instant){0};
}

bool inbound_add(struct arena *arena, struct inbound_batch *batch,
                 const struct inbound_alert *alert, struct err *err)
{
    if (batch->count == LIMIT_INBOUND_ALERTS)
        return err_set(err, ERR_REFUSED, NULL,
                       "The body has more than %d alerts, as many as are read at once; let the "
                       "sender group them smaller (Alertmanager: max_alerts: %d).",
                       LIMIT_INBOUND_ALERTS, LIMIT_INBOUND_ALERTS - 1);
    LIST_PUSH(arena, batch->items, batch->count, batch->capacity) = *alert;
    return true;
}

static bool has_type(struct str content_type, const char *type)
{
    return str_is_nocase(str_trim(str_slice(content_type, 0, str_find_byte(content_type, ';', 0))),
                         type);
}

bool inbound_is_json(struct str content_type)
{
    struct str type = str_trim(str_slice(content_type, 0, str_find_byte(content_type, ';', 0)));
    return type.n == 0 || str_is_nocase(type, "application/json") ||
           str_is_nocase(type, "text/json") ||
           (type.n > 5 && str_is_nocase(str_from(type, type.n - 5), "+json"));
}

static bool is_binary_event(const struct inbound_body *body)
{
    const struct inbound_attributes *of = &body->attributes;
    return of->id.n + of->source.n + of->type.n + of->specversion.n > 0;
}

/* Of an event in binary mode the type is that of its data. */
static bool has_data_type(const struct inbound_body *body)
{
    return body->text.n == 0 || inbound_is_json(body->content_type) ||
           has_type(body->content_type, "text/plain");
}

bool inbound_type_fits(const struct inbound_body *body, struct err *err)
{
    bool events = body->form == INBOUND_CLOUDEVENTS;
    bool json = has_type(body->content_type, "application/json");
    bool binary = events && is_binary_event(body) &&
                  !str_starts_nocase(body->content_type, "application/cloudevents");
    if (events && (has_type(body->content_type, "application/cloudevents+json") ||
                   has_type(body->content_type, "application/cloudevents-batch+json")))
        return true;
    if (events ? binary && has_data_type(body) : json)
        return true;
    return err_set(err, ERR_USAGE, NULL,
                   binary   ? "The data of the event are \"%.*s\"; read here are JSON, text/plain, "
                              "and an event without data."
                   : events ? "The content type \"%.*s\" is none of CloudEvents: possible are "
                              "application/cloudevents+json, application/cloudevents-batch+json, "
                              "and application/json with the headers ce-id, ce-source, ce-type and "
                              "ce-specversion."
                            : "The content type \"%.*s\" is not application/json.",
                   STR_ARGS(str_cut(body->content_type, 80)));
}

/* "job=shop instance=a:1": the labels but its name and severity. */
static struct str labels_text(struct arena *arena, const struct json *labels)
{
    struct text text;
    text_init(&text, arena, INBOUND_SUMMARY_BYTES - 1);
    for (const struct json *label = labels->first; label; label = label->next)
        if (label->type == JSON_STRING && !str_is(label->key, "alertname") &&
            !str_is(label->key, "severity"))
            text_printf(&text, "%s%.*s=%.*s", text.n > 0 ? " " : "", STR_ARGS(label->key),
                        STR_ARGS(label->text));
    return text_str(&text);
}

/* Without a fingerprint: that of its labels. Both senders write them in the order of their names.
 */
static struct str key_of(struct arena *arena, const struct json *alert, const struct json *labels)
{
    struct text text;
    struct str fingerprint = json_get_str(alert, "fingerprint");
    if (fingerprint.n > 0)
        return inbound_key(arena, fingerprint, STR(""));
    text_init(&text, arena, LIMIT_HTTP_BODY_BYTES);
    for (const struct json *label = labels->first; label; label = label->next)
        text_printf(&text, "%.*s\n%.*s\n", STR_ARGS(label->key), STR_ARGS(label->text));
    return inbound_key(arena, text_str(&text), STR("labels"));
}

static bool read_alert(struct arena *arena, const struct json *json, struct inbound_alert *alert,
                       struct err *err)
{
    static const char *const summaries[] = {"summary", "description", "message", NULL};
    static const char *const links[] = {"generatorURL", "panelURL", "dashboardURL", NULL};
    const struct json *labels = json_get(json, "labels");
    struct str status = json_get_str(json, "status");
    if (json->type != JSON_OBJECT || !labels || labels->type != JSON_OBJECT)
        return err_set(err, ERR_USAGE, NULL, "An alert of the body has no labels.");
    bool fires = str_is(status, "firing");
    if (!fires && !str_is(status, "resolved"))
        return err_set(err, ERR_USAGE, NULL,
                       "An alert of the body has the status \"%.*s\"; possible are firing and "
                       "resolved.",
                       STR_ARGS(str_cut(status, 40)));
    struct str name = json_get_str(labels, "alertname");
    struct str summary = inbound_first(json_get(json, "annotations"), summaries);
    alert->change = fires ? INBOUND_FIRES : INBOUND_RESOLVES;
    alert->key = key_of(arena, json, labels);
    alert->name = name.n > 0 ? inbound_line(arena, name, INBOUND_NAME_BYTES - 1)
                             : STR("an alert without a name");
    alert->severity =
        inbound_line(arena, json_get_str(labels, "severity"), INBOUND_SEVERITY_BYTES - 1);
    alert->summary = inbound_summary(arena, summary.n > 0 ? summary : labels_text(arena, labels));
    alert->url = inbound_url(arena, inbound_first(json, links));
    alert->starts = inbound_time(json_get_str(json, "startsAt"));
    if (!fires) /* of what fires it says until when that is believed */
        alert->ends = inbound_time(json_get_str(json, "endsAt"));
    return true;
}

/* What the sender left out is shown as an alert of its own, until a body leaves nothing out. */
static bool add_truncated(struct arena *arena, const struct json *root, struct str group,
                          struct inbound_batch *batch, struct err *err)
{
    int64_t count = 0;
    if (!json_get_int(root, "truncatedAlerts", &count))
        return true;
    struct inbound_alert alert = {
        .change = count > 0 ? INBOUND_FIRES : INBOUND_RESOLVES,
        .key = inbound_key(arena, STR("truncated"), group),
        .group = group,
        .is_rest = true,
        .name = STR("more alerts of a group than its sender sends at once"),
        .summary = str_printf(arena, "%lld more were left out", (long long)count),
        .severity = STR(""),
        .url = inbound_url(arena, json_get_str(root, "externalURL"))};
    return inbound_add(arena, batch, &alert, err);
}

static bool check_version(const struct inbound_body *body, const struct json *root, struct err *err)
{
    const char *wanted = body->form == INBOUND_GRAFANA ? "1" : "4";
    struct str version = json_get_str(root, "version");
    return str_is(version, wanted) ||
           err_set(err, ERR_USAGE, NULL,
                   "The body has the version \"%.*s\"; the webhook of %s that is read here has "
                   "\"%s\".",
                   STR_ARGS(str_cut(version, 40)),
                   body->form == INBOUND_GRAFANA ? "Grafana" : "Alertmanager", wanted);
}

static bool read_webhook(struct arena *arena, const struct inbound_body *body,
                         const struct json *root, struct inbound_batch *batch, struct err *err)
{
    static const char *const groups[] = {"groupKey", "receiver", NULL};
    const struct json *alerts = json_get(root, "alerts");
    if (!check_version(body, root, err))
        return false;
    if (!alerts || alerts->type != JSON_ARRAY)
        return err_set(err, ERR_USAGE, NULL, "The body has no list \"alerts\".");
    struct str group = inbound_first(root, groups);
    for (const struct json *json = alerts->first; json; json = json->next) {
        struct inbound_alert alert = {.group = group};
        if (!read_alert(arena, json, &alert, err) || !inbound_add(arena, batch, &alert, err))
            return false;
        if (alert.url.n == 0)
            batch->items[batch->count - 1].url =
                inbound_url(arena, json_get_str(root, "externalURL"));
    }
    return add_truncated(arena, root, group, batch, err);
}

bool inbound_parse(struct arena *arena, struct str text, struct json **out_root, struct err *err)
{
    struct err why = {0};
    return json_parse(arena, text, out_root, &why) ||
           err_set(err, ERR_USAGE, NULL, "The body is no JSON (at %.40s): %.400s", why.place,
                   why.text);
}

bool inbound_read(struct arena *arena, const struct inbound_body *body,
                  struct inbound_batch *out_batch, struct inbound_said *out_said, struct err *err)
{
    struct inbound_batch batch = {0};
    struct inbound_said said = {.routing_key = STR(""), .dedup_key = STR("")};
    struct json *root = NULL;
    bool events = body->form == INBOUND_CLOUDEVENTS;
    if (body->form == INBOUND_PAGERDUTY && body->text.n > LIMIT_INBOUND_PAGERDUTY_BYTES)
        return err_set(err, ERR_REFUSED, NULL, "The event has more than 512 kB.");
    if (!events && !inbound_parse(arena, body->text, &root, err))
        return false;
    if (!events && root->type != JSON_OBJECT)
        return err_set(err, ERR_USAGE, NULL, "The body is no JSON object.");
    bool good = events                            ? read_cloudevents(arena, body, &batch, err)
                : body->form == INBOUND_PAGERDUTY ? read_pagerduty(arena, root, &batch, &said, err)
                                                  : read_webhook(arena, body, root, &batch, err);
    if (!good)
        return false;
    *out_batch = batch;
    *out_said = said;
    return true;
}

struct str inbound_routing_key(struct arena *arena, const struct inbound_body *body)
{
    struct json *root = NULL;
    bool read = body->form == INBOUND_PAGERDUTY && body->text.n <= LIMIT_INBOUND_PAGERDUTY_BYTES &&
                json_parse(arena, body->text, &root, NULL) && root->type == JSON_OBJECT;
    return read ? json_get_str(root, "routing_key") : STR("");
}

/* read_cloudevents.c - CloudEvents 1.0 as alerts, by a mapping of ours: the specification knows no
 * alerts. docs/manual/alerts-from-elsewhere.md has it.
 *
 * Data are JSON, which may say what the alert is, or text, which is its summary, or there are none.
 * Data of another type are refused: what they say of the alert would be guessed. */
#include "inbound/read.h"

#include "base/hash.h"
#include "base/text.h"

enum { WORDS_BYTES = 600 };

/* What an event has beside its attributes. */
struct event_data {
    const struct json *json; /* NULL: none */
    struct str text;         /* as the summary; "" when it is JSON */
};

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

static void list_words(struct text *text, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        text_printf(text, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
}

static bool refuse_word(struct str word, struct err *err)
{
    struct arena scratch;
    struct text text;
    arena_init(&scratch);
    text_init(&text, &scratch, WORDS_BYTES);
    text_printf(&text, "The event does not say whether its alert fires: \"%.*s\" is neither ",
                STR_ARGS(str_cut(word, 80)));
    list_words(&text, firing);
    text_adds(&text, " (it fires) nor ");
    list_words(&text, resolved);
    text_adds(&text, " (it is over); say it as data.status.");
    (void)err_set(err, ERR_USAGE, NULL, "%.*s", STR_ARGS(text_str(&text)));
    arena_done(&scratch);
    return false;
}

static bool find_change(const struct json *data, struct str type, enum inbound_change *out_change,
                        struct err *err)
{
    static const char *const members[] = {"status", "state", NULL};
    struct str said = inbound_first(data, members);
    struct str word = said.n > 0 ? said : str_from(type, last_dot(type));
    if (!is_one_of(word, firing) && !is_one_of(word, resolved))
        return refuse_word(word, err);
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

/* What stands as bytes: "" is no type, and means JSON. */
static bool read_data(struct arena *arena, struct str type, struct str bytes,
                      struct event_data *out_data, struct err *err)
{
    struct json *json = NULL;
    struct err why = {0};
    type = str_trim(str_slice(type, 0, str_find_byte(type, ';', 0)));
    bool text = str_starts_nocase(type, "text/plain");
    if (str_trim(bytes).n == 0) {
        *out_data = (struct event_data){.text = STR("")};
        return true;
    }
    if (!text && !inbound_is_json(type))
        return err_set(err, ERR_USAGE, NULL,
                       "The data of the event are %.*s; read here are JSON, text/plain, and an "
                       "event without data.",
                       STR_ARGS(str_cut(type, 80)));
    if (text && !str_utf8_valid(bytes, NULL))
        return err_set(err, ERR_USAGE, NULL, "The data of the event are no UTF-8.");
    if (!text && !json_parse(arena, bytes, &json, &why))
        return err_set(err, ERR_USAGE, NULL, "The data of the event are no JSON (at %.40s): %.400s",
                       why.place, why.text);
    *out_data = (struct event_data){json, text ? bytes : STR("")};
    return true;
}

/* The data of an event that is a JSON object, in one of its two forms. */
static bool find_data(struct arena *arena, const struct json *event, struct event_data *out_data,
                      struct err *err)
{
    const struct json *data = json_get(event, "data");
    const struct json *base64 = json_get(event, "data_base64");
    struct str type = json_get_str(event, "datacontenttype");
    struct str bytes;
    if (data && base64)
        return err_set(err, ERR_USAGE, NULL, "The event has data and data_base64; one of them.");
    if (base64 && (base64->type != JSON_STRING || !base64_parse(arena, base64->text, &bytes)))
        return err_set(err, ERR_USAGE, NULL, "The data_base64 of the event is no base64.");
    if (base64)
        return read_data(arena, type, bytes, out_data, err);
    /* A text is the data themselves; what is JSON by its type stands as JSON. */
    bool text = data && data->type == JSON_STRING;
    if (text && !inbound_is_json(type))
        return read_data(arena, type, data->text, out_data, err);
    *out_data = (struct event_data){data, text ? data->text : STR("")};
    return true;
}

static bool read_one(struct arena *arena, const struct inbound_attributes *of,
                     const struct event_data *given, struct inbound_batch *batch, struct err *err)
{
    const struct json *data = given->json;
    static const char *const keys[] = {"key", "fingerprint", "dedup_key", NULL};
    static const char *const names[] = {"name", "title", "alertname", NULL};
    static const char *const summaries[] = {"summary", "message", "description", NULL};
    static const char *const severities[] = {"severity", "level", NULL};
    static const char *const urls[] = {"url", "link", NULL};
    static const char *const starts[] = {"starts_at", "startsAt", NULL};
    static const char *const ends[] = {"ends_at", "endsAt", NULL};
    static const char *const groups[] = {"group", NULL};
    struct inbound_alert alert = {0};
    if (!find_change(data, of->type, &alert.change, err))
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
    struct str summary = or_else(inbound_first(data, summaries), str_trim(given->text));
    alert.summary = inbound_summary(arena, or_else(summary, of->source));
    alert.url = inbound_url(arena, inbound_first(data, urls));
    alert.starts = inbound_time(or_else(inbound_first(data, starts), of->time));
    if (alert.change == INBOUND_RESOLVES)
        alert.ends = inbound_time(or_else(inbound_first(data, ends), of->time));
    return inbound_add(arena, batch, &alert, err);
}

static bool read_structured(struct arena *arena, const struct json *json,
                            struct inbound_batch *batch, struct err *err)
{
    struct event_data data;
    struct inbound_attributes attributes = {.id = json_get_str(json, "id"),
                                            .source = json_get_str(json, "source"),
                                            .type = json_get_str(json, "type"),
                                            .specversion = json_get_str(json, "specversion"),
                                            .subject = json_get_str(json, "subject"),
                                            .time = json_get_str(json, "time")};
    if (json->type != JSON_OBJECT)
        return err_set(err, ERR_USAGE, NULL, "An event is a JSON object.");
    return check_attributes(&attributes, err) && find_data(arena, json, &data, err) &&
           read_one(arena, &attributes, &data, batch, err);
}

/* A batch is taken whole or not at all; the sentence says which event is to blame. */
static bool read_batch(struct arena *arena, const struct json *root, struct inbound_batch *batch,
                       struct err *err)
{
    size_t number = 0;
    for (const struct json *json = root->first; json; json = json->next) {
        struct err why = {0};
        number++;
        if (read_structured(arena, json, batch, &why))
            continue;
        return err_set(err, why.kind, NULL, "Event %zu of the batch, of which nothing is taken: %s",
                       number, why.text);
    }
    return true;
}

static bool read_binary(struct arena *arena, const struct inbound_body *body,
                        struct inbound_batch *batch, struct err *err)
{
    struct event_data data;
    return check_attributes(&body->attributes, err) &&
           read_data(arena, body->content_type, body->text, &data, err) &&
           read_one(arena, &body->attributes, &data, batch, err);
}

bool read_cloudevents(struct arena *arena, const struct inbound_body *body,
                      struct inbound_batch *batch, struct err *err)
{
    bool batched = str_starts_nocase(body->content_type, "application/cloudevents-batch+json");
    bool structured = !batched && str_starts_nocase(body->content_type, "application/cloudevents");
    struct json *root = NULL;
    if (!batched && !structured)
        return read_binary(arena, body, batch, err);
    if (!inbound_parse(arena, body->text, &root, err))
        return false;
    if (batched != (root->type == JSON_ARRAY))
        return err_set(err, ERR_USAGE, NULL,
                       batched ? "A batch of events is a JSON array."
                               : "An event is a JSON object; several of them are a batch, with "
                                 "the type application/cloudevents-batch+json.");
    return structured ? read_structured(arena, root, batch, err)
                      : read_batch(arena, root, batch, err);
}

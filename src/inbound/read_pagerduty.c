/* read_pagerduty.c - one event of PagerDuty's Events API v2. */
#include "inbound/read.h"

#include "base/hash.h"

enum { DEDUP_KEY_CHARACTERS = 255 };

static bool refuse(struct err *err, const char *field)
{
    return err_set(err, ERR_USAGE, NULL, "'%s' is missing or blank", field);
}

/* An event without a key gets one of what it says, so that the same event sent again is the same
 * alert. */
static struct str make_key(struct arena *arena, const struct json *payload)
{
    char hex[HASH_HEX_BYTES];
    static const char *const fields[] = {"source", "component", "group", "class", "summary"};
    struct str parts[2 * (sizeof fields / sizeof *fields)];
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        parts[2 * i] = json_get_str(payload, fields[i]);
        parts[2 * i + 1] = STR("\n");
    }
    struct hash hash = hash_of_list(parts, sizeof parts / sizeof *parts);
    hash_hex(&hash, hex);
    return str_copy(arena, str_slice(str_of(hex), 0, 32));
}

static bool check_payload(const struct json *payload, struct err *err)
{
    static const char *const severities[] = {"critical", "error", "warning", "info"};
    struct str severity = json_get_str(payload, "severity");
    if (!payload || payload->type != JSON_OBJECT)
        return refuse(err, "payload");
    if (str_trim(json_get_str(payload, "summary")).n == 0)
        return refuse(err, "payload.summary");
    if (str_trim(json_get_str(payload, "source")).n == 0)
        return refuse(err, "payload.source");
    for (size_t i = 0; i < sizeof severities / sizeof *severities; i++)
        if (str_is(severity, severities[i]))
            return true;
    return err_set(err, ERR_USAGE, NULL,
                   "'payload.severity' is invalid (must be one of the following: 'critical', "
                   "'warning', 'error' or 'info')");
}

static struct str link_of(struct arena *arena, const struct json *root)
{
    const struct json *links = json_get(root, "links");
    struct str url = inbound_url(arena, json_get_str(root, "client_url"));
    if (url.n > 0 || !links || links->type != JSON_ARRAY || !links->first ||
        links->first->type != JSON_OBJECT)
        return url;
    return inbound_url(arena, json_get_str(links->first, "href"));
}

static void fill(struct arena *arena, const struct json *root, const struct json *payload,
                 struct inbound_alert *alert)
{
    struct str summary = json_get_str(payload, "summary");
    struct str group = json_get_str(payload, "group");
    struct text text;
    text_init(&text, arena, INBOUND_SUMMARY_BYTES + INBOUND_NAME_BYTES);
    text_printf(&text, "%.*s (%.*s)",
                STR_ARGS(str_cut_characters(summary, INBOUND_SUMMARY_CHARACTERS)),
                STR_ARGS(str_cut(json_get_str(payload, "source"), INBOUND_NAME_BYTES - 4)));
    alert->name = inbound_line(arena, summary, INBOUND_NAME_BYTES - 1);
    alert->severity =
        inbound_line(arena, json_get_str(payload, "severity"), INBOUND_SEVERITY_BYTES - 1);
    alert->summary = inbound_summary(arena, text_str(&text));
    alert->starts = inbound_time(json_get_str(payload, "timestamp"));
    alert->url = link_of(arena, root);
    alert->group = group.n > 0 ? group : alert->key;
}

bool read_pagerduty(struct arena *arena, const struct json *root, struct inbound_batch *batch,
                    struct inbound_said *said, struct err *err)
{
    const struct json *payload = json_get(root, "payload");
    struct str action = json_get_str(root, "event_action");
    struct str key = json_get_str(root, "dedup_key");
    bool trigger = str_is(action, "trigger");
    if (str_trim(json_get_str(root, "routing_key")).n == 0)
        return refuse(err, "routing_key");
    if (!trigger && !str_is(action, "acknowledge") && !str_is(action, "resolve"))
        return err_set(err, ERR_USAGE, NULL,
                       "'event_action' is invalid (must be one of the following: 'trigger', "
                       "'acknowledge' or 'resolve')");
    if (str_characters(key) > DEDUP_KEY_CHARACTERS)
        return err_set(err, ERR_USAGE, NULL, "'dedup_key' is longer than 255 characters");
    if (trigger && !check_payload(payload, err))
        return false;
    if (!trigger && str_trim(key).n == 0)
        return refuse(err, "dedup_key");
    said->routing_key = json_get_str(root, "routing_key");
    said->dedup_key = key.n > 0 ? str_copy(arena, key) : make_key(arena, payload);
    struct inbound_alert alert = {.change = trigger                     ? INBOUND_FIRES
                                            : str_is(action, "resolve") ? INBOUND_RESOLVES
                                                                        : INBOUND_IS_SEEN,
                                  .key = inbound_key(arena, said->dedup_key, STR(""))};
    if (trigger)
        fill(arena, root, payload, &alert);
    return inbound_add(arena, batch, &alert, err);
}

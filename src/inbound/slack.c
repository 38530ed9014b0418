/* slack.c - what Slack posts. */
#include "inbound/slack.h"

#include "base/json.h"

enum { PLACE_BYTES_MAX = 2048 };

static bool refuse(struct err *err, const char *what)
{
    return err_set(err, ERR_USAGE, "Slack", "This is not what Slack sends: %s.", what);
}

/* Ids are capital letters and digits: they stand in facts and addresses. */
static bool is_id(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!byte_is_digit(s.p[i]) && !(s.p[i] >= 'A' && s.p[i] <= 'Z'))
            return false;
    return s.n > 0 && s.n <= SLACK_ID_BYTES_MAX;
}

/* Ids of events have small letters, too: Ev08MFMKH6. */
static bool is_event_id(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!byte_is_alnum(s.p[i]))
            return false;
    return s.n > 0 && s.n <= SLACK_ID_BYTES_MAX;
}

static const struct json *read_object(struct arena *arena, struct str body)
{
    struct json *root = NULL;
    return json_parse(arena, body, &root, NULL) && root->type == JSON_OBJECT ? root : NULL;
}

/* --- a click --- */

static bool read_action(const struct json *root, int64_t *out_incident)
{
    const struct json *actions = json_get(root, "actions");
    const struct json *action = actions && actions->type == JSON_ARRAY ? actions->first : NULL;
    int64_t incident = 0;
    if (!action || !str_is(json_get_str(action, "action_id"), SLACK_ACKNOWLEDGE) ||
        !str_int(json_get_str(action, "value"), &incident) || incident < 1)
        return false;
    *out_incident = incident;
    return true;
}

bool slack_click_read(struct arena *arena, struct str payload, struct slack_click *out_click,
                      struct err *err)
{
    const struct json *root = read_object(arena, payload);
    struct slack_click click = {0};
    if (!root)
        return refuse(err, "its payload is no JSON object");
    if (!str_is(json_get_str(root, "type"), "block_actions"))
        return refuse(err, "its payload is of no click on a button");
    click.user = json_get_str(json_get(root, "user"), "id");
    if (!is_id(click.user))
        return refuse(err, "its payload names no member");
    if (!read_action(root, &click.incident))
        return refuse(err, "the button is none of Reeve's");
    click.response_url = json_get_str(root, "response_url");
    click.text = str_cut(json_get_str(json_get(root, "message"), "text"), SLACK_TEXT_BYTES_MAX);
    *out_click = click;
    return true;
}

/* --- events --- */

/* What programs write, and what is changed or told by Slack itself, is nobody's word. */
static bool is_by_person(const struct json *event)
{
    return json_get_str(event, "subtype").n == 0 && json_get_str(event, "bot_id").n == 0 &&
           !json_get(event, "bot_profile") && is_id(json_get_str(event, "user"));
}

static bool read_inner(struct arena *arena, const struct json *root, struct slack_event *event,
                       struct err *err)
{
    const struct json *inner = json_get(root, "event");
    event->id = json_get_str(root, "event_id");
    if (!is_event_id(event->id))
        return refuse(err, "the event has no event_id");
    if (!inner || inner->type != JSON_OBJECT || json_get_str(inner, "type").n == 0)
        return refuse(err, "event_callback has no event");
    event->kind = SLACK_OTHER;
    if (!str_is(json_get_str(inner, "type"), "message") || !is_by_person(inner))
        return true;
    event->channel = json_get_str(inner, "channel");
    event->user = json_get_str(inner, "user");
    event->ts = json_get_str(inner, "ts");
    if (!is_id(event->channel) || event->ts.n == 0 || event->ts.n > SLACK_ID_BYTES_MAX)
        return refuse(err, "the message has no channel or no ts");
    event->text = slack_plain(arena, str_cut(json_get_str(inner, "text"), SLACK_TEXT_BYTES_MAX));
    event->kind = SLACK_MESSAGE;
    return true;
}

bool slack_event_read(struct arena *arena, struct str body, struct slack_event *out_event,
                      struct err *err)
{
    const struct json *root = read_object(arena, body);
    struct slack_event event = {.kind = SLACK_OTHER};
    if (!root)
        return refuse(err, "it is no JSON object");
    struct str type = json_get_str(root, "type");
    if (str_is(type, "url_verification")) {
        event.kind = SLACK_CHALLENGE;
        event.challenge = json_get_str(root, "challenge");
        if (event.challenge.n == 0 || event.challenge.n > PLACE_BYTES_MAX)
            return refuse(err, "url_verification has no challenge");
    } else if (str_is(type, "event_callback")) {
        if (!read_inner(arena, root, &event, err))
            return false;
    } else if (type.n == 0) {
        return refuse(err, "it has no type");
    }
    *out_event = event;
    return true;
}

/* --- text --- */

static size_t add_entity(struct text *text, struct str rest)
{
    static const struct {
        const char *name;
        char byte;
    } rows[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!str_starts(rest, rows[i].name))
            continue;
        text_byte(text, rows[i].byte);
        return strlen(rows[i].name);
    }
    text_byte(text, '&');
    return 1;
}

/* Between < and >: an address, somebody, a channel, with or without words of its own. */
static void add_reference(struct text *text, struct str inside)
{
    size_t bar = str_find_byte(inside, '|', 0);
    struct str target = str_slice(inside, 0, bar);
    struct str words = str_from(inside, bar < inside.n ? bar + 1 : bar);
    bool channel = str_starts(target, "#");
    if (channel)
        text_byte(text, '#');
    struct str shown = channel && words.n > 0 ? words : channel ? str_from(target, 1) : target;
    for (size_t i = 0; i < shown.n;)
        if (shown.p[i] == '&')
            i += add_entity(text, str_from(shown, i));
        else
            text_byte(text, shown.p[i++]);
}

struct str slack_plain(struct arena *arena, struct str source)
{
    struct text text;
    text_init(&text, arena, source.n + 1);
    for (size_t i = 0; i < source.n;) {
        size_t end = source.p[i] == '<' ? str_find_byte(source, '>', i) : source.n;
        if (end < source.n) {
            add_reference(&text, str_slice(source, i + 1, end));
            i = end + 1;
        } else if (source.p[i] == '&') {
            i += add_entity(&text, str_from(source, i));
        } else {
            text_byte(&text, source.p[i++]);
        }
    }
    return text_str(&text);
}

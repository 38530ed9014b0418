/* way_chat.c - chats: Slack by its bot, Mattermost, Discord and Teams by incoming webhooks. */
#include "notify/slack_calls.h"
#include "notify/ways.h"

enum {
    SLACK_TEXT_BYTES = 3800,    /* longer ones are cut by Slack itself at 4,000 characters */
    SLACK_SECTION_BYTES = 2900, /* of 3,000 characters */
    MATTERMOST_TEXT_BYTES = 16000,
    DISCORD_TEXT_BYTES = 1900, /* of 2,000 characters */
    TEAMS_TEXT_BYTES = 20000,  /* of 28 kB for the whole card */
    BODY_BYTES = 256 * 1024
};

/* Title and text, escaped, in at most max_bytes: what escaping makes too long is cut further. */
static struct str marked_up(const struct way *way, size_t max_bytes,
                            void (*add)(struct text *, const struct way *, struct str))
{
    for (size_t room = max_bytes;; room = room * 3 / 4) {
        struct text text;
        text_init(&text, way->arena, BODY_BYTES);
        add(&text, way, way_text(way, room));
        if (text.n <= max_bytes || room < 100)
            return way_cut(way->arena, text_str(&text), max_bytes);
    }
}

static void add_slack_message(struct text *text, const struct way *way, struct str body)
{
    slack_escape(text, way->message->title);
    text_byte(text, '\n');
    slack_escape(text, body);
}

static void json_request(struct str url, const struct text *body, struct way_request *out_request)
{
    *out_request = (struct way_request){.method = STR("POST"),
                                        .url = url,
                                        .content_type = STR("application/json; charset=utf-8"),
                                        .body = text_str(body)};
}

static void add_section(struct json_writer *w, struct str text)
{
    json_open_object(w, NULL);
    json_str(w, "type", STR("section"));
    json_open_object(w, "text");
    json_str(w, "type", STR("mrkdwn"));
    json_str(w, "text", text);
    json_close_object(w);
    json_close_object(w);
}

/* The number of the one incident that the message is of; "": it is of none or of several. */
static struct str incident_of(const struct way_message *message)
{
    return str_starts(message->key, "incident-") ? str_from(message->key, strlen("incident-"))
                                                 : STR("");
}

/* The text again, for with blocks it is only what notifications show, and the button. */
static void add_button(struct json_writer *w, const struct way *way)
{
    json_open_array(w, "blocks");
    add_section(w, marked_up(way, SLACK_SECTION_BYTES, add_slack_message));
    json_open_object(w, NULL);
    json_str(w, "type", STR("actions"));
    json_open_array(w, "elements");
    json_open_object(w, NULL);
    json_str(w, "type", STR("button"));
    json_open_object(w, "text");
    json_str(w, "type", STR("plain_text"));
    json_str(w, "text", STR("Acknowledge"));
    json_close_object(w);
    json_str(w, "action_id", STR("reeve_acknowledge"));
    json_str(w, "value", incident_of(way->message));
    json_str(w, "style", STR("primary"));
    json_close_object(w);
    json_close_array(w);
    json_close_object(w);
    json_close_array(w);
}

bool slack_write(const struct way *way, struct way_request *out_request,
                 struct err *err __attribute__((unused)))
{
    const struct json *button = json_get(way->provider, "button");
    struct text body;
    struct json_writer w = {.text = &body};
    text_init(&body, way->arena, BODY_BYTES);
    json_open_object(&w, NULL);
    json_str(&w, "channel", way->message->to);
    json_str(&w, "text", marked_up(way, SLACK_TEXT_BYTES, add_slack_message));
    if (button && button->type == JSON_TRUE && incident_of(way->message).n > 0 &&
        !way->message->over)
        add_button(&w, way);
    json_bool(&w, "unfurl_links", false);
    json_bool(&w, "unfurl_media", false);
    json_close_object(&w);
    json_request(way_url(way, "/api/chat.postMessage"), &body, out_request);
    way_header(out_request, way->arena, "authorization",
               str_printf(way->arena, "Bearer %.*s", STR_ARGS(way->token)));
    return true;
}

/* With 200 Slack says no, too: {"ok":false,"error":"channel_not_found"}. */
enum order_outcome slack_judge(const struct way *way, const struct way_answer *answer,
                               struct str *out_why)
{
    static const char *const later[] = {"ratelimited", "rate_limited",        "internal_error",
                                        "fatal_error", "service_unavailable", "request_timeout"};
    const struct json *root = way_json(way->arena, answer->body);
    const struct json *ok = json_get(root, "ok");
    if (!root || !ok || (ok->type != JSON_TRUE && ok->type != JSON_FALSE)) {
        *out_why = STR("what it answered is no answer of Slack");
        return ORDER_DOUBTED;
    }
    if (ok->type == JSON_TRUE) {
        *out_why = json_get_str(root, "ts");
        return ORDER_DONE;
    }
    *out_why = json_get_str(root, "error");
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (str_is(*out_why, later[i]))
            return ORDER_FAILED;
    return ORDER_REFUSED;
}

/* In the place of the message that was clicked in: what it said, as Slack had it, and what came of
 * the click. */
bool slack_replace_write(const struct way *way, struct way_request *out_request,
                         struct err *err __attribute__((unused)))
{
    struct text body, text;
    struct json_writer w = {.text = &body};
    text_init(&body, way->arena, BODY_BYTES);
    text_init(&text, way->arena, BODY_BYTES);
    text_add(&text, way_cut(way->arena, way->message->text, SLACK_SECTION_BYTES - 400));
    text_adds(&text, text.n > 0 ? "\n\n*" : "*");
    slack_escape(&text, str_cut(way->message->title, 300));
    text_byte(&text, '*');
    json_open_object(&w, NULL);
    json_bool(&w, "replace_original", true);
    json_str(&w, "text", text_str(&text));
    json_open_array(&w, "blocks"); /* without the button */
    add_section(&w, text_str(&text));
    json_close_array(&w);
    json_close_object(&w);
    json_request(way->message->to, &body, out_request);
    return true;
}

/* Only who clicked reads it, and the message stays. */
bool slack_whisper_write(const struct way *way, struct way_request *out_request,
                         struct err *err __attribute__((unused)))
{
    struct text body, text;
    struct json_writer w = {.text = &body};
    text_init(&body, way->arena, BODY_BYTES);
    text_init(&text, way->arena, BODY_BYTES);
    slack_escape(&text, str_cut(way->message->title, SLACK_SECTION_BYTES));
    json_open_object(&w, NULL);
    json_str(&w, "response_type", STR("ephemeral"));
    json_bool(&w, "replace_original", false);
    json_str(&w, "text", text_str(&text));
    json_close_object(&w);
    json_request(way->message->to, &body, out_request);
    return true;
}

/* Addresses of answers say "ok", as text or as JSON. */
enum order_outcome slack_told_judge(const struct way *way, const struct way_answer *answer,
                                    struct str *out_why)
{
    return str_is(str_trim(answer->body), "ok") ? ORDER_DONE : slack_judge(way, answer, out_why);
}

/* Mattermost reads Markdown: what would format, link or call everybody is taken literally. */
static void add_markdown(struct text *text, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (memchr("\\`*_{}[]<>#|~", s.p[i], 13))
            text_byte(text, '\\');
        text_byte(text, s.p[i]);
        if (s.p[i] == '@') /* "@all" and "@here" are nobody's names so */
            text_adds(text, "\xe2\x80\x8b");
    }
}

/* Of addresses nothing is changed: a link must still open. */
static void add_markdown_message(struct text *text, const struct way *way, struct str body)
{
    struct str line;
    text_adds(text, "**");
    add_markdown(text, way->message->title);
    text_adds(text, "**\n");
    while (body.n > 0 && str_split(&body, '\n', &line)) {
        size_t at = str_find(line, "https://", 0);
        if (at == line.n)
            at = str_find(line, "http://", 0);
        add_markdown(text, str_slice(line, 0, at));
        text_add(text, str_from(line, at));
        text_byte(text, '\n');
    }
}

bool mattermost_write(const struct way *way, struct way_request *out_request,
                      struct err *err __attribute__((unused)))
{
    struct text body;
    struct json_writer w = {.text = &body};
    text_init(&body, way->arena, BODY_BYTES);
    json_open_object(&w, NULL);
    json_str(&w, "text", marked_up(way, MATTERMOST_TEXT_BYTES, add_markdown_message));
    json_str(&w, "username", STR("Reeve"));
    json_close_object(&w);
    json_request(way->message->to, &body, out_request);
    return true;
}

/* wait=true: the answer comes when the message is there. Nobody is called by what it says. */
bool discord_write(const struct way *way, struct way_request *out_request,
                   struct err *err __attribute__((unused)))
{
    struct str to = way->message->to;
    struct text body;
    struct json_writer w = {.text = &body};
    text_init(&body, way->arena, BODY_BYTES);
    json_open_object(&w, NULL);
    json_str(&w, "content", marked_up(way, DISCORD_TEXT_BYTES, add_markdown_message));
    json_open_object(&w, "allowed_mentions");
    json_open_array(&w, "parse");
    json_close_array(&w);
    json_close_object(&w);
    json_close_object(&w);
    bool asks = str_find_byte(to, '?', 0) < to.n;
    json_request(str_printf(way->arena, "%.*s%swait=true", STR_ARGS(to), asks ? "&" : "?"), &body,
                 out_request);
    return true;
}

static void add_block(struct json_writer *w, struct str text, bool strong)
{
    json_open_object(w, NULL);
    json_str(w, "type", STR("TextBlock"));
    json_str(w, "text", text);
    json_bool(w, "wrap", true);
    if (strong)
        json_str(w, "weight", STR("Bolder"));
    json_close_object(w);
}

/* An adaptive card, as workflows of Teams take it; 202 is all that they say. */
bool teams_write(const struct way *way, struct way_request *out_request,
                 struct err *err __attribute__((unused)))
{
    const struct way_message *message = way->message;
    struct text body;
    struct json_writer w = {.text = &body};
    text_init(&body, way->arena, BODY_BYTES);
    json_open_object(&w, NULL);
    json_str(&w, "type", STR("message"));
    json_open_array(&w, "attachments");
    json_open_object(&w, NULL);
    json_str(&w, "contentType", STR("application/vnd.microsoft.card.adaptive"));
    json_null(&w, "contentUrl");
    json_open_object(&w, "content");
    json_str(&w, "$schema", STR("http://adaptivecards.io/schemas/adaptive-card.json"));
    json_str(&w, "type", STR("AdaptiveCard"));
    json_str(&w, "version", STR("1.4"));
    json_open_array(&w, "body");
    add_block(&w, message->title, true);
    add_block(&w, way_text(way, TEAMS_TEXT_BYTES), false);
    json_close_array(&w);
    if (message->link.n > 0) {
        json_open_array(&w, "actions");
        json_open_object(&w, NULL);
        json_str(&w, "type", STR("Action.OpenUrl"));
        json_str(&w, "title", STR("Acknowledge"));
        json_str(&w, "url", message->link);
        json_close_object(&w);
        json_close_array(&w);
    }
    json_close_object(&w);
    json_close_object(&w);
    json_close_array(&w);
    json_close_object(&w);
    json_request(message->to, &body, out_request);
    return true;
}

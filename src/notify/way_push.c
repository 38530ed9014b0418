/* way_push.c - ntfy, Pushover and PagerDuty: a title, some lines, a link, and how grave it is. */
#include "notify/ways.h"

/* What they take, in bytes: ntfy makes an attachment of longer messages; Pushover and PagerDuty
 * refuse them. */
enum {
    NTFY_TEXT_BYTES = 4000,
    NTFY_TITLE_BYTES = 250,
    PUSHOVER_TEXT_BYTES = 1024,
    PUSHOVER_TITLE_BYTES = 250,
    PUSHOVER_URL_BYTES = 512,
    PAGERDUTY_SUMMARY_BYTES = 1024,
    PAGERDUTY_TEXT_BYTES = 100 * 1024,
    BODY_BYTES = 512 * 1024,
    RANK_LOUD = 2 /* ranks below it break through what people have muted */
};

/* ntfy's scale ends with 5; "min" is 1. */
static int64_t ntfy_priority(const struct way_message *message)
{
    if (message->over)
        return 3;
    return message->rank < 1 ? 5 : message->rank < 3 ? 5 - message->rank : 3;
}

/* docs.ntfy.sh/publish: JSON goes to the root of the server, the topic stands in it. */
bool ntfy_write(const struct way *way, struct way_request *out_request,
                struct err *err __attribute__((unused)))
{
    const struct way_message *message = way->message;
    struct text text;
    struct json_writer w = {.text = &text};
    text_init(&text, way->arena, BODY_BYTES);
    json_open_object(&w, NULL);
    json_str(&w, "topic", message->to);
    json_str(&w, "title", way_cut(way->arena, message->title, NTFY_TITLE_BYTES));
    json_str(&w, "message", way_text(way, NTFY_TEXT_BYTES));
    json_int(&w, "priority", ntfy_priority(message));
    json_open_array(&w, "tags");
    json_str(&w, NULL, message->over ? STR("white_check_mark") : STR("rotating_light"));
    json_close_array(&w);
    if (message->link.n > 0)
        json_str(&w, "click", message->link);
    json_close_object(&w);
    *out_request = (struct way_request){.method = STR("POST"),
                                        .url = way_url(way, "/"),
                                        .content_type = STR("application/json"),
                                        .body = text_str(&text)};
    if (way->token.n > 0)
        way_header(out_request, way->arena, "authorization",
                   str_printf(way->arena, "Bearer %.*s", STR_ARGS(way->token)));
    return true;
}

/* Priority 1 breaks through quiet hours; 2 would repeat by itself, which Reeve does. */
bool pushover_write(const struct way *way, struct way_request *out_request,
                    struct err *err __attribute__((unused)))
{
    const struct way_message *message = way->message;
    struct arena *arena = way->arena;
    struct text text;
    text_init(&text, arena, BODY_BYTES);
    way_form(&text, "token", way->token);
    way_form(&text, "user", message->to);
    way_form(&text, "title", way_cut(arena, message->title, PUSHOVER_TITLE_BYTES));
    way_form(&text, "message", way_text(way, PUSHOVER_TEXT_BYTES));
    way_form(&text, "priority", !message->over && message->rank < RANK_LOUD ? STR("1") : STR("0"));
    if (message->link.n > 0 && message->link.n <= PUSHOVER_URL_BYTES) {
        way_form(&text, "url", message->link);
        way_form(&text, "url_title", STR("Acknowledge"));
    }
    *out_request = (struct way_request){.method = STR("POST"),
                                        .url = way_url(way, "/1/messages.json"),
                                        .content_type = STR("application/x-www-form-urlencoded"),
                                        .body = text_str(&text)};
    return true;
}

enum order_outcome pushover_judge(const struct way *way, const struct way_answer *answer,
                                  struct str *out_why)
{
    const struct json *root = way_json(way->arena, answer->body);
    int64_t status = 0;
    if (!root) {
        *out_why = STR("what it answered is no answer of Pushover");
        return ORDER_DOUBTED;
    }
    if (json_get_int(root, "status", &status) && status == 1) {
        *out_why = json_get_str(root, "request");
        return ORDER_DONE;
    }
    *out_why = STR("it did not take the message");
    return ORDER_REFUSED;
}

static struct str severity_word(const struct way_message *message)
{
    static const char *const words[] = {"critical", "error", "warning"};
    return message->rank >= 0 && message->rank < 3 ? str_of(words[message->rank]) : STR("info");
}

static void write_payload(struct json_writer *w, const struct way *way)
{
    const struct way_message *message = way->message;
    json_str(w, "client", STR("Reeve"));
    json_open_object(w, "payload");
    json_str(w, "summary", way_cut(way->arena, message->title, PAGERDUTY_SUMMARY_BYTES));
    json_str(w, "source", STR("reeve"));
    json_str(w, "severity", severity_word(message));
    json_open_object(w, "custom_details");
    json_str(w, "text", way_text(way, PAGERDUTY_TEXT_BYTES));
    json_close_object(w);
    json_close_object(w);
    if (message->link.n == 0)
        return;
    json_open_array(w, "links");
    json_open_object(w, NULL);
    json_str(w, "href", message->link);
    json_str(w, "text", STR("Acknowledge"));
    json_close_object(w);
    json_close_array(w);
}

/* PagerDuty's events API v2: the person's key says whose service it is, and the alert of a page is
 * acknowledged and resolved by its own key. */
bool pagerduty_write(const struct way *way, struct way_request *out_request,
                     struct err *err __attribute__((unused)))
{
    const struct way_message *message = way->message;
    struct arena *arena = way->arena;
    struct text text;
    struct json_writer w = {.text = &text};
    text_init(&text, arena, BODY_BYTES);
    json_open_object(&w, NULL);
    json_str(&w, "routing_key", message->to);
    json_str(&w, "event_action", message->act.n > 0 ? message->act : STR("trigger"));
    json_str(&w, "dedup_key", str_printf(arena, "reeve-%.*s", STR_ARGS(message->key)));
    if (message->act.n == 0)
        write_payload(&w, way);
    json_close_object(&w);
    *out_request = (struct way_request){.method = STR("POST"),
                                        .url = way_url(way, "/v2/enqueue"),
                                        .content_type = STR("application/json"),
                                        .body = text_str(&text)};
    return true;
}

/* slack_posts.c - clicks on the button of a page in Slack: who signed them, whose they are, and
 * what the message says then. Slack waits for an answer for 3 seconds, and the message is changed
 * after it, by a worker. */
#include "inbound/signature.h"
#include "inbound/slack.h"
#include "main/config_people.h"
#include "main/page_order.h"
#include "main/reply_inside.h"
#include "os/clock.h"
#include "os/log.h"

enum { SAID_DEADLINE_MS = 10000 };

static bool check_signature(const struct incoming *reply)
{
    SECRET_SCOPED secret = {0};
    struct inbound_signed what = {
        .signing = SIGNED_SLACK, .body = reply->request->body, .now = clock_now()};
    if (!http_header_find(reply->request, "X-Slack-Signature", &what.signature))
        what.signature = STR("");
    if (!http_header_find(reply->request, "X-Slack-Request-Timestamp", &what.timestamp))
        what.timestamp = STR("");
    if (!reply_secret(reply, &reply->provider->signing_secret, &secret))
        return false;
    const char *problem = inbound_signature_problem(&what, secret_value_reveal(&secret));
    return !problem || reply_refuse(reply, 403, str_of(problem));
}

/* Slack takes the body as it is: a challenge without an end of line. */
static void answer(const struct incoming *reply, struct str body)
{
    struct http_reply exact = {
        .status = 200, .content_type = STR("text/plain; charset=utf-8"), .body = body};
    http_reply(reply->exchange, &exact);
}

/* Only where Slack has its answers taken, or the server that the provider names: an address that
 * somebody else chose is asked for nothing. */
static bool may_be_told(const struct incoming *reply, struct str url)
{
    struct str base = reply->provider->url;
    while (str_ends(base, "/"))
        base.n--;
    return str_starts(url, "https://hooks.slack.com/") ||
           (str_starts(url, str_copy(reply->arena, base).p) &&
            str_starts(str_from(url, base.n), "/"));
}

static void on_told(void *context, struct str order_id, const struct order_result *result)
{
    (void)context;
    if (result->outcome != ORDER_DONE)
        log_line(LOG_LEVEL_WARNING, order_id.p, "What was clicked in Slack was not changed: %.*s",
                 STR_ARGS(result->detail));
}

/* The click's facts are durable whether or not the message in Slack changes. */
static void tell(const struct incoming *reply, const struct slack_click *click, bool replaces,
                 struct str sentence)
{
    struct err err = {0};
    struct order order = {.id = str_printf(reply->arena, "reply-%lld", (long long)click->incident),
                          .deadline_ms = SAID_DEADLINE_MS};
    struct page_said said = {.to = click->response_url,
                             .sentence = sentence,
                             .message = replaces ? click->text : STR(""),
                             .replaces = replaces};
    struct worker_answer told = {.function = on_told, .context = reply->serve};
    answer(reply, STR(""));
    if (!may_be_told(reply, click->response_url)) {
        log_line(LOG_LEVEL_WARNING, order.id.p,
                 "What was clicked in Slack was not changed: its address is none of Slack's.");
        return;
    }
    page_order_said(reply->arena, reply->provider, &said, &order);
    if (!serve_start_order(reply->serve, &order, told, &err))
        log_err(LOG_LEVEL_WARNING, order.id.p, &err);
}

static struct str done_sentence(const struct incoming *reply, const struct config_person *person,
                                int64_t number)
{
    char at[INSTANT_TEXT_BYTES];
    instant_write(clock_now(), at);
    return str_printf(reply->arena,
                      "Incident %lld was acknowledged by %.*s at %.19sZ. The pages stop.",
                      (long long)number, STR_ARGS(person->name), at);
}

static void take_click(struct incoming *reply, const struct slack_click *click)
{
    struct err err = {0};
    const struct world *world = &reply->serve->app->world;
    struct reply_to to = {METHOD_SLACK, incident_goes_on_as(&world->incidents, click->incident)};
    const struct config_person *person = reply_person(reply, METHOD_SLACK, click->user);
    if (!person) {
        (void)!reply_refuse(reply, 403,
                            str_printf(reply->arena, "The member %.*s is nobody under people:.",
                                       STR_ARGS(click->user)));
        return;
    }
    if (!reply_was_told(world, person->name, METHOD_SLACK, to.number)) {
        tell(reply, click, false,
             str_printf(reply->arena,
                        "You were told of no incident %lld in Slack; nothing was acknowledged.",
                        (long long)click->incident));
        return;
    }
    if (reply_acknowledge(reply, person, &to, &err)) {
        tell(reply, click, true, done_sentence(reply, person, to.number));
        serve_turn(reply->serve);
    } else if (err.kind == ERR_SELF) {
        http_reply_text(reply->exchange, 503, str_of(err.text));
    } else {
        tell(reply, click, true, str_of(err.text));
    }
}

static void take_form(struct incoming *reply)
{
    struct slack_click click;
    struct str payload;
    struct err err = {0};
    if (!http_form_find(reply->arena, reply->request->body, "payload", &payload))
        http_reply_text(reply->exchange, 400,
                        STR("This is not what Slack sends: the form has no payload."));
    else if (!slack_click_read(reply->arena, payload, &click, &err))
        http_reply_text(reply->exchange, 400, str_of(err.text));
    else
        take_click(reply, &click);
}

/* The bot that makes the channels hears them; other applications' messages are nobody's here. */
static void take_message(struct incoming *reply, const struct slack_event *event)
{
    struct channel_heard heard = {.kind = CHANNEL_HEARD_SAID,
                                  .channel = event->channel,
                                  .who = event->user,
                                  .text = event->text,
                                  .id = event->id};
    if (config_channels_provider(&reply->serve->app->config) == reply->provider)
        serve_channels_said(reply->serve, &heard);
}

/* Slack sends again what was not taken, and the same may come twice: its id is kept (channel.h). */
static void take_event(struct incoming *reply)
{
    struct slack_event event;
    struct err err = {0};
    if (!slack_event_read(reply->arena, reply->request->body, &event, &err)) {
        http_reply_text(reply->exchange, 400, str_of(err.text));
        return;
    }
    if (event.kind == SLACK_MESSAGE && !reply->serve->app->engine.unwritable)
        take_message(reply, &event);
    if (event.kind == SLACK_MESSAGE && reply->serve->app->engine.unwritable)
        http_reply_text(reply->exchange, 503, STR("The ledger cannot be written."));
    else
        answer(reply, event.kind == SLACK_CHALLENGE ? event.challenge : STR(""));
}

void slack_posts_serve(struct incoming *reply)
{
    struct str type;
    if (!http_header_find(reply->request, "Content-Type", &type))
        type = STR("");
    if (!check_signature(reply))
        return;
    if (str_starts_nocase(type, "application/json"))
        take_event(reply);
    else if (str_starts_nocase(type, "application/x-www-form-urlencoded"))
        take_form(reply);
    else
        http_reply_text(reply->exchange, 415,
                        STR("This is not what Slack sends: it is neither a form nor JSON."));
}

/* reply_posts.c - who sends a short message back, whether they may, and what they are answered. */
#include "main/reply_posts.h"

#include "inbound/reply.h"
#include "main/callers.h"
#include "os/clock.h"
#include "os/log.h"

enum { ANSWER_BYTES = 2048, LISTED_MAX = 5 };

struct incoming {
    struct serve *serve;
    struct http_exchange *exchange;
    const struct http_request *request;
    struct arena *arena;
    const struct config_provider *provider;
    struct reply_post post;
};

static void answer_problem(const struct incoming *reply, int status, struct str sentence)
{
    http_reply_text(reply->exchange, status, sentence);
}

static bool refuse(const struct incoming *reply, int status, struct str sentence)
{
    struct refusal refusal = {.from = callers_from(reply->serve, reply->request, reply->arena),
                              .reason =
                                  str_printf(reply->arena, "a reply by %.*s: %.*s",
                                             STR_ARGS(reply->provider->name), STR_ARGS(sentence))};
    callers_refuse(reply->serve, &refusal);
    answer_problem(reply, status, sentence);
    return false;
}

/* What Twilio sends back to the person, as one short message. */
static void say(const struct incoming *reply, struct str sentence)
{
    struct text text;
    text_init(&text, reply->arena, ANSWER_BYTES);
    text_adds(&text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Message>");
    text_html(&text, sentence);
    text_adds(&text, "</Message></Response>");
    struct http_reply answer = {
        .status = 200, .content_type = STR("text/xml; charset=utf-8"), .body = text_str(&text)};
    http_reply(reply->exchange, &answer);
}

static bool read_fields(struct incoming *reply)
{
    const struct http_request *request = reply->request;
    struct reply_post *post = &reply->post;
    struct str rest = request->body;
    struct str name, value;
    post->fields = arena_array(reply->arena, REPLY_FIELDS_MAX, sizeof *post->fields);
    while (http_form_next(reply->arena, &rest, &name, &value)) {
        if (post->count == REPLY_FIELDS_MAX)
            return refuse(reply, 400, STR("The form has too many fields."));
        post->fields[post->count++] = (struct reply_field){name, value};
    }
    post->url = str_printf(reply->arena, "%.*s%.*s", STR_ARGS(reply->serve->app->config.public_url),
                           STR_ARGS(request->target));
    if (!http_header_find(request, "X-Twilio-Signature", &post->signature))
        post->signature = STR("");
    return true;
}

static bool check_signature(struct incoming *reply)
{
    SECRET_SCOPED secret = {0};
    struct err err = {0};
    if (!keeper_give(&reply->serve->keeper, reply->provider->token.name, &secret, &err)) {
        log_err(LOG_LEVEL_WARNING, "reply", &err);
        answer_problem(reply, 503, STR("The signature cannot be checked just now; send it again."));
        return false;
    }
    const char *problem =
        reply_signature_problem(reply->arena, &reply->post, secret_value_reveal(&secret));
    return !problem || refuse(reply, 403, str_of(problem));
}

static const struct config_person *find_person(const struct incoming *reply, struct str number)
{
    const struct config *config = &reply->serve->app->config;
    for (size_t i = 0; i < config->person_count; i++)
        if (number.n > 0 && str_equal(config->people[i].reach[METHOD_SMS], number))
            return &config->people[i];
    return NULL;
}

/* Was the person told of it by a short message? */
static bool was_told(const struct world *world, struct str person, int64_t number)
{
    const struct page *page;
    size_t at = 0;
    while ((page = page_next(&world->pages, &at)))
        if (page->incident == number && page->method == METHOD_SMS && page->tries > 0 &&
            str_is(person, page->person))
            return true;
    return false;
}

/* "ack" alone means the one open incident that the person was told of. 0: none, or several. */
static int64_t find_only(const struct incoming *reply, struct str person, struct str *out_words)
{
    const struct world *world = &reply->serve->app->world;
    int64_t found = 0;
    size_t count = 0;
    struct text text;
    text_init(&text, reply->arena, ANSWER_BYTES / 2);
    for (size_t i = 0; i < world->incidents.count; i++) {
        const struct incident *incident = world->incidents.items[i];
        if (incident->state != INCIDENT_OPEN || !was_told(world, person, incident->number))
            continue;
        found = incident->number;
        if (count++ < LISTED_MAX)
            text_printf(&text, " ack %lld (%s)", (long long)incident->number,
                        str_copy(reply->arena, str_cut(str_of(incident->title), 60)).p);
    }
    *out_words = count == 0
                     ? STR("No incident that you were told of is open.")
                     : str_printf(reply->arena, "Several are open; reply one of:%.*s%s",
                                  STR_ARGS(text_str(&text)), count > LISTED_MAX ? " and more" : "");
    return count == 1 ? found : 0;
}

static bool acknowledge(struct incoming *reply, const struct config_person *person, int64_t number,
                        struct err *err)
{
    struct world *world = &reply->serve->app->world;
    struct event_list events;
    event_list_init(&events, reply->arena);
    world->now = clock_now();
    struct incident_world view = world_incidents(world, reply->arena);
    struct caller caller = caller_of_link(reply->arena, person->name, number);
    struct incident_call call = {.actor = caller.actor, .via = STR("sms"), .number = number};
    return incident_acknowledge(&view, &call, &events, err) &&
           engine_append(&reply->serve->app->engine, &events, err);
}

static void take(struct incoming *reply, const struct config_person *person)
{
    struct str words;
    struct err err = {0};
    int64_t number = 0;
    if (!reply_read(str_cut(reply_field_find(&reply->post, "Body"), REPLY_BYTES_MAX), &number)) {
        say(reply, STR("Reeve understands: ack, or ack and the incident's number, like ack 12."));
        return;
    }
    if (number == 0 && (number = find_only(reply, person->name, &words)) == 0) {
        say(reply, words);
        return;
    }
    if (!was_told(&reply->serve->app->world, person->name, number)) {
        say(reply, str_printf(reply->arena, "You were told of no incident %lld by a short message.",
                              (long long)number));
        return;
    }
    if (!acknowledge(reply, person, number, &err)) {
        if (err.kind == ERR_SELF)
            answer_problem(reply, 503, str_of(err.text));
        else
            say(reply, str_of(err.text));
        return;
    }
    say(reply, str_printf(reply->arena, "Incident %lld is acknowledged. The pages stop.",
                          (long long)number));
    serve_turn(reply->serve);
}

static void serve_post(struct incoming *reply)
{
    if (!read_fields(reply) || !check_signature(reply))
        return;
    const struct config_person *person = find_person(reply, reply_field_find(&reply->post, "From"));
    if (!person)
        (void)!refuse(reply, 403, STR("The number is that of nobody under people:."));
    else
        take(reply, person);
}

bool reply_posts_serve(struct serve *serve, struct http_exchange *exchange,
                       const struct http_request *request)
{
    const struct config *config = &serve->app->config;
    struct incoming reply = {.serve = serve,
                             .exchange = exchange,
                             .request = request,
                             .arena = http_exchange_arena(exchange)};
    if (!str_starts(request->path, "/reply/") || config->public_url.n == 0)
        return false;
    struct str name = str_from(request->path, strlen("/reply/"));
    for (size_t i = 0; i < config->provider_count; i++)
        if (config->providers[i].replies && str_equal(config->providers[i].name, name))
            reply.provider = &config->providers[i];
    if (!reply.provider)
        return false;
    if (str_is(request->method, "POST"))
        serve_post(&reply);
    else
        answer_problem(&reply, 405, STR("Replies are sent here by POST."));
    return true;
}

/* reply_posts.c - who sends a reply, whether they may, and what a short message is answered. */
#include "main/reply_posts.h"

#include "main/callers.h"
#include "main/reply_inside.h"
#include "os/clock.h"
#include "os/log.h"

enum { ANSWER_BYTES = 2048, LISTED_MAX = 5 };

static void answer_problem(const struct incoming *reply, int status, struct str sentence)
{
    http_reply_text(reply->exchange, status, sentence);
}

bool reply_refuse(const struct incoming *reply, int status, struct str sentence)
{
    struct refusal refusal = {.from = callers_from(reply->serve, reply->request, reply->arena),
                              .reason =
                                  str_printf(reply->arena, "a reply by %.*s: %.*s",
                                             STR_ARGS(reply->provider->name), STR_ARGS(sentence))};
    callers_refuse(reply->serve, &refusal);
    answer_problem(reply, status, sentence);
    return false;
}

bool reply_secret(const struct incoming *reply, const struct config_secret *secret,
                  struct secret_value *out_value)
{
    struct err err = {0};
    if (keeper_give(&reply->serve->keeper, secret->name, out_value, &err))
        return true;
    log_err(LOG_LEVEL_WARNING, "reply", &err);
    answer_problem(reply, 503, STR("The signature cannot be checked just now; send it again."));
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
            return reply_refuse(reply, 400, STR("The form has too many fields."));
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
    if (!reply_secret(reply, &reply->provider->token, &secret))
        return false;
    const char *problem =
        reply_signature_problem(reply->arena, &reply->post, secret_value_reveal(&secret));
    return !problem || reply_refuse(reply, 403, str_of(problem));
}

const struct config_person *reply_person(const struct incoming *reply, enum method method,
                                         struct str address)
{
    const struct config *config = &reply->serve->app->config;
    for (size_t i = 0; i < config->person_count; i++)
        if (address.n > 0 && str_equal(config->people[i].reach[method], address))
            return &config->people[i];
    return NULL;
}

bool reply_was_told(const struct world *world, struct str person, enum method method,
                    int64_t number)
{
    const struct page *page;
    size_t at = 0;
    while ((page = page_next(&world->pages, &at)))
        if (page->method == method && page->tries > 0 && str_is(person, page->person) &&
            (page->incident == number ||
             incident_goes_on_as(&world->incidents, page->incident) == number))
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
        if (incident->state != INCIDENT_OPEN ||
            !reply_was_told(world, person, METHOD_SMS, incident->number))
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

bool reply_acknowledge(const struct incoming *reply, const struct config_person *person,
                       const struct reply_to *to, struct err *err)
{
    struct world *world = &reply->serve->app->world;
    struct event_list events;
    event_list_init(&events, reply->arena);
    world->now = clock_now();
    const struct incident *incident = incident_find(&world->incidents, to->number);
    if (!incident || incident->state == INCIDENT_RESOLVED)
        return err_set(err, ERR_REFUSED, NULL,
                       "Incident %lld is resolved; there is nothing to acknowledge.",
                       (long long)to->number);
    struct incident_world view = world_incidents(world, reply->arena);
    struct caller caller = caller_of_link(reply->arena, person->name, to->number);
    struct incident_call call = {
        .actor = caller.actor, .via = str_of(method_name(to->method)), .number = to->number};
    return incident_acknowledge(&view, &call, &events, err) &&
           engine_append(&reply->serve->app->engine, &events, err);
}

/* Of several people with this number: who was told of the incident last. 0: of any that is open. */
static const struct config_person *person_told(const struct incoming *reply, struct str address,
                                               int64_t number)
{
    const struct config *config = &reply->serve->app->config;
    const struct world *world = &reply->serve->app->world;
    const struct config_person *found = reply_person(reply, METHOD_SMS, address);
    struct instant last = {0};
    for (size_t i = 0; i < config->person_count; i++) {
        const struct config_person *person = &config->people[i];
        const struct page *page;
        size_t at = 0;
        if (!str_equal(person->reach[METHOD_SMS], address))
            continue;
        while ((page = page_next(&world->pages, &at))) {
            int64_t goes_on = incident_goes_on_as(&world->incidents, page->incident);
            const struct incident *incident = incident_find(&world->incidents, goes_on);
            bool meant = number ? goes_on == number : incident && incident->state == INCIDENT_OPEN;
            if (!meant || page->method != METHOD_SMS || page->tries == 0 ||
                !str_is(person->name, page->person) || instant_before(page->requested, last))
                continue;
            last = page->requested;
            found = person;
        }
    }
    return found;
}

static void take(struct incoming *reply, const struct config_person *person)
{
    struct str words;
    struct err err = {0};
    int64_t number = 0;
    if (!reply_read(str_cut(reply_field_find(&reply->post, "Body"), REPLY_BYTES_MAX), &number)) {
        say(reply, STR("Reeve understands: ack, or ack and the incident's number, like ack 12; one "
                       "incident each time."));
        return;
    }
    struct str from = reply_field_find(&reply->post, "From");
    person = person_told(reply, from, 0);
    if (number == 0 && (number = find_only(reply, person->name, &words)) == 0) {
        say(reply, words);
        return;
    }
    int64_t asked = number;
    number = incident_goes_on_as(&reply->serve->app->world.incidents, asked);
    person = person_told(reply, from, number);
    if (!reply_was_told(&reply->serve->app->world, person->name, METHOD_SMS, number)) {
        say(reply, str_printf(reply->arena, "You were told of no incident %lld by a short message.",
                              (long long)asked));
        return;
    }
    struct reply_to to = {METHOD_SMS, number};
    if (!reply_acknowledge(reply, person, &to, &err)) {
        if (err.kind == ERR_SELF)
            answer_problem(reply, 503, str_of(err.text));
        else
            say(reply, str_of(err.text));
        return;
    }
    struct str merged = asked == number ? STR("")
                                        : str_printf(reply->arena, ", into which %lld was merged,",
                                                     (long long)asked);
    say(reply, str_printf(reply->arena, "Incident %lld%.*s is acknowledged. The pages stop.",
                          (long long)number, STR_ARGS(merged)));
    serve_turn(reply->serve);
}

static void serve_post(struct incoming *reply)
{
    if (!read_fields(reply) || !check_signature(reply))
        return;
    const struct config_person *person =
        reply_person(reply, METHOD_SMS, reply_field_find(&reply->post, "From"));
    if (!person)
        (void)!reply_refuse(reply, 403, STR("The number is that of nobody under people:."));
    else
        take(reply, person);
}

/* Whoever sends it is told no more than that: the fact has the rest. */
static bool is_off(const struct incoming *reply)
{
    const struct switches *switches = &reply->serve->app->world.switches;
    return switch_find(switches, SWITCH_REPLIES, reply->provider->name) ||
           switch_find(switches, SWITCH_PROVIDER, reply->provider->name);
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
    if (!str_is(request->method, "POST"))
        answer_problem(&reply, 405, STR("Replies are sent here by POST."));
    else if (is_off(&reply))
        (void)!reply_refuse(&reply, 403, STR("Replies are switched off."));
    else if (str_is(reply.provider->kind, "slack"))
        slack_posts_serve(&reply);
    else
        serve_post(&reply);
    return true;
}

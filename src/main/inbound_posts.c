/* inbound_posts.c - who posts alerts, whether it may, and what it is answered. */
#include "main/inbound_posts.h"

#include "access/credentials.h"
#include "collect/receive_token.h"
#include "main/callers.h"
#include "os/clock.h"
#include "os/log.h"

#include <limits.h>
#include <stdlib.h>

enum { RETRY_AFTER_S = 30, ANSWER_BYTES = 4096 };

struct post {
    struct serve *serve;
    struct http_exchange *exchange;
    const struct http_request *request;
    struct arena *arena;
    const struct config_inbound *sender; /* NULL: not known yet */
    bool is_pagerduty;
    struct inbound_batch batch;
    struct inbound_said said;
};

/* Errors as the protocol has them, or as one sentence. */
static void answer_problem(const struct post *post, int status, struct str sentence)
{
    static const struct http_header retry = {{"Retry-After", 11}, {"30", 2}};
    static const struct http_header wants = {{"WWW-Authenticate", 16}, {"Bearer", 6}};
    struct text text;
    struct http_reply reply = {.status = status,
                               .content_type = STR("text/plain; charset=utf-8"),
                               .body = str_printf(post->arena, "%.*s\n", STR_ARGS(sentence)),
                               .headers = status == 401 ? &wants : &retry,
                               .header_count = status == 503 || status == 429 || status == 401};
    if (post->is_pagerduty) {
        text_init(&text, post->arena, ANSWER_BYTES);
        struct json_writer w = {.text = &text};
        json_open_object(&w, NULL);
        json_str(&w, "status",
                 status == 429   ? STR("throttle exceeded")
                 : status >= 500 ? STR("error")
                                 : STR("invalid event"));
        json_str(&w, "message",
                 status == 429   ? STR("Requests for this service are arriving too quickly")
                 : status >= 500 ? STR("The event cannot be taken now")
                                 : STR("Event object is invalid"));
        json_open_array(&w, "errors");
        json_str(&w, NULL, sentence);
        json_close_array(&w);
        json_close_object(&w);
        reply.content_type = STR("application/json");
        reply.body = text_str(&text);
    }
    http_reply(post->exchange, &reply);
}

/* Refuses and says so to people too; many of one minute are one fact. */
static bool refuse(const struct post *post, int status, struct str sentence)
{
    struct str name = post->sender ? post->sender->name : STR("an unknown sender");
    struct refusal refusal = {.from = callers_from(post->serve, post->request, post->arena),
                              .reason = str_printf(post->arena, "alerts of %.*s: %.*s",
                                                   STR_ARGS(name), STR_ARGS(sentence))};
    callers_refuse(post->serve, &refusal);
    answer_problem(post, status, sentence);
    return false;
}

/* By the digest alone, which the keeper has told. */
static bool is_token(const struct config_inbound *sender, const struct hash *digest)
{
    struct hash wanted;
    return hash_parse_hex(sender->token_digest, &wanted) && hash_equal(&wanted, digest);
}

static bool check_token(const struct post *post)
{
    struct receive_token token = receive_token_of(post->request);
    if (post->sender->token.name.n == 0)
        return true;
    if (post->sender->token_digest.n == 0) {
        answer_problem(post, 503, STR("The token cannot be checked just now; send it again."));
        return false;
    }
    if (!token.is_given || token.is_empty)
        return refuse(post, 401,
                      str_printf(post->arena,
                                 "Say who you are: Authorization: Bearer TOKEN, or the token as "
                                 "the password of Basic, as token: of the sender %.*s in "
                                 "reeve.yaml says it.",
                                 STR_ARGS(post->sender->name)));
    return is_token(post->sender, &token.digest) ||
           refuse(post, 401,
                  str_printf(post->arena,
                             "That is not the token of this sender; compare it with token: of the "
                             "sender %.*s in reeve.yaml, which is read when Reeve starts.",
                             STR_ARGS(post->sender->name)));
}

static bool check_signature(const struct post *post)
{
    const struct config_inbound *sender = post->sender;
    bool slack = sender->signing == SIGNED_SLACK;
    struct inbound_signed what = {.signing = sender->signing,
                                  .body = post->request->body,
                                  .signature = STR(""),
                                  .timestamp = STR(""),
                                  .has_time = sender->timestamp_header.n > 0,
                                  .now = clock_now()};
    const char *timestamp = slack ? "X-Slack-Request-Timestamp" : sender->timestamp_header.p;
    SECRET_SCOPED secret = {0};
    struct err err = {0};
    if (sender->secret.name.n == 0)
        return true;
    const char *header = slack ? "X-Slack-Signature" : "X-Grafana-Alerting-Signature";
    if (!http_header_find(post->request, header, &what.signature))
        return refuse(post, 401,
                      str_printf(post->arena,
                                 "The body is not signed: the header %s is missing; let its sender "
                                 "sign it with secret: of the sender %.*s in reeve.yaml.",
                                 header, STR_ARGS(post->sender->name)));
    if ((slack || what.has_time) && !http_header_find(post->request, timestamp, &what.timestamp))
        what.timestamp = STR("");
    if (!keeper_give(&post->serve->keeper, sender->secret.name, &secret, &err)) {
        log_err(LOG_LEVEL_WARNING, "inbound", &err);
        answer_problem(post, 503, STR("The signature cannot be checked just now; send it again."));
        return false;
    }
    const char *problem = inbound_signature_problem(&what, secret_value_reveal(&secret));
    return !problem || refuse(post, 401, str_of(problem));
}

/* In binary mode the attributes are headers: quoted ones first without their quotes, then decoded.
 */
static struct str attribute(const struct post *post, const char *name)
{
    struct str value;
    struct str decoded;
    struct text text;
    if (!http_header_find(post->request, name, &value))
        return STR("");
    value = str_trim(value);
    if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"') {
        text_init(&text, post->arena, value.n);
        for (size_t i = 1; i + 1 < value.n; i++) {
            if (value.p[i] == '\\' && i + 2 < value.n)
                i++;
            text_byte(&text, value.p[i]);
        }
        value = text_str(&text);
    }
    return http_decode(post->arena, value, false, &decoded) && str_utf8_valid(decoded, NULL)
               ? decoded
               : STR("");
}

/* The sender of PagerDuty's events whose routing key was read. False: it cannot be told now; with
 * *out_sender NULL else: it is nobody's. any: of all senders, not only of the post's. */
static bool find_keyed(const struct post *post, bool any, const struct config_inbound **out_sender)
{
    const struct config *config = &post->serve->app->config;
    struct hash digest = hash_of(post->said.routing_key);
    *out_sender = NULL;
    for (size_t i = 0; i < config->inbound_count; i++) {
        const struct config_inbound *sender = &config->inbounds[i];
        if (sender->form != INBOUND_PAGERDUTY || (!any && sender != post->sender))
            continue;
        if (sender->token_digest.n == 0)
            return false;
        if (is_token(sender, &digest)) {
            *out_sender = sender;
            return true;
        }
    }
    return true;
}

static bool read_body(struct post *post)
{
    struct err err = {0};
    struct inbound_body body = {.form = post->is_pagerduty ? INBOUND_PAGERDUTY : post->sender->form,
                                .content_type = STR(""),
                                .text = post->request->body,
                                .attributes = {.id = attribute(post, "ce-id"),
                                               .source = attribute(post, "ce-source"),
                                               .type = attribute(post, "ce-type"),
                                               .specversion = attribute(post, "ce-specversion"),
                                               .subject = attribute(post, "ce-subject"),
                                               .time = attribute(post, "ce-time")}};
    if (!http_header_find(post->request, "Content-Type", &body.content_type))
        body.content_type = STR("");
    struct str packing = STR("");
    if (http_header_find(post->request, "Content-Encoding", &packing) &&
        !str_is_nocase(str_trim(packing), "identity"))
        return refuse(post, post->is_pagerduty ? 400 : 415,
                      str_printf(post->arena,
                                 "The Content-Encoding is \"%.*s\"; alerts are read unpacked: "
                                 "switch compression off at the sender.",
                                 STR_ARGS(str_cut(packing, 40))));
    if (!inbound_type_fits(&body, &err))
        return refuse(post, post->is_pagerduty ? 400 : 415, str_of(err.text));
    if (inbound_read(post->arena, &body, &post->batch, &post->said, &err))
        return true;
    /* Whose event it was is said where its key tells. */
    post->said.routing_key = inbound_routing_key(post->arena, &body);
    if (!post->sender && post->said.routing_key.n > 0)
        (void)!find_keyed(post, true, &post->sender);
    return refuse(post, err.kind == ERR_REFUSED ? 413 : 400, str_of(err.text));
}

static bool find_by_key(struct post *post, bool any)
{
    const struct config_inbound *sender = NULL;
    if (!find_keyed(post, any, &sender)) {
        answer_problem(post, 503, STR("The key cannot be checked just now; send it again."));
        return false;
    }
    if (sender)
        post->sender = sender;
    return sender ||
           refuse(post, 400,
                  STR("'routing_key' is of no sender that is known here; it is token: of a sender "
                      "with alerts: pagerduty in reeve.yaml"));
}

static void answer_taken(const struct post *post, const struct inbound_taken *taken)
{
    struct text text;
    text_init(&text, post->arena, ANSWER_BYTES);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    if (post->is_pagerduty) {
        json_str(&w, "status", STR("success"));
        json_str(&w, "message", STR("Event processed"));
        json_str(&w, "dedup_key", post->said.dedup_key);
    } else {
        json_int(&w, "fired", (int64_t)taken->fired);
        json_int(&w, "resolved", (int64_t)taken->resolved);
        json_int(&w, "repeated", (int64_t)taken->repeated);
        json_int(&w, "unknown", (int64_t)taken->unknown);
    }
    json_close_object(&w);
    struct http_reply reply = {.status = post->is_pagerduty ? 202 : 200,
                               .content_type = STR("application/json"),
                               .body = text_str(&text)};
    http_reply(post->exchange, &reply);
}

/* Alertmanager gives up on 429 and tries 503 again; so does Grafana, which is built on it. */
static int status_when_full(enum inbound_form form)
{
    return form == INBOUND_ALERTMANAGER || form == INBOUND_GRAFANA ? 503 : 429;
}

static int rank_of(const struct post *post, struct str opens)
{
    const struct severity_plan *plan = &post->serve->app->world.plan;
    return opens.n > 0 ? severity_of_alert(plan, opens)->rank : INT_MAX;
}

/* As the runbook in force ranks what the configuration says. */
static struct inbound_sender sender_of(const struct post *post)
{
    const struct config_inbound *from = post->sender;
    struct inbound_opens *by = arena_array(post->arena, from->by_count, sizeof *by);
    for (size_t i = 0; i < from->by_count; i++)
        by[i] = (struct inbound_opens){.says = from->by[i].says,
                                       .opens = from->by[i].opens,
                                       .rank = rank_of(post, from->by[i].opens)};
    return (struct inbound_sender){.name = from->name,
                                   .opens = from->opens,
                                   .by = by,
                                   .by_count = from->by_count,
                                   .rank = rank_of(post, from->opens)};
}

static void take(struct post *post)
{
    struct serve *serve = post->serve;
    struct inbounds *inbounds = &serve->app->world.inbounds;
    struct event_list events;
    struct inbound_taken taken;
    if (!post->sender)
        abort(); /* what nobody sent was refused */
    struct inbound_post what = {.sender = sender_of(post),
                                .batch = post->batch,
                                .silences = &serve->app->world.alerts.silences,
                                .now = clock_now()};
    event_list_init(&events, post->arena);
    inbound_take(inbounds, &what, &events, &taken);
    if (!serve_record(serve, &events)) {
        answer_problem(post, 503, STR("The ledger cannot be written; send it again."));
        return;
    }
    inbound_hear(inbounds, &what);
    if (taken.full > 0) {
        struct str sentence = str_printf(
            post->arena,
            "%zu alerts are not taken, because too many are open (at most %d of one sender, %d of "
            "all, and %d groups that open incidents)",
            taken.full, LIMIT_INBOUND_EACH, LIMIT_INBOUND_OPEN, LIMIT_INBOUND_GROUPS);
        (void)!refuse(post, status_when_full(post->sender->form), sentence);
        return;
    }
    answer_taken(post, &taken);
}

static const struct config_inbound *find_sender(const struct config *config, struct str name)
{
    for (size_t i = 0; i < config->inbound_count; i++)
        if (str_equal(config->inbounds[i].name, name))
            return &config->inbounds[i];
    return NULL;
}

/* Refused, when it is switched off. */
static bool is_off(const struct post *post)
{
    const struct switches *switches = &post->serve->app->world.switches;
    return switch_find(switches, SWITCH_SENDER, post->sender->name) &&
           !refuse(post, 403, STR("This sender is switched off."));
}

static void serve_post(struct post *post, bool by_key)
{
    const struct config *config = &post->serve->app->config;
    if (!by_key)
        post->sender = find_sender(config, str_from(post->request->path, strlen("/in/")));
    if (!by_key && !post->sender) {
        (void)!refuse(post, 404, STR("No sender of alerts has this name in reeve.yaml."));
        return;
    }
    post->is_pagerduty = by_key || post->sender->form == INBOUND_PAGERDUTY;
    if (post->sender && is_off(post))
        return;
    bool known = post->is_pagerduty || (check_token(post) && check_signature(post));
    if (!known || !read_body(post) || (post->is_pagerduty && !find_by_key(post, by_key)))
        return;
    if (by_key && is_off(post))
        return;
    take(post);
}

bool inbound_posts_serve(struct serve *serve, struct http_exchange *exchange,
                         const struct http_request *request)
{
    bool by_key = str_is(request->path, "/v2/enqueue");
    struct post post = {.serve = serve,
                        .exchange = exchange,
                        .request = request,
                        .arena = http_exchange_arena(exchange),
                        .is_pagerduty = by_key};
    if ((!by_key && !str_starts(request->path, "/in/")) || serve->app->config.inbound_count == 0)
        return false;
    if (str_is(request->method, "POST"))
        serve_post(&post, by_key);
    else
        http_reply_text(exchange, 405, STR("Alerts are sent here by POST."));
    return true;
}

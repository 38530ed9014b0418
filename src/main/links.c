/* links.c - messages with acknowledge links, the page behind a link, and timelines. */
#include "main/links.h"

#include "action/perform.h"
#include "face/page.h"
#include "main/config_people.h"
#include "main/pages.h"
#include "os/clock.h"
#include "os/log.h"
#include "people/follow_up_notice.h"
#include "people/gap_notice.h"
#include "people/handover_notice.h"
#include "people/message.h"
#include "people/silence_notice.h"

enum { WEBHOOK_BYTES_MAX = 4096 };

/* "" when there is no public_url, it is a test, or the keeper does not answer. */
static struct str ack_url(struct serve *serve, struct arena *arena, const struct page *page,
                          struct instant now)
{
    struct str public_url = serve->app->config.public_url;
    unsigned char mac[KEEPER_MAC_BYTES];
    struct err err = {0};
    if (public_url.n == 0 || page->incident == 0 || serve->keeper.fd < 0)
        return STR("");
    struct link link = {.page = str_of(page->id),
                        .person = str_of(page->person),
                        .incident = page->incident,
                        .expires = instant_add_ms(now, LINK_LIFE_MS)};
    struct str payload = link_payload_write(arena, &link);
    if (!keeper_mac(&serve->keeper, STR("acknowledge-link"), payload, mac, &err)) {
        log_err(LOG_LEVEL_WARNING, "keeper", &err);
        return STR("");
    }
    struct str token =
        link_token_write(arena, payload, (struct str){(const char *)mac, KEEPER_MAC_BYTES});
    return str_printf(arena, "%.*s/ack/%.*s", STR_ARGS(public_url), STR_ARGS(token));
}

static struct str page_url(const struct serve *serve, struct arena *arena, const struct page *page)
{
    struct str public_url = serve->app->config.public_url;
    if (public_url.n == 0 || page->incident == 0)
        return STR("");
    return str_printf(arena, "%.*s/incidents/%lld", STR_ARGS(public_url),
                      (long long)page->incident);
}

static const struct rule *find_rule(const struct world *world, const char *id, size_t *out_index)
{
    for (size_t i = 0; i < world->rules.count; i++) {
        if (!str_is(world->rules.items[i].id, id))
            continue;
        *out_index = i;
        return &world->rules.items[i];
    }
    return NULL;
}

/* Is what people send back not taken just now? */
static bool is_off(const struct world *world, struct str provider)
{
    return switch_find(&world->switches, SWITCH_REPLIES, provider) ||
           switch_find(&world->switches, SWITCH_PROVIDER, provider);
}

static struct message_facts facts_of(struct serve *serve, struct arena *arena,
                                     const struct page *page, struct instant now)
{
    struct world *world = &serve->app->world;
    struct message_facts facts = {.page = page,
                                  .incident = incident_find(&world->incidents, page->incident),
                                  .plan = &world->plan,
                                  .ack_url = ack_url(serve, arena, page, now),
                                  .page_url = page_url(serve, arena, page),
                                  .checkpoint = serve->note,
                                  .now = now};
    for (size_t i = 0; i < serve->app->config.provider_count; i++) {
        const struct config_provider *provider = &serve->app->config.providers[i];
        facts.replies = facts.replies || (provider->replies && !is_off(world, provider->name) &&
                                          config_kind_carries(provider->kind, METHOD_SMS));
    }
    size_t index = 0;
    const struct rule *rule =
        facts.incident ? find_rule(world, facts.incident->rule, &index) : NULL;
    if (rule)
        facts.rule_text = rule->title;
    if (rule && world->evaluations && world->evaluations[index].truth != TRUTH_UNKNOWN)
        facts.value_text = world->evaluations[index].value_text;
    if (facts.incident)
        facts.said = view_said_lines(world, arena, facts.incident);
    return facts;
}

static struct str message_id_of(struct arena *arena, const struct page *page)
{
    return str_printf(arena, "<%s.%lld@reeve>", page->id, (long long)(page->requested.us / 1000));
}

static struct message single_message(struct arena *arena, const struct message_facts *facts)
{
    const struct incident *incident = facts->incident;
    struct message message = {.message_id = message_id_of(arena, facts->page),
                              .subject = message_subject(arena, facts),
                              .link = facts->ack_url,
                              .rank = SEVERITY_QUIET_RANK};
    message.key = str_printf(arena, "test-%s", facts->page->person);
    for (int shape = 0; shape <= SHAPE_SPOKEN; shape++)
        message.shaped[shape] = message_shaped(arena, facts, (enum message_shape)shape);
    if (!incident)
        return message;
    message.key = str_printf(arena, "incident-%lld", (long long)incident->number);
    message.rank = severity_get(facts->plan, str_of(incident->severity))->rank;
    message.over = incident->state == INCIDENT_MITIGATED;
    return message;
}

/* With other pages it is another message, also when the same page leads it: who knows it by its id
 * must not take it for one that has come already. */
static struct str bundle_id_of(struct arena *arena, const struct message_bundle *bundle)
{
    struct str *ids = arena_array(arena, bundle->count, sizeof *ids);
    char hex[HASH_HEX_BYTES];
    for (size_t i = 0; i < bundle->count; i++)
        ids[i] = str_of(bundle->items[i].page->id);
    struct hash hash = hash_of_list(ids, bundle->count);
    hash_hex(&hash, hex);
    return str_printf(arena, "<%s.%zu.%.12s@reeve>", bundle->items[0].page->id, bundle->count, hex);
}

static struct message bundle_message(struct arena *arena, const struct message_bundle *bundle)
{
    const struct page *lead = bundle->items[0].page;
    struct message message = {.message_id = bundle_id_of(arena, bundle),
                              .subject = message_bundle_subject(arena, bundle),
                              .key = str_printf(arena, "pages-%s", lead->id),
                              .rank = INT32_MAX,
                              .over = true};
    for (int shape = 0; shape <= SHAPE_SPOKEN; shape++)
        message.shaped[shape] = message_bundle_shaped(arena, bundle, (enum message_shape)shape);
    for (size_t i = 0; i < bundle->count; i++) {
        const struct message_facts *facts = &bundle->items[i];
        int rank = severity_get(facts->plan, str_of(facts->incident->severity))->rank;
        message.over = message.over && facts->incident->state == INCIDENT_MITIGATED;
        if (rank < message.rank) {
            message.rank = rank;
            message.link = facts->ack_url;
        }
    }
    return message;
}

struct message links_page_message(struct serve *serve, struct arena *arena,
                                  const struct bundle *bundle, struct instant now)
{
    struct message_facts *facts = arena_array(arena, bundle->count, sizeof *facts);
    struct message_bundle together = {facts, 0};
    serve_checkpoint(serve, now, true);
    for (size_t i = 0; i < bundle->count; i++) {
        facts[together.count] = facts_of(serve, arena, bundle->pages[i], now);
        /* In company of others only what there is something to say of. */
        together.count += bundle->count == 1 || facts[together.count].incident != NULL;
    }
    return together.count > 1 ? bundle_message(arena, &together) : single_message(arena, facts);
}

/* What has no short form of its own: a title says enough. */
static struct message told(struct str subject, struct str text, struct str json)
{
    return (struct message){.subject = subject,
                            .shaped = {[SHAPE_MAIL] = text,
                                       [SHAPE_JSON] = json,
                                       [SHAPE_NOTE] = text,
                                       [SHAPE_BRIEF] = subject,
                                       [SHAPE_SPOKEN] = subject}};
}

struct message links_follow_up_message(struct serve *serve, struct arena *arena,
                                       const struct page *page, struct instant now)
{
    serve_checkpoint(serve, now, true);
    struct follow_up_notice notice = {.page = page,
                                      .incidents = &serve->app->world.incidents,
                                      .public_url = serve->app->config.public_url,
                                      .checkpoint = serve->note,
                                      .now = now};
    struct message message =
        told(follow_up_notice_subject(arena, &notice), follow_up_notice_text(arena, &notice),
             follow_up_notice_json(arena, &notice));
    message.message_id = message_id_of(arena, page);
    message.key = str_printf(arena, "follow-up-%lld", (long long)page->follow_up);
    message.rank = SEVERITY_QUIET_RANK;
    return message;
}

struct message links_gap_message(struct serve *serve, struct arena *arena, const struct page *page,
                                 struct instant now)
{
    serve_checkpoint(serve, now, true);
    struct gap_notice notice = {.page = page,
                                .gaps = &serve->app->world.gaps,
                                .oncall = &serve->app->world.oncall,
                                .public_url = serve->app->config.public_url,
                                .checkpoint = serve->note,
                                .now = now};
    struct message message = told(gap_notice_subject(arena, &notice),
                                  gap_notice_text(arena, &notice), gap_notice_json(arena, &notice));
    message.message_id = message_id_of(arena, page);
    message.key = str_printf(arena, "gap-%lld", (long long)page->gap);
    message.rank = SEVERITY_QUIET_RANK;
    return message;
}

struct message links_handover_message(struct serve *serve, struct arena *arena,
                                      const struct page *page, struct instant now)
{
    serve_checkpoint(serve, now, true);
    const struct world *world = &serve->app->world;
    struct handover_notice notice = {page,
                                     &world->handovers,
                                     &world->oncall,
                                     &world->incidents,
                                     serve->app->config.public_url,
                                     serve->note,
                                     now};
    struct message message =
        told(handover_notice_subject(arena, &notice), handover_notice_text(arena, &notice),
             handover_notice_json(arena, &notice));
    message.message_id = message_id_of(arena, page);
    message.key = str_printf(arena, "handover-%lld", (long long)page->handover);
    message.rank = SEVERITY_QUIET_RANK;
    return message;
}

struct message links_silence_message(struct serve *serve, struct arena *arena,
                                     const struct page *page, struct instant now)
{
    const struct world *world = &serve->app->world;
    serve_checkpoint(serve, now, true);
    struct silence_notice notice = {.page = page,
                                    .silence = silence_find(&world->alerts.silences, page->silence),
                                    .firing = world_firing(world, arena),
                                    .public_url = serve->app->config.public_url,
                                    .checkpoint = serve->note,
                                    .now = now};
    struct message message =
        told(silence_notice_subject(arena, &notice), silence_notice_text(arena, &notice),
             silence_notice_json(arena, &notice));
    message.message_id = message_id_of(arena, page);
    message.key = str_printf(arena, "silence-%lld", (long long)page->silence);
    message.rank = SEVERITY_QUIET_RANK;
    return message;
}

struct message links_unwritable_message(struct arena *arena, struct str reason,
                                        struct instant since)
{
    char at[INSTANT_TEXT_BYTES];
    struct text webhook;
    text_init(&webhook, arena, WEBHOOK_BYTES_MAX);
    struct json_writer w = {.text = &webhook};
    json_open_object(&w, NULL);
    json_str(&w, "type", STR("ledger.unwritable"));
    json_open_object(&w, "data");
    json_str(&w, "reason", reason);
    json_instant_us(&w, "since", since.us);
    json_close_object(&w);
    json_close_object(&w);
    instant_write(since, at);
    struct str text = str_printf(
        arena,
        "Since %.19sZ Reeve cannot write its ledger:\n\n  %.*s\n\nUntil that is mended it opens no "
        "incident and sends no other page. Make room on the disk, make the folder writable or "
        "put the file back; Reeve goes on by itself.\nThis message is repeated every hour.\n",
        at, STR_ARGS(reason));
    struct message message =
        told(STR("[Reeve] The ledger cannot be written"), text, text_str(&webhook));
    message.message_id = str_printf(arena, "<unwritable.%lld@reeve>", (long long)(since.us / 1000));
    message.key = STR("ledger");
    return message;
}

static void reply_ack_page(struct http_exchange *exchange, int status,
                           const struct acknowledge_page *page)
{
    struct text text;
    text_init(&text, http_exchange_arena(exchange), PAGE_BYTES_MAX);
    page_acknowledge_write(&text, page);
    struct http_reply reply = {
        .status = status, .content_type = STR("text/html; charset=utf-8"), .body = text_str(&text)};
    http_reply(exchange, &reply);
}

/* Checks the token of the address; err says why it does not hold. */
static bool open_link(struct serve *serve, struct arena *arena, struct str token,
                      struct link *out_link, struct err *err)
{
    unsigned char want[KEEPER_MAC_BYTES];
    struct link_token read;
    if (!link_parse(arena, token, &read, err) ||
        !keeper_mac(&serve->keeper, STR("acknowledge-link"), read.payload, want, err))
        return false;
    *out_link = read.link;
    struct link_check check = {.got_mac = read.mac,
                               .want_mac = {(const char *)want, KEEPER_MAC_BYTES},
                               .incident = out_link->incident,
                               .now = clock_now()};
    return link_check(&serve->app->world.links, out_link, &check, err) &&
           link_check_person(&serve->app->world.people, out_link, err);
}

/* Acknowledgement and use of the link are one batch: both are durable or neither. */
static bool acknowledge(struct serve *serve, const struct link *link, struct err *err)
{
    struct world *world = &serve->app->world;
    struct arena arena;
    struct event_list events;
    arena_init(&arena);
    event_list_init(&events, &arena);
    world->now = clock_now();
    struct incident_world view = world_incidents(world, &arena);
    struct caller caller = caller_of_link(&arena, link->person, link->incident);
    struct incident_call call = {.actor = caller.actor,
                                 .via = STR("link"),
                                 .number = incident_goes_on_as(&world->incidents, link->incident)};
    bool good = incident_acknowledge(&view, &call, &events, err);
    if (good) {
        link_use(link, caller.actor, world->now, &events);
        good = engine_append(&serve->app->engine, &events, err);
    }
    arena_done(&arena);
    return good;
}

static struct acknowledge_page describe(const struct serve *serve, struct arena *arena,
                                        const struct link *link)
{
    const struct incidents *incidents = &serve->app->world.incidents;
    int64_t number = incident_goes_on_as(incidents, link->incident);
    const struct incident *incident = incident_find(incidents, number);
    struct acknowledge_page page = {.number = number,
                                    .merged = number == link->incident ? 0 : link->incident,
                                    .person = link->person};
    const struct incident_ended *ended = incident_ended_find(incidents, number);
    if (incident) {
        page.severity = str_of(incident->severity);
        page.title = str_of(incident->title);
    } else {
        page.severity = ended ? str_of(ended->severity) : STR("");
        page.title =
            ended ? str_of(ended->title) : str_printf(arena, "Incident %lld", (long long)number);
    }
    return page;
}

void links_serve(struct serve *serve, struct http_exchange *exchange,
                 const struct http_request *request)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct err err = {0};
    struct link link = {0};
    struct str token = str_from(request->path, strlen("/ack/"));
    bool post = str_is(request->method, "POST");
    if (!post && !str_is(request->method, "GET") && !str_is(request->method, "HEAD")) {
        pages_reply_problem(exchange, 405, STR("This address does not take that method."));
        return;
    }
    if (!open_link(serve, arena, token, &link, &err)) {
        pages_reply_problem(exchange, 403, str_of(err.text));
        return;
    }
    struct acknowledge_page page = describe(serve, arena, &link);
    page.action = request->path;
    page.done = link_stand(arena, &link, incident_find(&serve->app->world.incidents, page.number));
    if (page.done.n > 0) {
        reply_ack_page(exchange, post ? 409 : 200, &page);
        return;
    }
    if (post && acknowledge(serve, &link, &err)) {
        page.done = str_printf(arena, "Incident %lld is acknowledged. The pages stop.",
                               (long long)page.number);
        reply_ack_page(exchange, 200, &page);
        serve_turn(serve);
        return;
    }
    if (post)
        page.done = str_of(err.text);
    reply_ack_page(exchange, post ? 409 : 200, &page);
}

/* serve_orders.c - releasing what was decided: pages and heartbeats to workers, results to facts.
 */
#include "main/serve.h"

#include "main/approvals.h"
#include "main/compose.h"
#include "main/config_people.h"
#include "main/links.h"
#include "os/clock.h"
#include "os/log.h"

#include <stdlib.h>
#include <sys/statvfs.h>

enum {
    ORDER_DEADLINE_MS = 20000,
    HEARTBEAT_DEADLINE_MS = 10000,
    UNRECORDED_MS = 3600000,
    UNRECORDED_LEAST_MS = 300000, /* and where it fails again and again */
    RESERVE_RETRY_MS = 10000,
    RESERVE_ROOM = 4, /* times itself has to be free */
    UNWRITABLE_PROBE_MS = 10000,
    KEEPER_PATIENCE_MS = 10000,
    BODY_BYTES_MAX = 256 * 1024
};

const struct config_person *serve_find_person(const struct serve *serve, struct str name)
{
    const struct config *config = &serve->app->config;
    for (size_t i = 0; i < config->person_count; i++)
        if (str_equal(config->people[i].name, name))
            return &config->people[i];
    return NULL;
}

bool serve_start_order(struct serve *serve, const struct order *order, struct worker_answer answer,
                       struct err *err)
{
    struct secret_value secrets[ORDER_SECRETS_MAX] = {0};
    bool good = true;
    for (size_t i = 0; i < order->secret_count && good; i++)
        good = keeper_give(&serve->keeper, order->secret_names[i], &secrets[i], err);
    good = good && worker_pool_start(serve->pool, order, secrets, answer, err);
    for (size_t i = 0; i < ORDER_SECRETS_MAX; i++)
        secret_value_wipe(&secrets[i]);
    return good;
}

static enum page_outcome page_outcome_of(enum order_outcome outcome)
{
    switch (outcome) {
    case ORDER_DONE: return PAGE_WAS_SENT;
    case ORDER_FAILED: return PAGE_DID_FAIL;
    case ORDER_REFUSED: return PAGE_WAS_REFUSED;
    case ORDER_DOUBTED: return PAGE_IN_DOUBT;
    }
    return PAGE_IN_DOUBT;
}

/* The sentence goes on after it. */
struct str serve_without_stop(struct str sentence)
{
    return str_ends(sentence, ".") ? str_slice(sentence, 0, sentence.n - 1) : sentence;
}

/* What a worker, or the lack of one, says of a message. */
struct said {
    enum page_outcome outcome;
    struct str detail;
    int64_t wait_ms; /* its receiver asks not to be asked before that; 0: nothing */
};

static void add_end(const struct page *page, const struct said *said, struct event_list *events)
{
    struct str detail = str_copy(events->arena, serve_without_stop(said->detail));
    if (said->outcome == PAGE_DID_FAIL && said->wait_ms > 0)
        page_fail_for(page, said->wait_ms, detail, clock_now(), events);
    else
        page_finish(page, said->outcome, detail, clock_now(), events);
}

/* The pages of one message end alike, in one batch. */
static void finish_pages(struct serve *serve, struct str id, const struct said *said)
{
    struct arena arena;
    struct event_list events;
    size_t count = 0;
    arena_init(&arena);
    event_list_init(&events, &arena);
    const struct page **pages = bundle_started(&serve->app->world.pages, id, &arena, &count);
    for (size_t i = 0; i < count; i++)
        add_end(pages[i], said, &events);
    /* Those of which a newer attempt has taken the place, or that have their result, are left out.
     * A result that cannot be written leaves its pages in doubt: they are sent again. */
    if (count > 0)
        serve->result_lost = !serve_record(serve, &events) || serve->result_lost;
    arena_done(&arena);
}

static void on_page_answer(void *context, struct str order_id, const struct order_result *result)
{
    struct serve *serve = context;
    struct said said = {page_outcome_of(result->outcome), result->detail, result->wait_ms};
    finish_pages(serve, order_id, &said);
    serve_turn(serve);
}

/* A page whose way needs a secret waits while the keeper is started again, but not for long: then
 * it fails like any other, so that others are told instead. */
bool serve_page_waits(struct serve *serve, const struct page *page,
                      const struct config_person *person, struct instant now)
{
    if (serve->keeper.fd >= 0 ||
        !page_order_needs_secret(&serve->app->config, person, page->method))
        return false;
    if (instant_is_zero(serve->keeper_down_since))
        serve->keeper_down_since = now;
    return instant_ms_between(serve->keeper_down_since, now) < KEEPER_PATIENCE_MS;
}

static struct message message_of(struct serve *serve, struct arena *arena,
                                 const struct bundle *bundle, struct instant now)
{
    const struct page *page = bundle->pages[0];
    return page_asks_approval(page)     ? approvals_message(serve, arena, page, now)
           : page_is_notice(page)       ? approvals_notice(serve, arena, page, now)
           : page_is_of_silence(page)   ? links_silence_message(serve, arena, page, now)
           : page_is_of_gap(page)       ? links_gap_message(serve, arena, page, now)
           : page_is_of_handover(page)  ? links_handover_message(serve, arena, page, now)
           : page_is_of_follow_up(page) ? links_follow_up_message(serve, arena, page, now)
                                        : links_page_message(serve, arena, bundle, now);
}

static bool record_start(struct serve *serve, struct arena *arena, const struct bundle *bundle,
                         struct instant now)
{
    struct event_list events;
    event_list_init(&events, arena);
    page_start(bundle->pages[0], now, &events);
    for (size_t i = 1; i < bundle->count; i++)
        page_start_with(bundle->pages[i], bundle->pages[0], now, &events);
    return serve_record(serve, &events);
}

/* The intent is on disk; now that it starts is a fact too, and then it starts. */
static void start_pages(struct serve *serve, const struct bundle *bundle, struct instant now)
{
    const struct page *page = bundle->pages[0];
    struct arena arena;
    struct err err = {0};
    arena_init(&arena);
    struct order order = {.id = str_copy(&arena, str_of(page->id)),
                          .deadline_ms = ORDER_DEADLINE_MS};
    const struct config_person *person = serve_find_person(serve, str_of(page->person));
    struct message message = {0};
    enum method method = page->method;
    bool waits = person && serve_page_waits(serve, page, person, now);
    if (!waits) {
        message = message_of(serve, &arena, bundle, now);
        waits =
            person && serve_page_waits(serve, page, person, now); /* it may have hung just then */
    }
    if (waits || !record_start(serve, &arena, bundle, now)) {
        arena_done(&arena);
        return;
    }
    bool carried = person && config_carries(&serve->app->config, person, method);
    const struct person *known = person_find(&serve->app->world.people, str_of(page->person));
    if (!carried || !known || !person_has_method(known, method)) {
        struct said said = {PAGE_WAS_REFUSED,
                            carried  ? STR("this way is switched off")
                            : person ? STR("this way is no longer in the configuration")
                                     : STR("this person is no longer in the configuration"),
                            0};
        finish_pages(serve, order.id, &said);
        arena_done(&arena);
        return;
    }
    message.thread = page_thread(str_of(page->id));
    struct telling telling = {&serve->app->config, person, method, &message,
                              &serve->app->world.switches};
    page_order_write(&arena, &telling, &order);
    struct worker_answer answer = {.function = on_page_answer, .context = serve};
    if (!serve_start_order(serve, &order, answer, &err)) {
        struct said said = {PAGE_DID_FAIL, str_of(err.text), 0};
        log_err(LOG_LEVEL_ERROR, order.id.p, &err);
        finish_pages(serve, order.id, &said);
    }
    arena_done(&arena);
}

/* Once no worker runs, a page that is still started has lost its result. */
static void doubt_lost_results(struct serve *serve)
{
    size_t at = 0;
    const struct page *page;
    if (!serve->result_lost || serve->app->engine.unwritable ||
        worker_pool_room(serve->pool) < LIMIT_WORKERS)
        return;
    serve->result_lost = false;
    struct said said = {PAGE_IN_DOUBT, STR("its result could not be recorded"), 0};
    while ((page = page_next(&serve->app->world.pages, &at)))
        if (page->state == PAGE_STARTED)
            finish_pages(serve, str_of(page->id), &said);
}

/* Each message once: one that could not be started waits for the next turn and keeps no other
 * waiting. */
static void release_pages(struct serve *serve, struct instant now)
{
    struct arena arena;
    size_t count = 0;
    arena_init(&arena);
    struct page_world pages = world_pages(&serve->app->world);
    pages.now = now;
    const struct bundle *ready = bundle_ready(&pages, &arena, &count);
    for (size_t i = 0; i < count; i++) {
        /* One page leaves room for the heartbeat. */
        if (worker_pool_room(serve->pool) < 2 || serve->app->engine.unwritable ||
            serve->result_lost)
            break;
        if (ready[i].pages[0]->state == PAGE_REQUESTED)
            start_pages(serve, &ready[i], now);
    }
    arena_done(&arena);
}

static void record_heartbeat(struct serve *serve, enum event_kind kind, struct str error)
{
    struct arena arena;
    struct event_list events;
    struct instant now = clock_now();
    struct instant since = serve->app->world.heartbeat_failed;
    arena_init(&arena);
    event_list_init(&events, &arena);
    struct event *event = event_list_add(&events, kind, now, STR("reeve"), STR("heartbeat"));
    if (kind == EVENT_HEARTBEAT_FAILED) {
        event_set_instant(event, "since", now);
        event_set_str(event, "error", str_copy(&arena, serve_without_stop(error)));
    } else {
        event_set_int(event, "gap_ms", instant_ms_between(since, now));
    }
    (void)!serve_record(serve, &events);
    arena_done(&arena);
}

static void on_heartbeat_answer(void *context, struct str order_id,
                                const struct order_result *result)
{
    struct serve *serve = context;
    (void)order_id;
    bool failed_before = !instant_is_zero(serve->app->world.heartbeat_failed);
    serve->heartbeat_running = false;
    if (result->outcome == ORDER_DONE && failed_before)
        record_heartbeat(serve, EVENT_HEARTBEAT_RESTORED, STR(""));
    else if (result->outcome != ORDER_DONE && !failed_before)
        record_heartbeat(serve, EVENT_HEARTBEAT_FAILED, result->detail);
}

static void release_heartbeat(struct serve *serve, struct instant now)
{
    const struct config *config = &serve->app->config;
    if (config->heartbeat_to.n == 0 || serve->heartbeat_running ||
        (instant_before(now, serve->heartbeat_next) &&
         instant_ms_between(now, serve->heartbeat_next) <= config->heartbeat_every_ms))
        return;
    struct arena arena;
    struct text body;
    struct err err = {0};
    arena_init(&arena);
    /* Who watches the heartbeat is the last one who can still be told. */
    struct page_world pages = world_pages(&serve->app->world);
    bool untold = serve->app->engine.unwritable && !serve->unwritable_reached;
    if (untold || page_nobody_reached(&pages, &arena)) {
        arena_done(&arena);
        return;
    }
    text_init(&body, &arena, BODY_BYTES_MAX);
    struct json_writer w = {.text = &body};
    json_open_object(&w, NULL);
    json_str(&w, "url", config->heartbeat_to);
    json_close_object(&w);
    struct order order = {.kind = ORDER_HEARTBEAT,
                          .id = STR("heartbeat"),
                          .body_json = text_str(&body),
                          .deadline_ms = HEARTBEAT_DEADLINE_MS};
    struct worker_answer answer = {.function = on_heartbeat_answer, .context = serve};
    serve->heartbeat_next = instant_add_ms(now, config->heartbeat_every_ms);
    serve->heartbeat_running = serve_start_order(serve, &order, answer, &err);
    if (!serve->heartbeat_running)
        log_err(LOG_LEVEL_WARNING, "heartbeat", &err);
    arena_done(&arena);
}

static void on_unrecorded_answer(void *context, struct str order_id,
                                 const struct order_result *result)
{
    struct serve *serve = context;
    if (result->outcome == ORDER_DONE) {
        serve->unrecorded_pages++;
        serve->unwritable_reached = true;
    }
    log_line(LOG_LEVEL_WARNING, order_id.p, "An unrecorded page: %.*s", STR_ARGS(result->detail));
}

static void page_unrecorded_by(struct serve *serve, size_t person_index, enum method method)
{
    const struct engine *engine = &serve->app->engine;
    const struct config_person *person = &serve->app->config.people[person_index];
    struct arena arena;
    struct err err = {0};
    arena_init(&arena);
    struct message message = links_unwritable_message(&arena, str_of(engine->unwritable_err.text),
                                                      engine->unwritable_since);
    struct order order = {
        .id = str_printf(&arena, "unrecorded-%zu-%s", person_index, method_name(method)),
        .deadline_ms = ORDER_DEADLINE_MS};
    struct worker_answer answer = {.function = on_unrecorded_answer, .context = serve};
    struct telling telling = {&serve->app->config, person, method, &message,
                              &serve->app->world.switches};
    page_order_write(&arena, &telling, &order);
    if (!serve_start_order(serve, &order, answer, &err))
        log_err(LOG_LEVEL_ERROR, "ledger", &err);
    arena_done(&arena);
}

/* One that has just begun again was told of a moment ago. */
static bool must_page_unrecorded(const struct serve *serve, struct instant now)
{
    bool same =
        instant_ms_between(serve->unwritable_since, serve->app->engine.unwritable_since) == 0;
    int64_t least_ms = same ? UNRECORDED_MS : UNRECORDED_LEAST_MS;
    return instant_is_zero(serve->unwritable_paged) ||
           instant_ms_between(serve->unwritable_paged, now) >= least_ms;
}

/* decisions.md 25: a ledger that cannot be written is paged unrecorded, once an hour, to everybody
 * by all their methods, as many at a time as there is room for. */
static void page_unrecorded(struct serve *serve, struct instant now)
{
    const struct people *people = &serve->app->world.people;
    serve->unwritable = true;
    if (must_page_unrecorded(serve, now)) {
        serve->unwritable_since = serve->app->engine.unwritable_since;
        serve->unwritable_paged = now;
        serve->unwritable_told = 0;
        serve->unwritable_reached = false;
    }
    if (!serve->reserve_freed && ledger_sqlite_free_reserve(serve->app->ledger_path)) {
        serve->reserve_freed = true;
        serve->reserve_tried = now;
        log_line(LOG_LEVEL_WARNING, "ledger", "The disk's reserve was freed for the ledger.");
    }
    while (serve->unwritable_told < people->count * METHODS && worker_pool_room(serve->pool) > 1) {
        size_t at = serve->unwritable_told++;
        enum method method = (enum method)(at % METHODS);
        if (person_has_method(&people->items[at / METHODS], method))
            page_unrecorded_by(serve, at / METHODS, method);
    }
}

/* Writing works again: what went out unrecorded becomes a fact. */
static void record_unrecorded(struct serve *serve, struct instant now)
{
    struct arena arena;
    struct event_list events;
    arena_init(&arena);
    event_list_init(&events, &arena);
    struct event *event =
        event_list_add(&events, EVENT_LEDGER_UNWRITABLE, now, STR("reeve"), STR("ledger"));
    event_set_instant(event, "since", serve->app->engine.unwritable_since);
    event_set_str(
        event, "reason",
        str_copy(&arena, serve_without_stop(str_of(serve->app->engine.unwritable_err.text))));
    event_set_int(event, "pages", serve->unrecorded_pages);
    if (serve_record(serve, &events)) {
        serve->unwritable = false;
        serve->unrecorded_pages = 0;
    }
    arena_done(&arena);
}

/* Held back again once there is so much room that the disk is not full of it. */
static void restore_reserve(struct serve *serve, struct instant now)
{
    struct err err = {0};
    struct statvfs room;
    int64_t since_ms = instant_ms_between(serve->reserve_tried, now);
    if (!serve->reserve_freed || (since_ms >= 0 && since_ms < RESERVE_RETRY_MS))
        return;
    serve->reserve_tried = now;
    if (statvfs(serve->app->ledger_path.p, &room) != 0 ||
        room.f_bavail * room.f_frsize < (uint64_t)RESERVE_ROOM * RESERVE_BYTES ||
        !ledger_sqlite_make_reserve(serve->app->ledger_path, RESERVE_BYTES, &err))
        return;
    serve->reserve_freed = false;
    log_line(LOG_LEVEL_INFO, "ledger", "The disk's reserve is held back again.");
}

void serve_release(struct serve *serve, struct instant now)
{
    if (serve->app->engine.unwritable)
        page_unrecorded(serve, now);
    /* Recording it is also how it is found out that writing works again. */
    if (serve->unwritable && !instant_before(now, serve->unwritable_tried)) {
        serve->unwritable_tried = instant_add_ms(now, UNWRITABLE_PROBE_MS);
        record_unrecorded(serve, now);
    }
    if (!serve->app->engine.unwritable)
        restore_reserve(serve, now);
    doubt_lost_results(serve);
    if (serve->stopping)
        return; /* what is decided now is begun by the next start */
    release_pages(serve, now);
    serve_follow(serve, now);
    serve_runs(serve);
    serve_queries(serve);
    serve_probes(serve);
    serve_asks(serve);
    serve_channels(serve, now);
    release_heartbeat(serve, now);
}

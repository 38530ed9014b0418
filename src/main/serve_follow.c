/* serve_follow.c - receivers that keep alerts are told of their end: to workers, results to facts.
 */
#include "main/serve.h"

#include "main/config_people.h"
#include "main/page_order.h"
#include "os/clock.h"
#include "os/log.h"
#include "people/follow.h"

enum { FOLLOW_DEADLINE_MS = 20000 };

static const enum follow_state actions[] = {FOLLOW_ACKNOWLEDGED, FOLLOW_RESOLVED};

/* "follow-resolved-12-ana-pagerduty-3" */
static struct str id_of(struct arena *arena, const struct follow *follow)
{
    return str_printf(arena, "follow-%s-%s", follow_word(follow->action), follow->page->id);
}

static bool read_id(const struct serve *serve, struct arena *arena, struct str id,
                    struct follow *out_follow)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        struct str before = str_printf(arena, "follow-%s-", follow_word(actions[i]));
        if (!str_starts(id, before.p))
            continue;
        *out_follow = (struct follow){.action = actions[i]};
        out_follow->page =
            map_find(&serve->app->world.pages.table, page_thread(str_from(id, before.n)));
        return out_follow->page && out_follow->page->follow.sending;
    }
    return false;
}

static void finish(struct serve *serve, const struct follow *follow, const struct follow_end *end)
{
    struct arena arena;
    struct event_list events;
    arena_init(&arena);
    event_list_init(&events, &arena);
    follow_finish(follow, end, clock_now(), &events);
    serve->follow_lost = !serve_record(serve, &events) || serve->follow_lost;
    arena_done(&arena);
}

static enum page_outcome outcome_of(enum order_outcome outcome)
{
    return outcome == ORDER_DONE      ? PAGE_WAS_SENT
           : outcome == ORDER_REFUSED ? PAGE_WAS_REFUSED
                                      : PAGE_DID_FAIL;
}

static void on_answer(void *context, struct str order_id, const struct order_result *result)
{
    struct serve *serve = context;
    struct arena arena;
    struct follow follow;
    arena_init(&arena);
    struct follow_end end = {outcome_of(result->outcome), serve_without_stop(result->detail),
                             result->wait_ms};
    if (read_id(serve, &arena, order_id, &follow))
        finish(serve, &follow, &end);
    arena_done(&arena);
    serve_turn(serve);
}

static bool record_start(struct serve *serve, struct arena *arena, const struct follow *follow,
                         struct instant now)
{
    struct event_list events;
    event_list_init(&events, arena);
    if (follow->lost.n > 0)
        follow_give_up(follow, now, &events);
    else
        follow_start(follow, now, &events);
    return serve_record(serve, &events);
}

/* That it begins is a fact, and then it begins. */
static void begin(struct serve *serve, struct arena *arena, const struct follow *follow,
                  struct instant now)
{
    const struct page *page = follow->page;
    const struct config *config = &serve->app->config;
    const struct config_person *person = serve_find_person(serve, str_of(page->person));
    struct err err = {0};
    if (person && serve_page_waits(serve, page, person, now))
        return;
    if (!record_start(serve, arena, follow, now) || follow->lost.n > 0)
        return;
    if (!person || !config_carries(config, person, page->method)) {
        struct follow_end end = {PAGE_WAS_REFUSED,
                                 STR("this way is no longer in the configuration; see to it there"),
                                 0};
        finish(serve, follow, &end);
        return;
    }
    struct message message = {
        .thread = page_thread(str_of(page->id)),
        .act = str_of(follow->action == FOLLOW_RESOLVED ? "resolve" : "acknowledge")};
    struct order order = {.id = id_of(arena, follow), .deadline_ms = FOLLOW_DEADLINE_MS};
    struct telling telling = {config, person, page->method, &message, &serve->app->world.switches};
    struct worker_answer answer = {.function = on_answer, .context = serve};
    page_order_write(arena, &telling, &order);
    if (!serve_start_order(serve, &order, answer, &err)) {
        struct follow_end end = {PAGE_DID_FAIL, serve_without_stop(str_of(err.text)), 0};
        log_err(LOG_LEVEL_ERROR, order.id.p, &err);
        finish(serve, follow, &end);
    }
}

/* Once no worker runs, what is still being told has lost its result. */
static void retry_lost(struct serve *serve)
{
    size_t at = 0;
    const struct page *page;
    if (!serve->follow_lost || serve->app->engine.unwritable ||
        worker_pool_room(serve->pool) < LIMIT_WORKERS)
        return;
    serve->follow_lost = false;
    struct follow_end end = {PAGE_DID_FAIL, STR("its result could not be recorded"), 0};
    while ((page = page_next(&serve->app->world.pages, &at))) {
        struct follow follow = {page, page->follow.wanted, STR("")};
        if (page->follow.sending)
            finish(serve, &follow, &end);
    }
}

void serve_follow(struct serve *serve, struct instant now)
{
    struct arena arena;
    size_t count = 0;
    retry_lost(serve);
    arena_init(&arena);
    struct page_world pages = world_pages(&serve->app->world);
    pages.now = now;
    const struct follow *ready = follow_ready(&pages, &arena, &count);
    for (size_t i = 0; i < count; i++) {
        /* Pages come first: they leave it what they do not need. */
        if (worker_pool_room(serve->pool) < 2 || serve->app->engine.unwritable ||
            serve->follow_lost)
            break;
        if (!ready[i].page->follow.sending && ready[i].page->state != PAGE_STARTED)
            begin(serve, &arena, &ready[i], now);
    }
    arena_done(&arena);
}

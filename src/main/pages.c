/* pages.c - views put together from the state, the ledger and the health of Reeve's own parts. */
#include "main/pages.h"

#include "alert/burn.h"
#include "ledger/codec.h"
#include "main/links.h"
#include "os/clock.h"

#include <stdlib.h>

enum {
    TROUBLES_MAX = 16,
    AGENDAS_SAID_MAX = 8,
    LINE_EVENTS_MAX = 50,
    UNSIGNED_MS = 10 * 1000,
    STEP_SHOWN_MS = 60 * 60 * 1000,
    LOST_SHOWN_MS = 60 * 60 * 1000
};

void pages_reply(struct http_exchange *exchange, int status, const struct text *text)
{
    if (text_full(text)) {
        http_reply_text(exchange, 500, STR("The page is larger than what can be sent."));
        return;
    }
    struct http_reply reply = {
        .status = status, .content_type = STR("text/html; charset=utf-8"), .body = text_str(text)};
    struct str cookie;
    /* Forms carry what only the holder of this cookie can know. */
    if (http_cookie_find(http_exchange_request(exchange), "reeve", &cookie)) {
        char csrf[CSRF_BYTES];
        csrf_of_cookie(cookie, csrf);
        reply.body = page_fill_csrf(http_exchange_arena(exchange), reply.body, str_of(csrf));
    }
    http_reply(exchange, &reply);
}

void pages_reply_problem(struct http_exchange *exchange, int status, struct str sentence)
{
    struct text text;
    text_init(&text, http_exchange_arena(exchange), PAGE_BYTES_MAX);
    page_problem_write(&text, status, sentence);
    pages_reply(exchange, status, &text);
}

struct troubles {
    struct str *items; /* room for TROUBLES_MAX */
    size_t count;
};

static void add_trouble(struct troubles *troubles, struct str sentence)
{
    if (troubles->count < TROUBLES_MAX)
        troubles->items[troubles->count++] = sentence;
}

static void add_heartbeat(const struct serve *serve, struct arena *arena, struct troubles *troubles)
{
    const struct world *world = &serve->app->world;
    char since[INSTANT_TEXT_BYTES];
    if (serve->app->config.heartbeat_to.n == 0 || instant_is_zero(world->heartbeat_failed))
        return;
    instant_write(world->heartbeat_failed, since);
    add_trouble(troubles, str_printf(arena,
                                     "Its outward heartbeat has not arrived since %.10s %.8s UTC: "
                                     "%s.",
                                     since, since + 11, world->heartbeat_error));
}

static void add_lost(const struct serve *serve, struct arena *arena, struct troubles *troubles)
{
    struct instant now = clock_now();
    if (instant_is_zero(serve->history_lost) ||
        instant_ms_between(serve->history_lost, now) >= LOST_SHOWN_MS)
        return;
    add_trouble(troubles,
                str_printf(arena,
                           "Its history (%.*s) was deleted or replaced while it ran, noticed at "
                           "%.*s: readings of before are gone, and senders' counters were learnt "
                           "anew. It is kept again; see to it that nothing cleans that folder.",
                           STR_ARGS(serve->app->history_path),
                           STR_ARGS(instant_words(arena, serve->history_lost, now))));
}

/* Calendar files that cannot be taken, or whose events name nobody. */
static void add_agendas(const struct serve *serve, struct arena *arena, struct troubles *troubles)
{
    struct str sentences[AGENDAS_SAID_MAX];
    size_t count =
        agendas_say(&serve->app->agendas, arena, clock_now(), sentences, AGENDAS_SAID_MAX);
    for (size_t i = 0; i < count; i++)
        add_trouble(troubles, sentences[i]);
}

/* What of Reeve does not work, worst first. */
static struct troubles own_troubles(const struct serve *serve, struct arena *arena)
{
    const struct engine *engine = &serve->app->engine;
    struct troubles troubles = {arena_array(arena, TROUBLES_MAX, sizeof(struct str)), 0};
    if (engine->unwritable)
        add_trouble(&troubles,
                    str_printf(arena,
                               "Its ledger cannot be written (%s), so it opens no incident and "
                               "records nothing. Make room on the disk, make the folder "
                               "writable or put the file back; it goes on by itself.",
                               engine->unwritable_err.text));
    if (!serve->collector_child.running)
        add_trouble(&troubles,
                    STR("Its collector has ended, so no rule is being watched; it is started "
                        "again. The log says why it ended."));
    if (!serve->keeper_child.running || serve->keeper.fd < 0 ||
        !instant_is_zero(serve->unsigned_since))
        add_trouble(&troubles,
                    STR("Its keeper does not answer: newer ledger entries are not signed, and "
                        "pages leave without a link. The log says why."));
    if (serve->step_trouble[0] != '\0')
        add_trouble(&troubles, str_of(serve->step_trouble));
    int64_t by_ms = serve->stepped_by_ms;
    if (by_ms != 0 && clock_boot_ms() - serve->stepped_boot_ms < STEP_SHOWN_MS)
        add_trouble(&troubles,
                    str_printf(arena,
                               "The clock of its machine was set %s by %.*s; open clocks go on by "
                               "the time that really passes.",
                               by_ms < 0 ? "back" : "forward",
                               STR_ARGS(duration_text(arena, by_ms < 0 ? -by_ms : by_ms))));
    struct page_world pages = world_pages(&serve->app->world);
    struct str unasked = page_unasked(&pages, arena);
    if (unasked.n > 0)
        add_trouble(&troubles, unasked);
    add_lost(serve, arena, &troubles);
    add_agendas(serve, arena, &troubles);
    add_heartbeat(serve, arena, &troubles);
    return troubles;
}

static void tell_config(struct serve *serve, struct arena *arena)
{
    const struct config *config = &serve->app->config;
    char digest[HASH_HEX_BYTES];
    hash_hex(&config->digest, digest);
    serve->app->world.config_digest = str_copy(arena, str_of(digest));
    serve->app->world.config_changed =
        config_watch_text(arena, &serve->config_watch, config, clock_now());
}

void pages_tell_troubles(struct serve *serve, struct arena *arena)
{
    struct troubles troubles = own_troubles(serve, arena);
    tell_config(serve, arena);
    if (serve->app->world.refused_first[0] != '\0') /* the page has it beside the document */
        add_trouble(&troubles,
                    str_printf(arena, "A newer version of the runbook is not in force. %s",
                               serve->app->world.refused_first));
    serve->app->world.troubles = troubles.items;
    serve->app->world.trouble_count = troubles.count;
}

struct page_view pages_view(struct serve *serve, struct arena *arena, struct instant now)
{
    struct world *world = &serve->app->world;
    world->now = now;
    tell_config(serve, arena);
    struct page_view view = view_page(world, arena);
    view.checkpoint = serve->note;
    struct troubles troubles = own_troubles(serve, arena);
    for (size_t i = 0; i < view.trouble_count; i++)
        add_trouble(&troubles, view.troubles[i]);
    view.troubles = troubles.items;
    view.trouble_count = troubles.count;
    return view;
}

static void show_page(struct serve *serve, struct http_exchange *exchange)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct page_view view = pages_view(serve, arena, clock_now());
    struct text text;
    view.details = view_details(&serve->app->world, arena);
    text_init(&text, arena, PAGE_BYTES_MAX);
    page_write(&text, &view);
    pages_reply(exchange, 200, &text);
}

/* Adds the newest ledger entries about a rule; detail->events has room for LINE_EVENTS_MAX more. */
static void add_events_of(struct serve *serve, struct arena *arena, const char *id,
                          struct line_detail *detail)
{
    struct store *store = &serve->app->ledger.store;
    struct ledger_entry *entries = NULL;
    size_t count = 0;
    struct err err = {0};
    struct ledger_range range = {
        .subject = str_printf(arena, "rule:%s", id), .sequence = INT64_MAX, .max = LINE_EVENTS_MAX};
    if (!store->port->read_subject(store, arena, range, &entries, &count, &err)) {
        detail->events[detail->event_count++].sentence = str_copy(arena, str_of(err.text));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct event event;
        struct err unreadable = {0};
        struct timeline_view *line = &detail->events[detail->event_count++];
        line->sequence = entries[i].sequence;
        if (codec_read(arena, &entries[i], &event, &unreadable)) {
            line->at = event.at;
            line->sentence = event_sentence(arena, &event);
        } else {
            line->sentence = str_copy(arena, str_of(unreadable.text));
        }
    }
}

static int newer_first(const void *a, const void *b)
{
    const struct timeline_view *one = a;
    const struct timeline_view *other = b;
    return (one->sequence < other->sequence) - (one->sequence > other->sequence);
}

/* The newest entries about the line: an objective's are those of its rules. */
static void add_events(struct serve *serve, struct arena *arena, const struct statement *statement,
                       struct line_detail *detail)
{
    const struct rules *rules = &serve->app->world.rules;
    detail->events =
        arena_array(arena, (BURN_RULES_MAX + 1) * LINE_EVENTS_MAX, sizeof *detail->events);
    add_events_of(serve, arena, statement->id, detail);
    for (size_t i = rules->written; i < rules->count; i++)
        if (statement->kind == STATEMENT_OBJECTIVE && burn_is_of(&rules->items[i], statement))
            add_events_of(serve, arena, str_copy(arena, rules->items[i].id).p, detail);
    qsort(detail->events, detail->event_count, sizeof *detail->events, newer_first);
    if (detail->event_count > LINE_EVENTS_MAX)
        detail->event_count = LINE_EVENTS_MAX;
}

/* NULL: the line is no rule. */
static const struct rule_chart *chart_of(struct serve *serve, struct arena *arena,
                                         const struct statement *statement,
                                         const struct http_request *request)
{
    const struct world *world = &serve->app->world;
    bool is_objective = statement->kind == STATEMENT_OBJECTIVE;
    size_t rule =
        is_objective ? view_objective_rule(world, statement) : view_rule_index(world, statement);
    struct str range = STR("");
    (void)!http_form_find(arena, request->query, "range", &range);
    return rule == SIZE_MAX ? NULL
                            : pages_rule_chart(serve, arena, &world->rules.items[rule], range);
}

static void show_line(struct serve *serve, struct http_exchange *exchange,
                      const struct http_request *request)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct page_view view = pages_view(serve, arena, clock_now());
    struct str id = str_from(request->path, strlen("/lines/"));
    struct str part;
    struct text text;
    int at = 0;
    while (at < view.program->count && !str_is(id, view.program->statements[at].id))
        at++;
    if (at == view.program->count) {
        pages_reply_problem(
            exchange, 404, STR("The runbook in force has no such line; it may have been changed."));
        return;
    }
    struct line_detail *details = view_details(&serve->app->world, arena);
    add_events(serve, arena, &view.program->statements[at], &details[at]);
    bool is_part = http_form_find(arena, request->query, "part", &part);
    if (!is_part)
        details[at].chart = chart_of(serve, arena, &view.program->statements[at], request);
    view.details = details;
    text_init(&text, arena, PAGE_BYTES_MAX);
    page_line_write(&text, &view, at, is_part);
    pages_reply(exchange, 200, &text);
}

static void show_entry(struct serve *serve, struct http_exchange *exchange, struct str number_text)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct store *store = &serve->app->ledger.store;
    struct ledger_entry *entries = NULL;
    struct event event;
    struct text text;
    struct err err = {0};
    size_t count = 0;
    int64_t sequence = 0;
    char hash[HASH_HEX_BYTES];
    if (!str_int(number_text, &sequence) || sequence < 1 ||
        !store->port->read(store, arena, sequence, 1, &entries, &count, &err) || count == 0) {
        pages_reply_problem(exchange, 404,
                            err.text[0] ? str_of(err.text)
                                        : STR("The ledger has no entry of that number."));
        return;
    }
    hash_hex(&entries[0].leaf_hash, hash);
    struct entry_page page = {.sequence = sequence,
                              .now = clock_now(),
                              .leaf = entries[0].leaf,
                              .hash = str_of(hash),
                              .subject = entries[0].subject};
    if (codec_read(arena, &entries[0], &event, &err)) {
        page.at = event.at;
        page.actor = event.actor;
        page.sentence = event_sentence(arena, &event);
    } else {
        page.sentence = str_of(err.text);
    }
    text_init(&text, arena, PAGE_BYTES_MAX);
    page_entry_write(&text, &page);
    pages_reply(exchange, 200, &text);
}

bool pages_show(struct serve *serve, struct http_exchange *exchange,
                const struct http_request *request, const struct caller *caller)
{
    if (str_is(request->path, "/"))
        show_page(serve, exchange);
    else if (str_starts(request->path, "/incidents/"))
        pages_show_incident(serve, exchange, str_from(request->path, strlen("/incidents/")));
    else if (str_starts(request->path, "/lines/"))
        show_line(serve, exchange, request);
    else if (str_is(request->path, "/runs") || str_is(request->path, "/runs/"))
        pages_show_runs(serve, exchange);
    else if (str_starts(request->path, "/runs/"))
        pages_show_run(serve, exchange, str_from(request->path, strlen("/runs/")), caller);
    else if (str_starts(request->path, "/procedures/"))
        pages_show_procedure(serve, exchange, request);
    else if (str_is(request->path, "/oncall"))
        pages_show_oncall(serve, exchange);
    else if (str_is(request->path, "/oncall.ics"))
        pages_show_calendar(serve, exchange, request);
    else if (str_starts(request->path, "/entries/"))
        show_entry(serve, exchange, str_from(request->path, strlen("/entries/")));
    else
        return false;
    return true;
}

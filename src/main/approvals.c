/* approvals.c - the mails that ask for an approval, and the page behind their links.
 *
 * GET shows what would run and changes nothing. POST checks everything anew and agrees, or refuses,
 * as the person whom the mail went to. A link that is good no more is answered 410, and its POST is
 * recorded. */
#include "main/approvals.h"

#include "action/perform.h"
#include "base/secret_value.h"
#include "face/page.h"
#include "main/callers.h"
#include "main/pages.h"
#include "os/clock.h"
#include "os/log.h"
#include "run/approval.h"
#include "run/notice.h"

static const char *const purpose = "approve-link";

/* "" when there is no public_url or the keeper does not answer. */
static struct str make_url(struct serve *serve, struct arena *arena, const struct page *page)
{
    struct str public_url = serve->app->config.public_url;
    unsigned char mac[KEEPER_MAC_BYTES];
    struct err err = {0};
    if (public_url.n == 0 || serve->keeper.fd < 0)
        return STR("");
    struct link link = {.page = str_of(page->id),
                        .person = str_of(page->person),
                        .incident = page->run,
                        .expires = page->until,
                        .digest = str_of(page->digest)};
    struct str payload = link_payload_write(arena, &link);
    if (!keeper_mac(&serve->keeper, str_of(purpose), payload, mac, &err)) {
        log_err(LOG_LEVEL_WARNING, "keeper", &err);
        return STR("");
    }
    struct str token =
        link_token_write(arena, payload, (struct str){(const char *)mac, KEEPER_MAC_BYTES});
    return str_printf(arena, "%.*s/approve/%.*s", STR_ARGS(public_url), STR_ARGS(token));
}

static struct str message_id(struct arena *arena, const struct page *page)
{
    return str_printf(arena, "<%s.%lld@reeve>", page->id, (long long)(page->requested.us / 1000));
}

struct message approvals_notice(struct serve *serve, struct arena *arena, const struct page *page,
                                struct instant now)
{
    serve->app->world.now = now;
    struct run_world view = world_runs(&serve->app->world);
    struct notice_mail mail = {.world = &view,
                               .page = page,
                               .public_url = serve->app->config.public_url,
                               .checkpoint = serve->note};
    return (struct message){.message_id = message_id(arena, page),
                            .subject = notice_subject(arena, &mail),
                            .shaped = {[SHAPE_MAIL] = notice_text(arena, &mail)}};
}

struct message approvals_message(struct serve *serve, struct arena *arena, const struct page *page,
                                 struct instant now)
{
    serve->app->world.now = now;
    struct run_world view = world_runs(&serve->app->world);
    struct approval_mail mail = {.world = &view,
                                 .page = page,
                                 .url = make_url(serve, arena, page),
                                 .checkpoint = serve->note};
    return (struct message){.message_id = message_id(arena, page),
                            .subject = approval_subject(arena, &mail),
                            .shaped = {[SHAPE_MAIL] = approval_text(arena, &mail)}};
}

/* A link, who uses it, and what it is about. */
struct opened {
    struct link link;
    int step;
    struct caller caller;
};

/* Was the token written by this Reeve? */
static bool read_token(struct serve *serve, struct arena *arena, struct str token,
                       struct link *out_link, struct err *err)
{
    unsigned char want[KEEPER_MAC_BYTES];
    struct link_token read = {0};
    if (!link_parse(arena, token, &read, err) ||
        !keeper_mac(&serve->keeper, str_of(purpose), read.payload, want, err))
        return false;
    /* One of an incident has no digest; its mac is of another purpose. */
    if (read.link.digest.n > 0 &&
        secret_equal(read.mac, (struct str){(const char *)want, KEEPER_MAC_BYTES})) {
        *out_link = read.link;
        return true;
    }
    return err_set(err, ERR_USAGE, NULL,
                   "This link was not written by this Reeve; open it from the mail again, whole.");
}

static bool open_link(struct serve *serve, struct arena *arena, struct str token,
                      struct opened *out_opened, struct err *err)
{
    struct world *world = &serve->app->world;
    if (!read_token(serve, arena, token, &out_opened->link, err))
        return false;
    world->now = clock_now();
    struct run_world view = world_runs(world);
    const struct link *link = &out_opened->link;
    if (!approval_link_check(&view, &world->links, link, &out_opened->step, err))
        return false;
    const struct account *account = account_find(&world->access, link->person);
    out_opened->caller = caller_of_account(arena, str_of(account->name), account->role);
    return true;
}

/* What is decided and the use of the link are one batch: both are durable or neither. */
static bool decide(struct serve *serve, const struct opened *opened, struct str decision,
                   struct str reason, struct err *err)
{
    struct world *world = &serve->app->world;
    struct arena arena;
    struct event_list events;
    arena_init(&arena);
    event_list_init(&events, &arena);
    world->now = clock_now();
    struct run_world view = world_runs(world);
    struct run_call call = {.actor = opened->caller.actor,
                            .number = opened->link.incident,
                            .step = opened->step + 1,
                            .text = reason,
                            .digest = opened->link.digest};
    bool good = str_is(decision, "approve") ? run_approve(&view, &call, &events, err)
                : str_is(decision, "refuse")
                    ? run_refuse(&view, &call, &events, err)
                    : err_set(err, ERR_USAGE, NULL, "Press one of the two buttons.");
    if (good) {
        approval_link_use(&opened->link, opened->caller.actor, world->now, &events);
        good = engine_append(&serve->app->engine, &events, err);
    }
    arena_done(&arena);
    return good;
}

static void record_refusal(struct serve *serve, const struct http_request *request,
                           struct arena *arena, const struct link *link, struct str why)
{
    struct str from = callers_from(serve, request, arena);
    struct str reason = STR("an approval link that this Reeve has not written");
    if (link->page.n > 0)
        reason = str_printf(arena, "the approval link %.*s: %.*s", STR_ARGS(link->page),
                            STR_ARGS(str_slice(why, 0, str_find_byte(why, ';', 0))));
    callers_refuse(serve, &(struct refusal){.from = from, .reason = reason});
}

static void reply_page(struct serve *serve, struct http_exchange *exchange,
                       const struct opened *opened, struct str done)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct world *world = &serve->app->world;
    const struct run *run = run_find(&world->runs, opened->link.incident);
    struct text text;
    text_init(&text, arena, PAGE_BYTES_MAX);
    struct approve_page page = {.person = opened->link.person,
                                .action = http_exchange_request(exchange)->path,
                                .until = opened->link.expires,
                                .now = world->now,
                                .done = done,
                                .number = opened->link.incident,
                                .step = opened->step + 1};
    struct run_view view = {.number = 0};
    if (run) {
        view = view_run(world, arena, run);
        page.run = &view;
    }
    page_approve_write(&text, &page);
    pages_reply(exchange, 200, &text);
}

static struct str field_of(struct arena *arena, const struct http_request *request,
                           const char *name)
{
    struct str value;
    return http_form_find(arena, request->body, name, &value) ? value : STR("");
}

void approvals_serve(struct serve *serve, struct http_exchange *exchange,
                     const struct http_request *request)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct err err = {0};
    struct opened opened = {.step = -1};
    bool post = str_is(request->method, "POST");
    if (!post && !str_is(request->method, "GET") && !str_is(request->method, "HEAD")) {
        pages_reply_problem(exchange, 405, STR("This address does not take that method."));
        return;
    }
    struct str token = str_from(request->path, strlen("/approve/"));
    if (!open_link(serve, arena, token, &opened, &err)) {
        bool refused = err.kind == ERR_REFUSED || err.kind == ERR_USAGE;
        if (post && refused)
            record_refusal(serve, request, arena, &opened.link, str_of(err.text));
        pages_reply_problem(exchange,
                            err.kind == ERR_REFUSED ? 410
                            : refused               ? 403
                                                    : 503,
                            str_of(err.text));
        return;
    }
    if (!post) {
        reply_page(serve, exchange, &opened, STR(""));
        return;
    }
    struct str decision = field_of(arena, request, "decision");
    struct str reason = field_of(arena, request, "reason");
    if (!decide(serve, &opened, decision, reason, &err)) {
        record_refusal(serve, request, arena, &opened.link, str_of(err.text));
        pages_reply_problem(exchange, err.kind == ERR_USAGE ? 400 : 409, str_of(err.text));
        return;
    }
    bool agreed = str_is(decision, "approve");
    reply_page(serve, exchange, &opened,
               str_printf(arena,
                          agreed ? "You have approved step %d of run %lld."
                                 : "You have refused step %d of run %lld.",
                          opened.step + 1, (long long)opened.link.incident));
    serve_turn(serve);
}

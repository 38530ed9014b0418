/* routes.c - what the HTTP server is asked: pages, forms, the API, acknowledge links, event stream.
 *
 * GET changes nothing, but for beats, which jobs send as they can. Who calls is found by callers.c;
 * whoever came by a cookie changes nothing without the field that only pages written for it have.
 */
#include "main/serve.h"

#include "action/perform.h"
#include "base/hash.h"
#include "main/accounts_file.h"
#include "main/approvals.h"
#include "main/attachments.h"
#include "main/beats.h"
#include "main/inbound_posts.h"
#include "main/links.h"
#include "main/logins.h"
#include "main/pages.h"
#include "main/reply_posts.h"
#include "main/uploads.h"
#include "os/clock.h"
#include "os/log.h"

#include <stdio.h>

enum { PAGE_SHARE = 10 };

/* To the pages that show the runbook. */
static void send_page(struct serve *serve, struct instant now)
{
    struct arena *arena = &serve->page_arena;
    struct text text;
    arena_reset(arena);
    struct page_view view = pages_view(serve, arena, now);
    size_t slots = page_update_slots(&view);
    if (slots != serve->seen_count || serve->seen_program != view.program) {
        bool replaced = serve->seen_program && serve->seen_program != view.program;
        arena_reset(&serve->seen_arena);
        serve->seen = arena_array(&serve->seen_arena, slots, sizeof *serve->seen);
        serve->seen_count = slots;
        serve->seen_program = view.program;
        if (replaced)
            (void)http_stream_send_topic(serve->server, 0, "runbook", STR("{}"));
    }
    text_init(&text, arena, PAGE_BYTES_MAX);
    if (page_update_write(&text, &view, serve->seen))
        (void)http_stream_send_topic(serve->server, 0, "state", text_str(&text));
}

/* What takes long to put together is put together less often: of the time, one part of so many. */
static void send_page_in_time(struct serve *serve, struct instant now)
{
    int64_t begun_ms = clock_boot_ms();
    if (begun_ms - serve->page_sent_ms < serve->page_cost_ms * PAGE_SHARE)
        return;
    send_page(serve, now);
    serve->page_sent_ms = clock_boot_ms();
    serve->page_cost_ms = serve->page_sent_ms - begun_ms;
}

/* Whoever has enough streams gets no other: the rest are for others. One who came by the page's
 * token, which is everybody's, is told apart by the address. False: answered. */
static bool may_stream(struct serve *serve, struct http_exchange *exchange,
                       const struct caller *caller)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct str owner = caller->actor;
    if (caller->kind == CALLER_TOKEN)
        owner = str_printf(arena, "%.*s %.*s", STR_ARGS(owner),
                           STR_ARGS(callers_from(serve, http_exchange_request(exchange), arena)));
    http_stream_set_owner(exchange, str_hash(owner));
    if (http_stream_count(serve->server, str_hash(owner)) < LIMIT_HTTP_STREAMS_EACH)
        return true;
    http_reply_text(exchange, 429,
                    str_printf(arena,
                               "%d pages of yours follow Reeve already, as many as one caller may "
                               "have; close one of them, then open this one again.",
                               LIMIT_HTTP_STREAMS_EACH));
    return false;
}

static void open_stream(struct serve *serve, struct http_exchange *exchange)
{
    const struct http_request *request = http_exchange_request(exchange);
    struct arena *arena = &serve->page_arena;
    struct text text;
    struct str run;
    struct str told = STR("");
    int64_t number = 0;
    if (http_form_find(http_exchange_arena(exchange), request->query, "run", &run) &&
        str_int(run, &number) && number > 0) {
        if (!http_form_find(http_exchange_arena(exchange), request->query, "seen", &told))
            told = STR("");
        pages_live_open(serve, exchange, number, told);
        return;
    }
    /* What it is told here may go again before the next look; that look must know of it. */
    send_page(serve, clock_now());
    arena_reset(arena);
    struct page_view view = pages_view(serve, arena, clock_now());
    uint64_t *seen = arena_array(arena, page_update_slots(&view), sizeof *seen);
    text_init(&text, arena, PAGE_BYTES_MAX);
    bool something = page_update_write(&text, &view, seen);
    /* The lines for which there was no room go to all streams again. */
    for (int i = 0; i < view.program->count; i++)
        if (page_update_waits(&view, seen, i))
            serve->seen[i] = 0;
    if (http_stream_open(exchange) && something)
        (void)!http_stream_send(exchange, view.sequence, "state", text_str(&text));
}

void routes_send_changes(struct serve *serve, struct instant now)
{
    char beat[40];
    if (http_server_counters(serve->server).streams == 0)
        return;
    /* What nobody looks at is not even put together. */
    if (http_stream_next_topic(serve->server, 0) == 0)
        send_page_in_time(serve, now);
    pages_live_send(serve, now);
    if (instant_ms_between(serve->beat_at, now) < BEAT_MS && !instant_before(now, serve->beat_at))
        return;
    /* Silence is no news only while it is known that the stream lives. */
    (void)snprintf(beat, sizeof beat, "{\"now\":%lld}", (long long)(now.us / 1000));
    (void)http_stream_send_all(serve->server, serve->app->world.sequence, "beat", str_of(beat));
    serve->beat_at = now;
}

/* Was asked in vain, and is no fact of its own: it is counted, as refused requests are. Which run
 * it was is not said then, or one caller could take all places of the count. */
static void count_untold(struct serve *serve, const struct http_request *request,
                         struct arena *arena, const struct call *call)
{
    struct refusal refusal = {.from = callers_from(serve, request, arena),
                              .reason =
                                  str_printf(arena, "%.*s asked for %s again",
                                             STR_ARGS(call->caller.actor), call->action->name)};
    callers_refuse(serve, &refusal);
}

/* Performs the action; the facts are durable when it returns. */
static bool perform(struct serve *serve, const struct http_request *request, struct call *call,
                    struct reply *reply, struct err *err)
{
    struct world *world = &serve->app->world;
    call->denials = &serve->denials;
    call->boot_ms = clock_boot_ms();
    pages_tell_troubles(serve, reply->arena);
    attachments_look_for(serve->app, reply->arena, call);
    bool good = attachments_check(serve->app, call, err) &&
                action_perform(&serve->app->engine, call, clock_now(), reply, err);
    if (call->is_untold)
        count_untold(serve, request, reply->arena, call);
    world->troubles = NULL;
    world->trouble_count = 0;
    attachments_looked(serve->app);
    if (good && !accounts_file_keep(serve->app, call, err))
        return false;
    if (good)
        attachments_sweep(serve->app, call);
    if (call->action->effect == EFFECT_RECORD)
        serve_release(serve, clock_now());
    return good;
}

static int status_of(enum err_kind kind)
{
    switch (kind) {
    case ERR_NONE: return 200;
    case ERR_USAGE: return 400;
    case ERR_REFUSED: return 403;
    case ERR_OUTSIDE: return 502;
    case ERR_DOUBT:
    case ERR_SELF: return 500;
    }
    return 500;
}

static void reply_api(struct http_exchange *exchange, const struct reply *answer,
                      const struct err *err)
{
    struct text text;
    text_init(&text, http_exchange_arena(exchange), PAGE_BYTES_MAX);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    if (err->kind != ERR_NONE) {
        json_str(&w, "error", str_of(err->text));
        json_int(&w, "exit_code", err_exit_code(err->kind));
    } else {
        json_int(&w, "exit_code", answer->exit_code);
        json_str(&w, "json", text_str(&answer->json));
        json_str(&w, "text", text_str(&answer->text));
    }
    json_close_object(&w);
    struct http_reply reply = {.status = status_of(err->kind),
                               .content_type = STR("application/json"),
                               .body = text_str(&text)};
    http_reply(exchange, &reply);
}

static void call_api(struct serve *serve, struct http_exchange *exchange,
                     const struct http_request *request, struct caller caller)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct err err = {0};
    struct call call;
    struct reply reply;
    struct json *arguments = NULL;
    reply_init(&reply, arena);
    const struct action *action = action_find_name(str_from(request->path, strlen("/api/")));
    if (!action || action->effect == EFFECT_LOCAL) {
        (void)err_set(&err, ERR_USAGE, "", "There is no such action here.");
    } else {
        call_init(&call, action, caller);
        struct str body = request->body.n > 0 ? request->body : STR("{}");
        if (json_parse(arena, body, &arguments, &err) &&
            call_parse_json(&call, arena, arguments, &err))
            (void)!perform(serve, request, &call, &reply, &err);
    }
    reply_api(exchange, &reply, &err);
}

/* Of an argument "set" that takes pairs: the fields "set.NAME", and "set" itself with NAME=value,
 * as often as it comes. */
static bool read_pairs(struct call *call, struct arena *arena, struct str form,
                       const struct argument *argument, struct err *err)
{
    struct str name;
    struct str value;
    struct str whole = str_of(argument->name);
    struct str front = str_printf(arena, "%s.", argument->name);
    while (http_form_next(arena, &form, &name, &value)) {
        bool pair = str_equal(name, whole);
        if ((!pair && !str_starts(name, front.p)) || value.n == 0)
            continue;
        if (!pair) {
            name = str_from(name, front.n);
            if (str_find_byte(name, '=', 0) < name.n || str_find_byte(name, '\n', 0) < name.n ||
                str_find_byte(value, '\n', 0) < value.n)
                return err_set(err, ERR_USAGE, argument->name,
                               "The value for %.*s must be one line, and its name have no \"=\".",
                               STR_ARGS(str_cut(name, 80)));
            value = str_printf(arena, "%.*s=%.*s", STR_ARGS(name), STR_ARGS(value));
        }
        if (!call_add_line(call, arena, whole, value, err))
            return false;
    }
    return true;
}

/* Each argument of the action that the form has. */
static bool read_form(struct call *call, struct arena *arena, struct str form, struct err *err)
{
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && call->action->arguments[i].name; i++) {
        struct str value;
        const struct argument *argument = &call->action->arguments[i];
        if (argument->type == ARGUMENT_FILES)
            continue; /* uploads_keep */
        if (argument->type == ARGUMENT_PAIRS) {
            if (!read_pairs(call, arena, form, argument, err))
                return false;
            continue;
        }
        if (!http_form_find(arena, form, argument->name, &value))
            continue;
        if (!argument->required && value.n == 0)
            continue;
        if (!call_set(call, str_of(argument->name), value, err))
            return false;
    }
    return true;
}

/* The page of what the first fact is about, for a form that does not say where to go back to. */
static struct str page_of(struct arena *arena, const struct reply *reply)
{
    static const char *const pages[][2] = {{"run:", "/runs/"}, {"incident:", "/incidents/"}};
    struct json *root = NULL;
    struct err ignored = {0};
    if (!json_parse(arena, text_str(&reply->json), &root, &ignored))
        return STR("/");
    const struct json *facts = json_get(root, "facts");
    struct str subject = facts && facts->first ? json_get_str(facts->first, "subject") : STR("");
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (str_starts(subject, pages[i][0]))
            return str_printf(arena, "%s%.*s", pages[i][1],
                              STR_ARGS(str_from(subject, strlen(pages[i][0]))));
    return STR("/");
}

/* upload: the same form when it came with files, or NULL. */
static void do_form(struct serve *serve, struct http_exchange *exchange,
                    const struct upload_form *upload, struct caller caller)
{
    struct arena *arena = http_exchange_arena(exchange);
    const struct http_request *request =
        upload ? &upload->request : http_exchange_request(exchange);
    struct err err = {0};
    struct call call;
    struct reply reply;
    struct str back;
    reply_init(&reply, arena);
    const struct action *action = action_find_name(str_from(request->path, strlen("/do/")));
    if (!action || action->effect != EFFECT_RECORD) {
        pages_reply_problem(exchange, 404, STR("There is no such action."));
        return;
    }
    call_init(&call, action, caller);
    if (!read_form(&call, arena, request->body, &err) ||
        !uploads_keep(serve, arena, upload, &call, &err) ||
        !perform(serve, request, &call, &reply, &err)) {
        pages_reply_problem(exchange, status_of(err.kind), str_of(err.text));
        return;
    }
    bool local = http_form_find(arena, request->body, "back", &back) && http_is_way(back);
    http_reply_see(exchange, local ? back : page_of(arena, &reply));
}

static void serve_asset(struct http_exchange *exchange, struct str path)
{
    const struct asset *asset = asset_find(path);
    if (!asset) {
        pages_reply_problem(exchange, 404, STR("There is nothing at this address."));
        return;
    }
    struct http_reply reply = {
        .status = 200, .content_type = str_of(asset->content_type), .body = asset->body};
    http_reply(exchange, &reply);
}

/* Reachable without a caller: assets, login, health, beats, acknowledge links. True when answered.
 */
static bool serve_public(struct serve *serve, struct http_exchange *exchange,
                         const struct http_request *request)
{
    bool get = str_is(request->method, "GET") || str_is(request->method, "HEAD");
    struct arena *arena = http_exchange_arena(exchange);
    struct str token;
    if (get && str_starts(request->path, "/assets/")) {
        serve_asset(exchange, request->path);
    } else if (get && str_is(request->path, "/healthz")) {
        http_reply_text(exchange, serve->app->engine.unwritable ? 503 : 200,
                        serve->app->engine.unwritable ? STR("The ledger cannot be written.")
                                                      : STR("ok"));
    } else if (str_starts(request->path, "/beat/")) {
        beats_serve(serve, exchange, request);
    } else if (str_starts(request->path, "/ack/")) {
        links_serve(serve, exchange, request);
    } else if (inbound_posts_serve(serve, exchange, request) ||
               reply_posts_serve(serve, exchange, request)) {
        return true;
    } else if (str_starts(request->path, "/approve/")) {
        approvals_serve(serve, exchange, request);
    } else if (get && str_is(request->path, "/") &&
               http_form_find(arena, request->query, "token", &token)) {
        logins_take_token(serve, exchange, token);
    } else if (str_is(request->method, "POST")) {
        return logins_post_public(serve, exchange, request);
    } else {
        return false;
    }
    return true;
}

static void serve_get(struct serve *serve, struct http_exchange *exchange,
                      const struct http_request *request, const struct caller *caller)
{
    if (str_is(request->path, "/events") && may_stream(serve, exchange, caller))
        open_stream(serve, exchange);
    else if (!str_is(request->path, "/events") && !uploads_get(serve, exchange, request->path) &&
             !pages_show(serve, exchange, request, caller))
        pages_reply_problem(exchange, 404, STR("There is nothing at this address."));
}

void routes_request(void *context, struct http_exchange *exchange,
                    const struct http_request *request)
{
    struct serve *serve = context;
    struct arena *arena = http_exchange_arena(exchange);
    struct visitor visitor;
    bool whole = true;
    if (serve_public(serve, exchange, request))
        return;
    const struct upload_form *upload = uploads_read(arena, request, &whole);
    bool api = str_starts(request->path, "/api/");
    bool post = str_is(request->method, "POST");
    if (!callers_find(serve, request, arena, &visitor)) {
        if (api || request->is_unix || str_is(request->path, "/attachments"))
            http_reply_text(exchange, 401,
                            visitor.problem ? str_of(visitor.problem)
                                            : STR("Say who you are: an API token as a bearer."));
        else
            logins_show(serve, exchange, 401, &visitor);
    } else if (!whole) {
        pages_reply_problem(exchange, 400, STR("The form did not arrive whole; send it again."));
    } else if (post &&
               !callers_check_form(serve, upload ? &upload->request : request, arena, &visitor)) {
        pages_reply_problem(exchange, 403,
                            STR("This form was not written for your session; open the page again "
                                "and repeat it there."));
    } else if (logins_serve(serve, exchange, request, &visitor)) {
        return;
    } else if (str_is(request->method, "GET")) {
        serve_get(serve, exchange, request, &visitor.caller);
    } else if (post && api) {
        call_api(serve, exchange, request, visitor.caller);
    } else if (post && str_starts(request->path, "/do/")) {
        do_form(serve, exchange, upload, visitor.caller);
    } else if (post && str_is(request->path, "/attachments")) {
        uploads_post(serve, exchange, request, &visitor.caller);
    } else {
        pages_reply_problem(exchange, 405, STR("This address does not take that method."));
    }
}

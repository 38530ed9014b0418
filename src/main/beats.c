/* beats.c - what jobs say by HTTP, written down before they are answered. */
#include "main/beats.h"

#include "access/credentials.h"
#include "alert/beat_file.h"
#include "main/callers.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/log.h"

#include <sodium.h>
#include <unistd.h>

/* How long a beat waits for others that share its write; and so at most how often is written. */
enum { GATHER_US = 50 * 1000, WAITING_MAX = 4096 };

struct serve_beats {
    struct event *write; /* pending: something is to be written */
    int64_t waiting[WAITING_MAX];
    size_t waiting_count;
    bool failing; /* the newest write failed, which was logged */
};

static struct str file_path(struct arena *arena, const struct app *app)
{
    return str_printf(arena, "%.*s/heartbeats", STR_ARGS(app->state_folder));
}

static bool read_file(struct app *app, struct arena *arena, int64_t offset_ms, struct err *err)
{
    struct str text;
    struct beat_clock clock = {clock_boot_id(arena), offset_ms};
    return file_read(arena, file_path(arena, app), BEAT_FILE_BYTES, &text, err) &&
           beat_file_read(&app->world.beats, text, &clock, clock_now(), err);
}

void beats_look(struct app *app)
{
    struct arena arena;
    arena_init(&arena);
    (void)!read_file(app, &arena, clock_now().us / 1000 - clock_boot_ms(), NULL);
    arena_done(&arena);
}

static bool write_file(struct serve *serve, struct err *err)
{
    struct arena arena;
    arena_init(&arena);
    struct beat_clock clock = {clock_boot_id(&arena), serve->clock_offset_ms};
    struct str text = beat_file_write(&arena, &serve->app->world.beats, &clock);
    bool good = file_write(file_path(&arena, serve->app), text, 0600, err);
    arena_done(&arena);
    return good;
}

void beats_load(struct serve *serve)
{
    struct beats *beats = &serve->app->world.beats;
    struct arena arena;
    struct err err = {0};
    arena_init(&arena);
    bool lost = !read_file(serve->app, &arena, serve->clock_offset_ms, &err);
    if (lost && beats->count > 0)
        log_line(LOG_LEVEL_ERROR, "heartbeats",
                 "What was heard of heartbeats before is lost (%s); each has a period from now on.",
                 err.text);
    beats_know(beats, lost, clock_now());
    /* From the first start on there is a file, so that one that is missing was lost. */
    if (lost && !write_file(serve, &err))
        log_err(LOG_LEVEL_ERROR, "heartbeats", &err);
    arena_done(&arena);
}

static void answer_all(struct serve *serve, bool good)
{
    struct serve_beats *beats = serve->beats;
    for (size_t i = 0; i < beats->waiting_count; i++) {
        struct http_exchange *exchange = http_exchange_find(serve->server, beats->waiting[i]);
        if (exchange)
            http_reply_text(exchange, good ? 200 : 503,
                            good ? STR("ok")
                                 : STR("The beat could not be written down; say it again later."));
    }
    beats->waiting_count = 0;
}

static void write_now(struct serve *serve)
{
    struct err err = {0};
    bool good = write_file(serve, &err);
    if (!good && !serve->beats->failing)
        log_err(LOG_LEVEL_ERROR, "heartbeats", &err);
    serve->beats->failing = !good;
    answer_all(serve, good);
}

static void on_write(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    write_now(context);
}

static struct serve_beats *beats_of(struct serve *serve)
{
    if (!serve->beats) {
        serve->beats = arena_make(&serve->app->arena, struct serve_beats);
        serve->beats->write = evtimer_new(serve->base, on_write, serve);
    }
    return serve->beats;
}

/* By the clock that the state counts in: one that was set a moment ago is not a fact yet. */
static struct instant hearing_time(const struct serve *serve)
{
    struct instant now = clock_now();
    struct instant steady = {(clock_boot_ms() + serve->clock_offset_ms) * 1000};
    int64_t off_ms = instant_ms_between(steady, now);
    return off_ms > CLOCK_STEP_MS || off_ms < -CLOCK_STEP_MS ? steady : now;
}

/* As long whether the name or the token is wrong. */
static const struct config_heartbeat *find(const struct config *config,
                                           const struct beat_call *call)
{
    static const char nobody[] = "0000000000000000000000000000000000000000000000000000000000000000";
    const struct config_heartbeat *found = NULL;
    char hex[HASH_HEX_BYTES];
    secret_digest(call->token, hex);
    for (size_t i = 0; i < config->heartbeat_count; i++) {
        const struct config_heartbeat *heartbeat = &config->heartbeats[i];
        bool known = heartbeat->token_digest.n == sizeof nobody - 1;
        const char *digest = known ? heartbeat->token_digest.p : nobody;
        bool same = sodium_memcmp(hex, digest, sizeof nobody - 1) == 0;
        if (same && known && str_equal(heartbeat->name, call->name))
            found = heartbeat;
    }
    return found;
}

static bool read_call(const struct http_request *request, struct beat_call *out_call)
{
    struct str header = STR("");
    struct str token = STR("");
    bool has_header =
        http_header_find(request, "authorization", &header) && str_starts_nocase(header, "bearer ");
    if (has_header)
        token = str_trim(str_from(header, strlen("bearer ")));
    if (!beat_call_read(request->path, has_header, out_call))
        return false;
    if (has_header)
        out_call->token = token;
    return true;
}

/* Is the change to be recorded at once, and not only at the next turn? */
static bool changes(const struct serve *serve, struct str name)
{
    const struct world *world = &serve->app->world;
    const struct beat *beat = beat_find(&world->beats, name);
    for (size_t i = 0; beat && i < world->beat_plans.count; i++)
        if (str_equal(world->beat_plans.items[i].name, name))
            return beat_trouble_at(&world->beats, &world->beat_plans.items[i], beat,
                                   hearing_time(serve)) != beat->trouble;
    return false;
}

void beats_serve(struct serve *serve, struct http_exchange *exchange,
                 const struct http_request *request)
{
    struct beat_call call;
    struct serve_beats *beats = beats_of(serve);
    struct str method = request->method;
    if (!str_is(method, "GET") && !str_is(method, "HEAD") && !str_is(method, "POST")) {
        http_reply_text(exchange, 405, STR("A beat is a GET, HEAD or POST."));
        return;
    }
    if (!read_call(request, &call) || !find(&serve->app->config, &call)) {
        struct refusal refusal = {.from =
                                      callers_from(serve, request, http_exchange_arena(exchange)),
                                  .reason = STR("no heartbeat of that name and token")};
        callers_refuse(serve, &refusal);
        http_reply_text(
            exchange, 404,
            STR("There is no heartbeat of this name and token; compare the address with the "
                "name and the token: of heartbeats: in reeve.yaml."));
        return;
    }
    if (!beats->write || beats->waiting_count == WAITING_MAX ||
        !beat_hear(&serve->app->world.beats, call.name, call.word, call.code,
                   hearing_time(serve))) {
        http_reply_text(exchange, 503, STR("Too many beats come at once; say it again later."));
        return;
    }
    beats->waiting[beats->waiting_count++] = http_exchange_id(exchange);
    if (!evtimer_pending(beats->write, NULL))
        (void)evtimer_add(beats->write, &(struct timeval){.tv_usec = GATHER_US});
    if (changes(serve, call.name))
        serve_hear_readings(serve);
}

void beats_close(struct serve *serve)
{
    if (!serve->beats || !serve->beats->write)
        return;
    if (evtimer_pending(serve->beats->write, NULL))
        write_now(serve);
    event_free(serve->beats->write);
    serve->beats->write = NULL;
}

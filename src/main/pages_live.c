/* pages_live.c - what the open pages of runs are told: that something of their run has changed, and
 * what its commands print meanwhile.
 *
 * Pages of one run share what is remembered of it, so that any number of them costs one look. What
 * a page missed between being written and being told it finds by the byte that a piece begins at:
 * it asks for itself again. Refuses: looking at runs that no page shows. */
#include "main/pages.h"

#include "base/json.h"
#include "main/step_outputs.h"
#include "os/clock.h"

#include <inttypes.h>
#include <stdio.h>

enum { LIVE_STEPS_MAX = 4, LOOK_MS = 1000, SEEN_BYTES = 17 };

struct live_run {     /* that some page shows */
    int64_t number;   /* 0: the place is free */
    bool is_open;     /* a stream of it was seen in this round */
    uint64_t hash;    /* of what the pages were told last */
    int64_t sequence; /* of the newest entry at the last look */
    struct instant looked;
    struct step_growth steps[LIVE_STEPS_MAX];
    size_t step_count;
};

struct serve_live {
    struct live_run runs[LIMIT_HTTP_STREAMS];
};

static struct live_run *find_place(struct serve *serve, int64_t number)
{
    if (!serve->live)
        serve->live = arena_make(&serve->app->arena, struct serve_live);
    for (size_t i = 0; i < LIMIT_HTTP_STREAMS; i++)
        if (serve->live->runs[i].number == number)
            return &serve->live->runs[i];
    return NULL;
}

static bool prints_now(const struct run_step_view *step)
{
    return str_is(step->does, "command") && str_is(step->state, "running");
}

/* Commands that run now keep their place; others that ended lose it. */
static void take_steps(struct live_run *live, const struct run_view *view)
{
    struct step_growth next[LIVE_STEPS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < view->step_count && count < LIVE_STEPS_MAX; i++) {
        if (!prints_now(&view->steps[i]))
            continue;
        next[count] = (struct step_growth){.step = (int)i, .tries = view->steps[i].tries};
        for (size_t k = 0; k < live->step_count; k++)
            if (live->steps[k].step == (int)i && live->steps[k].tries == view->steps[i].tries)
                next[count] = live->steps[k];
        count++;
    }
    for (size_t i = 0; i < count; i++)
        live->steps[i] = next[i];
    live->step_count = count;
}

/* True when the run is not as it was at the last look. */
static bool look(struct serve *serve, struct live_run *live, const struct run *run,
                 struct instant now)
{
    struct world *world = &serve->app->world;
    int64_t since_ms = instant_ms_between(live->looked, now);
    if (live->sequence == world->sequence && since_ms >= 0 && since_ms < LOOK_MS)
        return false;
    world->now = now;
    struct run_view view = view_run(world, &serve->page_arena, run);
    uint64_t hash = page_run_hash(&serve->page_arena, &view);
    bool changed = hash != live->hash;
    live->hash = hash;
    live->sequence = world->sequence;
    live->looked = now;
    take_steps(live, &view);
    return changed;
}

static struct str growth_json(struct arena *arena, const struct step_growth *growth)
{
    struct text text;
    text_init(&text, arena, PAGE_BYTES_MAX);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    json_int(&w, "step", growth->step + 1);
    json_int(&w, "try", growth->tries);
    json_int(&w, "from", growth->from);
    json_int(&w, "to", growth->to);
    json_int(&w, "skipped", growth->skipped);
    json_str(&w, "text", str_visible(arena, growth->shown, false));
    json_close_object(&w);
    return text_str(&text);
}

static struct str change_json(struct arena *arena, struct instant now)
{
    return str_printf(arena, "{\"now\":%lld}", (long long)(now.us / 1000));
}

static void send_run(struct serve *serve, struct live_run *live, const struct run *run,
                     struct instant now)
{
    struct arena *arena = &serve->page_arena;
    arena_reset(arena);
    bool changed = look(serve, live, run, now);
    for (size_t i = 0; i < live->step_count; i++) {
        struct step_growth *growth = &live->steps[i];
        if (!step_growth_read(serve->app, arena, run, growth))
            continue;
        (void)http_stream_send_topic(serve->server, live->number, "output",
                                     growth_json(arena, growth));
        growth->from = growth->to;
    }
    if (changed)
        (void)http_stream_send_topic(serve->server, live->number, "run", change_json(arena, now));
}

/* What is remembered of the run; from now on, when no other page shows it. */
static struct live_run *take_place(struct serve *serve, const struct run *run, struct instant now)
{
    struct live_run *live = find_place(serve, run->number);
    if (live) {
        /* What the new page shows may go again before the next look; that look must know of it. */
        live->looked = (struct instant){0};
        send_run(serve, live, run, now);
        return live;
    }
    live = find_place(serve, 0);
    if (!live)
        return NULL;
    *live = (struct live_run){.number = run->number};
    (void)look(serve, live, run, now);
    for (size_t i = 0; i < live->step_count; i++) {
        (void)!step_growth_read(serve->app, &serve->page_arena, run, &live->steps[i]);
        live->steps[i].from = live->steps[i].to;
    }
    return live;
}

void pages_live_open(struct serve *serve, struct http_exchange *exchange, int64_t number,
                     struct str seen)
{
    struct arena *arena = &serve->page_arena;
    const struct run *run = run_find(&serve->app->world.runs, number);
    char hash[SEEN_BYTES];
    struct instant now = clock_now();
    if (!http_stream_open(exchange))
        return;
    http_stream_set_topic(exchange, number);
    arena_reset(arena);
    struct live_run *live = run ? take_place(serve, run, now) : NULL;
    if (!live)
        return; /* it ended long ago */
    (void)snprintf(hash, sizeof hash, "%016" PRIx64, live->hash);
    if (!str_is(seen, hash))
        (void)!http_stream_send(exchange, 0, "run", change_json(arena, now));
    for (size_t i = 0; i < live->step_count; i++) {
        struct step_growth here = live->steps[i];
        here.to = here.from;
        here.skipped = 0;
        here.shown = STR("");
        (void)!http_stream_send(exchange, 0, "output", growth_json(arena, &here));
    }
}

void pages_live_send(struct serve *serve, struct instant now)
{
    struct http_server *server = serve->server;
    for (int64_t at = http_stream_next_topic(server, 1); at > 0;
         at = http_stream_next_topic(server, at + 1)) {
        struct live_run *live = find_place(serve, at);
        const struct run *run = run_find(&serve->app->world.runs, at);
        if (!live || !run)
            continue;
        live->is_open = true;
        send_run(serve, live, run, now);
    }
    for (size_t i = 0; serve->live && i < LIMIT_HTTP_STREAMS; i++) {
        struct live_run *live = &serve->live->runs[i];
        if (!live->is_open)
            *live = (struct live_run){0};
        live->is_open = false;
    }
}

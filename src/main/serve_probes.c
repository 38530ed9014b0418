/* serve_probes.c - each probe when it is due: by a worker of its own pool, its answer to the
 * collector.
 *
 * Pages and queries have their own workers, which probes that hang do not take from them. One that
 * is not back is not done again, so that what hangs does not pile up. What was seen is no fact: the
 * collector counts it as what it reads itself. */
#include "main/serve.h"

#include "main/compose.h"
#include "main/probe_order.h"
#include "os/clock.h"
#include "os/log.h"

struct place {
    int64_t next_ms; /* by the clock that never jumps */
    int64_t look;    /* the number of the look that a worker has; 0: none */
    /* The newest whole answer, told again while the other side says that nothing has changed. */
    struct arena kept;
    struct str etag, note, samples;
};

struct serve_probes {
    struct worker_pool *pool;
    int64_t looks; /* begun, so that an answer to one of a former configuration is nobody's */
    struct place items[LIMIT_PROBES];
};

static void tell(struct serve *serve, const struct probe_line *line)
{
    struct arena arena;
    arena_init(&arena);
    struct str text = probe_line_write(&arena, line);
    if (serve->collector && bufferevent_write(serve->collector, text.p, text.n) != 0)
        log_line(LOG_LEVEL_ERROR, "collector", "The collector takes no lines.");
    arena_done(&arena);
}

/* Keeps what was seen with its ETag, or takes it again. */
static void keep_or_take(struct place *place, struct arena *arena,
                         const struct order_result *result, struct probe_line *line)
{
    struct str etag;
    if (probe_answer_holds(arena, result, &etag)) {
        line->note = place->note;
        line->samples = place->samples;
        return;
    }
    arena_reset(&place->kept);
    place->etag = str_copy(&place->kept, etag);
    if (etag.n == 0)
        return;
    place->note = str_copy(&place->kept, line->note);
    place->samples = str_copy(&place->kept, line->samples);
}

static void on_answer(void *context, struct str order_id, const struct order_result *result)
{
    struct serve *serve = context;
    const struct config *config = &serve->app->config;
    struct arena arena;
    int64_t look = 0;
    if (!str_int(str_from(order_id, strlen("probe-")), &look))
        return;
    arena_init(&arena);
    for (size_t i = 0; i < config->probe_count; i++) {
        const struct config_probe *probe = &config->probes[i];
        struct place *place = &serve->probes->items[i];
        if (place->look == 0 || place->look != look)
            continue;
        struct probe_line line = probe_line_of(&arena, probe, result, clock_now());
        place->look = 0;
        keep_or_take(place, &arena, result, &line);
        tell(serve, &line);
    }
    arena_done(&arena);
}

/* Why it could not even be begun. */
static void tell_failure(struct serve *serve, const struct config_probe *probe,
                         const struct err *err)
{
    struct probe_line line = {.name = probe->name,
                              .at = clock_now(),
                              .note = STR(""),
                              .problem = str_of(err->text),
                              .samples = STR("")};
    tell(serve, &line);
}

static void begin(struct serve *serve, const struct config_probe *probe, struct place *place)
{
    struct arena arena;
    struct err err = {0};
    struct secret_value secrets[PROBE_SECRETS_MAX] = {{.n = 0}};
    struct worker_answer answer = {.function = on_answer, .context = serve};
    arena_init(&arena);
    struct config_probe conditional = *probe;
    conditional.etag = place->etag;
    if (str_is(probe->kind, PROBE_PAGE))
        conditional.metrics = compose_metrics(&arena, &serve->app->world);
    int64_t look = ++serve->probes->looks;
    struct order order = probe_order(&arena, &conditional);
    order.id = str_printf(&arena, "probe-%lld", (long long)look);
    bool good = true;
    for (size_t i = 0; i < order.secret_count && good; i++)
        good = keeper_give(&serve->keeper, order.secret_names[i], &secrets[i], &err);
    good = good && worker_pool_start(serve->probes->pool, &order, secrets, answer, &err);
    place->look = good ? look : 0;
    for (size_t i = 0; i < PROBE_SECRETS_MAX; i++)
        secret_value_wipe(&secrets[i]);
    if (!good)
        tell_failure(serve, probe, &err);
    arena_done(&arena);
}

static void init_place(struct place *place)
{
    *place = (struct place){.etag = STR(""), .note = STR(""), .samples = STR("")};
    arena_init(&place->kept);
}

void serve_probes(struct serve *serve)
{
    const struct config *config = &serve->app->config;
    int64_t now_ms = clock_boot_ms();
    if (config->probe_count == 0 || !serve->collector)
        return;
    if (!serve->probes) {
        serve->probes = arena_make(&serve->app->arena, struct serve_probes);
        serve->probes->pool =
            worker_pool_open(&serve->app->arena, serve->base, serve->pool_program);
        for (size_t i = 0; i < config->probe_count; i++)
            init_place(&serve->probes->items[i]);
    }
    for (size_t i = 0; i < config->probe_count; i++) {
        const struct config_probe *probe = &config->probes[i];
        struct place *place = &serve->probes->items[i];
        bool waits = probe->address.name.n > 0 && serve->keeper.fd < 0;
        if (place->look > 0 || now_ms < place->next_ms || waits)
            continue;
        if (worker_pool_room(serve->probes->pool) == 0)
            return; /* the next turn */
        place->next_ms = now_ms + probe->every_ms;
        begin(serve, probe, place);
    }
}

static bool same_secret(const struct config_secret *a, const struct config_secret *b)
{
    return str_equal(a->name, b->name) && str_equal(a->source, b->source) &&
           a->from_file == b->from_file;
}

/* Is it done in the same way? */
static bool is_same(struct arena *arena, const struct config_probe *a, const struct config_probe *b)
{
    return str_equal(a->name, b->name) && a->every_ms == b->every_ms &&
           a->deadline_ms == b->deadline_ms && same_secret(&a->address, &b->address) &&
           same_secret(&a->key, &b->key) &&
           str_equal(probe_order(arena, a).body_json, probe_order(arena, b).body_json);
}

void serve_take_probes(struct serve *serve, const struct config *former)
{
    const struct config *config = &serve->app->config;
    struct serve_probes *probes = serve->probes;
    struct arena arena;
    if (!probes)
        return;
    arena_init(&arena);
    struct place *places = arena_array(&arena, LIMIT_PROBES, sizeof *places);
    bool *moved = arena_array(&arena, LIMIT_PROBES, sizeof *moved);
    for (size_t i = 0; i < config->probe_count; i++) {
        size_t k = 0;
        while (k < former->probe_count && !is_same(&arena, &config->probes[i], &former->probes[k]))
            k++;
        if (k < former->probe_count)
            places[i] = probes->items[k];
        else
            init_place(&places[i]);
        if (k < former->probe_count)
            moved[k] = true;
    }
    for (size_t k = 0; k < former->probe_count; k++)
        if (!moved[k])
            arena_done(&probes->items[k].kept);
    memcpy(probes->items, places, LIMIT_PROBES * sizeof *places);
    arena_done(&arena);
}

void serve_close_probes(struct serve *serve)
{
    if (!serve->probes)
        return;
    worker_pool_close(serve->probes->pool);
    for (size_t i = 0; i < serve->app->config.probe_count; i++)
        arena_done(&serve->probes->items[i].kept);
}

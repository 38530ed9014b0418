/* serve_queries.c - the questions of runs (SQL, looks, backups): asked by reeve-work when its start
 * is a fact, its answer kept.
 *
 * What only reads may be asked again: one that a core before this one began, or whose worker
 * is gone without an answer, is asked anew within the same try, a few times. So it is never in
 * doubt. The answer stands in the step's folder before its end is a fact, secrets blacked out. */
#include "main/serve.h"

#include "main/looks_kept.h"
#include "main/migrate_order.h"
#include "main/question_order.h"
#include "main/result_redact.h"
#include "main/step_outputs.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/log.h"

enum {
    WORKERS_LEFT = 3, /* that many stay free for pages and the heartbeat */
    LOST_MAX = 3,
    ASKED_AGAIN_MS = 1000
};

struct query_place {
    struct step_place at; /* run 0: the place is free */
    bool asked;           /* a worker has it */
    int lost;             /* workers that gave no answer */
    int64_t again_ms;     /* by the clock that never jumps: not before */
};

struct serve_queries {
    struct query_place items[LIMIT_QUERIES_RUNNING];
};

static bool is_same(const struct step_place *a, const struct step_place *b)
{
    return a->run == b->run && a->step == b->step && a->tries == b->tries;
}

static struct query_place *find_place(struct serve *serve, const struct step_place *at)
{
    for (size_t i = 0; i < LIMIT_QUERIES_RUNNING; i++)
        if (is_same(&serve->queries->items[i].at, at))
            return &serve->queries->items[i];
    return NULL;
}

static struct str order_id(struct arena *arena, const struct step_place *at)
{
    return str_printf(arena, "query-%lld-%d-%d", (long long)at->run, at->step + 1, at->tries);
}

static bool runs_now(const struct run_step *step)
{
    return step->does == DOES_QUERY && step->begun && !step->finished && !step->failed &&
           !step->doubted && !step->skipped;
}

/* Its run, when the step still runs in this try. */
static const struct run *find_run(struct serve *serve, const struct step_place *at)
{
    const struct run *run = run_find(&serve->app->world.runs, at->run);
    bool there = run && run->opened.us == at->opened_us && at->step < run->step_count &&
                 runs_now(&run->steps[at->step]) && run->steps[at->step].tries == at->tries;
    return there ? run : NULL;
}

static void finish(struct serve *serve, struct query_place *place, const struct run_step_end *end)
{
    struct arena arena;
    struct event_list events;
    const struct run *run = find_run(serve, &place->at);
    arena_init(&arena);
    event_list_init(&events, &arena);
    if (run)
        run_finish(run, place->at.step, end, clock_now(), &events);
    /* What the ledger refuses is asked again: it only reads. */
    (void)!serve_record(serve, &events);
    *place = (struct query_place){0};
    arena_done(&arena);
}

static void fail(struct serve *serve, struct query_place *place, struct str why)
{
    if (str_ends(why, "."))
        why.n--;
    finish(serve, place, &(struct run_step_end){.outcome = RUN_STEP_DID_FAIL, .detail = why});
}

/* It was never asked: that it failed says nothing of the database. */
static void fail_unasked(struct serve *serve, struct query_place *place, struct str why)
{
    if (str_ends(why, "."))
        why.n--;
    finish(serve, place,
           &(struct run_step_end){.outcome = RUN_STEP_DID_FAIL, .detail = why, .unbegun = true});
}

/* The database of production, or of the rehearsal's environment; NULL: reeve.yaml names none. */
static const struct config_database *find_database(const struct serve *serve, const struct run *run)
{
    const struct config *config = &serve->app->config;
    if (run->environment.n == 0)
        return config->database.on ? &config->database : NULL;
    for (size_t i = 0; i < config->commands.environment_count; i++) {
        const struct config_environment *one = &config->commands.environments[i];
        if (str_equal(one->name, run->environment))
            return one->database.on ? &one->database : NULL;
    }
    return NULL;
}

static bool is_slow(struct str command)
{
    return str_is(command, "reeve db:slow");
}

/* What a look at slow statements keeps for the next one is no part of the answer. */
static struct order_result without_kept(struct serve *serve, struct arena *arena,
                                        const struct order_result *result)
{
    struct order_result made = *result;
    struct err err = {0};
    made.output = looks_kept_take(arena, serve->app->state_folder, result->output, &err);
    if (err.text[0])
        log_line(LOG_LEVEL_WARNING, "db:slow", "What was seen cannot be kept for the next look: %s",
                 err.text);
    return made;
}

/* False when it cannot be kept: then the step has not done what it is for. */
static bool keep(struct serve *serve, const struct query_place *place, struct str result,
                 struct err *err)
{
    char folder[STEP_PATH_BYTES];
    struct arena arena;
    arena_init(&arena);
    step_place_folder(serve->app, &place->at, 1, folder);
    struct str path = str_printf(&arena, "%s/result", folder);
    bool kept = folder_make(str_of(folder), err) && file_write(path, result, 0600, err);
    arena_done(&arena);
    return kept;
}

static void take_answer(struct serve *serve, struct query_place *place, const struct run *run,
                        const struct order_result *answered)
{
    struct arena arena;
    struct err err = {0};
    struct question_answer answer;
    struct order_result result = *answered;
    struct str command = run->steps[place->at.step].command;
    struct str clean;
    char digest[HASH_HEX_BYTES];
    arena_init(&arena);
    if (is_slow(command) && run->environment.n == 0)
        result = without_kept(serve, &arena, answered);
    if (!question_answer_read(&arena, command, &result, &answer, &err) ||
        !result_redact(serve, &arena, answer.output, &clean, &err) ||
        !keep(serve, place, clean, &err)) {
        fail(serve, place, str_printf(&arena, "its result cannot be kept: %s", err.text));
    } else {
        struct hash hash = hash_of(clean);
        hash_hex(&hash, digest);
        struct run_step_end end = {
            .outcome = result.outcome == ORDER_DONE ? RUN_STEP_WAS_DONE : RUN_STEP_DID_FAIL,
            .detail = answer.scrub ? result_redact_text(&arena, answer.summary) : answer.summary,
            .output = str_of(digest),
            .output_bytes = (int64_t)clean.n};
        if (str_ends(end.detail, "."))
            end.detail.n--;
        finish(serve, place, &end);
    }
    arena_done(&arena);
}

static void on_answer(void *context, struct str order_id_text, const struct order_result *result)
{
    struct serve *serve = context;
    struct query_place *place = NULL;
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < LIMIT_QUERIES_RUNNING && !place; i++) {
        struct query_place *one = &serve->queries->items[i];
        if (one->at.run != 0 && one->asked && str_equal(order_id(&arena, &one->at), order_id_text))
            place = one;
    }
    if (!place) {
        arena_done(&arena);
        return;
    }
    place->asked = false;
    const struct run *run = find_run(serve, &place->at);
    if (!run)
        *place = (struct query_place){0};
    else if (run->cancelled)
        fail(serve, place, STR("the run was cancelled"));
    else if (result->output.n > 0)
        take_answer(serve, place, run, result);
    else if (result->outcome == ORDER_DOUBTED && ++place->lost < LOST_MAX)
        place->again_ms = clock_boot_ms() + ASKED_AGAIN_MS;
    else if (result->outcome == ORDER_DOUBTED)
        fail(serve, place,
             str_printf(&arena, "it was asked %d times, and no answer came: %.*s", LOST_MAX,
                        STR_ARGS(result->detail)));
    else
        fail(serve, place, result_redact_text(&arena, result->detail));
    arena_done(&arena);
    serve_turn(serve);
}

static void ask(struct serve *serve, struct query_place *place, const struct run *run)
{
    struct arena arena;
    struct order order;
    struct err err = {0};
    struct str command = run->steps[place->at.step].command;
    const struct config *config = &serve->app->config;
    struct question_to to = {
        .database = find_database(serve, run),
        .backup = config->backup.on && run->environment.n == 0 ? &config->backup : NULL,
        .migrations = STR(""),
        .before = STR("")};
    if (clock_boot_ms() < place->again_ms || worker_pool_room(serve->pool) <= WORKERS_LEFT ||
        serve->keeper.fd < 0)
        return;
    arena_init(&arena);
    to.migrations = migrations_folder(&arena, config, STR(""));
    if (is_slow(command) && run->environment.n == 0)
        to.before = looks_kept_read(&arena, serve->app->state_folder);
    if (!question_order(&arena, &to, command, &order, &err)) {
        fail_unasked(serve, place, str_of(err.text));
    } else {
        struct worker_answer answer = {.function = on_answer, .context = serve};
        order.id = order_id(&arena, &place->at);
        place->asked = serve_start_order(serve, &order, answer, &err);
        place->again_ms = clock_boot_ms() + ASKED_AGAIN_MS;
        if (!place->asked && serve->keeper.fd >= 0)
            fail_unasked(serve, place, str_of(err.text));
    }
    arena_done(&arena);
}

static void look_after(struct serve *serve, const struct run *run, int step)
{
    struct step_place at = step_place_of(run, step);
    struct query_place *place = find_place(serve, &at);
    struct step_place none = {0};
    if (!place && (place = find_place(serve, &none)))
        *place = (struct query_place){.at = at};
    if (!place)
        return; /* as many are asked as may be: it waits its turn */
    if (run->cancelled && place->asked) {
        struct arena arena;
        arena_init(&arena);
        worker_pool_end(serve->pool, order_id(&arena, &at), "The run was cancelled.");
        arena_done(&arena);
    } else if (run->cancelled) {
        fail(serve, place, STR("the run was cancelled"));
    } else if (!place->asked) {
        ask(serve, place, run);
    }
}

/* What no longer runs, as when it was skipped, leaves its place; its worker's answer goes nowhere.
 */
static void leave(struct serve *serve)
{
    for (size_t i = 0; i < LIMIT_QUERIES_RUNNING; i++) {
        struct query_place *place = &serve->queries->items[i];
        if (place->at.run != 0 && !place->asked && !find_run(serve, &place->at))
            *place = (struct query_place){0};
    }
}

void serve_queries(struct serve *serve)
{
    struct runs *runs = &serve->app->world.runs;
    if (!serve->queries)
        serve->queries = arena_make(&serve->app->arena, struct serve_queries);
    if (serve->app->engine.unwritable)
        return;
    leave(serve);
    for (size_t i = 0; i < runs->count; i++) {
        const struct run *run = runs->items[i];
        for (int k = 0; run_is_open(run) && k < run->step_count; k++)
            if (runs_now(&run->steps[k]))
                look_after(serve, run, k);
    }
}

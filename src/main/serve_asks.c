/* serve_asks.c - the questions of rules to the engine of ask:, in rounds, by a worker of its own.
 *
 * A round asks each distinct question once, some at a time, one worker after the other; the next
 * one begins when it is due and the one before is over, so that what is slow does not pile up: a
 * round that took longer than its interval is said. When the engine gives no answer to a whole
 * batch, the rest of the round is not tried. What was answered is no fact, as no reading is. */
#include "main/serve.h"

#include "main/ask_order.h"
#include "os/clock.h"
#include "os/log.h"

enum { PROBLEM_BYTES = 500, VERSION_BYTES = 64 };

struct serve_asks {
    struct worker_pool *pool;
    struct arena arena; /* of the questions; reset when the runbook changes */
    struct hash digest; /* of the runbook that they are of */
    struct str *questions;
    size_t count, next, batch; /* next: the first of the batch; batch: how many it has */
    bool asked;                /* a worker has it */
    bool in_round;
    int64_t begun_ms, due_ms;    /* by the clock that never jumps */
    int64_t late_ms;             /* how long the newest round took, when that was too long */
    size_t failed;               /* of this round */
    char problem[PROBLEM_BYTES]; /* the first of those */
    bool said;                   /* that it does not answer as it should */
    char version[VERSION_BYTES];
    bool heard; /* it has answered before */
};

/* Each question once, in the order of the rules. */
static void list_questions(struct serve *serve)
{
    struct serve_asks *asks = serve->asks;
    const struct rules *rules = &serve->app->world.rules;
    if (hash_equal(&asks->digest, &serve->app->program->digest))
        return;
    asks->digest = serve->app->program->digest;
    arena_reset(&asks->arena);
    asks->questions = arena_array(&asks->arena, rules->count + 1, sizeof *asks->questions);
    asks->count = 0;
    asks->next = 0;
    asks->failed = 0;
    asks->due_ms = 0;
    struct map known;
    map_init(&known, LIMIT_RULES);
    for (size_t i = 0; i < rules->count; i++) {
        struct str words = rules->items[i].asked;
        if (words.n == 0 || map_find(&known, words) || !map_put(&known, words, asks))
            continue;
        asks->questions[asks->count++] = str_copy(&asks->arena, words);
    }
    map_done(&known);
}

/* What is to be said of the engine beside its name; "" when all is well. */
static struct str trouble_of(struct arena *arena, const struct serve_asks *asks,
                             const struct config_ask *ask)
{
    if (asks->failed > 0 && asks->failed < asks->count)
        return str_printf(arena, "%zu of its %zu questions have no answer: %s", asks->failed,
                          asks->count, asks->problem);
    if (asks->failed > 0)
        return str_of(asks->problem);
    if (asks->late_ms > 0)
        return str_printf(
            arena, "its %zu questions took %.*s, longer than the %.*s between them; ask less often",
            asks->count, STR_ARGS(duration_text(arena, asks->late_ms)),
            STR_ARGS(duration_text(arena, ask->every_ms)));
    return STR("");
}

/* Once when it ceases to answer, once when it answers. */
static void log_change(struct serve_asks *asks, const struct config_ask *ask, struct str trouble)
{
    bool bad = asks->failed > 0;
    if (bad && !asks->said)
        log_line(LOG_LEVEL_WARNING, "ask", "%.*s, which rules are asked of: %.*s.",
                 STR_ARGS(ask->url), STR_ARGS(trouble));
    else if (!bad && (asks->said || !asks->heard))
        log_line(LOG_LEVEL_INFO, "ask", "%.*s answers%s%s; %zu questions of rules are asked there.",
                 STR_ARGS(ask->url), asks->version[0] ? ", version " : "", asks->version,
                 asks->count);
    asks->said = bad;
    asks->heard = asks->heard || !bad;
}

/* The engine stands among the targets. */
static void tell_status(struct serve *serve, struct instant now)
{
    struct arena arena;
    struct err err = {0};
    struct serve_asks *asks = serve->asks;
    const struct config_ask *ask = &serve->app->config.ask;
    arena_init(&arena);
    struct target_status status = {.name = ask->name,
                                   .url = ask->url,
                                   .at = now,
                                   .interval_ms = ask->every_ms,
                                   .up = asks->failed < asks->count,
                                   .problem = trouble_of(&arena, asks, ask)};
    if (!telemetry_fold_line(&serve->app->world.telemetry, &arena,
                             target_status_write(&arena, &status), &err))
        log_err(LOG_LEVEL_WARNING, "ask", &err);
    log_change(asks, ask, status.problem);
    if (!status.up)
        asks->version[0] = '\0'; /* it may be another one that comes back */
    arena_done(&arena);
}

static void end_round(struct serve *serve, struct instant now)
{
    struct serve_asks *asks = serve->asks;
    int64_t took_ms = clock_boot_ms() - asks->begun_ms;
    asks->in_round = false;
    asks->late_ms = took_ms > serve->app->config.ask.every_ms ? took_ms : 0;
    tell_status(serve, now);
}

/* False: the engine itself gave nothing; what it refuses is an answer. */
static bool take_batch(struct serve *serve, const struct asked_answer *answers)
{
    struct serve_asks *asks = serve->asks;
    size_t failed = 0;
    for (size_t i = 0; i < asks->batch; i++) {
        asked_take(serve->app->world.telemetry.asked, asks->questions[asks->next + i], &answers[i]);
        if (answers[i].problem.n == 0 || answers[i].refused)
            continue;
        if (asks->failed == 0 && failed == 0)
            str_keep(asks->problem, sizeof asks->problem, answers[i].problem);
        failed++;
    }
    asks->failed += failed;
    return failed < asks->batch;
}

/* What is left of the round is not tried. */
static void give_up(struct serve *serve, struct instant now)
{
    struct serve_asks *asks = serve->asks;
    struct asked_answer answer = {.at = now, .problem = str_of(asks->problem), .warnings = STR("")};
    for (; asks->next < asks->count; asks->next++) {
        asked_take(serve->app->world.telemetry.asked, asks->questions[asks->next], &answer);
        asks->failed++;
    }
}

static void take_result(struct serve *serve, const struct order_result *result)
{
    struct serve_asks *asks = serve->asks;
    struct arena arena;
    struct str version;
    struct instant now = clock_now();
    arena_init(&arena);
    struct ask_batch batch = {.questions = asks->questions + asks->next, .count = asks->batch};
    struct asked_answer *answers = ask_answers(&arena, &batch, result, now, &version);
    if (version.n > 0)
        str_keep(asks->version, sizeof asks->version, version);
    bool any = take_batch(serve, answers);
    asks->next += asks->batch;
    if (!any)
        give_up(serve, now);
    if (asks->next >= asks->count)
        end_round(serve, now);
    arena_done(&arena);
    serve_hear_readings(serve);
}

static void on_answer(void *context, struct str order_id, const struct order_result *result)
{
    struct serve *serve = context;
    (void)order_id;
    serve->asks->asked = false;
    /* The runbook may be another one by now: its questions begin a round of their own. */
    if (serve->app->world.telemetry.asked)
        take_result(serve, result);
}

static void begin_batch(struct serve *serve)
{
    struct serve_asks *asks = serve->asks;
    struct arena arena;
    struct err err = {0};
    struct secret_value secret = {.n = 0};
    struct worker_answer answer = {.function = on_answer, .context = serve};
    arena_init(&arena);
    asks->batch = ask_batch_count(asks->questions + asks->next, asks->count - asks->next);
    struct ask_batch batch = {.questions = asks->questions + asks->next,
                              .count = asks->batch,
                              .version = asks->next == 0 && asks->version[0] == '\0'};
    struct order order = ask_order(&arena, &serve->app->config.ask, &batch);
    asks->asked = (order.secret_count == 0 ||
                   keeper_give(&serve->keeper, order.secret_names[0], &secret, &err)) &&
                  worker_pool_start(asks->pool, &order, &secret, answer, &err);
    secret_value_wipe(&secret);
    if (!asks->asked) {
        struct order_result failed = {.outcome = ORDER_FAILED, .detail = str_of(err.text)};
        take_result(serve, &failed);
    }
    arena_done(&arena);
}

static void open_asks(struct serve *serve)
{
    serve->asks = arena_make(&serve->app->arena, struct serve_asks);
    serve->asks->pool = worker_pool_open(&serve->app->arena, serve->base, serve->pool_program);
    arena_init(&serve->asks->arena);
}

void serve_asks(struct serve *serve)
{
    const struct config_ask *ask = &serve->app->config.ask;
    int64_t now_ms = clock_boot_ms();
    if (!ask->on)
        return;
    if (!serve->asks)
        open_asks(serve);
    struct serve_asks *asks = serve->asks;
    bool waits = (ask->token.name.n > 0 || ask->password.name.n > 0) && serve->keeper.fd < 0;
    if (asks->asked || waits)
        return;
    list_questions(serve);
    if (asks->in_round && asks->next < asks->count) {
        begin_batch(serve);
        return;
    }
    if (now_ms < asks->due_ms)
        return;
    asks->begun_ms = now_ms;
    asks->due_ms = now_ms + ask->every_ms;
    asks->next = 0;
    asks->failed = 0;
    asks->in_round = true;
    if (asks->count > 0)
        begin_batch(serve);
}

void serve_close_asks(struct serve *serve)
{
    if (!serve->asks)
        return;
    worker_pool_close(serve->asks->pool);
    arena_done(&serve->asks->arena);
}

/* serve_asks.c - the questions of rules to the engine of ask:, in rounds, by workers of their own.
 *
 * Each distinct question has its own time: those of what is now every so often, those of the
 * windows of objectives less often, those of the hours of baselines once an hour. A round asks what
 * is due, some at a time, one worker after the other; the next one begins when something is due and
 * the one before is over, so that what is slow does not pile up: a round that took longer than its
 * interval is said. There are two kinds of rounds, beside each other, so that what looks back over
 * days and takes its time never keeps those waiting that are asked each minute or more often. When
 * the engine gives no answer to a whole batch, the rest of the round is not tried; what failed is
 * tried again sooner than it is due, and at once when the engine is back. What was answered is no
 * fact, as no reading is. */
#include "main/serve.h"

#include "main/ask_order.h"
#include "os/clock.h"
#include "os/log.h"

enum {
    PROBLEM_BYTES = 500,
    VERSION_BYTES = 64,
    OFTEN_MS = 60 * 1000,      /* what is asked less often than this has rounds of its own */
    SLOW_BATCH = 2,            /* so many of those at once */
    AGAIN_MS = 5 * 60 * 1000,  /* what failed is asked again after that, or sooner */
    HOUR_DELAY_MS = 60 * 1000, /* the last samples of an hour may come a little late */
    HOUR_MS = 60 * 60 * 1000
};

struct ask_item {
    struct str words;
    int64_t every_ms, due_ms; /* by the clock that never jumps */
    bool hourly;
    int64_t hour; /* since 1970, for which it was answered */
    bool failed;  /* the newest time */
};

struct ask_lane {
    struct serve *serve;
    struct ask_item *items;
    size_t count;
    int64_t least_ms; /* the shortest time between two questions */
    struct ask_item **round;
    size_t round_count, next, batch; /* next: the first of the batch; batch: how many it has */
    struct instant at;               /* of the batch; zero: when it is asked */
    bool asked;                      /* a worker has it */
    bool in_round;
    int64_t begun_ms;
    int64_t late_ms;                /* how long the newest round took, when that was too long */
    size_t failed;                  /* of this round */
    char problem[PROBLEM_BYTES];    /* the first of those */
    size_t over_count, over_failed; /* of the newest round that is over */
};

enum { OFTEN, SELDOM, LANES };

struct serve_asks {
    struct worker_pool *pool;
    struct arena arena; /* of the questions; reset when the runbook changes */
    struct hash digest; /* of the runbook that they are of */
    struct ask_lane lanes[LANES];
    int64_t stepped_ms; /* the newest step of the wall clock that is heeded here */
    bool said;          /* that it does not answer as it should */
    char version[VERSION_BYTES];
    bool heard; /* it has answered before */
};

static size_t count_of(const struct serve_asks *asks)
{
    return asks->lanes[OFTEN].count + asks->lanes[SELDOM].count;
}

/* The one by which is told whether the engine answers. */
static struct ask_lane *leading(struct serve_asks *asks)
{
    return &asks->lanes[asks->lanes[OFTEN].count > 0 ? OFTEN : SELDOM];
}

static void add_item(struct ask_lane *lane, struct arena *arena, struct str words,
                     const struct asked_question *question)
{
    if (lane->count == 0 || question->every_ms < lane->least_ms)
        lane->least_ms = question->every_ms;
    lane->items[lane->count++] = (struct ask_item){.words = str_copy(arena, words),
                                                   .every_ms = question->every_ms,
                                                   .hourly = question->hourly};
}

/* Each question once, in the order of the rules; those of an hour behind the others. */
static void list_questions(struct serve *serve)
{
    struct serve_asks *asks = serve->asks;
    const struct asked *asked = serve->app->world.telemetry.asked;
    const struct asked_question *question;
    size_t most = asked->questions.count + 1;
    struct str words;
    asks->digest = serve->app->program->digest;
    arena_reset(&asks->arena);
    for (size_t i = 0; i < LANES; i++) {
        struct ask_lane *lane = &asks->lanes[i];
        *lane = (struct ask_lane){.serve = serve};
        lane->items = arena_array(&asks->arena, most, sizeof *lane->items);
        lane->round = arena_array(&asks->arena, most, sizeof *lane->round);
    }
    for (int hourly = 0; hourly < 2; hourly++) {
        size_t at = 0;
        while ((question = asked_next(asked, &at, &words))) {
            int64_t often_ms = asked->every_ms > OFTEN_MS ? asked->every_ms : OFTEN_MS;
            bool seldom = question->hourly || question->every_ms > often_ms;
            if (question->hourly == (hourly == 1))
                add_item(&asks->lanes[seldom ? SELDOM : OFTEN], &asks->arena, words, question);
        }
    }
}

/* What is to be said of the engine beside its name; "" when all is well. */
static struct str trouble_of(struct arena *arena, const struct serve_asks *asks,
                             const struct config_ask *ask)
{
    const struct ask_lane *often = &asks->lanes[OFTEN];
    for (size_t i = 0; i < LANES; i++) {
        const struct ask_lane *lane = &asks->lanes[i];
        size_t failed = 0;
        for (size_t k = 0; k < lane->count; k++)
            failed += lane->items[k].failed;
        if (failed > 0 && failed == lane->count)
            return str_of(lane->problem);
        if (failed > 0)
            return str_printf(arena, "%zu of its %zu questions have no answer: %s", failed,
                              lane->count, lane->problem);
    }
    if (often->late_ms > 0)
        return str_printf(
            arena, "its %zu questions took %.*s, longer than the %.*s between them; ask less often",
            often->over_count, STR_ARGS(duration_text(arena, often->late_ms)),
            STR_ARGS(duration_text(arena, ask->every_ms)));
    return STR("");
}

/* Once when it ceases to answer, once when it answers. */
static void log_change(struct serve_asks *asks, const struct config_ask *ask, bool bad,
                       struct str trouble)
{
    if (bad && !asks->said)
        log_line(LOG_LEVEL_WARNING, "ask", "%.*s, which rules are asked of: %.*s.",
                 STR_ARGS(ask->url), STR_ARGS(trouble));
    else if (!bad && (asks->said || !asks->heard))
        log_line(LOG_LEVEL_INFO, "ask", "%.*s answers%s%s; %zu questions of rules are asked there.",
                 STR_ARGS(ask->url), asks->version[0] ? ", version " : "", asks->version,
                 count_of(asks));
    asks->said = bad;
    asks->heard = asks->heard || !bad;
}

/* It is back: what failed while it was away is due. */
static void ask_failed_again(struct serve_asks *asks)
{
    for (size_t i = 0; i < LANES; i++)
        for (size_t k = 0; k < asks->lanes[i].count; k++)
            if (asks->lanes[i].items[k].failed)
                asks->lanes[i].items[k].due_ms = 0;
}

/* The engine stands among the targets. */
static void tell_status(struct serve *serve, struct instant now)
{
    struct arena arena;
    struct err err = {0};
    struct serve_asks *asks = serve->asks;
    const struct config_ask *ask = &serve->app->config.ask;
    const struct ask_lane *lead = leading(asks);
    bool up = lead->over_count == 0 || lead->over_failed < lead->over_count;
    arena_init(&arena);
    struct target_status status = {.name = ask->name,
                                   .url = ask->url,
                                   .at = now,
                                   .interval_ms = lead->least_ms,
                                   .up = up,
                                   .problem = trouble_of(&arena, asks, ask)};
    if (!telemetry_fold_line(&serve->app->world.telemetry, &arena,
                             target_status_write(&arena, &status), &err))
        log_err(LOG_LEVEL_WARNING, "ask", &err);
    if (up && asks->said)
        ask_failed_again(asks);
    if (lead->over_count > 0)
        log_change(asks, ask, lead->over_failed > 0, status.problem);
    if (!up)
        asks->version[0] = '\0'; /* it may be another one that comes back */
    arena_done(&arena);
}

static void end_round(struct ask_lane *lane, struct instant now)
{
    int64_t took_ms = clock_boot_ms() - lane->begun_ms;
    lane->in_round = false;
    lane->over_count = lane->round_count;
    lane->over_failed = lane->failed;
    lane->late_ms = took_ms > lane->least_ms ? took_ms : 0;
    if (lane == leading(lane->serve->asks) || lane->failed > 0)
        tell_status(lane->serve, now);
}

/* When it is asked next. */
static void set_due(struct ask_item *item, const struct ask_lane *lane, const struct instant *at)
{
    int64_t every_ms = item->every_ms;
    if (item->failed && every_ms > lane->serve->app->config.ask.every_ms) {
        every_ms = every_ms / 4 < AGAIN_MS ? every_ms / 4 : AGAIN_MS;
        if (every_ms < lane->serve->app->config.ask.every_ms)
            every_ms = lane->serve->app->config.ask.every_ms;
    }
    item->due_ms = lane->begun_ms + every_ms;
    if (item->hourly && !item->failed) {
        item->hour = at->us / 1000 / HOUR_MS;
        item->due_ms = 0;
    }
}

static void take_one(struct ask_lane *lane, struct ask_item *item,
                     const struct asked_answer *answer)
{
    asked_take(lane->serve->app->world.telemetry.asked, item->words, answer);
    item->failed = answer->problem.n > 0 && !answer->refused;
    set_due(item, lane, &answer->at);
    if (!item->failed)
        return;
    if (lane->failed++ == 0)
        str_keep(lane->problem, sizeof lane->problem, answer->problem);
}

/* What is left of the round is not tried. */
static void give_up(struct ask_lane *lane, struct instant now)
{
    struct asked_answer answer = {.at = now, .problem = str_of(lane->problem), .warnings = STR("")};
    for (; lane->next < lane->round_count; lane->next++)
        take_one(lane, lane->round[lane->next], &answer);
}

static struct ask_batch batch_of(struct arena *arena, const struct ask_lane *lane)
{
    struct str *words = arena_array(arena, lane->batch + 1, sizeof *words);
    for (size_t i = 0; i < lane->batch; i++)
        words[i] = lane->round[lane->next + i]->words;
    return (struct ask_batch){.questions = words, .count = lane->batch, .at = lane->at};
}

static void take_result(struct ask_lane *lane, const struct order_result *result)
{
    struct serve_asks *asks = lane->serve->asks;
    struct arena arena;
    struct str version;
    struct instant now = clock_now();
    arena_init(&arena);
    struct ask_batch batch = batch_of(&arena, lane);
    struct asked_answer *answers = ask_answers(&arena, &batch, result, now, &version);
    size_t failed = lane->failed;
    if (version.n > 0)
        str_keep(asks->version, sizeof asks->version, version);
    for (size_t i = 0; i < lane->batch; i++)
        take_one(lane, lane->round[lane->next + i], &answers[i]);
    lane->next += lane->batch;
    /* The engine itself gave nothing; what it refuses is an answer. */
    if (lane->failed - failed == lane->batch)
        give_up(lane, now);
    if (lane->next >= lane->round_count)
        end_round(lane, now);
    arena_done(&arena);
    serve_hear_readings(lane->serve);
}

static void on_answer(void *context, struct str order_id, const struct order_result *result)
{
    struct ask_lane *lane = context;
    (void)order_id;
    lane->asked = false;
    /* The runbook may be another one by now: its questions begin a round of their own. */
    if (lane->serve->app->world.telemetry.asked)
        take_result(lane, result);
}

static struct instant hour_begin(struct instant now)
{
    struct instant late = instant_add_ms(now, -HOUR_DELAY_MS);
    return (struct instant){late.us / 1000 / HOUR_MS * HOUR_MS * 1000};
}

/* As many as one order takes, of one instant. */
static size_t batch_count(const struct ask_lane *lane)
{
    struct str words[ASK_BATCH_MAX];
    size_t most = lane == &lane->serve->asks->lanes[SELDOM] ? SLOW_BATCH : ASK_BATCH_MAX;
    size_t count = 0;
    for (size_t i = lane->next; i < lane->round_count && count < most; i++) {
        if (lane->round[i]->hourly != lane->round[lane->next]->hourly)
            break;
        words[count++] = lane->round[i]->words;
    }
    return ask_batch_count(words, count);
}

static void begin_batch(struct ask_lane *lane)
{
    struct serve *serve = lane->serve;
    struct serve_asks *asks = serve->asks;
    struct arena arena;
    struct err err = {0};
    struct secret_value secret = {.n = 0};
    struct worker_answer answer = {.function = on_answer, .context = lane};
    arena_init(&arena);
    lane->batch = batch_count(lane);
    lane->at = (struct instant){0};
    if (lane->round[lane->next]->hourly)
        lane->at = hour_begin(clock_now());
    struct ask_batch batch = batch_of(&arena, lane);
    batch.version = lane == leading(asks) && lane->next == 0 && asks->version[0] == '\0';
    struct order order = ask_order(&arena, &serve->app->config.ask, &batch);
    lane->asked = (order.secret_count == 0 ||
                   keeper_give(&serve->keeper, order.secret_names[0], &secret, &err)) &&
                  worker_pool_start(asks->pool, &order, &secret, answer, &err);
    secret_value_wipe(&secret);
    if (!lane->asked) {
        struct order_result failed = {.outcome = ORDER_FAILED, .detail = str_of(err.text)};
        take_result(lane, &failed);
    }
    arena_done(&arena);
}

static bool is_due(const struct ask_item *item, int64_t by_ms, struct instant now)
{
    return item->due_ms <= by_ms &&
           (!item->hourly || item->hour != hour_begin(now).us / 1000 / HOUR_MS);
}

/* What is nearly due comes along when something is due. */
static void gather(struct ask_lane *lane, int64_t now_ms)
{
    struct instant now = clock_now();
    bool any = false;
    lane->round_count = 0;
    for (size_t i = 0; i < lane->count && !any; i++)
        any = is_due(&lane->items[i], now_ms, now);
    for (size_t i = 0; i < lane->count && any; i++)
        if (is_due(&lane->items[i], now_ms + lane->items[i].every_ms / 10, now))
            lane->round[lane->round_count++] = &lane->items[i];
}

static void turn_lane(struct ask_lane *lane)
{
    int64_t now_ms = clock_boot_ms();
    if (lane->asked)
        return;
    if (lane->in_round && lane->next < lane->round_count) {
        begin_batch(lane);
        return;
    }
    gather(lane, now_ms);
    if (lane->round_count == 0)
        return;
    lane->begun_ms = now_ms;
    lane->next = 0;
    lane->failed = 0;
    lane->in_round = true;
    begin_batch(lane);
}

static void open_asks(struct serve *serve)
{
    serve->asks = arena_make(&serve->app->arena, struct serve_asks);
    serve->asks->pool = worker_pool_open(&serve->app->arena, serve->base, serve->pool_program);
    arena_init(&serve->asks->arena);
}

/* Answers of before were forgotten. */
static void heed_step(struct serve *serve)
{
    struct serve_asks *asks = serve->asks;
    if (asks->stepped_ms == serve->stepped_boot_ms)
        return;
    asks->stepped_ms = serve->stepped_boot_ms;
    for (size_t i = 0; i < LANES; i++)
        for (size_t k = 0; k < asks->lanes[i].count; k++)
            asks->lanes[i].items[k].due_ms = asks->lanes[i].items[k].hour = 0;
}

void serve_asks(struct serve *serve)
{
    const struct config_ask *ask = &serve->app->config.ask;
    if (!ask->on || !serve->app->world.telemetry.asked)
        return;
    if (!serve->asks)
        open_asks(serve);
    struct serve_asks *asks = serve->asks;
    bool waits = (ask->token.name.n > 0 || ask->password.name.n > 0) && serve->keeper.fd < 0;
    if (waits)
        return;
    if (!hash_equal(&asks->digest, &serve->app->program->digest)) {
        if (asks->lanes[OFTEN].asked || asks->lanes[SELDOM].asked)
            return; /* whose answers are of questions that are asked no more, or soon again */
        list_questions(serve);
    }
    heed_step(serve);
    for (size_t i = 0; i < LANES; i++)
        turn_lane(&asks->lanes[i]);
}

void serve_close_asks(struct serve *serve)
{
    if (!serve->asks)
        return;
    worker_pool_close(serve->asks->pool);
    arena_done(&serve->asks->arena);
}

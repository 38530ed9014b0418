/* test_push_model.c - pushed samples against a simple model: random series, resets, doubles,
 * shards, crashes; every increment is counted exactly once. */
#include "harness/test.h"
#include "telemetry/push.h"

#include <stdio.h>

enum { SERIES = 40, STEPS = 300, EVERY_MS = 1000, SHARDS = 3, QUEUE_MAX = 64 };

/* What a sender has to send, per shard, in order; the front ones are repeated until acknowledged.
 */
struct queued {
    int series;
    struct pushed_sample sample;
};

struct shard {
    struct queued items[QUEUE_MAX * SERIES];
    size_t first, count;
};

struct counter {
    bool alive, delta;
    double value;
    int64_t born_us;
};

struct model {
    struct arena *arena;
    uint64_t seed;
    struct signals signals;
    struct hash digest;
    struct push push;
    struct str whole;      /* newest whole record */
    struct str records[8]; /* behind it, durable */
    size_t record_count;
    struct counter counters[SERIES];
    struct shard shards[SHARDS];
    double expected, counted; /* increments of the sender; of durable readings */
    int gaps;                 /* readings that say that nothing is known of the time before */
    struct reading readings[LIMIT_SIGNALS];
};

static uint64_t chance(struct model *model, uint64_t below)
{
    model->seed = model->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (model->seed >> 33) % below;
}

static struct instant at_ms(int64_t ms)
{
    return (struct instant){INT64_C(1700000000000000) + ms * 1000};
}

static void make_push(struct model *model)
{
    push_init(&model->push, model->arena, &model->signals, &model->digest, STR("s"));
    push_set_interval(&model->push, EVERY_MS);
}

/* The sender looks at its counters, and puts what it sees into the shards' queues. */
static void scrape(struct model *model, int64_t ms, bool counts)
{
    for (int i = 0; i < SERIES; i++) {
        struct counter *counter = &model->counters[i];
        if (!counter->alive && chance(model, 20) > 0)
            continue;
        bool born = !counter->alive;
        if (born)
            *counter =
                (struct counter){.alive = true, .delta = i % 5 == 0, .born_us = at_ms(ms - 500).us};
        double more = (double)chance(model, 10);
        /* What falls began again; a rise over the former value would not be seen without a start.
         */
        bool again = !born && !counter->delta && chance(model, 30) == 0;
        if (again) {
            counter->born_us = at_ms(ms - 500).us;
            counter->value = 0;
        }
        counter->value += more;
        model->expected += counts ? more : 0;
        struct shard *shard = &model->shards[i % SHARDS];
        struct pushed_sample sample = {.kind = counter->delta ? PUSHED_DELTA : PUSHED_CUMULATIVE,
                                       .value = counter->delta ? more : counter->value,
                                       .at = at_ms(ms),
                                       .start = {i % 2 ? counter->born_us : 0}};
        if (again && i % 2 == 0)
            sample.start.us = counter->born_us;
        CHECK(shard->first + shard->count < QUEUE_MAX * SERIES);
        shard->items[shard->first + shard->count++] = (struct queued){i, sample};
    }
}

static void give(struct model *model, const struct queued *queued)
{
    char name[16];
    (void)snprintf(name, sizeof name, "%d", queued->series);
    struct label label = {STR("n"), str_of(name)};
    struct pushed_sample sample = queued->sample;
    struct err err = {0};
    sample.name = STR("logins_total");
    sample.labels = &label;
    sample.label_count = 1;
    CHECK_OK(model->push.use.take(model->push.use.context, &sample, &err), &err);
}

/* Gives a body of a shard's queue; returns how many samples are acknowledged once it is durable. */
static size_t send(struct model *model, size_t number, int64_t ms)
{
    struct shard *shard = &model->shards[number];
    size_t most = 1 + chance(model, 30);
    size_t count = shard->count < most ? shard->count : most;
    push_begin(&model->push, at_ms(ms));
    for (size_t i = 0; i < count; i++)
        give(model, &shard->items[shard->first + i]);
    if (count > 0 && chance(model, 10) == 0) /* and one of before */
        give(model, &shard->items[shard->first + chance(model, count)]);
    return count;
}

static void restart(struct model *model)
{
    make_push(model);
    if (model->whole.n > 0)
        CHECK(push_restore(&model->push, model->whole));
    for (size_t i = 0; i < model->record_count; i++)
        CHECK(push_restore(&model->push, model->records[i]));
}

static void keep_record(struct model *model)
{
    if (model->record_count == 8 || model->whole.n == 0) {
        model->whole = push_record(&model->push, model->arena, true);
        model->record_count = 0;
    } else {
        model->records[model->record_count++] = push_record(&model->push, model->arena, false);
    }
}

/* Sends from some shards and makes it durable; or dies before it, or behind it without an answer.
 */
static void turn(struct model *model, int64_t ms, bool all)
{
    size_t sent[SHARDS] = {0};
    for (size_t i = 0; i < SHARDS; i++)
        if (all || chance(model, 3) > 0)
            sent[i] = send(model, i, ms);
    uint64_t death = all ? 9 : chance(model, 40);
    if (death == 0) {
        restart(model);
        return;
    }
    if (!push_is_due(&model->push, at_ms(ms)))
        return;
    size_t count = push_finish(&model->push, at_ms(ms), model->arena, model->readings);
    keep_record(model);
    for (size_t i = 0; i < count; i++) {
        model->counted += model->readings[i].part;
        model->gaps += instant_is_zero(model->readings[i].since);
    }
    if (death == 1) {
        restart(model);
        return;
    }
    for (size_t i = 0; i < SHARDS; i++) {
        model->shards[i].first += sent[i];
        model->shards[i].count -= sent[i];
        if (model->shards[i].count == 0)
            model->shards[i].first = 0;
    }
}

static bool is_empty(const struct model *model)
{
    for (size_t i = 0; i < SHARDS; i++)
        if (model->shards[i].count > 0)
            return false;
    return true;
}

static bool run(struct arena *arena, uint64_t seed)
{
    struct model *model = arena_make(arena, struct model);
    struct signal_option option = {STR("count"), STR("logins_total")};
    struct err err = {0};
    model->arena = arena;
    model->seed = seed;
    model->signals.arena = arena;
    CHECK_OK(signal_bind(&model->signals, STR("logins"), &option, 1, &err), &err);
    model->digest = hash_of(STR("d"));
    make_push(model);
    int64_t ms = 0;
    for (int i = 0; i < SERIES; i += 2)
        model->counters[i] = (struct counter){.alive = true, .delta = i % 5 == 0, .value = 1000};
    /* Learnt, and read once: from here on everything counts. */
    for (; instant_is_zero(model->push.since); ms += 1000) {
        CHECK(ms < 5000);
        scrape(model, ms, false);
        while (!is_empty(model))
            turn(model, ms, true);
    }
    for (; push_is_due(&model->push, at_ms(ms)) || model->push.hold_until_us != 0; ms += 500)
        turn(model, ms, true); /* what was held back */
    model->counted = 0;
    model->gaps = 0;
    for (int step = 0; step < STEPS; step++) {
        ms += 250;
        if (step % 4 == 0)
            scrape(model, ms, true);
        turn(model, ms, false);
    }
    for (int i = 0; i < 40; i++) {
        ms += 250;
        if (i % 4 == 0)
            scrape(model, ms, true);
        while (!is_empty(model))
            turn(model, ms, true);
    }
    for (int i = 0; i < 5; i++, ms += 1000)
        if (push_is_due(&model->push, at_ms(ms)))
            turn(model, ms, true);
    if (model->gaps == 0 && model->counted != model->expected)
        test_fail(__FILE__, __LINE__, "seed %llu: counted %g of %g", (unsigned long long)seed,
                  model->counted, model->expected);
    return model->gaps == 0;
}

/* A collector that dies again and again for five seconds leaves a gap, which is known. */
TEST(every_increment_is_counted_exactly_once)
{
    int whole = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct arena own;
        arena_init(&own);
        whole += run(&own, seed);
        arena_done(&own);
    }
    if (whole < 150)
        test_fail(__FILE__, __LINE__, "only %d of 200 without a gap", whole);
    test_checked();
}

/* test_push_happened.c - lines and spans are events: the first ones after a silence count too. */
#include "harness/test.h"
#include "telemetry/push.h"
#include "telemetry/window.h"

enum { EVERY_MS = 2000 };

struct rig {
    struct arena *arena;
    struct signals signals;
    struct hash digest;
    struct push push;
    struct telemetry telemetry;
    struct reading readings[LIMIT_SIGNALS];
    size_t count;
    uint64_t bodies;
    double failed; /* sum of all readings */
    struct err err;
};

static struct instant at_ms(int64_t ms)
{
    return (struct instant){1700000000000000 + ms * 1000};
}

static void begin(struct rig *rig, struct arena *arena)
{
    *rig = (struct rig){.arena = arena};
    struct signal_option failed[] = {{STR("count"), STR("log_events_total{level=\"error\"}")}};
    struct signal_option logins[] = {{STR("count"), STR("logins_total")}};
    signals_init(&rig->signals, arena);
    CHECK_OK(signal_bind(&rig->signals, STR("failed"), failed, 1, &rig->err), &rig->err);
    CHECK_OK(signal_bind(&rig->signals, STR("logins"), logins, 1, &rig->err), &rig->err);
    rig->digest = hash_of(STR("signals"));
    push_init(&rig->push, arena, &rig->signals, &rig->digest, STR("drain"));
    push_set_interval(&rig->push, EVERY_MS);
    telemetry_init(&rig->telemetry, arena);
    telemetry_retain(&rig->telemetry, STR("failed"), 60000);
}

static void take(struct rig *rig, const struct pushed_sample *sample)
{
    CHECK(rig->push.use.wants(rig->push.use.context, sample->name));
    CHECK_OK(rig->push.use.take(rig->push.use.context, sample, &rig->err), &rig->err);
}

/* A body of so many lines, in each of which something failed; 0: the body that came before again.
 */
static void post(struct rig *rig, int64_t ms, double lines)
{
    struct label labels[] = {{STR("level"), STR("error")}, {STR("source"), STR("drain")}};
    push_begin_body(&rig->push, at_ms(ms), lines > 0 ? ++rig->bodies : rig->bodies);
    CHECK(rig->push.again == (lines <= 0));
    take(rig, &(struct pushed_sample){.name = STR("log_events_total"),
                                      .labels = labels,
                                      .label_count = 2,
                                      .kind = PUSHED_DELTA,
                                      .value = lines > 0 ? lines : 20,
                                      .at = at_ms(ms),
                                      .start = at_ms(ms - 1)});
}

static void count(struct rig *rig, int64_t ms, double value)
{
    push_begin_samples(&rig->push, at_ms(ms), ++rig->bodies);
    take(rig, &(struct pushed_sample){.name = STR("logins_total"),
                                      .kind = PUSHED_CUMULATIVE,
                                      .value = value,
                                      .at = at_ms(ms)});
}

/* What is known of the last 30 s, and how many failed in it. */
static struct answer flush(struct rig *rig, int64_t ms)
{
    rig->count = 0;
    if (push_is_due(&rig->push, at_ms(ms))) {
        rig->count = push_finish(&rig->push, at_ms(ms), rig->arena, rig->readings);
        (void)push_record(&rig->push, rig->arena, false);
    }
    for (size_t i = 0; i < rig->count; i++) {
        CHECK_OK(telemetry_fold_line(&rig->telemetry, rig->arena,
                                     reading_write(rig->arena, &rig->readings[i]), &rig->err),
                 &rig->err);
        if (str_is(rig->readings[i].signal, "failed"))
            rig->failed += rig->readings[i].part;
    }
    return telemetry_ask(&rig->telemetry, STR("failed"), 30000, at_ms(ms));
}

TEST(the_first_lines_count)
{
    struct rig rig;
    begin(&rig, arena);
    post(&rig, 0, 3);
    struct answer answer = flush(&rig, 100);
    CHECK_INT(answer.part, 3);
    CHECK(answer.covered_ms > 0 && answer.covered_ms < 1000);
    CHECK_STR(push_waits(&rig.push, arena, at_ms(100)), ""); /* there is nothing to be learnt */
    post(&rig, 1000, 2);
    CHECK_INT(flush(&rig, 1100).part, 5);
    for (int64_t ms = 2000; ms <= 40000; ms += 1000) {
        post(&rig, ms, 1);
        (void)flush(&rig, ms + 100);
    }
    CHECK_INT(rig.failed, 5 + 39);
    CHECK_INT(telemetry_ask(&rig.telemetry, STR("failed"), 30000, at_ms(40100)).covered_ms, 30000);
    telemetry_done(&rig.telemetry);
}

TEST(a_burst_after_a_silence_counts_once)
{
    struct rig rig;
    begin(&rig, arena);
    for (int64_t ms = 0; ms <= 10000; ms += 1000) {
        post(&rig, ms, 1);
        (void)flush(&rig, ms + 100);
    }
    CHECK_INT(rig.failed, 11);
    post(&rig, 20000, 20);
    struct answer answer = flush(&rig, 20100);
    CHECK_INT(rig.failed, 31);
    CHECK(answer.state == ANSWER_LIVE);
    CHECK(answer.covered_ms > 0 && answer.covered_ms < 1000); /* of the silence nobody knows */
    CHECK(answer.part >= 20);
    post(&rig, 20500, 0); /* sent again */
    (void)flush(&rig, 20600);
    CHECK_INT(rig.failed, 31);
    for (int64_t ms = 21000; ms <= 30000; ms += 1000) {
        post(&rig, ms, 1);
        (void)flush(&rig, ms + 100);
    }
    CHECK_INT(rig.failed, 41); /* what was learnt of others meanwhile took nothing from it */
    telemetry_done(&rig.telemetry);
}

TEST(counters_beside_the_lines_are_learnt_as_before)
{
    struct rig rig;
    begin(&rig, arena);
    double logins = 0;
    for (int64_t ms = 0; ms <= 8000; ms += 1000) {
        count(&rig, ms, 5000 + (double)ms / 1000);
        if (ms == 0)
            CHECK(str_starts(push_waits(&rig.push, arena, at_ms(1)), "is being learnt"));
        post(&rig, ms + 10, 1);
        (void)flush(&rig, ms + 100);
        for (size_t i = 0; i < rig.count; i++)
            if (str_is(rig.readings[i].signal, "logins"))
                logins += rig.readings[i].part;
    }
    CHECK_INT(rig.failed, 9);
    CHECK_INT(logins, 4); /* from 4 s on */
    telemetry_done(&rig.telemetry);
}

TEST(a_restart_loses_and_doubles_no_lines)
{
    struct rig rig;
    struct push again;
    begin(&rig, arena);
    for (int64_t ms = 0; ms <= 10000; ms += 1000) {
        post(&rig, ms, 1);
        (void)flush(&rig, ms + 100);
    }
    struct str record = push_record(&rig.push, arena, true);
    push_init(&again, arena, &rig.signals, &rig.digest, STR("drain"));
    push_set_interval(&again, EVERY_MS);
    CHECK(push_restore(&again, record));
    rig.push = again;
    rig.push.use.context = &rig.push;
    post(&rig, 10200, 0);
    (void)flush(&rig, 10300);
    CHECK_INT(rig.failed, 11);
    post(&rig, 11000, 20);
    (void)flush(&rig, 11100);
    post(&rig, 12000, 1);
    struct answer answer = flush(&rig, 12100);
    CHECK_INT(rig.failed, 32);
    CHECK(answer.covered_ms >= 12000); /* no gap */
    telemetry_done(&rig.telemetry);
}

/* test_push_doubt.c - what a series that is seen first has grown by, two processes that write one
 * series, a clock that was put right, and whose reason stands beside a signal. */
#include "harness/test.h"
#include "telemetry/push.h"
#include "telemetry/window.h"

enum { EVERY_MS = 1000 };

struct rig {
    struct arena *arena;
    struct signals signals;
    struct hash digest;
    struct push push;
    struct telemetry telemetry;
    struct reading readings[LIMIT_SIGNALS];
    size_t count;
    double logins;
    uint64_t digests;
    struct err err;
};

static struct instant at_ms(int64_t ms)
{
    return (struct instant){INT64_C(1700000000000000) + ms * 1000};
}

static void bind(struct rig *rig, const char *name, const char *key, const char *value)
{
    struct signal_option option = {str_of(key), str_of(value)};
    CHECK_OK(signal_bind(&rig->signals, str_of(name), &option, 1, &rig->err), &rig->err);
}

static struct rig *rig_make(struct arena *arena)
{
    struct rig *rig = arena_make(arena, struct rig);
    rig->arena = arena;
    rig->signals.arena = arena;
    bind(rig, "logins", "count", "logins_total");
    bind(rig, "heat", "gauge", "heat_celsius");
    rig->digest = hash_of(STR("signals"));
    push_init(&rig->push, arena, &rig->signals, &rig->digest, STR("prom"));
    push_set_interval(&rig->push, EVERY_MS);
    telemetry_init(&rig->telemetry, arena);
    return rig;
}

/* One sample in a body of its own, of the labels instance and x ("" for none). */
static bool give(struct rig *rig, int64_t ms, const char *name, const char *instance,
                 struct pushed_sample sample)
{
    struct label labels[2];
    sample.name = str_of(name);
    sample.labels = labels;
    if (instance[0] != '\0')
        labels[sample.label_count++] = (struct label){STR("instance"), str_of(instance)};
    push_begin_samples(&rig->push, at_ms(ms), ++rig->digests);
    rig->err = (struct err){0};
    return rig->push.use.take(rig->push.use.context, &sample, &rig->err);
}

static bool send(struct rig *rig, int64_t ms, const char *instance, double value)
{
    return give(rig, ms, "logins_total", instance,
                (struct pushed_sample){.value = value, .at = at_ms(ms)});
}

static const struct reading *reading_of(const struct rig *rig, const char *signal)
{
    for (size_t i = 0; i < rig->count; i++)
        if (str_is(rig->readings[i].signal, signal))
            return &rig->readings[i];
    return NULL;
}

static void flush(struct rig *rig, int64_t ms)
{
    rig->count = 0;
    if (!push_is_due(&rig->push, at_ms(ms)))
        return;
    rig->count = push_finish(&rig->push, at_ms(ms), rig->arena, rig->readings);
    (void)push_record(&rig->push, rig->arena, false);
    for (size_t i = 0; i < rig->count; i++)
        CHECK_OK(telemetry_fold(&rig->telemetry, &rig->readings[i], &rig->err), &rig->err);
    const struct reading *logins = reading_of(rig, "logins");
    rig->logins += logins ? logins->part : 0;
}

static struct str why(const struct rig *rig, size_t signal, int64_t ms)
{
    return push_why_not(&rig->push, signal, at_ms(ms), 60000);
}

/* Of two instances, which stand at 10, until 5 s. */
static struct rig *learnt(struct arena *arena)
{
    struct rig *rig = rig_make(arena);
    for (int64_t ms = 0; ms <= 5000; ms += 1000) {
        CHECK(send(rig, ms, "a", 10) && send(rig, ms, "b", 10));
        flush(rig, ms);
    }
    return rig;
}

static void go_on(struct rig *rig, int64_t ms)
{
    CHECK(send(rig, ms, "a", 10) && send(rig, ms, "b", 10));
}

TEST(a_series_of_a_new_process_is_learnt_and_of_a_known_one_began_at_zero)
{
    struct rig *rig = learnt(arena);
    struct label labels[] = {{STR("kind"), STR("robot")}, {STR("instance"), STR("a")}};
    go_on(rig, 6000);
    CHECK(send(rig, 6000, "c", 100000));
    struct pushed_sample known = {.name = STR("logins_total"),
                                  .labels = labels,
                                  .label_count = 2,
                                  .value = 7,
                                  .at = at_ms(6000)};
    CHECK(rig->push.use.take(rig->push.use.context, &known, &rig->err));
    flush(rig, 6000);
    CHECK_INT(rig->logins, 7);
    go_on(rig, 7000);
    CHECK(send(rig, 7000, "c", 100002));
    flush(rig, 7000);
    flush(rig, 8000);
    CHECK_INT(rig->logins, 9);
    telemetry_done(&rig->telemetry);
}

TEST(a_start_says_whether_a_new_series_is_new)
{
    struct rig *rig = learnt(arena);
    struct pushed_sample of = {.kind = PUSHED_CUMULATIVE, .value = 100000, .at = at_ms(6000)};
    go_on(rig, 6000);
    of.start = at_ms(-3600000);
    CHECK(give(rig, 6000, "logins_total", "", of)); /* nobody knows of which process */
    CHECK(give(rig, 6000, "logins_total", "c", of));
    of.start = at_ms(5500);
    of.value = 4;
    CHECK(give(rig, 6000, "logins_total", "d", of));
    flush(rig, 6000);
    CHECK_INT(rig->logins, 4);
    telemetry_done(&rig->telemetry);
}

TEST(a_delta_of_a_long_time_is_not_of_now)
{
    struct rig *rig = learnt(arena);
    struct pushed_sample delta = {
        .kind = PUSHED_DELTA, .value = 5000, .at = at_ms(6000), .start = at_ms(-3594000)};
    go_on(rig, 6000);
    CHECK(!give(rig, 6000, "logins_total", "d", delta));
    CHECK_STR(str_of(rig->err.text),
              "logins_total comes first with what it grew by in 1 h, of which nobody knows how "
              "much is of now: it counts from its next point on");
    flush(rig, 6000);
    go_on(rig, 7000);
    delta.start = delta.at;
    delta.at = at_ms(7000);
    delta.value = 3;
    CHECK(give(rig, 7000, "logins_total", "d", delta));
    flush(rig, 7000);
    flush(rig, 8000);
    CHECK_INT(rig->logins, 3);
    telemetry_done(&rig->telemetry);
}

/* An external label that nobody knows changes; the sender goes on with another signal. */
TEST(series_that_take_the_place_of_all_others_are_learnt_with_a_gap)
{
    struct rig *rig = rig_make(arena);
    for (int64_t ms = 0; ms <= 40000; ms += 500) {
        struct label label = {STR("zone"), ms < 6000 ? STR("a") : STR("b")};
        struct pushed_sample sample = {.name = STR("logins_total"),
                                       .labels = &label,
                                       .label_count = 1,
                                       .value = ms < 6000 ? 4000 : 4000 + (double)ms / 500,
                                       .at = at_ms(ms)};
        CHECK(
            give(rig, ms, "heat_celsius", "", (struct pushed_sample){.value = 1, .at = at_ms(ms)}));
        CHECK(rig->push.use.take(rig->push.use.context, &sample, &rig->err));
        flush(rig, ms);
        if (ms == 9000)
            CHECK_STR(why(rig, 0, ms),
                      "most of its series are new at once, and those before them have ceased: "
                      "where they stand is being learnt");
    }
    CHECK(rig->logins > 40 && rig->logins < 70);
    struct answer answer = telemetry_ask(&rig->telemetry, STR("logins"), 600000, at_ms(40000));
    CHECK(answer.covered_ms < 34000);
    answer = telemetry_ask(&rig->telemetry, STR("heat"), 600000, at_ms(40000));
    CHECK(answer.covered_ms > 37000);
    telemetry_done(&rig->telemetry);
}

TEST(two_processes_that_write_one_series_are_named_and_one_alone_is_read)
{
    struct rig *rig = learnt(arena);
    int64_t ms = 6000;
    for (; ms <= 16000; ms += 500) {
        CHECK(send(rig, ms, "a", ms % 1000 == 0 ? 4000 : 7));
        if (ms % 1000 == 0)
            CHECK(send(rig, ms, "b", 10));
        if (ms == 7000)
            rig->logins = 0; /* what is new of 4000 */
        flush(rig, ms);
    }
    CHECK_INT(rig->logins, 0);
    CHECK_STR(why(rig, 0, ms),
              "logins_total{instance=\"a\"} is written by two processes: it goes back and forth; "
              "give each an instance label (service.instance.id)");
    for (; ms <= 30000; ms += 1000) {
        CHECK(send(rig, ms, "a", 4000) && send(rig, ms, "b", 10));
        flush(rig, ms);
    }
    CHECK(reading_of(rig, "logins") != NULL);
    CHECK_INT(rig->logins, 0);
    CHECK_STR(why(rig, 0, ms), "");
    telemetry_done(&rig->telemetry);
}

TEST(starts_that_go_back_and_forth_are_two_processes)
{
    struct rig *rig = learnt(arena);
    for (int64_t ms = 6000; ms <= 9000; ms += 500) {
        CHECK(give(rig, ms, "logins_total", "c",
                   (struct pushed_sample){.kind = PUSHED_CUMULATIVE,
                                          .value = 100000 + (double)ms,
                                          .at = at_ms(ms),
                                          .start = at_ms(ms % 1000 ? -90000 : -80000)}));
        go_on(rig, ms);
        flush(rig, ms);
    }
    CHECK(str_starts(why(rig, 0, 9000), "logins_total{instance=\"c\"} is written by two"));
    telemetry_done(&rig->telemetry);
}

/* It begins anew twice, and gets far: that is no second process. */
TEST(a_counter_that_begins_anew_and_catches_up_is_counted)
{
    static const double values[] = {12, 1, 14, 16, 18, 20, 22, 24, 26, 3, 5, 7, 9, 11, 13};
    struct rig *rig = learnt(arena);
    int64_t ms = 6000;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++, ms += 1000) {
        CHECK(send(rig, ms, "a", values[i]) && send(rig, ms, "b", 10));
        flush(rig, ms);
    }
    CHECK_INT(rig->logins, 2 + 1 + 13 + 12 + 3 + 10);
    telemetry_done(&rig->telemetry);
}

TEST(a_clock_that_is_put_right_counts_again_at_once)
{
    struct rig *rig = rig_make(arena);
    double value = 10;
    for (int64_t ms = 0; ms <= 14000; ms += 1000) {
        int64_t ahead = ms <= 6000 ? 240000 : 0;
        value += ms > 6000 ? 5 : 0;
        CHECK(send(rig, ms, "a", 10));
        CHECK(give(rig, ms, "logins_total", "b",
                   (struct pushed_sample){.value = value, .at = at_ms(ms + ahead)}));
        CHECK(give(rig, ms, "heat_celsius", "b",
                   (struct pushed_sample){.value = ms <= 6000 ? 5 : 500, .at = at_ms(ms + ahead)}));
        flush(rig, ms);
    }
    CHECK_INT(reading_of(rig, "heat")->high, 500);
    CHECK_INT(rig->logins, value - 10);
    CHECK_INT(rig->push.refused, 0);
    telemetry_done(&rig->telemetry);
}

TEST(a_series_whose_clock_was_set_back_is_refused_and_its_signal_is_unknown)
{
    struct rig *rig = learnt(arena);
    bool taken = true;
    for (int64_t ms = 6000; ms <= 12000; ms += 1000) {
        CHECK(give(rig, ms, "heat_celsius", "b",
                   (struct pushed_sample){.value = 1, .at = at_ms(ms)}));
        CHECK(send(rig, ms, "a", 10));
        taken = give(rig, ms, "logins_total", "b",
                     (struct pushed_sample){.value = 900, .at = at_ms(ms - 180000)});
        flush(rig, ms);
    }
    CHECK(!taken);
    CHECK(reading_of(rig, "logins") == NULL && reading_of(rig, "heat") != NULL);
    CHECK_STR(why(rig, 0, 12000),
              "logins_total{instance=\"b\"} comes with an earlier time than before, so that it "
              "counts for nothing: the clock of who sends it was set back");
    CHECK_STR(why(rig, 1, 12000), "");
    telemetry_done(&rig->telemetry);
}

TEST(a_reason_is_told_to_the_rules_that_it_is_about)
{
    struct rig *rig = learnt(arena);
    CHECK(!give(rig, 6000, "logins_total", "a",
                (struct pushed_sample){.kind = PUSHED_DELTA, .value = -1, .at = at_ms(6000)}));
    flush(rig, 6000);
    CHECK_STR(why(rig, 0, 6000), "logins_total grew by less than zero, which no counter does");
    CHECK_STR(why(rig, 1, 6000), "");
    struct target_reason reason = {STR("logins"), why(rig, 0, 6000)};
    struct target_status status = {.name = STR("prom"),
                                   .interval_ms = EVERY_MS,
                                   .at = at_ms(6000),
                                   .up = true,
                                   .problem = STR("1 sample of logins_total was not taken"),
                                   .of_metric = true,
                                   .reasons = &reason,
                                   .reason_count = 1};
    CHECK_OK(
        telemetry_fold_line(&rig->telemetry, arena, target_status_write(arena, &status), &rig->err),
        &rig->err);
    size_t at = 0;
    const struct target_status *kept = telemetry_next_target(&rig->telemetry, &at);
    CHECK_STR(telemetry_target_reason(kept, STR("logins")), reason.problem.p);
    CHECK_STR(telemetry_target_reason(kept, STR("heat")), "");
    status.of_metric = false;
    CHECK_OK(
        telemetry_fold_line(&rig->telemetry, arena, target_status_write(arena, &status), &rig->err),
        &rig->err);
    CHECK_STR(telemetry_target_reason(kept, STR("heat")), "1 sample of logins_total was not taken");
    telemetry_done(&rig->telemetry);
}

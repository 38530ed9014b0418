/* test_intake.c - scrapes become readings, readings become windows. */
#include "harness/test.h"
#include "telemetry/window.h"

#include <math.h>
#include <stdio.h>

struct rig {
    struct arena *arena;
    struct signals signals;
    struct intake intake;
    struct telemetry telemetry;
    struct reading readings[LIMIT_SIGNALS];
    size_t count;
    char *carry;
};

static const int64_t start_us = 1700000000000000;

static struct instant second(int64_t n)
{
    return (struct instant){start_us + n * 1000000};
}

static struct rig *rig_make(struct arena *arena)
{
    struct rig *rig = arena_make(arena, struct rig);
    rig->arena = arena;
    signals_init(&rig->signals, arena);
    intake_init(&rig->intake, arena, &rig->signals, STR("app"));
    telemetry_init(&rig->telemetry, arena);
    rig->carry = arena_alloc(arena, LIMIT_SCRAPE_LINE_BYTES);
    return rig;
}

static void rig_done(struct rig *rig)
{
    telemetry_done(&rig->telemetry);
}

/* Feeds a body; whole: the answer ended well, and its readings go through the wire to the core. */
static void scrape(struct rig *rig, int64_t at, const char *body, bool whole)
{
    struct err err = {0};
    struct exposition reader;
    intake_begin(&rig->intake, second(at), 1000);
    exposition_init(&reader, &rig->intake.use, rig->carry);
    CHECK_OK(exposition_feed(&reader, str_of(body), &err), &err);
    rig->count = 0;
    if (!whole)
        return;
    CHECK_OK(exposition_end(&reader, &err), &err);
    rig->count = intake_finish(&rig->intake, rig->arena, 1000, rig->readings);
    for (size_t i = 0; i < rig->count; i++)
        CHECK_OK(telemetry_fold_line(&rig->telemetry, rig->arena,
                                     reading_write(rig->arena, &rig->readings[i]), &err),
                 &err);
}

static bool has_reading(const struct rig *rig, const char *signal, size_t *out_at)
{
    for (size_t i = 0; i < rig->count; i++) {
        *out_at = i;
        if (str_is(rig->readings[i].signal, signal))
            return true;
    }
    return false;
}

static const struct reading *reading_of(const struct rig *rig, const char *signal)
{
    size_t at = 0;
    if (!has_reading(rig, signal, &at))
        test_fail(__FILE__, __LINE__, "no reading of %s", signal);
    return &rig->readings[at];
}

TEST(counts_are_exact_over_resets_and_new_series)
{
    struct rig *rig = rig_make(arena);
    scrape(rig, 0, "http_requests_total{status=\"200\"} 1000\n", true);
    CHECK_INT(reading_of(rig, "error rate")->of, 0);
    CHECK(instant_is_zero(reading_of(rig, "error rate")->since));
    scrape(rig, 1,
           "http_requests_total{status=\"200\"} 1040\n"
           "http_requests_total{status=\"500\"} 2\n",
           true);
    CHECK_INT(reading_of(rig, "error rate")->of, 42);
    CHECK_INT(reading_of(rig, "error rate")->part, 2);
    /* The application restarted: 5 and 1 since then. */
    scrape(rig, 2,
           "http_requests_total{status=\"200\"} 5\n"
           "http_requests_total{status=\"500\"} 1\n",
           true);
    CHECK_INT(reading_of(rig, "error rate")->of, 6);
    CHECK_INT(reading_of(rig, "error rate")->part, 1);
    /* Absent once, then back: goes on from where it stood. */
    scrape(rig, 3, "http_requests_total{status=\"200\"} 6\n", true);
    scrape(rig, 4,
           "http_requests_total{status=\"200\"} 7\n"
           "http_requests_total{status=\"500\"} 4\n",
           true);
    CHECK_INT(reading_of(rig, "error rate")->part, 3);
    struct answer answer = telemetry_ask(&rig->telemetry, STR("error rate"), 60000, second(4));
    CHECK_INT(answer.state, ANSWER_LIVE);
    CHECK_INT(answer.of, 42 + 6 + 1 + 4);
    CHECK_INT(answer.part, 2 + 1 + 3);
    CHECK_INT(answer.covered_ms, 4000);
    rig_done(rig);
}

TEST(by_which_of_the_usual_names_a_target_is_read_is_told)
{
    struct rig *rig = rig_make(arena);
    bool used[ALTERNATIVES_MAX];
    scrape(rig, 0, "http_requests_total{code=\"200\"} 1000\n", true);
    CHECK_INT(reading_of(rig, "error rate")->binding, 3);
    telemetry_find_bindings(&rig->telemetry, STR("error rate"), used);
    CHECK(used[2] && !used[0] && !used[1]);
    scrape(rig, 1, "http_requests_total{status=\"200\",code=\"200\"} 1040\n", true);
    telemetry_find_bindings(&rig->telemetry, STR("error rate"), used);
    CHECK(used[1] && !used[2]);
    rig_done(rig);
}

TEST(a_broken_answer_loses_nothing)
{
    struct rig *rig = rig_make(arena);
    scrape(rig, 0, "http_requests_total{code=\"200\"} 10\nhttp_requests_total{code=\"500\"} 0\n",
           true);
    scrape(rig, 1, "http_requests_total{code=\"200\"} 17\n", false);
    scrape(rig, 2, "http_requests_total{code=\"200\"} 20\nhttp_requests_total{code=\"500\"} 3\n",
           true);
    CHECK_INT(reading_of(rig, "error rate")->of, 13);
    CHECK_INT(reading_of(rig, "error rate")->part, 3);
    rig_done(rig);
}

TEST(a_long_gap_begins_afresh)
{
    struct rig *rig = rig_make(arena);
    scrape(rig, 0, "auth_failures_total 10\n", true);
    scrape(rig, 1, "auth_failures_total 11\n", true);
    scrape(rig, 60, "auth_failures_total 500\n", true);
    CHECK_INT(reading_of(rig, "failed auth attempts")->part, 0);
    scrape(rig, 61, "auth_failures_total 502\n", true);
    struct answer answer =
        telemetry_ask(&rig->telemetry, STR("failed auth attempts"), 300000, second(61));
    CHECK_INT(answer.part, 3);
    CHECK_INT(answer.covered_ms, 1000);
    rig_done(rig);
}

TEST(a_restarted_collector_goes_on)
{
    struct rig *rig = rig_make(arena);
    scrape(rig, 0, "auth_failures_total{realm=\"a\",x=\"y\"} 10\n", true);
    struct str saved = intake_save(&rig->intake, arena);
    CHECK(saved.n > 0);
    intake_init(&rig->intake, arena, &rig->signals, STR("app"));
    intake_restore(&rig->intake, saved);
    scrape(rig, 2, "auth_failures_total{x=\"y\",realm=\"a\"} 14\n", true);
    CHECK_INT(reading_of(rig, "failed auth attempts")->part, 4);
    char *broken = (char *)(uintptr_t)str_copy(arena, saved).p;
    broken[9] ^= 1;
    intake_init(&rig->intake, arena, &rig->signals, STR("app"));
    intake_restore(&rig->intake, (struct str){broken, saved.n});
    CHECK(instant_is_zero(rig->intake.since));
    intake_restore(&rig->intake, str_slice(saved, 0, saved.n - 16));
    CHECK(instant_is_zero(rig->intake.since));
    rig_done(rig);
}

TEST(labels_in_another_order_are_the_same_series_and_twice_is_named)
{
    struct rig *rig = rig_make(arena);
    scrape(rig, 0, "auth_failures_total{a=\"1\",b=\"2\"} 10\n", true);
    scrape(rig, 1, "auth_failures_total{b=\"2\",a=\"1\"} 12\n", true);
    CHECK_INT(reading_of(rig, "failed auth attempts")->part, 2);
    CHECK_STR(str_of(rig->intake.tallies.problem), "");
    scrape(rig, 2,
           "auth_failures_total{b=\"2\",a=\"1\"} 13\n"
           "auth_failures_total{a=\"1\",b=\"2\"} 13\n",
           true);
    CHECK_INT(reading_of(rig, "failed auth attempts")->part, 1);
    CHECK_STR(str_of(rig->intake.tallies.problem),
              "auth_failures_total stands twice with the same labels (line 2); it counts once");
    rig_done(rig);
}

TEST(two_values_of_one_series_are_no_reading)
{
    struct rig *rig = rig_make(arena);
    size_t at;
    scrape(rig, 0, "auth_failures_total 10\n", true);
    scrape(rig, 1, "auth_failures_total 11\nauth_failures_total 99\n", true);
    CHECK(!has_reading(rig, "failed auth attempts", &at));
    CHECK_STR(str_of(rig->intake.tallies.problem),
              "auth_failures_total stands twice with the same labels and two values, 11 and 99 "
              "(line 2): neither counts; correct the exporter");
    scrape(rig, 2, "auth_failures_total 14\n", true);
    CHECK_INT(reading_of(rig, "failed auth attempts")->part, 3);
    CHECK_STR(str_of(rig->intake.tallies.problem), "");
    scrape(rig, 3,
           "node_memory_MemTotal_bytes 100\nnode_memory_MemAvailable_bytes 30\n"
           "node_memory_MemAvailable_bytes 10\n",
           true);
    CHECK(!has_reading(rig, "memory usage", &at));
    rig_done(rig);
}

TEST(why_a_signal_is_not_read_is_named)
{
    struct rig *rig = rig_make(arena);
    scrape(rig, 0, "node_memory_MemTotal_bytes 100\nnode_memory_MemAvailable_bytes NaN\n", true);
    CHECK_STR(str_of(rig->intake.tallies.problem),
              "node_memory_MemAvailable_bytes is NaN (line 2), which is no measurement");
    scrape(rig, 1, "node_memory_MemTotal_bytes 100\nnode_memory_MemAvailable_bytes -Inf\n", true);
    CHECK_STR(str_of(rig->intake.tallies.problem),
              "node_memory_MemAvailable_bytes is infinite (line 2), which is no measurement");
    scrape(rig, 2, "node_memory_MemAvailable_bytes 30\n", true);
    CHECK_STR(str_of(rig->intake.tallies.problem),
              "node_memory_MemAvailable_bytes is given without node_memory_MemTotal_bytes, so "
              "there is no \"memory usage\"");
    rig_done(rig);
}

static void scrape_stamped(struct rig *rig, int64_t at, double stamp, bool open_metrics)
{
    struct err err = {0};
    struct exposition reader;
    struct str body = str_printf(rig->arena,
                                 "node_memory_MemTotal_bytes 100\n"
                                 "node_memory_MemAvailable_bytes 30 %.3f\n# EOF\n",
                                 stamp);
    intake_begin(&rig->intake, second(at), 1000);
    exposition_init(&reader, &rig->intake.use, rig->carry);
    reader.open_metrics = open_metrics;
    CHECK_OK(exposition_feed(&reader, body, &err) && exposition_end(&reader, &err), &err);
    rig->count = intake_finish(&rig->intake, rig->arena, 1000, rig->readings);
}

/* A reading is of the moment at which it was read, when the sample is not of another time. */
TEST(samples_that_are_stamped_far_from_now_say_nothing)
{
    static const struct {
        int64_t off_ms;
        const char *age; /* NULL: it is read */
    } rows[] = {
        {-600000, NULL},       {300000, NULL},          {-600001, "10 min ago"},
        {-7200000, "2 h ago"}, {300001, "5 min ahead"}, {86400000, "1 d ahead"},
    };
    struct rig *rig = rig_make(arena);
    size_t at;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int form = 0; form < 2; form++) {
            int64_t ms = second((int64_t)i).us / 1000 + rows[i].off_ms;
            scrape_stamped(rig, (int64_t)i, form ? (double)ms / 1000 : (double)ms, form);
            CHECK_INT(has_reading(rig, "memory usage", &at), rows[i].age == NULL);
            if (!rows[i].age) {
                CHECK_INT(rig->readings[at].at.us, second((int64_t)i).us);
                continue;
            }
            CHECK_STR(str_of(rig->intake.tallies.problem),
                      str_printf(arena,
                                 "node_memory_MemAvailable_bytes has a timestamp of %s, so that it "
                                 "says nothing of now (line 2); look why its exporter is behind",
                                 rows[i].age)
                          .p);
        }
    /* 1970, and what no clock shows. */
    scrape_stamped(rig, 20, 0, false);
    CHECK(!has_reading(rig, "memory usage", &at));
    scrape_stamped(rig, 21, 1e300, false);
    CHECK(!has_reading(rig, "memory usage", &at));
    rig_done(rig);
}

TEST(counters_that_are_stamped_far_from_now_leave_no_reading)
{
    struct rig *rig = rig_make(arena);
    size_t at;
    for (int i = 0; i < 3; i++) {
        scrape(rig, i,
               str_printf(arena,
                          "http_requests_total{status=\"200\"} %d\n"
                          "http_requests_total{status=\"500\"} 7 1000\n",
                          i * 100)
                   .p,
               true);
        CHECK(!has_reading(rig, "error rate", &at));
    }
    rig_done(rig);
}

TEST(counters_that_are_no_numbers_leave_no_reading)
{
    static const char *const values[] = {"NaN", "+Inf", "-Inf"};
    struct rig *rig = rig_make(arena);
    size_t at;
    scrape(rig, 0, "http_requests_total{status=\"200\"} 0\nhttp_requests_total{status=\"500\"} 0\n",
           true);
    for (int i = 0; i < 3; i++) {
        scrape(rig, 1 + i,
               str_printf(arena,
                          "http_requests_total{status=\"200\"} %d\n"
                          "http_requests_total{status=\"500\"} %s\n",
                          i * 100 + 100, values[i])
                   .p,
               true);
        CHECK(!has_reading(rig, "error rate", &at));
        CHECK_STR(str_of(rig->intake.tallies.problem),
                  str_printf(arena, "http_requests_total is %s (line 2), which is no measurement",
                             i == 0 ? "NaN" : "infinite")
                      .p);
    }
    /* What grew meanwhile is nobody's; from here on it is known. */
    scrape(rig, 4,
           "http_requests_total{status=\"200\"} 310\nhttp_requests_total{status=\"500\"} 40\n",
           true);
    CHECK_INT(reading_of(rig, "error rate")->of, 10);
    scrape(rig, 5,
           "http_requests_total{status=\"200\"} 315\nhttp_requests_total{status=\"500\"} 45\n",
           true);
    CHECK_INT(reading_of(rig, "error rate")->of, 10);
    CHECK_INT(reading_of(rig, "error rate")->part, 5);
    CHECK_STR(str_of(rig->intake.tallies.problem), "");
    rig_done(rig);
}

TEST(gauges_that_are_nan_are_left_out_and_infinite_ones_are_not)
{
    struct rig *rig = rig_make(arena);
    size_t at;
    scrape(rig, 0,
           "node_memory_MemTotal_bytes{n=\"a\"} 100\nnode_memory_MemTotal_bytes{n=\"b\"} 100\n"
           "node_memory_MemAvailable_bytes{n=\"a\"} NaN\n"
           "node_memory_MemAvailable_bytes{n=\"b\"} 30\n",
           true);
    CHECK(fabs(reading_of(rig, "memory usage")->high - 0.7) < 1e-12);
    CHECK_STR(reading_of(rig, "memory usage")->high_series, "n=\"b\"");
    CHECK_STR(str_of(rig->intake.tallies.problem),
              "node_memory_MemAvailable_bytes is NaN (line 3), "
              "which is no measurement; it is left out");
    scrape(rig, 1,
           "node_memory_MemTotal_bytes{n=\"a\"} 100\nnode_memory_MemTotal_bytes{n=\"b\"} 100\n"
           "node_memory_MemAvailable_bytes{n=\"a\"} +Inf\n"
           "node_memory_MemAvailable_bytes{n=\"b\"} 30\n",
           true);
    CHECK(!has_reading(rig, "memory usage", &at));
    CHECK_STR(str_of(rig->intake.tallies.problem),
              "node_memory_MemAvailable_bytes is infinite (line 3), which is no measurement");
    scrape(rig, 2, "node_memory_MemTotal_bytes 100\nnode_memory_MemAvailable_bytes 20\n", true);
    CHECK(fabs(reading_of(rig, "memory usage")->high - 0.8) < 1e-12);
    CHECK_STR(str_of(rig->intake.tallies.problem), "");
    rig_done(rig);
}

TEST(what_overflows_or_is_not_utf8_still_reaches_the_core)
{
    struct rig *rig = rig_make(arena);
    size_t at;
    scrape(rig, 0,
           "pg_stat_activity_count 1e308\npg_settings_max_connections 1e-308\n"
           "auth_failures_total{a=\"1\"} 0\nauth_failures_total{a=\"2\"} 0\n"
           "node_memory_MemAvailable_bytes{a=\"\xff\"} 1\n"
           "node_memory_MemTotal_bytes{a=\"\xff\"} 4\n",
           true);
    CHECK(!has_reading(rig, "database connection pool", &at));
    CHECK_STR(reading_of(rig, "memory usage")->high_series, "labels that are not UTF-8");
    scrape(rig, 1, "auth_failures_total{a=\"1\"} 1e308\nauth_failures_total{a=\"2\"} 1e308\n",
           true);
    CHECK(!has_reading(rig, "failed auth attempts", &at));
    rig_done(rig);
}

TEST(gauges_are_joined_and_the_worst_is_named)
{
    struct rig *rig = rig_make(arena);
    scrape(rig, 0,
           "node_filesystem_avail_bytes{device=\"a\",fstype=\"ext4\",mountpoint=\"/\"} 50\n"
           "node_filesystem_avail_bytes{device=\"b\",fstype=\"ext4\",mountpoint=\"/var\"} 10\n"
           "node_filesystem_avail_bytes{device=\"t\",fstype=\"tmpfs\",mountpoint=\"/run\"} 0\n"
           "node_filesystem_avail_bytes{device=\"z\",fstype=\"ext4\",mountpoint=\"/z\"} 0\n"
           "node_filesystem_size_bytes{device=\"a\",fstype=\"ext4\",mountpoint=\"/\"} 100\n"
           "node_filesystem_size_bytes{device=\"b\",fstype=\"ext4\",mountpoint=\"/var\"} 100\n"
           "node_filesystem_size_bytes{device=\"t\",fstype=\"tmpfs\",mountpoint=\"/run\"} 100\n"
           "node_filesystem_size_bytes{device=\"z\",fstype=\"ext4\",mountpoint=\"/z\"} 0\n"
           "pg_stat_activity_count{datname=\"x\",state=\"active\"} 3\n"
           "pg_stat_activity_count{datname=\"x\",state=\"idle\"} 6\n"
           "pg_settings_max_connections{server=\"s\"} 10\n",
           true);
    const struct reading *disk = reading_of(rig, "disk usage");
    CHECK(fabs(disk->high - 0.9) < 1e-12 && fabs(disk->low - 0.5) < 1e-12);
    CHECK_STR(disk->high_series, "device=\"b\",fstype=\"ext4\",mountpoint=\"/var\"");
    CHECK(fabs(reading_of(rig, "database connection pool")->high - 0.9) < 1e-12);
    rig_done(rig);
}

TEST(histograms_add_at_the_edges_all_have)
{
    struct rig *rig = rig_make(arena);
    const char *zero = "http_request_duration_seconds_bucket{p=\"a\",le=\"0.5\"} 0\n"
                       "http_request_duration_seconds_bucket{p=\"a\",le=\"1\"} 0\n"
                       "http_request_duration_seconds_bucket{p=\"a\",le=\"+Inf\"} 0\n";
    scrape(rig, 0, zero, true);
    scrape(rig, 1,
           "http_request_duration_seconds_bucket{p=\"a\",le=\"0.5\"} 6\n"
           "http_request_duration_seconds_bucket{p=\"a\",le=\"1\"} 8\n"
           "http_request_duration_seconds_bucket{p=\"a\",le=\"+Inf\"} 10\n"
           "http_request_duration_seconds_bucket{p=\"b\",le=\"1.0\"} 1\n"
           "http_request_duration_seconds_bucket{p=\"b\",le=\"+Inf\"} 2\n",
           true);
    const struct reading *reading = reading_of(rig, "response time");
    CHECK_INT(reading->edge_count, 1);
    CHECK_INT(reading->edges[0], 1);
    CHECK_INT(reading->counts[0], 9);
    CHECK_INT(reading->of, 12);
    struct answer answer = telemetry_ask(&rig->telemetry, STR("response time"), 60000, second(1));
    CHECK_INT(answer.edge_count, 1);
    CHECK_INT(answer.counts[0], 9);
    CHECK_INT(answer.of, 12);
    rig_done(rig);
}

TEST(windows_slide_and_know_silence)
{
    struct rig *rig = rig_make(arena);
    char body[64];
    for (int i = 0; i <= 100; i++) {
        (void)snprintf(body, sizeof body, "auth_failures_total %d\n", i);
        scrape(rig, i, body, true);
    }
    struct telemetry *telemetry = &rig->telemetry;
    struct str signal = STR("failed auth attempts");
    CHECK_INT(telemetry_ask(telemetry, signal, 60000, second(100)).part, 60);
    CHECK_INT(telemetry_ask(telemetry, signal, 10000, second(100)).part, 10);
    CHECK_INT(telemetry_ask(telemetry, signal, 60000, second(100)).covered_ms, 60000);
    CHECK_INT(telemetry_ask(telemetry, signal, 60000, second(105)).state, ANSWER_LIVE);
    struct answer silent = telemetry_ask(telemetry, signal, 60000, second(106));
    CHECK_INT(silent.state, ANSWER_SILENT);
    CHECK_STR(silent.silent_target, "app");
    CHECK_INT(silent.silent_ms, 6000);
    CHECK_INT(telemetry_ask(telemetry, STR("disk usage"), 60000, second(100)).state, ANSWER_NONE);
    /* A longer memory keeps what there is. */
    telemetry_retain(telemetry, signal, 86400 * 1000);
    CHECK_INT(telemetry_ask(telemetry, signal, 86400 * 1000, second(100)).part, 100);
    struct str other = STR("elsewhere");
    telemetry_set_targets(telemetry, &other, 1);
    scrape(rig, 101, "auth_failures_total 101\n", true);
    CHECK_INT(telemetry_ask(telemetry, signal, 60000, second(100)).state, ANSWER_NONE);
    rig_done(rig);
}

TEST(history_sent_again_is_not_counted_again)
{
    struct rig *rig = rig_make(arena);
    struct reading reading = {.signal = STR("failed auth attempts"),
                              .target = STR("app"),
                              .at = second(5),
                              .since = second(4),
                              .interval_ms = 1000,
                              .kind = SIGNAL_COUNT,
                              .part = 7,
                              .of = 7};
    struct err err = {0};
    CHECK_OK(telemetry_fold(&rig->telemetry, &reading, &err), &err);
    CHECK_OK(telemetry_fold(&rig->telemetry, &reading, &err), &err);
    CHECK_INT(telemetry_ask(&rig->telemetry, reading.signal, 60000, second(5)).part, 7);
    /* Bound anew: what was measured before means nothing. */
    reading.kind = SIGNAL_RATIO;
    reading.at = second(6);
    reading.part = 1;
    CHECK_OK(telemetry_fold(&rig->telemetry, &reading, &err), &err);
    CHECK_INT(telemetry_ask(&rig->telemetry, reading.signal, 60000, second(6)).part, 1);
    telemetry_forget(&rig->telemetry);
    struct target_status status = {.name = reading.target, .interval_ms = 1000, .up = true};
    for (int64_t answers = 0; answers <= 3; answers++) {
        CHECK_INT(telemetry_ask(&rig->telemetry, reading.signal, 60000, second(6)).state,
                  answers < 3 ? ANSWER_FORGOTTEN : ANSWER_NONE);
        status.at = second(-3610 + answers);
        CHECK_OK(
            telemetry_fold_line(&rig->telemetry, arena, target_status_write(arena, &status), &err),
            &err);
    }
    reading.at = second(-3600);
    CHECK_OK(telemetry_fold(&rig->telemetry, &reading, &err), &err);
    CHECK_INT(telemetry_ask(&rig->telemetry, reading.signal, 60000, second(-3600)).state,
              ANSWER_LIVE);
    CHECK_INT(telemetry_ask(&rig->telemetry, reading.signal, 60000, second(-3610)).state,
              ANSWER_SILENT);
    rig_done(rig);
}

TEST(lines_that_are_no_readings_are_refused)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[1]",
        "{\"target\":\"a\"}",
        "{\"at\":1,\"interval_ms\":0,\"target\":\"a\"}",
        "{\"at\":1,\"interval_ms\":1,\"target\":\"a\",\"kind\":\"ratio\",\"signal\":\"s\"}",
        "{\"at\":1,\"interval_ms\":1,\"target\":\"a\",\"kind\":\"x\",\"signal\":\"s\",\"since\":0}",
        ("{\"at\":1,\"interval_ms\":1,\"target\":\"a\",\"kind\":\"histogram\",\"signal\":\"s\","
         "\"since\":0,\"of\":1,\"part\":0,\"edges\":[2,1],\"counts\":[1,1]}")};
    struct rig *rig = rig_make(arena);
    struct err err = {0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(!telemetry_fold_line(&rig->telemetry, arena, str_of(bad[i]), &err));
    struct target_status status = {.name = STR("app"),
                                   .url = STR("http://h/metrics"),
                                   .at = second(1),
                                   .interval_ms = 1000,
                                   .problem = STR("no answer")};
    CHECK_OK(telemetry_fold_line(&rig->telemetry, arena, target_status_write(arena, &status), &err),
             &err);
    status.problem = STR("answered 500 \xff\x1b[2J caf\xc3\xa9");
    CHECK_OK(telemetry_fold_line(&rig->telemetry, arena, target_status_write(arena, &status), &err),
             &err);
    size_t again = 0;
    CHECK_STR(telemetry_next_target(&rig->telemetry, &again)->problem,
              "answered 500 ??[2J caf\xc3\xa9");
    status.problem = STR("no answer");
    CHECK_OK(telemetry_fold_line(&rig->telemetry, arena, target_status_write(arena, &status), &err),
             &err);
    size_t at = 0;
    const struct target_status *kept = telemetry_next_target(&rig->telemetry, &at);
    CHECK(!kept->up);
    CHECK_STR(kept->problem, "no answer");
    CHECK(telemetry_next_target(&rig->telemetry, &at) == NULL);
    rig_done(rig);
}

/* What is known of before the start is no news, and is never taken for an answer of now. */
TEST(a_target_is_expected_and_remembered_until_it_is_heard)
{
    struct rig *rig = rig_make(arena);
    struct telemetry *telemetry = &rig->telemetry;
    struct target_status expected = {
        .name = STR("app"), .url = STR("http://h/"), .interval_ms = 1000, .since = second(50)};
    struct target_status told = {.name = STR("app"),
                                 .url = STR("http://h/"),
                                 .at = second(40),
                                 .interval_ms = 1000,
                                 .up = true,
                                 .problem = STR(""),
                                 .remembered = true};
    struct err err = {0};
    size_t at = 0;
    /* Nobody expects it. */
    CHECK_OK(telemetry_fold_line(telemetry, arena, target_status_write(arena, &told), &err), &err);
    CHECK(telemetry_next_listed(telemetry, &at) == NULL);
    telemetry_expect(telemetry, &expected);
    at = 0;
    CHECK(telemetry_next_target(telemetry, &at) == NULL);
    at = 0;
    const struct target_status *kept = telemetry_next_listed(telemetry, &at);
    CHECK(kept && kept->remembered && instant_is_zero(kept->at) && kept->since.us == second(50).us);
    CHECK_OK(telemetry_fold_line(telemetry, arena, target_status_write(arena, &told), &err), &err);
    CHECK(kept->remembered && !kept->up);
    CHECK_INT(kept->at.us, second(40).us);
    told.at = second(30);
    CHECK_OK(telemetry_fold_line(telemetry, arena, target_status_write(arena, &told), &err), &err);
    CHECK_INT(kept->at.us, second(40).us);
    told.at = second(51);
    told.remembered = false;
    CHECK_OK(telemetry_fold_line(telemetry, arena, target_status_write(arena, &told), &err), &err);
    CHECK(!kept->remembered && kept->up);
    at = 0;
    CHECK(telemetry_next_target(telemetry, &at) == kept);
    /* A collector that was started again remembers less than is known. */
    told.at = second(60);
    told.remembered = true;
    CHECK_OK(telemetry_fold_line(telemetry, arena, target_status_write(arena, &told), &err), &err);
    telemetry_expect(telemetry, &expected);
    CHECK(!kept->remembered && kept->up && kept->at.us == second(51).us);
    rig_done(rig);
}

/* A share below zero would resolve whatever fires. */
TEST(more_free_than_there_is_is_no_measurement)
{
    struct rig *rig = rig_make(arena);
    size_t at = 0;
    scrape(rig, 0,
           "node_filesystem_avail_bytes{mountpoint=\"/\"} 200\n"
           "node_filesystem_size_bytes{mountpoint=\"/\"} 100\n",
           true);
    CHECK(!has_reading(rig, "disk usage", &at));
    CHECK_STR(str_of(rig->intake.tallies.problem),
              "node_filesystem_avail_bytes is more than node_filesystem_size_bytes, which is no "
              "measurement");
    scrape(rig, 1,
           "node_filesystem_avail_bytes{mountpoint=\"/\"} 100\n"
           "node_filesystem_size_bytes{mountpoint=\"/\"} 100\n",
           true);
    CHECK_INT(reading_of(rig, "disk usage")->high, 0);
    rig_done(rig);
}

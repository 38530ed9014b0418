/* test_gauge_histogram.c - buckets that hold what is there now are not counted, and that is said.
 */
#include "harness/test.h"
#include "telemetry/exposition_push.h"
#include "telemetry/intake.h"
#include "telemetry/push.h"

static const char *const page = "# TYPE http_request_duration_seconds gaugehistogram\n"
                                "http_request_duration_seconds_bucket{le=\"1\"} 5\n"
                                "http_request_duration_seconds_bucket{le=\"+Inf\"} 50\n"
                                "http_request_duration_seconds_gcount 50\n";

static size_t scrape(struct intake *intake, struct arena *arena, int64_t at, const char *body)
{
    struct exposition reader;
    struct err err = {0};
    struct reading readings[LIMIT_SIGNALS];
    intake_begin(intake, (struct instant){at * 1000000}, 1000);
    exposition_init(&reader, &intake->use, arena_alloc(arena, LIMIT_SCRAPE_LINE_BYTES));
    CHECK_OK(exposition_feed(&reader, str_of(body), &err), &err);
    CHECK_OK(exposition_end(&reader, &err), &err);
    return intake_finish(intake, arena, 1000, readings);
}

TEST(a_scraped_gauge_histogram_is_no_reading)
{
    struct signals signals;
    struct intake *intake = arena_make(arena, struct intake);
    signals_init(&signals, arena);
    intake_init(intake, arena, &signals, STR("app"));
    CHECK_INT(scrape(intake, arena, 1700000000, page), 0);
    CHECK_STR(str_of(intake->tallies.problem),
              "http_request_duration_seconds is a gauge histogram, of what is there now, and its "
              "signal counts what was added; bind the signal to a histogram, or to one of its "
              "gauges");
    CHECK_INT(scrape(intake, arena, 1700000001, page), 0);
    /* The same lines as a histogram. */
    CHECK_INT(scrape(intake, arena, 1700000002, strchr(page, '\n') + 1), 1);
    CHECK_STR(str_of(intake->tallies.problem), "");
}

TEST(a_pushed_gauge_histogram_is_refused)
{
    struct signals signals;
    struct push *push = arena_make(arena, struct push);
    struct hash digest = hash_of(STR("signals"));
    struct pushed_count count;
    struct err err = {0};
    signals_init(&signals, arena);
    push_init(push, arena, &signals, &digest, STR("job"));
    push_set_interval(push, 1000);
    push_begin(push, (struct instant){1700000000000000});
    CHECK_OK(exposition_push(arena, &(struct exposition_page){.bytes = str_of(page)}, &push->use,
                             &count, &err),
             &err);
    CHECK_INT(count.rejected, 2);
    CHECK_STR(str_of(count.why_rejected),
              "http_request_duration_seconds_bucket is sent as a gauge, and its signal counts "
              "increments; bind the signal to a counter");
}

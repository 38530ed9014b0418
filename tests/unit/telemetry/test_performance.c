/* test_performance.c - rates without gaps, percentiles by their bucket. */
#include "harness/test.h"
#include "telemetry/performance.h"

#include <math.h>

static struct reading reading_of(const char *signal, enum signal_kind kind, int64_t since_s,
                                 int64_t at_s)
{
    return (struct reading){.signal = str_of(signal),
                            .target = STR("app"),
                            .kind = kind,
                            .since = {since_s * 1000000},
                            .at = {at_s * 1000000}};
}

TEST(rates_are_of_what_was_measured)
{
    struct performance performance;
    performance_init(&performance, arena);
    struct reading reading = reading_of("error rate", SIGNAL_RATIO, 0, 100); /* a first sight */
    performance_take(&performance, &reading);
    CHECK_INT((int64_t)performance.count, 1);
    CHECK(performance_rate(&performance.rows[0]) == 0);
    reading = reading_of("error rate", SIGNAL_RATIO, 100, 110);
    reading.part = 3;
    reading.of = 40;
    performance_take(&performance, &reading);
    reading = reading_of("error rate", SIGNAL_RATIO, 500, 510); /* after a gap */
    reading.part = 1;
    reading.of = 60;
    performance_take(&performance, &reading);
    const struct performance_row *row = &performance.rows[0];
    CHECK(row->part == 4 && row->of == 100 && row->measured_ms == 20000);
    CHECK(performance_rate(row) == 5);
    struct performance_range range;
    CHECK(!performance_percentile(row, 0.5, &range));
    reading = reading_of("logins", SIGNAL_COUNT, 100, 104);
    reading.part = 2;
    performance_take(&performance, &reading);
    CHECK(performance_rate(&performance.rows[1]) == 0.5);
}

TEST(a_percentile_is_the_bucket_that_it_lies_in)
{
    struct performance performance;
    struct performance_range range;
    performance_init(&performance, arena);
    struct reading reading = reading_of("response time", SIGNAL_QUANTILE, 100, 110);
    reading.edge_count = 3;
    memcpy(reading.edges, (double[]){0.1, 0.5, 1}, 3 * sizeof(double));
    memcpy(reading.counts, (double[]){50, 94, 98}, 3 * sizeof(double));
    reading.of = 100;
    performance_take(&performance, &reading);
    const struct performance_row *row = &performance.rows[0];
    CHECK(performance_percentile(row, 0.5, &range) && range.low == 0 && range.high == 0.1);
    CHECK(performance_percentile(row, 0.51, &range) && range.low == 0.1 && range.high == 0.5);
    CHECK(performance_percentile(row, 0.95, &range) && range.low == 0.5 && range.high == 1);
    CHECK(performance_percentile(row, 0.99, &range) && range.low == 1 && isinf(range.high));
    performance_take(&performance, &reading);
    CHECK(row->of == 200 && row->counts[0] == 100 && row->measured_ms == 20000);
    reading.edges[0] = 0.2; /* other edges: it begins anew */
    performance_take(&performance, &reading);
    CHECK(row->of == 100 && row->counts[0] == 50 && row->measured_ms == 10000);
    reading.edge_count = 0;
    reading.of = 0;
    performance_take(&performance, &reading);
    CHECK(!performance_percentile(row, 0.5, &range));
}

TEST(gauges_keep_both_ends_and_rows_are_bounded)
{
    struct performance performance;
    performance_init(&performance, arena);
    for (int i = 0; i < 3; i++) {
        struct reading reading = reading_of("disk usage", SIGNAL_GAUGE_RATIO, 100 + i, 101 + i);
        reading.high = 0.5 + i;
        reading.low = 0.25 - i;
        performance_take(&performance, &reading);
    }
    CHECK(performance.rows[0].high == 2.5 && performance.rows[0].low == -1.75);
    for (int i = 0; i < PERFORMANCE_ROWS_MAX; i++) {
        struct reading reading = reading_of("cpu", SIGNAL_COUNT, 100, 101);
        reading.target = str_printf(arena, "target %d", i);
        performance_take(&performance, &reading);
    }
    CHECK_INT((int64_t)performance.count, PERFORMANCE_ROWS_MAX);
    CHECK_INT(performance.left_out, 1);
}

/* test_otlp.c - names, labels and kinds of OTLP, and what Node's SDK sent. Messages by hand are
 * written as JSON, which test_otlp_json.c and the contract with Google's implementation hold to the
 * protobuf. */
#include "harness/pushed_lines.h"
#include "harness/test.h"
#include "telemetry/otlp_name.h"

static void check_name(struct arena *arena, const char *name, const char *unit, bool total,
                       const char *want)
{
    CHECK_STR(otlp_metric_name(arena, str_of(name), str_of(unit), total), want);
}

TEST(names_are_those_of_the_specification)
{
    check_name(arena, "http.server.request.duration", "s", false,
               "http_server_request_duration_seconds");
    check_name(arena, "http.server.duration", "ms", false, "http_server_duration_milliseconds");
    check_name(arena, "orders.created", "{order}", true, "orders_created_total");
    check_name(arena, "orders_total", "", true, "orders_total");
    check_name(arena, "orders_total", "", false, "orders_total");
    check_name(arena, "io.bytes.total", "By", true, "io_bytes_total");
    check_name(arena, "io", "By", true, "io_bytes_total");
    check_name(arena, "speed", "m/s", false, "speed_meters_per_second");
    check_name(arena, "rate", "{request}/s", false, "rate_per_second");
    check_name(arena, "used", "1", false, "used");
    check_name(arena, "used", "%", false, "used_percent");
    check_name(arena, "seconds", "s", false, "seconds");
    check_name(arena, "a..b  c__d", "", false, "a_b_c_d");
    check_name(arena, "2xx", "", false, "_2xx");
    check_name(arena, "a:b", "", false, "a:b");
    check_name(arena, "r\xc3\xa9sum\xc3\xa9", "furlongs", false, "r_sum_furlongs");
    check_name(arena, "...", "s", false, "");
    check_name(arena, "", "s", true, "");
}

TEST(labels_are_those_of_the_specification)
{
    CHECK_STR(otlp_label_name(arena, "", STR("http.method")), "http_method");
    CHECK_STR(otlp_label_name(arena, "", STR("1st")), "key_1st");
    CHECK_STR(otlp_label_name(arena, "", STR("__name__")), "_name_");
    CHECK_STR(otlp_label_name(arena, "", STR("--")), "");
    CHECK_STR(otlp_label_name(arena, "otel_scope_", STR("1st")), "otel_scope_1st");
}

static void check_json(struct arena *arena, enum pushed_body kind, struct str json,
                       const char *want)
{
    struct pushed_lines lines;
    struct err err = {0};
    pushed_lines_init(&lines, arena);
    CHECK_OK(pushed_lines_read(&lines, arena, kind, json, &err), &err);
    CHECK(kind == PUSHED_LOGS_JSON || pushed_lines_hold(arena, kind, json));
    CHECK_STR(text_str(&lines.text), want);
}

/* A request of one metric, of one resource and scope. */
static void check_metric(struct arena *arena, const char *metric, const char *want)
{
    check_json(arena, PUSHED_METRICS_JSON,
               str_printf(arena,
                          "{\"resourceMetrics\":[{\"resource\":{\"attributes\":[{\"key\":"
                          "\"service.name\",\"value\":{\"stringValue\":\"shop\"}}]},"
                          "\"scopeMetrics\":[{\"metrics\":[%s]}]}]}",
                          metric),
               want);
}

TEST(gauges_and_sums)
{
    check_metric(arena,
                 "{\"name\":\"g\",\"gauge\":{\"dataPoints\":[{\"asDouble\":1.5,"
                 "\"timeUnixNano\":\"3000000\"},{\"asInt\":\"-7\"}]}}",
                 "g{job=\"shop\"} 1.5 gauge 3000 0\ng{job=\"shop\"} -7 gauge 0 0\n"
                 "samples 2 histograms 0 exemplars 0 rejected 0\n");
    check_metric(arena,
                 "{\"name\":\"c\",\"sum\":{\"aggregationTemporality\":2,\"isMonotonic\":true,"
                 "\"dataPoints\":[{\"asInt\":5,\"timeUnixNano\":\"3000000\","
                 "\"startTimeUnixNano\":\"2000000\",\"exemplars\":[{}]}]}}",
                 "c_total{job=\"shop\"} 5 cumulative 3000 2000\n"
                 "samples 1 histograms 0 exemplars 1 rejected 0\n");
    check_metric(arena,
                 "{\"name\":\"c\",\"sum\":{\"aggregationTemporality\":1,\"isMonotonic\":true,"
                 "\"dataPoints\":[{\"asInt\":5}]}}",
                 "c_total{job=\"shop\"} 5 delta 0 0\n"
                 "samples 1 histograms 0 exemplars 0 rejected 0\n");
    check_metric(arena,
                 "{\"name\":\"d\",\"sum\":{\"aggregationTemporality\":2,"
                 "\"dataPoints\":[{\"asInt\":5}]}}",
                 "d{job=\"shop\"} 5 gauge 0 0\n"
                 "samples 1 histograms 0 exemplars 0 rejected 0\n");
}

TEST(what_cannot_be_understood_is_rejected_point_by_point)
{
    check_metric(arena,
                 "{\"name\":\"d\",\"sum\":{\"aggregationTemporality\":1,"
                 "\"dataPoints\":[{\"asInt\":5},{\"asInt\":6}]}}",
                 "samples 2 histograms 0 exemplars 0 rejected 2: a sum that may fall is sent as "
                 "delta, so where it stands is unknown; send it cumulative "
                 "(OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative)\n");
    check_metric(arena, "{\"name\":\"d\",\"sum\":{\"dataPoints\":[{\"asInt\":5}]}}",
                 "samples 1 histograms 0 exemplars 0 rejected 1: a metric does not say whether it "
                 "is cumulative or delta\n");
    check_metric(arena, "{\"name\":\"g\",\"gauge\":{\"dataPoints\":[{},{\"asInt\":1}]}}",
                 "g{job=\"shop\"} 1 gauge 0 0\n"
                 "samples 2 histograms 0 exemplars 0 rejected 1: a data point has no value\n");
    check_metric(arena, "{\"gauge\":{\"dataPoints\":[{\"asInt\":1}]}}",
                 "samples 1 histograms 0 exemplars 0 rejected 1: a metric has no name\n");
    check_metric(arena,
                 "{\"name\":\"h\",\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":"
                 "[{\"explicitBounds\":[1,2],\"bucketCounts\":[1,2]}]}}",
                 "samples 1 histograms 0 exemplars 0 rejected 1: a histogram's bucket_counts are "
                 "not one more than its explicit_bounds\n");
    check_metric(arena,
                 "{\"name\":\"h\",\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":"
                 "[{\"explicitBounds\":[2,2],\"bucketCounts\":[1,2,3]}]}}",
                 "samples 1 histograms 0 exemplars 0 rejected 1: a histogram's explicit_bounds do "
                 "not ascend\n");
    check_metric(arena,
                 "{\"name\":\"e\",\"exponentialHistogram\":{\"aggregationTemporality\":2,"
                 "\"dataPoints\":[{\"scale\":33,\"count\":1}]}}",
                 "samples 1 histograms 1 exemplars 0 rejected 1: an exponential histogram has a "
                 "scale beyond 32\n");
}

TEST(no_recorded_value_is_stale)
{
    check_metric(arena, "{\"name\":\"g\",\"gauge\":{\"dataPoints\":[{\"flags\":1}]}}",
                 "g{job=\"shop\"} stale gauge 0 0\n"
                 "samples 1 histograms 0 exemplars 0 rejected 0\n");
    check_metric(arena,
                 "{\"name\":\"h\",\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":"
                 "[{\"explicitBounds\":[1],\"flags\":1}]}}",
                 "h_bucket{job=\"shop\",le=\"1\"} stale cumulative 0 0\n"
                 "h_bucket{job=\"shop\",le=\"+Inf\"} stale cumulative 0 0\n"
                 "h_sum{job=\"shop\"} stale cumulative 0 0\n"
                 "h_count{job=\"shop\"} stale cumulative 0 0\n"
                 "samples 1 histograms 0 exemplars 0 rejected 0\n");
}

TEST(histograms_are_cumulative_over_their_bounds)
{
    check_metric(arena,
                 "{\"name\":\"h\",\"unit\":\"s\",\"histogram\":{\"aggregationTemporality\":1,"
                 "\"dataPoints\":[{\"explicitBounds\":[0.5,1],\"bucketCounts\":[\"1\",2,3],"
                 "\"count\":\"6\",\"sum\":9.5}]}}",
                 "h_seconds_bucket{job=\"shop\",le=\"0.5\"} 1 delta 0 0\n"
                 "h_seconds_bucket{job=\"shop\",le=\"1\"} 3 delta 0 0\n"
                 "h_seconds_bucket{job=\"shop\",le=\"+Inf\"} 6 delta 0 0\n"
                 "h_seconds_sum{job=\"shop\"} 9.5 delta 0 0\n"
                 "h_seconds_count{job=\"shop\"} 6 delta 0 0\n"
                 "samples 1 histograms 0 exemplars 0 rejected 0\n");
    check_metric(arena,
                 "{\"name\":\"h\",\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":"
                 "[{\"count\":4}]}}",
                 "h_bucket{job=\"shop\",le=\"+Inf\"} 4 cumulative 0 0\n"
                 "h_count{job=\"shop\"} 4 cumulative 0 0\n"
                 "samples 1 histograms 0 exemplars 0 rejected 0\n");
}

TEST(many_bounds_are_thinned_evenly)
{
    struct text metric;
    struct text bounds;
    struct text counts;
    text_init(&metric, arena, 100000);
    text_init(&bounds, arena, 10000);
    text_init(&counts, arena, 10000);
    for (int i = 1; i <= 150; i++) {
        text_printf(&bounds, "%s%d", i > 1 ? "," : "", i);
        text_printf(&counts, "1,");
    }
    text_printf(&metric,
                "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"h\","
                "\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":[{\"explicitBounds\":"
                "[%.*s],\"bucketCounts\":[%.*s1]}]}}]}]}]}",
                STR_ARGS(text_str(&bounds)), STR_ARGS(text_str(&counts)));
    struct pushed_lines lines;
    struct err err = {0};
    pushed_lines_init(&lines, arena);
    CHECK_OK(pushed_lines_read(&lines, arena, PUSHED_METRICS_JSON, text_str(&metric), &err), &err);
    struct str text = text_str(&lines.text);
    CHECK_INT(lines.taken, 50 + 1 + 1); /* every third, +Inf, the count */
    CHECK(str_starts(text, "h_bucket{le=\"3\"} 3 cumulative 0 0\nh_bucket{le=\"6\"} 6 "));
    CHECK(str_find(text, "h_bucket{le=\"150\"} 150 cumulative 0 0\nh_bucket{le=\"+Inf\"} 151 ", 0) <
          text.n);
}

TEST(summaries_are_quantiles_sum_and_count)
{
    check_metric(arena,
                 "{\"name\":\"s\",\"summary\":{\"dataPoints\":[{\"count\":\"3\",\"sum\":1.5,"
                 "\"attributes\":[{\"key\":\"quantile\",\"value\":{\"stringValue\":\"x\"}}],"
                 "\"quantileValues\":[{\"quantile\":0.5,\"value\":0.25},{\"quantile\":0.99,"
                 "\"value\":\"NaN\"}]}]}}",
                 "s{job=\"shop\",quantile=\"0.5\"} 0.25 gauge 0 0\n"
                 "s{job=\"shop\",quantile=\"0.99\"} NaN gauge 0 0\n"
                 "s_sum{job=\"shop\"} 1.5 cumulative 0 0\n"
                 "s_count{job=\"shop\"} 3 cumulative 0 0\n"
                 "samples 1 histograms 0 exemplars 0 rejected 0\n");
}

TEST(attributes_are_labels)
{
    struct str path = test_source_path(arena, "tests/fixtures/pushed/attributes.json");
    check_json(arena, PUSHED_METRICS_JSON, test_read_file(arena, path),
               "g{a_b=\"first;second\",bool=\"false\",bytes=\"aGVsbG8=\",host_name=\"web-1\","
               "instance=\"i-1\",job=\"acme/shop\",list=\"[1,\\\"x\\\",{\\\"k\\\":null}]\","
               "otel_scope_kind=\"true\",otel_scope_name=\"lib\",otel_scope_version=\"2\","
               "real=\"-Infinity\",team=\"blue\"} 1 gauge 0 0\n"
               "samples 1 histograms 0 exemplars 0 rejected 0\n");
}

/* A gauge with so many attributes. */
static struct str with_attributes(struct arena *arena, int count)
{
    struct text text;
    text_init(&text, arena, 100000);
    text_adds(&text, "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"g\","
                     "\"gauge\":{\"dataPoints\":[{\"asInt\":1,\"attributes\":[");
    for (int i = 0; i < count; i++)
        text_printf(&text, "%s{\"key\":\"k%d\",\"value\":{\"intValue\":1}}", i ? "," : "", i);
    text_adds(&text, "]}]}}]}]}]}");
    return text_str(&text);
}

TEST(so_many_attributes_are_the_limit)
{
    struct pushed_lines lines;
    struct err err = {0};
    for (int count = LABELS_MAX - 1; count <= LABELS_MAX + 1; count++) {
        pushed_lines_init(&lines, arena);
        CHECK_OK(pushed_lines_read(&lines, arena, PUSHED_METRICS_JSON,
                                   with_attributes(arena, count), &err),
                 &err);
        CHECK_INT(lines.taken, count < LABELS_MAX);
    }
    CHECK_STR(text_str(&lines.text), "samples 1 histograms 0 exemplars 0 rejected 1: a data point "
                                     "has more than 63 labels\n");
}

/* One span of the shop, with what stands in its object. */
static void check_span(struct arena *arena, const char *span, const char *wanted, const char *want)
{
    struct pushed_lines lines;
    struct err err = {0};
    struct str body = str_printf(arena,
                                 "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":"
                                 "\"service.name\",\"value\":{\"stringValue\":\"shop\"}}]},"
                                 "\"scopeSpans\":[{\"spans\":[%s]}]}]}",
                                 span);
    pushed_lines_init(&lines, arena);
    lines.wanted = wanted;
    CHECK_OK(pushed_lines_read(&lines, arena, PUSHED_TRACES_JSON, body, &err), &err);
    CHECK_STR(text_str(&lines.text), want);
}

#define SPAN_TIMES "\"startTimeUnixNano\":\"1000000000\",\"endTimeUnixNano\":\"1250000000\""

TEST(spans_where_work_comes_in_are_calls)
{
    static const char calls[] = "traces_spanmetrics_calls_total";
    check_span(
        arena,
        "{\"name\":\"GET /\",\"kind\":2,\"parentSpanId\":\"0102030405060708\"," SPAN_TIMES
        ",\"status\":{\"code\":2}}",
        calls,
        "traces_spanmetrics_calls_total{service_name=\"shop\",span_kind=\"SPAN_KIND_SERVER\","
        "span_name=\"GET /\",status_code=\"STATUS_CODE_ERROR\"} 1 delta 1250000 1000000\n"
        "samples 1 histograms 0 exemplars 0 rejected 0\n");
    /* Inside: not a call of its own. */
    check_span(arena,
               "{\"name\":\"SELECT\",\"kind\":3,\"parentSpanId\":\"0102030405060708\"," SPAN_TIMES
               "}",
               calls, "samples 1 histograms 0 exemplars 0 rejected 0\n");
    check_span(
        arena, "{\"name\":\"cron\",\"kind\":1," SPAN_TIMES "}", calls,
        "traces_spanmetrics_calls_total{service_name=\"shop\",span_kind=\"SPAN_KIND_INTERNAL\","
        "span_name=\"cron\",status_code=\"STATUS_CODE_UNSET\"} 1 delta 1250000 1000000\n"
        "samples 1 histograms 0 exemplars 0 rejected 0\n");
    check_span(arena,
               "{\"name\":\"back\",\"kind\":2,\"startTimeUnixNano\":5,\"endTimeUnixNano\":4}",
               calls,
               "samples 1 histograms 0 exemplars 0 rejected 1: a span ends before it begins, or "
               "says no time\n");
}

TEST(spans_of_one_second_are_added_up)
{
    check_span(arena,
               "{\"name\":\"a\",\"kind\":5," SPAN_TIMES "},{\"name\":\"a\",\"kind\":5,"
               "\"startTimeUnixNano\":\"900000000\",\"endTimeUnixNano\":\"1900000000\"},"
               "{\"name\":\"a\",\"kind\":5,\"startTimeUnixNano\":\"900000000\","
               "\"endTimeUnixNano\":\"2900000000\"}",
               "traces_spanmetrics_latency_sum",
               "traces_spanmetrics_latency_sum{service_name=\"shop\",span_kind="
               "\"SPAN_KIND_CONSUMER\",span_name=\"a\",status_code=\"STATUS_CODE_UNSET\"} 1.25 "
               "delta 1900000 900000\n"
               "traces_spanmetrics_latency_sum{service_name=\"shop\",span_kind="
               "\"SPAN_KIND_CONSUMER\",span_name=\"a\",status_code=\"STATUS_CODE_UNSET\"} 2 "
               "delta 2900000 900000\n"
               "samples 3 histograms 0 exemplars 0 rejected 0\n");
}

TEST(server_spans_with_a_status_are_http)
{
    check_span(arena,
               "{\"name\":\"a\",\"kind\":2," SPAN_TIMES ",\"attributes\":["
               "{\"key\":\"http.status_code\",\"value\":{\"intValue\":\"503\"}},"
               "{\"key\":\"http.method\",\"value\":{\"stringValue\":\"POST\"}}]}",
               "traces_http_server_request_duration_seconds_count",
               "traces_http_server_request_duration_seconds_count{http_request_method=\"POST\","
               "http_response_status_code=\"503\",job=\"shop\"} 1 delta 1250000 1000000\n"
               "samples 1 histograms 0 exemplars 0 rejected 0\n");
    check_span(arena, "{\"name\":\"a\",\"kind\":2," SPAN_TIMES "}",
               "traces_http_server_request_duration_seconds_count",
               "samples 1 histograms 0 exemplars 0 rejected 0\n");
}

TEST(a_duration_stands_in_its_bucket)
{
    struct pushed_lines lines;
    struct err err = {0};
    pushed_lines_init(&lines, arena);
    lines.wanted = "traces_spanmetrics_latency_bucket";
    CHECK_OK(pushed_lines_read(
                 &lines, arena, PUSHED_TRACES_JSON,
                 STR("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{" SPAN_TIMES "}]}]}]}"),
                 &err),
             &err);
    struct str text = text_str(&lines.text);
    CHECK_INT(lines.taken, 18);
    CHECK(str_find(text,
                   "le=\"0.1\",span_kind=\"SPAN_KIND_UNSPECIFIED\",status_code="
                   "\"STATUS_CODE_UNSET\"} 0 ",
                   0) < text.n);
    CHECK(str_find(text,
                   "le=\"0.25\",span_kind=\"SPAN_KIND_UNSPECIFIED\",status_code="
                   "\"STATUS_CODE_UNSET\"} 1 ",
                   0) < text.n);
}

static struct str read_fixture(struct arena *arena, enum pushed_body kind, const char *name,
                               int64_t *out_taken)
{
    struct pushed_lines lines;
    struct err err = {0};
    pushed_lines_init(&lines, arena);
    struct str path =
        test_source_path(arena, str_printf(arena, "tests/fixtures/pushed/%s", name).p);
    CHECK_OK(pushed_lines_read(&lines, arena, kind, test_read_file(arena, path), &err), &err);
    *out_taken = lines.taken;
    return text_str(&lines.text);
}

/* Lines without their times: the two forms were sent one after the other. */
static struct str without_times(struct arena *arena, struct str lines)
{
    struct text text;
    struct str line;
    text_init(&text, arena, lines.n + 1);
    while (str_split(&lines, '\n', &line)) {
        size_t at = str_find(line, " 1795", 0);
        text_add(&text, str_slice(line, 0, at));
        text_byte(&text, '\n');
    }
    return text_str(&text);
}

TEST(what_the_sdk_of_node_sends_is_the_same_in_both_forms)
{
    int64_t binary;
    int64_t json;
    struct str lines = read_fixture(arena, PUSHED_METRICS, "node-metrics.bin", &binary);
    CHECK_SAME(
        without_times(arena, lines),
        without_times(arena, read_fixture(arena, PUSHED_METRICS_JSON, "node-metrics.json", &json)));
    CHECK_INT(binary, json);
    CHECK(str_find(lines,
                   "orders_created_total{deployment_environment_name=\"production\","
                   "http_route=\"/b\xc3\xbcy\",instance=\"i-1\",job=\"acme/shop\",n=\"7\","
                   "otel_scope_name=\"shop-meter\",otel_scope_version=\"1.2.3\"} 4.5 "
                   "cumulative ",
                   0) < lines.n);
    /* 1 to 1000, squared, and 0: of exact bounds the counts are known. */
    CHECK(str_find(lines,
                   "le=\"1024\",otel_scope_name=\"shop-meter\",otel_scope_version="
                   "\"1.2.3\"} 33 cumulative",
                   0) < lines.n);
    CHECK(str_ends(lines, "samples 7 histograms 1 exemplars 0 rejected 0\n"));
    lines = read_fixture(arena, PUSHED_METRICS, "node-metrics-delta.bin", &binary);
    CHECK(str_find(lines, "queue_depth{", 0) < lines.n);
    CHECK(str_find(lines,
                   "http_server_request_duration_seconds_count{deployment_environment_name="
                   "\"production\",http_request_method=\"GET\",http_response_status_code="
                   "\"200\",instance=\"i-1\",job=\"acme/shop\",otel_scope_name="
                   "\"shop-meter\",otel_scope_version=\"1.2.3\"} 5 delta ",
                   0) < lines.n);
    CHECK_SAME(read_fixture(arena, PUSHED_TRACES, "node-traces.bin", &binary),
               read_fixture(arena, PUSHED_TRACES_JSON, "node-traces.json", &json));
    CHECK(binary > 0);
}

TEST(logs_of_the_sdk_of_node)
{
    int64_t taken;
    static const char want[] =
        "1700000001000000 17 text=\"ERROR\" body=\"payment failed for order 77\" service=\"shop\" "
        "instance=\"i-1\" scope=\"shop-log\" \"order.id\":\"77\" "
        "\"tags\":\"[\\\"a\\\",\\\"b\\\"]\" \"nested\":\"{\\\"x\\\":1.5,\\\"y\\\":null}\"\n"
        "records 1 cut 0 rejected 0\n";
    CHECK_STR(read_fixture(arena, PUSHED_LOGS, "node-logs.bin", &taken), want);
    CHECK_STR(read_fixture(arena, PUSHED_LOGS_JSON, "node-logs.json", &taken), want);
    CHECK_STR(read_fixture(arena, PUSHED_LOGS, "node-logs-structured.bin", &taken),
              "1795974993993000 9 body=\"{\\\"msg\\\":\\\"structured\\\",\\\"n\\\":[1,2,"
              "{\\\"k\\\":\\\"v\\\"}]}\" service=\"shop\" instance=\"i-1\" scope=\"shop-log\" "
              "event=\"order.done\" trace=\"f3248fe6bf6984cfa731cbd6ed9455eb\"\n"
              "records 1 cut 0 rejected 0\n");
}

TEST(a_log_record_says_little)
{
    check_json(arena, PUSHED_LOGS_JSON,
               STR("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{},"
                   "{\"observedTimeUnixNano\":\"5000\",\"severityNumber\":99,"
                   "\"traceId\":\"00000000000000000000000000000000\"}]}]}]}"),
               "0 0\n5 0\nrecords 2 cut 0 rejected 0\n");
}

TEST(broken_requests_are_refused)
{
    static const struct {
        struct str body;
        const char *part;
    } wrong[] = {
        {{"\x0a\x05", 2}, "beyond the end"},
        /* resource, its attribute cut short */
        {{"\x0a\x04\x0a\x02\x0a\x05", 6}, "in Resource"},
        /* a key that is not UTF-8 */
        {{"\x0a\x07\x0a\x05\x0a\x03\x0a\x01\xff", 9}, "not UTF-8"},
        /* scope metrics, a metric that is a number cut short */
        {{"\x0a\x05\x12\x03\x12\x01\x08", 7}, "in Metric"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct pushed_lines lines;
        struct err err = {0};
        pushed_lines_init(&lines, arena);
        CHECK(!pushed_lines_read(&lines, arena, PUSHED_METRICS, wrong[i].body, &err));
        CHECK_INT(err.kind, ERR_USAGE);
        if (str_find(str_of(err.text), wrong[i].part, 0) == strlen(err.text))
            test_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", err.text, wrong[i].part);
    }
}

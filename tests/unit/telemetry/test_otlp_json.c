/* test_otlp_json.c - OTLP in JSON: what becomes protobuf, what is refused; answers in both forms.
 */
#include "base/limits.h"
#include "harness/pushed_lines.h"
#include "harness/test.h"
#include "telemetry/otlp_answer.h"
#include "telemetry/otlp_json.h"

#define POINT(point)                                                                               \
    "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"g\",\"gauge\":"            \
    "{\"dataPoints\":[" point "]}}]}]}]}"

static void check_value(struct arena *arena, struct str json, const char *want)
{
    struct pushed_lines lines;
    struct err err = {0};
    pushed_lines_init(&lines, arena);
    CHECK_OK(pushed_lines_read(&lines, arena, PUSHED_METRICS_JSON, json, &err), &err);
    CHECK_STR(str_slice(text_str(&lines.text), 0, str_find_byte(text_str(&lines.text), '\n', 0)),
              want);
}

TEST(numbers_come_as_text_and_as_number)
{
    check_value(arena, STR(POINT("{\"asInt\":12,\"timeUnixNano\":1700000000000000000}")),
                "g{} 12 gauge 1700000000000000 0");
    check_value(arena, STR(POINT("{\"asInt\":\"-9223372036854775808\"}")),
                "g{} -9.223372036854776e+18 gauge 0 0");
    check_value(arena, STR(POINT("{\"asInt\":5.0}")), "g{} 5 gauge 0 0");
    check_value(arena, STR(POINT("{\"asInt\":\"1e3\"}")), "g{} 1000 gauge 0 0");
    check_value(arena, STR(POINT("{\"asDouble\":\"0.25\"}")), "g{} 0.25 gauge 0 0");
    check_value(arena, STR(POINT("{\"asDouble\":\"Infinity\"}")), "g{} +Inf gauge 0 0");
    check_value(arena, STR(POINT("{\"asDouble\":3,\"flags\":null}")), "g{} 3 gauge 0 0");
    check_value(arena, STR(POINT("{\"timeUnixNano\":\"18446744073709551615\",\"asInt\":1}")),
                "g{} 1 gauge 18446744073709551 0");
}

TEST(the_order_of_members_means_nothing)
{
    check_value(arena,
                STR("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"sum\":"
                    "{\"dataPoints\":[{\"asInt\":1}],\"isMonotonic\":true,"
                    "\"aggregationTemporality\":2},\"name\":\"a\"}],\"scope\":{\"name\":\"s\"}}],"
                    "\"resource\":{\"attributes\":[{\"value\":{\"stringValue\":\"x\"},"
                    "\"key\":\"service.name\"}]}}],\"unknown\":[{\"a\":[1,2]}]}"),
                "a_total{job=\"x\",otel_scope_name=\"s\"} 1 cumulative 0 0");
}

static void check_refused(struct arena *arena, struct str json, const char *place, const char *text)
{
    struct str protobuf;
    struct err err = {0};
    CHECK(!otlp_json_read(arena, json, OTLP_METRICS, &protobuf, &err));
    CHECK_INT(err.kind, ERR_USAGE);
    CHECK_STR(str_of(err.place), place);
    CHECK_STR(str_of(err.text), text);
}

TEST(members_of_another_type_are_refused)
{
    check_refused(arena, STR("[]"), "1:1",
                  "a value in the JSON must be an object; send it as OTLP has it.");
    check_refused(arena, STR("{\"resourceMetrics\":{}}"), "1:20",
                  "resourceMetrics in the JSON must be a list; send it as OTLP has it.");
    check_refused(arena, STR("{\"resourceMetrics\":\n[7]}"), "2:2",
                  "a value in the JSON must be an object; send it as OTLP has it.");
    check_refused(arena, STR(POINT("{\"asInt\":\"x\"}")), "1:94",
                  "asInt in the JSON must be a whole number, or one in quotes; send it as OTLP has "
                  "it.");
    check_refused(arena, STR(POINT("{\"asInt\":1.5}")), "1:94",
                  "asInt in the JSON must be a whole number, or one in quotes; send it as OTLP has "
                  "it.");
    check_refused(arena, STR(POINT("{\"timeUnixNano\":-1}")), "1:101",
                  "timeUnixNano in the JSON must be a whole number, or one in quotes; send it as "
                  "OTLP has it.");
    check_refused(arena, STR(POINT("{\"timeUnixNano\":\"18446744073709551616\"}")), "1:101",
                  "timeUnixNano in the JSON must be a whole number, or one in quotes; send it as "
                  "OTLP has it.");
    check_refused(arena, STR(POINT("{\"asDouble\":\"inf\"}")), "1:97",
                  "asDouble in the JSON must be a number, \"NaN\", \"Infinity\" or \"-Infinity\"; "
                  "send it as OTLP has it.");
    check_refused(arena,
                  STR("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"sum\":"
                      "{\"aggregationTemporality\":\"AGGREGATION_TEMPORALITY_DELTA\"}}]}]}]}"),
                  "1:83",
                  "aggregationTemporality in the JSON must be the number of its enum, not a name; "
                  "send it as OTLP has it.");
    check_refused(arena, STR("{\"a\":"), "1:6",
                  "The JSON is not valid here: the text ends where a value is wanted.");
}

TEST(ids_are_hexadecimal_and_bytes_base64)
{
    struct str protobuf;
    struct err err = {0};
    CHECK(!otlp_json_read(arena,
                          STR("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":"
                              "\"xyz0\"}]}]}]}"),
                          OTLP_TRACES, &protobuf, &err));
    CHECK(str_starts(str_of(err.text), "traceId in the JSON must be an id in hexadecimal digits"));
    CHECK_OK(otlp_json_read(arena,
                            STR("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":"
                                "{\"bytesValue\":\"-_8\"}}]}]}]}"),
                            OTLP_LOGS, &protobuf, &err),
             &err);
    CHECK(str_find(protobuf, "\xfb\xff", 0) < protobuf.n);
    CHECK(!otlp_json_read(arena,
                          STR("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":"
                              "{\"bytesValue\":\"a\"}}]}]}]}"),
                          OTLP_LOGS, &protobuf, &err));
}

TEST(so_many_values_are_the_limit)
{
    struct text text;
    text_init(&text, arena, (size_t)4 * LIMIT_OTLP_JSON_VALUES);
    text_adds(&text, "{\"x\":[1");
    for (int i = 3; i < LIMIT_OTLP_JSON_VALUES; i++)
        text_adds(&text, ",1");
    size_t end = text.n;
    struct str protobuf;
    struct err err = {0};
    text_adds(&text, "]}");
    CHECK_OK(otlp_json_read(arena, text_str(&text), OTLP_LOGS, &protobuf, &err), &err);
    text.n = end;
    text_adds(&text, ",1]}");
    CHECK(!otlp_json_read(arena, text_str(&text), OTLP_LOGS, &protobuf, &err));
    CHECK_INT(err.kind, ERR_REFUSED);
}

TEST(nesting_has_a_limit)
{
    struct pushed_lines lines;
    for (int depth = LIMIT_OTLP_NESTING; depth <= LIMIT_OTLP_NESTING + 1; depth++) {
        /* As protobuf: JSON of its own would be nested too deeply before. */
        struct text levels[2];
        struct err err = {0};
        text_init(&levels[0], arena, 100000);
        protobuf_write_varint(&levels[0], 3, 1); /* AnyValue: 1 */
        for (int i = 0; i < depth; i++) {
            struct str inner = text_str(&levels[i % 2]);
            text_init(&levels[(i + 1) % 2], arena, 100000);
            struct text list;
            text_init(&list, arena, 100000);
            protobuf_write_bytes(&list, 1, inner);
            protobuf_write_bytes(&levels[(i + 1) % 2], 5, text_str(&list));
        }
        struct text request;
        text_init(&request, arena, 100000);
        size_t resource = protobuf_open(&request, 1);
        size_t scope = protobuf_open(&request, 2);
        size_t record = protobuf_open(&request, 2);
        protobuf_write_bytes(&request, 5, text_str(&levels[depth % 2]));
        protobuf_close(&request, record);
        protobuf_close(&request, scope);
        protobuf_close(&request, resource);
        pushed_lines_init(&lines, arena);
        CHECK(pushed_lines_read(&lines, arena, PUSHED_LOGS, text_str(&request), &err) ==
              (depth == LIMIT_OTLP_NESTING));
        CHECK_INT(err.kind, depth == LIMIT_OTLP_NESTING ? ERR_NONE : ERR_USAGE);
    }
}

TEST(content_types_name_a_form)
{
    enum otlp_form form = OTLP_JSON;
    CHECK(otlp_form_of(STR("application/x-protobuf"), &form) && form == OTLP_PROTOBUF);
    CHECK(otlp_form_of(STR("Application/JSON; charset=utf-8"), &form) && form == OTLP_JSON);
    CHECK(!otlp_form_of(STR("application/grpc"), &form));
    CHECK(!otlp_form_of(STR(""), &form));
    CHECK_STR(str_of(otlp_content_type(OTLP_JSON)), "application/json");
    CHECK_STR(str_of(otlp_content_type(OTLP_PROTOBUF)), "application/x-protobuf");
}

TEST(answers_are_empty_when_all_is_well)
{
    struct otlp_answer answer = {OTLP_METRICS, 0, STR("")};
    CHECK_INT(otlp_answer_write(arena, OTLP_PROTOBUF, &answer).n, 0);
    CHECK_STR(otlp_answer_write(arena, OTLP_JSON, &answer), "{}");
}

TEST(answers_say_how_many_were_rejected)
{
    struct otlp_answer answer = {OTLP_METRICS, 300, STR("a \"b\"")};
    CHECK_STR(
        otlp_answer_write(arena, OTLP_JSON, &answer),
        "{\"partialSuccess\":{\"rejectedDataPoints\":\"300\",\"errorMessage\":\"a \\\"b\\\"\"}}");
    CHECK_SAME(otlp_answer_write(arena, OTLP_PROTOBUF, &answer),
               ((struct str){"\x0a\x8a\x80\x80\x80\x00\x08\xac\x02\x12\x05"
                             "a \"b\"",
                             16}));
    answer.signal = OTLP_TRACES;
    answer.message = STR("");
    CHECK_STR(otlp_answer_write(arena, OTLP_JSON, &answer),
              "{\"partialSuccess\":{\"rejectedSpans\":\"300\"}}");
    answer = (struct otlp_answer){OTLP_LOGS, 1, STR("")};
    CHECK_STR(otlp_answer_write(arena, OTLP_JSON, &answer),
              "{\"partialSuccess\":{\"rejectedLogRecords\":\"1\"}}");
    answer.rejected = 0; /* a warning */
    answer.message = STR("w");
    CHECK_STR(otlp_answer_write(arena, OTLP_JSON, &answer),
              "{\"partialSuccess\":{\"errorMessage\":\"w\"}}");
}

TEST(failures_are_a_status)
{
    CHECK_STR(otlp_status_write(arena, OTLP_JSON, OTLP_INVALID_ARGUMENT, STR("no")),
              "{\"code\":3,\"message\":\"no\"}");
    CHECK_SAME(otlp_status_write(arena, OTLP_PROTOBUF, OTLP_UNAVAILABLE, STR("no")),
               STR("\x08\x0e\x12\x02no"));
}

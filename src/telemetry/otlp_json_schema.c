/* otlp_json_schema.c - the messages of OTLP as tables: member in JSON, field number, type.
 *
 * Source: opentelemetry-proto v1.11: common, resource, metrics, trace and logs .proto. Exemplars,
 * events, links, entity references and schema addresses are not among them: nothing reads them. */
#include "telemetry/otlp_json_internal.h"

#define FIELDS(name)                                                                               \
    {                                                                                              \
        (name), sizeof(name) / sizeof *(name)                                                      \
    }

static const struct json_field any_value_fields[] = {
    {"stringValue", 1, JSON_FIELD_STRING, NULL},
    {"boolValue", 2, JSON_FIELD_BOOL, NULL},
    {"intValue", 3, JSON_FIELD_INT, NULL},
    {"doubleValue", 4, JSON_FIELD_DOUBLE, NULL},
    {"arrayValue", 5, JSON_FIELD_MESSAGE, &otlp_json_array_value},
    {"kvlistValue", 6, JSON_FIELD_MESSAGE, &otlp_json_key_value_list},
    {"bytesValue", 7, JSON_FIELD_BASE64, NULL},
};
const struct json_message otlp_json_any_value = FIELDS(any_value_fields);

static const struct json_field array_value_fields[] = {
    {"values", 1, JSON_FIELD_MESSAGES, &otlp_json_any_value},
};
const struct json_message otlp_json_array_value = FIELDS(array_value_fields);

static const struct json_field key_value_fields[] = {
    {"key", 1, JSON_FIELD_STRING, NULL},
    {"value", 2, JSON_FIELD_MESSAGE, &otlp_json_any_value},
};
static const struct json_message key_value = FIELDS(key_value_fields);

static const struct json_field key_value_list_fields[] = {
    {"values", 1, JSON_FIELD_MESSAGES, &key_value},
};
const struct json_message otlp_json_key_value_list = FIELDS(key_value_list_fields);

static const struct json_field resource_fields[] = {
    {"attributes", 1, JSON_FIELD_MESSAGES, &key_value},
};
static const struct json_message resource = FIELDS(resource_fields);

static const struct json_field scope_fields[] = {
    {"name", 1, JSON_FIELD_STRING, NULL},
    {"version", 2, JSON_FIELD_STRING, NULL},
    {"attributes", 3, JSON_FIELD_MESSAGES, &key_value},
};
static const struct json_message scope = FIELDS(scope_fields);

static const struct json_field exemplar_fields[] = {
    {"timeUnixNano", 2, JSON_FIELD_FIXED64, NULL},
};
static const struct json_message exemplar = FIELDS(exemplar_fields);

static const struct json_field number_fields[] = {
    {"attributes", 7, JSON_FIELD_MESSAGES, &key_value},
    {"startTimeUnixNano", 2, JSON_FIELD_FIXED64, NULL},
    {"timeUnixNano", 3, JSON_FIELD_FIXED64, NULL},
    {"asDouble", 4, JSON_FIELD_DOUBLE, NULL},
    {"asInt", 6, JSON_FIELD_SFIXED64, NULL},
    {"exemplars", 5, JSON_FIELD_MESSAGES, &exemplar},
    {"flags", 8, JSON_FIELD_UINT, NULL},
};
static const struct json_message number_point = FIELDS(number_fields);

static const struct json_field histogram_fields[] = {
    {"attributes", 9, JSON_FIELD_MESSAGES, &key_value},
    {"startTimeUnixNano", 2, JSON_FIELD_FIXED64, NULL},
    {"timeUnixNano", 3, JSON_FIELD_FIXED64, NULL},
    {"count", 4, JSON_FIELD_FIXED64, NULL},
    {"sum", 5, JSON_FIELD_DOUBLE, NULL},
    {"bucketCounts", 6, JSON_FIELD_FIXED64S, NULL},
    {"explicitBounds", 7, JSON_FIELD_DOUBLES, NULL},
    {"exemplars", 8, JSON_FIELD_MESSAGES, &exemplar},
    {"flags", 10, JSON_FIELD_UINT, NULL},
};
static const struct json_message histogram_point = FIELDS(histogram_fields);

static const struct json_field bucket_fields[] = {
    {"offset", 1, JSON_FIELD_SINT, NULL},
    {"bucketCounts", 2, JSON_FIELD_UINTS, NULL},
};
static const struct json_message buckets = FIELDS(bucket_fields);

static const struct json_field exponential_fields[] = {
    {"attributes", 1, JSON_FIELD_MESSAGES, &key_value},
    {"startTimeUnixNano", 2, JSON_FIELD_FIXED64, NULL},
    {"timeUnixNano", 3, JSON_FIELD_FIXED64, NULL},
    {"count", 4, JSON_FIELD_FIXED64, NULL},
    {"sum", 5, JSON_FIELD_DOUBLE, NULL},
    {"scale", 6, JSON_FIELD_SINT, NULL},
    {"zeroCount", 7, JSON_FIELD_FIXED64, NULL},
    {"positive", 8, JSON_FIELD_MESSAGE, &buckets},
    {"negative", 9, JSON_FIELD_MESSAGE, &buckets},
    {"flags", 10, JSON_FIELD_UINT, NULL},
    {"exemplars", 11, JSON_FIELD_MESSAGES, &exemplar},
    {"zeroThreshold", 14, JSON_FIELD_DOUBLE, NULL},
};
static const struct json_message exponential_point = FIELDS(exponential_fields);

static const struct json_field quantile_fields[] = {
    {"quantile", 1, JSON_FIELD_DOUBLE, NULL},
    {"value", 2, JSON_FIELD_DOUBLE, NULL},
};
static const struct json_message quantile = FIELDS(quantile_fields);

static const struct json_field summary_fields[] = {
    {"attributes", 7, JSON_FIELD_MESSAGES, &key_value},
    {"startTimeUnixNano", 2, JSON_FIELD_FIXED64, NULL},
    {"timeUnixNano", 3, JSON_FIELD_FIXED64, NULL},
    {"count", 4, JSON_FIELD_FIXED64, NULL},
    {"sum", 5, JSON_FIELD_DOUBLE, NULL},
    {"quantileValues", 6, JSON_FIELD_MESSAGES, &quantile},
    {"flags", 8, JSON_FIELD_UINT, NULL},
};
static const struct json_message summary_point = FIELDS(summary_fields);

#define POINTS(name, point)                                                                        \
    static const struct json_field name##_data_fields[] = {                                        \
        {"dataPoints", 1, JSON_FIELD_MESSAGES, &(point)},                                          \
        {"aggregationTemporality", 2, JSON_FIELD_ENUM, NULL},                                      \
        {"isMonotonic", 3, JSON_FIELD_BOOL, NULL},                                                 \
    };                                                                                             \
    static const struct json_message name = FIELDS(name##_data_fields)
POINTS(numbers, number_point); /* gauge and sum */
POINTS(histogram, histogram_point);
POINTS(exponential, exponential_point);
POINTS(summary, summary_point);

static const struct json_field metric_fields[] = {
    {"name", 1, JSON_FIELD_STRING, NULL},
    {"unit", 3, JSON_FIELD_STRING, NULL},
    {"gauge", 5, JSON_FIELD_MESSAGE, &numbers},
    {"sum", 7, JSON_FIELD_MESSAGE, &numbers},
    {"histogram", 9, JSON_FIELD_MESSAGE, &histogram},
    {"exponentialHistogram", 10, JSON_FIELD_MESSAGE, &exponential},
    {"summary", 11, JSON_FIELD_MESSAGE, &summary},
};
static const struct json_message metric = FIELDS(metric_fields);

static const struct json_field status_fields[] = {
    {"message", 2, JSON_FIELD_STRING, NULL},
    {"code", 3, JSON_FIELD_ENUM, NULL},
};
static const struct json_message status = FIELDS(status_fields);

static const struct json_field span_fields[] = {
    {"traceId", 1, JSON_FIELD_HEX, NULL},
    {"spanId", 2, JSON_FIELD_HEX, NULL},
    {"parentSpanId", 4, JSON_FIELD_HEX, NULL},
    {"name", 5, JSON_FIELD_STRING, NULL},
    {"kind", 6, JSON_FIELD_ENUM, NULL},
    {"startTimeUnixNano", 7, JSON_FIELD_FIXED64, NULL},
    {"endTimeUnixNano", 8, JSON_FIELD_FIXED64, NULL},
    {"attributes", 9, JSON_FIELD_MESSAGES, &key_value},
    {"status", 15, JSON_FIELD_MESSAGE, &status},
};
static const struct json_message span = FIELDS(span_fields);

static const struct json_field log_fields[] = {
    {"timeUnixNano", 1, JSON_FIELD_FIXED64, NULL},
    {"observedTimeUnixNano", 11, JSON_FIELD_FIXED64, NULL},
    {"severityNumber", 2, JSON_FIELD_ENUM, NULL},
    {"severityText", 3, JSON_FIELD_STRING, NULL},
    {"body", 5, JSON_FIELD_MESSAGE, &otlp_json_any_value},
    {"attributes", 6, JSON_FIELD_MESSAGES, &key_value},
    {"traceId", 9, JSON_FIELD_HEX, NULL},
    {"spanId", 10, JSON_FIELD_HEX, NULL},
    {"eventName", 12, JSON_FIELD_STRING, NULL},
};
static const struct json_message log_record = FIELDS(log_fields);

/* Resources, in them scopes, in them records. */
#define REQUEST(name, records, record, scopes, resources)                                          \
    static const struct json_field name##_scope_fields[] = {                                       \
        {"scope", 1, JSON_FIELD_MESSAGE, &scope},                                                  \
        {records, 2, JSON_FIELD_MESSAGES, &(record)},                                              \
    };                                                                                             \
    static const struct json_message name##_scope = FIELDS(name##_scope_fields);                   \
    static const struct json_field name##_resource_fields[] = {                                    \
        {"resource", 1, JSON_FIELD_MESSAGE, &resource},                                            \
        {scopes, 2, JSON_FIELD_MESSAGES, &name##_scope},                                           \
    };                                                                                             \
    static const struct json_message name##_resource = FIELDS(name##_resource_fields);             \
    static const struct json_field name##_fields[] = {                                             \
        {resources, 1, JSON_FIELD_MESSAGES, &name##_resource},                                     \
    };                                                                                             \
    static const struct json_message name = FIELDS(name##_fields)
REQUEST(metrics, "metrics", metric, "scopeMetrics", "resourceMetrics");
REQUEST(traces, "spans", span, "scopeSpans", "resourceSpans");
REQUEST(logs, "logRecords", log_record, "scopeLogs", "resourceLogs");

const struct json_message *otlp_json_request(enum otlp_signal signal)
{
    switch (signal) {
    case OTLP_METRICS: return &metrics;
    case OTLP_TRACES: return &traces;
    case OTLP_LOGS: return &logs;
    }
    return &logs;
}

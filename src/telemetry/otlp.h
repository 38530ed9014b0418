/* otlp.h - what metrics, traces and logs of OTLP have in common: resources, scopes, attributes.
 *
 * Source: opentelemetry-proto common.proto and resource.proto; OpenTelemetry specification
 * "Prometheus and OpenMetrics Compatibility", sections "Metric Attributes", "Resource Attributes"
 * and "Instrumentation Scope"; "AnyValue representation for non-OTLP protocols".
 * Promises: texts are UTF-8, or the body is refused; an attribute's name as a label is written once
 * for a body, its value as text belongs to the scratch of one record.
 * Refuses: values nested deeper than LIMIT_OTLP_NESTING. */
#ifndef TELEMETRY_OTLP_H
#define TELEMETRY_OTLP_H

#include "telemetry/exposition.h"
#include "telemetry/protobuf.h"

#define OTLP_FORM_KEY 0xA0761D6478BD642Fu /* so that no plain text makes a factor 0 */

enum otlp_signal { OTLP_METRICS, OTLP_TRACES, OTLP_LOGS };

/* A pair as it was sent, its value as text. */
struct otlp_attribute {
    struct str key;
    struct str value;
};

/* The labels that all records of a resource, or of a scope, have in common. */
struct otlp_origin {
    struct str service;    /* service.name */
    struct str name_space; /* service.namespace */
    struct str instance;   /* service.instance.id */
    struct label labels[LABELS_MAX];
    size_t resource_count; /* of the labels, those of the resource come first */
    size_t label_count;
    struct str scope;       /* its name */
    uint64_t resource_form; /* hash of the resource's bytes */
    uint64_t form;          /* the same with the scope's: all that these labels are made of */
};

/* What became of a key that was seen at the same place before: points of a metric are alike. */
struct otlp_known {
    struct str key, name;
    uint64_t origins;
    struct label *same; /* of the origin's labels: where in labels one of this name stands */
};

struct otlp_reader {
    struct arena *arena;  /* of the body */
    struct arena scratch; /* of one record: otlp_reader_reset */
    struct err *err;
    struct otlp_origin origin;
    /* The attributes of the record that is read, and how many were too many. */
    struct otlp_attribute attributes[LABELS_MAX];
    size_t attribute_count, attributes_cut;
    struct otlp_known known[LABELS_MAX];
    uint64_t origins; /* how many there were: what is known of another one is not true of this */
    struct label labels[LABELS_MAX];
};

void otlp_reader_init(struct otlp_reader *reader, struct arena *arena, struct err *err);
void otlp_reader_done(struct otlp_reader *reader);
/* Before each record: its attributes and texts are gone. */
void otlp_reader_reset(struct otlp_reader *reader);

/* Hands over each record of a request: all signals have resources, in them scopes, in them records
 * (metrics, spans, log records). The origin is that of the record. record fails with the reader's
 * err set, which ends the walk. */
MUST_USE bool otlp_walk(struct otlp_reader *reader, struct str body,
                        bool (*record)(void *context, struct str message), void *context);
/* KeyValue: one more attribute of the record. */
MUST_USE bool otlp_read_attribute(struct otlp_reader *reader, struct str message);
/* AnyValue as text: lists and maps as JSON, bytes as base64. */
MUST_USE bool otlp_read_value(struct otlp_reader *reader, struct str message, struct str *out_text);
/* The value of a string field. */
MUST_USE bool otlp_check_text(struct otlp_reader *reader, struct str text);
/* The attribute of this key; NULL: the record has none. */
const struct otlp_attribute *otlp_find(const struct otlp_reader *reader, const char *key);
/* Origin and attributes as labels, in reader->labels; false: more than max. Attributes whose names
 * become the same label stand in it one behind the other, joined by ';'. */
MUST_USE bool otlp_labels(struct otlp_reader *reader, size_t max, size_t *out_count);

#endif

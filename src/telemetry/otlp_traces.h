/* otlp_traces.h - ExportTraceServiceRequest in protobuf: spans as rate, errors and duration.
 *
 * Source: opentelemetry-proto trace.proto; semantic conventions "HTTP spans" and "HTTP metrics".
 * Of traces only this is kept: spans where work comes in (kind server or consumer, or without
 * parent) become delta samples, added up over a request for each second in which they ended:
 *   traces_spanmetrics_calls_total    calls
 *   traces_spanmetrics_latency        histogram, seconds, bounds 5 ms … 10 s as those of HTTP, and
 *                                     30 s, 60 s, 5 min
 *   both with service_name, span_name, span_kind (SPAN_KIND_SERVER), status_code
 * (STATUS_CODE_ERROR)
 *   traces_http_server_request_duration_seconds   histogram of server spans that have the attribute
 *     http.response.status_code (or http.status_code): with job, instance,
 *     http_response_status_code, http_request_method and http_route. It has a name of its own: the
 *     same program mostly sends the metric beside its traces, and no request counts twice.
 * pushed_count: samples are spans. Refuses, span by span: one that ends before it begins, or says
 * no time. Nothing is handed over of a body that cannot be read. */
#ifndef TELEMETRY_OTLP_TRACES_H
#define TELEMETRY_OTLP_TRACES_H

#include "telemetry/pushed.h"

MUST_USE bool otlp_traces_read(struct arena *arena, struct str body, const struct pushed_use *use,
                               struct pushed_count *out_count, struct err *err);

#endif

/* otlp_metrics.h - ExportMetricsServiceRequest in protobuf: points as samples.
 *
 * Source: opentelemetry-proto metrics.proto; OpenTelemetry specification "Prometheus and
 * OpenMetrics Compatibility". JSON is first rewritten as protobuf (otlp_json.h).
 *   gauge, sum that may fall   NAME, a gauge
 *   sum that only grows        NAME_total, cumulative or delta as it is sent
 *   histogram                  NAME_bucket, NAME_sum, NAME_count, cumulative or delta; of more than
 *                              EDGES_MAX bounds some are left out, evenly
 *   exponential histogram      the same, with bounds as exponential.h makes them
 *   summary                    NAME with quantile (gauges), NAME_sum, NAME_count (cumulative)
 * Labels: job (service.namespace/service.name), instance (service.instance.id), the resource's
 * other attributes but those that describe process, host and SDK, otel_scope_…, then the point's
 * own. A point with the flag "no recorded value" comes as pushed_stale(). pushed_count: samples are
 * data points; histograms are exponential ones. Refuses, point by point: a sum that may fall and is
 * sent as delta, histograms whose bounds and counts do not fit, over LABELS_MAX labels. Points
 * before a malformed place were handed over. */
#ifndef TELEMETRY_OTLP_METRICS_H
#define TELEMETRY_OTLP_METRICS_H

#include "telemetry/pushed.h"

MUST_USE bool otlp_metrics_read(struct arena *arena, struct str body, const struct pushed_use *use,
                                struct pushed_count *out_count, struct err *err);

#endif

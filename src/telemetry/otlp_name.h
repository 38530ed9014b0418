/* otlp_name.h - names of OpenTelemetry as Prometheus has them.
 *
 * Source: OpenTelemetry specification "Prometheus and OpenMetrics Compatibility", "Metric
 * Metadata", "Sums", "Metric Attributes". What a name may not hold becomes '_', several '_' one;
 * the unit becomes a word behind the name, unless it stands there already; of a unit that is not in
 * the table the letters are taken; what stands in {braces} is dropped; "1" has no word. */
#ifndef TELEMETRY_OTLP_NAME_H
#define TELEMETRY_OTLP_NAME_H

#include "base/str.h"

/* "http.server.duration" in "ms" → http_server_duration_milliseconds; total: a counter, whose name
 * ends in _total. "" when nothing of the name remains. */
struct str otlp_metric_name(struct arena *arena, struct str name, struct str unit, bool total);
/* "http.method" → http_method, "1st" → key_1st; "" when nothing remains. prefix ("" for none)
 * stands before it. */
struct str otlp_label_name(struct arena *arena, const char *prefix, struct str key);

#endif

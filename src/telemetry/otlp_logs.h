/* otlp_logs.h - ExportLogsServiceRequest in protobuf: records of logs.
 *
 * Source: opentelemetry-proto logs.proto. JSON is first rewritten as protobuf (otlp_json.h).
 * Promises: texts are UTF-8; records before a place that cannot be read have been handed over.
 * Refuses: nothing of a record; attributes beyond LOG_ATTRIBUTES_MAX are left out and counted. */
#ifndef TELEMETRY_OTLP_LOGS_H
#define TELEMETRY_OTLP_LOGS_H

#include "telemetry/log_record.h"

MUST_USE bool otlp_logs_read(struct arena *arena, struct str body, const struct log_use *use,
                             struct log_count *out_count, struct err *err);

#endif

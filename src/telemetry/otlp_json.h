/* otlp_json.h - a request of OTLP in JSON, rewritten as the protobuf that it stands for.
 *
 * Source: opentelemetry-proto docs/specification.md "JSON Protobuf Encoding", and the JSON mapping
 * of Protocol Buffers. So one reader knows what a request means, whatever its form.
 * Promises: unknown members and null are left out; 64-bit numbers are read as text and as number,
 * floating ones also as "NaN", "Infinity" and "-Infinity"; a member of another type than the
 * protocol's is an error with its place.
 * Refuses: enums by name, ids that are not hexadecimal, over LIMIT_OTLP_JSON_VALUES values
 * (ERR_REFUSED: such a body is to be sent in parts, or as protobuf). */
#ifndef TELEMETRY_OTLP_JSON_H
#define TELEMETRY_OTLP_JSON_H

#include "telemetry/otlp.h"

MUST_USE bool otlp_json_read(struct arena *arena, struct str body, enum otlp_signal signal,
                             struct str *out_protobuf, struct err *err);

#endif

/* remote_write.h - Prometheus remote write 1.0 and 2.0: the body as samples.
 *
 * Source: Prometheus "Remote-Write 1.0" and "2.0" specifications, prompb/types.proto and
 * io/prometheus/write/v2/types.proto. Of 2.0 both places of a counter's start are read: that of
 * the series (created_timestamp, drafts until 2.0-rc.3) and that of the sample (start_timestamp).
 * Native histograms come as NAME_bucket, NAME_sum and NAME_count (native_histogram.h).
 * Promises: samples before a place that cannot be read have been handed over; a series that is not
 * as the specification has it (no name, a label twice, over LABELS_MAX labels, no UTF-8) is
 * rejected by itself, and only when somebody wants its name. */
#ifndef TELEMETRY_REMOTE_WRITE_H
#define TELEMETRY_REMOTE_WRITE_H

#include "telemetry/pushed.h"

/* The body of "Content-Encoding: snappy", which is the block format, into arena. ERR_REFUSED: it
 * would be longer than max_bytes (and was not unpacked), ERR_USAGE: it is not in this format. */
MUST_USE bool remote_write_unpack(struct arena *arena, struct str body, size_t max_bytes,
                                  struct str *out_body, struct err *err);
/* prometheus.WriteRequest. What it says about metrics (metadata) is read over: it comes in requests
 * of its own, without samples. */
MUST_USE bool remote_write_read_1(struct arena *arena, struct str body,
                                  const struct pushed_use *use, struct pushed_count *out_count,
                                  struct err *err);
/* io.prometheus.write.v2.Request; refuses over LIMIT_REMOTE_WRITE_SYMBOLS symbols. */
MUST_USE bool remote_write_read_2(struct arena *arena, struct str body,
                                  const struct pushed_use *use, struct pushed_count *out_count,
                                  struct err *err);

#endif

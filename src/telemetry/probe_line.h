/* probe_line.h - what a probe saw, and its line from the core to the collector.
 *
 *   {"probe":"db","at":US,"note":"","problem":"","samples":"…exposition text…","up":true}
 * A line of the collector's input that begins with {"probe": is one, any other is a spec
 * (collector_spec.h). */
#ifndef TELEMETRY_PROBE_LINE_H
#define TELEMETRY_PROBE_LINE_H

#include "base/instant.h"
#include "base/json.h"

enum { PROBE_LINE_BYTES = 960 * 1024 };

struct probe_line {
    struct str name; /* of its target */
    struct instant at;
    bool up;
    struct str note;    /* what is to be said though it is up, or "" */
    struct str problem; /* why it is not up, in one sentence, or "" */
    struct str samples; /* what was seen nevertheless, or "" */
};

/* With its newline. Samples that have no room are left out. */
struct str probe_line_write(struct arena *arena, const struct probe_line *line);
bool probe_line_is(struct str line);
/* Strings point into arena. */
MUST_USE bool probe_line_parse(struct arena *arena, struct str line, struct probe_line *out_line,
                               struct err *err);

#endif

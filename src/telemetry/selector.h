/* selector.h - which series are meant: a metric name and label matchers, as PromQL writes them.
 *
 * Promises: = != =~ !~ with PromQL's meaning (regular expressions anchored at both ends, an absent
 * label is the empty one), compiled once, memory from the arena, matching bounded.
 * Values stand in quotes with PromQL's escapes (promql_string.h), and are written so.
 * Refuses: selectors without a metric name or with a second one (__name__), ranges, offsets and
 * every other PromQL. */
#ifndef TELEMETRY_SELECTOR_H
#define TELEMETRY_SELECTOR_H

#include "telemetry/exposition.h"

enum matcher_kind { MATCH_EQUAL, MATCH_NOT_EQUAL, MATCH_REGEX, MATCH_NOT_REGEX };
enum { MATCHERS_MAX = 16 };

struct matcher {
    struct str label;
    enum matcher_kind kind;
    struct str value;
    void *compiled; /* regular expression */
};

struct selector {
    struct str metric;
    struct matcher matchers[MATCHERS_MAX];
    size_t matcher_count;
};

/* "name", "name{label=\"value\",…}". A regular expression is PCRE2 with a limit on its steps; it
 * takes memory from the arena when it is matched, too: the arena must stay where it is. */
MUST_USE bool selector_parse(struct arena *arena, struct str text, struct selector *out_selector,
                             struct err *err);
/* Do the labels meet all matchers? The name is the caller's to compare. */
bool selector_match(const struct selector *selector, const struct label *labels, size_t count);
/* Does PromQL write its metric or one of its labels in quotes, which engines read since Prometheus
 * 3.0? */
bool selector_is_quoted(const struct selector *selector);
/* As PromQL, with suffix behind the name ("_bucket"). */
struct str selector_write(struct arena *arena, const struct selector *selector, const char *suffix);

#endif

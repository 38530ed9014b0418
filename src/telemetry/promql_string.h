/* promql_string.h - strings as PromQL writes them: in double quotes, single quotes or back quotes.
 *
 * Promises: the escapes are PromQL's and no others (\a \b \f \n \r \t \v \\, the quote that the
 * string stands in, \ooo, \xhh, \uhhhh, \Uhhhhhhhh); between back quotes every byte is itself. What
 * is written is read back as the same bytes, by Prometheus too.
 * Refuses: other escapes, code points that are none, strings over several lines outside back
 * quotes, strings without an end; each with its place and what to write instead. */
#ifndef TELEMETRY_PROMQL_STRING_H
#define TELEMETRY_PROMQL_STRING_H

#include "base/err.h"
#include "base/text.h"

/* Does a quote stand at the byte at of text? */
bool promql_string_begins(struct str text, size_t at);
/* The string that begins at the byte *at of text, where a quote stands; *at goes behind its end.
 * The value lives in arena. */
MUST_USE bool promql_string_read(struct arena *arena, struct str text, size_t *at,
                                 struct str *out_value, struct err *err);
/* In double quotes. A byte may become four: "\x00". */
void promql_string_write(struct text *text, struct str value);

#endif

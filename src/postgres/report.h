/* report.h - what reeve-work answered about a database, as people read it.
 *
 * Promises: every text of the server is shown without its control characters; what was left out is
 * said. Refuses: libpq: this is linked into `reeve` itself. */
#ifndef POSTGRES_REPORT_H
#define POSTGRES_REPORT_H

#include "base/json.h"

/* output: of postgres.ping. */
void report_ping(struct text *out, const struct json *output);
/* The same as one line without its end: what answers, how quickly, and what does not, with why. */
void report_ping_line(struct text *out, const struct json *output);
/* The same in the form of postgres.query's output: one table, a row for each way. */
void report_ping_table(struct json_writer *w, const struct json *output);
/* output: of postgres.query; width of the terminal, 0: none. Tables and notes only. */
void report_query(struct text *out, const struct json *output, size_t width);
/* Its errors, one after the other: sentence, place, hint, repaired statement; block_name: "SQL",
 * the file, or the runbook. "" when there is none. */
void report_errors(struct text *out, const struct json *output, const char *block_name);

#endif

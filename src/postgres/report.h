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
/* output: of postgres.look: its tables with figures as people read them, what was found, what is
 * not known. */
void report_look(struct text *out, const struct json *output, size_t width);
/* The same as one line without its end: how much was found, the first of it, what is not known. */
void report_look_line(struct text *out, const struct json *output);
/* The same in the form of postgres.query's output: its tables as people read them, and what was
 * found as notes. */
void report_look_table(struct json_writer *w, const struct json *output);
/* output: of postgres.migrate: of db:status, of a dry run, or what was done. */
void report_migrate(struct text *out, const struct json *output);
/* The same of db:status as one line without its end: how many are applied, pending, half done, the
 * first that is not, and the first thing that is wrong with the files. */
void report_migrate_line(struct text *out, const struct json *output);
/* The same in the form of postgres.query's output: the newest migrations, each with its state. */
void report_migrate_table(struct json_writer *w, const struct json *output);
/* The lint's findings in it, each with what to do instead; its sums, and what was not judged. */
void report_lint(struct text *out, const struct json *output);
void report_lint_sum(struct text *out, const struct json *output);
/* output: of postgres.export or postgres.import. */
void report_transfer(struct text *out, const struct json *output);
/* Its findings and why it went no further, with the line and a caret. "" when all is well. */
void report_migrate_errors(struct text *out, const struct json *output);

#endif

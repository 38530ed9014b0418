/* contract.h - a program as JSON lines: what `reeve check --json` promises to other programs.
 *
 * Promises: one object for every statement in order of line, so that every line with words lies in
 * one; typed values (seconds, ratios from 0 to 1, bytes, comparators as signs, RFC 5545 rules).
 * The fields are described in docs/language.md. Refuses: prose meant for people. */
#ifndef RUNBOOK_CONTRACT_H
#define RUNBOOK_CONTRACT_H

#include "base/json.h"
#include "runbook/program.h"

/* The statement at index as one object on a line of its own. */
void contract_write_statement(struct json_writer *w, const struct program *program, int index);
/* {"summary":{…}}: lines by kind and the findings of all programs read; how many files could not be
 * read, when there are any. */
void contract_write_summary(struct json_writer *w, const int kind_lines[STATEMENT_KINDS],
                            int findings, int unread);
/* The recurrence of a schedule by RFC 5545 section 3.3.10, or "" when it has none. */
struct str contract_rrule(struct arena *arena, const struct schedule_statement *schedule);

#endif

/* fence_line.h - what one line between fence marks is, by its look.
 *
 * Promises: each question is answered in one pass over the line. Refuses: English that only looks
 * like a command: "make sure that it runs", and output that only looks like one. */
#ifndef RUNBOOK_FENCE_LINE_H
#define RUNBOOK_FENCE_LINE_H

#include "base/map.h"
#include "runbook/vocabulary.h"

/* In a block without a language: is it a command? programs: the programs of the document's other
 * commands. bare: no command stands directly above it, so that it can hardly be its output. */
bool line_is_command(struct str line, const struct map *programs, bool bare);
/* A line of options that only a command has: "--slug x", "-n db". */
bool line_has_option(struct str line);
/* In a block of commands: it cannot be one (a log line, a table, a mark of output). */
bool line_is_output(struct str line);
/* The header of a table that a program printed: "NAME   READY   STATUS". */
bool line_is_table_head(struct str line);
/* A sentence: words of English and nothing that a shell reads. */
bool line_is_english(struct str line);
/* Drawn with boxes and arrows. */
bool line_is_drawn(struct str line);
/* It begins a piece of another language's source: "const a = 1;", "if (x) {". */
bool line_is_source(struct str line);
/* Brackets opened less brackets closed, outside of quotations. */
int line_brackets(struct str line);
/* Five fields of cron and a command behind them. */
bool line_is_cron(struct str line);
/* "1. Stop application traffic", "- [ ] Stop it": the words; "" when it is neither. */
struct str line_numbered(struct str line);
struct str line_boxed(struct str line);
/* "Expected output:", "This prints:": what follows was printed by a program. */
bool line_announces_output(struct str line);
struct str line_first_word(struct str line);

#endif

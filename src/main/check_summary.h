/* check_summary.h - the end of "check" for a newcomer: of all lines with words, how many Reeve
 * enforces, how many wait, how many people do, and how many it does not act on.
 *
 * Promises: each line is counted once; a rule or objective that nothing can measure is never called
 * enforced.
 * Refuses: judging findings; they are counted where they are shown. */
#ifndef MAIN_CHECK_SUMMARY_H
#define MAIN_CHECK_SUMMARY_H

#include "alert/rule.h"
#include "base/text.h"

enum { SUMMARY_WAITING_SHOWN = 12 };

struct check_summary {
    int kind_lines[STATEMENT_KINDS];
    int waiting[STATEMENT_KINDS]; /* of them, lines that cannot act as they stand */
    int waiting_lines[SUMMARY_WAITING_SHOWN];
    int waiting_count;
    int measured;               /* lines of objectives whose budget is watched */
    int asked[STATEMENT_KINDS]; /* lines whose values an engine is asked for */
    struct str engine;          /* "": none is */
};

/* Adds the lines of a program, whose alerts and objectives these signals measure. */
void check_summary_take(struct check_summary *summary, struct arena *arena,
                        const struct program *program, const struct signals *signals);
/* Adds the lines of the rules that have questions to that engine. */
void check_summary_take_asked(struct check_summary *summary, const struct rules *rules,
                              struct str engine);
/* files: of how many; of one, name is said and where lines wait. configured: a reeve.yaml speaks
 * of them. */
void check_summary_write(struct text *text, const struct check_summary *summary, int files,
                         struct str name, bool configured);

#endif

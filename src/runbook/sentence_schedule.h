/* sentence_schedule.h - what the readers of schedules share.
 *
 * Promises: each form reads the whole sentence from its first word, as sentence.h has it.
 * Refuses: use outside of the readers of schedules. */
#ifndef RUNBOOK_SENTENCE_SCHEDULE_H
#define RUNBOOK_SENTENCE_SCHEDULE_H

#include "runbook/sentence.h"

enum { SCHEDULE_LABEL_WORDS_MAX = 6, SCHEDULE_WHAT_WORDS_MAX = 9 };

/* Fills form and length; working days are counted apart, since no clock knows them. */
void schedule_set_length(struct schedule_statement *schedule, enum schedule_form form,
                         struct length length);
/* Makes the statement; behind a recurrence "retained for 30 days" makes another. A remark may
 * follow. */
enum reading schedule_finish(struct sentence *sentence, int i, struct schedule_statement schedule);
/* Is the sentence an item that stands for itself, rather than a step of a procedure? */
bool schedule_is_standing(const struct sentence *sentence);
/* "ago", "in advance", "ahead", "before the change", "'s notice" behind a length: an advance
 * notice. The index behind it, or i; *out_since are the words of what comes after it, or "". */
int schedule_notice_end(const struct words *words, int i, struct str *out_since);

/* "(announced 48h in advance)" at *i: a notice of what the sentence schedules. */
void schedule_bracket_notice(struct sentence *sentence, int *i, struct str what);
/* "to verify that they are valid", "for any window": plain words at the end. The index behind. */
int schedule_purpose_end(struct words *words, int i);

/* sentence_standing.c: "Rotate the keys every 90 days", "Backups are taken daily at 02:00 UTC",
 * "Sunday 2-4 AM UTC". */
enum reading schedule_read_bare(struct sentence *sentence);
enum reading schedule_read_noun(struct sentence *sentence);
enum reading schedule_read_turns(struct sentence *sentence);
enum reading schedule_read_passive(struct sentence *sentence);
enum reading schedule_read_imperative(struct sentence *sentence);
enum reading schedule_read_forbidden(struct sentence *sentence);
/* sentence_length.c: notices, deadlines and retention. */
enum reading schedule_read_notices(struct sentence *sentence);
enum reading schedule_read_told_before(struct sentence *sentence);
enum reading schedule_read_purged(struct sentence *sentence);
enum reading schedule_read_kept(struct sentence *sentence);
enum reading schedule_read_generations(struct sentence *sentence);
enum reading schedule_read_deadline(struct sentence *sentence);

#endif

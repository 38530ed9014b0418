/* words.h - one sentence cut into words, numbers and marks, each remembering whether a rule read
 * it.
 *
 * Promises: linear in the sentence; words point into it; every number, comparator, unit and time
 * that a rule does not read can be named afterwards (words_leftover).
 * Refuses: more than WORDS_MAX words: `cut` is set and no rule reads such a sentence. */
#ifndef RUNBOOK_WORDS_H
#define RUNBOOK_WORDS_H

#include "runbook/program.h"

enum word_type { WORD_NAME, WORD_NUMBER, WORD_MARK };
enum { WORDS_MAX = 96 };

struct word {
    enum word_type type;
    struct str text;
    double number; /* WORD_NUMBER */
    bool read;
};

struct words {
    struct word at[WORDS_MAX];
    int count;
    bool cut; /* the sentence has more words than fit */
};

/* A length of time as written: a fixed length, or calendar months; low_ms is the lower end of a
 * range ("30-60 minutes"), else 0. */
struct length {
    int64_t ms;
    int months;
    int64_t low_ms;
    bool working_days; /* "5 business days": no fixed length without a calendar */
};

void words_parse(struct str sentence, struct words *out_words);
bool words_is(const struct words *words, int i, const char *text);
/* True when one of the NULL-terminated texts stands at i. */
bool words_is_one(const struct words *words, int i, const char *const *texts);
void words_read(struct words *words, int from, int to); /* marks [from, to) as read */
void words_unread(struct words *words, int from, int to);

/* Each reads at *i, moves *i behind what it read and marks it; on false nothing is changed. */
bool words_length(struct words *words, int *i, struct length *out_length);
bool words_comparison(struct words *words, int *i, enum comparison *out_comparison);
/* True when a comparison followed by a number begins at i. */
bool words_has_comparison(const struct words *words, int i);
bool words_clock(struct words *words, int *i, int *out_minute,
                 int *out_half); /* half: 0, 1 am, 2 pm */

bool words_is_unit_of_time(struct str word);
/* "P0", "SEV1", "SEV-1", "S2": a severity as written. */
bool word_is_level(struct str word);
/* Holds a comparator before a number, a length of time, or a level: looks like a rule. */
bool words_look_like_rule(const struct words *words);
/* The first thing no rule may leave unread (number, comparator, unit, level, weekday, zone,
 * condition), or an empty string. */
struct str words_leftover(const struct words *words);
/* The text of the words [from, to) as it stands in the sentence. */
struct str words_span(const struct words *words, int from, int to);

#endif

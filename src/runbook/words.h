/* words.h - one sentence cut into words, numbers and marks, each remembering whether a rule read
 * it.
 *
 * Promises: one pass over the sentence; words point into it; every number, comparator, unit and
 * time that a rule does not read can be named afterwards (words_leftover).
 * Refuses: more than WORDS_MAX words: `cut` is set and no rule reads such a sentence. */
#ifndef RUNBOOK_WORDS_H
#define RUNBOOK_WORDS_H

#include "runbook/lexicon.h"
#include "runbook/program.h"

enum word_type { WORD_NAME, WORD_NUMBER, WORD_MARK };
enum { WORDS_MAX = 96, WORDS_LEVELS_MAX = 6, LEVEL_NONE = -1 };

struct word {
    struct str text;
    double number;         /* WORD_NUMBER */
    unsigned classes;      /* of the lexeme */
    unsigned short lexeme; /* int */
    unsigned char type;    /* enum word_type */
    signed char level;     /* rank of "P0", "SEV-1"; LEVEL_NONE */
};

struct words {
    struct word at[WORDS_MAX];
    uint64_t read[WORDS_MAX / 64 + 1]; /* a bit for each word that a rule has read */
    int count;
    const char *end; /* of the sentence */
    uint64_t has;    /* the classes of all words, WORDS_NUMBER and WORDS_LEVEL, or-ed */
    bool cut;        /* the sentence has more words than fit */
};

/* Of words that are parsed where they are declared: nothing is looked at that words_parse has not
 * written, and to set all of it to zero first, as of every variable, took longer than to parse. */
#define WORDS_UNSET __attribute__((uninitialized))

/* What a sentence holds beside the classes of its words: a number in digits, a severity in one
 * word. */
#define WORDS_NUMBER ((uint64_t)1 << 32)
#define WORDS_LEVEL  ((uint64_t)1 << 33)

/* A length of time as written: a fixed length, or calendar months; low_ms is the lower end of a
 * range ("30-60 minutes"), else 0. */
struct length {
    int64_t ms;
    int months;
    int64_t low_ms;
    bool working_days; /* "5 business days": no fixed length without a calendar */
    bool range;        /* "0-15 minutes" */
};

/* A severity as written, with its rank (0 is worst). */
struct level {
    struct str id;
    int rank;
};

void words_parse(struct str sentence, struct words *out_words);
/* The same of the first max words only; cut is then said of them. */
void words_parse_front(struct str sentence, int max, struct words *out_words);
/* Nothing is read any more. */
static inline void words_forget(struct words *words)
{
    memset(words->read, 0, sizeof words->read);
}
/* The words [from, to) are read, or not. */
void words_read(struct words *words, int from, int to);
void words_unread(struct words *words, int from, int to);
bool words_is_read(const struct words *words, int i);

/* Is i inside of the sentence? */
static inline bool words_has(const struct words *words, int i)
{
    return (unsigned)i < (unsigned)words->count;
}
/* What stands at i; W_UNKNOWN, no class and no number outside of the sentence. */
static inline int words_at(const struct words *words, int i)
{
    return words_has(words, i) ? words->at[i].lexeme : WD_UNKNOWN;
}
static inline bool words_is(const struct words *words, int i, int id)
{
    return words_at(words, i) == id && id != WD_UNKNOWN;
}
/* Is it of one of the classes? */
static inline bool words_is_a(const struct words *words, int i, unsigned classes)
{
    return words_has(words, i) && (words->at[i].classes & classes);
}
static inline bool words_is_number(const struct words *words, int i)
{
    return words_has(words, i) && words->at[i].type == WORD_NUMBER;
}
/* A number in digits or spelt out. */
static inline bool words_is_amount(const struct words *words, int i)
{
    return words_is_number(words, i) || words_is_a(words, i, LEX_NUMBER_WORD);
}
static inline bool words_are(const struct words *words, int i, int first, int second)
{
    return words_is(words, i, first) && words_is(words, i + 1, second);
}
bool words_is_zone(const struct words *words, int i); /* upper case only: "ET", not "et" */

/* Is the number at i less than nothing: "-72 hours" behind a blank or a mark? */
bool words_is_negative(const struct words *words, int i);

/* Each reads at *i, moves *i behind what it read and marks it; on false nothing is changed. */
bool words_length(struct words *words, int *i, struct length *out_length);
bool words_comparison(struct words *words, int *i, enum comparison *out_comparison);
/* "P0", "SEV 1", "Severity 2". */
bool words_level(struct words *words, int *i, struct level *out_level);
/* "P0/P1", "P0, P1 and P2", "SEV1-3", "S2 and above": at most WORDS_LEVELS_MAX, worst first as
 * far as the text says so. */
bool words_levels(struct words *words, struct arena *arena, int *i,
                  struct level out_levels[static WORDS_LEVELS_MAX], int *out_count);
/* The same spelling with another digit: "SEV-1" and 3 make "SEV-3". */
struct level words_level_like(struct arena *arena, struct level level, int rank);
bool words_clock(struct words *words, int *i, int *out_minute,
                 int *out_half); /* half: 0, 1 am, 2 pm */

/* "is no more than": no comparison has more words before its number. */
enum { COMPARISON_WORDS_MAX = 4 };
/* True when a comparison followed by a number begins at i. */
bool words_has_comparison(const struct words *words, int i);
/* "P0", "SEV1", "SEV-1", "S2": a severity as written in one word. */
bool word_is_level(struct str word);
/* Cheap answers before a text is cut into words: false when none of them, or not the first, can be
 * a severity. */
bool words_may_hold_level(struct str text);
bool words_may_begin_with_level(struct str text);
/* Milliseconds or months of a unit of time, or false. */
bool word_unit_of_time(int id, int64_t *out_ms, int *out_months);
/* Holds a comparator before a number, a length of time, or a level: looks like a rule. */
bool words_look_like_rule(const struct words *words);
/* The first thing no rule may leave unread (number, comparator, unit, level, weekday, zone,
 * condition), or an empty string. */
struct str words_leftover(const struct words *words);
/* The text of the words [from, to) as it stands in the sentence. */
struct str words_span(const struct words *words, int from, int to);

#endif

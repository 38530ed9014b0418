/* vocabulary_row.h - phrases and what they stand for: those of vocabulary.def, and a company's own.
 *
 * Promises: a phrase is found by its words, whatever their case, plural and articles; a company's
 * own phrase comes before a known one; what is not there is "". Refuses: near misses: "checkout
 * error rate" is not the signal "error rate". */
#ifndef RUNBOOK_VOCABULARY_ROW_H
#define RUNBOOK_VOCABULARY_ROW_H

#include "runbook/phrase.h"

/* The kinds of phrases of vocabulary.def. */
enum vocabulary_kind {
    VOCABULARY_SIGNAL,
    VOCABULARY_PARTY,
    VOCABULARY_SERVICE,
    VOCABULARY_ACTION,
    VOCABULARY_CHECK,    /* what a box says has to be true */
    VOCABULARY_PRACTICE, /* an area; its target is a check as well */
    VOCABULARY_KINDS
};

struct vocabulary_row {
    enum vocabulary_kind kind;
    struct str under;  /* a word that the heading must have, or "" */
    struct str phrase; /* as written */
    struct str target; /* what it stands for */
};
size_t vocabulary_row_count(void);
struct vocabulary_row vocabulary_row(size_t i);

/* A company's own phrases, beside those of vocabulary.def and before them. Everywhere below NULL is
 * a company without any. Lives in its arena; what is added must live as long. */
enum { VOCABULARY_HEADS = 64, VOCABULARY_ROWS_MAX = 16000 };
struct vocabulary {
    struct arena *arena;
    struct vocabulary_own *rows;
    size_t count, capacity;
    unsigned short heads[VOCABULARY_HEADS]; /* by first word: the number of a row, from 1 */
};
enum vocabulary_answer {
    VOCABULARY_TAKEN,
    VOCABULARY_EMPTY, /* no word that says anything */
    VOCABULARY_LONG,  /* more than PHRASE_ROW_WORDS_MAX words */
    VOCABULARY_TWICE, /* the same words stand for something already */
    VOCABULARY_FULL   /* VOCABULARY_ROWS_MAX of them */
};
void vocabulary_init(struct vocabulary *vocabulary, struct arena *arena);
enum vocabulary_answer vocabulary_add(struct vocabulary *vocabulary, enum vocabulary_kind kind,
                                      struct str phrase, struct str target);

/* False when no phrase of the kind begins as the text does, in which remarks in brackets count or
 * not: most texts need not be read any further. */
bool vocabulary_may_begin(const struct vocabulary *vocabulary, enum vocabulary_kind kind,
                          bool remarks, struct str text);
/* What the whole text stands for, or "". heading may be "". */
struct str vocabulary_find(const struct vocabulary *vocabulary, enum vocabulary_kind kind,
                           struct str heading, struct str text);
/* The same for one part of what is said. */
struct str vocabulary_find_part(const struct vocabulary *vocabulary, enum vocabulary_kind kind,
                                struct str heading, struct phrase_part part);
/* The name as vocabulary.def writes it when it is a target of the kind there, in any case; or "".
 */
struct str vocabulary_target(enum vocabulary_kind kind, struct str name);
/* The target, or the phrase, of the kind that is at most two slips of the pen away, or "". */
struct str vocabulary_near_target(enum vocabulary_kind kind, struct str name);
struct str vocabulary_near_phrase(enum vocabulary_kind kind, struct str text);

/* The canonical name of a signal named exactly so ("latency" gives "response time"), or "".
 * Articles and quantile words are passed over. */
struct str vocabulary_signal(const struct vocabulary *vocabulary, struct str metric);
/* What a signal known by name is measured in: a limit in something else can never be meant. */
enum dimension { DIMENSION_ANY, DIMENSION_SHARE, DIMENSION_TIME, DIMENSION_COUNT };
enum dimension vocabulary_dimension(struct str signal);
/* The check of the practice that a bullet names below its heading ("Index optimization" is
 * "database:index"), or "". */
struct str vocabulary_practice(const struct vocabulary *vocabulary, struct str heading,
                               struct str text);

#endif

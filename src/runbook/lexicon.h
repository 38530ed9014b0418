/* lexicon.h - every word the controlled English knows, as numbers.
 *
 * Promises: one table (lexicon.def); a word is found in constant time, in any case; what it can be
 * is a set of bits. Refuses: meaning, which the sentence readers give. */
#ifndef RUNBOOK_LEXICON_H
#define RUNBOOK_LEXICON_H

#include "base/str.h"

/* What a word can be; most can be several things. */
enum lexeme_class {
    LEX_BOUND = 1 << 0,     /* before a length of time: "within", "<" */
    LEX_BYTES = 1 << 1,     /* unit of bytes */
    LEX_CONDITION = 1 << 2, /* ends a condition: "passing" */
    LEX_COUNT = 1 << 3,     /* names what is counted: "failures" */
    LEX_DASH = 1 << 4,      /* between two ends of a range */
    LEX_DUTY_NOUN = 1 << 5, /* something that recurs: "backup", "review" */
    LEX_FACT = 1 << 6,      /* says a fact: "takes", "cache" */
    LEX_FOLLOWER = 1 << 7,  /* stands behind an imperative: "the", "from" */
    LEX_FREQUENCY = 1 << 8,
    LEX_LABEL_END = 1 << 9, /* ends the label of a schedule: "Backup window" */
    LEX_NORM = 1 << 10,     /* "must", "within" */
    LEX_NUMBER_WORD = 1 << 11,
    LEX_ORDINAL = 1 << 12,
    LEX_PROGRAM = 1 << 13, /* begins a command line */
    LEX_PROGRAM_OR_WORD = 1 << 14,
    LEX_RESIDUE = 1 << 15, /* changes what a rule means, so none may leave it unread */
    LEX_SEVERITY_WORD = 1 << 16,
    LEX_STATE = 1 << 17,
    LEX_STATE_LINK = 1 << 18,
    LEX_TIME = 1 << 19, /* unit of time */
    LEX_TRIGGER = 1 << 20,
    LEX_VERB = 1 << 21,
    LEX_VERB_OR_NOUN = 1 << 22,
    LEX_WEEKDAY = 1 << 23,
    LEX_ZONE = 1 << 24,
    LEX_MONTH = 1 << 25,
    LEX_HIGHER_BETTER = 1 << 26, /* a measure that is wanted high: "availability" */
    LEX_LOWER_BETTER = 1 << 27,  /* a measure that is wanted low: "latency" */
    LEX_STATE_FIRST = 1 << 29,   /* a state before its subject: "failed", "multiple" */
    LEX_SOFT = 1 << 28,          /* in a bracket behind a rule it only comments: "negotiable" */
    LEX_WHEN = 1 << 30           /* says when without a unit of time: "immediately", "every" */
};

#define LEXEME(name, text, classes) WD_##name,
/* The API passes them as int: no switch names them all. */
enum lexeme_name {
    WD_UNKNOWN,
#include "runbook/lexicon.def"
    LEXEMES
};
#undef LEXEME

/* A word of the table. */
enum { LEXICON_PARTS = 3 };
struct lexeme {
    uint64_t
        parts[LEXICON_PARTS]; /* its bytes in small letters, eight a number, the first lowest */
    unsigned classes;         /* enum lexeme_class, or-ed */
    uint16_t bytes, id;
};

/* The word made of the first n bytes of a text that may go on, in any case; with the id WD_UNKNOWN
 * and no class when the table has none. */
const struct lexeme *lexicon_look(struct str text, size_t n);
/* The id of a word in any case; WD_UNKNOWN when there is none. */
int lexicon_find(struct str word);
/* enum lexeme_class, or-ed. */
unsigned lexicon_classes(int id);
/* Written exactly as the table has it: programs and zones are. */
bool lexicon_is_exact(int id, struct str word);

#endif

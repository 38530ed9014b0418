/* condition.h - what a step's words ask before it begins: "If …, do X", "Unless …", "Otherwise …",
 * "Repeat steps 2-4 until …".
 *
 * Promises: reads whole sentences or says that a person has to be asked with the words as they
 * stand; what is read is pinned with the plan as one line (condition_write), so that a run does not
 * depend on how a newer Reeve would read it. Refuses: guessing; a rule is meant only where its own
 * words stand, a step only where the words name it. */
#ifndef RUN_CONDITION_H
#define RUN_CONDITION_H

#include "runbook/program.h"

enum condition_form {
    CONDITION_NONE,
    CONDITION_IF,     /* the step is done when the words hold, else left out */
    CONDITION_UNLESS, /* the other way round */
    CONDITION_UNTIL   /* steps before it begin again until the words hold */
};

/* What decides it; a person can in any case. */
enum condition_asks {
    ASKS_PERSON,
    ASKS_RULE,     /* does this rule of the runbook fire? */
    ASKS_ALERTS,   /* does any rule fire? */
    ASKS_FAILED,   /* has the step that it speaks of failed? */
    ASKS_OTHERWISE /* does the condition of the step before it not hold? */
};

struct step_condition {
    enum condition_form form;
    enum condition_asks asks;
    bool negated;     /* the words hold when what is asked does not: "no alert is firing" */
    int of;           /* of ASKS_FAILED and ASKS_OTHERWISE: the step, an index; else -1 */
    int first, last;  /* of CONDITION_UNTIL: the steps that begin again, indices */
    char rule[17];    /* of ASKS_RULE: its id, else "" */
    struct str words; /* "the queue is full"; in quotation marks where it is no clause */
};

/* A line of a procedure. */
struct condition_line {
    struct str text;    /* its words */
    struct str command; /* that stands within them, or "" */
    bool conditional;   /* as the language reads it (step_statement) */
    bool acts;          /* something begins by itself, or stands below it */
    bool begins;        /* a command, a mail or a question to the database begins by itself */
};

/* What the words refer to, before any step is looked for. */
enum condition_refers { REFERS_NOWHERE, REFERS_BEFORE, REFERS_NUMBER, REFERS_OTHERWISE };

struct condition_words {
    enum condition_form form;
    enum condition_refers refers;
    bool alerts, negated;
    bool unsure;     /* of REFERS_OTHERWISE: a condition only behind another one */
    int number;      /* of REFERS_NUMBER: as the list has it */
    int first, last; /* of CONDITION_UNTIL: as the list has them; 0: all before; -1: the one before
                      */
    struct str words;
};

/* The condition of a line; form CONDITION_NONE: it has none. In arena. */
struct condition_words condition_read(struct arena *arena, const struct condition_line *line);
/* Does the time in the line's words belong to its condition and not to the step? */
bool condition_has_time(struct str text);
/* What is to be done: the words behind "If …,"; all of them where there is no such condition. */
struct str condition_rest(struct str text);
/* Are these the words of an alert statement, "Error rate > 5% for 5 minutes"? *out_negated: they
 * say that it does not fire. */
bool condition_is_rule(struct arena *arena, struct str words, const struct statement *statement,
                       bool *out_negated);

/* "if rule:3fa9… error rate > 5%": as the plan of a run carries it; "" for none. In arena. */
struct str condition_write(struct arena *arena, const struct step_condition *condition);
/* False: it is nothing that condition_write writes; *out is then none. words is a slice. */
MUST_USE bool condition_parse(struct str text, struct step_condition *out);
/* "is it so that the queue is full?", for people; "" for none. In arena. */
struct str condition_question(struct arena *arena, const struct step_condition *condition);

#endif

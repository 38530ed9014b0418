/* question.h - what Reeve asks itself when a step is bound to it, since it only reads: one row a
 * question.
 *
 * Promises: a command of this table changes nothing, so that it may be asked again at any time. */
#ifndef RUN_QUESTION_H
#define RUN_QUESTION_H

#include "base/str.h"

enum question_of {
    QUESTION_PING,  /* does the database answer, directly and by its pooler */
    QUESTION_LOOK,  /* looks into the database (postgres/look.h) */
    QUESTION_FILES, /* where the files of migrations and the database stand */
    QUESTION_BACKUP /* what pgBackRest keeps */
};

struct question {
    const char *action;   /* what words or a command are bound to: "db:locks" */
    const char *command;  /* as the step has it, and a person could type it */
    const char *look;     /* QUESTION_LOOK: names, parted by commas */
    const char *in_words; /* "asks the database …", behind "in production Reeve" */
    enum question_of of;
};

/* By the action; NULL: Reeve asks nothing for it. */
const struct question *question_find(struct str action);
/* By the command of a step, which may be of another version of Reeve; NULL: it is none of these. */
const struct question *question_of_command(struct str command);

#endif

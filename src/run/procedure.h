/* procedure.h - the procedures of a runbook: what can be started, and the steps it has.
 *
 * A procedure is
 *   - a heading, a note of a fence, a label or a titled step that has steps or boxes below it; the
 *     steps below a titled step are steps of the procedure that holds it, too;
 *   - a script: the commands of a fence that run in order, named by the heading above it;
 *   - one command that stands alone or in a menu, named by the note above it and by its own name
 *     ("db:migrate" of "npm run db:migrate");
 *   - a line "label: imperative" in a list of such lines, named by its label.
 * Promises: lists all of them in the order of the document; a menu is never one procedure.
 * Refuses: running anything. */
#ifndef RUN_PROCEDURE_H
#define RUN_PROCEDURE_H

#include "base/limits.h"
#include "run/condition.h"

/* What a step does when its turn comes. */
enum step_does {
    DOES_GROUP,   /* nothing: it is a title, done when what stands below it is done */
    DOES_MANUAL,  /* a person does it and ticks it */
    DOES_COMMAND, /* a shell command */
    DOES_HOLD,    /* time passes in which no alert may begin to fire */
    DOES_WAIT,    /* time passes */
    DOES_CHOICE,  /* a person picks one of a menu, starts it by its own name, and ticks this */
    DOES_QUERY,   /* SQL that only reads, or a question of question.h: Reeve asks */
    DOES_NOTIFY,  /* Reeve tells people by mail */
    STEP_DOES
};

enum step_when {
    WHEN_NONE,
    WHEN_DUE_AT,     /* due that long after the run began */
    WHEN_WITHIN,     /* the same, as a last date */
    WHEN_NOT_BEFORE, /* that long after the step before it was done */
    WHEN_HOLDS,      /* lasts that long */
    STEP_WHENS
};

struct procedure_step {
    enum step_does does;
    enum step_when when;
    int statement;   /* of the program */
    int holder;      /* the statement that holds its command, or -1 */
    int parent;      /* index of the step it stands below, or -1 */
    int depth;       /* 0: directly below the procedure */
    struct str text; /* the words of the line */
    struct str command;
    struct str action;               /* what the words are bound to ("db:migrate"), or "" */
    struct str destroys;             /* what the command destroys, or "" */
    struct str note;                 /* why it is not done as it is written, or "" */
    struct str people;               /* whom it tells: "ana, legal", or "" */
    struct step_condition condition; /* what is asked before it begins */
    int64_t time_ms;
    int time_months; /* the same in calendar months, else 0 */
    bool free;       /* a box: it may be done in any order among its neighbours */
    bool endless;
    bool astray; /* it sends to a procedure, and none or several are called so: the note says it */
    const struct placeholder *placeholders; /* what still needs a value */
    int placeholder_count;
};

struct procedure {
    int statement; /* of the program: gives line, id and path */
    struct str name;
    struct str path;    /* the headings above it, or "" */
    struct str command; /* a single command's own name: "db:migrate", or "" */
    struct procedure_step *steps;
    int step_count;
    int line, first_line; /* of its statement, and of its first step: from 1 */
    bool cut;             /* it has more steps than LIMIT_RUN_STEPS */
};

struct procedures {
    struct procedure *items;
    int count;
};

/* What an action of the runbook's steps is done with, from the configuration. */
struct action_binding {
    struct str action;                      /* "maintenance:on" */
    struct str command;                     /* the shell command, or "" */
    struct str people;                      /* who is told instead: "ana, legal", or "" */
    struct str destroys;                    /* what the command destroys, or "" */
    bool endless;                           /* the command runs until it is stopped */
    const struct placeholder *placeholders; /* its open places */
    int placeholder_count;
    struct str undo; /* the action that takes it back, or "" */
    int64_t deadline_ms;
    /* Between tries; 0: 10 s at first, then twice as long each time. Without retries it is a check:
     * tested so often until it holds. */
    int64_t every_ms;
    int retries;     /* how often it may be tried again by itself */
    int approvals;   /* persons other than the requester who have to agree first; -1: as usual */
    struct str user; /* of the machine, as whom the command runs; "": as Reeve does */
};

struct run_environment;

struct run_settings {
    bool commands;  /* the operator lets Reeve run commands */
    bool rehearses; /* nobody outside is told */
    const struct action_binding *actions;
    size_t action_count;
    const struct str *variables; /* names that commands find in their environment */
    size_t variable_count;
    int64_t deadline_ms;  /* of a command, where nothing else is said */
    int approvals;        /* of a command that destroys something */
    struct str directory; /* where commands run */
    struct str user;      /* as whom, where no binding says another; "": as Reeve does */
    struct str context;   /* where and with which environment commands run; "" without commands */
    bool context_unknown; /* a secret of the environment is not known here: nothing can be compared
                           */
    const struct run_environment *environments; /* of rehearsals: rehearsal.h */
    size_t environment_count;
    int64_t rehearsed_within_ms; /* how often what recovers something is to be rehearsed */
    /* Would the database of reeve.yaml be asked this? Else the sentence why not. NULL: there is no
     * such database. */
    bool (*query_check)(struct str sql, struct err *err);
    bool database;   /* production has one, whether or not it can be asked here */
    bool backup;     /* the same of backups that pgBackRest keeps */
    bool migrations; /* there is a folder of them, for the database */
};

/* All procedures of a program, in arena. settings may be NULL: nothing is bound. */
struct procedures procedures_make(struct arena *arena, const struct program *program,
                                  const struct run_settings *settings);

/* By name in any case, by "Heading / name" with as many of the headings above it, by a command's
 * own name, or by any of these with " (line 120)" behind it. Refused with one sentence when there
 * is none (the nearest name is offered) or several (names are listed by which each is found). NULL
 * then. */
const struct procedure *procedure_find(const struct procedures *procedures, struct str name,
                                       struct err *err);
/* Would procedure_find take this name for it, if it were the only one? */
bool procedure_is_called(const struct procedure *procedure, struct str name);
/* "Heading / name" where the name alone would not be the only one, else the name; in arena. It is
 * what runs and rehearsals are known by, and no other line changes it; perhaps of several. */
struct str procedure_title(const struct procedures *procedures, const struct procedure *procedure,
                           struct arena *arena);
/* The shortest name by which procedure_find gives this one and no other: with as many headings, or
 * the line, as that takes; in arena. */
struct str procedure_unique_name(const struct procedures *procedures,
                                 const struct procedure *procedure, struct arena *arena);
/* The unique names of all that are called so, as is_called has it, in quotation marks and parted by
 * commas; in arena. */
typedef bool procedure_called(const struct procedure *procedure, struct str name);
struct str procedure_names(struct arena *arena, const struct procedures *procedures,
                           procedure_called *is_called, struct str name);
/* The one whose name is nearest to what nobody is called; NULL: none is near. */
const struct procedure *procedure_nearest(const struct procedures *procedures, struct str name);
const struct action_binding *action_binding_find(const struct run_settings *settings,
                                                 struct str action);
/* A command of the runbook as it is written. */
struct command_given {
    struct str text;
    const struct command_traits *traits;
};
/* The step is done with the action's command. What the runbook's command has behind the action's
 * name is handed on to it, as npm does: "npm run db:rollback -- --target=VERSION". */
void procedure_step_bind(struct arena *arena, struct procedure_step *step,
                         const struct action_binding *binding, const struct command_given *given);
/* A question of question.h without a binding, by its words or by a command that says no more than
 * its name: Reeve asks it; in a rehearsal that has nobody to ask people do it, and the step says
 * so. False where reeve.yaml names no database, or no backups: then it is a step like any other. */
MUST_USE bool procedure_step_ask(struct arena *arena, const struct run_settings *settings,
                                 struct procedure_step *step, struct str command);
/* Is there somebody here who can be asked this: SQL, or the command of a question? */
bool run_settings_can_ask(const struct run_settings *settings, struct str command);
struct run_values;
/* Looks into the quotation marks behind "sh -c" for what the command destroys. */
void procedure_step_judge_shell(struct arena *arena, struct procedure_step *step);
/* What its command destroys, also only with these values; "" when nothing. */
struct str procedure_step_destroys(struct arena *arena, const struct procedure_step *step,
                                   const struct run_values *values);
/* As whom the command of an action, or one without, runs; "": as Reeve does. */
struct str procedure_user(const struct run_settings *settings, struct str action);
/* How many others have to agree before this step begins. */
int procedure_step_approvals(const struct run_settings *settings,
                             const struct procedure_step *step);
/* How often a condition is tested until it holds; 0: it is no check, and runs once. */
int64_t procedure_step_every_ms(const struct run_settings *settings,
                                const struct procedure_step *step);
/* When a command is ended that has not ended by itself. */
int64_t procedure_step_deadline_ms(const struct run_settings *settings,
                                   const struct procedure_step *step);
struct step_lasting {
    bool endless;
    int64_t every_ms, deadline_ms;
};
/* "is watched until somebody ends it, at most 30 min", "is tested every 5 s …"; else "". */
struct str step_lasting_text(struct arena *arena, const struct step_lasting *lasting);
/* "db:migrate" of "npm run db:migrate", "reeve db:migrate"; else "". */
struct str command_own_name(struct str command);

const char *step_does_name(enum step_does does);
MUST_USE bool step_does_find(struct str name, enum step_does *out_does);
const char *step_when_name(enum step_when when);
MUST_USE bool step_when_find(struct str name, enum step_when *out_when);

#endif

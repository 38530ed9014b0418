/* action.h - everything that can be asked of Reeve: one table, read by every face.
 *
 * Command line, HTTP API, web forms, manual, completion and package.json are loops over the table
 * and name no action. A read renders a view; a record returns events; a local action is performed
 * by the program itself (main binds it by name). Refuses: arguments outside their bounds, unknown
 * arguments, missing required ones - with one sentence naming the argument and the remedy. */
#ifndef ACTION_ACTION_H
#define ACTION_ACTION_H

#include "access/caller.h"
#include "access/tally.h"
#include "base/json.h"
#include "engine/engine.h"
#include "ledger/event.h"
#include "state/world.h"

enum action_effect { EFFECT_LOCAL, EFFECT_READ, EFFECT_RECORD };
enum argument_type {
    ARGUMENT_TEXT,
    ARGUMENT_INT,
    ARGUMENT_FLAG,
    ARGUMENT_PATH,
    ARGUMENT_PATHS, /* any number of paths: the last one by position; read with call_next_path */
    ARGUMENT_PAIRS, /* NAME=value, any number of times: an option; parted by line feeds */
    ARGUMENT_FILES, /* the same with paths of files; told as what is kept of each (run/evidence.h),
                     * which whoever performs the call has to have in hand */
    /* Secrets in the only form that is ever told: the command line asks for the password, or makes
     * the token, and fills these in. What was decided is kept in the accounts file by who performs
     * the call; the action has an argument "name". */
    ARGUMENT_PASSWORD, /* the Argon2id hash of a password, as access/credentials.h wants it */
    ARGUMENT_DIGEST    /* SHA-256 in hex of an API token */
};

enum { ACTION_ARGUMENTS_MAX = 11 };

struct argument {
    const char *name; /* "number"; as an option "--severity" when is_option */
    enum argument_type type;
    bool required;
    bool is_option;   /* else by position */
    bool takes_rest;  /* the last positional argument may have blanks: the rest of the line */
    int64_t min, max; /* value of INT, length in bytes of TEXT, of each path and of all pairs */
    const char *default_value; /* NULL: none */
    const char *help;
};

struct call {
    const struct action *action;
    struct str
        values[ACTION_ARGUMENTS_MAX]; /* parallel to action->arguments; PATHS: parted by NUL */
    bool given[ACTION_ARGUMENTS_MAX];
    struct caller caller;
    /* Of a core that is asked again and again; NULL: what is asked in vain is always a fact. */
    struct denials *denials;
    int64_t boot_ms; /* of the clock that is never set */
    bool is_untold;  /* out: it was asked in vain, and is to be counted instead */
};

struct reply {
    struct arena *arena;
    struct text text; /* for people on a terminal */
    struct text json; /* one JSON value */
    int exit_code;    /* the documented exit codes; 0 unless findings (1) */
};

struct action {
    const char *name; /* "incident list": words as typed */
    const char *summary;
    const char *help;    /* a paragraph or two */
    const char *example; /* one command line, executed by the tests */
    enum permission permission;
    enum action_effect effect;
    struct argument arguments[ACTION_ARGUMENTS_MAX];
    bool (*read)(const struct call *call, const struct world *world, struct reply *reply,
                 struct err *err);
    bool (*record)(const struct call *call, const struct world *world, struct event_list *out,
                   struct err *err);
    bool is_audited; /* what is asked in vain is a fact, too (call.declined) */
    /* What it reads is the runbook's and reeve.yaml's: where no ledger was begun yet, it is read
     * all the same. */
    bool is_of_runbook;
    bool is_file;  /* its answer is a file of another program, printed as it is */
    bool is_prose; /* its answer is sentences that a terminal may break at blanks, and no command */
    /* A record action with read beside record is only rendered when its flag "dry-run" is given:
     * call_changes. */
    /* Instead of record, for what depends on entries that the state does not hold. */
    bool (*record_stored)(const struct call *call, const struct engine *engine,
                          struct event_list *out, struct err *err);
};

/* The table, in the order of the manual. */
const struct action *action_table(size_t *out_count);
/* Finds the action whose words begin argv; *out_used = words taken. NULL when there is none. */
const struct action *action_find(int argc, const char *const *argv, int *out_used);
/* Finds by the name with blanks or with '/' between the words (HTTP paths). */
const struct action *action_find_name(struct str name);
/* The name nearest to what was typed in lower case; NULL when none is near. */
const char *action_nearest(struct str typed);
/* The sentence for words that are no command: the nearest one, else what there is. */
struct str action_unknown(struct arena *arena, int argc, const char *const *argv);

void call_init(struct call *call, const struct action *action, struct caller caller);
/* Sets an argument by name from text; refuses what is out of bounds. */
MUST_USE bool call_set(struct call *call, struct str name, struct str value, struct err *err);
/* Adds a value to an argument of the action that may be given several times (PAIRS, FILES); the
 * name must be one of them. Refuses what has more than one line: it would be several. */
MUST_USE bool call_add_line(struct call *call, struct arena *arena, struct str name,
                            struct str line, struct err *err);
/* Fills call from words after the action's name. */
MUST_USE bool call_parse(struct call *call, struct arena *arena, int argc, const char *const *argv,
                         struct err *err);
/* Fills call from a JSON object of arguments; one that may be given several times as an array of
 * texts. */
MUST_USE bool call_parse_json(struct call *call, struct arena *arena, const struct json *arguments,
                              struct err *err);
/* The value of a variable of the environment; NULL: there is none. */
typedef const char *variable_find(const char *name);
/* Options that every action takes: were they given? */
struct call_common {
    bool json, config;
};
/* Called by an npm script that is named after the action, or after what "run" is to run: refuses an
 * option that npm kept for itself, with the line to write. */
MUST_USE bool call_check_npm(const struct call *call, const struct call_common *common,
                             variable_find *find, struct err *err);
/* The same for options that the action has not, and so cannot miss, before something is started:
 * environment is the process's, ended by NULL; script: npm_lifecycle_event, or NULL. */
MUST_USE bool call_check_npm_rest(const struct call *call, const char *script,
                                  const char *const *environment, struct err *err);
/* All required arguments there? Fills defaults. */
MUST_USE bool call_check(struct call *call, struct err *err);
/* Does it write facts: a record, and no dry run? */
bool call_changes(const struct call *call);
/* The arguments as a JSON object, as the daemon is sent them. */
void call_write_json(const struct call *call, struct text *out);

/* Value of an argument by name; an unknown name is a bug and aborts. */
struct str call_str(const struct call *call, const char *name);
int64_t call_int(const struct call *call, const char *name);
bool call_flag(const struct call *call, const char *name);
/* Takes the next path off the front of *rest, which begins as call_str of a PATHS argument. False
 * when there is none left. The path is NUL-terminated where call_parse or call_parse_json made it.
 */
bool call_next_path(struct str *rest, struct str *out_path);

void reply_init(struct reply *reply, struct arena *arena);
/* "3 min 20 s": whole seconds from one instant to another. */
struct str reply_age(const struct reply *reply, struct instant from, struct instant now);
/* An instant as RFC 3339; null for one that is zero. */
void reply_instant(struct json_writer *w, const char *key, struct instant at);

#endif

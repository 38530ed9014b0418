/* app.h - one run of the program: its configuration, its paths, and the ledger when it is open.
 *
 * The state directory is the folder of the ledger: ledger, lock, socket, key, history/. */
#ifndef MAIN_APP_H
#define MAIN_APP_H

#include "access/credentials.h"
#include "action/perform.h"
#include "engine/engine.h"
#include "main/agendas.h"
#include "main/config.h"
#include "os/lock.h"
#include "store/ledger_sqlite.h"

struct app {
    struct arena arena;      /* the process's life */
    const char *config_file; /* --config, or NULL */
    bool json;
    bool config_known;
    struct config config;
    struct str runbook_path, ledger_path, state_folder;
    struct str socket_path, lock_path, key_path, public_key_path, token_path, history_path,
        force_path;
    struct str accounts_path, seen_path;
    struct text out; /* what a local action prints */
    int exit_code;

    struct lock lock;
    struct ledger_sqlite ledger;
    bool ledger_open, world_open;
    struct world world;
    struct agendas agendas; /* while the world is open */
    struct engine engine;
    struct program *program;
    struct credentials credentials; /* accounts_file.h */
    bool credentials_read;
};

void app_init(struct app *app, const char *config_file, bool json);
void app_done(struct app *app);

/* Reads the configuration once and fills the paths. Prints further errors to stderr. */
MUST_USE bool app_read_config(struct app *app, struct err *err);
/* The paths beside a ledger that stands elsewhere than the configuration says. */
void app_use_ledger(struct app *app, struct str ledger_path);
/* The paths beside the ledger that an unreadable configuration seems to name, so that a running
 * daemon is found all the same. */
void app_guess_paths(struct app *app);
/* With the vocabulary of the configuration, or NULL. */
MUST_USE bool app_read_program(struct arena *arena, struct str path,
                               const struct vocabulary *vocabulary, struct program **out_program,
                               struct err *err);
/* The company's phrases when its configuration is known, else NULL. */
const struct vocabulary *app_vocabulary(const struct app *app);
/* Opens and replays the ledger into the world; with write under its lock. The runbook in force is
 * the one on disk. */
MUST_USE bool app_open_ledger(struct app *app, bool write, struct err *err);
/* The world of the runbook alone, where no ledger was begun yet: nothing has happened in it. */
MUST_USE bool app_open_runbook(struct app *app, struct err *err);
bool app_has_ledger(const struct app *app);
/* Also what app_open_runbook has opened. */
void app_close_ledger(struct app *app);

struct instant app_now(void);
/* Prints an answer; false when that fails. What a terminal would obey comes from a runbook or from
 * somebody's note, never from an answer of ours, and is shown instead; JSON is left as it is. */
MUST_USE bool app_say(struct str words, bool as_it_is);
/* The same for sentences, broken at blanks where the terminal would break them anywhere. */
MUST_USE bool app_say_prose(struct str words);
/* Columns of the terminal that it is printed on; 0: it is none. */
size_t app_columns(void);
/* Whoever typed the command: the user of the process. */
struct caller app_local_caller(struct arena *arena);

#endif

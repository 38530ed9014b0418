/* migrate.h - what the parts of the migration runner share.
 *
 * The history (schema reeve, migrate_history.c) has one row a statement. A statement that may stand
 * in a transaction is done with its row or not at all, and the row, whose key is unique, is written
 * before it: two runners cannot do it both, with or without a lock. One that may stand in no
 * transaction has its row before it ("begun") and after it ("done"); a row that stayed "begun" is
 * probed in the catalogue (migrate_probe.c). The lock (migrate_lock.c) keeps the order. */
#ifndef POSTGRES_MIGRATE_H
#define POSTGRES_MIGRATE_H

#include "migrate/lint.h"
#include "migrate/plan.h"
#include "postgres/connect.h"
#include "run/work.h"

#include <signal.h>

enum migrate_command { MIGRATE_UP, MIGRATE_BACK, MIGRATE_STATUS, MIGRATE_LINT };

/* Why it went no further; the first one stays. */
struct migrate_failure {
    enum order_outcome outcome;
    struct str text;  /* one sentence */
    struct str place; /* "20240101_users.sql:3:8", or "" */
    struct str line;  /* of the file, "" */
    size_t column;    /* of the caret in line, from 1 */
    struct str detail, hint, sqlstate;
};

struct migrate {
    const struct work *work;
    struct arena *arena;
    const volatile sig_atomic_t *stop; /* other than 0: end in order */
    struct json_writer *w;
    enum migrate_command command;
    struct str folder, target;
    bool dry, progress, take_over;
    bool lint_on, offline; /* MIGRATE_UP: look before it is run; MIGRATE_LINT: ask no server */
    bool linted;
    struct lint_options lint_options;
    struct lint lint;
    struct str settle; /* "20240101:3=done" */
    struct plan_options options;
    int64_t lock_ms;     /* that a statement waits for a lock, at a time */
    int64_t patience_ms; /* that the run waits for others, in all */
    int64_t lease_ms;    /* by a pooler: how long a runner that says nothing is believed alive */
    struct address address;
    struct link link;
    struct link beat; /* by a pooler: the lease is kept alive on it */
    struct migration_set set;
    struct migration_plan plan;
    struct history_row *rows;
    size_t row_count;
    bool there;  /* the history is */
    bool pooled; /* statements may go to one server process after the other */
    bool locked;
    bool prepared; /* the claim of rows, in this session */
    int64_t token; /* of the lock */
    int64_t beaten_us;
    struct str runner;  /* "ana@host:123" */
    struct str foreign; /* the tool whose history is here, "dbmate", or "" */
    struct str foreign_table;
    size_t foreign_count;
    bool failed;
    struct migrate_failure failure;
    struct migrate_done *done; /* migrations, in the order in which they were */
    size_t done_count, done_capacity;
    size_t statements_done; /* of the migration that is gone through */
    bool cancelled;         /* the statement was, because the runner was told to stop */
};

struct migrate_done {
    const struct migration_view *view;
    bool down;
    size_t statements;
    double ms;
};

/* false, and the failure is kept. place may be "". */
bool migrate_fail(struct migrate *migrate, enum order_outcome outcome, struct str place,
                  const char *format, ...) PRINTF_LIKE(4, 5);
/* The same with what the server said; result NULL: the connection is lost. what: what was done. */
bool migrate_fail_by(struct migrate *migrate, const char *what, const PGresult *result);
/* The failure is at this statement, at its character (from 1; 0: as a whole). */
void migrate_point(struct migrate *migrate, const struct migration_script *script, size_t at,
                   size_t character);
bool migrate_is_ok(const PGresult *result);
/* One statement with parameters, or a script; false and the failure when it does not go well. */
MUST_USE bool migrate_do(struct migrate *migrate, const char *what, const char *sql,
                         const char *const *values, int count);
/* "x by y" to whoever watches. */
void migrate_tell(const struct migrate *migrate, const char *format, ...) PRINTF_LIKE(2, 3);
void migrate_sleep(struct migrate *migrate, int64_t ms);
int64_t migrate_now_ms(void);

/* migrate_folder.c: the files of the folder as migrations. */
MUST_USE bool migrate_read_folder(struct migrate *migrate);

/* grammar.c: PostgreSQL's own grammar over what a passage would run, before anything is. A
 * statement that is none, or several, is a failure with its place; not when the server is newer
 * than the grammar and may know more. */
struct passage;
MUST_USE bool grammar_check(struct migrate *migrate, const struct passage *passage);

/* migrate_lint.c: the lint. lint_check: of what would be run; false when it finds an error.
 * lint_read and lint_perform: of db:lint, the files that are named, else those that are pending
 * (offline: all). */
MUST_USE bool lint_check(struct migrate *migrate, const struct passage *passages, size_t count);
MUST_USE bool lint_passages(struct migrate *migrate, const struct passage *passages, size_t count);
MUST_USE bool lint_read(struct migrate *migrate);
MUST_USE bool lint_perform(struct migrate *migrate);
void migrate_write_lint(struct migrate *migrate);
/* lint_facts.c: what the server says of what they name; lives in the arena. */
MUST_USE bool lint_ask(struct migrate *migrate, const struct lint_names *names,
                       const struct json **out_facts);

/* migrate_history.c */
MUST_USE bool history_make(struct migrate *migrate); /* its tables */
MUST_USE bool history_read(struct migrate *migrate); /* and the plan made of it */
MUST_USE bool history_foreign(struct migrate *migrate);
MUST_USE bool history_take_over(struct migrate *migrate);
MUST_USE bool history_accept(struct migrate *migrate); /* edited files as they are */
MUST_USE bool history_settle(struct migrate *migrate);

/* What of a migration is gone through. */
struct passage {
    const struct migration_view *view;
    const struct migration_script *script;
    bool down;
};
/* The rows of statements [first, first + count). */
struct claim {
    size_t first, count;
    struct str before; /* what the catalogue shows: they are begun; "": they are done */
};
/* *out_lost: another runner has them, or the lock is no longer ours. */
MUST_USE bool history_claim(struct migrate *migrate, const struct passage *passage,
                            const struct claim *claim, bool *out_lost);
MUST_USE bool history_done(struct migrate *migrate, const struct passage *passage, size_t at);
MUST_USE bool history_forget(struct migrate *migrate, const struct passage *passage, size_t at);
/* Behind the last statement of a way back: the rows become two lines of the log. */
MUST_USE bool history_finish(struct migrate *migrate, const struct passage *passage);

/* migrate_lock.c */
MUST_USE bool migrate_lock_take(struct migrate *migrate);
void migrate_lock_release(struct migrate *migrate);
/* Sent while statements are waited for: beats, and cancels when told to stop. */
void migrate_lock_tick(void *context);

/* migrate_probe.c */
enum probe_answer { PROBE_ABSENT, PROBE_PRESENT, PROBE_BROKEN, PROBE_UNSEEN };
/* What the catalogue shows of what the statement makes (or, when it drops, still shows). */
MUST_USE bool probe_see(struct migrate *migrate, const struct statement_kind *kind,
                        enum probe_answer *out_answer);
const char *probe_name(enum probe_answer answer); /* "absent" */
/* Is what it shows what it shows after the statement was done? */
bool probe_is_done(const struct statement_kind *kind, enum probe_answer answer);
/* Takes away what an unfinished one left: an invalid index, a partition half detached. */
MUST_USE bool probe_repair(struct migrate *migrate, const struct statement_kind *kind);
/* Waits until no server process is at it any more. */
MUST_USE bool probe_wait_idle(struct migrate *migrate, struct str tag);

/* migrate_run.c: all of one direction of a migration that is not done yet. */
MUST_USE bool migrate_pass(struct migrate *migrate, const struct passage *passage);

/* migrate_write.c: the answer, in the order of its parts. */
void migrate_write_head(struct migrate *migrate);
void migrate_write_views(struct migrate *migrate); /* of db:status */
/* Of a dry run: what would be run, and how. */
void migrate_write_steps(struct migrate *migrate, const struct passage *passages, size_t count);
void migrate_write_done(struct migrate *migrate);
void migrate_write_findings(struct migrate *migrate);
void migrate_write_failure(struct migrate *migrate);

#endif

/* transfer.h - what db:export and db:import share: one connection that measures, one program of
 * PostgreSQL's at work, a folder of their own, and a word about how far they are.
 *
 * Promises: no password on a command line or in a file; the folder is removed however it ends, what
 * a killed one left by the next one beside it; SIGINT and SIGTERM end it in order.
 * Refuses: to go on after the first failure. */
#ifndef POSTGRES_TRANSFER_H
#define POSTGRES_TRANSFER_H

#include "dump/dump.h"
#include "dump/manifest.h"
#include "os/lock.h"
#include "os/spawn.h"
#include "postgres/connect.h"
#include "run/work.h"

#include <signal.h>

enum { TRANSFER_WORDS_MAX = 24, TRANSFER_JOBS_MAX = 64 };

struct transfer {
    const struct work *work;
    struct arena *arena;
    const volatile sig_atomic_t *stop;
    const char *what; /* "reeve db:export", the name of its sessions */
    struct address address;
    struct link link;
    struct str folder; /* of its own, "" until it is there */
    struct lock lock;
    int64_t jobs;
    bool json; /* progress in lines of JSON */
    /* How far it is. */
    const char *step;
    int64_t step_ms, told_ms;
    bool told;
    int64_t done, all;   /* bytes of the step */
    const char *watched; /* a folder whose bytes are what is done; or NULL */
    struct spawned child;
    bool child_runs;
    bool child_ended; /* by itself, and was waited for: with child_code */
    int child_code;
    int log_fd; /* what it says; -1 before it starts */
    const char *child_name;
    /* Why it went no further. */
    bool failed;
    enum order_outcome outcome;
    struct str sentence;
};

/* Of an order's body and secrets; false and the failure when they cannot be read. */
MUST_USE bool transfer_begin(struct transfer *transfer, const struct work *work, const char *what);
/* Ends what still runs, removes the folder, closes the connection. */
void transfer_end(struct transfer *transfer);
/* Cancels what the connection still waits for. */
void transfer_end_question(struct link *link);
/* The result of one that failed. */
struct order_result transfer_result(const struct transfer *transfer);
/* Always false; the first failure stays. */
bool transfer_fail(struct transfer *transfer, enum order_outcome outcome, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The same with what the server said; NULL: the connection was lost, or it was stopped. */
bool transfer_fail_by(struct transfer *transfer, const char *what, const PGresult *result);

/* A step begins: "dump"; all: its bytes, 0: not known. */
void transfer_step(struct transfer *transfer, const char *step, int64_t all);
/* Says how far it is, at most once a second; also the tick of its connections. */
void transfer_tick(void *transfer);

/* Opens transfer->link; database: NULL as the address says. *out_absent (may be NULL): there is no
 * such database, and that is no failure yet. Its session reads values in one fixed form. */
MUST_USE bool transfer_connect(struct transfer *transfer, const char *database, bool *out_absent);
/* One statement; its rows, which the caller clears; NULL and the failure. */
PGresult *transfer_ask(struct transfer *transfer, const char *what, const char *sql);
MUST_USE bool transfer_do(struct transfer *transfer, const char *what, const char *sql);

/* Makes the folder beside (in) this one. */
MUST_USE bool transfer_make_folder(struct transfer *transfer, struct str beside);
/* PostgreSQL's own program of this major version or the next newer one. */
struct str transfer_program(struct transfer *transfer, const char *name, int64_t major);
/* "15.14" of "pg_dump (PostgreSQL) 15.14 (Debian …)". */
MUST_USE bool transfer_version(struct transfer *transfer, struct str program, struct str *out);
/* Starts it with words (ended by NULL; argv[0] is the program) and, last, the database that the
 * connection is in; then waits for its end: false with the first thing that it called an error. */
MUST_USE bool transfer_start(struct transfer *transfer, const char *name, const char *const *words);
MUST_USE bool transfer_wait(struct transfer *transfer);

/* measure.c: the sizes, rows and hashes of all tables of transfer->link's database, and the large
 * objects. */
MUST_USE bool measure_list(struct transfer *transfer, struct manifest *manifest,
                           int64_t *out_bytes);
MUST_USE bool measure_tables(struct transfer *transfer, struct manifest *manifest);

#endif

/* bench_ledger.c - durable events per second through codec, tree and store, beside what SQLite
 * itself can do with the same bytes on the same disk.
 *
 * Ours and the bound run in turn, round by round, each in a fresh file; a pair's ratio is taken
 * before the median. The bound: one table, one row an event holding all its bytes (leaf, hash,
 * subject, salts, texts) in one value, one prepared insert, the same flags and pragmas, the same
 * commits; no index, no second table, no hashing, nothing to encode: less than any ledger can do.
 * Events a second are by the clock on the wall and need a quiet machine and disk: a slow disk hides
 * the difference. The processor's time (program and kernel) stands beside them, without the wait.
 * Usage: bench-ledger [FOLDER [ROUNDS]] - put FOLDER on the disk that counts. */
#include "base/text.h"
#include "ledger/merkle.h"
#include "ledger_sample.h"
#include "store/ledger_sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 99, EVENTS_MAX = 20000 };

struct took { /* by one run */
    double events_per_s;
    double cpu_us; /* for one event */
};

struct workload {
    struct event *events;
    struct str *rows; /* the bound's bytes */
    size_t count;     /* events in one run */
    size_t batch;     /* events in one commit */
};

static void fail(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench-ledger: %s: %s\n", what, why);
    exit(1);
}

static double seconds_now(clockid_t clock)
{
    struct timespec at;
    (void)clock_gettime(clock, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static struct took took_begin(void)
{
    return (struct took){seconds_now(CLOCK_MONOTONIC), seconds_now(CLOCK_PROCESS_CPUTIME_ID)};
}

static struct took took_end(struct took begun, size_t events)
{
    return (struct took){(double)events / (seconds_now(CLOCK_MONOTONIC) - begun.events_per_s),
                         1e6 * (seconds_now(CLOCK_PROCESS_CPUTIME_ID) - begun.cpu_us) /
                             (double)events};
}

/* Salts as serve takes them: from the kernel. */
static void kernel_random(void *bytes, size_t size_bytes)
{
    if (getrandom(bytes, size_bytes, 0) != (ssize_t)size_bytes)
        fail("getrandom", "too few bytes");
}

static struct str all_bytes(struct arena *arena, const struct ledger_entry *entry)
{
    struct text text;
    text_init(&text, arena, 256 * 1024);
    text_add(&text, entry->leaf);
    text_add(&text, (struct str){(const char *)entry->leaf_hash.b, HASH_BYTES});
    text_add(&text, entry->subject);
    for (size_t i = 0; i < entry->text_count; i++) {
        text_add(&text, entry->texts[i].salt);
        text_add(&text, entry->texts[i].text);
    }
    return text_str(&text);
}

static void remove_ledger(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char name[600];
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
}

static struct took run_ours(const struct workload *load, struct str path)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct arena arena;
    struct merkle tree;
    arena_init(&arena);
    merkle_init(&tree);
    remove_ledger(path.p);
    if (!ledger_sqlite_open(&ledger, path, LEDGER_APPEND, &err))
        fail(err.place, err.text);
    struct took begun = took_begin();
    for (size_t at = 0; at < load->count; at += load->batch) {
        arena_reset(&arena);
        struct ledger_entry *entries = arena_array(&arena, load->batch, sizeof *entries);
        for (size_t i = 0; i < load->batch; i++)
            if (!codec_write(&arena, &load->events[at + i], kernel_random, &entries[i], &err))
                fail(err.place, err.text);
        if (!ledger.store.port->append(&ledger.store, entries, load->batch, &err))
            fail(err.place, err.text);
        for (size_t i = 0; i < load->batch; i++)
            merkle_append_hash(&tree, &entries[i].leaf_hash);
    }
    struct took took = took_end(begun, load->count);
    ledger_sqlite_close(&ledger);
    remove_ledger(path.p);
    arena_done(&arena);
    return took;
}

static void run_sql(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail(sql, sqlite3_errmsg(db));
}

static void step(sqlite3 *db, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    if (code != SQLITE_DONE || sqlite3_reset(statement) != SQLITE_OK)
        fail("step", sqlite3_errmsg(db));
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
        fail(sql, sqlite3_errmsg(db));
    return statement;
}

static struct took run_bound(const struct workload *load, struct str path)
{
    sqlite3 *db = NULL;
    remove_ledger(path.p);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path.p, &db, flags, NULL) != SQLITE_OK)
        fail(path.p, "cannot be opened");
    run_sql(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
                "CREATE TABLE row(number INTEGER PRIMARY KEY, bytes BLOB NOT NULL)");
    sqlite3_stmt *begin = prepare(db, "BEGIN IMMEDIATE");
    sqlite3_stmt *insert = prepare(db, "INSERT INTO row(bytes) VALUES(?1)");
    sqlite3_stmt *commit = prepare(db, "COMMIT");
    struct took begun = took_begin();
    for (size_t at = 0; at < load->count; at += load->batch) {
        step(db, begin);
        for (size_t i = 0; i < load->batch; i++) {
            (void)sqlite3_bind_blob64(insert, 1, load->rows[at + i].p, load->rows[at + i].n,
                                      SQLITE_STATIC);
            step(db, insert);
        }
        step(db, commit);
    }
    struct took took = took_end(begun, load->count);
    (void)sqlite3_finalize(begin);
    (void)sqlite3_finalize(insert);
    (void)sqlite3_finalize(commit);
    (void)sqlite3_close(db);
    remove_ledger(path.p);
    return took;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_row(const char *name, double *values, size_t count, const char *unit)
{
    qsort(values, count, sizeof *values, compare);
    (void)printf("  %-22s median %10.2f %s   lowest %10.2f   highest %10.2f\n", name,
                 values[count / 2], unit, values[0], values[count - 1]);
}

static void measure(const struct workload *load, struct str path, size_t rounds, double aim)
{
    double ours[ROUNDS_MAX], ours_cpu[ROUNDS_MAX];
    double bound[ROUNDS_MAX], bound_cpu[ROUNDS_MAX];
    double ratio[ROUNDS_MAX];
    (void)run_ours(load, path); /* warm */
    for (size_t i = 0; i < rounds; i++) {
        struct took mine = {0};
        bool ours_first = i % 2 == 0;
        if (ours_first)
            mine = run_ours(load, path);
        struct took theirs = run_bound(load, path);
        if (!ours_first)
            mine = run_ours(load, path);
        ours[i] = mine.events_per_s;
        ours_cpu[i] = mine.cpu_us;
        bound[i] = theirs.events_per_s;
        bound_cpu[i] = theirs.cpu_us;
        ratio[i] = 100 * ours[i] / bound[i];
    }
    (void)printf("%zu events, %zu a commit, %zu pairs\n", load->count, load->batch, rounds);
    print_row("ours", ours, rounds, "events/s");
    print_row("bare SQLite", bound, rounds, "events/s");
    print_row("ours / bare SQLite", ratio, rounds, "%       ");
    print_row("ours, processor", ours_cpu, rounds, "us/event");
    print_row("bare, processor", bound_cpu, rounds, "us/event");
    (void)printf("  aim %.0f %%: %s\n", aim, ratio[rounds / 2] >= aim ? "met" : "missed");
}

int main(int argc, char **argv)
{
    struct arena arena;
    int64_t rounds = 9;
    if (argc > 2 && (!str_int(str_of(argv[2]), &rounds) || rounds < 1 || rounds > ROUNDS_MAX))
        fail("ROUNDS", "must be 1 to 99");
    arena_init(&arena);
    struct str path =
        str_printf(&arena, "%s/bench-ledger-%ld", argc > 1 ? argv[1] : ".", (long)getpid());
    struct workload load = {.events = arena_array(&arena, EVENTS_MAX, sizeof *load.events),
                            .rows = arena_array(&arena, EVENTS_MAX, sizeof *load.rows)};
    for (size_t i = 0; i < EVENTS_MAX; i++) {
        struct ledger_entry entry;
        load.events[i] = sample_event(&arena, (enum event_kind)(i % EVENT_KINDS), (int64_t)i);
        if (!codec_write(&arena, &load.events[i], sample_random, &entry, NULL))
            fail("codec_write", "refused a sample");
        load.rows[i] = all_bytes(&arena, &entry);
    }
    load.count = 1000;
    load.batch = 1;
    measure(&load, path, (size_t)rounds, 90);
    load.count = EVENTS_MAX;
    load.batch = 100;
    measure(&load, path, (size_t)rounds, 65);
    arena_done(&arena);
    return 0;
}

/* test_ledger_sqlite.c - what the file keeps, gives back and refuses. */
#include "harness/test.h"
#include "ledger/verify.h"
#include "ledger_sample.h"
#include "store/ledger_sqlite.h"

#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct str ledger_path(struct arena *arena)
{
    return str_printf(arena, "%s/ledger", test_folder(arena).p);
}

static void fill(struct arena *arena, struct ledger_sqlite *ledger, struct str path, size_t count)
{
    struct err err = {0};
    CHECK_OK(ledger_sqlite_open(ledger, path, LEDGER_APPEND, &err), &err);
    struct ledger_entry *entries = sample_entries(arena, count);
    for (size_t at = 0; at < count; at += 50) {
        size_t n = count - at < 50 ? count - at : 50;
        CHECK_OK(ledger->store.port->append(&ledger->store, entries + at, n, &err), &err);
        CHECK_INT(entries[at].sequence, at + 1);
    }
}

TEST(entries_come_back_after_closing)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct str path = ledger_path(arena);
    fill(arena, &ledger, path, 180);
    struct ledger_entry *want = sample_entries(arena, 180);
    ledger_sqlite_close(&ledger);
    CHECK_OK(ledger_sqlite_open(&ledger, path, LEDGER_READ, &err), &err);
    CHECK_INT(ledger.store.port->count(&ledger.store), 180);
    struct ledger_entry *got = NULL;
    size_t count = 0;
    CHECK_OK(ledger.store.port->read(&ledger.store, arena, 1, 1000, &got, &count, &err), &err);
    CHECK_INT(count, 180);
    for (size_t i = 0; i < count; i++) {
        struct event event;
        CHECK_INT(got[i].sequence, i + 1);
        CHECK_INT(got[i].text_count, want[i].text_count);
        CHECK_SAME(got[i].subject, want[i].subject);
        CHECK_OK(codec_read(arena, &got[i], &event, &err), &err);
    }
    CHECK_OK(ledger.store.port->read(&ledger.store, arena, 178, 2, &got, &count, &err), &err);
    CHECK_INT(count, 2);
    CHECK_INT(got[0].sequence, 178);
    CHECK_OK(ledger.store.port->read(&ledger.store, arena, 181, 2, &got, &count, &err), &err);
    CHECK_INT(count, 0);
    struct stat info;
    CHECK(stat(path.p, &info) == 0);
    CHECK_INT(info.st_mode & 0777, 0600);
    ledger.store.port->close(&ledger.store);
}

TEST(timeline_of_a_subject)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    fill(arena, &ledger, ledger_path(arena), 100);
    struct ledger_entry *got = NULL;
    size_t count = 0;
    struct ledger_range range = {.subject = STR("incident:3"), .sequence = INT64_MAX, .max = 5};
    CHECK_OK(ledger.store.port->read_subject(&ledger.store, arena, range, &got, &count, &err),
             &err);
    CHECK_INT(count, 5);
    CHECK_INT(got[0].sequence, 95);
    CHECK_INT(got[4].sequence, 67);
    range.sequence = 10;
    CHECK_OK(ledger.store.port->read_subject(&ledger.store, arena, range, &got, &count, &err),
             &err);
    CHECK_INT(count, 1);
    CHECK_INT(got[0].sequence, 4);
    ledger_sqlite_close(&ledger);
}

/* Entry i of sample_entries has the subject incident:(i % 7), its sequence is i + 1. */
static void check_timeline(struct arena *arena, struct ledger_sqlite *ledger, int64_t below,
                           size_t max)
{
    struct err err = {0};
    struct ledger_entry *got = NULL;
    size_t count = 0;
    size_t want = 0;
    struct ledger_range range = {.subject = STR("incident:3"), .sequence = below, .max = max};
    CHECK_OK(ledger->store.port->read_subject(&ledger->store, arena, range, &got, &count, &err),
             &err);
    int64_t sequence = ledger->count < below ? ledger->count : below - 1;
    for (; sequence > 0 && want < max; sequence--) {
        if ((sequence - 1) % 7 != 3)
            continue;
        CHECK(want < count);
        CHECK_INT(got[want].sequence, sequence);
        CHECK_STR(got[want].subject, "incident:3");
        want++;
    }
    CHECK_INT(count, want);
}

static void check_timelines(struct arena *arena, struct ledger_sqlite *ledger)
{
    static const int64_t below[] = {1, 4, 5, 255, 256, 257, 258, 513, 600, 601, 700, INT64_MAX};
    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        check_timeline(arena, ledger, below[i], 1);
        check_timeline(arena, ledger, below[i], 40);
        check_timeline(arena, ledger, below[i], 1000);
    }
}

TEST(timelines_run_through_all_blocks)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    fill(arena, &ledger, ledger_path(arena), 600);
    check_timelines(arena, &ledger);
    CHECK_OK(ledger_sqlite_check(&ledger, &err), &err);
    ledger_sqlite_close(&ledger);
}

static void run_sql(struct str path, const char *sql)
{
    sqlite3 *db = NULL;
    CHECK_INT(sqlite3_open(path.p, &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

TEST(format_1_is_read_and_brought_to_the_newest)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct str path = ledger_path(arena);
    fill(arena, &ledger, path, 600);
    ledger_sqlite_close(&ledger);
    run_sql(path, "DROP TABLE subject_block; CREATE INDEX entry_subject ON entry(subject);"
                  "PRAGMA user_version=1");
    CHECK_OK(ledger_sqlite_open(&ledger, path, LEDGER_READ, &err), &err);
    check_timelines(arena, &ledger);
    CHECK_OK(ledger_sqlite_check(&ledger, &err), &err);
    ledger_sqlite_close(&ledger);
    for (int i = 0; i < 2; i++) { /* as format 1, then as what it has become */
        CHECK_OK(ledger_sqlite_open(&ledger, path, LEDGER_APPEND, &err), &err);
        CHECK_INT(ledger.format, 2);
        check_timelines(arena, &ledger);
        CHECK_OK(ledger_sqlite_check(&ledger, &err), &err);
        ledger_sqlite_close(&ledger);
    }
    CHECK_OK(ledger_sqlite_open(&ledger, path, LEDGER_APPEND, &err), &err);
    CHECK_OK(ledger.store.port->append(&ledger.store, sample_entries(arena, 4) + 3, 1, &err), &err);
    CHECK_OK(ledger_sqlite_check(&ledger, &err), &err);
    ledger_sqlite_close(&ledger);
}

TEST(an_entry_that_its_subject_does_not_find_is_named)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct str path = ledger_path(arena);
    fill(arena, &ledger, path, 300);
    ledger_sqlite_close(&ledger);
    run_sql(path, "DELETE FROM subject_block WHERE subject = CAST('incident:3' AS BLOB)"
                  " AND block = 1");
    CHECK_OK(ledger_sqlite_open(&ledger, path, LEDGER_READ, &err), &err);
    CHECK(!ledger_sqlite_check(&ledger, &err));
    CHECK_INT(err.kind, ERR_SELF);
    CHECK(str_find(str_of(err.text), "Entry 263", 0) < strlen(err.text));
    ledger_sqlite_close(&ledger);
}

/* More subjects in a batch than the batch remembers, each twice and far apart. */
TEST(every_subject_of_a_large_batch_is_found)
{
    enum { COUNT = 2000 };
    struct err err = {0};
    struct ledger_sqlite ledger;
    CHECK_OK(ledger_sqlite_open(&ledger, ledger_path(arena), LEDGER_APPEND, &err), &err);
    struct ledger_entry *entries = sample_entries(arena, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        entries[i].subject = str_printf(arena, "page:%zu", i % (COUNT / 2));
    CHECK_OK(ledger.store.port->append(&ledger.store, entries, COUNT, &err), &err);
    CHECK_OK(ledger_sqlite_check(&ledger, &err), &err);
    for (size_t i = 0; i < COUNT / 2; i += 37) {
        struct ledger_entry *got = NULL;
        size_t count = 0;
        struct ledger_range range = {
            .subject = entries[i].subject, .sequence = INT64_MAX, .max = 9};
        CHECK_OK(ledger.store.port->read_subject(&ledger.store, arena, range, &got, &count, &err),
                 &err);
        CHECK_INT(count, 2);
        CHECK_INT(got[0].sequence, i + COUNT / 2 + 1);
        CHECK_INT(got[1].sequence, i + 1);
    }
    ledger_sqlite_close(&ledger);
}

TEST(checkpoints_are_kept_by_size)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct str note;
    fill(arena, &ledger, ledger_path(arena), 1);
    const struct store_port *port = ledger.store.port;
    CHECK_OK(port->newest_checkpoint(&ledger.store, arena, &note, &err), &err);
    CHECK_STR(note, "");
    CHECK_OK(port->put_checkpoint(&ledger.store, 7, STR("seven"), &err), &err);
    CHECK_OK(port->put_checkpoint(&ledger.store, 3, STR("three"), &err), &err);
    CHECK_OK(port->put_checkpoint(&ledger.store, 7, STR("seven again"), &err), &err);
    CHECK_OK(port->newest_checkpoint(&ledger.store, arena, &note, &err), &err);
    CHECK_STR(note, "seven again");
    struct ledger_checkpoint *notes = NULL;
    size_t count = 0;
    struct ledger_range range = {.sequence = 0, .max = 10};
    CHECK_OK(port->read_checkpoints(&ledger.store, arena, range, &notes, &count, &err), &err);
    CHECK_INT(count, 2);
    CHECK_INT(notes[0].size, 3);
    range.sequence = 4;
    CHECK_OK(port->read_checkpoints(&ledger.store, arena, range, &notes, &count, &err), &err);
    CHECK_INT(count, 1);
    ledger_sqlite_close(&ledger);
}

static struct str file_with_wal(struct arena *arena, struct str path)
{
    struct str data = test_read_file(arena, path);
    struct str wal = str_printf(arena, "%s-wal", path.p);
    struct str more = access(wal.p, F_OK) == 0 ? test_read_file(arena, wal) : STR("");
    char *joined = arena_alloc(arena, data.n + more.n);
    memcpy(joined, data.p, data.n);
    if (more.n > 0)
        memcpy(joined + data.n, more.p, more.n);
    return (struct str){joined, data.n + more.n};
}

TEST(an_erased_text_is_gone_from_the_disk)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct str path = ledger_path(arena);
    struct ledger_entry entry;
    struct event event = {.kind = EVENT_INCIDENT_NOTED, .at = {1764000000000000}};
    CHECK_OK(ledger_sqlite_open(&ledger, path, LEDGER_APPEND, &err), &err);
    event_set_str(&event, "note", STR("xyzzy-private-words-xyzzy"));
    CHECK_OK(codec_write(arena, &event, sample_random, &entry, &err), &err);
    CHECK_OK(ledger.store.port->append(&ledger.store, &entry, 1, &err), &err);
    struct str before = file_with_wal(arena, path);
    CHECK(str_find(before, "xyzzy-private", 0) < before.n);
    struct instant at = {1764000001000000};
    CHECK_OK(ledger.store.port->erase_texts(&ledger.store, 1, at, &err), &err);
    struct str after = file_with_wal(arena, path);
    CHECK(str_find(after, "xyzzy-private", 0) == after.n);
    CHECK(!ledger.store.port->erase_texts(&ledger.store, 1, at, &err));
    CHECK_INT(err.kind, ERR_USAGE);
    struct verify_report report;
    struct verify_request request = {.store = &ledger.store};
    CHECK_OK(verify_ledger(arena, &request, &report, &err), &err);
    CHECK_INT(report.finding_count, 1); /* nothing says who */
    CHECK_INT(report.first_changed, 1);
    struct event said = {.kind = EVENT_TEXT_ERASED, .at = at, .actor = STR("anna")};
    event_set_int(&said, "entry", 1);
    event_set_str(&said, "reason", STR("a name stood in it"));
    CHECK_OK(codec_write(arena, &said, sample_random, &entry, &err), &err);
    CHECK_OK(ledger.store.port->append(&ledger.store, &entry, 1, &err), &err);
    CHECK_OK(verify_ledger(arena, &request, &report, &err), &err);
    CHECK_INT(report.finding_count, 0);
    CHECK_INT(report.erased, 1);
    CHECK_INT(report.erasure_count, 1);
    CHECK_STR(report.erasures[0],
              "2025-11-24T16:00:01.000000Z: Anna erased the texts of entry 1: a name stood in it");
    ledger_sqlite_close(&ledger);
}

TEST(files_that_are_no_ledger)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct str path = ledger_path(arena);
    FILE *file = fopen(path.p, "w");
    CHECK(file && fputs("This is a letter and no database, long enough to be read as one.....\n"
                        "............................................................\n",
                        file) >= 0);
    CHECK(fclose(file) == 0);
    CHECK(!ledger_sqlite_open(&ledger, path, LEDGER_APPEND, &err));
    CHECK_INT(err.kind, ERR_USAGE);
    CHECK(!ledger_sqlite_open(&ledger, path, LEDGER_READ, &err));
    CHECK_INT(err.kind, ERR_USAGE);
    CHECK(unlink(path.p) == 0);
    CHECK(!ledger_sqlite_open(&ledger, path, LEDGER_READ, &err));
    CHECK_INT(err.kind, ERR_USAGE);
    sqlite3 *db = NULL;
    CHECK_INT(sqlite3_open(path.p, &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, "CREATE TABLE songs(name)", NULL, NULL, NULL), SQLITE_OK);
    CHECK(!ledger_sqlite_open(&ledger, path, LEDGER_APPEND, &err));
    CHECK(str_find(str_of(err.text), "another program", 0) < strlen(err.text));
    CHECK_INT(sqlite3_exec(db, "PRAGMA application_id=0x52454556; PRAGMA user_version=3", NULL,
                           NULL, NULL),
              SQLITE_OK);
    CHECK(!ledger_sqlite_open(&ledger, path, LEDGER_APPEND, &err));
    CHECK(str_find(str_of(err.text), "format 3", 0) < strlen(err.text));
    CHECK_INT(sqlite3_close(db), SQLITE_OK);
    CHECK(!ledger_sqlite_open(&ledger, STR(""), LEDGER_APPEND, &err));
    CHECK(!ledger_sqlite_open(&ledger, test_folder(arena), LEDGER_APPEND, &err));
}

TEST(a_full_disk_loses_the_batch_and_nothing_else)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    fill(arena, &ledger, ledger_path(arena), 100);
    struct store *store = &ledger.store;
    struct ledger_entry *more = sample_entries(arena, 400);
    CHECK_OK(ledger_sqlite_limit_pages(&ledger, 2, &err), &err);
    CHECK(!store->port->append(store, more, 400, &err));
    CHECK_INT(err.kind, ERR_SELF);
    CHECK(str_find(str_of(err.text), "full", 0) < strlen(err.text));
    CHECK_INT(store->port->count(store), 100);
    CHECK_INT(more[0].sequence, 0);
    CHECK_OK(ledger_sqlite_limit_pages(&ledger, -1, &err), &err);
    CHECK_OK(store->port->append(store, more, 400, &err), &err);
    CHECK_INT(more[0].sequence, 101);
    struct verify_report report;
    struct verify_request request = {.store = store};
    CHECK_OK(verify_ledger(arena, &request, &report, &err), &err);
    CHECK_INT(report.entries, 500);
    CHECK_INT(report.finding_count, 0);
    ledger_sqlite_close(&ledger);
}

/* The kernel refuses the writes themselves, in the middle of a commit; then there is room again.
 * The limit is the process's, so this runs in one of its own. */
static int refused_writes_outcome(struct arena *arena, struct ledger_sqlite *ledger)
{
    struct err err = {0};
    struct store *store = &ledger->store;
    struct rlimit limit;
    struct ledger_entry *more = sample_entries(arena, 400);
    (void)signal(SIGXFSZ, SIG_IGN);
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 10;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 256 * 1024;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 11;
    for (int i = 0; i < 20; i++)
        if (!store->port->append(store, more, 400, &err))
            break;
    if (err.kind != ERR_SELF)
        return 12;
    int64_t known = store->port->count(store);
    limit.rlim_cur = before;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 13;
    if (!store->port->append(store, more, 400, &err) || store->port->count(store) != known + 400)
        return 14;
    struct verify_report report;
    struct verify_request request = {.store = store};
    if (!verify_ledger(arena, &request, &report, &err) || report.finding_count != 0)
        return 15;
    return report.entries == known + 400 ? 0 : 16;
}

TEST(refused_writes_lose_the_batch_and_nothing_else)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct str path = ledger_path(arena);
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        if (!ledger_sqlite_open(&ledger, path, LEDGER_APPEND, &err))
            _exit(9);
        int outcome = refused_writes_outcome(arena, &ledger);
        ledger_sqlite_close(&ledger);
        _exit(outcome);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
}

/* kill -9 in the middle of appending: what was reported durable is there, whole batches only. */
TEST(a_killed_writer_loses_no_reported_batch)
{
    for (int round = 0; round < 5; round++) {
        struct err err = {0};
        struct ledger_sqlite ledger;
        struct str path = str_printf(arena, "%s-%d", ledger_path(arena).p, round);
        int fds[2];
        int64_t reported = 0;
        int64_t at = 0;
        CHECK(pipe(fds) == 0);
        pid_t pid = fork();
        if (pid == 0) {
            if (!ledger_sqlite_open(&ledger, path, LEDGER_APPEND, &err))
                _exit(1);
            for (;;) {
                struct ledger_entry *entries = sample_entries(arena, 7);
                if (!ledger.store.port->append(&ledger.store, entries, 7, &err) ||
                    write(fds[1], &entries[6].sequence, sizeof(int64_t)) != sizeof(int64_t))
                    _exit(1);
            }
        }
        (void)close(fds[1]);
        while (reported < 7 * (3 + round) && read(fds[0], &at, sizeof at) == sizeof at)
            reported = at;
        CHECK(kill(pid, SIGKILL) == 0);
        while (read(fds[0], &at, sizeof at) == sizeof at)
            reported = at;
        (void)close(fds[0]);
        CHECK(waitpid(pid, NULL, 0) == pid);
        CHECK_OK(ledger_sqlite_open(&ledger, path, LEDGER_APPEND, &err), &err);
        int64_t count = ledger.store.port->count(&ledger.store);
        CHECK(reported >= 7 * (3 + round));
        CHECK(count == reported || count == reported + 7);
        struct verify_report report;
        struct verify_request request = {.store = &ledger.store};
        CHECK_OK(verify_ledger(arena, &request, &report, &err), &err);
        CHECK_INT(report.finding_count, 0);
        CHECK_INT(report.entries, count);
        ledger_sqlite_close(&ledger);
    }
}

/* As another user when we are root: root may write everywhere. */
static int read_only_outcome(struct arena *arena, struct str path)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
        return 10;
    if (ledger_sqlite_open(&ledger, path, LEDGER_APPEND, &err))
        return 11;
    if (err.kind != ERR_SELF || str_find(str_of(err.text), "writable", 0) == strlen(err.text))
        return 12;
    if (!ledger_sqlite_open(&ledger, path, LEDGER_READ, &err))
        return 13;
    struct verify_report report;
    struct verify_request request = {.store = &ledger.store};
    if (!verify_ledger(arena, &request, &report, &err) || report.entries != 60 ||
        report.finding_count != 0)
        return 14;
    ledger_sqlite_close(&ledger);
    return 0;
}

TEST(a_read_only_folder_can_be_shown_but_not_written)
{
    struct ledger_sqlite ledger;
    struct str path = ledger_path(arena);
    fill(arena, &ledger, path, 60);
    ledger_sqlite_close(&ledger);
    CHECK(chmod(path.p, 0444) == 0);
    CHECK(chmod(test_folder(arena).p, 0555) == 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(read_only_outcome(arena, path));
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(chmod(test_folder(arena).p, 0700) == 0);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
}

TEST(backup_while_in_use)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct ledger_sqlite copy;
    fill(arena, &ledger, ledger_path(arena), 300);
    struct str target = str_printf(arena, "%s/copy", test_folder(arena).p);
    CHECK_OK(ledger_sqlite_backup(&ledger, target, &err), &err);
    CHECK(!ledger_sqlite_backup(&ledger, target, &err));
    CHECK_INT(err.kind, ERR_USAGE);
    CHECK_OK(ledger.store.port->append(&ledger.store, sample_entries(arena, 1), 1, &err), &err);
    CHECK_OK(ledger_sqlite_open(&copy, target, LEDGER_READ, &err), &err);
    CHECK_OK(ledger_sqlite_check(&copy, &err), &err);
    struct verify_report report;
    struct verify_request request = {.store = &copy.store};
    CHECK_OK(verify_ledger(arena, &request, &report, &err), &err);
    CHECK_INT(report.entries, 300);
    CHECK_INT(report.finding_count, 0);
    ledger_sqlite_close(&copy);
    /* Restored means opened for writing and gone on with. */
    CHECK_OK(ledger_sqlite_open(&copy, target, LEDGER_APPEND, &err), &err);
    CHECK_OK(copy.store.port->append(&copy.store, sample_entries(arena, 1), 1, &err), &err);
    CHECK_INT(copy.store.port->count(&copy.store), 301);
    ledger_sqlite_close(&copy);
    ledger_sqlite_close(&ledger);
    target = str_printf(arena, "%s/nowhere/copy", test_folder(arena).p);
    CHECK_OK(ledger_sqlite_open(&ledger, ledger_path(arena), LEDGER_READ, &err), &err);
    CHECK(!ledger_sqlite_backup(&ledger, target, &err));
    CHECK_INT(err.kind, ERR_OUTSIDE);
    ledger_sqlite_close(&ledger);
}

TEST(the_reserve_is_made_and_freed)
{
    struct err err = {0};
    struct str path = ledger_path(arena);
    struct stat info;
    CHECK(!ledger_sqlite_free_reserve(path));
    CHECK_OK(ledger_sqlite_make_reserve(path, 1 << 20, &err), &err);
    CHECK(stat(str_printf(arena, "%s.reserve", path.p).p, &info) == 0);
    CHECK_INT(info.st_size, 1 << 20);
    CHECK(info.st_blocks * 512 >= 1 << 20);
    CHECK(ledger_sqlite_free_reserve(path));
    CHECK(!ledger_sqlite_make_reserve(STR("/nowhere/at/all"), 1, &err));
}

TEST(a_closed_ledger_is_one_whole_file)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct str path = ledger_path(arena);
    struct str wal = str_printf(arena, "%s-wal", path.p);
    fill(arena, &ledger, path, 100);
    CHECK(access(wal.p, F_OK) == 0);
    ledger_sqlite_close(&ledger);
    CHECK(access(wal.p, F_OK) != 0);
    CHECK_OK(ledger_sqlite_open(&ledger, path, LEDGER_READ, &err), &err);
    CHECK_INT(ledger.count, 100);
    ledger_sqlite_close(&ledger);
}

/* The file alone, without what stands in the WAL, has the entries up to the last signed note. */
TEST(a_checkpoint_brings_the_entries_into_the_file)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct ledger_sqlite copy;
    struct str path = ledger_path(arena);
    struct str target = str_printf(arena, "%s-copy", path.p);
    fill(arena, &ledger, path, 100);
    CHECK_OK(ledger.store.port->put_checkpoint(&ledger.store, 100, STR("a note"), &err), &err);
    struct str bytes = test_read_file(arena, path);
    FILE *file = fopen(target.p, "w");
    CHECK(file && fwrite(bytes.p, 1, bytes.n, file) == bytes.n);
    CHECK(fclose(file) == 0);
    CHECK_OK(ledger_sqlite_open(&copy, target, LEDGER_READ, &err), &err);
    CHECK_INT(copy.count, 100);
    ledger_sqlite_close(&copy);
    ledger_sqlite_close(&ledger);
}

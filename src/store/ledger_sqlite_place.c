/* ledger_sqlite_place.c - is the file at its path still the one that is open?
 *
 * Promises: a ledger that somebody deleted or replaced takes no entry: it would be told to people
 * as recorded, and be gone with the process. Put back, the same file is good again.
 * What stands in the WAL is brought into the file when that is noticed, so that a copy of what this
 * process still holds is whole. */
#include "store/ledger_sqlite_internal.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 4096 }; /* among which that of the file is looked for */

struct file_place ledger_sqlite_place_of(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return (struct file_place){0};
    return (struct file_place){about.st_dev, about.st_ino};
}

static bool is_same(struct file_place a, struct file_place b)
{
    return a.device == b.device && a.inode == b.inode;
}

/* The descriptor by which SQLite holds the file, or -1. */
static int find_descriptor(struct file_place place)
{
    struct stat about;
    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
        if (fstat(fd, &about) == 0 &&
            is_same(place, (struct file_place){about.st_dev, about.st_ino}))
            return fd;
    return -1;
}

static void log_path(const struct ledger_sqlite *ledger, char out_path[LEDGER_LOG_PATH_BYTES])
{
    (void)snprintf(out_path, LEDGER_LOG_PATH_BYTES, "%s-wal", ledger->path);
}

static bool refuse(struct ledger_sqlite *ledger, struct err *err)
{
    int fd = find_descriptor(ledger->place);
    const char *how = is_same(ledger_sqlite_place_of(ledger->path), (struct file_place){0})
                          ? "was deleted"
                          : "was replaced by another";
    if (!ledger->is_lost)
        (void)sqlite3_wal_checkpoint_v2(ledger->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    ledger->is_lost = true;
    if (fd < 0)
        return err_set(err, ERR_SELF, ledger->path,
                       "The ledger's file %s while Reeve had it open: nothing is recorded. Put "
                       "that very file back, or restore it from a backup and restart Reeve.",
                       how);
    return err_set(err, ERR_SELF, ledger->path,
                   "The ledger's file %s while Reeve had it open: nothing is recorded. Put that "
                   "very file back, or, before Reeve ends, copy what it still holds with \"cp "
                   "/proc/%lld/fd/%d %s\" and restart Reeve.",
                   how, (long long)getpid(), fd, ledger->path);
}

bool ledger_sqlite_look(struct store *store, struct err *err)
{
    struct ledger_sqlite *ledger = (struct ledger_sqlite *)store;
    char log[LEDGER_LOG_PATH_BYTES];
    if (ledger->place.inode == 0)
        return true; /* opened for reading */
    if (!is_same(ledger_sqlite_place_of(ledger->path), ledger->place))
        return refuse(ledger, err);
    ledger->is_lost = false;
    log_path(ledger, log);
    struct file_place now = ledger_sqlite_place_of(log);
    if (ledger->log_place.inode == 0)
        ledger->log_place = now;
    if (is_same(now, ledger->log_place))
        return true;
    (void)sqlite3_wal_checkpoint_v2(ledger->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return err_set(err, ERR_SELF, log,
                   "The file of the ledger's newest entries was deleted or replaced while Reeve "
                   "had it open: nothing is recorded. What was recorded is in %s; restart Reeve.",
                   ledger->path);
}

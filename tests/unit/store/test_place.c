/* test_place.c - a ledger that is put aside, deleted or replaced while it is open. */
#include "harness/test.h"
#include "ledger_sample.h"
#include "store/ledger_sqlite.h"

#include <stdio.h>
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

static bool append_one(struct arena *arena, struct ledger_sqlite *ledger, struct err *err)
{
    return ledger->store.port->append(&ledger->store, sample_entries(arena, 1), 1, err);
}

TEST(a_ledger_that_was_put_aside_takes_nothing_until_it_is_back)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct str path = ledger_path(arena);
    struct str aside = str_printf(arena, "%s-aside", path.p);
    fill(arena, &ledger, path, 100);
    CHECK_OK(ledger.store.port->look(&ledger.store, &err), &err);
    CHECK(rename(path.p, aside.p) == 0);
    CHECK(!ledger.store.port->look(&ledger.store, &err));
    CHECK(strstr(err.text, "The ledger's file was deleted while Reeve had it open"));
    CHECK(!append_one(arena, &ledger, &err));
    FILE *other = fopen(path.p, "w");
    CHECK(other && fclose(other) == 0);
    CHECK(!append_one(arena, &ledger, &err));
    CHECK(strstr(err.text, "was replaced by another"));
    CHECK_INT(ledger.count, 100);
    CHECK(rename(aside.p, path.p) == 0);
    CHECK_OK(append_one(arena, &ledger, &err), &err);
    CHECK_INT(ledger.count, 101);
    ledger_sqlite_close(&ledger);
}

/* What the sentence says to copy holds every entry. */
TEST(a_deleted_ledger_can_be_copied_whole_while_it_is_open)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct ledger_sqlite copy;
    struct str path = ledger_path(arena);
    fill(arena, &ledger, path, 100);
    CHECK(unlink(path.p) == 0);
    CHECK(!append_one(arena, &ledger, &err));
    const char *from = strstr(err.text, "\"cp /proc/");
    CHECK(from && strstr(err.text, path.p));
    struct str held = str_of(from + 4);
    struct str bytes =
        test_read_file(arena, str_copy(arena, str_slice(held, 0, str_find_byte(held, ' ', 0))));
    FILE *file = fopen(path.p, "w");
    CHECK(file && fwrite(bytes.p, 1, bytes.n, file) == bytes.n && fclose(file) == 0);
    CHECK(!append_one(arena, &ledger, &err)); /* it is another file */
    ledger_sqlite_close(&ledger);
    CHECK_OK(ledger_sqlite_open(&copy, path, LEDGER_APPEND, &err), &err);
    CHECK_INT(copy.count, 100);
    CHECK_OK(append_one(arena, &copy, &err), &err);
    ledger_sqlite_close(&copy);
}

TEST(entries_whose_wal_was_deleted_are_in_the_file)
{
    struct err err = {0};
    struct ledger_sqlite ledger;
    struct ledger_sqlite copy;
    struct str path = ledger_path(arena);
    fill(arena, &ledger, path, 100);
    CHECK(unlink(str_printf(arena, "%s-wal", path.p).p) == 0);
    CHECK(!append_one(arena, &ledger, &err));
    CHECK(strstr(err.text, "restart Reeve"));
    ledger_sqlite_close(&ledger);
    CHECK_OK(ledger_sqlite_open(&copy, path, LEDGER_APPEND, &err), &err);
    CHECK_INT(copy.count, 100);
    ledger_sqlite_close(&copy);
}

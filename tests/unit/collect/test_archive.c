/* test_archive.c - what is kept for months: packed, read again, bounded, after crashes. */
#include "collect/archive.h"
#include "harness/test.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct instant second(int64_t n)
{
    return (struct instant){INT64_C(1699999200) * 1000000 + n * 1000000}; /* a whole hour */
}

static struct str folder_made(struct arena *arena)
{
    struct str path = str_printf(arena, "%s/archive-XXXXXX", test_folder(arena).p);
    CHECK(mkdtemp((char *)(uintptr_t)path.p) != NULL);
    return path;
}

static void folder_gone(struct arena *arena, struct str folder)
{
    CHECK(system(str_printf(arena, "rm -rf %.*s", STR_ARGS(folder)).p) == 0);
}

static struct reading count_of(int64_t at_s, double part)
{
    return (struct reading){.signal = STR("failed logins"),
                            .target = STR("app"),
                            .at = second(at_s),
                            .since = second(at_s - 1),
                            .interval_ms = 1000,
                            .kind = SIGNAL_COUNT,
                            .part = part};
}

static struct archive *opened(struct str folder, enum archive_mode mode)
{
    struct archive *archive;
    struct err err = {0};
    CHECK_OK(archive_open(folder, mode, ARCHIVE_BYTES_MAX, &archive, &err), &err);
    return archive;
}

static void fill(struct archive *archive, int64_t from_s, int64_t until_s)
{
    struct err err = {0};
    for (int64_t i = from_s; i < until_s; i++) {
        struct reading one = count_of(i, (double)(i % 7));
        CHECK_OK(archive_add(archive, &one, &err), &err);
        if (i % 300 == 299)
            CHECK_OK(archive_flush(archive, second(i), &err), &err);
    }
    CHECK_OK(archive_flush(archive, second(until_s), &err), &err);
}

struct seen {
    int64_t count;
    double part;
    struct instant first, last;
    bool ordered;
};

static bool see(void *context, const struct reading *reading)
{
    struct seen *seen = context;
    if (seen->count++ == 0)
        seen->first = reading->at;
    seen->ordered = seen->ordered && instant_before(seen->last, reading->at);
    seen->last = reading->at;
    seen->part += reading->part;
    return true;
}

static struct seen read_all(struct archive *archive, enum tier_number tier, int64_t from_s,
                            int64_t until_s)
{
    struct seen seen = {.ordered = true};
    struct err err = {0};
    struct archive_range range = {tier, STR("failed logins"), second(from_s), second(until_s)};
    struct archive_use use = {&seen, see};
    CHECK_OK(archive_read(archive, &range, &use, &err), &err);
    return seen;
}

static double sum_of(int64_t from_s, int64_t until_s)
{
    double sum = 0;
    for (int64_t i = from_s; i < until_s; i++)
        sum += (double)(i % 7);
    return sum;
}

TEST(hours_are_packed_and_read_again_in_every_tier)
{
    struct str folder = folder_made(arena);
    struct archive *archive = opened(folder, ARCHIVE_WRITE);
    fill(archive, 1, 3 * 3600 + 1);
    struct archive *reader = opened(folder, ARCHIVE_READ);
    struct seen exact = read_all(reader, TIER_EXACT, 0, 3 * 3600);
    CHECK(exact.ordered);
    CHECK_INT(exact.count, 3 * 3600);
    CHECK(exact.part == sum_of(1, 3 * 3600 + 1));
    struct seen part = read_all(reader, TIER_EXACT, 1000, 2000);
    CHECK_INT(part.count, 1000);
    CHECK_INT(part.first.us, second(1001).us);
    CHECK_INT(part.last.us, second(2000).us);
    CHECK_INT(read_all(reader, TIER_10_S, 0, 3 * 3600).count, 3 * 360);
    CHECK(read_all(reader, TIER_1_MIN, 0, 3600).part == sum_of(1, 3601));
    CHECK_INT(read_all(reader, TIER_1_H, 0, 3 * 3600).count, 3);
    struct instant oldest;
    struct err err = {0};
    CHECK_OK(archive_oldest(reader, TIER_EXACT, STR("failed logins"), &oldest, &err), &err);
    CHECK(oldest.us <= second(1).us && oldest.us >= second(0).us);
    CHECK_OK(archive_oldest(reader, TIER_EXACT, STR("error rate"), &oldest, &err), &err);
    CHECK(instant_is_zero(oldest));
    archive_close(reader);
    archive_close(archive);
    folder_gone(arena, folder);
}

TEST(the_oldest_is_a_reading_and_no_bundle)
{
    struct str folder = folder_made(arena);
    struct archive *archive = opened(folder, ARCHIVE_WRITE);
    struct err err = {0};
    fill(archive, 137, 2 * 3600);
    for (int tier = 0; tier < TIERS; tier++) {
        struct instant oldest;
        CHECK_OK(
            archive_oldest(archive, (enum tier_number)tier, STR("failed logins"), &oldest, &err),
            &err);
        CHECK_INT(oldest.us, second(136).us); /* what the first one counts from */
    }
    archive_close(archive);
    folder_gone(arena, folder);
}

TEST(what_is_too_old_goes)
{
    struct str folder = folder_made(arena);
    struct archive *archive = opened(folder, ARCHIVE_WRITE);
    struct err err = {0};
    fill(archive, 1, 3601);
    CHECK_OK(archive_flush(archive, second(25 * 3600), &err), &err);
    CHECK_INT(read_all(archive, TIER_EXACT, 0, 3600).count, 0);
    CHECK_INT(read_all(archive, TIER_1_MIN, 0, 3600).count, 60);
    CHECK_OK(archive_flush(archive, second(40 * 86400), &err), &err);
    CHECK_INT(read_all(archive, TIER_1_MIN, 0, 3600).count, 0);
    CHECK_INT(read_all(archive, TIER_1_H, 0, 3600).count, 1);
    archive_close(archive);
    folder_gone(arena, folder);
}

/* What the writer still has in memory is merged again for a reader: nothing is missing or twice. */
TEST(the_slot_that_is_not_over_is_read_too)
{
    static const int64_t ends[] = {41, 61, 125, 3601, 3700, 3 * 3600 + 77};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct str folder = folder_made(arena);
        struct archive *archive = opened(folder, ARCHIVE_WRITE);
        fill(archive, 1, ends[i]);
        struct archive *reader = opened(folder, ARCHIVE_READ);
        for (int tier = 0; tier < TIERS; tier++) {
            struct seen seen = {.ordered = true};
            struct err err = {0};
            struct archive_range range = {(enum tier_number)tier, STR("failed logins"), second(0),
                                          second(86400)};
            struct archive_use use = {&seen, see};
            CHECK_OK(archive_read_with_open(reader, &range, &use, &err), &err);
            CHECK(seen.ordered);
            CHECK(seen.part == sum_of(1, ends[i]));
            CHECK_INT(seen.last.us, second(ends[i] - 1).us);
            int64_t slot_s = tier_of((enum tier_number)tier)->slot_ms / 1000;
            CHECK_INT(seen.count, tier == 0 ? ends[i] - 1 : (ends[i] - 2) / slot_s + 1);
        }
        archive_close(reader);
        archive_close(archive);
        folder_gone(arena, folder);
    }
}

/* Killed at any moment and given what it has not seen again, it holds everything once. */
TEST(killed_and_begun_again_nothing_is_twice_or_lost)
{
    struct str folder = folder_made(arena);
    for (int round = 0; round < 6; round++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            struct archive *archive = opened(folder, ARCHIVE_WRITE);
            int64_t from = round == 0 ? 1 : round * 1900 - 1800; /* as the last hour's files do */
            struct err err = {0};
            for (int64_t i = from; i <= (round + 1) * 1900; i++) {
                struct reading one = count_of(i, (double)(i % 7));
                if (!archive_add(archive, &one, &err) ||
                    (i % 50 == 0 && !archive_flush(archive, second(i), &err)))
                    _exit(1);
            }
            _exit(0); /* as if killed: what was not flushed is gone */
        }
        int status = 0;
        CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    struct archive *archive = opened(folder, ARCHIVE_WRITE);
    struct err err = {0};
    fill(archive, 6 * 1900 - 1800, 4 * 3600 + 1);
    CHECK_OK(archive_flush(archive, second(5 * 3600), &err), &err);
    for (int i = 0; i < TIERS; i++) {
        struct seen seen = read_all(archive, (enum tier_number)i, 0, 4 * 3600);
        CHECK(seen.ordered);
        CHECK(seen.part == sum_of(1, 4 * 3600 + 1));
    }
    archive_close(archive);
    folder_gone(arena, folder);
}

static bool see_last(void *context, const struct reading *reading)
{
    struct reading *last = context;
    last->interval_ms = reading->interval_ms;
    last->slot_ms = reading->slot_ms;
    last->since = reading->since;
    return true;
}

static struct reading last_of(struct archive *archive, enum tier_number tier)
{
    struct reading last = {0};
    struct err err = {0};
    struct archive_range range = {tier, STR("failed logins"), second(0), second(3600)};
    struct archive_use use = {&last, see_last};
    CHECK_OK(archive_read(archive, &range, &use, &err), &err);
    return last;
}

/* Files of before 0088 give the slot as the interval of what was merged. */
TEST(merged_lines_of_before_are_read_by_their_tier)
{
    static const char make_old[] =
        "UPDATE fresh SET line = CAST(replace(replace(CAST(line AS TEXT), ',\"slot_ms\":60000',"
        " ''), '\"interval_ms\":1000', '\"interval_ms\":60000') AS BLOB) WHERE tier = 2";
    struct str folder = folder_made(arena);
    struct archive *archive = opened(folder, ARCHIVE_WRITE);
    fill(archive, 1, 200);
    archive_close(archive);
    archive = opened(folder, ARCHIVE_READ);
    struct reading now = last_of(archive, TIER_1_MIN);
    CHECK(now.slot_ms == 60000 && now.interval_ms == 1000);
    CHECK_INT(last_of(archive, TIER_EXACT).slot_ms, 0);
    archive_close(archive);
    sqlite3 *db;
    CHECK_INT(sqlite3_open(str_printf(arena, "%.*s/archive.sqlite", STR_ARGS(folder)).p, &db), 0);
    CHECK_INT(sqlite3_exec(db, make_old, NULL, NULL, NULL), 0);
    CHECK_INT(sqlite3_changes(db), 3);
    CHECK_INT(sqlite3_close(db), 0);
    archive = opened(folder, ARCHIVE_READ);
    struct reading before = last_of(archive, TIER_1_MIN);
    CHECK(before.slot_ms == 60000 && before.interval_ms == 1000);
    CHECK_INT(before.since.us, now.since.us);
    archive_close(archive);
    folder_gone(arena, folder);
}

TEST(full_it_forgets_the_oldest_of_the_finest)
{
    enum { ROOM = 420 * 1024 };
    struct str folder = folder_made(arena);
    struct archive *archive;
    struct err err = {0};
    CHECK_OK(archive_open(folder, ARCHIVE_WRITE, ROOM, &archive, &err), &err);
    fill(archive, 1, 8 * 3600);
    struct seen exact = read_all(archive, TIER_EXACT, 0, 8 * 3600);
    CHECK(exact.count > 100 && exact.count < 8 * 3600 - 1);
    CHECK(instant_before(second(1), exact.first));
    CHECK_INT(exact.last.us, second(8 * 3600 - 1).us);
    CHECK(read_all(archive, TIER_1_MIN, 0, 7 * 3600).part == sum_of(1, 7 * 3600 + 1));
    archive_close(archive);
    struct stat about;
    CHECK(stat(str_printf(arena, "%.*s/archive.sqlite", STR_ARGS(folder)).p, &about) == 0);
    CHECK(about.st_size <= ROOM);
    folder_gone(arena, folder);
}

TEST(a_damaged_file_is_put_aside)
{
    struct str folder = folder_made(arena);
    struct str path = str_printf(arena, "%.*s/archive.sqlite", STR_ARGS(folder));
    int file = open(path.p, O_WRONLY | O_CREAT, 0600);
    char bytes[8192];
    memset(bytes, 'x', sizeof bytes);
    CHECK(file >= 0 && write(file, bytes, sizeof bytes) == (ssize_t)sizeof bytes);
    CHECK(close(file) == 0);
    struct archive *reader;
    struct err err = {0};
    CHECK(!archive_open(folder, ARCHIVE_READ, ARCHIVE_BYTES_MAX, &reader, &err));
    CHECK(str_find(str_of(err.text), "cannot be kept or read", 0) < strlen(err.text));
    struct archive *archive = opened(folder, ARCHIVE_WRITE);
    fill(archive, 1, 100);
    CHECK_INT(read_all(archive, TIER_EXACT, 0, 100).count, 99);
    archive_close(archive);
    CHECK(access(str_printf(arena, "%.*s.damaged", STR_ARGS(path)).p, F_OK) == 0);
    folder_gone(arena, folder);
}

TEST(without_a_file_there_is_nothing_to_read)
{
    struct str folder = folder_made(arena);
    struct archive *archive;
    struct err err = {0};
    CHECK_OK(archive_open(folder, ARCHIVE_READ, ARCHIVE_BYTES_MAX, &archive, &err), &err);
    CHECK(archive == NULL);
    folder_gone(arena, folder);
}

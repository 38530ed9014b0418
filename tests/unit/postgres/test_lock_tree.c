/* test_lock_tree.c - who waits for whom: circles, processes that are gone, modes that exclude each
 * other. */
#include "harness/test.h"
#include "postgres/lock_tree.h"

static const struct str lock_names[] = {{"pid", 3}, {"granted", 7}, {"mode", 4},     {"object", 6},
                                        {"on", 2},  {"wait_s", 6},  {"blockers", 8}, {"gid", 3}};
static const struct str people_names[] = {{"pid", 3}, {"state", 5}};

enum { LOCK_COLUMNS = sizeof lock_names / sizeof *lock_names, PEOPLE_COLUMNS = 2 };

/* "12,f,ExclusiveLock,o,t,1.5,13 14,;…" */
static struct look_table table(struct arena *arena, const char *text, const struct str *names,
                               size_t columns)
{
    struct str *cells = arena_array(arena, 1000, sizeof *cells);
    struct str rest = str_of(text);
    struct str row;
    struct str cell;
    struct look_table made = {.names = names, .columns = columns, .cells = cells, .asked = true};
    while (rest.n > 0 && str_split(&rest, ';', &row)) {
        for (size_t i = 0; i < columns; i++)
            cells[made.count * columns + i] = str_split(&row, ',', &cell) ? cell : STR("");
        made.count++;
    }
    return made;
}

static struct str drawn(struct arena *arena, const char *locks, const char *people)
{
    struct look_table l = table(arena, locks, lock_names, LOCK_COLUMNS);
    struct look_table p = table(arena, people, people_names, PEOPLE_COLUMNS);
    struct look_table none = {.count = 0};
    struct lock_tree tree = lock_tree_make(arena, &l, &none, &p);
    struct text text;
    text_init(&text, arena, 4096);
    for (size_t i = 0; i < tree.count; i++) {
        const struct lock_session *one = &tree.sessions[tree.order[i]];
        text_printf(&text, "%*s%lld%s%s%.*s:%zu%s", (int)one->depth, "", (long long)one->pid,
                    one->in_circle ? "!" : "", one->is_there ? "" : "?", STR_ARGS(one->gid),
                    one->behind, i + 1 < tree.count ? " " : "");
    }
    return text_str(&text);
}

TEST(a_circle_is_cut_at_its_lowest_pid_and_said)
{
    CHECK_STR(drawn(arena,
                    "7,f,ShareLock,a,a,2,8,;8,f,ShareLock,b,b,1,9,;9,f,ShareLock,c,c,1,7,;"
                    "5,f,ShareLock,d,d,3,9,",
                    "5,active;7,active;8,active;9,active"),
              "7!:3  9!:3   8!:3   5:0");
    CHECK_STR(drawn(arena, "7,f,ShareLock,a,a,2,7,", "7,active"), "7:0");
}

TEST(who_waits_for_nobody_any_more_is_no_waiter)
{
    CHECK_STR(drawn(arena, "", ""), "");
    CHECK_STR(drawn(arena, "7,f,ShareLock,a,a,2,,", "7,active"), "");
    CHECK_STR(drawn(arena, "7,f,ShareLock,a,a,,8,", "7,active"), "8?:1  7:0");
}

TEST(below_the_holder_that_waits_for_nobody)
{
    /* 3 waits for 1, which holds, and for 2, which holds and waits; 4 only came after 3. */
    CHECK_STR(drawn(arena,
                    "1,t,RowShareLock,o,o,,,;2,t,RowShareLock,o,o,,,;2,f,ShareLock,x,x,9,1,;"
                    "3,f,ExclusiveLock,o,o,5,2 1,;4,f,AccessShareLock,o,o,1,3,",
                    "1,idle;2,active;3,active;4,active"),
              "1:3  2:2  3:1   4:0");
}

TEST(prepared_transactions_are_told_apart_by_what_they_hold)
{
    CHECK_STR(drawn(arena,
                    "0,t,AccessShareLock,o,o,,,reads;0,t,RowExclusiveLock,o,o,,,writes;"
                    "3,f,ShareLock,o,o,5,0,",
                    "3,active"),
              "0writes:1  3:0");
    CHECK_STR(drawn(arena, "3,f,ShareLock,o,o,5,0 0,", "3,active"), "0?:1  3:0");
}

/* Each excludes as many as the other says, and never one more. */
TEST(modes_exclude_each_other_both_ways)
{
    static const char *const modes[] = {
        "AccessShareLock", "RowShareLock",          "RowExclusiveLock", "ShareUpdateExclusiveLock",
        "ShareLock",       "ShareRowExclusiveLock", "ExclusiveLock",    "AccessExclusiveLock"};
    static const int counts[] = {1, 2, 4, 5, 5, 6, 7, 8};
    for (size_t i = 0; i < 8; i++) {
        int count = 0;
        for (size_t k = 0; k < 8; k++) {
            bool one = lock_modes_conflict(str_of(modes[i]), str_of(modes[k]));
            CHECK(one == lock_modes_conflict(str_of(modes[k]), str_of(modes[i])));
            count += one;
        }
        CHECK_INT(count, counts[i]);
    }
    CHECK(lock_modes_conflict(STR("SIReadLock"), STR("AccessShareLock")));
}

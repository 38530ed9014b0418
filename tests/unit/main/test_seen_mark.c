/* test_seen_mark.c - what was written is read, and what is broken is nothing. */
#include "main/seen_mark.h"

#include "harness/test.h"
#include "os/file.h"

#include <stdlib.h>
#include <unistd.h>

static struct str folder(struct arena *arena)
{
    struct str path = str_printf(arena, "%s/seen-XXXXXX", test_folder(arena).p);
    CHECK(mkdtemp((char *)(uintptr_t)path.p) != NULL);
    return path;
}

TEST(a_mark_is_read_as_it_was_written)
{
    struct str in = folder(arena);
    struct str path = str_printf(arena, "%.*s/seen", STR_ARGS(in));
    int fd = seen_mark_open(path);
    CHECK(fd >= 0);
    CHECK_INT(seen_mark_read(path).sequence, 0);
    CHECK(seen_mark_write(fd, (struct seen_mark){{INT64_C(1795420800123456)}, 1234567, 1, 2}));
    CHECK(seen_mark_write(fd, (struct seen_mark){{INT64_C(1795420801123456)}, 7, 8, 9}));
    struct seen_mark mark = seen_mark_read(path);
    CHECK_INT(mark.at.us, INT64_C(1795420801123456));
    CHECK_INT(mark.sequence, 7);
    CHECK_INT(mark.boot_ms, 8);
    CHECK_INT(mark.boot, 9);
    CHECK_INT(close(fd), 0);
    CHECK_INT(unlink(path.p), 0);
    CHECK_INT(rmdir(in.p), 0);
}

TEST(a_broken_mark_is_none)
{
    static const char *const broken[] = {
        "",
        "1795420801123456 7 8 9\n",
        "00001795420801123456 0000000000000000000x 00000000000000000008 00000000000000000009\n",
        "00001795420801123456_00000000000000000007 00000000000000000008 00000000000000000009\n",
        "00001795420801123456 00000000000000000007 00000000000000000008 00000000000000000009",
        "00001795420801123456 00000000000000000007\n",
        "00001795420801123456 00000000000000000007 00000000000000000008 00000000000000000009\n\n"};
    struct str in = folder(arena);
    struct str path = str_printf(arena, "%.*s/seen", STR_ARGS(in));
    struct err err = {0};
    CHECK_INT(seen_mark_read(path).at.us, 0);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        CHECK_OK(file_write(path, str_of(broken[i]), 0600, &err), &err);
        CHECK_INT(seen_mark_read(path).at.us, 0);
        CHECK_INT(seen_mark_read(path).sequence, 0);
    }
    CHECK_INT(unlink(path.p), 0);
    CHECK_INT(rmdir(in.p), 0);
}

TEST(a_clock_that_was_set_while_nobody_looked)
{
    struct instant at = {INT64_C(1795420801000000)};
    struct seen_mark mark = {at, 7, 5000, 77};
    bool is_least = true;
    struct seen_mark now = {instant_add_ms(at, 60000), 7, 65000, 77};
    CHECK_INT(seen_mark_step_ms(&mark, &now, at, &is_least), 0);
    CHECK(!is_least);
    now.at = instant_add_ms(at, -7140000); /* two hours back, a minute later */
    CHECK_INT(seen_mark_step_ms(&mark, &now, at, &is_least), -7200000);
    now.at = instant_add_ms(at, 3660000);
    CHECK_INT(seen_mark_step_ms(&mark, &now, at, &is_least), 3600000);
    /* Another boot: what is behind is behind at least so much; what is ahead may have passed. */
    now.boot = 78;
    now.boot_ms = 10;
    CHECK_INT(seen_mark_step_ms(&mark, &now, at, &is_least), 0);
    CHECK(!is_least);
    now.at = instant_add_ms(at, -1000);
    CHECK_INT(seen_mark_step_ms(&mark, &now, at, &is_least), -1000);
    CHECK(is_least);
    CHECK_INT(seen_mark_step_ms(&mark, &now, instant_add_ms(at, 500), &is_least), -1500);
    struct seen_mark none = {{0}, 0, 0, 0};
    CHECK_INT(seen_mark_step_ms(&none, &now, at, &is_least), -1000);
    CHECK_INT(seen_mark_step_ms(&none, &now, (struct instant){0}, &is_least), 0);
}

/* scratch.c - folders of their own for work that may be killed. */
#include "postgres/scratch.h"

#include "os/capture.h"
#include "os/clock.h"
#include "os/lock.h"
#include "postgres/pgbackrest.h"

#include <dirent.h>

void scratch_remove(struct arena *arena, const char *path)
{
    const char *argv[] = {"rm", "-rf", "--", path, NULL};
    struct capture capture = {argv, plain_environment(arena), clock_boot_ms() + 10 * 60 * 1000,
                              4096, true};
    struct captured captured;
    struct err err = {0};
    (void)!capture_run(arena, &capture, &captured, &err);
}

void scratch_remove_left(struct arena *arena, struct str folder, const char *front)
{
    DIR *dir = opendir(folder.p);
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        struct lock lock = {-1};
        struct err err = {0};
        if (!str_starts(str_of(entry->d_name), front))
            continue;
        const char *path = str_printf(arena, "%.*s/%s", STR_ARGS(folder), entry->d_name).p;
        if (!lock_take(&lock, str_printf(arena, "%s/lock", path), &err))
            continue;
        scratch_remove(arena, path);
        lock_release(&lock);
    }
    if (dir)
        (void)closedir(dir);
}

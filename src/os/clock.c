/* clock.c - two clocks and the id of this boot. */
#include "os/clock.h"

#include "os/file.h"

#include <stdlib.h>
#include <time.h>

static struct timespec read_clock(clockid_t which)
{
    struct timespec at;
    if (clock_gettime(which, &at) != 0)
        abort();
    return at;
}

struct instant clock_now(void)
{
    struct timespec at = read_clock(CLOCK_REALTIME);
    return (struct instant){(int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000};
}

int64_t clock_boot_ms(void)
{
    struct timespec at = read_clock(CLOCK_BOOTTIME);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

int64_t clock_boot_us(void)
{
    struct timespec at = read_clock(CLOCK_BOOTTIME);
    return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

struct str clock_boot_id(struct arena *arena)
{
    struct str id;
    if (!file_read(arena, STR("/proc/sys/kernel/random/boot_id"), 64, &id, NULL))
        return STR("");
    return str_trim(id);
}

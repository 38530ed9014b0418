/* clock_shift.c - preloaded into an engine under test: its wall clock is that of the machine plus
 * the seconds that stand in the file $CONFORMANCE_CLOCK_FILE.
 *
 * Promises: the clocks that never jump stay as they are, unless $CONFORMANCE_CLOCK_PASSES is set:
 * then all move, as when that much time has passed; a change of the file is seen at the next
 * reading. A program that was linked with it needs no environment: the file is the one named
 * "clock" beside this library, and all clocks move. Refuses: programs that ask the kernel without
 * the C library. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { FILE_BYTES = 20, PATH_BYTES = 4096 };

static const char *file;
static bool passes;

static bool name_beside(char out_path[PATH_BYTES])
{
    Dl_info own;
    if (!dladdr(&file, &own) || !own.dli_fname)
        return false;
    const char *slash = strrchr(own.dli_fname, '/');
    int n = slash ? (int)(slash - own.dli_fname) : 0;
    return slash && snprintf(out_path, PATH_BYTES, "%.*s/clock", n, own.dli_fname) < PATH_BYTES;
}

__attribute__((constructor)) static void open_file(void)
{
    const char *path = getenv("CONFORMANCE_CLOCK_FILE");
    char beside[PATH_BYTES];
    passes = getenv("CONFORMANCE_CLOCK_PASSES") != NULL;
    if (!path && name_beside(beside)) {
        path = beside;
        passes = true;
    }
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *at = mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
    file = at == MAP_FAILED ? NULL : at;
    (void)close(fd);
}

static time_t shift_s(void)
{
    char digits[FILE_BYTES + 1] = "";
    for (int i = 0; file && i < FILE_BYTES; i++)
        digits[i] = file[i];
    return (time_t)strtoll(digits, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *out_time)
{
    static int (*real)(clockid_t clock, struct timespec * out_time);
    if (!real)
        real = (int (*)(clockid_t, struct timespec *))(uintptr_t)dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, out_time);
    bool is_moved = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ||
                    (passes && (clock == CLOCK_BOOTTIME || clock == CLOCK_MONOTONIC));
    if (result == 0 && is_moved)
        out_time->tv_sec += shift_s();
    return result;
}

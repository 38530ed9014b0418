/* process.c - /proc/PID/stat, and signals by pidfd.
 *
 * Children are found by looking at everybody's parent: /proc/PID/task/TID/children is absent from
 * kernels without CONFIG_PROC_CHILDREN. */
#include "os/process.h"

#include "base/hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STAT_BYTES = 1024, LIMITS_BYTES = 4096 };
enum { FIELD_STATE = 3, FIELD_PARENT, FIELD_GROUP, FIELD_START = 22 };

/* The name of a program stands in parentheses and may have blanks and parentheses itself, so fields
 * are counted behind the last one. */
static bool read_fields(struct str stat, struct process *process)
{
    size_t at = stat.n;
    while (at > 0 && stat.p[at - 1] != ')')
        at--;
    struct str rest = str_trim(str_from(stat, at));
    struct str field;
    for (int number = FIELD_STATE; at > 0 && str_split(&rest, ' ', &field); number++) {
        int64_t value = 0;
        if (number == FIELD_STATE) {
            process->ended = str_is(field, "Z") || str_is(field, "X");
            process->stopped = str_is(field, "T");
            continue;
        }
        if (!str_int(field, &value))
            continue;
        if (number == FIELD_PARENT)
            process->parent = (pid_t)value;
        if (number == FIELD_GROUP)
            process->group = (pid_t)value;
        process->start_ticks = value;
        if (number == FIELD_START)
            return true;
    }
    return false;
}

bool process_find(pid_t pid, struct process *out_process)
{
    char path[64];
    char stat[STAT_BYTES];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, stat, sizeof stat);
    (void)close(fd);
    struct process process = {.pid = pid};
    if (n <= 0 || !read_fields((struct str){stat, (size_t)n}, &process))
        return false;
    *out_process = process;
    return true;
}

bool process_runs(pid_t pid, int64_t start_ticks)
{
    struct process process;
    return process_find(pid, &process) && process.start_ticks == start_ticks && !process.ended;
}

/* The descriptor names one process from here on; that it is the one that is meant is looked at
 * behind its opening. */
bool process_signal(pid_t pid, int64_t start_ticks, int signal_number)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return false;
    bool done = false;
    int reason = ESRCH;
    if (process_runs(pid, start_ticks)) {
        done = syscall(SYS_pidfd_send_signal, fd, signal_number, NULL, 0) == 0;
        reason = errno;
    }
    (void)close(fd);
    errno = reason;
    return done;
}

static size_t list_all(struct arena *arena, struct process **out_processes)
{
    struct process *all = NULL;
    size_t count = 0;
    size_t capacity = 0;
    DIR *dir = opendir("/proc");
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        int64_t pid = 0;
        struct process process;
        if (byte_is_digit(entry->d_name[0]) && str_int(str_of(entry->d_name), &pid) &&
            process_find((pid_t)pid, &process))
            LIST_PUSH(arena, all, count, capacity) = process;
    }
    if (dir)
        (void)closedir(dir);
    *out_processes = all;
    return count;
}

size_t process_list_below(struct arena *arena, struct process **out_processes)
{
    struct process *all = NULL;
    size_t count = list_all(arena, &all);
    /* Those that are found come to the front; each is then looked at as a parent. */
    size_t found = 0;
    pid_t parent = getpid();
    for (size_t looked = 0;; parent = all[looked++].pid) {
        for (size_t i = found; i < count; i++) {
            if (all[i].parent != parent)
                continue;
            struct process child = all[i];
            all[i] = all[found];
            all[found++] = child;
        }
        if (looked == found)
            break;
    }
    *out_processes = all;
    return found;
}

/* The limit is that of real time, in microseconds: with the highest bit but one set it is 146,000
 * years, and without the right to real time it does not count at all. */
uint64_t process_mark(struct str text)
{
    struct hash hash = hash_of(text);
    uint64_t mark = 1;
    for (size_t i = 0; i < 7; i++)
        mark = mark << 8 | hash.b[i];
    return mark | UINT64_C(1) << 62;
}

/* "Max realtime timeout   SOFT   HARD   us": the soft one may be moved below the hard one. -1:
 * there is no such process; without a limit, the largest number. */
static int64_t real_time_of(pid_t pid)
{
    static const char row[] = "Max realtime timeout";
    char path[64];
    char limits[LIMITS_BYTES];
    (void)snprintf(path, sizeof path, "/proc/%d/limits", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = read(fd, limits, sizeof limits);
    (void)close(fd);
    struct str text = {limits, n > 0 ? (size_t)n : 0};
    size_t at = str_find(text, row, 0);
    if (at == text.n)
        return -1;
    struct str rest = str_trim(str_from(text, at + sizeof row - 1));
    rest = str_trim(str_from(rest, str_find_byte(rest, ' ', 0)));
    int64_t hard = 0;
    return str_int(str_slice(rest, 0, str_find_byte(rest, ' ', 0)), &hard) ? hard : INT64_MAX;
}

static bool has_mark(pid_t pid, uint64_t mark)
{
    int64_t hard = real_time_of(pid);
    return hard >= 0 && (uint64_t)hard == mark;
}

bool process_is_marked(pid_t pid)
{
    return real_time_of(pid) < real_time_of(getpid());
}

size_t process_list_marked(struct arena *arena, uint64_t mark, struct process **out_processes)
{
    struct process *all = NULL;
    size_t count = list_all(arena, &all);
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (!all[i].ended && all[i].pid != getpid() && has_mark(all[i].pid, mark))
            all[found++] = all[i];
    *out_processes = all;
    return found;
}

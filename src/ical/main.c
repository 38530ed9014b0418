/* main.c - reeve-ics: reads one calendar file and says who is named from when to when.
 *
 * `reeve-ics ZONE FROM UNTIL` (microseconds since 1970): the file is standard input, the answer
 * (people/agenda.h) goes to standard output, whole or a sentence why not; exit 0 when one was
 * written. Such a file comes from others: before a byte of it is read, this process can open
 * nothing but zone data, reach no network, start nothing, and has bounds of memory and time. */
#include "ical/ical.h"
#include "os/bound.h"
#include "os/file.h"
#include "os/sandbox.h"
#include "os/user.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ZONES "/usr/share/zoneinfo"

enum { CPU_S = 20, CLOCK_S = 80, ZONE_BYTES_MAX = 1024 * 1024, OPEN_FILES = 16 };

static const int64_t memory_bytes = INT64_C(768) * 1024 * 1024;

static void prepare_notice(void *context, size_t line)
{
    char notice[BOUND_WORD_BYTES];
    (void)context;
    (void)snprintf(
        notice, sizeof notice,
        "agenda 1\nF\tline %zu: Up to here the file takes over %d s to read; it is taken "
        "for endless.\n",
        line, CPU_S);
    bound_last_word(notice);
}

static const struct zone *find_zone(void *context, struct arena *arena, struct str name)
{
    const struct zone *zone = zone_utc();
    struct str bytes;
    (void)context;
    if (str_is(name, "UTC"))
        return zone;
    if (name.n == 0 || name.n > 64 || str_find(name, "..", 0) < name.n || name.p[0] == '/')
        return NULL;
    for (size_t i = 0; i < name.n; i++)
        if (!byte_is_alnum(name.p[i]) && !memchr("/_-+", name.p[i], 4))
            return NULL;
    struct str path = str_printf(arena, ZONES "/%.*s", STR_ARGS(name));
    return file_read(arena, path, ZONE_BYTES_MAX, &bytes, NULL) &&
                   zone_parse(arena, name, bytes, &zone, NULL)
               ? zone
               : NULL;
}

static void set_limits(void)
{
    struct bound bound = {.cpu_s = CPU_S,
                          .clock_s = CLOCK_S,
                          .memory_bytes = memory_bytes,
                          .file_bytes = (int64_t)ICAL_ANSWER_BYTES_MAX + 4096,
                          .open_files = OPEN_FILES};
    bound_process(&bound);
    prepare_notice(NULL, 1);
}

/* What nobody who reads a calendar needs is refused; a kernel without seccomp is not waited for. */
static void close_calls(void)
{
    static const int refused[] = {SCMP_SYS(socket),
                                  SCMP_SYS(connect),
                                  SCMP_SYS(bind),
                                  SCMP_SYS(execve),
                                  SCMP_SYS(execveat),
                                  SCMP_SYS(fork),
                                  SCMP_SYS(vfork),
                                  SCMP_SYS(clone),
                                  SCMP_SYS(clone3),
                                  SCMP_SYS(ptrace),
                                  SCMP_SYS(kill),
                                  SCMP_SYS(tgkill),
                                  SCMP_SYS(tkill),
                                  SCMP_SYS(pidfd_open),
                                  SCMP_SYS(unlink),
                                  SCMP_SYS(unlinkat),
                                  SCMP_SYS(rename),
                                  SCMP_SYS(renameat),
                                  SCMP_SYS(mkdir),
                                  SCMP_SYS(mkdirat),
                                  SCMP_SYS(io_uring_setup),
                                  SCMP_SYS(process_vm_writev),
                                  SCMP_SYS(bpf),
                                  SCMP_SYS(perf_event_open),
                                  SCMP_SYS(keyctl),
                                  SCMP_SYS(mount),
                                  SCMP_SYS(unshare)};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter)
        return;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        (void)seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
    (void)seccomp_load(filter);
    seccomp_release(filter);
}

static void confine(void)
{
    struct err err = {0};
    int zones = open(ZONES, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (!sandbox_files_and_read(-1, &zones, zones >= 0, &err))
        (void)fprintf(stderr, "reeve-ics: %s\n", err.text);
    if (zones >= 0)
        (void)close(zones);
    close_calls();
    set_limits();
}

static bool read_input(struct arena *arena, struct str *out_bytes, struct err *err)
{
    off_t size = lseek(STDIN_FILENO, 0, SEEK_END);
    size_t n = 0;
    if (size < 0 || lseek(STDIN_FILENO, 0, SEEK_SET) != 0)
        return err_set(err, ERR_USAGE, "", "It is no file.");
    if (size > ICAL_FILE_BYTES_MAX)
        return err_set(err, ERR_USAGE, "", "It has %lld MB, more than the %d MB that are read.",
                       (long long)size / 1024 / 1024, ICAL_FILE_BYTES_MAX / 1024 / 1024);
    char *bytes = arena_alloc(arena, (size_t)size + 1);
    if (!fd_fill(STDIN_FILENO, bytes, (size_t)size, &n))
        return err_set(err, ERR_USAGE, "", "It cannot be read: %s", strerror(errno));
    *out_bytes = (struct str){bytes, n};
    return true;
}

static bool say(struct arena *arena, const struct text *answer, bool good, const struct err *err)
{
    struct str refusal = good ? STR("")
                              : str_printf(arena, "agenda 1\nF\t%s%s%s\n", err->place,
                                           err->place[0] ? ": " : "", err->text);
    return fd_write(STDOUT_FILENO, good ? text_str(answer) : refusal);
}

int main(int argc, char **argv)
{
    struct ical_order order = {.find_zone = find_zone, .tell = prepare_notice};
    struct arena arena;
    struct text answer;
    struct str bytes;
    struct err err = {0};
    if (argc != 4 || !str_int(str_of(argv[2]), &order.from.us) ||
        !str_int(str_of(argv[3]), &order.until.us)) {
        (void)fprintf(stderr, "reeve-ics: reads a calendar from standard input; it takes a time "
                              "zone and two instants in microseconds.\n");
        return 2;
    }
    if (!user_leave_root())
        return 6;
    confine();
    arena_init(&arena);
    order.zone = str_of(argv[1]);
    text_init(&answer, &arena, ICAL_ANSWER_BYTES_MAX);
    bool good = read_input(&arena, &bytes, &err) && ical_read(&arena, &order, bytes, &answer, &err);
    bound_done(); /* the answer is made; a grace of seconds to say it */
    bool said = say(&arena, &answer, good, &err);
    arena_done(&arena);
    return said ? 0 : 6;
}

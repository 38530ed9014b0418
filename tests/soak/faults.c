/* faults.c - says at each of libfiu's points whether it fails, by a plan that the soak changes
 * while the programs run.
 *
 * The plan is a file beside the program, mapped before any wall is up and shared by all of them: no
 * variable of the environment is needed, which children do not inherit, and no file is opened
 * later. Each failure is counted in it. Layout: see struct plan; soak_faults.py writes it. */
#define FIU_ENABLE 1 /* else its calls are nothing */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fiu-control.h>
#include <fiu.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 40, POINTS_BYTES = 104, PLAN_BYTES = 512 };
enum role { ROLE_CORE = 1, ROLE_COLLECTOR = 2, ROLE_KEEPER = 4, ROLE_WORKER = 8 };

struct plan {
    uint32_t roles;    /* whose calls fail; 0: nobody's */
    int32_t error;     /* errno; 0: one that libfiu chooses */
    uint32_t share;    /* of 2^32 calls */
    uint32_t slot;     /* whose count */
    uint32_t begun[4]; /* processes that have mapped the plan: core, collector, keeper, worker */
    char points[POINTS_BYTES]; /* names, each behind a blank and before one */
    uint64_t struck[SLOTS];
};

/* An answer is asked for by the name that was enabled, so each is enabled by its own. */
static const char *const names[] = {"posix/io/rw/write",    "posix/io/rw/write/reduce",
                                    "posix/io/rw/pwrite",   "posix/io/rw/pwrite/reduce",
                                    "posix/io/rw/writev",   "posix/io/rw/writev/reduce",
                                    "posix/io/rw/read",     "posix/io/rw/read/reduce",
                                    "posix/io/rw/pread",    "posix/io/rw/readv",
                                    "posix/io/oc/open",     "posix/io/oc/openat",
                                    "posix/io/sync/fsync",  "posix/io/sync/fdatasync",
                                    "posix/io/net/recv",    "posix/io/net/recvfrom",
                                    "posix/io/net/recvmsg", "posix/io/net/send",
                                    "posix/io/net/sendto",  "posix/io/net/sendmsg",
                                    "posix/io/net/connect", "posix/io/net/socket",
                                    "posix/io/net/accept",  "libc/mm/malloc",
                                    "libc/mm/calloc",       "libc/mm/realloc"};

static struct plan *plan;
static uint32_t own_role;
static uint64_t state;

static uint32_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

static bool is_named(const char *name)
{
    size_t n = strlen(name);
    const char *at = plan->points;
    while ((at = strstr(at, name))) {
        if (at > plan->points && at[-1] == ' ' && at[n] == ' ')
            return true;
        at += n;
    }
    return false;
}

static int decide(const char *name, int *number, void **info, unsigned *flags)
{
    (void)number;
    (void)flags;
    if (!(__atomic_load_n(&plan->roles, __ATOMIC_ACQUIRE) & own_role) || !is_named(name) ||
        next_random() >= plan->share || plan->slot >= SLOTS)
        return 0;
    *info = (void *)(intptr_t)plan->error;
    (void)__atomic_add_fetch(&plan->struck[plan->slot], 1, __ATOMIC_RELAXED);
    return 1;
}

static uint32_t role_of(int argc, char **argv)
{
    static const char *const roles[] = {"serve", "collect", "keep"};
    const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
    if (slash && strcmp(slash, "/reeve-work") == 0)
        return ROLE_WORKER;
    for (size_t i = 0; i < 3; i++)
        if (argc > 1 && strcmp(argv[1], roles[i]) == 0)
            return 1U << i;
    return 0;
}

static bool map_plan(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 32);
    if (n <= 0)
        return false;
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    if (!slash)
        return false;
    (void)snprintf(slash, 32, "/faults.plan");
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return false;
    void *bytes = mmap(NULL, PLAN_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    (void)close(file);
    plan = bytes == MAP_FAILED ? NULL : bytes;
    return plan;
}

/* glibc gives constructors what main gets. */
__attribute__((constructor)) static void begin(int argc, char **argv)
{
    struct timespec now = {0};
    own_role = role_of(argc, argv);
    if (own_role == 0 || !map_plan())
        return;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    state = ((uint64_t)now.tv_nsec << 32) ^ ((uint64_t)getpid() << 16) ^ 0x9e3779b9;
    for (uint32_t i = 0; i < 4; i++)
        if (own_role == 1U << i)
            (void)__atomic_add_fetch(&plan->begun[i], 1, __ATOMIC_RELAXED);
    (void)fiu_init(0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)fiu_enable_external(names[i], 1, NULL, 0, decide);
}

/* What libfiu's library of POSIX calls leaves out. */
static bool fails(const char *name)
{
    if (!fiu_fail(name))
        return false;
    errno = fiu_failinfo() ? (int)(intptr_t)fiu_failinfo() : EIO;
    return true;
}

/* With offsets of 64 bits, as all is compiled here, its symbol is openat64. */
int openat(int folder, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    int (*next)(int, const char *, int, ...) = NULL;
    void *found = dlsym(RTLD_NEXT, "openat64");
    memcpy(&next, &found, sizeof next);
    return fails("posix/io/oc/openat") ? -1 : next(folder, path, flags, mode);
}

int accept4(int listener, struct sockaddr *address, socklen_t *bytes, int flags)
{
    int (*next)(int, struct sockaddr *, socklen_t *, int) = NULL;
    void *found = dlsym(RTLD_NEXT, "accept4");
    memcpy(&next, &found, sizeof next);
    return fails("posix/io/net/accept") ? -1 : next(listener, address, bytes, flags);
}

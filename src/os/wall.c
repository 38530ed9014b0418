/* wall.c - Landlock's rules, and the last calls before a program is executed.
 *
 * A rule opens what lies beneath a folder and no other rule closes it again. To hide a folder, all
 * that lies beside it is opened instead: in /, in each folder on the way to it, every entry but the
 * way itself. */
#include "os/wall.h"

#include "os/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    VERSION_REFER = 2,
    VERSION_SCOPES = 6,
    SCOPE_SIGNALS = 1 << 1, /* Debian 12's headers know no scopes */
    ENTRIES_MAX = 65536,    /* of a folder on the way */
    READING =
        LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE,
    /* What a rule about something that is no folder may open. */
    OF_FILES = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE |
               LANDLOCK_ACCESS_FS_WRITE_FILE | SANDBOX_TRUNCATE
};

int wall_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 1 ? 0 : (int)version;
}

/* Is path the folder, or below it? */
static bool is_in(struct str path, struct str folder)
{
    if (str_is(folder, "/"))
        return true;
    return str_equal(str_slice(path, 0, folder.n), folder) &&
           (path.n == folder.n || path.p[folder.n] == '/');
}

/* Is every folder on the way one whose entries can be told one by one: listed by us and, when files
 * are made anywhere, not a place for everybody's (/tmp)? */
static bool is_way_clear(struct str path, bool writes_anywhere)
{
    char above[PATH_MAX];
    struct stat about;
    for (size_t i = 1; i < path.n && i < sizeof above; i++) {
        if (path.p[i] != '/')
            continue;
        memcpy(above, path.p, i);
        above[i] = '\0';
        if (faccessat(AT_FDCWD, above, R_OK, AT_EACCESS) != 0 && errno == EACCES)
            return false;
        if (writes_anywhere && stat(above, &about) == 0 && (about.st_mode & S_ISVTX) &&
            (about.st_mode & S_IWOTH))
            return false;
    }
    return true;
}

bool wall_hides(const struct wall_order *order)
{
    if (order->hidden.n < 2 || !is_way_clear(order->hidden, !order->writes))
        return false;
    if (!order->writes)
        return !is_in(order->hidden, order->directory);
    for (size_t i = 0; i < order->write_count; i++)
        if (is_in(order->hidden, order->writes[i]))
            return false;
    return true;
}

/* --- rules -------------------------------------------------------------------------------------
 */

struct rules {
    int ruleset;
    uint64_t handled;
};

/* What the kernel is told of a set of rules: what a version does not know is left out. */
struct rules_made {
    uint64_t files, network, scopes;
};

static bool refuse(struct err *err, const char *path, const char *what)
{
    int reason = errno;
    return err_set(err, ERR_REFUSED, path, "The step's wall cannot be built, because %s: %s.", what,
                   strerror(reason));
}

/* False when what is at name cannot be opened by a rule; errno is ENOENT when it is not there. */
static bool open_beneath(const struct rules *rules, int folder_fd, const char *name,
                         uint64_t rights)
{
    struct stat about;
    int fd = openat(folder_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = fstat(fd, &about) == 0;
    if (good && !S_ISDIR(about.st_mode))
        rights &= OF_FILES;
    struct landlock_path_beneath_attr beneath = {.allowed_access = rights & rules->handled,
                                                 .parent_fd = fd};
    if (good && !S_ISLNK(about.st_mode) && beneath.allowed_access)
        good = syscall(SYS_landlock_add_rule, rules->ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath,
                       0) == 0;
    int reason = errno;
    (void)close(fd);
    errno = reason;
    return good;
}

/* All that is in the folder but `but`. */
static bool open_others(const struct rules *rules, const char *folder, struct str but,
                        uint64_t rights)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    bool good = dir != NULL;
    for (int count = 0; good && (entry = readdir(dir)); count++) {
        struct str name = str_of(entry->d_name);
        if (str_is(name, ".") || str_is(name, "..") || str_equal(name, but))
            continue;
        errno = E2BIG;
        good = count < ENTRIES_MAX && (open_beneath(rules, dirfd(dir), entry->d_name, rights) ||
                                       errno == ENOENT || errno == EACCES);
    }
    int reason = errno;
    if (dir)
        (void)closedir(dir);
    errno = reason;
    return good;
}

/* Names stay to be seen on the way: a rule cannot open a folder's list without those below it. */
static bool open_around(const struct rules *rules, struct str hidden, uint64_t rights,
                        struct err *err)
{
    char folder[PATH_MAX] = "/";
    if (hidden.n >= sizeof folder) {
        errno = ENAMETOOLONG;
        return refuse(err, hidden.p, "its folder cannot be named");
    }
    if (!open_beneath(rules, AT_FDCWD, "/", LANDLOCK_ACCESS_FS_READ_DIR & rights))
        return refuse(err, "/", "the folder cannot be opened to it");
    for (size_t i = 1; i < hidden.n;) {
        size_t end = str_find_byte(hidden, '/', i);
        if (!open_others(rules, folder, str_slice(hidden, i, end), rights))
            return refuse(err, folder, "what lies in this folder cannot be opened to it");
        memcpy(folder, hidden.p, end);
        folder[end] = '\0';
        i = end + 1;
    }
    return true;
}

static bool open_writes(const struct rules *rules, const struct wall_order *order, struct err *err)
{
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/tty"};
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        (void)open_beneath(rules, AT_FDCWD, devices[i], OF_FILES);
    for (size_t i = 0; i < order->write_count; i++)
        if (!open_beneath(rules, AT_FDCWD, order->writes[i].p, ~UINT64_C(0)))
            return refuse(err, order->writes[i].p, "what it is to write in cannot be opened to it");
    return true;
}

static bool open_all(const struct rules *rules, const struct wall_order *order, bool hides,
                     struct err *err)
{
    uint64_t rights = order->writes ? READING : ~UINT64_C(0);
    if (hides && !open_around(rules, order->hidden, rights, err))
        return false;
    if (hides && is_in(order->directory, order->hidden) &&
        !open_beneath(rules, AT_FDCWD, order->directory.p, rights))
        return refuse(err, order->directory.p, "its folder cannot be opened to it");
    return !order->writes || open_writes(rules, order, err);
}

static bool only_reads(const struct wall_order *order)
{
    return order->writes && order->write_count == 0;
}

static bool build_rules(struct wall *wall, int version, struct err *err)
{
    const struct wall_order *order = wall->order;
    bool hides = wall_hides(order) && version >= VERSION_REFER;
    if (!hides && !order->writes)
        return true;
    errno = ENOSYS;
    if (version < 1)
        return refuse(err, "writes", "this kernel has no Landlock");
    struct rules rules = {.handled = sandbox_rights(version)};
    rules.handled &= ~(uint64_t)SANDBOX_DEVICE_CONTROL;
    if (!hides)
        rules.handled &= ~(uint64_t)READING;
    struct rules_made made = {.files = rules.handled};
    if (only_reads(order) && version >= VERSION_SCOPES)
        made.scopes = SCOPE_SIGNALS;
    size_t known = made.scopes ? sizeof made : sizeof made.files;
    rules.ruleset = (int)syscall(SYS_landlock_create_ruleset, &made, known, 0);
    if (rules.ruleset < 0)
        return refuse(err, "writes", "the kernel gives no set of rules");
    wall->ruleset = rules.ruleset;
    return open_all(&rules, order, hides, err);
}

bool wall_build(struct arena *arena, const struct wall_order *order, int version,
                struct wall *out_wall, struct err *err)
{
    struct wall wall = {.arena = arena, .ruleset = -1, .order = order};
    bool good = build_rules(&wall, version, err) && wall_filter(&wall, version, err);
    if (good)
        *out_wall = wall;
    else
        wall_done(&wall);
    return good;
}

void wall_done(struct wall *wall)
{
    if (wall->ruleset >= 0)
        (void)close(wall->ruleset);
    wall->ruleset = -1;
}

/* --- entering ----------------------------------------------------------------------------------
 */

static bool limit(__rlimit_resource_t what, int64_t most)
{
    struct rlimit now;
    if (most <= 0)
        return true;
    if (getrlimit(what, &now) != 0)
        return false;
    /* A harder limit of before stays. */
    if (now.rlim_max != RLIM_INFINITY && now.rlim_max < (rlim_t)most)
        return true;
    return setrlimit(what, &(struct rlimit){(rlim_t)most, (rlim_t)most}) == 0;
}

bool wall_enter(const struct wall *wall)
{
    const struct wall_order *order = wall->order;
    if (!limit(RLIMIT_DATA, order->memory_bytes) || !limit(RLIMIT_FSIZE, order->file_bytes) ||
        !limit(RLIMIT_NPROC, order->processes) || !limit(RLIMIT_NOFILE, order->open_files))
        return false;
    /* Without its mark it runs all the same. */
    (void)limit(RLIMIT_RTTIME, (int64_t)order->mark);
    if (wall->ruleset < 0 && wall->filter.len == 0)
        return true;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           (wall->ruleset < 0 || syscall(SYS_landlock_restrict_self, wall->ruleset, 0) == 0) &&
           (wall->filter.len == 0 ||
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &wall->filter) == 0);
}

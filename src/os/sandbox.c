/* sandbox.c - Landlock by its three system calls, for which the C library has no functions. */
#include "os/sandbox.h"

#include <errno.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

uint64_t sandbox_rights(long version)
{
    uint64_t rights = LANDLOCK_ACCESS_FS_MAKE_SYM | (LANDLOCK_ACCESS_FS_MAKE_SYM - 1);
    if (version >= 2)
        rights |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        rights |= SANDBOX_TRUNCATE;
    if (version >= 5)
        rights |= SANDBOX_DEVICE_CONTROL;
    return rights;
}

static bool refuse_with(struct err *err, const char *what)
{
    return err_set(err, ERR_SELF, "landlock",
                   "The file system stays open to this process, because %s (%s); a kernel with "
                   "Landlock and a service that may use it close it.",
                   what, strerror(errno));
}

static bool allow(int ruleset, int folder, uint64_t rights, struct err *err)
{
    struct landlock_path_beneath_attr beneath = {.allowed_access = rights, .parent_fd = folder};
    return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0 ||
           refuse_with(err, "one of its folders cannot be named to the kernel");
}

static bool restrict_self(int ruleset, struct err *err)
{
    return (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
            syscall(SYS_landlock_restrict_self, ruleset, 0) == 0) ||
           refuse_with(err, "the kernel refuses to close it");
}

bool sandbox_files(int folder, struct err *err)
{
    return sandbox_files_and_read(folder, NULL, 0, err);
}

bool sandbox_files_and_read(int folder, const int *read_folders, size_t count, struct err *err)
{
    const uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return refuse_with(err, "Landlock is not to be had here");
    uint64_t handled = sandbox_rights(version); /* the first field, which every version knows */
    long ruleset = syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (ruleset < 0)
        return refuse_with(err, "the kernel gives no set of rules");
    bool good = true;
    if (folder >= 0)
        good = allow((int)ruleset, folder,
                     reading | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                         LANDLOCK_ACCESS_FS_REMOVE_FILE | (handled & SANDBOX_TRUNCATE),
                     err);
    for (size_t i = 0; i < count && good; i++)
        good = allow((int)ruleset, read_folders[i], reading, err);
    good = good && restrict_self((int)ruleset, err);
    (void)close((int)ruleset);
    return good;
}

void sandbox_hide_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
}

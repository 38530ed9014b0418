/* wall_filter.c - calls of the system that a step's program gets a refusal for.
 *
 * The filter is written out as a program before fork: libseccomp may not be called after it.
 * Programs of another architecture (32 bits) are refused every call, because the numbers below
 * mean something else there. */
#include "os/wall.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VERSION_TRUNCATE = 3 };

/* Landlock does not see them. The last three have no name in Debian 12's library yet, and the same
 * number everywhere: fchmodat2, setxattrat, removexattrat. */
static const int changes[] = {SCMP_SYS(chmod),
                              SCMP_SYS(fchmod),
                              SCMP_SYS(fchmodat),
                              SCMP_SYS(chown),
                              SCMP_SYS(fchown),
                              SCMP_SYS(lchown),
                              SCMP_SYS(fchownat),
                              SCMP_SYS(utime),
                              SCMP_SYS(utimes),
                              SCMP_SYS(futimesat),
                              SCMP_SYS(utimensat),
                              SCMP_SYS(setxattr),
                              SCMP_SYS(lsetxattr),
                              SCMP_SYS(fsetxattr),
                              SCMP_SYS(removexattr),
                              SCMP_SYS(lremovexattr),
                              SCMP_SYS(fremovexattr),
                              452,
                              463,
                              466};

static int refuse_network(scmp_filter_ctx filter)
{
    struct scmp_arg_cmp other_than_unix = {.arg = 0, .op = SCMP_CMP_NE, .datum_a = AF_UNIX};
    return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1,
                                  &other_than_unix);
}

/* A ring makes sockets, and changes files, without a call that a filter sees. */
static int refuse_rings(scmp_filter_ctx filter)
{
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(io_uring_setup), 0);
}

static int refuse_changes(scmp_filter_ctx filter)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < sizeof changes / sizeof *changes; i++)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), changes[i], 0);
    return code;
}

/* Before its third version Landlock lets files be emptied that may not be written. */
static int refuse_emptying(scmp_filter_ctx filter)
{
    const uint64_t mask = O_TRUNC | O_ACCMODE;
    int code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(truncate), 0);
    if (code == 0)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(open), 1,
                                SCMP_A1(SCMP_CMP_MASKED_EQ, mask, O_TRUNC));
    if (code == 0)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 1,
                                SCMP_A2(SCMP_CMP_MASKED_EQ, mask, O_TRUNC));
    if (code == 0)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0);
    return code;
}

/* The program of the filter, by way of a file in memory. */
static int take_program(scmp_filter_ctx filter, struct wall *wall)
{
    struct stat about;
    int fd = memfd_create("filter", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    int code = seccomp_export_bpf(filter, fd);
    if (code == 0 && fstat(fd, &about) != 0)
        code = -errno;
    size_t count = code == 0 ? (size_t)about.st_size / sizeof(struct sock_filter) : 0;
    struct sock_filter *program = arena_array(wall->arena, count, sizeof *program);
    if (code == 0 && pread(fd, program, count * sizeof *program, 0) != about.st_size)
        code = -EIO;
    (void)close(fd);
    if (code == 0)
        wall->filter = (struct sock_fprog){.len = (unsigned short)count, .filter = program};
    return code;
}

bool wall_filter(struct wall *wall, int version, struct err *err)
{
    const struct wall_order *order = wall->order;
    bool only_reads = order->writes && order->write_count == 0;
    bool may_empty = wall->ruleset >= 0 && version < VERSION_TRUNCATE;
    if (!order->no_network && !only_reads && !may_empty)
        return true;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int code =
        filter ? seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM)) : -ENOMEM;
    if (code == 0)
        code = refuse_rings(filter);
    if (code == 0 && order->no_network)
        code = refuse_network(filter);
    if (code == 0 && only_reads)
        code = refuse_changes(filter);
    if (code == 0 && may_empty)
        code = refuse_emptying(filter);
    if (code == 0)
        code = take_program(filter, wall);
    if (filter)
        seccomp_release(filter);
    return code == 0 || err_set(err, ERR_REFUSED, "seccomp",
                                "The step's wall cannot be built, because the filter of calls "
                                "cannot be made: %s.",
                                strerror(-code));
}

/* keeper_sandbox.c - prctl, Landlock and libseccomp. */
#include "keeper/keeper_sandbox.h"

#include "os/log.h"
#include "os/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Reading and writing what is open, memory, time, and ending. */
static const int allowed[] = {
    SCMP_SYS(read),         SCMP_SYS(write),
    SCMP_SYS(recvfrom),     SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),       SCMP_SYS(sendmsg),
    SCMP_SYS(poll),         SCMP_SYS(ppoll),
    SCMP_SYS(close),        SCMP_SYS(brk),
    SCMP_SYS(mmap),         SCMP_SYS(munmap),
    SCMP_SYS(mremap),       SCMP_SYS(madvise),
    SCMP_SYS(futex),        SCMP_SYS(clock_gettime),
    SCMP_SYS(getrandom),    SCMP_SYS(getpid),
    SCMP_SYS(gettid),       SCMP_SYS(tgkill),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),         SCMP_SYS(exit_group),
    SCMP_SYS(sigaltstack),
};

void keeper_sandbox_begin(void)
{
    struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

bool keeper_sandbox_close(struct err *err)
{
    struct err open_files = {0};
    if (!sandbox_files(-1, &open_files))
        log_err(LOG_LEVEL_WARNING, "keeper", &open_files);
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int code = filter ? 0 : -ENOMEM;
    for (size_t i = 0; code == 0 && i < sizeof allowed / sizeof *allowed; i++)
        code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    if (code == 0)
        code = seccomp_load(filter);
    if (filter)
        seccomp_release(filter);
    return code == 0 || err_set(err, ERR_SELF, "keeper",
                                "The keeper cannot shut itself in (seccomp: %s); run it on a "
                                "kernel with seccomp filters.",
                                strerror(-code));
}

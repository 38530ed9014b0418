/* service.c - datagrams to NOTIFY_SOCKET; a name that begins with @ stands for an abstract address.
 */
#include "os/service.h"

#include "base/str.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void notify(const char *state)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t n = name ? strlen(name) : 0;
    if (n < 2 || n >= sizeof address.sun_path || (name[0] != '/' && name[0] != '@'))
        return;
    memcpy(address.sun_path, name, n);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
    (void)close(fd);
}

/* Half of what the watchdog grants, or 0 when there is none for this process. */
static int64_t watchdog_ms(void)
{
    const char *granted = getenv("WATCHDOG_USEC");
    const char *owner = getenv("WATCHDOG_PID");
    int64_t us = 0;
    int64_t pid = 0;
    if (!granted || !str_int(str_of(granted), &us) || us < 2000)
        return 0;
    if (owner && (!str_int(str_of(owner), &pid) || pid != getpid()))
        return 0;
    return us / 2000;
}

void service_ready(void)
{
    notify("READY=1");
}

void service_alive(int64_t boot_ms)
{
    static int64_t next_ms;
    int64_t every_ms = boot_ms >= next_ms ? watchdog_ms() : 0;
    if (every_ms == 0)
        return;
    next_ms = boot_ms + every_ms;
    notify("WATCHDOG=1");
}

void service_stopping(void)
{
    notify("STOPPING=1");
}

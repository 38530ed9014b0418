/* peer.c - peer credentials and user names. */
#include "os/peer.h"

#include <errno.h>
#include <pwd.h>
#include <sys/socket.h>

bool peer_find(int fd, struct peer *out_peer, struct err *err)
{
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return err_set(err, ERR_SELF, NULL, "The kernel does not say who called: %s.",
                       strerror(errno));
    *out_peer = (struct peer){credentials.pid, credentials.uid, credentials.gid};
    return true;
}

struct str user_name(struct arena *arena, uid_t uid)
{
    struct passwd entry;
    struct passwd *found = NULL;
    char buffer[4096];
    if (getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found)
        return str_copy(arena, str_of(found->pw_name));
    return str_printf(arena, "uid-%lu", (unsigned long)uid);
}

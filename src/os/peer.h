/* peer.h - who is at the other end of a Unix socket, as the kernel says (SO_PEERCRED). */
#ifndef OS_PEER_H
#define OS_PEER_H

#include "base/str.h"

#include <sys/types.h>

struct peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

MUST_USE bool peer_find(int fd, struct peer *out_peer, struct err *err);
/* The user's name, or "uid-N" when the machine has none for it. */
struct str user_name(struct arena *arena, uid_t uid);

#endif

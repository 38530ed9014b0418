/* user.h - a user of this machine, and becoming that user for good.
 *
 * Promises: who has become another user has none of the groups of before and no way back; what
 * cannot be done whole is said, and then nothing may be executed.
 * Refuses: names that the machine does not know. */
#ifndef OS_USER_H
#define OS_USER_H

#include "base/err.h"
#include "base/str.h"

#include <sys/types.h>

enum { USER_GROUPS_MAX = 128 };

struct user {
    struct str name, home; /* home: absolute, "/" where the machine has none for the user */
    uid_t uid;
    gid_t gid;
    gid_t groups[USER_GROUPS_MAX]; /* all, gid among them */
    size_t group_count;
};

/* By name. ERR_USAGE when there is no such user, or one with more groups than USER_GROUPS_MAX;
 * ERR_SELF when the machine cannot tell. Texts are in arena. */
MUST_USE bool user_find(struct arena *arena, struct str name, struct user *out_user,
                        struct err *err);
/* Groups, group and user of this process, real, effective and saved, in this order; that there is
 * no way back is tried. Safe after fork in a process of one thread. False with errno: then the
 * process is neither and must end. */
bool user_become(const struct user *user);
/* Root that works as another user (folder_enter) goes on as that user for good: nothing that is
 * executed here may come back to it. True also where there is nothing to leave. */
MUST_USE bool user_leave_root(void);

#endif

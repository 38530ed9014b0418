/* user.c - users by getpwnam_r; leaving root behind. */
#include "os/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

enum { ENTRY_BYTES = 16 * 1024 };

bool user_find(struct arena *arena, struct str name, struct user *out_user, struct err *err)
{
    struct passwd entry;
    struct passwd *found = NULL;
    char *buffer = arena_alloc(arena, ENTRY_BYTES);
    const char *text = str_copy(arena, name).p;
    int reason = memchr(name.p, '\0', name.n)
                     ? ENOENT
                     : getpwnam_r(text, &entry, buffer, ENTRY_BYTES, &found);
    if (!found && reason != 0 && reason != ENOENT && reason != ESRCH)
        return err_set(err, ERR_SELF, NULL, "The users of this machine cannot be read: %s.",
                       strerror(reason));
    if (!found)
        return err_set(err, ERR_USAGE, NULL, "This machine has no user \"%.*s\".", STR_ARGS(name));
    struct user user = {.name = str_copy(arena, str_of(found->pw_name)),
                        .home = STR("/"),
                        .uid = found->pw_uid,
                        .gid = found->pw_gid};
    int count = USER_GROUPS_MAX;
    if (found->pw_dir && found->pw_dir[0] == '/')
        user.home = str_copy(arena, str_of(found->pw_dir));
    if (getgrouplist(found->pw_name, found->pw_gid, user.groups, &count) < 0)
        return err_set(err, ERR_USAGE, NULL, "The user \"%.*s\" has more than %d groups.",
                       STR_ARGS(name), USER_GROUPS_MAX);
    user.group_count = (size_t)count;
    *out_user = user;
    return true;
}

/* Whoever can still come back has not left. */
static bool is_gone_for_good(const struct user *user)
{
    uid_t uid[3];
    gid_t gid[3];
    if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 || getresgid(&gid[0], &gid[1], &gid[2]) != 0)
        return false;
    for (int i = 0; i < 3; i++)
        if (uid[i] != user->uid || gid[i] != user->gid)
            return false;
    return user->uid == 0 || (setuid(0) != 0 && seteuid(0) != 0 && setresuid(0, 0, 0) != 0 &&
                              (user->gid == 0 || setegid(0) != 0));
}

bool user_become(const struct user *user)
{
    if (setgroups(user->group_count, user->groups) != 0 ||
        setresgid(user->gid, user->gid, user->gid) != 0 ||
        setresuid(user->uid, user->uid, user->uid) != 0)
        return false;
    bool gone = is_gone_for_good(user);
    errno = EPERM;
    return gone;
}

bool user_leave_root(void)
{
    uid_t user = geteuid();
    gid_t group = getegid();
    if (getuid() == user && getgid() == group)
        return true;
    return seteuid(0) == 0 && setgroups(0, NULL) == 0 && setresgid(group, group, group) == 0 &&
           setresuid(user, user, user) == 0;
}

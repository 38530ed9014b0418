/* users.h - who commands run as: "user:" of commands: and actions:.
 *
 * Promises: a command with a user runs as that user or not at all.
 * Refuses: another user than Reeve's own where Reeve is not root, also where it stays only by name:
 * root that works as the owner of the ledger's folder (folder_enter) is that owner. */
#ifndef MAIN_USERS_H
#define MAIN_USERS_H

#include "main/config_fit.h"
#include "os/user.h"

struct command_user {
    bool is_named; /* the configuration names one: HOME, USER and LOGNAME are that user's */
    bool changes;  /* it is to be changed to, which only root can */
    struct user user;
};

/* Who the command of the action runs as ("": a command without one). False when the user is not
 * known or cannot be changed to; the sentence is of the step. */
MUST_USE bool users_find(struct arena *arena, const struct config *config, struct str action,
                         struct command_user *out_user, struct err *err);
/* All that are named, each as an error in its place: unknown ones, and those that Reeve, run as who
 * runs this, could not change to. */
void users_note(struct arena *arena, const struct config *config, struct config_notes *notes);
/* The first of these as an error. */
MUST_USE bool users_check(struct arena *arena, const struct config *config, struct err *err);

#endif

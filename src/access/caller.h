/* caller.h - who is calling, and whether they may.
 *
 * Callers are a local user (named by SO_PEERCRED of the socket, or running the command), a person
 * who has logged in, a program with an API token, the holder of the page's token, the holder of a
 * page's acknowledge link, or a person in the channel of an incident. A person who has logged in
 * and the local user of the same name are the same actor, so that nobody approves what they started
 * by coming in by another door. Refuses: everything that the role, or the table in caller.c, does
 * not grant. A link acknowledges its one incident and reads nothing; a program approves only by a
 * token for just that. */
#ifndef ACCESS_CALLER_H
#define ACCESS_CALLER_H

#include "access/role.h"

enum caller_kind {
    CALLER_LOCAL,
    CALLER_ACCOUNT,
    CALLER_PROGRAM,
    CALLER_TOKEN,
    CALLER_LINK,
    CALLER_CHANNEL,
    CALLER_KINDS
};

struct caller {
    enum caller_kind kind;
    enum role role;    /* CALLER_ACCOUNT, CALLER_PROGRAM, CALLER_CHANNEL */
    struct str actor;  /* as the ledger names it: "person:ana", "program:deploy" */
    struct str person; /* "ana"; "" for programs and the token's holder, who has no name */
    struct str behind; /* CALLER_PROGRAM: "person:ana", who made its API token; else "" */
    int64_t incident;  /* CALLER_LINK, CALLER_CHANNEL: the one incident; else 0 */
};

/* Names are copied into arena. */
struct caller caller_of_user(struct arena *arena, struct str user);
struct caller caller_of_account(struct arena *arena, struct str name, enum role role);
struct caller caller_of_program(struct arena *arena, struct str name, enum role scope);
struct caller caller_of_token(void);
struct caller caller_of_link(struct arena *arena, struct str person, int64_t incident);
/* Somebody whom the chat server vouches for; role: their account's, or a responder's. */
struct caller caller_of_channel(struct arena *arena, struct str person, enum role role,
                                int64_t incident);

/* May this caller use an action that demands permission? When not, *out_reason (in arena) is a
 * sentence that says why and what to do. */
MUST_USE bool permit(const struct caller *caller, enum permission permission, struct arena *arena,
                     struct str *out_reason);
/* May this caller act on this incident? A link's holder and a person in a channel are bound to one.
 */
MUST_USE bool permit_incident(const struct caller *caller, int64_t number, struct arena *arena,
                              struct str *out_reason);

#endif

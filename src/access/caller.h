/* caller.h - who is calling, and whether they may.
 *
 * Callers are a local user (named by SO_PEERCRED of the socket, or running the command), the holder
 * of the page's token, or the holder of a page's acknowledge link.
 * Refuses: everything the table in caller.c does not grant. A link acknowledges its one incident
 * and reads nothing. */
#ifndef ACCESS_CALLER_H
#define ACCESS_CALLER_H

#include "base/str.h"

enum caller_kind { CALLER_LOCAL, CALLER_TOKEN, CALLER_LINK, CALLER_KINDS };

enum permission {
    PERMISSION_READ,        /* see the page, lists, views */
    PERMISSION_ACKNOWLEDGE, /* answer a page */
    PERMISSION_RESPOND,     /* declare, note, tick, change, resolve incidents; test pages */
    PERMISSION_RUN,         /* start runs and see to their steps; approve those of others */
    PERMISSION_OWN,         /* serve, replace the token, restore */
    PERMISSIONS
};

struct caller {
    enum caller_kind kind;
    struct str actor;  /* as the ledger names it: "person:ana" */
    struct str person; /* "ana"; "" for the token's holder, who has no name */
    int64_t incident;  /* CALLER_LINK: the one incident; else 0 */
};

/* Names are copied into arena. */
struct caller caller_of_user(struct arena *arena, struct str user);
struct caller caller_of_token(void);
struct caller caller_of_link(struct arena *arena, struct str person, int64_t incident);

/* May this caller use an action that demands permission? When not, *out_reason (in arena) is a
 * sentence that says why and what to do. */
MUST_USE bool permit(const struct caller *caller, enum permission permission, struct arena *arena,
                     struct str *out_reason);
/* May this caller act on this incident? Only a link's holder is bound to one. */
MUST_USE bool permit_incident(const struct caller *caller, int64_t number, struct arena *arena,
                              struct str *out_reason);

#endif

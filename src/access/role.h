/* role.h - what can be permitted, and the roles that permit it.
 *
 * One table, in role.c: each role may do all that the one before it may, and something more.
 * Refuses: permissions of single persons; somebody who may do more has another role. */
#ifndef ACCESS_ROLE_H
#define ACCESS_ROLE_H

#include "base/str.h"

enum permission {
    PERMISSION_READ,        /* see the page, lists, views */
    PERMISSION_ACKNOWLEDGE, /* answer a page */
    PERMISSION_RESPOND,     /* declare, note, tick, change, resolve incidents; test pages */
    PERMISSION_RUN,         /* start runs and see to their steps */
    PERMISSION_APPROVE,     /* agree to a step of somebody else's run */
    PERMISSION_OWN,         /* accounts, API tokens, erasing, serving, restoring */
    PERMISSIONS
};

enum role { ROLE_VIEWER, ROLE_RESPONDER, ROLE_OPERATOR, ROLE_APPROVER, ROLE_ADMINISTRATOR, ROLES };

enum { ROLE_BYTES = 16 };

const char *role_name(enum role role); /* "viewer" */
MUST_USE bool role_find(struct str name, enum role *out_role);
/* The same with the sentence that names all roles. */
MUST_USE bool role_parse(struct str name, enum role *out_role, struct err *err);
bool role_grants(enum role role, enum permission permission);
/* The least role that grants it. */
enum role role_needed(enum permission permission);
/* "run procedures": what stands behind "the permission to". */
const char *permission_text(enum permission permission);

#endif

/* role.c - the table of roles and permissions. */
#include "access/role.h"

struct role_row {
    const char *name;
    bool may[PERMISSIONS]; /* read, acknowledge, respond, run, approve, own */
};

static const struct role_row rows[ROLES] = {
    [ROLE_VIEWER] = {"viewer", {true, false, false, false, false, false}},
    [ROLE_RESPONDER] = {"responder", {true, true, true, false, false, false}},
    [ROLE_OPERATOR] = {"operator", {true, true, true, true, false, false}},
    [ROLE_APPROVER] = {"approver", {true, true, true, true, true, false}},
    [ROLE_ADMINISTRATOR] = {"administrator", {true, true, true, true, true, true}},
};

static const char *const texts[PERMISSIONS] = {
    [PERMISSION_READ] = "read",       [PERMISSION_ACKNOWLEDGE] = "acknowledge",
    [PERMISSION_RESPOND] = "respond", [PERMISSION_RUN] = "run procedures",
    [PERMISSION_APPROVE] = "approve", [PERMISSION_OWN] = "administer",
};

const char *role_name(enum role role)
{
    return rows[role].name;
}

bool role_find(struct str name, enum role *out_role)
{
    for (int role = 0; role < ROLES; role++) {
        if (!str_is(name, rows[role].name))
            continue;
        *out_role = (enum role)role;
        return true;
    }
    return false;
}

bool role_parse(struct str name, enum role *out_role, struct err *err)
{
    return role_find(name, out_role) ||
           err_set(err, ERR_USAGE, "role",
                   "\"%.*s\" is no role; there are viewer, responder, operator, approver and "
                   "administrator.",
                   STR_ARGS(str_cut(name, 40)));
}

bool role_grants(enum role role, enum permission permission)
{
    return rows[role].may[permission];
}

enum role role_needed(enum permission permission)
{
    int role = 0;
    while (!rows[role].may[permission])
        role++;
    return (enum role)role;
}

const char *permission_text(enum permission permission)
{
    return texts[permission];
}

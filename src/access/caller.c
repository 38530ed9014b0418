/* caller.c - who may do what: by role, or by the table of those who have none. */
#include "access/caller.h"

struct caller_row {
    const char *name;
    bool may[PERMISSIONS]; /* read, acknowledge, respond, run, approve, own */
};

/* Accounts and programs have roles: their rows are empty. */
static const struct caller_row rows[CALLER_KINDS] = {
    [CALLER_LOCAL] = {"a local user", {true, true, true, true, true, true}},
    [CALLER_TOKEN] = {"the holder of the page's token", {true, true, true, true, false, false}},
    [CALLER_LINK] = {"the holder of an acknowledge link",
                     {false, true, false, false, false, false}},
};

static const char *const remedies[PERMISSIONS] = {
    [PERMISSION_READ] = "log in, or use the command on the machine itself",
    [PERMISSION_ACKNOWLEDGE] = "use the command on the machine itself",
    [PERMISSION_RESPOND] = "log in, or use the command on the machine itself",
    [PERMISSION_RUN] = "log in, or use the command on the machine itself",
    [PERMISSION_APPROVE] = "log in, or use the command on the machine itself",
    [PERMISSION_OWN] = "use the command on the machine itself",
};

struct caller caller_of_user(struct arena *arena, struct str user)
{
    return (struct caller){.kind = CALLER_LOCAL,
                           .actor = str_printf(arena, "person:%.*s", STR_ARGS(user)),
                           .person = str_copy(arena, user)};
}

struct caller caller_of_account(struct arena *arena, struct str name, enum role role)
{
    return (struct caller){.kind = CALLER_ACCOUNT,
                           .role = role,
                           .actor = str_printf(arena, "person:%.*s", STR_ARGS(name)),
                           .person = str_copy(arena, name)};
}

struct caller caller_of_program(struct arena *arena, struct str name, enum role scope)
{
    return (struct caller){.kind = CALLER_PROGRAM,
                           .role = scope,
                           .actor = str_printf(arena, "program:%.*s", STR_ARGS(name))};
}

struct caller caller_of_token(void)
{
    return (struct caller){.kind = CALLER_TOKEN, .actor = STR("person:page")};
}

struct caller caller_of_link(struct arena *arena, struct str person, int64_t incident)
{
    return (struct caller){.kind = CALLER_LINK,
                           .actor = str_printf(arena, "person:%.*s", STR_ARGS(person)),
                           .person = str_copy(arena, person),
                           .incident = incident};
}

/* An approval is a second pair of eyes. A program that administers has none; one that was given the
 * scope of an approver was given it for that. */
static bool program_may(enum role scope, enum permission permission)
{
    return role_grants(scope, permission) &&
           (permission != PERMISSION_APPROVE || scope == ROLE_APPROVER);
}

struct caller caller_of_channel(struct arena *arena, struct str person, enum role role,
                                int64_t incident)
{
    struct caller caller = caller_of_account(arena, person, role);
    caller.kind = CALLER_CHANNEL;
    caller.incident = incident;
    return caller;
}

bool permit(const struct caller *caller, enum permission permission, struct arena *arena,
            struct str *out_reason)
{
    const char *demand = permission_text(permission);
    const char *needed = role_name(role_needed(permission));
    const char *role = role_name(caller->role);
    bool has_role = caller->kind == CALLER_ACCOUNT || caller->kind == CALLER_CHANNEL;
    bool may = has_role                         ? role_grants(caller->role, permission)
               : caller->kind == CALLER_PROGRAM ? program_may(caller->role, permission)
                                                : rows[caller->kind].may[permission];
    if (may)
        return true;
    if (has_role)
        *out_reason = str_printf(arena,
                                 "This needs the permission to %s, which the role %s does not "
                                 "have; ask an administrator for the role %s.",
                                 demand, role, needed);
    else if (caller->kind == CALLER_PROGRAM)
        *out_reason = str_printf(arena,
                                 "This needs the permission to %s, which an API token with the "
                                 "scope %s does not have; ask for one with the scope %s.",
                                 demand, role, needed);
    else
        *out_reason =
            str_printf(arena, "This needs the permission to %s, which %s does not have; %s.",
                       demand, rows[caller->kind].name, remedies[permission]);
    return false;
}

bool permit_incident(const struct caller *caller, int64_t number, struct arena *arena,
                     struct str *out_reason)
{
    bool is_bound = caller->kind == CALLER_LINK || caller->kind == CALLER_CHANNEL;
    if (!is_bound || caller->incident == number)
        return true;
    if (caller->kind == CALLER_CHANNEL) {
        *out_reason = str_printf(arena, "This is the channel of incident %lld, not %lld.",
                                 (long long)caller->incident, (long long)number);
        return false;
    }
    *out_reason =
        str_printf(arena,
                   "This link acknowledges incident %lld, not incident %lld; use the link "
                   "of the page about that one.",
                   (long long)caller->incident, (long long)number);
    return false;
}

/* caller.c - the table of who may do what. */
#include "access/caller.h"

struct caller_row {
    const char *name;
    bool may[PERMISSIONS];
};

static const struct caller_row rows[CALLER_KINDS] = {
    [CALLER_LOCAL] = {"a local user", {true, true, true, true, true}},
    [CALLER_TOKEN] = {"the holder of the page's token", {true, true, true, true, false}},
    [CALLER_LINK] = {"the holder of an acknowledge link", {false, true, false, false, false}},
};

static const char *const demands[PERMISSIONS] = {
    [PERMISSION_READ] = "read",       [PERMISSION_ACKNOWLEDGE] = "acknowledge",
    [PERMISSION_RESPOND] = "respond", [PERMISSION_RUN] = "run procedures",
    [PERMISSION_OWN] = "own",
};

static const char *const remedies[PERMISSIONS] = {
    [PERMISSION_READ] = "open the page with its token, or use the command on the machine itself",
    [PERMISSION_ACKNOWLEDGE] = "use the command on the machine itself",
    [PERMISSION_RESPOND] = "open the page with its token, or use the command on the machine itself",
    [PERMISSION_RUN] = "open the page with its token, or use the command on the machine itself",
    [PERMISSION_OWN] = "use the command on the machine itself",
};

struct caller caller_of_user(struct arena *arena, struct str user)
{
    return (struct caller){.kind = CALLER_LOCAL,
                           .actor = str_printf(arena, "person:%.*s", STR_ARGS(user)),
                           .person = str_copy(arena, user)};
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

bool permit(const struct caller *caller, enum permission permission, struct arena *arena,
            struct str *out_reason)
{
    if (rows[caller->kind].may[permission])
        return true;
    *out_reason = str_printf(arena, "This needs the permission to %s, which %s does not have; %s.",
                             demands[permission], rows[caller->kind].name, remedies[permission]);
    return false;
}

bool permit_incident(const struct caller *caller, int64_t number, struct arena *arena,
                     struct str *out_reason)
{
    if (caller->kind != CALLER_LINK || caller->incident == number)
        return true;
    *out_reason =
        str_printf(arena,
                   "This link acknowledges incident %lld, not incident %lld; use the link "
                   "of the page about that one.",
                   (long long)caller->incident, (long long)number);
    return false;
}

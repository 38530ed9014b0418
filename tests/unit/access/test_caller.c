/* test_caller.c - every caller against every permission, and the sentences of refusal. */
#include "access/caller.h"
#include "harness/test.h"

static bool may(const struct caller *caller, enum permission permission, struct arena *arena)
{
    struct str reason = {0};
    bool allowed = permit(caller, permission, arena, &reason);
    CHECK(allowed == (reason.n == 0));
    return allowed;
}

TEST(a_local_user_may_do_everything)
{
    struct caller caller = caller_of_user(arena, STR("ana"));
    for (int permission = 0; permission < PERMISSIONS; permission++)
        CHECK(may(&caller, (enum permission)permission, arena));
    CHECK_STR(caller.actor, "person:ana");
    CHECK_STR(caller.person, "ana");
}

TEST(the_token_reads_and_responds_and_does_not_own)
{
    struct caller caller = caller_of_token();
    CHECK(may(&caller, PERMISSION_READ, arena));
    CHECK(may(&caller, PERMISSION_ACKNOWLEDGE, arena));
    CHECK(may(&caller, PERMISSION_RESPOND, arena));
    CHECK(!may(&caller, PERMISSION_OWN, arena));
    struct str reason;
    CHECK(!permit(&caller, PERMISSION_OWN, arena, &reason));
    CHECK_STR(reason, "This needs the permission to own, which the holder of the page's token does "
                      "not have; use the command on the machine itself.");
}

TEST(a_link_acknowledges_its_incident_and_nothing_else)
{
    struct caller caller = caller_of_link(arena, STR("ben"), 12);
    CHECK(!may(&caller, PERMISSION_READ, arena));
    CHECK(may(&caller, PERMISSION_ACKNOWLEDGE, arena));
    CHECK(!may(&caller, PERMISSION_RESPOND, arena));
    CHECK(!may(&caller, PERMISSION_OWN, arena));
    struct str reason;
    CHECK(permit_incident(&caller, 12, arena, &reason));
    CHECK(!permit_incident(&caller, 13, arena, &reason));
    CHECK_STR(reason, "This link acknowledges incident 12, not incident 13; use the link of the "
                      "page about that one.");
    struct caller local = caller_of_user(arena, STR("ana"));
    CHECK(permit_incident(&local, 13, arena, &reason));
}

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
    CHECK(!may(&caller, PERMISSION_APPROVE, arena)); /* it names nobody */
    CHECK(!may(&caller, PERMISSION_OWN, arena));
    struct str reason;
    CHECK(!permit(&caller, PERMISSION_OWN, arena, &reason));
    CHECK_STR(reason,
              "This needs the permission to administer, which the holder of the page's token "
              "does not have; use the command on the machine itself.");
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

/* One line a role, one column a permission, as the manual tells it. */
static const char *const matrix[ROLES] = {
    [ROLE_VIEWER] = "r.....",   [ROLE_RESPONDER] = "rap...",     [ROLE_OPERATOR] = "rapx..",
    [ROLE_APPROVER] = "rapxv.", [ROLE_ADMINISTRATOR] = "rapxvo",
};

TEST(a_role_may_what_its_row_says_and_a_program_approves_only_as_approver)
{
    for (int role = 0; role < ROLES; role++) {
        struct caller person = caller_of_account(arena, STR("ana"), (enum role)role);
        struct caller program = caller_of_program(arena, STR("deploy"), (enum role)role);
        CHECK_STR(person.actor, "person:ana");
        CHECK_STR(program.actor, "program:deploy");
        CHECK(person.person.n == 3 && program.person.n == 0);
        for (int permission = 0; permission < PERMISSIONS; permission++) {
            bool granted = matrix[role][permission] != '.';
            bool approves = permission == PERMISSION_APPROVE;
            CHECK(may(&person, (enum permission)permission, arena) == granted);
            CHECK(may(&program, (enum permission)permission, arena) ==
                  (granted && (!approves || role == ROLE_APPROVER)));
        }
    }
}

TEST(a_refusal_says_which_role_would_do)
{
    struct str reason;
    struct caller person = caller_of_account(arena, STR("ana"), ROLE_VIEWER);
    struct caller program = caller_of_program(arena, STR("deploy"), ROLE_ADMINISTRATOR);
    CHECK(!permit(&person, PERMISSION_RUN, arena, &reason));
    CHECK_STR(reason, "This needs the permission to run procedures, which the role viewer does not "
                      "have; ask an administrator for the role operator.");
    CHECK(!permit(&program, PERMISSION_APPROVE, arena, &reason));
    CHECK_STR(reason, "This needs the permission to approve, which an API token with the scope "
                      "administrator does not have; ask for one with the scope approver.");
}

TEST(the_account_and_the_local_user_of_a_name_are_one_actor)
{
    struct caller local = caller_of_user(arena, STR("ana"));
    struct caller page = caller_of_account(arena, STR("ana"), ROLE_APPROVER);
    struct caller program = caller_of_program(arena, STR("ana"), ROLE_APPROVER);
    CHECK_SAME(local.actor, page.actor);
    CHECK(!str_equal(local.actor, program.actor));
}

TEST(roles_are_found_by_name)
{
    enum role role = ROLE_VIEWER;
    struct err err = {0};
    for (int i = 0; i < ROLES; i++) {
        CHECK_OK(role_parse(str_of(role_name((enum role)i)), &role, &err), &err);
        CHECK_INT(role, i);
    }
    CHECK(!role_parse(STR("root"), &role, &err));
    CHECK_STR(str_of(err.text), "\"root\" is no role; there are viewer, responder, operator, "
                                "approver and administrator.");
    CHECK_INT(role_needed(PERMISSION_READ), ROLE_VIEWER);
    CHECK_INT(role_needed(PERMISSION_OWN), ROLE_ADMINISTRATOR);
}

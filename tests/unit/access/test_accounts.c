/* test_accounts.c - what the ledger tells of accounts, sessions and tokens, folded; its limits. */
#include "access/accounts.h"
#include "base/limits.h"
#include "harness/test.h"

static const struct instant now = {1700000000000000};
enum { HOUR_MS = 3600 * 1000 };

struct scene {
    struct access access;
    struct event_list out;
    struct access_call call;
    struct err err;
    size_t folded;
};

static void begin(struct scene *scene, struct arena *arena)
{
    *scene = (struct scene){.call = {.actor = STR("person:eva"), .now = now}};
    access_init(&scene->access, arena);
    event_list_init(&scene->out, arena);
}

static void fold(struct scene *scene)
{
    while (scene->folded < scene->out.count)
        access_fold(&scene->access, &scene->out.items[scene->folded++]);
}

static void add(struct scene *scene, const char *name, enum role role)
{
    scene->call.name = str_of(name);
    scene->call.role = role;
    CHECK_OK(account_add(&scene->access, &scene->call, &scene->out, &scene->err), &scene->err);
    fold(scene);
}

static void open_session(struct scene *scene, const char *name, const char *id)
{
    scene->call.name = str_of(name);
    scene->call.mark = str_of(id);
    session_open(&scene->access, &scene->call, &scene->out);
    fold(scene);
}

static void set_password(struct scene *scene, const char *name, const char *mark)
{
    scene->call.name = str_of(name);
    scene->call.mark = str_of(mark);
    CHECK_OK(account_set_password(&scene->access, &scene->call, &scene->out, &scene->err),
             &scene->err);
    fold(scene);
}

TEST(an_account_is_made_changed_and_removed)
{
    struct scene scene;
    begin(&scene, arena);
    add(&scene, "ana", ROLE_VIEWER);
    add(&scene, "ben", ROLE_ADMINISTRATOR);
    CHECK(!access_has_administrator(&scene.access));
    const struct account *ana = account_find(&scene.access, STR("ana"));
    CHECK(ana && ana->role == ROLE_VIEWER && ana->mark[0] == '\0');
    CHECK_INT(ana->created.us, now.us);
    set_password(&scene, "ben", "0123456789abcdef");
    CHECK(access_has_administrator(&scene.access));
    CHECK_STR(str_of(account_find(&scene.access, STR("ben"))->mark), "0123456789abcdef");
    scene.call.name = STR("ana");
    scene.call.role = ROLE_OPERATOR;
    CHECK_OK(account_change_role(&scene.access, &scene.call, &scene.out, &scene.err), &scene.err);
    fold(&scene);
    CHECK_INT(account_find(&scene.access, STR("ana"))->role, ROLE_OPERATOR);
    CHECK_OK(account_remove(&scene.access, &scene.call, &scene.out, &scene.err), &scene.err);
    fold(&scene);
    CHECK(!account_find(&scene.access, STR("ana")));
    CHECK(account_find(&scene.access, STR("ben")) == &scene.access.accounts[0]);
}

TEST(sessions_end_with_what_they_were_opened_with)
{
    struct scene scene;
    begin(&scene, arena);
    add(&scene, "ana", ROLE_VIEWER);
    add(&scene, "ben", ROLE_VIEWER);
    open_session(&scene, "ana", "s1");
    open_session(&scene, "ben", "s2");
    open_session(&scene, "ana", "s3");
    CHECK_INT(scene.access.session_count, 3);
    int64_t closed = scene.access.closed;
    set_password(&scene, "ana", "m1");
    CHECK(!session_find(&scene.access, STR("s1")) && !session_find(&scene.access, STR("s3")));
    CHECK(session_find(&scene.access, STR("s2")) == &scene.access.sessions[0]);
    CHECK_INT(scene.access.closed, closed + 2);
    scene.call.name = STR("ben");
    scene.call.role = ROLE_APPROVER;
    CHECK_OK(account_change_role(&scene.access, &scene.call, &scene.out, &scene.err), &scene.err);
    fold(&scene);
    CHECK_INT(scene.access.session_count, 0);
    open_session(&scene, "ben", "s4");
    CHECK_OK(account_remove(&scene.access, &scene.call, &scene.out, &scene.err), &scene.err);
    fold(&scene);
    CHECK_INT(scene.access.session_count, 0);
}

TEST(a_session_is_over_by_age_or_idleness)
{
    const char *why = "";
    struct session session = {.opened = now, .ends = instant_add_ms(now, SESSION_LIFE_MS)};
    struct instant later = instant_add_ms(now, SESSION_IDLE_MS - 1);
    CHECK(!session_is_over(&session, now, later, &why));
    CHECK(session_is_over(&session, now, instant_add_ms(later, 1), &why));
    CHECK_STR(str_of(why), "it was not used for 12 hours");
    CHECK(!session_is_over(&session, later, instant_add_ms(later, HOUR_MS), &why));
    CHECK(session_is_over(&session, session.ends, session.ends, &why));
    CHECK_STR(str_of(why), "it was as old as a session may be");
}

TEST(a_step_of_the_clock_moves_sessions_and_no_dates)
{
    struct scene scene;
    begin(&scene, arena);
    open_session(&scene, "ana", "s1");
    struct event *event =
        event_list_add(&scene.out, EVENT_CLOCK_STEPPED, now, STR("reeve"), STR("node:local"));
    event_set_int(event, "by_ms", HOUR_MS);
    fold(&scene);
    const struct session *session = session_find(&scene.access, STR("s1"));
    CHECK_INT(session->opened.us, instant_add_ms(now, HOUR_MS).us);
    CHECK_INT(session->ends.us, instant_add_ms(now, SESSION_LIFE_MS + (int64_t)HOUR_MS).us);
}

TEST(too_many_sessions_push_out_the_oldest)
{
    struct scene scene;
    begin(&scene, arena);
    for (int i = 0; i < LIMIT_SESSIONS_EACH; i++)
        open_session(&scene, "ana", str_printf(arena, "a%d", i).p);
    open_session(&scene, "ana", "last");
    CHECK_INT(scene.access.session_count, LIMIT_SESSIONS_EACH);
    CHECK(!session_find(&scene.access, STR("a0")) && session_find(&scene.access, STR("a1")));
    for (int i = 0; scene.access.session_count < LIMIT_SESSIONS; i++)
        open_session(&scene, str_printf(arena, "u%d", i).p, str_printf(arena, "b%d", i).p);
    open_session(&scene, "zoe", "newest");
    CHECK_INT(scene.access.session_count, LIMIT_SESSIONS);
    CHECK(!session_find(&scene.access, STR("a1")) && session_find(&scene.access, STR("newest")));
}

TEST(facts_that_fit_nothing_change_nothing)
{
    struct scene scene;
    begin(&scene, arena);
    static const enum event_kind kinds[] = {EVENT_ACCOUNT_ROLE_CHANGED, EVENT_ACCOUNT_PASSWORD_SET,
                                            EVENT_ACCOUNT_REMOVED};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct event *event =
            event_list_add(&scene.out, kinds[i], now, STR("person:eva"), STR("account:none"));
        event_set_str(event, "name", STR("none"));
    }
    struct event *ended =
        event_list_add(&scene.out, EVENT_SESSION_ENDED, now, STR("reeve"), STR("account:none"));
    event_set_str(ended, "session", STR("none"));
    struct event *revoked =
        event_list_add(&scene.out, EVENT_API_TOKEN_REVOKED, now, STR("reeve"), STR("program:none"));
    event_set_str(revoked, "token", STR("none"));
    (void)event_list_add(&scene.out, EVENT_NODE_STOPPED, now, STR("reeve"), STR("node:local"));
    fold(&scene);
    CHECK_INT(scene.access.account_count + scene.access.session_count + scene.access.token_count,
              0);
    CHECK_INT(scene.access.closed, 0);
}

TEST(a_role_of_a_newer_reeve_grants_the_least)
{
    struct scene scene;
    begin(&scene, arena);
    add(&scene, "ana", ROLE_ADMINISTRATOR);
    struct event *event = event_list_add(&scene.out, EVENT_ACCOUNT_ROLE_CHANGED, now,
                                         STR("person:eva"), STR("account:ana"));
    event_set_str(event, "name", STR("ana"));
    event_set_str(event, "to", STR("emperor"));
    fold(&scene);
    CHECK_INT(account_find(&scene.access, STR("ana"))->role, ROLE_VIEWER);
}

TEST(a_fact_said_twice_counts_once_and_none_over_the_limits)
{
    struct scene scene;
    begin(&scene, arena);
    for (int i = 0; i < LIMIT_ACCOUNTS; i++)
        add(&scene, str_printf(arena, "u%d", i).p, ROLE_VIEWER);
    for (int i = 0; i < 2; i++) {
        struct event *event = event_list_add(&scene.out, EVENT_ACCOUNT_CREATED, now,
                                             STR("person:eva"), STR("account:x"));
        event_set_str(event, "name", i ? STR("one-more") : STR("u1"));
        event_set_str(event, "role", STR("viewer"));
    }
    fold(&scene);
    CHECK_INT(scene.access.account_count, LIMIT_ACCOUNTS);
    for (int i = 0; i <= LIMIT_SESSIONS + 1; i++) {
        struct event *event = event_list_add(&scene.out, EVENT_SESSION_OPENED, now,
                                             STR("person:u1"), STR("account:u1"));
        event_set_str(event, "name", STR("u1"));
        event_set_str(event, "session", str_printf(arena, "s%d", i ? i - 1 : 0));
        event_set_instant(event, "ends", now);
    }
    fold(&scene);
    CHECK_INT(scene.access.session_count, LIMIT_SESSIONS);
}

static void make_token(struct scene *scene, const char *name, const char *id, int64_t life_ms)
{
    scene->call.name = str_of(name);
    scene->call.mark = str_of(id);
    scene->call.role = ROLE_OPERATOR;
    scene->call.life_ms = life_ms;
    CHECK_OK(api_token_make(&scene->access, &scene->call, &scene->out, &scene->err), &scene->err);
    fold(scene);
}

TEST(a_token_is_good_until_it_expires_or_is_revoked)
{
    struct scene scene;
    const char *why = "";
    begin(&scene, arena);
    make_token(&scene, "deploy", "t1", HOUR_MS);
    const struct api_token *token = api_token_find(&scene.access, STR("t1"));
    CHECK(token && token->scope == ROLE_OPERATOR && !api_token_is_over(token, now, &why));
    CHECK(api_token_is_over(token, instant_add_ms(now, HOUR_MS), &why));
    CHECK_STR(str_of(why), "has expired");
    int64_t closed = scene.access.closed;
    CHECK_OK(api_token_revoke(&scene.access, &scene.call, &scene.out, &scene.err), &scene.err);
    fold(&scene);
    CHECK_INT(scene.access.closed, closed + 1);
    token = api_token_find(&scene.access, STR("t1"));
    CHECK(token && api_token_is_over(token, now, &why));
    CHECK_STR(str_of(why), "was revoked");
    make_token(&scene, "deploy", "t2", HOUR_MS); /* takes the place of the old one */
    CHECK(!api_token_find(&scene.access, STR("t1")) && api_token_find(&scene.access, STR("t2")));
}

TEST(tokens_that_are_over_give_way_and_good_ones_do_not)
{
    struct scene scene;
    begin(&scene, arena);
    make_token(&scene, "first", "f", 1000);
    make_token(&scene, "second", "s", 2000);
    for (int i = 2; i < LIMIT_API_TOKENS; i++)
        make_token(&scene, str_printf(arena, "p%d", i).p, str_printf(arena, "t%d", i).p, HOUR_MS);
    scene.call.now = instant_add_ms(now, 5000);
    make_token(&scene, "third", "u", HOUR_MS);
    CHECK(!api_token_find(&scene.access, STR("f")) && api_token_find(&scene.access, STR("s")));
    make_token(&scene, "fourth", "v", HOUR_MS);
    CHECK(!api_token_find(&scene.access, STR("s")));
    CHECK_INT(scene.access.token_count, LIMIT_API_TOKENS);
    scene.call.name = STR("fifth");
    scene.call.mark = STR("w");
    CHECK(!api_token_make(&scene.access, &scene.call, &scene.out, &scene.err));
    CHECK(str_find(str_of(scene.err.text), "There are 200 API tokens", 0) == 0);
    /* A ledger that says it all the same: what there is stays. */
    struct event *event = event_list_add(&scene.out, EVENT_API_TOKEN_CREATED, now, STR("reeve"),
                                         STR("program:fifth"));
    event_set_str(event, "name", STR("fifth"));
    event_set_str(event, "token", STR("w"));
    fold(&scene);
    CHECK(!api_token_find(&scene.access, STR("w")));
}

TEST(the_page_token_is_known_by_its_mark)
{
    struct scene scene;
    begin(&scene, arena);
    struct event *event =
        event_list_add(&scene.out, EVENT_TOKEN_REPLACED, now, STR("reeve"), STR("page-token"));
    event_set_str(event, "digest", STR("0123456789abcdef"));
    fold(&scene);
    CHECK_STR(str_of(scene.access.page_token_mark), "0123456789abcdef");
    CHECK_INT(scene.access.closed, 1);
}
